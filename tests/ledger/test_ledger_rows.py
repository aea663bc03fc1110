"""What the ledger keeps: every table there and back, numbers without gaps, merges and sums."""

from __future__ import annotations

import random
from datetime import date, datetime
from typing import Any

import pyarrow as pa
import pytest
from offices import NOW, SCHEME, Office

from xltools.ledger import LedgerError, bureau, schema
from xltools.ledger.batches import Batch, Became, add_batch, batches, become, mark, next_no, sent
from xltools.ledger.claims import Pending, claims, decide, pending, put_claims, put_pending
from xltools.ledger.files import File, file, files, latest_rounds, record
from xltools.ledger.firms import arrivals, enterprises
from xltools.ledger.fund import Movement, add, fund, pools

pytest_plugins = ["postgres", "ledgers"]

LATER = datetime(2019, 9, 6, 8, 0, 0)


def collected(office: Office, sha256: str = "a" * 64, **values: Any) -> int:
    entry = {"name": "崇川区.xlsx", "district": "崇川区", "at": NOW, "outcome": "taken", **values}
    with office.writing() as conn:
        return record(conn, File(sha256=sha256, **entry))


def claim_table(n: int, seed: int = 1) -> pa.Table:
    """`n` claims of every kind of column, some cells blank, in the order in which they are read back."""
    random.seed(seed)
    columns: dict[str, pa.Array] = {}
    for column in (c for c in office_tables().claims.c if c.name not in ("from_seq", "to_seq")):
        type_ = column.info["arrow"]
        columns[column.name] = pa.array([_value(column.name, type_, i) for i in range(n)], type_)
    return pa.table(columns).sort_by([("uscc", "ascending"), ("district", "ascending")])


def office_tables() -> schema.Tables:
    return schema.tables(SCHEME)


def _value(name: str, type_: pa.DataType, i: int) -> Any:
    if name == "uscc":
        return f"913206{i:011d}X"
    if name in ("district", "file_id", "row", "has_error", "problems"):
        known = {"district": random.choice(["崇川区", "通州区"]), "file_id": 1, "row": i + 5, "problems": "[]"}
        return known.get(name, i % 7 == 0)
    if random.random() < 0.2:
        return None
    if pa.types.is_int64(type_):
        return random.choice([0, 1, 2**53 + 1, random.randrange(10**12)])
    if pa.types.is_date32(type_):
        return date(2019, 9, 1 + random.randrange(30))
    if pa.types.is_timestamp(type_):
        return datetime(2019, 9, 5, random.randrange(24), random.randrange(60), random.randrange(60))
    return random.choice(["", "=SUM(A1)", "南通𠮷祥进出口有限公司", "a'b\"c\\d;--", "两\n行", f"第{i}家"])


def test_claims_have_the_catalogues_columns_and_types() -> None:
    found = {c.name: str(c.info["arrow"]) for c in office_tables().claims.c}
    assert list(found)[:6] == ["uscc", "district", "file_id", "row", "has_error", "problems"]
    assert "no" not in found
    assert "check" not in found
    asked = ("name", "exports", "before", "region_africa", "received", "reviewed", "has_error", "priorities")
    assert [found[f] for f in asked] == [
        "string", "int64", "int64", "int64", "timestamp[s]", "date32[day]", "bool", "string",
    ]  # fmt: skip


def test_twenty_two_thousand_claims_come_back_equal(office: Office) -> None:
    data = claim_table(22_000)
    collected(office)
    with office.writing() as conn:
        put_claims(conn, data.take(random.Random(2).sample(range(22_000), 22_000)))
    with office.reading() as conn:
        found = claims(conn)
    assert found.schema.equals(data.schema)
    assert found.equals(data)


