"""A table as an office types it into a blank workbook: no template, no hidden sheets, no formats to speak of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import xlsxwriter

CREATED = datetime(2000, 1, 1)
"""In place of the clock, so that every run gives the same bytes."""


@dataclass(frozen=True)
class Formula:
    """A formula with the value kept in the file; None: saved without one."""

    text: str
    value: str | float | None


@dataclass(frozen=True)
class OwnTable:
    """Sheet name, a title line ("" for none), headings by field, rows; `merged` field -> first of two rows."""

    sheet: str
    title: str
    headings: Mapping[str, str]
    rows: Sequence[Mapping[str, object]]
    merged: Mapping[str, int] = field(default_factory=dict)
    hidden: Sequence[int] = ()


def write_own_table(path: Path, table: OwnTable) -> None:
    """Headings in row 1, or in row 3 below a title."""
    quiet = {"in_memory": True, "strings_to_formulas": False, "strings_to_numbers": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(str(path), quiet)
    book.set_properties({"created": CREATED})
    page = book.add_worksheet(table.sheet)
    head = book.add_format({"bold": True, "border": 1, "text_wrap": True, "align": "center"})
    boxed = book.add_format({"border": 1})
    formats = {
        datetime: book.add_format({"border": 1, "num_format": "yyyy/m/d h:mm"}),
        date: book.add_format({"border": 1, "num_format": "yyyy/m/d"}),
        int: book.add_format({"border": 1, "num_format": "0"}),
    }
    top = 0
    if table.title:
        large = book.add_format({"bold": True, "font_size": 16})
        page.merge_range(0, 0, 0, len(table.headings) - 1, table.title, large)
        top = 2
    page.freeze_panes(top + 1, 3)
    for x, (name, heading) in enumerate(table.headings.items()):
        page.set_column(x, x, 28 if name == "name" else 20 if name == "uscc" else 14)
        page.write_string(top, x, heading, head)
        for y, line in enumerate(table.rows, top + 1):
            _put(page, y, x, line.get(name), formats, boxed)
        if name in table.merged:
            first = top + 1 + table.merged[name]
            page.merge_range(first, x, first + 1, x, str(table.rows[table.merged[name]][name]), boxed)
    for place in table.hidden:
        page.set_row(top + 1 + place, None, None, {"hidden": True})
    book.close()


def _put(page: Any, y: int, x: int, value: object, formats: Mapping[type, Any], boxed: Any) -> None:
    if value is None or value == "":
        page.write_blank(y, x, None, boxed)
    elif isinstance(value, Formula):
        page.write_formula(y, x, value.text, boxed, "" if value.value is None else value.value)
    elif isinstance(value, date):
        page.write_datetime(y, x, value, formats[type(value)])
    elif isinstance(value, int | Decimal):
        page.write_number(y, x, value, formats[int] if isinstance(value, int) else boxed)
    else:
        page.write_string(y, x, str(value), boxed)
