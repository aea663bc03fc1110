"""customs, inforce, lists, fx, fund (市局资料): what the bureau brings, taken whole or not at all."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from workspaces import Bureau, Row, bureau_in, customs_row, firm, firms, own_scheme, policy, pools, prepared, uscc

from xltools.desk.bureau.load import load_table
from xltools.desk.bureau.own import fund_account
from xltools.desk.errors import BadInput, Refusal


def three(made: Bureau) -> None:
    made.drop(firms(1, 2, 3))
    made.collect()


@pytest.fixture
def bureau(tmp_path: Path) -> Bureau:
    return prepared(tmp_path, three)


LISTED = {"统一社会信用代码": uscc(1), "企业名称": "甲", "来源": "苏商2019", "日期": date(2019, 1, 1)}
RATE = {"保险人": "中国信保", "月份": "2019-09", "汇率": "7.0883", "来源": "保险人通知"}
MOVE = {
    "日期": date(2019, 10, 1), "类型": "调剂", "转出": "中国信保", "转入": "人保财险", "金额(元)": 1000, "文号": "批1号",
    "审批人": "局长",
}  # fmt: skip
CUSTOMS = customs_row(1, 2018, "美国", 5_000_000)


# ── rates and money: a wrong cell is named with its place, and nothing of the table is taken ──


@pytest.mark.parametrize(
    ("verb", "good", "wrong", "code"),
    [
        ("fx", RATE, {"汇率": 0}, "RATE"),
        ("fx", RATE, {"汇率": "七"}, "RATE"),
        ("fx", RATE, {"月份": "2019-13"}, "MONTH"),
        ("fx", RATE, {"保险人": "平安"}, "CHOICE"),
    ],
)  # fmt: skip
def test_a_wrong_cell_is_named_and_nothing_is_taken(
    bureau: Bureau, verb: str, good: Row, wrong: Row, code: str
) -> None:
    before = bureau.tables()
    headings = list(good)
    with pytest.raises(BadInput) as caught:
        bureau.load(verb, good, good | wrong)
    (problem,) = caught.value.placed
    assert (problem.code, problem.row) == (code, 3)
    assert problem.cell in str(caught.value)
    assert problem.cell[0] in {chr(65 + headings.index(h)) for h in (*wrong, headings[0])}
    assert bureau.tables() == before
    assert bureau.load(verb, good).rows == 1


DISTRICTS = ("模板", "报送", "填报")
"""Words for districts: what they say is no answer for the bureau's own files."""


@pytest.mark.parametrize("verb", ["customs", "inforce", "lists", "fx", "fund"])
def test_a_file_that_is_no_table_is_refused_in_one_line(bureau: Bureau, tmp_path: Path, verb: str) -> None:
    path = tmp_path / "乱.xlsx"
    path.write_bytes(b"\x00\x01\x02" * 100)
    before = bureau.tables()
    with pytest.raises(Refusal) as caught:
        load_table(bureau.workspace, verb, path, now=bureau.now, today=bureau.today)
    assert "乱.xlsx" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert [w for w in DISTRICTS if w in str(caught.value)] == []
    assert bureau.tables() == before


@pytest.mark.parametrize(
    ("verb", "row", "heading"),
    [
        ("customs", CUSTOMS, "国别"), ("inforce", policy(1, "中国信保"), "保险人"), ("lists", LISTED | {"名单": "品牌名单"}, "名单"),
        ("fx", RATE, "汇率"), ("fund", MOVE, "金额(元)"),
    ],
)  # fmt: skip
def test_a_missing_heading_is_named(bureau: Bureau, verb: str, row: Row, heading: str) -> None:
    with pytest.raises(Refusal, match=heading.partition("(")[0]) as caught:
        bureau.load(verb, {k: v for k, v in row.items() if k != heading})
    assert [w for w in DISTRICTS if w in str(caught.value)] == []


# ── customs ──


