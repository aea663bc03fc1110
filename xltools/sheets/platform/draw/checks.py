"""What a cell of a table takes (数据有效性): drop-downs, dates and amounts for the bureau's columns; nothing for others."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any

from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

from xltools.catalogue.tables import BookColumn, BookTable
from xltools.scheme import Scheme
from xltools.sheets.write.formulas import fits_inline
from xltools.sheets.write.validation import MESSAGE, TITLE

CANCEL = "请按“取消”或 Esc 键。"
REFUSED = {
    "district": f"本列是区里填的，这里改了也不算数。{CANCEL}要改请退回区里补正后重报；市局的意见写在黄色的列里。",
    "computed": f"本列由软件计算，不用填，改了也不算数。{CANCEL}",
}


def check(
    sheet: Worksheet, scheme: Scheme, table: BookTable, column: BookColumn, first: int, last: int, place: int,
    names: Collection[str],
) -> None:  # fmt: skip
    """Set the validation of one column from row `first` to `last` (0-based). `names`: those of long lists of choices."""
    if column.owner != "bureau":
        words = {"error_title": "不用填写", "error_message": REFUSED[column.owner]}
        rule: dict[str, Any] = {"validate": "custom", "value": "=FALSE", "ignore_blank": False, **words}
    else:
        rule = _rule(scheme, table, column, f"{xl_col_to_name(place)}{first + 1}", names)
        hint = _hint(scheme, table, column)
        if hint:
            rule |= {"input_title": column.heading[:TITLE], "input_message": hint[:MESSAGE]}
        if rule["validate"] == "any" and not hint:
            return
        rule.setdefault("error_title", column.heading[:TITLE])
    sheet.data_validation(first, place, last, place, rule)


def long_choices(tables: tuple[BookTable, ...]) -> dict[str, tuple[str, ...]]:
    """Choices that do not fit inline, by the defined name (选项_列名) that lists them."""
    bureau = [c for t in tables for c in t.columns if c.owner == "bureau" and c.choices]
    return {f"选项_{c.heading}": c.choices for c in bureau if not fits_inline(c.choices)}


def _rule(scheme: Scheme, table: BookTable, column: BookColumn, cell: str, names: Collection[str]) -> dict[str, Any]:
    if column.choices:
        name = f"选项_{column.heading}"
        source: Any = f"={name}" if name in names else list(column.choices)
        return {"validate": "list", "source": source, "error_message": f"请从下拉列表中选择。{CANCEL}"}
    if column.field == "priorities" and table.input == "review":  # helps with one; several are typed
        return {"validate": "list", "source": [str(p.no) for p in scheme.numbered], "show_error": False}
    if column.field == "month":
        say = "月份请写成 2019-09。"
        return {"validate": "custom", "value": f"=AND(LEN({cell})>=6,LEN({cell})<=8)", "error_message": say}
    if column.kind in ("usd", "yuan"):
        say = "请填数字，不小于 0，最多两位小数，不要带“元”“万”等字。"
        return {"validate": "decimal", "criteria": ">=", "value": 0, "error_message": say}
    if column.kind in ("fx", "rate"):
        say = "请填大于 0 的数，如 7.0883。"
        return {"validate": "decimal", "criteria": "between", "minimum": 0.0001, "maximum": 9999, "error_message": say}
    if column.kind == "whole":
        return {"validate": "integer", "criteria": ">=", "value": 1, "error_message": "请填 1、2、3 这样的整数。"}
    if column.kind in ("date", "datetime"):
        shape = "2019-09-05 09:30" if column.kind == "datetime" else "2019-09-05"
        since = {"criteria": "between", "minimum": date(2000, 1, 1), "maximum": date(2099, 12, 31)}
        return {"validate": "date", **since, "error_message": f"请填日期，写成 {shape}。"}
    if column.field == "uscc":
        say = "统一社会信用代码应为 18 位。"
        return {"validate": "length", "criteria": "==", "value": 18, "error_type": "warning", "error_message": say}
    return {"validate": "any"}


def _hint(scheme: Scheme, table: BookTable, column: BookColumn) -> str:
    if table.input == "review" and column.field == "priorities":
        titles = "；".join(f"{p.no} {p.title}" for p in scheme.priorities if p.kind == "confirmed")
        return f"市局确认的优先条件序号，多个用逗号分开。{titles}"
    return column.hint
