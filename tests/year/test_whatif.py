"""What if (假如): readings and options on a small ledger, against figures worked out by hand.

A firm with 5,000,000 USD in plan A takes 0.0003 × 5,000,000 × 7.00 = 10,500.00 yuan, one with 3,000,000 takes 6,300.00,
one in plan D takes the minimum, 100 × 7.00 = 700.00, up to 333,333 USD, at 500,000 150 × 7.00 = 1,050.00.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from workspaces import PICC, Bureau, bureau_in, firm, own_scheme, pools

from xltools.desk.errors import BadInput, Refusal
from xltools.desk.whatif.assumption import Assumption, of_reading, of_scheme, what_if
from xltools.desk.whatif.difference import Difference, difference
from xltools.desk.whatif.options import written
from xltools.desk.whatif.rates import rates_by_take_up
from xltools.desk.whatif.readings import weigh
from xltools.desk.whatif.sandbox import compare
from xltools.scheme import load
from xltools.scheme.readings import readings

SCHEME = load("nantong-2019")
BY_NO = {r.no: r for r in readings(SCHEME)}
MUST = (1, 2, 10, 11, 12, 14, 15, 28, 41, 42, 44)
"""Readings that the office has to be able to weigh."""


def bureau(tmp_path: Path, rows: list[dict[str, Any]], *money: int, agreed: bool = True) -> Bureau:
    """A workspace with these firms, agreed by the bureau; `money`: pools of both insurers and the total."""
    there = bureau_in(tmp_path, own_scheme(tmp_path, *pools(*money)) if money else "nantong-2019")
    if rows:
        there.sent_in(rows)
        if agreed:
            there.agree(*range(1, len(rows) + 1))
    return there


def changed(there: Bureau, assumed: Assumption) -> Difference:
    register = there.register()
    return difference(what_if(register, Assumption()), what_if(register, assumed))


def numbers(firms: list[Any]) -> list[int]:
    return [int(f.number.rpartition("-")[2]) for f in firms]


def summed(d: Difference) -> dict[str, Any]:
    """What is otherwise, by numbers; nothing where nothing is."""
    out: dict[str, Any] = {k: numbers(getattr(d, k)) for k in ("enters", "leaves", "admitted", "excluded", "covers")}
    out["plans"] = [(int(m.firm.number[-4:]), m.was, m.becomes) for m in d.plans]
    out["fen"] = d.total_fen
    out["places"] = d.places
    return {k: v for k, v in out.items() if v}


A, SMALL = {"exports": 5_000_000}, {"exports": 300_000}
ON_DAY_5 = datetime(2019, 9, 5, 10, 0)
ON_DAY_9 = datetime(2019, 9, 9, 10, 0)
GROWN = {"before": 4_000_000}
READ: list[tuple[str, int, list[dict[str, Any]], tuple[int, ...], dict[str, Any]]] = [
    ("二（一） #1 exactly 3,000,000 leaves and gives back 6,300.00; the firm behind it moves up",
     1, [{"exports": 3_000_000}, A], (), {"leaves": [1], "excluded": [1], "fen": -630_000, "places": 1}),
    ("二（一） #1 a cent above 3,000,000 stays", 1, [{"exports": Decimal("3000000.01")}], (), {}),
    ("二（一） #2 exactly 500,000 leaves and gives back 1,050.00",
     2, [{"exports": 500_000}], (), {"leaves": [1], "excluded": [1], "fen": -105_000}),
    ("二（一） #2 a cent below 500,000 stays", 2, [{"exports": Decimal("499999.99")}], (), {}),
    ("二（二）2 #10 exactly half to emerging markets gains priority, and both change places",
     10, [A, A | {"region_latin_america": 2_500_000}], (), {"places": 2}),
    ("二（二）2 #10 a cent below half does not", 10, [A, A | {"region_latin_america": Decimal("2499999.99")}], (), {}),
    ("二（二）1 #11 a year before of nothing is no growth: the first comer has its place again",
     11, [A, A | {"before": 0}], (), {"places": 2}),
    ("二（二）1 #11 growth from something stays", 11, [A, A | GROWN], (), {}),
    ("二（二） #12 a priority firm of a later day passes the one before it and takes its money",
     12, [A | {"received": ON_DAY_5}, A | GROWN | {"received": ON_DAY_9}], (10_500, 500_000, 510_500),
     {"enters": [2], "leaves": [1], "places": 2}),
    ("二（三） #14 the head does not fit: 700.00 for the small one behind it",
     14, [A, SMALL], (5_000, 500_000, 505_000), {"enters": [2], "fen": 70_000}),
    ("二（三） #14 equal times at the cut wait under both readings",
     14, [A | {"received": ON_DAY_5}, A | {"received": ON_DAY_5}], (10_500, 500_000, 510_500), {}),
    ("五（一） #15 the other insurer's money carries the second firm",
     15, [A, A], (10_500, 10_500, 21_000), {"enters": [2], "fen": 1_050_000}),
    ("四（一） #28 every arranged firm's cover begins on its issue date instead",
     28, [A, SMALL], (), {"covers": [1, 2]}),
    ("四（一） #42 the same", 42, [A], (), {"covers": [1]}),
    ("二（三） #44 strictly by time the first comer passes the priority firm",
     44, [A, A | GROWN], (10_500, 500_000, 510_500), {"enters": [1], "leaves": [2], "places": 2}),
    ("no firms: no reading changes anything", 14, [], (), {}),
]  # fmt: skip


@pytest.mark.parametrize(("no", "rows", "money", "expected"), [r[1:] for r in READ], ids=[r[0] for r in READ])
def test_what_another_reading_changes(
    tmp_path: Path, no: int, rows: list[dict[str, Any]], money: tuple[int, ...], expected: dict[str, Any]
) -> None:
    there = bureau(tmp_path, [firm(n, **cells) for n, cells in enumerate(rows, 1)], *money)
    assert summed(changed(there, of_reading(BY_NO[no]))) == expected


def test_41_without_the_unnumbered_condition_a_dependent_firm_loses_its_priority(tmp_path: Path) -> None:
    dependent = firm(2, **A, key_exports=4_500_000)
    there = bureau(tmp_path, [firm(1, **A), dependent], 10_500, 500_000, 510_500)
    there.decide(2, 政策导向确认="是")
    assert summed(changed(there, of_reading(BY_NO[41]))) == {"enters": [1], "leaves": [2], "places": 2}


def test_the_figures_follow_the_data(tmp_path: Path) -> None:
    there = bureau(tmp_path, [firm(1, **A), firm(2, **SMALL)], 5_000, 500_000, 505_000)
    before = {w.reading.no: w.effect for w in weigh(there.register(), {})[0]}
    there.sent_in([firm(1, **A), firm(2, exports=500_000)], round=2)
    after = {w.reading.no: w.effect for w in weigh(there.register(), {})[0]}
    assert "多用 700.00 元" in before[14]
    assert "多用 1,050.00 元" in after[14]
    assert before[2] == "现有台账上没有差别"
    assert "不再符合条件 1 家（NT2019-0002 南通示例0002进出口有限公司）" in after[2]


def test_every_reading_is_computed_or_says_why_not() -> None:
    assert sorted(BY_NO) == list(range(1, 46))
    assert all(BY_NO[n].computable for n in MUST)
    assert all(r.computable != bool(r.why) for r in BY_NO.values())


def test_a_scheme_without_the_parameter_says_so(tmp_path: Path) -> None:
    text = own_scheme(tmp_path)
    path = Path(text)
    whole = path.read_text("utf-8")
    start = whole.index('[[priorities]]\ntitle = "符合政策导向')
    path.write_text(whole[:start] + whole[whole.index("[[priorities]]\nno = 1") :], "utf-8")
    there = bureau_in(tmp_path, text)
    (found,) = [w for w in weigh(there.register(), {})[0] if w.reading.no == 41]
    assert found.effect.startswith("不可计算：本方案不能这样改：假设：remove：方案里没有 priorities.符合政策导向")


# ── options ──

OPTIONS: list[tuple[str, str, dict[str, Any]]] = [
    ("adding 5,500 carries the head and nobody behind it", "追加 中国信保 5500", {"enters": [1], "fen": 1_050_000}),
    ("moving 80 per cent of the other pool", "调剂 人保财险 中信保 8000", {"enters": [1, 2], "fen": 1_120_000}),
    ("skipping lets the small one in", "补进", {"enters": [2], "fen": 70_000}),
    ("two steps of one option", "追加 中国信保 5500；补进", {"enters": [1], "fen": 1_050_000}),
    ("a rate alone admits nobody", "汇率 7.2", {}),
    ("another reading", "口径 14", {"enters": [2], "fen": 70_000}),
    ("taking money away from a pool that arranges nobody", "收回 人保财险 100", {}),
]


@pytest.mark.parametrize(("text", "expected"), [o[1:] for o in OPTIONS], ids=[o[0] for o in OPTIONS])
def test_what_an_option_changes(tmp_path: Path, text: str, expected: dict[str, Any]) -> None:
    there = bureau(tmp_path, [firm(1, **A), firm(2, **SMALL)], 5_000, 10_000, 15_000)
    (found,) = compare(there.register(), written([text], there.workspace.scheme)).options
    assert summed(found.changes) == expected


def test_all_agreed_admits_those_that_wait_for_the_bureau(tmp_path: Path) -> None:
    there = bureau(tmp_path, [firm(1, **A), firm(2, **SMALL, **PICC)], agreed=False)
    (found,) = compare(there.register(), written(["全部同意"], there.workspace.scheme)).options
    assert summed(found.changes) == {"enters": [1, 2], "admitted": [1, 2], "fen": 1_120_000}
    assert found.changes.fen == {"中国信保": 1_050_000, "人保财险": 70_000}
    assert found.changes.by_area() == {"崇川区": (2, 0)}


def test_a_rate_prices_every_unsent_row_anew(tmp_path: Path) -> None:
    there = bureau(tmp_path, [firm(1, **A), firm(2, **A)], 21_000, 10_000, 31_000)
    (found,) = compare(there.register(), written(["汇率 7.2"], there.workspace.scheme)).options
    assert summed(found.changes) == {"leaves": [2], "fen": 1_080_000 - 2_100_000}


def test_rows_sent_stay_as_they_were_sent(tmp_path: Path) -> None:
    there = bureau(tmp_path, [firm(1, **A), firm(2, **A)], 10_500, 10_000, 20_500)
    there.submit()
    (found,) = compare(there.register(), written(["汇率 7.2；追加 中国信保 10800"], there.workspace.scheme)).options
    assert summed(found.changes) == {"enters": [2], "fen": 1_080_000}
    assert found.changes.left == {"中国信保": 0, "人保财险": 1_000_000}


REFUSED = [
    ("an unknown step", ["加钱 中国信保 1"], "不认识的做法“加钱”"),
    ("an unknown insurer", ["追加 平安 1"], "没有保险人 平安"),
    ("no amount", ["追加 中国信保"], "应写成：追加 转入保险人 金额"),
    ("an amount that is none", ["追加 中国信保 很多"], "应是大于 0 的数"),
    ("a negative amount", ["追加 中国信保 -5"], "应是大于 0 的数"),
    ("an amount finer than a fen", ["追加 中国信保 0.001"], "最多两位小数"),
    ("more than the pool has", ["调剂 人保财险 中国信保 500000.01"], "人保财险的资金盘子不够转出这么多"),
    ("a reading that nobody can compute", ["口径 9"], "口径 9 不可计算"),
    ("a reading that there is not", ["口径 99"], "没有口径 99"),
    ("four options", ["补进"] * 4, "最多并排比较 3 个方案"),
    ("one name twice", ["甲=补进", "甲=全部同意"], "方案名称重复：甲"),
    ("an option without a step", ["甲="], "没有写做法"),
]


@pytest.mark.parametrize(("texts", "said"), [r[1:] for r in REFUSED], ids=[r[0] for r in REFUSED])
def test_an_option_that_cannot_be_is_refused_in_a_sentence(tmp_path: Path, texts: list[str], said: str) -> None:
    there = bureau(tmp_path, [])
    given = [part for text in texts for part in ("--option", text)]
    ran = there.cli("sandbox", *given)
    assert (ran.code, said in ran.err) == (2, True)
    assert not (there.root / "会商").exists()


def test_options_of_the_bureaus_table_are_compared_and_named_where_a_cell_is_missing(tmp_path: Path) -> None:
    there = bureau(tmp_path, [firm(1, **A)], 5_000, 10_000, 15_000)
    there.load("sandbox", {"方案名称": "甲", "做法": "追加", "转入": "中国信保", "金额(元)": 5_500})
    ran = there.cli("sandbox", "--json", "--dry-run")
    assert [f["number"] for f in ran.json["options"][0]["changes"]["enters"]] == ["NT2019-0001"]
    there.load("sandbox", {"方案名称": "乙", "做法": "汇率", "汇率": None})
    ran = there.cli("sandbox")
    assert (ran.code, "比较方案“乙”的汇率：请填汇率" in ran.err) == (2, True)


# ── the chosen one ──


def test_the_chosen_movements_become_entries_of_the_fund_and_the_rest_is_said(tmp_path: Path) -> None:
    there = bureau(tmp_path, [firm(1, **A), firm(2, **SMALL)], 5_000, 10_000, 15_000)
    given = ("--option", "甲=追加 中国信保 5500；补进", "--choose", "甲")
    ran = there.cli("sandbox", *given)
    assert (ran.code, "请写明文号和审批人" in ran.err) == (2, True)
    before = there.tables()["fund"]
    assert there.cli("sandbox", *given, "--document", "会纪1号", "--approver", "局长", "--dry-run").code == 0
    assert there.tables()["fund"] == before
    ran = there.cli("sandbox", *given, "--document", "会纪1号", "--approver", "局长", "--json")
    new = [r for r in there.tables()["fund"] if r not in before]
    assert [(r["kind"], r["target"], r["fen"], r["document"], r["day"]) for r in new] == [
        ("追加", "中国信保", 550_000, "会纪1号", "2019-12-31")
    ]
    assert "queue.when_head_does_not_fit 改为 skip" in ran.json["chosen"]["remains"][0]
    assert there.outcome(1)["资金安排"] == "已安排"
    assert there.outcome(2)["资金安排"] == "候补"
    chosen = there.journal()[-1]
    assert (chosen["verb"], chosen["subject"], chosen["why"]) == ("sandbox", "甲", "会纪1号")
    assert chosen["detail"]["enters"] == ["NT2019-0001"]
    assert not there.verify().wrong


def test_a_transfer_below_what_is_committed_is_refused_whole(tmp_path: Path) -> None:
    there = bureau(tmp_path, [firm(1, **A)])
    there.submit()
    before = there.tables()
    ran = there.cli(
        "sandbox", "--option", "甲=收回 中国信保 4490000", "--choose", "甲", "--document", "1", "--approver", "x"
    )
    assert (ran.code, "少于已报送和已承保占用的" in ran.err) == (2, True)
    assert there.tables() == before
    assert not (there.root / "会商").exists()


def test_a_page_that_cannot_be_written_lets_nothing_into_the_fund_and_a_refused_entry_writes_no_page(
    tmp_path: Path,
) -> None:
    there = bureau(tmp_path, [firm(1, **A)], 5_000, 10_000, 15_000)
    before = there.tables()
    given = ("--document", "1", "--approver", "x")
    ran = there.cli("sandbox", "--option", "甲=收回 中国信保 5000；追加 人保财险 1", "--choose", "乙", *given)
    assert (ran.code, "没有方案“乙”" in ran.err, (there.root / "会商").exists()) == (2, True, False)
    ran = there.cli("sandbox", "--option", "甲=追加 中国信保 5500", "--choose", "甲", "--document", "1")
    assert (ran.code, (there.root / "会商").exists()) == (2, False)
    (there.root / "会商").write_text("a file stands where the folder belongs")
    ran = there.cli("sandbox", "--option", "甲=追加 中国信保 5500", "--choose", "甲", *given)
    assert (ran.code, "写不了" in ran.err) == (2, True)
    assert there.tables() == before


# ── rates × take-up ──


def test_rates_by_take_up_are_exact_sums(tmp_path: Path) -> None:
    there = bureau(tmp_path, [firm(1, **A), firm(2, exports=3_333_333), firm(3, **SMALL)], 20_000, 10_000, 30_000)
    there.submit()
    cells = rates_by_take_up(what_if(there.register(), Assumption()), [Decimal("7.0883")], (0, 50, 100))
    sinosure = [(c.share, c.firms, c.needed_fen) for c in cells if c.insurer == "中国信保"]
    # 5,000,000 × 0.0003 × 7.0883 = 10,632.45; 3,333,333 × 0.0003 × 7.0883 = 7,088.2992…; 100 × 7.0883 = 708.83
    assert sinosure == [(0, 3, 1_842_958), (50, 3, 1_842_958), (100, 3, 1_842_958)]
    assert [c.left_fen for c in cells if c.insurer == "人保财险"] == [1_000_000] * 3


def test_take_up_counts_the_first_of_the_queue_rounded_up(tmp_path: Path) -> None:
    there = bureau(tmp_path, [firm(1, **A), firm(2, **SMALL), firm(3, **A)])
    cells = rates_by_take_up(what_if(there.register(), Assumption()), [Decimal(7)], (0, 34, 100))
    assert [(c.firms, c.needed_fen) for c in cells if c.insurer == "中国信保"] == [
        (0, 0), (2, 1_050_000 + 70_000), (3, 2_170_000),
    ]  # fmt: skip


# ── pages and notes ──


def texts(path: Path, sheet: str) -> list[list[Any]]:
    return [list(r) for r in openpyxl.load_workbook(path)[sheet].iter_rows(values_only=True)]


def test_the_page_to_sign_has_every_reading_with_what_it_changes_and_who_confirmed(tmp_path: Path) -> None:
    there = bureau(tmp_path, [firm(1, **A), firm(2, **SMALL)], 5_000, 500_000, 505_000)
    row = {"口径序号": 14, "确认人": "财政局王某", "确认日期": date(2019, 10, 8), "确认依据": "会纪3号"}
    there.load("readings", row)
    assert there.cli("readings").code == 0
    path = there.root / "会商" / "口径确认单_20191231.xlsx"
    rows = {r[0]: r for r in texts(path, "口径确认单") if isinstance(r[0], int)}
    assert sorted(rows) == list(range(1, 46))
    assert rows[14][5] == "新安排 1 家（NT2019-0002 南通示例0002进出口有限公司）；中国信保 多用 700.00 元"
    assert rows[14][6] == "财政局王某\n2019-10-08\n会纪3号"
    assert rows[13][6] is None
    listed = [r for r in texts(path, "涉及企业") if r[0] == 14]
    assert listed == [[14, "新安排", "NT2019-0002", "南通示例0002进出口有限公司", "崇川区", "中国信保", "D", 700]]
    page = openpyxl.load_workbook(path)["口径确认单"]
    assert (page.page_setup.paperSize, page.page_setup.fitToWidth) in {(9, 1), ("9", 1), (9, None)}
    assert there.cli("readings", "--json").json["readings"][13]["confirmed"] is True


def test_a_page_that_somebody_signed_is_set_aside(tmp_path: Path) -> None:
    there = bureau(tmp_path, [firm(1, **A)])
    there.cli("sandbox", "--option", "补进")
    path = there.root / "会商" / "比较方案_20191231.xlsx"
    first = path.read_bytes()
    there.cli("sandbox", "--option", "补进")
    assert sorted(p.name for p in path.parent.iterdir()) == [path.name]
    there.cli("sandbox", "--option", "全部同意")
    assert (path.parent / "比较方案_20191231_旧1.xlsx").read_bytes() == first
    assert path.read_bytes() != first


def test_the_page_of_options_has_their_figures_side_by_side(tmp_path: Path) -> None:
    there = bureau(tmp_path, [firm(1, **A), firm(2, **SMALL)], 5_000, 10_000, 15_000)
    there.cli("sandbox", "--option", "甲=追加 中国信保 5500", "--option", "乙=补进")
    rows = {r[0]: r[1:] for r in texts(there.root / "会商" / "比较方案_20191231.xlsx", "比较方案")}
    assert rows["新安排（家）"] == [None, 1, 1]
    assert rows["中国信保余额（元）"] == [5_000, 0, 4_300]
    assert rows["总盘子余额（元）"] == [15_000, 10_000, 14_300]
    assert rows["崇川区"] == [None, "＋1／－0", "＋1／－0"]


def test_unconfirmed_readings_are_named_at_the_first_submit_alone(tmp_path: Path) -> None:
    there = bureau(tmp_path, [firm(1, **A)])
    there.load("readings", *(
        {"口径序号": n, "确认人": "王", "确认日期": date(2019, 10, 8), "确认依据": "纪要"} for n in range(1, 45)
    ))  # fmt: skip
    ran = there.cli("submit")
    assert (ran.code, "还没有确认的口径 1 条：45" in ran.out + ran.err) == (0, True)
    there.sent_in([firm(1, **A), firm(2, **A)], round=2)
    there.agree(2)
    ran = there.cli("submit")
    assert (ran.code, "还没有确认的口径" in ran.out + ran.err) == (0, False)


def test_a_reading_outside_the_table_cannot_be_confirmed(tmp_path: Path) -> None:
    there = bureau(tmp_path, [])
    row = {"口径序号": 11, "确认人": "王", "确认日期": date(2019, 10, 8), "确认依据": "纪要"}
    with pytest.raises(BadInput) as e:
        there.load("readings", row, row | {"口径序号": 99}, row | {"口径序号": 777})
    assert [(p.code, p.cell, p.value, p.message) for p in e.value.placed] == [
        ("REFERENCE_UNKNOWN", "A3", "99", "“口径序号”写的 99 找不到：口径表里没有；是否想写 9？"),
        ("REFERENCE_UNKNOWN", "A4", "777", "“口径序号”写的 777 找不到：口径表里没有"),
    ]
    there.load("readings", row)
    assert [r["no"] for r in there.tables()["readings"]] == [11]


def test_a_change_of_a_place_that_the_scheme_lacks_is_refused(tmp_path: Path) -> None:
    there = bureau(tmp_path, [])
    with pytest.raises(Refusal, match=r"plans\.Z：方案里没有这一项"):
        what_if(there.register(), of_scheme(plans={"Z": {"rate": Decimal(1)}}))
    with pytest.raises(Refusal, match=r"不能这样改：假设：queue\.ordering"):
        what_if(there.register(), of_scheme(queue={"ordering": "alphabetical"}))