def test_customs_figures_count_and_declared_ones_are_only_compared(bureau: Bureau) -> None:
    bureau.agree(1, 2, 3)
    found = bureau.customs(
        (1, 2018, "美国", "1,500,000.50"), (1, 2018, "502", 2_000_000), (1, 2018, "DE", "500000.25"),
        (2, 2018, "日本(116)", 5_000_000), (3, 2018, "越南", 400_000),
    )  # fmt: skip
    assert found.rows == 5
    assert {n: (r["资格"], r["方案"], r["应缴保费(元)"]) for n in (1, 2, 3) for r in [bureau.outcome(n)]} == {
        1: ("符合条件", "A", Decimal("8400.00")), 2: ("符合条件", "A", Decimal("10500.00")),
        3: ("符合条件", "D", Decimal("840.00")),
    }  # fmt: skip
    assert {u: c for u, c in bureau.problems().items() if c} == {
        uscc(1): {"CUSTOMS_DIFFERS"},
        uscc(3): {"CUSTOMS_DIFFERS"},
    }
    assert [f"{r['说明']}" for r in bureau.outcomes().values() if "企业申报" in r["说明"]] == []


@pytest.mark.parametrize(
    ("declared", "customs", "differs"),
    [
        (5_000_000, 5_000_000, False),
        (5_000_000, 5_050_000, False),
        (5_000_000, "5,050,505.05", False),
        (5_000_000, "5,050,505.06", True),
        (40_000, 41_000, False),
        (40_000, "41,000.01", True),
        (0, 900, False),
    ],
    ids=[
        "the same", "within one percent", "one percent of the customs figure to the cent", "a cent more",
        "1,000 dollars apart where that is more than one percent", "a cent more than that", "declared zero, a little",
    ],
)  # fmt: skip
def test_the_tolerance_is_the_larger_of_one_percent_and_a_thousand_dollars(
    bureau: Bureau, declared: Any, customs: Any, differs: bool
) -> None:
    bureau.sent_in([firm(1, exports=declared)])
    bureau.customs((1, 2018, "US", customs))
    assert ("CUSTOMS_DIFFERS" in bureau.problems()[uscc(1)]) is differs


def test_the_us_and_the_year_before_are_compared_as_well(bureau: Bureau) -> None:
    bureau.sent_in(
        [firm(1, key_exports=4_000_000, before=4_000_000), firm(2, key_exports=4_000_000, before=4_000_000), firm(3)]
    )
    bureau.customs(
        (1, 2018, "US", 4_000_000), (1, 2018, "DE", 1_000_000), (1, 2017, "US", 4_000_000),
        (2, 2018, "US", 3_000_000), (2, 2018, "DE", 2_000_000), (2, 2017, "US", 9_000_000),
    )  # fmt: skip
    register = bureau.register()
    found = {
        (register.claims.uscc[i], f.field)
        for f in register.claims.findings.items
        if f.code == "CUSTOMS_DIFFERS"
        for i in f.rows
    }
    assert found == {(uscc(2), "key_exports"), (uscc(2), "before")}


@pytest.mark.parametrize(
    ("name", "found"),
    [("南通别的有限公司", True), (firm(1)["name"], False), ("南通示例0001 进出口有限公司", False)],
    ids=["another name", "the same name", "the same name with a blank in it"],
)
def test_another_name_in_the_customs_data_is_a_warning(bureau: Bureau, name: str, found: bool) -> None:
    bureau.load("customs", customs_row(1, 2018, "US", 5_000_000) | {"企业名称": name})
    assert ("CUSTOMS_NAME" in bureau.problems()[uscc(1)]) is found


def test_zero_exports_by_customs_are_fine_in_d_with_a_warning(bureau: Bureau) -> None:
    bureau.agree(1)
    bureau.customs((1, 2018, "US", 0), (2, 2018, "US", 5_000_000))
    row = bureau.outcome(1)
    assert (row["资格"], row["方案"], row["应缴保费(美元)"]) == ("符合条件", "D", 100)
    assert "ZERO_EXPORTS" in row["说明代码"].split(";")
    assert "ZERO_EXPORTS" not in bureau.outcome(2)["说明代码"]


def test_a_firm_that_customs_does_not_know_waits_until_the_bureau_fixes_a_figure(bureau: Bureau) -> None:
    bureau.agree(1, 2, 3)
    bureau.sent_in([firm(1, exports=0), firm(2), firm(3)])
    found = bureau.customs((3, 2018, "US", 5_000_000))
    assert found.detail["absent"] == sorted([uscc(1), uscc(2)])
    assert [bureau.outcome(n)["资格"] for n in (1, 2, 3)] == ["待核实", "待核实", "符合条件"]
    assert bureau.outcome(2)["说明代码"] == "CUSTOMS_ABSENT"
    with pytest.raises(BadInput, match="依据"):
        bureau.decide(1, **{"核定出口额(美元)": 450_000})
    bureau.decide(1, **{"核定出口额(美元)": 450_000, "核定依据": "企业报关单汇总"})
    bureau.decide(2, **{"核定出口额(美元)": 1_000_000, "核定依据": "企业报关单汇总"})
    assert (bureau.outcome(1)["资格"], bureau.outcome(1)["方案"], bureau.outcome(1)["应缴保费(元)"]) == (
        "符合条件",
        "D",
        945,
    )
    assert (bureau.outcome(2)["资格"], bureau.outcome(2)["说明代码"]) == ("不在出口额区间", "BAND_GAP")


