"""What a cell of the roster takes (数据有效性): drop-downs, prompts and warnings, by kind of column.

Choices are inline lists or defined names, never a reference to another sheet, which Excel saves in a form
that openpyxl drops. Where people paste, a warning is all that helps; what was pasted is judged by 填报检查.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from xltools.catalogue.columns import Column
from xltools.scheme import Scheme
from xltools.sheets.write.formulas import Grid
from xltools.sheets.write.style import Sheet

TITLE, MESSAGE = 32, 255
"""Characters that Excel shows of a prompt's title and text."""
TYPED_FREELY = {"serial", "text", "email"}


def offer(sheet: Sheet, scheme: Scheme, column: Column, place: int, grid: Grid) -> None:
    """Set the data validation of one column, in every row that the template offers."""
    if column.kind in TYPED_FREELY:
        return
    rule = _rule(scheme, column, grid)
    if column.kind != "check":
        prompt = _prompt(scheme, column)
        rule |= {"input_title": column.heading[:TITLE], "input_message": prompt[:MESSAGE]}
        rule.setdefault("error_title", column.heading[:TITLE])
        rule.setdefault("error_message", f"应为：{prompt}"[:MESSAGE])
    sheet.data_validation(grid.first - 1, place, grid.last - 1, place, rule)


def _rule(scheme: Scheme, column: Column, grid: Grid) -> dict[str, Any]:
    if column.kind == "check":
        words = {"error_title": "不用填写", "error_message": "本列由公式自动检查，不用填写；请按“取消”或 Esc 键"}
        return {"validate": "custom", "value": "=FALSE", "ignore_blank": False, **words}
    if column.kind == "choice":
        name = grid.names.get(column.field)
        source: Any = f"={name}" if name else list(column.choices)
        return {"validate": "list", "source": source, "error_message": "请从下拉列表中选择"}
    if column.kind == "choices":  # the list helps with one number; several are typed, so nothing is refused
        return {"validate": "list", "source": list(column.choices), "show_error": False}
    if column.kind == "amount":
        return {"validate": "decimal", "criteria": ">=", "value": 0, "error_type": "warning"}
    if column.kind in ("date", "datetime"):
        latest = "=TODAY()+1" if column.kind == "datetime" else "=TODAY()"
        between = {"criteria": "between", "minimum": date(scheme.base_year.value, 1, 1), "maximum": latest}
        return {"validate": "date", **between, "error_type": "warning"}
    if column.kind == "phone":
        return {"validate": "any"}
    length = 18 if column.kind == "uscc" else 10
    return {"validate": "length", "criteria": "==", "value": length, "error_type": "warning"}


def _prompt(scheme: Scheme, column: Column) -> str:
    if column.kind == "choices":
        titles = "；".join(f"{p.no} {p.title}" for p in scheme.numbered)
        return f"{column.meaning}。{titles}"
    example = f"，如 {column.example}" if column.kind in ("date", "datetime", "amount") else ""
    return f"{column.meaning}{example}"
