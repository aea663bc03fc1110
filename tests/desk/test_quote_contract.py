"""DESIGN §3 and §4 (Quote): what stands in a row, and what OUT must say about it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pages import page_of
from rosters import (
    COLUMNS,
    FX,
    HEADINGS,
    ONLY_ELIGIBLE,
    TODAY,
    Answer,
    Formula,
    nantong,
    quote_file,
    run,
    small_pools,
    table,
    write_csv,
    write_xlsx,
)

from xltools.desk.errors import Refusal
from xltools.desk.rules.quote import quote

Quoted = Callable[..., Answer]

D = {"exports": 300_000}
GAP = {"exports": 1_000_000}
C = {"exports": 10_000_000, "key_exports": 9_000_000, "policy": "是"}
BAD_PHONE = {"phone": "12"}


@dataclass(frozen=True)
class Case:
    says: str
    row: dict[str, Any]
    status: str
    codes: str = ""
    plan: str = ""


def case(says: str, row: dict[str, Any], status: str, codes: str = "", plan: str = "") -> Case:
    return Case(says, row, status, codes, plan)


STEPS = [
    # 1 不符合条件
    case("a clean agreed row in the upper band", {}, "符合条件", plan="A"),
    case("insured elsewhere", {"insured": "已投保"}, "不符合条件", "ALREADY_INSURED"),
    case("last year's policy of this platform is no obstacle", {"insured": "平台续保"}, "符合条件", plan="A"),
    case("the district disagrees", {"opinion": "不同意"}, "不符合条件", "DISTRICT_REFUSED"),
    case("both grounds of one step are given", {"insured": "已投保", "opinion": "不同意"}, "不符合条件",
         "ALREADY_INSURED;DISTRICT_REFUSED"),
    case("insured wins over outside, whose reason is not given", {"insured": "已投保", "area": "其他"}, "不符合条件",
         "ALREADY_INSURED"),
    case("refused wins over the gap", {"opinion": "不同意"} | GAP, "不符合条件", "DISTRICT_REFUSED"),
    case("insured needs no repaired phone", {"insured": "已投保"} | BAD_PHONE, "不符合条件", "PHONE;ALREADY_INSURED"),
    case("insured with a wrong code", {"insured": "已投保", "uscc": "91320602MA0000010X"}, "不符合条件",
         "USCC_CHECK;ALREADY_INSURED"),
    case("refused with an amount that is none", {"opinion": "不同意", "exports": "约300万"}, "不符合条件",
         "AMOUNT_TEXT;DISTRICT_REFUSED"),
    case("a choice that is none cannot refuse", {"insured": "有"}, "待补正", "CHOICE"),
    case("a blank 已投保情况 cannot refuse", {"insured": None}, "待补正", "REQUIRED"),
    case("an opinion that is none cannot refuse", {"opinion": "不同意见"}, "待补正", "CHOICE"),
    # 2 不在平台区域
    case("outside the areas", {"area": "其他"}, "不在平台区域", "OUTSIDE_AREA"),
    case("outside wins over the gap", {"area": "其他"} | GAP, "不在平台区域", "OUTSIDE_AREA"),
    case("outside needs no repaired phone", {"area": "其他"} | BAD_PHONE, "不在平台区域", "PHONE;OUTSIDE_AREA"),
    case("outside wins over a blank opinion", {"area": "其他", "opinion": None}, "不在平台区域", "OUTSIDE_AREA"),
    case("an area that is no choice is mended first", {"area": "海门区"} | GAP, "不在出口额区间", "CHOICE;BAND_GAP"),
    # 3 不在出口额区间
    case("between the bands", GAP, "不在出口额区间", "BAND_GAP"),
    case("above the bands", {"exports": 40_000_000}, "不在出口额区间", "BAND_ABOVE"),
    case("the gap needs no repaired phone", GAP | BAD_PHONE, "不在出口额区间", "PHONE;BAND_GAP"),
    case("above needs no repaired code", {"exports": 40_000_000, "uscc": "123"}, "不在出口额区间",
         "USCC_LENGTH;BAND_ABOVE"),
    case("US above the total is placed on the US cell", GAP | {"key_exports": 2_000_000}, "不在出口额区间",
         "KEY_ABOVE_TOTAL;BAND_GAP"),
    case("a region above the total is placed on the region", GAP | {"africa": 2_000_000}, "不在出口额区间",
         "REGION_ABOVE_TOTAL;REGIONS_SUM_ABOVE;BAND_GAP"),
    case("the gap wins over a blank opinion", GAP | {"opinion": None}, "不在出口额区间", "BAND_GAP"),
    case("the gap wins over a plan that is not available", GAP | {"wish": "D"}, "不在出口额区间", "BAND_GAP"),
    case("an amount with text is in no band", {"exports": "约100万"}, "待补正", "AMOUNT_TEXT"),
    case("a negative amount is in no band", {"exports": -1}, "待补正", "AMOUNT_NEGATIVE"),
    case("an amount finer than a cent is in no band", {"exports": "1000000.001"}, "待补正", "AMOUNT_FINER"),
    # 4 待补正
    case("a bad phone", BAD_PHONE, "待补正", "PHONE"),
    case("a bad phone hides the reasons of later steps", BAD_PHONE | {"wish": "D", "opinion": None}, "待补正", "PHONE"),
    case("a 合计 row is judged by that alone", {"name": "合计", "uscc": None, "phone": None, "insured": "已投保"},
         "待补正", "TOTAL_ROW"),
    case("a 合计 row in the gap", {"no": "合计", "name": None} | GAP, "待补正", "TOTAL_ROW"),
    case("an error value", {"exports": Formula("=1/0", "#DIV/0!")}, "待补正", "CELL_ERROR"),
    case("an error value elsewhere does not stop a refusal", {"remark": Formula("=X", "#NAME?")} | GAP,
         "不在出口额区间", "CELL_ERROR;BAND_GAP"),
    case("agreed without a time", {"received": None}, "待补正", "REQUIRED"),
    case("warnings never change 资格", {"size": "大型", "email": "x"}, "符合条件", "EMAIL;SIZE_LARGE", "A"),
    # 6 待补正
    case("D asked for in the upper band", {"wish": "D"}, "待补正", "PLAN_UNAVAILABLE"),
    case("A asked for in the lower band", D | {"wish": "A"}, "待补正", "PLAN_UNAVAILABLE"),
    case("C asked for without the figures", {"wish": "C", "policy": "是"}, "待补正", "PLAN_UNAVAILABLE"),
    case("B without a promise", {"wish": "B"}, "待补正", "COPAY_MISSING"),
    case("B with a refusal to promise", {"wish": "B", "copay": "否"}, "待补正", "COPAY_MISSING"),
    case("B with the promise", {"wish": "B", "copay": "是"}, "符合条件", plan="B"),
    case("a plan that is not available wins over a blank opinion", {"wish": "D", "opinion": None}, "待补正",
         "PLAN_UNAVAILABLE"),
    # 7 待审核
    case("the district has not said", {"opinion": None}, "待审核", "AWAITING_DISTRICT"),
    case("the district sent it back", {"opinion": "补正"}, "待审核", "AWAITING_DISTRICT"),
    case("waiting, with a warning", {"opinion": None, "size": "大型"}, "待审核", "SIZE_LARGE;AWAITING_DISTRICT"),
    case("waiting needs no time", {"opinion": None, "received": None}, "待审核", "AWAITING_DISTRICT"),
    # plan where no wish stands
    case("the lower band gives D", D, "符合条件", plan="D"),
    case("entitled to C gives C", C, "符合条件", plan="C"),
    case("a wish for A stays A for a firm entitled to C", C | {"wish": "A"}, "符合条件", plan="A"),
    case("a wish for B stays B for a firm entitled to C", C | {"wish": "B", "copay": "是"}, "符合条件", plan="B"),
    case("exactly 90 % counts", {"exports": 10_000_000, "key_exports": 9_000_000, "policy": "是"}, "符合条件",
         plan="C"),
    case("a cent below 90 % does not", {"exports": 10_000_000, "key_exports": 8_999_999.99, "policy": "是"}, "符合条件",
         plan="A"),
    case("exactly 5,000,000 counts", {"exports": 5_555_555.55, "key_exports": 5_000_000, "policy": "是"}, "符合条件",
         plan="C"),
    case("a hair below 90 % does not", {"exports": 5_555_555.56, "key_exports": 5_000_000, "policy": "是"}, "符合条件",
         plan="A"),
    case("a cent below 5,000,000 does not", {"exports": 5_000_000, "key_exports": 4_999_999.99, "policy": "是"},
         "符合条件", plan="A"),
    case("no policy tick, no C", C | {"policy": None}, "符合条件", plan="A"),
    case("a policy tick of 否, no C", C | {"policy": "否"}, "符合条件", plan="A"),
    case("a blank US figure is unknown: no C", C | {"key_exports": None}, "符合条件", plan="A"),
    case("a wish for C with a blank US figure waits", C | {"key_exports": None, "wish": "C"}, "待补正",
         "PLAN_UNAVAILABLE"),
    case("a wish for C without a tick waits", C | {"policy": "否", "wish": "C"}, "待补正", "PLAN_UNAVAILABLE"),
    case("US 0 of total 0 is no share", {"exports": 0, "key_exports": 0, "policy": "是"}, "符合条件", "ZERO_EXPORTS",
         "D"),
    # the edges of the bands
    case("no exports at all", {"exports": 0}, "符合条件", "ZERO_EXPORTS", "D"),
    case("one cent", {"exports": 0.01}, "符合条件", plan="D"),
    case("500,000.00", {"exports": 500_000}, "符合条件", plan="D"),
    case("500,000.01", {"exports": 500_000.01}, "不在出口额区间", "BAND_GAP"),
    case("2,999,999.99", {"exports": 2_999_999.99}, "不在出口额区间", "BAND_GAP"),
    case("3,000,000.00", {"exports": 3_000_000}, "符合条件", plan="A"),
    case("30,000,000.00", {"exports": 30_000_000}, "符合条件", plan="A"),
    case("30,000,000.01", {"exports": 30_000_000.01}, "不在出口额区间", "BAND_ABOVE"),
    # numbers as files hold them
    case("dust at the lower edge", {"exports": 500_000.00000000006}, "符合条件", plan="D"),
    case("dust at the upper edge", {"exports": 30000000.000000004}, "符合条件", plan="A"),
    case("a cent too much, with dust", {"exports": 30000000.010000002}, "不在出口额区间", "BAND_ABOVE"),
    case("0.1 + 0.2", {"exports": 0.1 + 0.2}, "符合条件", plan="D"),
    case("text with separators", {"exports": "3,000,000.00"}, "符合条件", plan="A"),
    case("full-width text", {"exports": "３，０００，０００．００"}, "符合条件", plan="A"),
    case("text is taken exactly: no dust", {"exports": "500000.00000000006"}, "待补正", "AMOUNT_FINER"),
    case("half a cent in a numeric cell", {"exports": 500_000.005}, "待补正", "AMOUNT_FINER"),
]  # fmt: skip


@pytest.fixture(scope="module")
def stepped(tmp_path_factory: pytest.TempPathFactory) -> Answer:
    return run(tmp_path_factory.mktemp("steps"), [c.row for c in STEPS])


@pytest.mark.parametrize(("i", "case"), list(enumerate(STEPS)), ids=[c.says for c in STEPS])
def test_the_first_step_that_applies_decides(i: int, case: Case, stepped: Answer) -> None:
    row = stepped.rows[i]
    assert (row["资格"], row["说明代码"], row["方案"]) == (case.status, case.codes, case.plan)


def test_everything_from_plan_to_money_is_blank_unless_eligible(stepped: Answer) -> None:
    assert {row["资格"] for row in stepped.rows} == {
        "不符合条件", "不在平台区域", "不在出口额区间", "待补正", "待审核", "符合条件",
    }  # fmt: skip
    for row in stepped.rows:
        filled = [heading for heading in ONLY_ELIGIBLE if row[heading]]
        assert filled == (list(ONLY_ELIGIBLE) if row["资格"] == "符合条件" else []), row


def test_what_is_said_matches_the_codes(stepped: Answer) -> None:
    """A sentence for each problem and reason; 预估 is a word in it, and every reason names its clause."""
    for row in stepped.rows:
        codes = [c for c in row["说明代码"].split(";") if c]
        said = [s for s in row["说明"].split("；") if s and not s.startswith("预估")]
        assert len(said) >= len(codes), row
        assert bool(said) == bool(codes), row
        assert ("预估" in row["说明"]) == (row["资格"] == "符合条件")
    by_code = {r["说明代码"]: r["说明"] for r in stepped.rows}
    assert "二（一）" in by_code["ALREADY_INSURED"]
    assert "省级平台" in by_code["BAND_GAP"]


def test_a_row_per_input_row_in_input_order(quoted: Quoted) -> None:
    answer = quoted([{"no": "甲1"}, {"no": None}, {"no": 7, "phone": "12"}, {"no": None, "insured": "已投保"}])
    assert answer.column("序号") == ["甲1", "2", "7", "4"]
    assert answer.column("企业名称") == [r["name"] for r in table([{}] * 4)]
    assert answer.column("统一社会信用代码") == [r["uscc"] for r in table([{}] * 4)]


def test_names_and_codes_come_out_cleaned(quoted: Quoted) -> None:
    code = table([{}])[0]["uscc"]
    answer = quoted(
        [{"name": " 南通　ＡＢＣ\u200b有限公司\xa0", "uscc": f" {code[:8].lower()} {code[8:].lower()}\u200b"}]
    )
    assert answer.row["企业名称"] == "南通ABC有限公司"
    assert answer.row["统一社会信用代码"] == code
    assert answer.row["资格"] == "符合条件"


@pytest.mark.parametrize(
    ("rows", "statuses", "codes"),
    [
        pytest.param([{}, {}, {}], ["符合条件", "待补正", "待补正"], ["", "DUPLICATE", "DUPLICATE"], id="all its rows"),
        pytest.param(
            [{}, GAP, {}],
            ["符合条件", "不在出口额区间", "待补正"],
            ["", "DUPLICATE;BAND_GAP", "DUPLICATE"],
            id="the band refusal looks at its own cells only",
        ),
        pytest.param(
            [{}, {"insured": "已投保"}, {"area": "其他"}],
            ["符合条件", "不符合条件", "不在平台区域"],
            ["", "DUPLICATE;ALREADY_INSURED", "DUPLICATE;OUTSIDE_AREA"],
            id="so do the other refusals",
        ),
    ],
)
def test_the_same_code_twice(quoted: Quoted, rows: list[dict[str, Any]], statuses: list[str], codes: list[str]) -> None:
    code = table([{}])[0]["uscc"]
    same = [rows[0] | {"uscc": None}, *({**r, "uscc": code.lower()} for r in rows[1:])]
    same[0]["uscc"] = table([{}] * 9)[8]["uscc"]
    answer = quoted(same)
    assert answer.column("资格") == statuses
    assert answer.column("说明代码") == codes


# ── money: domain.md §3.1, FX 7.0883 ──

VECTORS = [
    # wish, exports, premium USD, gross, fiscal, enterprise
    ("A", "3000000.00", "900.00", "6379.47", "6379.47", "0.00"),
    ("A", "7877551.02", "2363.27", "16751.53", "16751.53", "0.00"),
    ("A", "30000000.00", "9000.00", "63794.70", "63794.70", "0.00"),
    ("B", "3000000.00", "3000.00", "21264.90", "10632.45", "10632.45"),
    ("B", "3000100.00", "3000.10", "21265.61", "10632.80", "10632.81"),
    ("B", "30000000.00", "30000.00", "212649.00", "106324.50", "106324.50"),
    ("C", "5555555.56", "5555.56", "39379.44", "39379.44", "0.00"),
    ("D", "0.00", "100.00", "708.83", "708.83", "0.00"),
    ("D", "333333.33", "100.00", "708.83", "708.83", "0.00"),
    ("D", "333333.34", "100.00", "708.83", "708.83", "0.00"),
    ("D", "500000.00", "150.00", "1063.25", "1063.25", "0.00"),
]
TERMS = {
    "A": ("100000.00", "0.0003"),
    "B": ("250000.00", "0.001"),
    "C": ("250000.00", "0.001"),
    "D": ("50000.00", "0.0003"),
}


@pytest.fixture(scope="module")
def priced(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Answer]:
    """The vectors from numeric cells and from text cells."""
    out = {}
    for kind, cell in (("numbers", float), ("text", str)):
        rows = [
            {"wish": plan, "exports": cell(exports), "copay": "是", "policy": "是"}
            | ({"key_exports": cell(exports)} if plan == "C" else {})
            for plan, exports, *_ in VECTORS
        ]
        out[kind] = run(tmp_path_factory.mktemp(kind), rows)
    return out


@pytest.mark.parametrize("kind", ["numbers", "text"])
@pytest.mark.parametrize(("i", "vector"), list(enumerate(VECTORS)), ids=[f"{v[0]} on {v[1]}" for v in VECTORS])
def test_premium_vectors(i: int, vector: tuple[str, ...], kind: str, priced: dict[str, Answer]) -> None:
    plan, _, *money = vector
    row = priced[kind].rows[i]
    headings = ("应缴保费(美元)", "应缴保费(元)", "财政扶持(元)", "企业承担(元)")
    assert row["资格"] == "符合条件"
    assert (row["方案"], *(row[h] for h in headings)) == (plan, *money)
    assert (row["最高赔偿限额(美元)"], row["费率"], row["汇率"]) == (*TERMS[plan], "7.0883")


def test_without_fx_the_budget_rate_counts_and_is_said(quoted: Quoted) -> None:
    row = quoted([D | {"exports": 500_000}], fx=None).row
    assert (row["汇率"], row["应缴保费(元)"]) == ("7.00", "1050.00")
    assert "预估" in row["说明"]
    assert "汇率" in row["说明"]


@pytest.mark.parametrize("given", ["7.0883", "7.08830", "6.9", "7", "6.86324999"])
def test_fx_is_shown_as_given(quoted: Quoted, given: str) -> None:
    row = quoted([{}], fx=Decimal(given)).row
    assert row["汇率"] == given
    exact = Decimal(1500) * Decimal(given)
    assert Decimal(row["应缴保费(元)"]) == exact.quantize(Decimal("0.01"), "ROUND_HALF_UP")


def test_fx_applies_to_all_insurers(quoted: Quoted) -> None:
    answer = quoted([{"insurer": None}, {"insurer": "人保财险"}, {"insurer": "中国信保"}])
    assert answer.column("保险人") == ["中国信保", "人保财险", "中国信保"]
    assert answer.column("汇率") == ["7.0883"] * 3


# ── priority ──

NEW = ("latin", "africa", "middle_east", "east_europe", "southeast_asia", "central_asia")

PRIORITY = [
    ("a year before that is unknown", {"before": None}, "否"),
    ("growth by one cent", {"before": 4_999_999.99}, "是"),
    ("the same as the year before", {"before": 5_000_000}, "否"),
    ("less than the year before", {"before": 6_000_000}, "否"),
    ("a year before of 0 is a figure", {"before": 0}, "是"),
    ("0 after 0 is no growth", {"exports": 0, "before": 0}, "否"),
    ("exactly half to emerging markets", {"africa": 2_500_000}, "否"),
    ("a cent above half", {"africa": 2_500_000.01}, "是"),
    ("the six columns are summed", dict.fromkeys(NEW, 420_000), "是"),
    ("six columns just at the half", dict.fromkeys(NEW[:5], 500_000), "否"),
    ("a sum above the total is unknown", {"latin": 3_000_000, "africa": 2_000_000.01}, "否"),
    ("a sum equal to the total counts", {"latin": 3_000_000, "africa": 2_000_000}, "是"),
    ("neither figure", {}, "否"),
    ("1 and 2 follow from the figures, declared or not", {"before": 1, "priorities": None}, "是"),
    ("1 and 2 declared without figures give nothing", {"priorities": "1,2"}, "否"),
    ("3 to 6 never count in quote", {"priorities": "3,4,5,6"}, "否"),
    ("二（一）: policy tick and exactly 90 % to the key countries", {"key_exports": 4_500_000, "policy": "是"}, "是"),
    ("二（一）: a cent below 90 %", {"key_exports": 4_499_999.99, "policy": "是"}, "否"),
    ("二（一）: 90 % without the tick", {"key_exports": 4_500_000, "policy": None}, "否"),
    ("二（一）: the tick says 否", {"key_exports": 4_500_000, "policy": "否"}, "否"),
    ("二（一）: unknown exports to the key countries", {"key_exports": None, "policy": "是"}, "否"),
    ("二（一）: no minimum amount", {"exports": 10, "key_exports": 9, "policy": "是"}, "是"),
    ("二（一）: nothing of nothing is no share", {"exports": 0, "key_exports": 0, "policy": "是"}, "否"),
    ("二（一）: entitled to plan C", {"key_exports": 5_000_000, "policy": "是"}, "是"),
]


@pytest.fixture(scope="module")
def prioritised(tmp_path_factory: pytest.TempPathFactory) -> Answer:
    return run(tmp_path_factory.mktemp("priority"), [row for _, row, _ in PRIORITY])


@pytest.mark.parametrize(("i", "expected"), list(enumerate(p[2] for p in PRIORITY)), ids=[p[0] for p in PRIORITY])
def test_priority(i: int, expected: str, prioritised: Answer) -> None:
    assert (prioritised.rows[i]["资格"], prioritised.rows[i]["优先"]) == ("符合条件", expected)


# ── the queue ──


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"2019-09-{text}")


def test_order_is_day_then_priority_then_time_then_place(quoted: Quoted) -> None:
    grew = {"before": 1}
    answer = quoted(
        [
            {"received": at("06 08:00")},
            {"received": at("05 17:00")} | grew,
            {"received": at("05 09:00")},
            {"received": at("06 07:00"), "insurer": "人保财险"},
            {"received": at("05 16:00"), "insurer": "人保财险"} | grew,
            {"received": at("06 07:00"), "insurer": "人保财险"},
            {"received": at("04 23:59"), "opinion": None},
        ]
    )
    assert answer.column("排队号") == ["6", "2", "3", "4", "1", "5", ""]
    assert answer.column("池内序号") == ["3", "1", "2", "2", "1", "3", ""]


@pytest.mark.parametrize(
    ("ordering", "numbers"),
    [
        ("strict", ["4", "3", "1", "2"]),
        ("priority_within_day", ["4", "3", "2", "1"]),
        ("priority_first", ["2", "4", "3", "1"]),
    ],
)
def test_ordering_is_a_parameter_of_the_scheme(quoted: Quoted, ordering: str, numbers: list[str]) -> None:
    grew = {"before": 1}
    rows = [
        {"received": at("06 08:00")} | grew,
        {"received": at("05 17:00")},
        {"received": at("05 09:00")},
        {"received": at("05 10:00")} | grew,
    ]
    assert quoted(rows, scheme=small_pools("4500000", ordering=ordering)).column("排队号") == numbers


SMALL, LARGE = {"exports": 300_000}, {"exports": 3_000_000}
"""700.00 and 6,300.00 yuan of fiscal money at 7.00."""
HALF = {"exports": 3_000_000, "wish": "B", "copay": "是"}
"""21,000.00 yuan gross, 10,500.00 fiscal."""
PICC = {"insurer": "人保财险"}
NINE = {"received": at("05 09:00")}
YES, NO = "已安排", "候补"

POOLS = [
    # says, scheme, rows, 资金安排, rows that carry TIE_AT_CUT
    ("the pool is used to the last fen", ("1400",), [SMALL, SMALL], [YES, YES], []),
    ("a fen too little", ("1399.99",), [SMALL, SMALL], [YES, NO], []),
    ("stop: the first that does not fit closes its pool", ("1400",), [SMALL, LARGE, SMALL], [YES, NO, NO], []),
    ("skip: later rows may fill in", ("1400", "500000", "5000000", "skip"), [SMALL, LARGE, SMALL, SMALL],
     [YES, NO, YES, NO], []),
    ("a closed pool leaves the other open", ("700", "1400"), [LARGE, SMALL | PICC, SMALL, SMALL | PICC],
     [NO, YES, NO, YES], []),
    ("what fits its pool but not the total closes all", ("7000", "1400", "1000"),
     [SMALL | PICC, SMALL | PICC, SMALL, SMALL], [YES, NO, NO, NO], []),
    ("with skip the total only refuses what does not fit", ("7000", "7000", "1400", "skip"),
     [SMALL, LARGE | PICC, SMALL | PICC], [YES, NO, YES], []),
    ("pools count fiscal money only", ("10500",), [HALF], [YES], []),
    ("and all of it", ("10499.99",), [HALF], [NO], []),
    ("a tie at the cut: the row's place decides, both carry it", ("700",), [SMALL | NINE, SMALL | NINE],
     [YES, NO], [0, 1]),
    ("a tie that fits as a whole is none", ("1400",), [SMALL | NINE, SMALL | NINE], [YES, YES], []),
    ("a tie of which none fits is none", ("699.99",), [SMALL | NINE, SMALL | NINE], [NO, NO], []),
    ("a tie behind a closed pool is none", ("1400",), [LARGE | {"received": at("05 08:00")}, SMALL | NINE,
                                                       SMALL | NINE],
     [NO, NO, NO], []),
    ("whichever the place put first: the large one does not fit, all carry it", ("1400",),
     [LARGE | NINE, SMALL | NINE, SMALL | NINE], [NO, NO, NO], [0, 1, 2]),
    ("another second is no tie", ("700",), [SMALL | NINE, SMALL | {"received": at("05 09:00:01")}], [YES, NO], []),
    ("another priority is no tie", ("700",), [SMALL | NINE, SMALL | NINE | {"before": 1}], [NO, YES], []),
    ("another pool is no tie", ("700", "699"), [SMALL | NINE, SMALL | NINE | PICC], [YES, NO], []),
    ("a tie in one pool says nothing about the other", ("700", "700"),
     [SMALL | NINE, SMALL | NINE | PICC, SMALL | NINE], [YES, YES, NO], [0, 2]),
    ("a tie well before the cut is none", ("2100",),
     [SMALL | NINE, SMALL | NINE, SMALL | {"received": at("05 10:00")}, SMALL | {"received": at("05 11:00")}],
     [YES, YES, YES, NO], []),
    ("a tie is no tie with rows that are not eligible", ("700",), [SMALL | NINE, SMALL | NINE | {"opinion": None}],
     [YES, ""], []),
    ("with skip a tie at the cut is one as well", ("1400", "500000", "5000000", "skip"),
     [LARGE | NINE, SMALL | NINE, SMALL | NINE], [NO, YES, YES], [0, 1, 2]),
    ("dates without a time tie as well", ("700",),
     [SMALL | {"received": date(2019, 9, 5)}, SMALL | {"received": date(2019, 9, 5)}], [YES, NO], [0, 1]),
]  # fmt: skip


@pytest.mark.parametrize(("pools", "rows", "arranged", "tied"), [p[1:] for p in POOLS], ids=[p[0] for p in POOLS])
def test_who_is_arranged(
    quoted: Quoted, pools: tuple[str, ...], rows: list[dict[str, Any]], arranged: list[str], tied: list[int]
) -> None:
    scheme = small_pools(*pools[:3], mode=pools[3]) if len(pools) > 3 else small_pools(*pools)
    answer = quoted(rows, scheme=scheme, fx=None)
    assert answer.column("资金安排") == arranged
    assert [i for i, r in enumerate(answer.rows) if "TIE_AT_CUT" in r["说明代码"].split(";")] == tied


def test_assume_approved_prices_rows_that_wait(quoted: Quoted) -> None:
    rows = [{"opinion": None}, {"opinion": "补正"}, {"opinion": "不同意"}, BAD_PHONE | {"opinion": None}, {}]
    answer = quoted(rows, assume_approved=True)
    assert answer.column("资格") == ["符合条件", "符合条件", "不符合条件", "待补正", "符合条件"]
    assert answer.column("说明代码") == ["", "", "DISTRICT_REFUSED", "PHONE", ""]
    assert answer.column("排队号") == ["1", "2", "", "", "3"]


@pytest.mark.parametrize("ordering", ["strict", "priority_within_day", "priority_first"])
def test_without_a_time_a_row_queues_behind_all_in_its_place_without_a_tie(quoted: Quoted, ordering: str) -> None:
    timeless = SMALL | {"received": None, "opinion": None}
    rows = [timeless, timeless | {"before": 1}, SMALL | {"received": at("09 09:00")}, timeless]
    answer = quoted(rows, scheme=small_pools("1400", ordering=ordering), assume_approved=True, fx=None)
    assert answer.column("排队号") == ["2", "3", "1", "4"]
    assert answer.column("资金安排") == [YES, NO, YES, NO]
    assert answer.column("说明代码") == [""] * 4


# ── files out ──

HOSTILE = ["=1+1", "+8613800000000", "-南通", "@SUM(A1)", '=HYPERLINK("http://x")', 'a"b,c', "第一行\n第二行"]


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    return write_xlsx(tmp_path / "in.xlsx", table([{"name": n} for n in HOSTILE] + [BAD_PHONE, {"insured": "已投保"}]))


def test_csv_is_data_verbatim_with_a_byte_order_mark(hostile: Path) -> None:
    answer = quote_file(hostile)
    assert answer.column("企业名称")[:6] == HOSTILE[:6]


def test_xlsx_keeps_names_as_text_and_money_as_numbers(hostile: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.xlsx"
    quote(hostile, nantong(), today=TODAY, fx=FX, out=out)
    book = openpyxl.load_workbook(out)
    assert book.sheetnames[0] == "测算结果"
    sheet = book["测算结果"]
    head, *rows = sheet.iter_rows()
    assert tuple(c.value for c in head) == COLUMNS
    assert len(rows) == len(HOSTILE) + 2
    for row, name in zip(rows, HOSTILE[:6], strict=False):
        cell = row[1]
        assert (cell.value, cell.data_type) == (name, "s")
    first = dict(zip(COLUMNS, (c.value for c in rows[0]), strict=True))
    assert (first["费率"], first["汇率"], first["应缴保费(元)"]) == (0.0003, 7.0883, 10632.45)
    assert (first["排队号"], first["池内序号"], first["资金安排"]) == (1, 1, "已安排")
    assert (first["统一社会信用代码"], rows[0][2].data_type) == (table([{}])[0]["uscc"], "s")
    for row in rows[-2:]:
        values = dict(zip(COLUMNS, (c.value for c in row), strict=True))
        assert [h for h in ONLY_ELIGIBLE if values[h] is not None] == []


def test_parquet_has_exact_types(hostile: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.parquet"
    quote(hostile, nantong(), today=TODAY, fx=FX, out=out)
    got = pq.read_table(out)
    assert tuple(got.column_names) == COLUMNS
    money, rate = pa.decimal128(18, 2), pa.decimal128(18, 8)
    expected = dict.fromkeys(
        ["最高赔偿限额(美元)", "应缴保费(美元)", "应缴保费(元)", "财政扶持(元)", "企业承担(元)"], money
    )
    expected |= {"费率": rate, "汇率": rate, "排队号": pa.int64()}
    assert {name: got.schema.field(name).type for name in expected} == expected
    row = got.slice(0, 1).to_pylist()[0]
    assert row["应缴保费(元)"] == Decimal("10632.45")
    assert row["费率"] == Decimal("0.0003")
    assert row["企业名称"] == "=1+1"
    last = got.to_pylist()[-1]
    assert [h for h in ONLY_ELIGIBLE if last[h] is not None] == []


def test_the_three_kinds_of_file_say_the_same(hostile: Path, tmp_path: Path) -> None:
    texts = {}
    for kind in ("csv", "xlsx", "parquet"):
        out = tmp_path / f"out.{kind}"
        quote(hostile, nantong(), today=TODAY, fx=FX, out=out)
        texts[kind] = [[_plain(v) for v in row] for row in _values(out)]
    assert texts["csv"] == texts["xlsx"] == texts["parquet"]


def _values(path: Path) -> Iterator[list[Any]]:
    if path.suffix == ".csv":
        from rosters import read_out

        for row in read_out(path):
            yield list(row.values())
    elif path.suffix == ".xlsx":
        sheet = page_of(path, "测算结果")
        yield from (list(r) for r in sheet.iter_rows(min_row=2, values_only=True))
    else:
        for row in pq.read_table(path).to_pylist():
            yield list(row.values())


def _plain(value: Any) -> str:
    """A value as text, numbers without trailing zeros; what 序号 is stored as does not matter."""
    try:
        return f"{Decimal(str(value)).normalize():f}"
    except ArithmeticError:
        return str(value or "").replace("\r\n", "\n")


def test_csv_in_is_read_as_the_workbook_is(tmp_path: Path) -> None:
    rows = table([{}, D | {"exports": 500_000}, C, BAD_PHONE, GAP, {"name": "南通镕昇进出口有限公司"}])
    expected = quote_file(write_xlsx(tmp_path / "a.xlsx", rows)).rows
    for encoding in ("utf-8-sig", "utf-8", "gb18030"):
        assert quote_file(write_csv(tmp_path / f"{encoding}.csv", rows, encoding=encoding)).rows == expected


def test_errors_in_rows_are_reported_and_still_written(quoted: Quoted) -> None:
    assert quoted([{}, {"size": "大型"}]).quote.has_errors is False
    assert quoted([{}, {"insured": "已投保"}]).quote.has_errors is False, "a reason is no problem"
    assert quoted([{}, BAD_PHONE]).quote.has_errors is True
    assert quoted([{}, BAD_PHONE | {"insured": "已投保"}]).quote.has_errors is True, "refused or not"


REQUIRED_HEADINGS = [h for h in HEADINGS.values() if h.endswith("*")]


@pytest.mark.parametrize("heading", REQUIRED_HEADINGS)
@pytest.mark.parametrize("wrong", ["missing", "twice"])
def test_a_required_heading_missing_or_twice_is_an_error_of_the_file(tmp_path: Path, heading: str, wrong: str) -> None:
    short = next(k for k, v in HEADINGS.items() if v == heading)
    rows = table([{}])
    if wrong == "missing":
        path = write_xlsx(tmp_path / "in.xlsx", rows, order=[k for k in HEADINGS if k != short])
    else:
        again = heading.rstrip("*").replace("(", "（").replace(")", "）") + " "
        path = write_xlsx(tmp_path / "in.xlsx", rows, extra=[("again", again, [rows[0][short]])])
    out = tmp_path / "out.csv"
    out.write_text("从前的结果")
    with pytest.raises(Refusal, match=heading.rstrip("*").split("(")[0]):
        quote(path, nantong(), today=TODAY, fx=FX, out=out)
    assert out.read_text() == "从前的结果", "an error of the file writes nothing"


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 broken", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1rest", b"no table"])
def test_what_is_no_table_is_refused_in_one_line_and_leaves_no_output(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "in.xlsx"
    path.write_bytes(content)
    out = tmp_path / "out.csv"
    with pytest.raises(Refusal) as e:
        quote(path, nantong(), today=TODAY, fx=FX, out=out)
    assert "in.xlsx" in str(e.value)
    assert not out.exists()
    assert path.read_bytes() == content


def test_an_output_of_unknown_kind_is_refused(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "in.xlsx", table([{}]))
    with pytest.raises(Refusal, match=r"\.parquet"):
        quote(path, nantong(), today=TODAY, out=tmp_path / "out.ods")
    with pytest.raises(Refusal, match="写不了"):
        quote(path, nantong(), today=TODAY, out=tmp_path / "nowhere" / "out.csv")


def test_the_same_input_gives_the_same_bytes(hostile: Path, tmp_path: Path) -> None:
    for kind in ("csv", "xlsx", "parquet"):
        contents = []
        for name in ("a", "b"):
            out = tmp_path / f"{name}.{kind}"
            quote(hostile, nantong(), today=TODAY, fx=FX, out=out)
            contents.append(out.read_bytes())
        assert contents[0] == contents[1], kind