def test_a_fixed_figure_of_zero_passes(bureau: Bureau) -> None:
    bureau.agree(1)
    bureau.customs((3, 2018, "US", 5_000_000))
    bureau.decide(1, **{"核定出口额(美元)": 0, "核定依据": "新设企业"})
    assert (bureau.outcome(1)["资格"], bureau.outcome(1)["方案"]) == ("符合条件", "D")


def test_the_plan_and_the_priorities_follow_customs(bureau: Bureau) -> None:
    """C by the US share, priority 1 by growth, priority 2 by the union of countries, whatever was declared."""
    bureau.sent_in(
        [
            firm(1, key_exports=0, before=9_000_000),
            firm(2, key_exports=5_000_000, before=1),
            firm(3, before=1, region_latin_america=5_000_000),
        ]
    )
    bureau.agree(1, 2, 3)
    bureau.decide(1, 政策导向确认="是")
    bureau.decide(2, 政策导向确认="是")
    bureau.customs(
        (1, 2018, "US", 5_400_000), (1, 2018, "MX", 600_000), (1, 2017, "US", 5_900_000),
        (2, 2018, "US", 2_500_000), (2, 2018, "VN", 2_500_001), (2, 2017, "US", 6_000_000),
        (3, 2018, "US", 2_500_000), (3, 2018, "BR", 2_500_000), (3, 2017, "US", 5_000_000),
    )  # fmt: skip
    assert {n: (bureau.outcome(n)["方案"], bureau.outcome(n)["优先"]) for n in (1, 2, 3)} == {
        1: ("C", "是"), 2: ("A", "是"), 3: ("A", "否"),
    }  # fmt: skip


def test_a_firm_absent_from_the_year_before_has_an_unknown_year_before(bureau: Bureau) -> None:
    bureau.sent_in([firm(1, before=1), firm(2, before=1), firm(3)])
    bureau.agree(1, 2)
    bureau.customs((1, 2018, "US", 5_000_000), (2, 2018, "US", 5_000_000), (2, 2017, "US", 1))
    assert [bureau.outcome(n)["优先"] for n in (1, 2)] == ["否", "是"]


def test_without_the_year_before_in_customs_the_declared_one_counts(bureau: Bureau) -> None:
    bureau.sent_in([firm(1, before=1), firm(2), firm(3)])
    bureau.agree(1)
    bureau.customs((1, 2018, "US", 5_000_000))
    assert bureau.outcome(1)["优先"] == "是"


def test_an_extract_without_the_base_year_leaves_declared_figures_in_force(bureau: Bureau) -> None:
    bureau.agree(1)
    found = bureau.customs((3, 2017, "US", 5_000_000))
    assert any("2018" in line and "申报" in line for line in found.lines)
    row = bureau.outcome(1)
    assert (row["资格"], row["方案"]) == ("符合条件", "A")
    assert "预估" in row["说明"]
    assert "企业申报" in row["说明"]


def test_a_year_read_again_replaces_that_year_only(bureau: Bureau) -> None:
    bureau.customs((1, 2018, "US", 5_000_000), (2, 2018, "US", 5_000_000), (1, 2017, "US", 7_000_000))
    bureau.customs((1, 2018, "US", 6_000_000))
    kept = {(r["year"], r["uscc"], r["cents"]) for r in bureau.tables()["customs"]}
    assert kept == {(2018, uscc(1), 600_000_000), (2017, uscc(1), 700_000_000)}


def test_months_add_up_to_their_year_and_a_customs_code_will_do(bureau: Bureau) -> None:
    bureau.agree(1)
    rows = [customs_row(1, 2018, "US", 1_750_000) | {"统一社会信用代码": None, "年度": m} for m in (201801, "2018-12")]
    bureau.load("customs", *rows)
    assert bureau.outcome(1)["应缴保费(元)"] == 7_350