def test_a_correction_supersedes_firm_by_firm_and_blanks_what_it_lacks(office: Office) -> None:
    collected(office)
    collected(office, "b" * 64)
    first = claim_table(4)
    again = pa.table({
        "uscc": first["uscc"][1:2], "district": first["district"][1:2], "file_id": [2], "row": [9],
        "has_error": [True], "problems": ['[["PHONE","phone","1380",""]]'], "name": ["新名称"],
    })  # fmt: skip
    with office.writing() as conn:
        put_claims(conn, first)
        put_claims(conn, again)
    with office.reading() as conn:
        found = claims(conn)
    assert found.slice(0, 1).equals(first.slice(0, 1))
    assert found.slice(2).equals(first.slice(2))
    row = found.slice(1, 1).to_pylist()[0]
    filled = {k: v for k, v in row.items() if v is not None}
    assert filled == again.to_pylist()[0]


def test_two_districts_claim_one_firm_side_by_side(office: Office) -> None:
    collected(office)
    row = {"file_id": 1, "row": 5, "has_error": False, "problems": "[]"}
    both = pa.Table.from_pylist([{"uscc": "X", "district": d, **row} for d in ("崇川区", "通州区")])
    with office.writing() as conn:
        put_claims(conn, both)
    with office.reading() as conn:
        assert claims(conn)["district"].to_pylist() == ["崇川区", "通州区"]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        pytest.param({"uscc": ["X"], "district": ["a"], "colour": ["red"]}, "no column colour", id="unknown column"),
        pytest.param({"uscc": ["X", "X"], "district": ["a", "a"]}, "stands twice", id="one firm twice"),
    ],
)
def test_claims_that_cannot_be_are_refused_whole(office: Office, data: dict[str, list[str]], said: str) -> None:
    with pytest.raises(ValueError, match=said), office.writing() as conn:
        put_claims(conn, pa.table(data))
    with office.reading() as conn:
        assert claims(conn).num_rows == 0


def test_text_with_a_nul_is_kept_without_it(office: Office) -> None:
    collected(office)
    row = {"uscc": "X", "district": "崇川区", "file_id": 1, "row": 5, "has_error": False, "problems": "[]"}
    with office.writing() as conn:
        put_claims(conn, pa.Table.from_pylist([{**row, "remark": "甲\0乙"}]))
    with office.reading() as conn:
        assert claims(conn)["remark"].to_pylist() == ["甲乙"]


def test_empty_tables_are_read_with_their_types(office: Office) -> None:
    with office.reading() as conn:
        found = claims(conn)
        others = [bureau.rows(conn, "review"), *(f(conn) for f in (pending, files, enterprises, sent, batches))]
    assert found.num_rows == 0
    assert str(found.schema.field("received").type) == "timestamp[s]"
    assert [t.num_rows for t in others] == [0] * 6


def arrive(office: Office, at: datetime, received: dict[str, datetime | None]) -> None:
    """Firms in this order, each with its 材料齐全时间."""
    with office.writing() as conn:
        times = pa.array(received.values(), pa.timestamp("s"))
        arrivals(conn, pa.array(received, pa.string()), times, at)


def test_arrival_numbers_follow_the_order_given_and_stay_for_ever(office: Office) -> None:
    arrive(office, NOW, dict.fromkeys("CAB"))
    arrive(office, LATER, dict.fromkeys("DBAE"))
    with office.reading() as conn:
        found = enterprises(conn)
    assert found["arrival"].to_pylist() == [1, 2, 3, 4, 5]
    assert found["uscc"].to_pylist() == ["C", "A", "B", "D", "E"]
    assert found["first_at"].to_pylist() == [NOW, NOW, NOW, LATER, LATER]


def test_a_rolled_back_arrival_leaves_no_gap(office: Office) -> None:
    def stop() -> None:
        with office.writing() as conn:
            arrivals(conn, pa.array(["A", "B"]), pa.nulls(2, pa.timestamp("s")), NOW)
            raise RuntimeError("stop")

    with pytest.raises(RuntimeError, match="stop"):
        stop()
    arrive(office, NOW, {"B": None})
    with office.reading() as conn:
        assert enterprises(conn).select(["uscc", "arrival"]).to_pylist() == [{"uscc": "B", "arrival": 1}]


