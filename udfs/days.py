"""Deadlines in working days (工作日期限)."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import xlwings as xw

from udfs.arrays import Ranges, Wrong, blank, says_errors
from udfs.reading import any_scheme, column
from xltools.engine import deadlines
from xltools.roster import dates, inputs, values
from xltools.roster.ranges import messages, read_ranges
from xltools.roster.text import folded

REST, WORK, WHOLE_YEAR = ("休", "休息"), ("班", "上班"), ("全年",)


@xw.func(category="统保平台")
@xw.arg("start", ndim=2, err_to_str=True, doc="起算日期（如受理日），一格或一列；从次一工作日起数第 1 天")
@xw.arg("days", ndim=2, err_to_str=True, doc="工作日数，如 15；一格或一列")
@xw.arg(
    "changes",
    ndim=2,
    err_to_str=True,
    doc="节假日调整，两列：日期、休或班（可不填）；未公布的年度写 年份、全年，并列出该年全部调整",
)
@says_errors
def XT_WORKDAYS_AFTER(start, days, changes=None):  # type: ignore[no-untyped-def]
    """若干个工作日之后是哪一天（含调休上班，按国务院公布的节假日）；日历没有的年度不推算。"""
    ranges = Ranges(day=start, days=days)
    scheme = any_scheme()
    rows = read_ranges(scheme, [(column(scheme, "day"), ranges.cells["day"])])
    count, wrong = _counts(ranges.cells["days"])
    calendar = deadlines.calendar(*_changes(changes))
    begin = rows.times["day"].astype("datetime64[D]")
    day, known = deadlines.after(calendar, begin, count)
    there = ~np.isnat(begin) & (count > 0)
    shown: list[Any] = day.astype("datetime64[us]").tolist()
    for row in np.flatnonzero(~there | ~known).tolist():
        shown[row] = None
    span = f"{calendar.first.year} 至 {calendar.last.year} 年"
    for row in np.flatnonzero(there & ~known).tolist():
        wrong[row] = (
            f"节假日日历只到 {span}，算不出期限；请更新 chinesecalendar，或在 workdays.toml 或第三个参数给出该年的节假日安排"
        )
    return ranges.answer(shown, wrong | messages(rows))


def _counts(cells: list[Any]) -> tuple[Any, dict[int, str]]:
    """Whole numbers from 1 (0 = blank), and the rows with something else."""
    known: dict[Any, int | None] = {}
    for cell in set(cells):
        days = int(inputs.whole(folded(values.text(cell) or "")) or 0)
        known[cell] = 0 if blank(cell) else days if 0 < days < 10_000 else None
    wrong = {}
    if None in known.values():
        wrong = {i: f"工作日数应为正整数，现为 {c}" for i, c in enumerate(cells) if known[c] is None}
    return np.fromiter((known[c] or 0 for c in cells), np.int64, len(cells)), wrong


def _changes(cells: Any) -> tuple[dict[date, bool], set[int]]:
    """Single days that differ from the published calendar, and the years that are given in full. Raises Wrong."""
    days: dict[date, bool] = {}
    years: set[int] = set()
    for row in cells or ():
        when, what = (*row, None)[:2] if isinstance(row, list | tuple) else (row, None)
        said = "" if blank(what) else str(what).strip()
        if blank(when) and not said:
            continue
        text = values.text(when) or ""
        day = dates.one(text)
        if said in WHOLE_YEAR and inputs.year(text) == text:
            years.add(int(text))
        elif day is not None and said in REST + WORK:
            days[day.date()] = said in WORK
        else:
            raise Wrong(f"节假日调整应为两列：日期、休或班（或 年份、全年）；这一行不是：{text} {said}")
    return days, years