# ── policies in force ──


@pytest.mark.parametrize(
    ("cells", "status", "code"),
    [
        ({}, "不符合条件", "ALREADY_INSURED"),
        ({"保单性质": "省统保"}, "不符合条件", "ALREADY_INSURED"),
        ({"保单性质": "市统保"}, "符合条件", ""),
        ({"保单性质": None}, "待核实", "INFORCE_UNCLEAR"),
        ({"终保日期": None}, "待核实", "INFORCE_UNCLEAR"),
        ({"起保日期": None}, "待核实", "INFORCE_UNCLEAR"),
        ({"终保日期": date(2019, 8, 31)}, "符合条件", ""),
        ({"终保日期": date(2019, 9, 1)}, "不符合条件", "ALREADY_INSURED"),
        ({"起保日期": date(2019, 9, 1)}, "不符合条件", "ALREADY_INSURED"),
        ({"起保日期": date(2019, 9, 2)}, "符合条件", ""),
        ({"保单性质": None, "终保日期": date(2019, 8, 31)}, "符合条件", ""),
    ],
    ids=[
        "its own policy over the scheme's start", "the province's policy over the scheme's start",
        "last year's policy of this platform", "of unknown nature", "without an end", "without a beginning",
        "ended the day before", "ends on the first day", "begins on the first day", "begins a day later",
        "of unknown nature but ended",
    ],
)  # fmt: skip
def test_a_policy_in_force_at_the_start_bars_the_firm(bureau: Bureau, cells: Row, status: str, code: str) -> None:
    bureau.agree(1, 2)
    bureau.load("inforce", policy(1, "中国信保", **cells))
    row = bureau.outcome(1)
    assert row["资格"] == status
    assert [c for c in row["说明代码"].split(";") if c and c != "DISTRICT_INFORCE"] == ([code] if code else [])
    assert bureau.outcome(2)["资格"] == "符合条件"


@pytest.mark.parametrize(
    ("insured", "listed", "warned"),
    [("未投保", True, True), ("平台续保", True, False), ("未投保", False, False)],
    ids=["called 未投保, and on the list", "called 平台续保, and on the list", "called 未投保, and on no list"],
)
def test_the_district_is_warned_when_the_insurers_know_better(
    bureau: Bureau, insured: str, listed: bool, warned: bool
) -> None:
    bureau.load("inforce", policy(1 if listed else 9, "中国信保", 保单性质="市统保"))
    report = bureau.sent_in([firm(1, insured=insured, exports=6_000_000), firm(2), firm(3)])
    assert [p.code for p in report.placed] == (["DISTRICT_INFORCE"] if warned else [])


def test_an_insurer_without_a_list_is_named_wherever_that_matters(bureau: Bureau) -> None:
    bureau.agree(1)
    found = bureau.load("inforce", policy(9, "中国信保"))
    assert any("人保财险" in line and "中国信保" not in line for line in found.lines[1:])
    for verb in ("assess", "status", "submit"):
        assert "还没有在保名单" in bureau.cli(verb).out
    said = next(line for line in bureau.cli("explain", uscc(1)).out.splitlines() if "在保名单" in line)
    assert "人保财险" in said
    bureau.load("inforce", policy(8, "人保"))
    assert "还没有在保名单" not in bureau.cli("status").out


def test_each_insurer_replaces_its_own_list(bureau: Bureau) -> None:
    bureau.load("inforce", policy(1, "中国信保"), policy(2, "人保财险"))
    bureau.load("inforce", policy(3, "中信保"))
    assert {(r["insurer"], r["uscc"]) for r in bureau.tables()["inforce"]} == {
        ("中国信保", uscc(3)),
        ("人保财险", uscc(2)),
    }


# ── the lists behind priorities 3 to 6, and the bureau's tick ──