def test_the_time_first_collected_is_kept_and_never_moved(office: Office) -> None:
    arrive(office, NOW, {"A": NOW, "B": None, "C": None})
    arrive(office, LATER, {"A": datetime(2019, 9, 1), "D": LATER, "C": None, "B": LATER})
    with office.reading() as conn:
        assert enterprises(conn)["first_received"].to_pylist() == [NOW, LATER, None, LATER]


def test_files_are_known_by_their_content(office: Office) -> None:
    id_ = collected(office, round=2, rows=10, good=9, errors=1, returned_as="退回/崇川区.xlsx", outcome="returned")
    with office.reading() as conn:
        found = file(conn, "a" * 64)
        assert file(conn, "b" * 64) is None
        assert files(conn).num_rows == 1
    assert found is not None
    assert (id_, found["id"], found["round"], found["good"], found["whole"]) == (1, 1, 2, 9, True)
    with pytest.raises(ValueError, match="was collected before"):
        collected(office)


def test_a_refused_file_may_be_tried_again(office: Office) -> None:
    assert collected(office, outcome="refused") == 1
    assert collected(office, outcome="taken", rows=3) == 1
    with office.reading() as conn:
        assert files(conn).select(["id", "outcome", "rows"]).to_pylist() == [{"id": 1, "outcome": "taken", "rows": 3}]


def test_the_latest_round_of_each_district_leaves_refused_files_out(office: Office) -> None:
    seen = [("崇川区", 1, "taken"), ("崇川区", 3, "returned"), ("崇川区", 9, "refused"), ("通州区", None, "taken"),
            ("港闸区", 1, "taken")]  # fmt: skip
    for n, (district, round_, outcome) in enumerate(seen):
        collected(office, str(n) * 64, district=district, round=round_, outcome=outcome)
    with office.reading() as conn:
        assert latest_rounds(conn) == {"崇川区": 3, "港闸区": 1}


def test_a_change_to_a_row_that_was_sent_waits_and_a_newer_one_takes_its_place(office: Office) -> None:
    collected(office)
    collected(office, "b" * 64)
    first = Pending("X", "崇川区", 1, 5, NOW, {"exports": [1, 2], "phone": ["1", "2"]})
    with office.writing() as conn:
        put_pending(conn, [first, Pending("Y", "崇川区", 1, 6, NOW, {"wish": ["A", None]})])
    with office.writing() as conn:
        put_pending(conn, [Pending("X", "崇川区", 2, 5, LATER, {"exports": [1, 3]})])
        assert decide(conn, "Y", "崇川区", "applied") == 1
        assert decide(conn, "Y", "崇川区", "applied") == 0
    with office.reading() as conn:
        found = pending(conn).select(["uscc", "file_id", "changes", "decided"]).to_pylist()
    assert [tuple(r.values()) for r in found] == [
        ("X", 1, '{"exports":[1,2],"phone":["1","2"]}', "dropped"),
        ("Y", 1, '{"wish":["A",null]}', "applied"),
        ("X", 2, '{"exports":[1,3]}', None),
    ]


def test_a_review_changes_only_what_it_fills_in(office: Office) -> None:
    first = pa.table({
        "uscc": ["X", "Y"], "opinion": ["补正", "同意"], "reviewer": ["赵六", "赵六"],
        "reviewed": pa.array([date(2019, 9, 7), None]), "exports_cents": pa.array([None, 350_000_000], pa.int64()),
    })  # fmt: skip
    second = pa.table({
        "uscc": ["X", "X"], "opinion": ["同意", ""], "draw": pa.array([None, 2], pa.int64()),
        "confirm_received": pa.array([NOW, None], pa.timestamp("s")),
    })  # fmt: skip
    with office.writing() as conn:
        made = bureau.merge(conn, "review", first)
    assert made["Y",] == {
        "opinion": [None, "同意"],
        "reviewer": [None, "赵六"],
        "exports_cents": [None, 350_000_000],
    }
    with office.writing() as conn:
        assert bureau.merge(conn, "review", second) == {
            ("X",): {
                "opinion": ["补正", "同意"],
                "confirm_received": [None, "2019-09-05 09:37:12"],
                "draw": [None, 2],
            }
        }
        assert bureau.merge(conn, "review", second) == {}
    with office.reading() as conn:
        x, y = bureau.rows(conn, "review").to_pylist()
    assert {k: v for k, v in x.items() if v is not None} == {
        "uscc": "X", "opinion": "同意", "reviewer": "赵六", "reviewed": date(2019, 9, 7), "confirm_received": NOW,
        "draw": 2,
    }  # fmt: skip
    assert y["exports_cents"] == 350_000_000


