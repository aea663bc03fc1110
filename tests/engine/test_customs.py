"""DESIGN §3 Whose figure, §4 Customs extract: customs figures are authoritative once their year is loaded."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from customsfiles import HEADINGS, OTHER, Line, extract
from rosters import Answer, clean_row, run, uscc

from xltools.desk.errors import BadInput, Refusal

Quoted = Callable[..., Answer]

MONTHLY = ("统一社会信用代码", "企业名称", "年月", "国别", "出口额(美元)")
BY_CODE = ("海关注册编码", "企业名称", "年度", "国别", "出口额(美元)")


def firm(number: int, year: int | str, country: str, usd: Any) -> Line:
    return (uscc(number), f"海关名{number}", year, country, usd)


NAME = clean_row(1)["name"]
ANY = firm(999, 2018, OTHER, 1)
"""Some firm's row, so that the year is loaded."""

CASES = [
    # says, declared cells, lines of firm 1, 资格, codes, 方案, 应缴保费(美元)
    ("customs' figure is priced, not the declared one", {"exports": 5_000_000}, [firm(1, 2018, OTHER, 5_001_000)],
     "符合条件", "", "A", "1500.30"),
    ("declared in the gap, in the band by customs", {"exports": 1_000_000}, [firm(1, 2018, OTHER, 4_000_000)],
     "符合条件", "CUSTOMS_DIFFERS", "A", "1200.00"),
    ("declared in the band, in the gap by customs", {"exports": 5_000_000}, [firm(1, 2018, OTHER, 1_000_000)],
     "不在出口额区间", "CUSTOMS_DIFFERS;BAND_GAP", "", ""),
    ("countries of a year are summed", {"exports": 3_000_000},
     [firm(1, 2018, OTHER, 1_000_000.01), firm(1, 2018, "德国", 999_999.99), firm(1, 2018, OTHER, "1,000,000")],
     "符合条件", "", "A", "900.00"),
    ("unknown to customs", {}, [], "待核实", "CUSTOMS_ABSENT", "", ""),
    ("unknown to customs and declares zero", {"exports": 0}, [], "待核实", "ZERO_EXPORTS;CUSTOMS_ABSENT", "", ""),
    ("unknown to customs and declares a figure in the gap", {"exports": 1_000_000}, [], "待核实", "CUSTOMS_ABSENT", "",
     ""),
    ("insured wins over unknown", {"insured": "已投保"}, [], "不符合条件", "ALREADY_INSURED", "", ""),
    ("outside wins over unknown", {"area": "其他"}, [], "不在平台区域", "OUTSIDE_AREA", "", ""),
    ("a problem wins over unknown", {"phone": "12"}, [], "待补正", "PHONE", "", ""),
    ("unknown wins over a plan that is not available", {"wish": "D"}, [], "待核实", "CUSTOMS_ABSENT", "", ""),
    ("unknown wins over a blank opinion", {"opinion": None}, [], "待核实", "CUSTOMS_ABSENT", "", ""),
    ("known only in the year before is unknown in the base year", {}, [firm(1, 2017, OTHER, 5_000_000)],
     "待核实", "CUSTOMS_ABSENT", "", ""),
    ("the band by customs needs no readable declared figure", {"exports": "约100万"}, [firm(1, 2018, OTHER, 1_000_000)],
     "不在出口额区间", "AMOUNT_TEXT;BAND_GAP", "", ""),
    ("in the band by customs the declared figure is still to be mended", {"exports": "约500万"},
     [firm(1, 2018, OTHER, 5_000_000)], "待补正", "AMOUNT_TEXT", "", ""),
    ("a code of the extract in small letters", {}, [(uscc(1).lower(), "甲", 2018, OTHER, 5_000_000)],
     "符合条件", "", "A", "1500.00"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("cells", "lines", "status", "codes", "plan", "premium"), [c[1:] for c in CASES], ids=[c[0] for c in CASES]
)
def test_whose_figure(
    quoted: Quoted, tmp_path: Path, cells: dict[str, Any], lines: list[Line], status: str, codes: str, plan: str,
    premium: str
) -> None:  # fmt: skip
    row = quoted([cells], customs=extract(tmp_path, [ANY, *lines])).row
    assert (row["资格"], row["说明代码"], row["方案"], row["应缴保费(美元)"]) == (status, codes, plan, premium)


def test_a_code_that_is_wrong_leaves_the_band_open(quoted: Quoted, tmp_path: Path) -> None:
    """By customs the band depends on the code: where that is not clean, nobody is refused for his exports."""
    customs = extract(tmp_path, [firm(1, 2018, OTHER, 1_000_000), firm(2, 2018, OTHER, 1_000_000)])
    answer = quoted([{"uscc": uscc(1)[:-1]}, {"uscc": uscc(2)}, {"uscc": uscc(2)}], customs=customs)
    assert answer.column("资格") == ["待补正"] * 3


# ── which years are loaded ──


@pytest.mark.parametrize(
    ("lines", "cells", "premium", "priority", "declared"),
    [
        pytest.param([firm(1, 2018, OTHER, 6_000_000)], {"before": 5_500_000}, "1800.00", "是", False,
                     id="base year loaded, the year before declared"),
        pytest.param([firm(1, 2018, OTHER, 6_000_000), firm(1, 2017, OTHER, 6_500_000)], {"before": 5_500_000},
                     "1800.00",
                     "否", False, id="both loaded: customs' growth counts"),
        pytest.param([firm(1, 2018, OTHER, 6_000_000), firm(9, 2017, OTHER, 1)], {"before": 1}, "1800.00", "否", False,
                     id="absent from the year before: unknown, whatever is declared"),
        pytest.param([firm(1, 2018, OTHER, 6_000_000), firm(1, 2017, OTHER, 0)], {}, "1800.00", "是", False,
                     id="zero in the year before is a figure"),
        pytest.param([firm(1, 2017, OTHER, 4_999_999.99)], {"before": 9_000_000}, "1500.00", "是", True,
                     id="only the year before loaded: the declared base year counts"),
        pytest.param([firm(1, 2016, OTHER, 9_000_000)], {"before": 1}, "1500.00", "是", True,
                     id="another year loaded says nothing"),
    ],
)  # fmt: skip
def test_each_year_counts_from_customs_once_it_is_loaded(
    quoted: Quoted, tmp_path: Path, lines: list[Line], cells: dict[str, Any], premium: str, priority: str,
    declared: bool
) -> None:  # fmt: skip
    row = quoted([cells | {"exports": 5_000_000}], customs=extract(tmp_path, lines)).row
    assert (row["资格"], row["应缴保费(美元)"], row["优先"]) == ("符合条件", premium, priority)
    assert ("预估" in row["说明"]) == declared


def test_an_unknown_firm_stays_declared_while_the_base_year_is_not_loaded(quoted: Quoted, tmp_path: Path) -> None:
    row = quoted([{}], customs=extract(tmp_path, [firm(9, 2017, OTHER, 1)])).row
    assert (row["资格"], row["说明代码"]) == ("符合条件", "")


# ── key countries and regions ──

US = [
    ("exactly 90 % and the tick", [firm(1, 2018, "美国", 9_000_000), firm(1, 2018, OTHER, 1_000_000)], "是", "C"),
    ("a cent less", [firm(1, 2018, "美国", 8_999_999.99), firm(1, 2018, OTHER, 1_000_000.01)], "是", "A"),
    ("without the tick", [firm(1, 2018, "美国", 10_000_000)], "否", "A"),
    ("below 5,000,000", [firm(1, 2018, "美国", 4_999_999.99)], "是", "A"),
    ("in whatever way the country is written",
     [firm(1, 2018, c, 2_000_000) for c in ("美国", "US", "usa", "美国(502)", "502", "美国（502）")], "是", "C"),
    ("another year's exports to the US do not count",
     [firm(1, 2018, OTHER, 10_000_000), firm(1, 2017, "美国", 20_000_000)], "是", "A"),
]  # fmt: skip


@pytest.mark.parametrize(("lines", "tick", "plan"), [u[1:] for u in US], ids=[u[0] for u in US])
def test_entitlement_to_plan_c_follows_customs(
    quoted: Quoted, tmp_path: Path, lines: list[Line], tick: str, plan: str
) -> None:
    """The declared figures say the opposite and a blank US figure is no obstacle."""
    row = quoted([{"policy": tick}], customs=extract(tmp_path, lines)).row
    assert (row["资格"], row["方案"]) == ("符合条件", plan)


def test_known_to_customs_without_us_exports_is_a_share_of_nothing(quoted: Quoted, tmp_path: Path) -> None:
    cells = {"policy": "是", "exports": 10_000_000, "key_exports": 10_000_000, "wish": "C"}
    row = quoted([cells], customs=extract(tmp_path, [firm(1, 2018, OTHER, 10_000_000)])).row
    assert (row["资格"], row["说明代码"]) == ("待补正", "CUSTOMS_DIFFERS;PLAN_UNAVAILABLE")


EMERGING = [
    ("exactly half", [("越南", 5_000_000), (OTHER, 5_000_000)], "否"),
    ("a cent above half", [("越南", 5_000_000.01), (OTHER, 4_999_999.99)], "是"),
    ("a country of two groups counts once", [("埃及", 3_000_000), (OTHER, 7_000_000)], "否"),
    ("six groups together",
     [(c, 1_000_000) for c in ("巴西", "南非", "沙特", "俄罗斯", "泰国", "哈萨克斯坦")] + [(OTHER, 4_000_000)], "是"),
    ("India and the United States are none", [("印度", 5_000_000), ("美国", 5_000_000)], "否"),
]  # fmt: skip


@pytest.mark.parametrize(("trade", "expected"), [e[1:] for e in EMERGING], ids=[e[0] for e in EMERGING])
def test_emerging_markets_are_the_union_of_the_countries(
    quoted: Quoted, tmp_path: Path, trade: list[tuple[str, float]], expected: str
) -> None:
    """Declared regions say the opposite and do not count."""
    declared = {"africa": 5_000_000} if expected == "否" else {"africa": 0}
    lines = [firm(1, 2018, country, usd) for country, usd in trade]
    assert quoted([declared | {"exports": 10_000_000}], customs=extract(tmp_path, lines)).row["优先"] == expected


# ── the extract's own form ──


def test_months_belong_to_their_year(quoted: Quoted, tmp_path: Path) -> None:
    months: list[Line] = [firm(1, 201801 + m, OTHER, 500_000) for m in range(12)]
    months += [firm(1, 201712, OTHER, 7_000_000), firm(1, 201901, OTHER, 90_000_000)]
    row = quoted([{}], customs=extract(tmp_path, months, MONTHLY)).row
    assert (row["应缴保费(美元)"], row["优先"]) == ("1800.00", "否")


@pytest.mark.parametrize("month", [201805, "201805", "2018-05", "2018年5月", "2018/5", "2018.05"])
def test_months_as_people_write_them(quoted: Quoted, tmp_path: Path, month: Any) -> None:
    row = quoted([{}], customs=extract(tmp_path, [firm(1, month, OTHER, 6_000_000)], MONTHLY)).row
    assert row["应缴保费(美元)"] == "1800.00"


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_the_customs_code_is_a_key_as_well(quoted: Quoted, tmp_path: Path, kind: str) -> None:
    code = clean_row(1)["customs_code"]
    lines = [(code, "甲", 2018, OTHER, 6_000_000), ("3206960999", "乙", 2018, OTHER, 1)]
    answer = quoted([{}, {}], customs=extract(tmp_path, lines, BY_CODE, kind))
    assert answer.column("资格") == ["符合条件", "待核实"]
    assert answer.column("应缴保费(美元)") == ["1800.00", ""]


def test_a_row_without_the_one_key_is_found_by_the_other(quoted: Quoted, tmp_path: Path) -> None:
    headings = ("统一社会信用代码", "海关注册编码", *HEADINGS[1:])
    code = clean_row(1)["customs_code"]
    lines = [(uscc(1), None, "甲", 2018, OTHER, 3_000_000), (None, code, "甲", 2018, OTHER, 2_000_000)]
    lines.append((uscc(2), code, "乙", 2018, OTHER, 4_000_000))
    answer = quoted([{}, {}], customs=extract(tmp_path, lines, headings))
    assert answer.column("应缴保费(美元)") == ["1500.00", "1200.00"], "the social credit code goes first"


def test_a_customs_code_that_two_firms_give_is_neithers(quoted: Quoted, tmp_path: Path) -> None:
    """The order of the file must not say whose exports they are."""
    code = clean_row(1)["customs_code"]
    customs = extract(tmp_path, [(code, "甲", 2018, OTHER, 6_000_000)], BY_CODE)
    answer = quoted([{}, {"customs_code": code}], customs=customs)
    assert answer.column("说明代码") == ["CUSTOMS_ABSENT", "CUSTOMS_ABSENT"]


def test_units_and_csv(quoted: Quoted, tmp_path: Path) -> None:
    headings = (*HEADINGS[:4], "出口额（万美元）")
    for kind in ("xlsx", "csv"):
        customs = extract(tmp_path, [firm(1, 2018, OTHER, 600)], headings, kind)
        assert quoted([{}], customs=customs).row["应缴保费(美元)"] == "1800.00"


LEFT = [
    # what of a file cannot be used: line, cell, code; whether firm 1 waits for it
    ("a year that is none", firm(1, "去年", OTHER, 1), "C3", "PERIOD", True),
    ("an amount that is none", firm(1, 2018, OTHER, "约1万"), "E3", "AMOUNT_TEXT", True),
    ("a negative amount", firm(1, 2018, OTHER, -1), "E3", "AMOUNT_NEGATIVE", True),
    ("a blank amount", firm(1, 2018, OTHER, None), "E3", "REQUIRED", True),
    ("a wrong code, known by its name", (uscc(1)[:-1], NAME, 2018, OTHER, 1), "A3", "USCC_LENGTH", True),
    ("a wrong code under another name", (uscc(1)[:-1], "甲", 2018, OTHER, 1), "A3", "USCC_LENGTH", False),
    ("no code at all, known by its name", (None, f"{NAME[:2]} {NAME[2:]}", 2018, OTHER, 1), "A3", "KEY_MISSING", True),
    ("another firm's", firm(7, 2018, OTHER, "约1万"), "E3", "AMOUNT_TEXT", False),
    ("of a year that does not matter", firm(1, 2015, OTHER, "约1万"), "E3", "AMOUNT_TEXT", False),
    ("of the year before", firm(1, 2017, OTHER, "约1万"), "E3", "AMOUNT_TEXT", True),
]  # fmt: skip


@pytest.mark.parametrize(("line", "cell", "code", "waits"), [x[1:] for x in LEFT], ids=[x[0] for x in LEFT])
def test_a_row_that_cannot_be_used_is_left_out_and_its_firm_waits(
    quoted: Quoted, tmp_path: Path, line: Line, cell: str, code: str, waits: bool
) -> None:
    lines = [firm(1, 2018, OTHER, 5_000_000), line, firm(1, 2017, OTHER, 1), firm(2, 2018, OTHER, 5_000_000)]
    answer = quoted([{}, {}], customs=extract(tmp_path, lines))
    (left,) = answer.quote.left
    assert ([p.code for p in left.placed], left.placed[0].cell, left.counted) == ([code], cell, False)
    assert answer.quote.has_errors
    assert answer.column("资格") == ["待核实" if waits else "符合条件", "符合条件"]
    assert answer.column("说明代码") == ["CUSTOMS_INCOMPLETE" if waits else "", ""]
    assert answer.column("应缴保费(美元)") == ["" if waits else "1500.00", "1500.00"]


TOTALS = [
    ("a total", (None, "合计", None, None, 1)),
    ("a total in the first column", ("合计", None, None, None, 1)),
    ("a subtotal by firm", (uscc(1), NAME, 2018, "小计", 5_000_000)),
    ("a subtotal as Excel writes it", (f"{uscc(1)} 汇总", None, None, None, 5_000_000)),
    ("a total of the years", (uscc(1), NAME, "合计", OTHER, 5_000_000)),
    ("a note", ("注：不含加工贸易", None, None, None, None)),
]


@pytest.mark.parametrize("line", [t[1] for t in TOTALS], ids=[t[0] for t in TOTALS])
def test_totals_and_notes_are_passed_over(quoted: Quoted, tmp_path: Path, line: Line) -> None:
    answer = quoted([{}], customs=extract(tmp_path, [firm(1, 2018, OTHER, 5_000_000), line]))
    assert (answer.row["资格"], answer.row["应缴保费(美元)"], answer.quote.has_errors) == ("符合条件", "1500.00", False)


@pytest.mark.parametrize(
    "line", [firm(1, "去年", OTHER, 1), firm(1, 2018, OTHER, "约1万"), (None, "甲", 2018, OTHER, 1)]
)
def test_a_file_of_which_nothing_can_be_used_is_refused(quoted: Quoted, tmp_path: Path, line: Line) -> None:
    with pytest.raises(BadInput) as e:
        quoted([{}], customs=extract(tmp_path, [line]))
    assert len(e.value.placed) == 1
    assert not (tmp_path / "汇总表-测算.csv").exists()


UNKNOWN = [
    # 国别, its exports, others to the US and elsewhere, tick; 资格, 说明代码, 方案, 优先
    ("too little to matter", "火星", 100_000, 0, 9_900_000, "否", "符合条件", "", "A", "否"),
    ("blank as well", None, 100_000, 0, 9_900_000, "否", "符合条件", "", "A", "否"),
    ("could be more than half", "火星", 5_000_001, 0, 4_999_999, "否", "待核实", "CUSTOMS_COUNTRY", "", ""),
    ("half is not more than half", "火星", 5_000_000, 0, 5_000_000, "否", "符合条件", "", "A", "否"),
    ("could be the tenth that C lacks", "火星", 1_000_000, 8_000_000, 1_000_000, "是", "待核实", "CUSTOMS_COUNTRY", "", ""),
    ("C without the tick is out of reach", "火星", 1_000_000, 8_000_000, 1_000_000, "否", "符合条件", "", "A", "否"),
    ("C either way", "火星", 100_000, 9_800_000, 100_000, "是", "符合条件", "", "C", "是"),
    ("不详 is no unknown but another", "国(地)别不详", 5_000_001, 0, 4_999_999, "否", "符合条件", "", "A", "否"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("country", "unknown", "us", "rest", "tick", "status", "codes", "plan", "priority"),
    [u[1:] for u in UNKNOWN], ids=[u[0] for u in UNKNOWN],
)  # fmt: skip
def test_exports_to_an_unknown_country_count_and_wait_only_where_it_matters(
    quoted: Quoted, tmp_path: Path, country: str | None, unknown: int, us: int, rest: int, tick: str, status: str,
    codes: str, plan: str, priority: str,
) -> None:  # fmt: skip
    lines = [firm(1, 2018, country, unknown), firm(1, 2018, "美国", us), firm(1, 2018, OTHER, rest)]
    answer = quoted([{"exports": 10_000_000, "policy": tick}], customs=extract(tmp_path, lines))
    row = answer.row
    assert [row[h] for h in ("资格", "说明代码", "方案", "优先")] == [status, codes, plan, priority]
    assert row["应缴保费(美元)"] == ({"A": "3000.00", "C": "10000.00"}.get(plan, ""))
    assert [(x.counted, x.cents) for x in answer.quote.left] == (
        [(True, unknown * 100)] if "不详" not in str(country) else []
    )


@pytest.mark.parametrize("missing", HEADINGS)
def test_an_extract_without_a_heading_is_refused(quoted: Quoted, tmp_path: Path, missing: str) -> None:
    place = HEADINGS.index(missing)
    headings = [h for h in HEADINGS if h != missing]
    line = [v for i, v in enumerate(ANY) if i != place]
    with pytest.raises(Refusal):
        quoted([{}], customs=extract(tmp_path, [tuple(line)], headings))


def test_yuan_are_no_dollars(quoted: Quoted, tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="出口额"):
        quoted([{}], customs=extract(tmp_path, [ANY], (*HEADINGS[:4], "出口额(万元)")))


# ── declared figures are compared ──

DIFFERENCES = [
    # column, declared, customs, differs: the tolerance is 1 % or 1,000 USD, whichever is more
    ("exports", 50_000, 51_000, False),
    ("exports", 50_000, 51_000.01, True),
    ("exports", 50_000, 48_999.99, True),
    ("exports", 5_000_000, 5_049_000, False),
    ("exports", 5_000_000, 5_051_000, True),
    ("exports", 5_000_000, 4_949_000, True),
    ("exports", 5_000_000, 5_000_000, False),
]


@pytest.mark.parametrize(("column", "declared", "seen", "differs"), DIFFERENCES)
def test_a_declared_figure_apart_from_customs_is_a_warning(
    tmp_path: Path, column: str, declared: float, seen: float, differs: bool
) -> None:
    answer = run(tmp_path, [{column: declared}], customs=extract(tmp_path, [firm(1, 2018, OTHER, seen)]))
    found = [(p.code, p.cell, p.severity) for p in answer.quote.roster.placed()]
    assert found == ([("CUSTOMS_DIFFERS", "H5", "warning")] if differs else [])
    assert answer.row["资格"] == "符合条件"