@pytest.mark.parametrize(
    ("declared", "listed", "ticked", "priority"),
    [
        ("4", None, None, "否"),
        ("4", "品牌名单", None, "是"),
        ("4", "基地名单", None, "否"),
        ("3,4", "品牌名单", None, "是"),
        (None, "品牌名单", None, "否"),
        ("4", None, "4", "是"),
        ("4", None, "5", "否"),
        (None, None, "4", "否"),
        ("3", "品牌名单", "4", "否"),
        ("6", "参展名单", None, "是"),
        ("5", "试点名单", None, "是"),
        ("3", "基地名单", None, "是"),
        ("1,2", None, "1,2", "否"),
    ],
    ids=[
        "declared only", "declared and listed", "declared, but on another list", "one of two is listed", "listed only",
        "declared and ticked", "declared, another ticked", "ticked only", "listed and ticked for what was not declared",
        "an exhibitor", "a pilot", "a base", "1 and 2 follow from figures and cannot be ticked",
    ],
)  # fmt: skip
def test_conditions_3_to_6_count_when_declared_and_confirmed(
    bureau: Bureau, declared: str | None, listed: str | None, ticked: str | None, priority: str
) -> None:
    bureau.sent_in([firm(1, priorities=declared), firm(2), firm(3)])
    bureau.agree(1, 2)
    if listed:
        bureau.load("lists", LISTED | {"名单": listed})
    if ticked:
        bureau.decide(1, 优先确认=ticked)
    assert bureau.outcome(1)["优先"] == priority
    assert bureau.outcome(2)["优先"] == "否"


def test_a_listed_name_without_a_code_confirms_nothing_and_is_said(bureau: Bureau) -> None:
    bureau.sent_in([firm(1, priorities="4"), firm(2), firm(3)])
    bureau.agree(1)
    found = bureau.load("lists", LISTED | {"名单": "品牌名单", "统一社会信用代码": None, "企业名称": firm(1)["name"]})
    assert any("1 家没有统一社会信用代码" in line for line in found.lines)
    assert bureau.outcome(1)["优先"] == "否"


def test_each_list_replaces_itself(bureau: Bureau) -> None:
    bureau.load("lists", LISTED | {"名单": "品牌名单"}, LISTED | {"名单": "基地名单"})
    bureau.load("lists", LISTED | {"名单": "品牌名单", "统一社会信用代码": uscc(2)})
    assert {(r["list"], r["uscc"]) for r in bureau.tables()["lists"]} == {("品牌名单", uscc(2)), ("基地名单", uscc(1))}


def test_the_policy_tick_is_the_bureaus_alone(bureau: Bureau) -> None:
    c = {"exports": 10_000_000, "key_exports": 9_000_000}
    bureau.sent_in([firm(1, **c, policy="是"), firm(2, **c, policy="否"), firm(3, **c, policy="是", wish="C")])
    bureau.agree(1, 2, 3)
    assert [(bureau.outcome(n)["方案"], bureau.outcome(n)["说明代码"]) for n in (1, 2, 3)] == [
        ("A", ""), ("A", ""), (None, "PLAN_UNAVAILABLE"),
    ]  # fmt: skip
    for n in (1, 2, 3):
        bureau.decide(n, 政策导向确认="是")
    assert [bureau.outcome(n)["方案"] for n in (1, 2, 3)] == ["C", "C", "C"]
    bureau.decide(1, 政策导向确认="否")
    assert bureau.outcome(1)["方案"] == "A"


# ── exchange rates ──


def test_rates_are_kept_as_given_and_a_change_is_told(bureau: Bureau) -> None:
    bureau.load("fx", RATE, RATE | {"保险人": "人保", "汇率": 7.0921})
    assert bureau.load("fx", RATE).lines == ["没有变化"]
    found = bureau.load("fx", RATE | {"汇率": "7.10"})
    assert found.detail["changed"] == {"中国信保 2019-09": ["7.0883", "7.1"]}
    assert {(r["insurer"], r["month"]): r["rate"] for r in bureau.tables()["fx"]} == {
        ("中国信保", "2019-09"): "7.1", ("人保财险", "2019-09"): "7.0921",
    }  # fmt: skip
    assert bureau.journal()[-1]["detail"]["changed"] == {"中国信保 2019-09": {"rate": ["7.0883", "7.1"]}}


def test_a_rate_of_a_whole_year_is_refused(bureau: Bureau) -> None:
    with pytest.raises(Refusal, match="2019-09"):
        bureau.load("fx", RATE | {"月份": 2019})


def test_until_a_policy_is_entered_the_budget_rate_counts_marked_as_an_estimate(bureau: Bureau) -> None:
    bureau.agree(1)
    bureau.load("fx", RATE)
    row = bureau.outcome(1)
    assert (row["汇率"], row["应缴保费(元)"]) == (7, 10_500)
    assert "预估" in row["说明"]


# ── the fund: a dated account ──


