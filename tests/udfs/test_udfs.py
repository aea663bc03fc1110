"""Worksheet functions (自定义函数) through xlwings' own call_udf and converters, against `quote` and the engine."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import python_calamine
from udf_host import MISSING, Host

from xltools.catalogue.columns import by_field
from xltools.desk.rules.quote import Quote, quote
from xltools.engine import deadlines, plans
from xltools.engine.applications import Applications, nothing
from xltools.engine.plans import shortfalls
from xltools.roster import amounts, values
from xltools.roster.ranges import read_ranges
from xltools.scheme import load

ROOT = Path(__file__).parents[2]
SCHEME = load("nantong-2019")
TODAY, FX = date(2020, 1, 15), Decimal("7.0883")
FILES = sorted((ROOT / "examples" / "nantong-2019").glob("*/*汇总*.xlsx"))
ERRORS = {"#DIV/0!": -2146826281, "#N/A": -2146826246, "#REF!": -2146826265, "#VALUE!": -2146826273}
"""Error values as Excel hands them over."""


@pytest.fixture(scope="module")
def call() -> Iterator[Host]:
    with Host() as host:
        yield host


def column(*cells: Any) -> list[list[Any]]:
    return [[c] for c in cells]


def flat(answer: Any) -> list[Any]:
    """A column's answers."""
    assert isinstance(answer, list), answer
    assert all(len(row) == 1 for row in answer)
    return [row[0] for row in answer]


# ── the whole table, row for row ──


def as_in_excel(found: Quote, path: Path) -> list[list[Any]]:
    """The sheet's cells as an open Excel gives them: floats, text, date-times, None, error values."""
    cells = found.roster.cells
    sheet = python_calamine.CalamineWorkbook.from_path(path).get_sheet_by_name(cells.sheet)
    rows = [[_cell(v) for v in row] for row in sheet.to_python(skip_empty_area=False)]
    for field, wrong in found.roster.errors.items():
        for i in wrong:
            text = cells.columns[field][i].as_py()
            rows[int(cells.rows[i]) - 1][cells.places[field]] = ERRORS[text]
    return rows


def _cell(value: Any) -> Any:
    if value == "":
        return None
    if isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    return datetime(value.year, value.month, value.day) if type(value) is date else value


def shown(found: Quote) -> list[list[Any]]:
    """The contract's columns as cells: money and rates as floats, "" where blank."""
    rows = found.table.to_pylist()
    return [["" if v is None else float(v) if isinstance(v, Decimal) else v for v in r.values()] for r in rows]


def test_there_are_example_tables() -> None:
    assert len(FILES) == 7


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
def test_a_whole_table_has_the_outcomes_of_quote_in_the_rows_of_its_own(path: Path, call: Host) -> None:
    found = quote(path, SCHEME, today=TODAY, fx=FX)
    table = as_in_excel(found, path)
    answer = call("XT_ASSESS", table, float(FX), datetime(2020, 1, 15))
    assert len(answer) == len(table)
    heading = found.roster.cells.heading_row - 1
    assert list(answer[heading]) == found.table.column_names
    places = (found.roster.cells.rows - 1).tolist()
    cells = found.roster.cells
    only_in_files = {i for rows in cells.no_value.values() for i in rows}  # Excel would have calculated them
    if cells.hidden is not None:
        only_in_files |= set(cells.hidden.nonzero()[0].tolist())  # and hands over hidden rows like all others
    told = [(list(answer[i]), said) for i, said in zip(places, shown(found), strict=True)]
    assert [place for place, (ours, said) in enumerate(told) if ours != said and place not in only_in_files] == []
    assert len(only_in_files) < 5
    others = set(range(len(answer))) - {heading, *places}
    assert {v for i in others for v in answer[i]} <= {""}


@pytest.fixture(scope="module")
def example() -> Quote:
    return quote(FILES[0], SCHEME, today=TODAY, fx=FX)