def test_new_corrected_unchanged_and_doubled_rows_merge_in_one_go(office: Office) -> None:
    def reviews(*rows: tuple[str, str | None, str | None]) -> pa.Table:
        return pa.table(dict(zip(("uscc", "opinion", "reviewer"), map(list, zip(*rows, strict=True)), strict=True)))

    with office.writing() as conn:
        bureau.merge(conn, "review", reviews(("A", "补正", "赵六"), ("B", "同意", "赵六")))
    mixed = reviews(
        ("C", "同意", ""), ("A", "同意", None), ("D", "补正", "钱七"), ("B", "同意", None), ("D", "同意", None)
    )
    with office.writing() as conn:
        assert list(bureau.merge(conn, "review", mixed).items()) == [
            (("C",), {"opinion": [None, "同意"]}),
            (("A",), {"opinion": ["补正", "同意"]}),
            (("D",), {"opinion": [None, "同意"], "reviewer": [None, "钱七"]}),
        ]
    with office.reading() as conn:
        found = bureau.rows(conn, "review").select(["uscc", "opinion", "reviewer"]).to_pylist()
    assert [tuple(r.values()) for r in found] == [
        ("A", "同意", "赵六"), ("B", "同意", "赵六"), ("C", "同意", None), ("D", "同意", "钱七"),
    ]  # fmt: skip


def extract(*rows: tuple[int, str, str, int]) -> pa.Table:
    names = ("year", "uscc", "country", "cents")
    return pa.Table.from_pylist([dict(zip(names, r, strict=True)) for r in rows])


def test_a_customs_extract_replaces_the_years_that_it_holds(office: Office) -> None:
    old = extract((2017, "X", "US", 1), (2018, "X", "US", 2), (2018, "Y", "DE", 3))
    with office.writing() as conn:
        assert bureau.replace(conn, "customs", old) == [2017, 2018]
        assert bureau.replace(conn, "customs", extract((2018, "Z", "KZ", 9))) == [2018]
    with office.reading() as conn:
        found = bureau.rows(conn, "customs").select(["year", "uscc", "country", "cents"])
    assert found.to_pylist() == extract((2017, "X", "US", 1), (2018, "Z", "KZ", 9)).to_pylist()


def test_in_force_lists_replace_insurer_by_insurer_and_lists_list_by_list(office: Office) -> None:
    def policies(*rows: tuple[str, str]) -> pa.Table:
        return pa.Table.from_pylist([{"insurer": i, "uscc": u, "start": date(2019, 1, 1)} for i, u in rows])

    def named(*rows: tuple[str, str]) -> pa.Table:
        return pa.Table.from_pylist([{"list": n, "name": u, "day": date(2019, 1, 1)} for n, u in rows])

    with office.writing() as conn:
        bureau.replace(conn, "inforce", policies(("中国信保", "X"), ("人保财险", "Y")))
        assert bureau.replace(conn, "inforce", policies(("中国信保", "Z"), ("中国信保", "Z"))) == ["中国信保"]
        bureau.replace(conn, "lists", named(("品牌名单", "甲"), ("基地名单", "乙")))
        assert bureau.replace(conn, "lists", named(("品牌名单", "丙"))) == ["品牌名单"]
    with office.reading() as conn:
        inforce, lists = bureau.rows(conn, "inforce"), bureau.rows(conn, "lists")
    assert inforce["insurer"].to_pylist() == ["中国信保", "中国信保", "人保财险"]
    assert inforce["uscc"].to_pylist() == ["Z", "Z", "Y"]
    assert inforce["start"].to_pylist() == [date(2019, 1, 1)] * 3
    assert sorted(lists["name"].to_pylist()) == ["丙", "乙"]