def test_the_schemes_pools_are_the_first_entries(bureau: Bureau) -> None:
    entries, money = fund_account(bureau.workspace, today=bureau.today)
    assert [(e["kind"], e["source"], e["target"], e["fen"]) for e in entries] == [
        ("期初", "", "中国信保", 450_000_000), ("期初", "", "人保财险", 50_000_000),
    ]  # fmt: skip
    assert money == {"中国信保": 450_000_000, "人保财险": 50_000_000}


def test_the_pool_of_a_day_is_the_sum_up_to_it(bureau: Bureau) -> None:
    bureau.move("调剂", "中国信保", "人保财险", "1,000.01", date(2019, 10, 1))
    bureau.move("追加", "", "人保", 500, date(2020, 3, 1))
    bureau.move("收回", "中国信保", "", 300, date(2019, 11, 1))

    def pools_on(*day: int) -> dict[str, int]:
        return fund_account(bureau.workspace, today=date(*day))[1]

    assert pools_on(2019, 9, 30) == {"中国信保": 450_000_000, "人保财险": 50_000_000}
    assert pools_on(2019, 10, 1) == {"中国信保": 449_899_999, "人保财险": 50_100_001}
    assert pools_on(2019, 11, 1) == {"中国信保": 449_869_999, "人保财险": 50_100_001}
    assert pools_on(2020, 3, 1) == {"中国信保": 449_869_999, "人保财险": 50_150_001}
    assert bureau.standing().total_fen == 449_869_999 + 50_100_001


@pytest.mark.parametrize(
    ("cells", "says"),
    [
        ({"类型": "调剂", "转入": None}, "调剂"),
        ({"类型": "调剂", "转出": "人保财险"}, "调剂"),
        ({"类型": "追加"}, "追加"),
        ({"类型": "收回"}, "收回"),
        ({"类型": "退回"}, "退回"),
        ({"金额(元)": 0}, "大于零"),
    ],
    ids=[
        "a transfer to nowhere", "a transfer to itself", "an addition out of a pool", "a recall into a pool",
        "a return both ways", "nothing",
    ],
)  # fmt: skip
def test_a_movement_that_makes_no_sense_is_refused(bureau: Bureau, cells: Row, says: str) -> None:
    before = bureau.tables()
    with pytest.raises(Refusal, match=says):
        bureau.load("fund", MOVE | cells)
    assert bureau.tables() == before


def test_the_same_movement_read_again_is_entered_once(bureau: Bureau) -> None:
    bureau.load("fund", MOVE)
    found = bureau.load("fund", MOVE, MOVE | {"文号": "批2号"})
    assert found.rows == 1
    assert [e["document"] for e in fund_account(bureau.workspace, today=bureau.today)[0]][2:] == ["批1号", "批2号"]


@pytest.fixture
def spent(tmp_path: Path) -> Bureau:
    """A pool of 30,000 with 21,000 sent out of it."""
    made = bureau_in(tmp_path, own_scheme(tmp_path, *pools(30_000, 10_000, 40_000)))
    made.drop(firms(1, 2))
    made.collect()
    made.agree(1, 2)
    assert [b.fiscal_fen for b in made.submit()] == [2_100_000]
    return made


@pytest.mark.parametrize(
    ("yuan", "refused"),
    [(9_000, False), ("9,000.01", True), (30_000, True)],
    ids=["to the fen", "a fen more", "all of it"],
)
@pytest.mark.parametrize("kind", ["调剂", "收回"])
def test_what_is_committed_cannot_be_moved_away(spent: Bureau, kind: str, yuan: Any, refused: bool) -> None:
    target = "人保财险" if kind == "调剂" else ""
    before = spent.tables()
    if not refused:
        spent.move(kind, "中国信保", target, yuan)
        assert spent.standing().money[0].free == 0
        return
    with pytest.raises(Refusal, match=r"21,000\.00"):
        spent.move(kind, "中国信保", target, yuan)
    assert spent.tables() == before


@pytest.mark.parametrize(
    "day", [date(2019, 12, 31), date(2020, 2, 1), date(2019, 9, 1)], ids=["today", "before the addition", "in the past"]
)
def test_money_that_only_comes_later_does_not_cover_a_transfer(spent: Bureau, day: date) -> None:
    spent.move("追加", "", "中国信保", 20_000, date(2020, 3, 1))
    before = spent.tables()
    with pytest.raises(Refusal, match="中国信保"):
        spent.move("调剂", "中国信保", "人保财险", 10_000, day, "批2号")
    assert spent.tables() == before


