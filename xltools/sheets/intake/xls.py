"""The sheets of an .xls (Excel 2 to 2003) as grids of text.

`biff.walk` finds what values hide (hidden rows, merged cells, formulas never calculated) and what a reader may see; xlrd
reads the values of that: text by BIFF8's own rule or by the code page of BIFF5, days by the workbook's own epoch.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from xltools.catalogue.template import VERSION_SHEET
from xltools.roster.letters import column_letters
from xltools.roster.problems import FileProblem
from xltools.sheets.intake.grid import Grid, IsHeading, of_rows, tables, version_of
from xltools.sheets.intake.package import Opened
from xltools.sheets.ooxml import biff
from xltools.sheets.ooxml.biff import Sheet, Walked
from xltools.sheets.ooxml.refused import Refused

_CODECS = {
    None: "gb18030",
    936: "gb18030",
    949: "cp949",
    950: "cp950",
    932: "cp932",
    10000: "mac_roman",
    10008: "gb18030",
}
"""By code page, where Python's name is not `cp` and its number; where none is stated, what an office in China writes."""
_LATIN = "latin-1"


def grids(file: Opened, wanted: str | None, is_heading: IsHeading) -> list[Grid]:
    """The visible sheets with the headings, `wanted` first. Raises Refused."""
    assert file.book
    found = _read(file.book)
    version = next((version_of(g.rows()) for g, _ in found if g.sheet == VERSION_SHEET), None)
    visible = sorted((g for g, shown in found if shown and g.sheet != VERSION_SHEET), key=lambda g: g.sheet != wanted)
    if not visible:
        raise Refused("FILE_EMPTY", "没有可见的工作表")
    out = tables(visible, is_heading)
    for grid in out:
        grid.version, grid.problems = version, (FileProblem("FILE_XLS"), *file.problems)
    return out


def _read(book: Walked) -> list[tuple[Grid, bool]]:
    """Every worksheet, and whether it is visible. What cannot be read is tried once more with its texts counted anew."""
    stated = _CODECS.get(book.codepage) or f"cp{book.codepage}"
    fault: Exception = ValueError()
    for stream in (book.stream, biff.recounted(book.stream)):
        for codec in (_LATIN,) if book.unicode else (stated, _LATIN):
            try:
                return _sheets(stream, codec, book.sheets)
            except (UnicodeDecodeError, LookupError) as why:  # bytes that the code page does not have, or no such page
                fault = why
            except MemoryError:
                raise
            except Exception as why:  # whatever a damaged record makes of a reader that trusts it
                fault = why
                break
    raise Refused("FILE_UNREADABLE", f"{type(fault).__name__}: {fault}"[:120]) from fault


def _sheets(stream: bytes, codec: str, walked: Sequence[Sheet]) -> list[tuple[Grid, bool]]:
    import xlrd

    book = xlrd.open_workbook(
        file_contents=stream, logfile=io.StringIO(), ragged_rows=True, on_demand=True, encoding_override=codec
    )
    return [(_grid(book, i, sheet), sheet.visible) for i, sheet in enumerate(walked[: book.nsheets])]


def _grid(book: Any, number: int, walked: Sheet) -> Grid:
    sheet = book.sheet_by_index(number)
    numeric: dict[int, list[int]] = {}
    errors: list[tuple[int, int, str]] = []
    rows = [list(_values(book, sheet, y, numeric, errors)) for y in range(sheet.nrows)]
    book.unload_sheet(number)
    grid = of_rows(sheet.name, rows)
    grid.errors, grid.no_value = errors, walked.valueless
    grid.hidden = np.array(walked.hidden, np.int64)
    grid.merged = tuple(
        f"{column_letters(left + 1)}{top}:{column_letters(right + 1)}{bottom}"
        for top, bottom, left, right in walked.merged
    )
    grid.numbers = lambda column: np.array(numeric.get(column, ()), np.int64)
    grid.date1904 = bool(book.datemode)
    return grid


def _values(
    book: Any, sheet: Any, y: int, numeric: dict[int, list[int]], errors: list[tuple[int, int, str]]
) -> Iterator[object]:
    """A row's values as `roster.values.text` takes them; notes its numbers and its error values."""
    from xlrd import XL_CELL_BOOLEAN, XL_CELL_DATE, XL_CELL_ERROR, XL_CELL_NUMBER, error_text_from_code
    from xlrd.xldate import xldate_as_datetime

    for x, (kind, value) in enumerate(zip(sheet.row_types(y), sheet.row_values(y), strict=True)):
        if kind == XL_CELL_DATE:
            try:
                yield xldate_as_datetime(value, book.datemode)
                continue
            except (ValueError, OverflowError):  # no day of the calendar
                kind = XL_CELL_NUMBER
        if kind == XL_CELL_NUMBER:
            numeric.setdefault(x, []).append(y + 1)
            yield value
        elif kind == XL_CELL_ERROR:
            errors.append((y + 1, x, error_text_from_code.get(value, "#N/A")))
            yield ""
        else:
            yield bool(value) if kind == XL_CELL_BOOLEAN else value