def test_the_columns_of_money_are_those_of_quote(example: Quote, call: Host) -> None:
    rows = [r for r in zip(example.table.to_pylist(), _amounts(example, "exports"), strict=True) if r[0]["方案"]]
    assert len(rows) > 30
    exports, plan = [[float(v)] for _, v in rows], [[r["方案"]] for r, _ in rows]
    for function, heading, more in (
        ("XT_PREMIUM_USD", "应缴保费(美元)", ()),
        ("XT_PREMIUM_RMB", "应缴保费(元)", (7.0883,)),
        ("XT_FISCAL", "财政扶持(元)", (7.0883,)),
        ("XT_OWN_SHARE", "企业承担(元)", (7.0883,)),
    ):
        answer = call(function, exports, plan, *more)
        assert flat(answer) == [float(r[heading]) for r, _ in rows], function


def test_plans_are_those_of_quote(example: Quote, call: Host) -> None:
    """Where a row is priced the plan is the same; where its plan decided, the reason is."""
    text = {f: example.roster.text[f].to_pylist() for f in ("wish", "policy", "copay")}
    answer = call(
        "XT_PLAN", [[_float(v)] for v in _amounts(example, "exports")], [[v] for v in text["wish"]],
        [[_float(v)] for v in _amounts(example, "key_exports")], [[v] for v in text["policy"]],
        [[v] for v in text["copay"]],
    )  # fmt: skip
    seen = set()
    for said, row in zip(flat(answer), example.table.to_pylist(), strict=True):
        if row["方案"]:
            assert said == row["方案"]
        for code, words in (
            ("BAND_GAP", "两个区间之间"),
            ("BAND_ABOVE", "高于平台上限"),
            ("COPAY_MISSING", "自缴保费"),
        ):
            if code in row["说明代码"].split(";"):
                assert words in said
                seen.add(code)
    assert seen == {"BAND_GAP", "COPAY_MISSING"}


def test_the_queue_and_the_pools_are_those_of_quote(example: Quote, call: Host) -> None:
    rows = example.table.to_pylist()
    queued = [i for i, r in enumerate(rows) if r["排队号"]]
    received = [[example.roster.times["received"][i].astype("datetime64[us]").item()] for i in queued]
    priority = [[rows[i]["优先"]] for i in queued]
    numbers = call("XT_QUEUE", received, priority)
    assert flat(numbers) == [rows[i]["排队号"] for i in queued]
    answer = call(
        "XT_POOL", received, priority, [[rows[i]["保险人"]] for i in queued],
        [[float(rows[i]["财政扶持(元)"])] for i in queued],
    )  # fmt: skip
    assert [a[:2] for a in map(list, answer)] == [[rows[i]["池内序号"], rows[i]["资金安排"]] for i in queued]


def _amounts(found: Quote, field: str) -> list[Decimal | None]:
    a = found.roster.amounts[field]
    return [Decimal(c).scaleb(-2) if k else None for c, k in zip(a.cents.tolist(), a.known.tolist(), strict=True)]


def _float(value: Decimal | None) -> float | None:
    return None if value is None else float(value)


# ── single cells and what is wrong with them ──

