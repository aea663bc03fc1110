"""A whole table at once (整张表测算)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import xlwings as xw

from udfs.arrays import Wrong, alone, says_errors
from udfs.reading import SCHEME, scheme_of
from xltools.desk.rules.quote_values import quote_values, shown
from xltools.roster import dates, inputs, values
from xltools.roster.problems import FileRefused

YES, NO = ("是", "TRUE", "1"), ("否", "FALSE", "0")


@xw.func(category="统保平台")
@xw.arg("table", ndim=2, err_to_str=True, doc="连表头一起选中的表，表头与填报模板相同")
@xw.arg("fx", err_to_str=True, doc="汇率；不填用预算汇率")
@xw.arg("today", err_to_str=True, doc="今天的日期，用来判断日期是否在将来；不填取系统日期")
@xw.arg("assume_approved", err_to_str=True, doc="是：把待审核的也当作同意来算；不填按否")
@xw.arg("scheme", doc=SCHEME)
@says_errors
def XT_ASSESS(table, fx=None, today=None, assume_approved=None, scheme=None):  # type: ignore[no-untyped-def]
    """整张表的资格、方案、保费、排队和资金安排，与“试算”命令相同；结果连表头一起排在右边，每行对应原表一行。"""
    chosen = scheme_of(scheme)
    if not isinstance(table, list | tuple) or not isinstance(table[0], list | tuple):
        raise Wrong("请选中整张表，连表头一起")
    try:
        done = quote_values(
            table, chosen, today=_day(today), fx=_rate(fx), assume_approved=_yes(assume_approved, "待审核的当作同意")
        )
    except FileRefused as e:
        raise Wrong(str(e)) from e
    answers = list(zip(*shown(done.table), strict=True))
    width = done.table.num_columns
    nothing = (None,) * width
    headings: tuple[Any, ...] = tuple(done.table.column_names)
    if len(answers) == len(table) - done.heading_row - 1:
        return [*[nothing] * done.heading_row, headings, *answers]
    out = [nothing] * len(table)
    out[done.heading_row] = headings
    for row, answer in zip(done.rows.tolist(), answers, strict=True):
        out[row] = answer
    return out


def _day(given: Any) -> date:
    cell = alone(given, "今天的日期")
    if cell is None:
        return date.today()
    day = dates.one(values.text(cell) or "")
    if day is None:
        raise Wrong(f"今天的日期应写成 2019-09-05，现为 {cell}")
    return day.date()


def _rate(given: Any) -> Decimal | None:
    cell = alone(given, "汇率")
    rate = None if cell is None else inputs.rate(values.text(cell) or "")
    if cell is not None and rate is None:
        raise Wrong(f"汇率应为大于 0 的数，如 7.0883；现为 {cell}")
    return None if rate is None else Decimal(rate)


def _yes(given: Any, what: str) -> bool:
    cell = alone(given, what)
    text = "" if cell is None else (values.text(cell) or "").strip().upper()
    if text and text not in YES + NO:
        raise Wrong(f"“{what}”应为 是 或 否，现为 {cell}")
    return text in YES