def test_exchange_rates_are_kept_as_they_were_given(office: Office) -> None:
    def rate(month: str, value: str) -> pa.Table:
        return pa.table({"insurer": ["中国信保"], "month": [month], "rate": [value], "source": ["系统汇率"]})

    with office.writing() as conn:
        for month, value in (("2019-10", "7.07290"), ("2019-09", "7.0883"), ("2019-10", "7.0729")):
            bureau.merge(conn, "fx", rate(month, value))
    with office.reading() as conn:
        found = bureau.rows(conn, "fx").select(["month", "rate"]).to_pylist()
    assert found == [{"month": "2019-09", "rate": "7.0883"}, {"month": "2019-10", "rate": "7.0729"}]


MOVES = [
    Movement(date(2019, 10, 1), "追加", "", "人保财险", 10_000_00, "通财〔2019〕1号", "钱八"),
    Movement(date(2019, 11, 1), "调剂", "中国信保", "人保财险", 5_000_01),
    Movement(date(2019, 11, 2), "收回", "人保财险", "", 1),
    Movement(date(2019, 12, 1), "退回", "", "中国信保", 7),
]


@pytest.mark.parametrize(
    ("day", "sinosure", "picc"),
    [
        pytest.param(date(2018, 12, 31), 0, 0, id="before the scheme"),
        pytest.param(date(2019, 9, 30), 450_000_000, 50_000_000, id="the scheme's own money"),
        pytest.param(date(2019, 10, 1), 450_000_000, 51_000_000, id="the day of an addition counts"),
        pytest.param(date(2019, 11, 1), 449_499_999, 51_500_001, id="moved from one to the other"),
        pytest.param(date(2019, 11, 30), 449_499_999, 51_500_000, id="taken back"),
        pytest.param(date(2020, 8, 31), 449_500_006, 51_500_000, id="returned into a pool"),
    ],
)
def test_a_pool_of_a_day_is_the_sum_up_to_it(office: Office, day: date, sinosure: int, picc: int) -> None:
    with office.writing() as conn:
        add(conn, MOVES)
    with office.reading() as conn:
        assert pools(conn, day) == {"中国信保": sinosure, "人保财险": picc}
        assert fund(conn)["kind"].to_pylist() == ["期初", "期初", "追加", "调剂", "收回", "退回"]


@pytest.mark.parametrize(
    ("kind", "source", "target", "fen", "said"),
    [
        pytest.param("转账", "", "中国信保", 1, "类型只能是期初、追加、调剂、收回、退回", id="unknown kind"),
        pytest.param("追加", "", "太保", 1, "没有“太保”这个资金盘子。可用的：中国信保、人保财险", id="unknown pool"),
        pytest.param("追加", "", "中国信保", 0, "金额必须大于零", id="no money"),
        pytest.param("追加", "中国信保", "人保财险", 1, "追加只填转入", id="an addition with a source"),
        pytest.param("调剂", "中国信保", "", 1, "两个不同的资金盘子", id="a transfer to nowhere"),
        pytest.param("调剂", "中国信保", "中国信保", 1, "两个不同的资金盘子", id="a transfer to itself"),
        pytest.param("收回", "", "中国信保", 1, "收回只填转出", id="taken back from nowhere"),
        pytest.param("退回", "", "", 1, "恰填一个", id="returned from nowhere to nowhere"),
    ],
)
def test_a_movement_that_cannot_be_is_named(
    office: Office, kind: str, source: str, target: str, fen: int, said: str
) -> None:
    wrong = Movement(date(2019, 10, 1), kind, source, target, fen)
    place = f"资金变动第 2 笔（2019-10-01 {kind} .*元）"
    with pytest.raises(LedgerError, match=f"{place}：.*{said}"), office.writing() as conn:
        add(conn, [MOVES[0], wrong])
    with office.reading() as conn:
        assert fund(conn).num_rows == 2