CASES: list[tuple[str, str, tuple[Any, ...], Any]] = [
    ("the vector of the contract", "XT_PREMIUM_RMB", (500000.0, "D", 7.0883), 1063.25),
    ("the premium in dollars is shown to the cent", "XT_PREMIUM_USD", (500000.0, "D"), 150.0),
    ("zero exports pay the minimum", "XT_PREMIUM_USD", (0.0, "D"), 100.0),
    ("the budget pays all of D", "XT_FISCAL", (500000.0, "D", 7.0883), 1063.25),
    ("and the firm nothing", "XT_OWN_SHARE", (500000.0, "D", 7.0883), 0.0),
    ("without a rate the budget rate counts", "XT_PREMIUM_RMB", (500000.0, "D"), 1050.0),
    ("an amount as text is read exactly", "XT_PREMIUM_USD", ("500,000.00", "D"), 150.0),
    ("dust of a binary fraction is no error", "XT_PREMIUM_USD", (500000.0000000001, "D"), 150.0),
    ("a plan may be called by its whole name", "XT_PREMIUM_USD", (500000.0, "方案D"), 150.0),
    ("nothing gives nothing", "XT_PREMIUM_RMB", (None, None), ""),
    ("no plan gives nothing", "XT_PREMIUM_RMB", (500000.0, None), ""),
    ("an amount that is none", "XT_FISCAL", ("约300万", "D"), "错误：“2018年出口额(美元)”不是数字：约300万。请只填数字，单位在表头里"),
    ("a mark behind a figure", "XT_FISCAL", ("300000²", "D"), "错误：“2018年出口额(美元)”不是数字：300000²。请只填数字，单位在表头里"),
    ("two figures in a cell", "XT_FISCAL", ("300000\n200000", "D"), "错误：“2018年出口额(美元)”不是数字：300000↵200000。请只填数字，单位在表头里"),
    ("spaces between groups of three", "XT_PREMIUM_USD", ("500 000", "D"), 150.0),
    ("digits of another script", "XT_PREMIUM_RMB", (1.0, "D", "٧"), "错误：汇率应为大于 0 的数，如 7.0883；现为 ٧"),
    ("a rate with a mark", "XT_PREMIUM_RMB", (1.0, "D", "7²"), "错误：汇率应为大于 0 的数，如 7.0883；现为 7²"),
    ("a code in scientific notation", "XT_USCC_CHECK", ("9.13206E+17",), "错误：统一社会信用代码被存成了数字，末尾几位已经丢失。请把单元格设为文本格式，重新填写 18 位代码"),
    ("a time alone is no day", "XT_WORKDAYS_AFTER", (0.6875, 15.0), "错误：“日期”不是有效的日期：0.6875。请写成 2019-09-05 或 2019-09-05 09:30"),
    ("nor does it queue", "XT_QUEUE", (datetime(1899, 12, 31, 16, 30),), "错误：“材料齐全时间”不是有效的日期：16:30:00（只有时间，没有日期）。请写成 2019-09-05 或 2019-09-05 09:30"),
    ("a day before the scheme's reason does not queue", "XT_QUEUE", ("2009-09-05 09:30",), "错误：“材料齐全时间”不是有效的日期：2009-09-05 09:30（早于 2017 年）。请写成 2019-09-05 或 2019-09-05 09:30"),
    ("a time as people write it queues", "XT_QUEUE", ("2019年9月5号9点半",), 1),
    ("days with a mark", "XT_WORKDAYS_AFTER", ("2020-01-20", "15²"), "错误：工作日数应为正整数，现为 15²"),
    ("a negative amount", "XT_FISCAL", (-1.0, "D"), "错误：“2018年出口额(美元)”是负数：-1。请核对"),
    ("an amount finer than a cent", "XT_FISCAL", (1.005, "D"), "错误：“2018年出口额(美元)”精确到了分以下：1.005。金额最多两位小数"),
    ("a plan that is none", "XT_FISCAL", (1.0, "E"), "错误：“方案”的“E”不在选项之内（可选：A、B、C、D）。请从下拉列表中选择"),
    ("a rate that is none", "XT_PREMIUM_RMB", (1.0, "D", "七"), "错误：汇率应为大于 0 的数，如 7.0883；现为 七"),
    ("an error value", "XT_FISCAL", (ERRORS["#REF!"], "D"), "错误：“2018年出口额(美元)”是公式错误值 #REF!。请改为正确的内容（粘贴为数值）"),
    ("a right code", "XT_USCC_CHECK", ("91320602MA1X00017N",), "正确"),
    ("a code in full-width letters", "XT_USCC_CHECK", ("９１３２０６０２MA1X00017N",), "正确"),
    ("a wrong check digit", "XT_USCC_CHECK", ("91320602MA1X00017M",), "错误：统一社会信用代码的校验位不对：91320602MA1X00017M。有一位填错了，请对照营业执照核对"),
    ("a code that became a number", "XT_USCC_CHECK", (913206021234567e3,), "错误：统一社会信用代码被存成了数字，末尾几位已经丢失。请把单元格设为文本格式，重新填写 18 位代码"),
    ("no code", "XT_USCC_CHECK", (None,), ""),
    ("a firm of the D band", "XT_ENTITLED", (1.0,), "D"),
    ("what C lacks", "XT_ENTITLED", (5e6, 1e6, "否"), "A、B；C 不可选：对美出口占比低于 90%，对美出口不足 5,000,000 美元，未确认符合政策导向"),
    ("nothing known of the US", "XT_ENTITLED", (5e6, None, "是"), "A、B；C 不可选：对美出口额未知"),
    ("C at its limits", "XT_ENTITLED", (5e6, 5e6, True), "A、B、C"),
    ("between the bands", "XT_ENTITLED", (5e5 + 0.01,), "无：基年出口额落在两个区间之间，可改报省级平台（二（一））"),
    ("above the bands", "XT_ENTITLED", (3e7 + 0.01,), "无：基年出口额高于平台上限（二（一））"),
    ("no wish takes C where entitled", "XT_PLAN", (5e6, None, 5e6, "是"), "C"),
    ("no wish takes A otherwise", "XT_PLAN", (5e6,), "A"),
    ("a wish is never switched", "XT_PLAN", (5e6, "C"), "待补正：申请的方案不符合条件，请改报或补充材料（四（二））"),
    ("B without the promise waits", "XT_PLAN", (5e6, "B"), "待补正：申请的方案须承诺自缴保费，尚未承诺（四（二）备注）"),
    ("B with the promise", "XT_PLAN", (5e6, "B", None, None, "是"), "B"),
    ("outside the bands no plan", "XT_PLAN", (1e6,), "不在出口额区间：基年出口额落在两个区间之间，可改报省级平台（二（一））"),
    ("a reason with its clause", "XT_REASON", ("AWAITING_DISTRICT",), "等待区级审核同意（三③）"),
    ("several codes", "XT_REASON", ("PHONE;OUTSIDE_AREA",), "联系电话不是手机、固定电话或 400/800 号码。手机 11 位；固定电话请带区号，如 0513-85000000；不在平台覆盖的区域（二（一））"),
    ("a code that is none", "XT_REASON", ("NONSENSE",), "错误：没有说明代码“NONSENSE”"),
    ("no code gives nothing", "XT_REASON", (None,), ""),
    ("a country of two groups", "XT_COUNTRY_GROUP", ("埃及",), "非洲、中东"),
    ("a country with its customs code", "XT_COUNTRY_GROUP", ("美国(502)",), "非新兴市场"),
    ("no country", "XT_COUNTRY_GROUP", ("火星",), "错误：不认识的国别：火星。请写中文简称、ISO 代码或海关代码，如 美国、US、美国(502)"),
    ("fifteen working days over National Day", "XT_WORKDAYS_AFTER", (datetime(2019, 9, 25), 15.0), datetime(2019, 10, 21)),
    ("over the extended Spring Festival", "XT_WORKDAYS_AFTER", ("2020-01-20", 15.0), datetime(2020, 2, 18)),
    ("over May Day with its make-up day", "XT_WORKDAYS_AFTER", ("2020年4月28日", 15.0), datetime(2020, 5, 21)),
    ("in 2026", "XT_WORKDAYS_AFTER", (datetime(2026, 9, 20), 15.0), datetime(2026, 10, 16)),
    ("a serial number is a date", "XT_WORKDAYS_AFTER", (43733.0, 15.0), datetime(2019, 10, 21)),
    ("no date gives nothing", "XT_WORKDAYS_AFTER", (None, 15.0), ""),
    ("half a day", "XT_WORKDAYS_AFTER", ("2020-01-20", 1.5), "错误：工作日数应为正整数，现为 1.5"),
    ("no day is a date", "XT_WORKDAYS_AFTER", ("2019-02-30", 1.0), "错误：“日期”不是有效的日期：2019-02-30。请写成 2019-09-05 或 2019-09-05 09:30"),
    ("one row in a queue", "XT_QUEUE", (datetime(2019, 9, 5, 10),), 1),
    ("an unknown scheme", "XT_FISCAL", (1.0, "D", 7.0, "nantong-2091"), "错误：没有方案文件 nantong-2091.toml（每个平台年度各有一个文件，只在其保险期内有效）；是否想用 nantong-2019？现有方案：nantong-2019；也可以用 --scheme 指定一个 .toml 文件"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "arguments", "expected"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_a_cell(name: str, arguments: tuple[Any, ...], expected: Any, call: Host) -> None:
    answer = call(name, *([[a]] if a in ERRORS.values() else a for a in arguments))
    assert (answer.replace(tzinfo=None) if isinstance(answer, datetime) else answer) == expected


def test_a_day_outside_the_calendar_is_said_and_never_guessed(call: Host) -> None:
    answer = call("XT_WORKDAYS_AFTER", column("2003-12-31", "2026-12-30", "2035-01-01"), 15.0)
    assert [a.startswith("错误：节假日日历只到 2004 至 2") for a in flat(answer)] == [True] * 3


def test_single_days_and_whole_years_can_be_given(call: Host) -> None:
    """Jiangsu went back to work on 2020-02-10, not on 02-03; and a year that the calendar does not have yet."""
    week = [["2020-02-0" + d, "休"] for d in "34567"]
    answer = call("XT_WORKDAYS_AFTER", "2020-01-20", 15.0, week)
    assert answer.replace(tzinfo=None) == datetime(2020, 2, 25)
    beyond = call("XT_WORKDAYS_AFTER", "2027-01-04", 2.0, [["2027-01-05", "休"]])
    assert beyond.startswith("错误：节假日日历只到")
    given = call("XT_WORKDAYS_AFTER", "2027-01-04", 2.0, [[2027.0, "全年"], ["2027-01-05", "休"]])
    assert given.replace(tzinfo=None) == datetime(2027, 1, 7)
    assert call("XT_WORKDAYS_AFTER", "2020-01-20", 15.0, [["2020-02-03", "也许"]]).startswith(
        "错误：节假日调整应为两列"
    )


# ── shapes ──


def test_the_answer_has_the_shape_of_the_question(call: Host) -> None:
    codes = ["91320602MA1X00017N", None, "9"]
    told = flat(call("XT_USCC_CHECK", column(*codes)))
    assert told[:2] == ["正确", ""]
    assert list(call("XT_USCC_CHECK", [codes])[0]) == told
    block = call("XT_USCC_CHECK", [codes, codes[::-1]])
    assert [list(row) for row in block] == [told, told[::-1]]
    assert call("XT_USCC_CHECK", codes[0]) == "正确"


def test_a_single_cell_stands_for_a_whole_column(call: Host) -> None:
    assert flat(call("XT_PREMIUM_USD", column(0.0, 500000.0, None), "D")) == [100.0, 150.0, ""]
    assert flat(call("XT_PREMIUM_RMB", column(500000.0, 500000.0), "D", column(7.0883, 7.0))) == [1063.25, 1050.0]


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("XT_FISCAL", (column(1.0, 2.0), column("A", "A", "A"))),
        ("XT_FISCAL", (column(1.0, 2.0), [["A", "A"]])),
        ("XT_QUEUE", (column("2019-09-05", "2019-09-05"), column("是", "否", "否"))),
    ],
    ids=["columns of two and three", "a column and a row", "a queue with another length"],
)
def test_lengths_that_do_not_match_are_said(name: str, arguments: tuple[Any, ...], call: Host) -> None:
    answer = call(name, *arguments)
    assert answer.startswith("错误：几个区域大小不一样（")
    assert "2 行 1 列" in answer


