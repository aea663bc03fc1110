"""The cells of a workbook as we read them beside the same cells as openpyxl, or xlrd, reads them.

A difference has a kind, `theirs → ours`, made of the forms of the two values (`number → date`). The kinds that are meant
are told in `explained.toml`, each with its reason; a file is never named there.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from xltools.roster.problems import FileRefused
from xltools.roster.values import ERRORS, text
from xltools.sheets.intake.grid import Grid
from xltools.sheets.intake.grids import begin_grids
from xltools.sheets.ooxml.refused import Refused

Cells = dict[tuple[int, int], Any]
"""By row from 1 and column from 0, what is not blank."""
SECOND = timedelta(seconds=1)
"""Moments are rounded to it before anything compares them."""
SHOWN = 3
"""Examples of a kind that are kept of a file."""
FORMS = [
    ("whole", r"-?\d+"), ("decimal", r"-?\d*\.\d+"), ("power", r"-?\d+(\.\d*)?E[-+]?\d+"),
    ("date", r"\d{4}-\d\d-\d\d"), ("moment", r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d+)?"),
    ("time", r"\d{1,3}:\d\d:\d\d(\.\d+)?"), ("truth", r"true|false|TRUE|FALSE"), ("error", r"#.*"),
]  # fmt: skip
"""What a text of ours looks like."""
_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")


def differences(file: Path) -> dict[str, Any]:
    """`reader`, `sheets`, `cells` that were compared, `kinds`: kind -> [how many, examples].

    A file that we refuse has the code in `refused`; `kinds` then says so where the other reader takes it.
    """
    kind = file.read_bytes()[:8]
    reader = "xlrd" if kind.startswith(b"\xd0\xcf") else "openpyxl" if kind.startswith(b"PK") else ""
    kinds: dict[str, list[Any]] = {}
    out: dict[str, Any] = {"reader": reader, "sheets": 0, "cells": 0, "kinds": kinds}
    ours: dict[str, Cells] = {}
    refused = ""

    def read(sheet: str | None) -> Cells | None:
        nonlocal refused
        try:
            grids = begin_grids(file, sheet, lambda _: True)()
            found = [g for g in grids if sheet in (None, g.sheet)]
            return of_ours(found[0]) if found else None
        except Refused as e:
            refused = e.code
        except FileRefused as e:
            refused = e.problems[0].code
        return None

    read(None)
    if refused:
        out["refused"] = refused
    if not reader:
        return out
    try:
        for name, cells in (of_openpyxl if reader == "openpyxl" else of_xlrd)(file):
            out["sheets"] += 1
            refused = ""
            mine = ours[name] = read(name) or {}
            if refused:
                _count(kinds, f"opened → {refused}", f"{name}")
                continue
            out["cells"] += len(mine.keys() | cells.keys())
            for at in sorted(mine.keys() | cells.keys()):
                if found := difference(cells.get(at), mine.get(at)):
                    _count(kinds, found, f"{name} R{at[0]}C{at[1] + 1}: {cells.get(at)!r} → {mine.get(at)!r}"[:200])
    except Exception as e:  # the other reader's fault, of any kind
        out["theirs"] = f"{type(e).__name__}: {e}"[:200]
    return out


def _count(kinds: dict[str, list[Any]], kind: str, example: str) -> None:
    entry = kinds.setdefault(kind, [0, []])
    entry[0] += 1
    if len(entry[1]) < SHOWN:
        entry[1].append(example)


def of_ours(grid: Grid) -> Cells:
    cells: Cells = {}
    lines = grid.lines.tolist()
    for x, column in enumerate(grid.columns):
        for line, value in zip(lines, column.to_pylist(), strict=True):
            if value:
                cells[line, x] = value
    cells.update({(row, x): shown for row, x, shown in grid.errors if shown})
    return cells


def of_openpyxl(file: Path) -> Iterator[tuple[str, Cells]]:
    """The visible worksheets, values as the file keeps them."""
    import openpyxl

    book = openpyxl.load_workbook(file, read_only=True, data_only=True)
    with closing(book):
        for sheet in book.worksheets:
            if sheet.sheet_state == "visible":
                sheet.reset_dimensions()
                there = (c for row in sheet.iter_rows() for c in row if c.value is not None and c.value != "")
                yield sheet.title, {(c.row, c.column - 1): c.value for c in there}


def of_xlrd(file: Path) -> Iterator[tuple[str, Cells]]:
    import xlrd

    with open(os.devnull, "w") as nowhere:
        book = xlrd.open_workbook(file, logfile=nowhere)
        for sheet in book.sheets():
            if sheet.visibility == 0:
                yield (
                    sheet.name,
                    {
                        (y + 1, x): value
                        for y in range(sheet.nrows)
                        for x in range(sheet.row_len(y))
                        if (value := _of_xlrd(sheet.cell(y, x), book.datemode)) not in (None, "")
                    },
                )


def _of_xlrd(cell: Any, datemode: int) -> Any:
    import xlrd

    if cell.ctype == xlrd.XL_CELL_ERROR:
        return xlrd.error_text_from_code.get(cell.value, "#N/A")
    if cell.ctype == xlrd.XL_CELL_BOOLEAN:
        return bool(cell.value)
    if cell.ctype == xlrd.XL_CELL_DATE:
        with suppress(Exception):
            return xlrd.xldate_as_datetime(cell.value, datemode)
    return cell.value


def difference(theirs: Any, ours: str | None) -> str:
    """The kind of the difference, "" where there is none."""
    if theirs is None or ours is None:
        return "" if theirs is None and ours is None else f"{form(theirs)} → {form(ours)}"
    if isinstance(theirs, bool):
        return "" if ours.upper() == text(theirs) else f"truth → {form(ours)}"
    if isinstance(theirs, int | float):
        with suppress(ValueError):
            if f"{float(ours):.15g}" == f"{theirs:.15g}":
                return ""
        return f"number → {form(ours)}"
    if isinstance(theirs, datetime | time):
        with suppress(ValueError):
            if abs(_moment(type(theirs).fromisoformat(ours)) - _moment(theirs)) < SECOND:
                return ""
    if isinstance(theirs, datetime | date | time | timedelta):
        return "" if str(theirs) == ours else f"{form(theirs)} → {form(ours)}"
    shown = str(theirs)
    if shown == ours:
        return ""
    for name, same in _SAME.items():
        if same(shown) == same(ours):
            return f"text → text, {name}"
    return f"{form(shown)} → {form(ours)}"


def _unescaped(value: str) -> str:
    return _ESCAPE.sub(lambda m: chr(int(m[1], 16)), value)


_SAME: dict[str, Callable[[str], str]] = {
    "line ends": lambda v: v.replace("\r\n", "\n").replace("\r", "\n"),
    "escapes": _unescaped,
    "white space": lambda v: "".join(v.split()),
    "escapes and white space": lambda v: "".join(_unescaped(v).split()),
}
"""In what two texts differ, where they are the same otherwise."""


def _moment(value: datetime | time) -> datetime:
    return value if isinstance(value, datetime) else datetime.combine(date.min, value)


def form(value: Any) -> str:
    """What a value looks like."""
    if value is None:
        return "blank"
    if isinstance(value, str):
        if value in ERRORS:
            return "error"
        return next((name for name, pattern in FORMS if re.fullmatch(pattern, value)), "text")
    if isinstance(value, datetime):
        return "moment" if value.time() != time() else "date"
    kinds = {bool: "truth", int: "number", float: "number", date: "date", time: "time", timedelta: "length of time"}
    return kinds.get(type(value), type(value).__name__)