def batch(insurer: str, no: int) -> Batch:
    sha256 = "0123456789abcdef" * 4
    return Batch(insurer, no, date(2019, 9, 6), LATER, "张三", f"报送/{insurer}_{no}.xlsx", sha256, ["企业名称"])


def lines(*usccs: str) -> pa.Table:
    n = len(usccs)
    numbers = {k: list(range(1, n + 1)) for k in ("place", "arrival", "queue_no", "gross_fen", "premium_cents")}
    same = {"plan": "D", "insurer": "中国信保", "fx": "7.0883", "cells": '["甲",1]'}
    return pa.table({
        "uscc": list(usccs), **numbers, "fiscal_fen": [70_883] * n, "enterprise_fen": [0] * n,
        **{k: [v] * n for k, v in same.items()},
    })  # fmt: skip


def test_batches_are_numbered_by_insurer_and_keep_what_was_sent(office: Office) -> None:
    with office.writing() as conn:
        assert next_no(conn, "中国信保") == 1
        assert add_batch(conn, batch("中国信保", 1), lines("X", "Y")) == 1
        assert add_batch(conn, batch("人保财险", 1), lines("Z")) == 2
        assert (next_no(conn, "中国信保"), next_no(conn, "人保财险"), next_no(conn, "太保")) == (2, 2, 1)
    with office.reading() as conn:
        made, rows = batches(conn), sent(conn)
    assert made["code"].to_pylist() == ["0123456789ab"] * 2
    assert made["columns"].to_pylist() == ['["企业名称"]'] * 2
    got = rows.select(["batch_id", "place", "uscc", "status", "fiscal_fen", "cells", "actual_fiscal_fen"]).to_pylist()
    assert [tuple(r.values()) for r in got] == [
        (1, 1, "X", "sent", 70_883, '["甲",1]', None),
        (1, 2, "Y", "sent", 70_883, '["甲",1]', None),
        (2, 1, "Z", "sent", 70_883, '["甲",1]', None),
    ]


@pytest.mark.parametrize(
    ("state", "again", "said"),
    [
        pytest.param(None, ["X"], "已经报送过，不能重复报送：X", id="a row that is out"),
        pytest.param("issued", ["Q", "X"], "已经报送过，不能重复报送：X", id="a policy that was issued"),
        pytest.param(None, ["Y", "X"], "不能重复报送：X、Y", id="two rows that are out"),
        pytest.param("refused", ["Q", "Q"], "不能重复报送：Q", id="one firm twice in a batch"),
    ],
)
def test_a_row_is_never_sent_twice(office: Office, state: Any, again: list[str], said: str) -> None:
    with office.writing() as conn:
        add_batch(conn, batch("中国信保", 1), lines("X", "Y"))
        if state:
            assert mark(conn, "X", state) == 1
    with pytest.raises(LedgerError, match=said), office.writing() as conn:
        add_batch(conn, batch("人保财险", 1), lines(*again))
    with office.reading() as conn:
        assert sent(conn).num_rows == 2


def test_a_refused_firm_may_be_sent_again_and_both_rows_stay(office: Office) -> None:
    with office.writing() as conn:
        add_batch(conn, batch("中国信保", 1), lines("X", "Y"))
        assert mark(conn, "X", "refused") == 1
        assert mark(conn, "X", "withdrawn") == 0
        add_batch(conn, batch("人保财险", 1), lines("X"))
        become(conn, [Became(2, 1, "issued", 70_000)])
        assert mark(conn, "X", "withdrawn") == 0  # a policy holds until its insurer has ended it
    with office.reading() as conn:
        got = sent(conn).select(["batch_id", "uscc", "status", "actual_fiscal_fen"]).to_pylist()
    assert [tuple(r.values()) for r in got] == [
        (1, "X", "refused", None), (1, "Y", "sent", None), (2, "X", "issued", 70_000),
    ]  # fmt: skip