def test_one_bad_cell_does_not_spoil_the_column(call: Host) -> None:
    answer = flat(call("XT_PREMIUM_USD", column(500000.0, "x", None, 0.0), "D"))
    assert answer == [150.0, "错误：“2018年出口额(美元)”不是数字：x。请只填数字，单位在表头里", "", 100.0]


# ── queue and pools ──


def test_the_queue_goes_by_day_then_priority_then_time_then_arrival(call: Host) -> None:
    received = column("2019-09-05 10:00", "2019-09-05 09:00", "2019-09-04 17:00", "2019-09-05 09:00", None, "昨天")
    priority = column(True, "否", "否", 0.0, None, None)
    answer = flat(call("XT_QUEUE", received, priority))
    assert answer[:5] == [2, 3, 1, 4, ""]
    assert answer[5].startswith("错误：“材料齐全时间”不是有效的日期")
    swapped = call("XT_QUEUE", received[:4], priority[:4], column("NT2019-0001", 9.0, 3.0, "NT2019-0004"))
    assert flat(swapped) == [2, 4, 1, 3]


def test_the_pool_ends_and_a_tie_at_its_end_is_said(call: Host) -> None:
    answer = call(
        "XT_POOL", column(*["2019-09-05 10:00"] * 2, "2019-09-04", None), column("是", "是", None, None),
        column("中国信保", "中国信保", "人保财险", None), column(60.0, 60.0, 40.0, None), MISSING,
        [["中国信保", 100.0], ["人保财险", 50.0]],
    )  # fmt: skip
    assert [list(row[:2]) for row in answer] == [[1, "已安排"], [2, "候补"], [1, "已安排"], ["", ""]]
    assert ["抽签" in row[2] for row in answer] == [True, True, False, False]


