"""Lists, sizes, premium reductions and the districts' own support (003（一）, （六）, （十五）; 工信部联企业〔2011〕300号)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from returns import TODAY, answer, sent
from workspaces import HERE, Bureau, bureau_in, firm, own_scheme, prepared, uscc

from xltools.desk.errors import BadInput
from xltools.desk.rules.explain import explain
from xltools.engine import topup

OFF = """
[[reductions]]
title = "专精特新小微企业"
off = { value = 0.15, unit = "比例", clause = "测试" }
sizes = ["小型", "微型"]
tiers = ["专精特新", "小巨人"]
list = "专精特新中小企业"

[[reductions]]
title = "小微企业"
off = { value = 0.1, unit = "比例", clause = "测试" }
sizes = ["小型", "微型"]
since = 2019-12-01
until = 2020-06-30
"""
FULL, TENTH, FIFTEEN = 1_050_000, 945_000, 892_500
"""5,000,000 USD × 0.0003 × 7.00 in fen: all of it, and after each reduction."""


@pytest.fixture
def reduced(tmp_path: Path) -> Bureau:
    return bureau_in(
        tmp_path, own_scheme(tmp_path, ('\n[[insurers]]\nid = "sinosure"', OFF + '\n[[insurers]]\nid = "sinosure"'))
    )


def gross(bureau: Bureau) -> int:
    return int(bureau.standing().outcomes.gross_fen[0])


def size(number: int, **more: Any) -> dict[str, Any]:
    return {
        "企业": uscc(number), "年度": 2018, "行业": "批发业", "从业人员(人)": 8, "营业收入(元)": 20_000_000, "来源": "年报",
    } | more  # fmt: skip


DECLARED = {"size": "小型", "tier": "专精特新"}
ON_LIST = {
    "名单": "专精特新中小企业",
    "统一社会信用代码": uscc(1),
    "企业名称": "甲",
    "来源": "省工信厅",
    "日期": date(2019, 6, 1),
}
REDUCTIONS = [
    ("nothing declared, nothing off", {}, [], date(2019, 12, 31), FULL),
    ("a small firm within the dates", {"size": "小型"}, [], date(2019, 12, 31), TENTH),
    ("on its first day", {"size": "小型"}, [], date(2019, 12, 1), TENTH),
    ("a day before it", {"size": "小型"}, [], date(2019, 11, 30), FULL),
    ("on its last day", {"size": "小型"}, [], date(2020, 6, 30), TENTH),
    ("a day after it", {"size": "小型"}, [], date(2020, 7, 1), FULL),
    ("a tier that no list confirms is worth nothing", DECLARED, [], date(2019, 12, 31), TENTH),
    ("a tier that the list confirms; the larger one counts", DECLARED, [("lists", ON_LIST)], date(2019, 12, 31), FIFTEEN),
    ("a list alone, without the tier", {"size": "小型"}, [("lists", ON_LIST)], date(2019, 12, 31), TENTH),
    ("the determined size counts, not the declared one", {"size": "大型"}, [("sizes", size(1))], date(2019, 12, 31), TENTH),
    ("and takes a reduction away", DECLARED, [("sizes", size(1, **{"从业人员(人)": 500, "营业收入(元)": 10**10}))], date(2019, 12, 31), FULL),
    ("the latest year's size counts", {}, [("sizes", size(1)), ("sizes", size(1, 年度=2019, **{"从业人员(人)": 30, "营业收入(元)": 60_000_000}))], date(2019, 12, 31), FULL),
]  # fmt: skip


@pytest.mark.parametrize(
    ("cells", "tables", "day", "expected"), [r[1:] for r in REDUCTIONS], ids=[r[0] for r in REDUCTIONS]
)
def test_a_premium_reduction_counts_where_list_size_and_day_allow_it(
    reduced: Bureau, cells: dict[str, Any], tables: list[tuple[str, dict[str, Any]]], day: date, expected: int
) -> None:
    reduced.sent_in([firm(1, **cells)])
    reduced.agree(1)
    for name, row in tables:
        reduced.load(name, row)
    reduced.today = day
    assert gross(reduced) == expected


def test_explain_names_the_reduction_and_its_list(reduced: Bureau) -> None:
    reduced.sent_in([firm(1, **DECLARED)])
    reduced.agree(1)
    reduced.load("lists", ON_LIST)
    (told,) = explain(reduced.workspace, uscc(1), today=reduced.today)
    assert "其中费率已减 15%：专精特新小微企业（测试，按“专精特新中小企业”名单）" in str(told)


def test_a_size_declared_otherwise_is_a_warning_and_the_same_one_is_none(reduced: Bureau) -> None:
    reduced.sent_in([firm(1, size="大型"), firm(2, size="小型"), firm(3)])
    reduced.load("sizes", size(1), size(2), size(3))
    found = [f for f in reduced.register().claims.findings.items if f.code == "SIZE_DIFFERS"]
    assert [(f.rows.tolist(), list(f.more)) for f in found] == [([0], ["小型"])]


WITHOUT_CODE = {"名单": "专精特新中小企业", "企业名称": "南通一号贸易有限公司", "来源": "省工信厅"}


def test_a_listed_name_is_offered_and_counts_once_it_is_confirmed(reduced: Bureau) -> None:
    name = firm(1)["name"]
    reduced.sent_in([firm(1, **DECLARED), firm(2)])
    reduced.agree(1)
    row = WITHOUT_CODE | {"企业名称": name}
    told = reduced.load("lists", row, WITHOUT_CODE | {"企业名称": "没有这家公司"})
    assert told.detail["same_name"] == [("专精特新中小企业", name, "NT2019-0001")]
    assert gross(reduced) == TENTH
    reduced.load("lists", row | {"确认企业": "NT2019-0001"})
    assert gross(reduced) == FIFTEEN


# ── 区级配套 ──

PAID = {
    "实际保费(元)": "20700.69",
    "财政(元)": "10350.34",
    "企业(元)": "10350.35",
    "缴费状态": "已缴费",
    "缴费日期": date(2020, 1, 15),
}
RULE = {"所属区": HERE, "方案": "B", "起": date(2020, 1, 1), "配套比例": "50%", "文号": "崇商〔2020〕1号"}
FUND = {
    "所属区": HERE,
    "日期": date(2020, 1, 1),
    "类型": "安排",
    "金额(元)": "10000",
    "文号": "崇财〔2020〕1号",
    "审批人": "区长",
}
TOP_UPS = [
    ("half of the firm's own part, cut below the fen", [RULE], [FUND], {}, [(517_517, "已安排")], 482_483),
    ("up to the cap", [RULE | {"每家上限(元)": "5000"}], [FUND], {}, [(500_000, "已安排")], 500_000),
    ("a pool to the fen", [RULE], [FUND | {"金额(元)": "5175.17"}], {}, [(517_517, "已安排")], 0),
    ("a fen short", [RULE], [FUND | {"金额(元)": "5175.16"}], {}, [(517_517, "区资金不足")], 517_516),
    ("no money yet", [RULE], [FUND | {"日期": date(2020, 2, 1)}], {}, [(517_517, "区资金不足")], 0),
    ("a firm that has not paid its part", [RULE], [FUND], {"缴费状态": "待缴费", "缴费日期": None}, [(517_517, "企业未缴费")], 1_000_000),
    ("entered before the rule", [RULE | {"起": date(2020, 1, 9)}], [FUND], {}, [], 1_000_000),
    ("on the rule's last day", [RULE | {"止": date(2020, 1, 8)}], [FUND], {}, [(517_517, "已安排")], 482_483),
    ("another plan's rule", [RULE | {"方案": "A"}], [FUND], {}, [], 1_000_000),
    ("another district's rule", [RULE | {"所属区": "通州区"}], [FUND], {}, [], 1_000_000),
]  # fmt: skip


@pytest.fixture
def bureau(tmp_path: Path) -> Bureau:
    made = prepared(tmp_path, sent)
    made.today = TODAY
    return made


@pytest.mark.parametrize(
    ("rules", "funds", "returned", "expected", "left"), [t[1:] for t in TOP_UPS], ids=[t[0] for t in TOP_UPS]
)
def test_a_district_adds_by_its_own_rule_and_from_its_own_money(
    bureau: Bureau, rules: list[Any], funds: list[Any], returned: dict[str, Any], expected: list[Any], left: int
) -> None:
    bureau.load("issued", answer(1), answer(2, **PAID | returned))
    before = bureau.standing().money
    bureau.load("topup_rules", *rules)
    bureau.load("district_funds", *funds)
    told = bureau.press("topups")
    assert [(r["fen"], r["state"]) for r in told.data["rows"]] == expected
    assert told.data["left"][HERE] == left
    assert bureau.standing().money == before  # the city's pools are not touched


def test_the_district_gets_its_list_and_what_was_written_stays(bureau: Bureau) -> None:
    bureau.load("issued", answer(2, **PAID))
    bureau.load("topup_rules", RULE)
    bureau.load("district_funds", FUND)
    first, second = (bureau.press("topups").files for _ in range(2))
    assert [p.name for p in first] == [f"{HERE}_区级配套_20200120.xlsx"]
    assert first != second
    page = openpyxl.load_workbook(first[0]).active
    assert [c.value for c in page[3]][:3] == ["序号", "受理编号", "企业名称"]
    assert [c.value for c in page[4]][1:] == [
        "NT2019-0002", firm(2)["name"], uscc(2), "中国信保", "B", "SCH000002", page["H4"].value, 10350.35, 0.5, 5175.17,
    ]  # fmt: skip
    assert page["H4"].value.date() == date(2020, 1, 8)
    assert page["K5"].value == 5175.17


WRONG = [
    ("two rules of one plan on one day", "topup_rules", [RULE, RULE | {"起": date(2020, 3, 1)}], "RULE_OVERLAP"),
    ("more taken back than was put up", "district_funds", [FUND, FUND | {"类型": "收回", "金额(元)": "10000.01"}], "DISTRICT_FUND_SHORT"),
    ("figures that leave the size open", "sizes", [size(1, **{"营业收入(元)": None})], "SIZE_OPEN"),
]  # fmt: skip
RIGHT = [
    ("the second begins when the first has ended", "topup_rules", [RULE | {"止": date(2020, 2, 29)}, RULE | {"起": date(2020, 3, 1)}]),
    ("all of it taken back", "district_funds", [FUND, FUND | {"类型": "收回"}]),
    ("so few people that the revenue does not matter", "sizes", [size(1, **{"从业人员(人)": 4, "营业收入(元)": None})]),
]  # fmt: skip


@pytest.mark.parametrize(("name", "rows", "code"), [w[1:] for w in WRONG], ids=[w[0] for w in WRONG])
def test_what_cannot_be_is_named_by_its_cell(bureau: Bureau, name: str, rows: list[Any], code: str) -> None:
    with pytest.raises(BadInput) as caught:
        bureau.load(name, *rows)
    assert {p.code for p in caught.value.placed} == {code}


@pytest.mark.parametrize(("name", "rows"), [r[1:] for r in RIGHT], ids=[r[0] for r in RIGHT])
def test_its_neighbour_is_taken(bureau: Bureau, name: str, rows: list[Any]) -> None:
    assert bureau.load(name, *rows).rows == len(rows)


def test_a_figure_that_is_missing_may_be_there_already(bureau: Bureau) -> None:
    bureau.load("sizes", size(1))
    bureau.load("sizes", size(1, **{"营业收入(元)": None, "从业人员(人)": 25}))
    (row,) = bureau.tables()["sizes"]
    assert (row["staff"], row["revenue_fen"], row["size"]) == (25, 2_000_000_000, "小型")


DISTRICT_POLICY = {
    "保单号": "QJ001", "所属区": HERE, "统一社会信用代码": uscc(1), "企业名称": firm(1)["name"], "保险人": "中国信保",
    "起保日期": date(2020, 8, 31), "终保日期": date(2021, 8, 30),
}  # fmt: skip


def test_a_districts_own_policy_beside_the_platforms_is_a_warning(bureau: Bureau) -> None:
    found = bureau.load("district_policies", DISTRICT_POLICY, DISTRICT_POLICY | {"保单号": "QJ002", "统一社会信用代码": uscc(9), "企业名称": firm(9)["name"]})  # fmt: skip
    assert found.rows == 2
    assert sum("已在本平台投保" in line for line in found.lines) == 1
    later = bureau.load("district_policies", DISTRICT_POLICY | {"保单号": "QJ003", "起保日期": date(2020, 9, 1)})
    assert not any("已在本平台投保" in line for line in later.lines)


@given(
    st.lists(
        st.tuples(
            st.integers(0, 10**9), st.sampled_from(("0.5", "0.3333", "1", "0.07")),
            st.none() | st.integers(0, 10**8), st.integers(0, 2),
        ),
        max_size=30,
    ),
    st.tuples(*(st.integers(0, 10**10) for _ in range(3))),
)  # fmt: skip
def test_no_district_pays_more_than_it_has_and_nobody_overtakes(rows: list[Any], pools: tuple[int, ...]) -> None:
    own, shares, caps, areas = (list(x) for x in zip(*rows, strict=True)) if rows else ([], [], [], [])
    fen = topup.due(np.array(own, dtype=np.int64), [Decimal(s) for s in shares], caps)
    found = topup.serve(fen, np.array(areas, dtype=np.int64), np.arange(len(rows)), np.array(pools, dtype=np.int64))
    left, closed = list(pools), set()
    for i, (o, share, cap, area) in enumerate(rows):
        due = min(int(Fraction(share) * o), o if cap is None else cap)
        assert found.due[i] == due
        if area not in closed and due <= left[area]:
            left[area] -= due
            assert found.granted[i]
        else:
            closed.add(area)
            assert not found.granted[i]
    assert found.left.tolist() == left