def test_a_transfer_after_the_addition_is_covered_by_it(spent: Bureau) -> None:
    spent.move("追加", "", "中国信保", 20_000, date(2020, 3, 1))
    spent.move("调剂", "中国信保", "人保财险", 10_000, date(2020, 3, 1), "批2号")
    assert fund_account(spent.workspace, today=date(2020, 3, 1))[1] == {
        "中国信保": 4_000_000,
        "人保财险": 2_000_000,
    }


ADDED = MOVE | {"类型": "追加", "转出": None, "转入": "中国信保", "金额(元)": 5}
TOO_MUCH = MOVE | {"金额(元)": 29_000, "日期": datetime(2019, 10, 2)}
BESIDE: list[tuple[str, list[Row], list[tuple[str, str]], int]] = [
    ("a transfer below what is committed", [ADDED, TOO_MUCH], [("FUND_BELOW", "E3")], 1),
    ("of two that are too much together the last", [MOVE | {"金额(元)": 5_000}, MOVE | {"金额(元)": 4_001}], [("FUND_BELOW", "E3")], 1),
    ("none where a later row of the file brings the money", [TOO_MUCH, ADDED | {"金额(元)": 20_000}], [], 2),
    ("one that makes no sense", [ADDED, MOVE | {"转入": None}], [("FUND_SENSE", "B3")], 1),
    ("one of nothing", [ADDED, MOVE | {"金额(元)": 0}], [("FUND_SENSE", "E3")], 1),
    ("of a kind that there is not", [ADDED, MOVE | {"类型": "挪用"}], [("CHOICE", "B3")], 1),
    ("finer than a fen", [ADDED, MOVE | {"金额(元)": "0.001"}], [("AMOUNT_FINER", "E3")], 1),
    ("without a document", [ADDED, MOVE | {"文号": None}], [("REQUIRED", "F3")], 1),
    ("approved by nobody", [ADDED, MOVE | {"审批人": None}], [("REQUIRED", "G3")], 1),
    ("to a pool that there is not", [ADDED, MOVE | {"转入": "平安"}], [("CHOICE", "D3")], 1),
    ("a negative one", [ADDED, MOVE | {"金额(元)": -1}], [("AMOUNT_NEGATIVE", "E3")], 1),
]  # fmt: skip


@pytest.mark.parametrize(("rows", "codes", "taken"), [b[1:] for b in BESIDE], ids=[b[0] for b in BESIDE])
def test_a_movement_that_cannot_be_is_left_out_by_cell_and_the_others_are_entered(
    spent: Bureau, rows: list[Row], codes: list[tuple[str, str]], taken: int
) -> None:
    found = spent.load("fund", *rows)
    assert [(p.code, p.cell) for x in found.left for p in x.placed] == codes
    assert len(spent.tables()["fund"]) == 2 + taken
    assert len(spent.tables()["left_out"]) == len(codes)
    assert not spent.verify().wrong


def test_the_journal_has_each_movement_with_its_document(bureau: Bureau) -> None:
    bureau.load("fund", MOVE)
    entry = bureau.journal()[-1]
    assert (entry["verb"], entry["subject"], entry["why"]) == ("fund", "调剂", "批1号")
    assert {k: v for k, v in entry["detail"].items() if k not in ("seals", "sha256")} == {
        "day": "2019-10-01", "source": "中国信保", "target": "人保财险", "fen": 100_000, "document": "批1号",
    }  # fmt: skip


def test_both_claims_of_a_firm_get_its_customs_figures(bureau: Bureau) -> None:
    bureau.sent_in([firm(1, area="通州区")], "通州区")
    rows = [customs_row(1, 2018, "US", 1_000_000) | {"统一社会信用代码": None}]
    bureau.load("customs", *rows, customs_row(2, 2018, "US", 5_000_000))
    bureau.decide(1, 政策导向确认="否")
    told = bureau.cli("explain", uscc(1), "--json").json["stories"]
    assert ["1,000,000.00 美元（海关数据）" in str(s) for s in told] == [False, False]  # the code itself is in dispute
    assert ["没有记录" in str(s) for s in told] == [False, False]
    register = bureau.register()
    assert register.decisions.figures is not None
    assert register.decisions.figures.exports[[u == uscc(1) for u in register.claims.uscc]].tolist() == [
        100_000_000,
        100_000_000,
    ]