def test_pools_that_cannot_be_read_are_said(call: Host) -> None:
    answer = call("XT_POOL", "2019-09-05", "否", "中国信保", 60.0, MISSING, [["太平洋", 100.0]])
    assert answer == "错误：资金应为两列：保险人、金额(元)；这一行不是：太平洋 100.0"
    for amount in ("100²", -1.0, 0.001, None):
        answer = call("XT_POOL", "2019-09-05", "否", "中国信保", 60.0, MISSING, [["中国信保", amount]])
        assert answer.startswith("错误：资金应为两列：保险人、金额(元)；这一行不是：中国信保")
    answer = call("XT_POOL", "2019-09-05", "否", "中国信保", 60.0, MISSING, [["中国信保", "1,060元"]])
    assert list(answer[0])[:2] == [1, "已安排"]


# ── tables ──


def test_a_table_without_our_headings_is_refused_in_words(call: Host) -> None:
    assert call("XT_ASSESS", [["甲", "乙"], [1.0, 2.0]]).startswith("错误：前 20 行里找不到表头")
    assert call("XT_ASSESS", "不是表").startswith("错误：前 20 行里找不到表头")


def test_blank_rows_and_rows_above_the_headings_stay_blank(example: Quote, call: Host) -> None:
    table = as_in_excel(example, FILES[0])
    heading = example.roster.cells.heading_row - 1
    width = len(table[0])
    small = [[None] * width, *table[heading : heading + 2], [None] * width, *table[heading + 2 : heading + 3]]
    answer = call("XT_ASSESS", small, 7.0883, datetime(2020, 1, 15), "是", "nantong-2019")
    assert [bool(any(row)) for row in answer] == [False, True, True, False, True]


def test_tomorrow_is_judged_by_the_day_given(example: Quote, call: Host) -> None:
    table = as_in_excel(example, FILES[0])
    answer = call("XT_ASSESS", table, 7.0883, "2019-09-01")
    place = example.table.column_names.index("说明代码")
    assert sum("DATE_FUTURE" in row[place] for row in answer) > 30
    assert call("XT_ASSESS", table, 7.0883, "九月").startswith("错误：今天的日期")


# ── what xlwings is ──


def test_no_paid_part_of_xlwings_is_switched_on(call: Host) -> None:
    facts = call("facts")
    assert facts["pro"] is False
    assert facts["engines"] == ["excel"]


def test_plain_calls_need_no_converters() -> None:
    """As LibreOffice and scripts call them: without converters, ranges as tuples or lists."""
    sys.path.insert(0, str(ROOT))
    import udfs

    assert udfs.XT_PREMIUM_RMB(500000.0, "D", 7.0883) == 1063.25
    assert udfs.XT_PREMIUM_RMB(((500000.0,), (None,)), "D", 7.0883) == [(1063.25,), (None,)]
    assert udfs.XT_USCC_CHECK([["91320602MA1X00017N"]]) == "正确"


# ── the cores below ──


def test_what_a_firm_lacks_and_what_it_is_entitled_to_never_disagree() -> None:
    rng = np.random.default_rng(20190901)
    n = 4000
    known = nothing(n)
    known["exports"] = rng.choice(
        [0, 50_000_000, 50_000_001, 300_000_000, 555_555_556, 3_000_000_000, 3_000_000_001], n
    )
    known["key"] = known["exports"] * rng.choice([0, 89, 90, 91, 100], n) // 100
    known["exports_known"] = np.ones(n, dtype=bool)
    known["key_known"], known["policy"] = rng.random(n) < 0.8, rng.random(n) < 0.5
    a = Applications(**known)
    band = plans.bands(SCHEME, a.exports)
    for plan in SCHEME.plans:
        here = band == next(i for i, b in enumerate(SCHEME.bands) if b.id == plan.band)
        lacks = np.zeros(n, dtype=bool)
        for where, _ in shortfalls(SCHEME, plan, a, band):
            assert not (where & ~here).any()
            lacks |= where
        assert (plans.entitled(SCHEME, plan, a, band) == (here & ~lacks)).all(), plan.id
    assert plans.entitled(SCHEME, SCHEME.plan("C"), a, band).any()


def test_doubles_are_read_as_their_text_in_a_file_would_be() -> None:
    """The quick way for columns of doubles against the way of files: the same cents, the same cells refused."""
    rng = np.random.default_rng(7)
    cells: list[Any] = [*(rng.integers(0, 10**11, 3000) / 100).tolist(), *(rng.random(500) * 1e6).tolist(), None, 0.0]
    cells += [500000.0000000001, 1.005, -1e-9, -3.0, 1e17, 40007789.299999997, 0.1 + 0.2]
    column = by_field(SCHEME)["exports"]
    quick = read_ranges(SCHEME, [(column, cells[:3000])])
    whole = read_ranges(SCHEME, [(column, cells)])
    raw, numeric = values.texts(cells)
    slow = amounts.parse(raw, Decimal(1), lambda: numeric)
    assert (
        whole.amounts["exports"].cents[whole.amounts["exports"].known] == slow.amounts.cents[slow.amounts.known]
    ).all()
    assert (whole.amounts["exports"].known == slow.amounts.known).all()
    assert (quick.amounts["exports"].cents == slow.amounts.cents[:3000]).all()
    assert set(slow.wrong) == {"AMOUNT_FINER", "AMOUNT_NEGATIVE", "AMOUNT_HUGE"}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (913206021234567e3, "913206021234567040"),
        (0.1, "0.1"),
        (1e-7, "0.0000001"),
        (12345678901.25, "12345678901.25"),
        (True, "TRUE"),
        (datetime(2019, 9, 5, 9, 29, 59, 700_000), "2019-09-05 09:30:00"),
        (date(2019, 9, 5), "2019-09-05"),
        (Decimal("12.5000"), "12.5"),
        (float("nan"), None),
        ("", ""),
    ],
    ids=[
        "a long number",
        "a fraction",
        "a small one",
        "a large one",
        "true",
        "a moment to the second",
        "a day",
        "currency",
        "no number",
        "nothing",
    ],
)
def test_a_value_has_the_text_that_a_file_would_give(value: Any, expected: str | None) -> None:
    assert values.text(value) == expected
    assert values.texts([value, "x"])[0].to_pylist() == [expected, "x"]
    assert values.texts([value, None])[0].to_pylist() == [expected, None]


def test_the_calendar_knows_its_own_end() -> None:
    known = deadlines.calendar()
    start = np.array([known.last, known.first], dtype="datetime64[D]")
    assert deadlines.after(known, start, np.array([1, 1]))[1].tolist() == [False, True]
    longer = deadlines.calendar({}, [known.last.year + 1, known.last.year + 3])
    assert longer.last == date(known.last.year + 1, 12, 31)


def test_the_bureau_keeps_its_own_changes_in_a_file() -> None:
    days, years = deadlines.kept("rest = [2027-01-05]\nwork = [2027-01-09]\ncomplete = [2027]\n")
    assert (days, years) == ({date(2027, 1, 5): False, date(2027, 1, 9): True}, {2027})
    start = np.array(["2027-01-04"] * 4, dtype="datetime64[D]")
    found, known = deadlines.after(deadlines.calendar(days, years), start, np.array([1, 2, 3, 4]))
    assert [str(d) for d in found] == ["2027-01-06", "2027-01-07", "2027-01-08", "2027-01-09"]
    assert known.all()
    assert deadlines.kept() == ({}, set())
