"""The tables of a closed workbook (未打开的工作簿), found by name in its table parts, values as calamine gives them."""

from __future__ import annotations

import io
import re
from collections.abc import Collection
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from zipfile import ZipFile

import python_calamine

from xltools.roster.letters import column_number
from xltools.sheets.intake import package
from xltools.sheets.intake.rewrap import wrapped
from xltools.sheets.ooxml import expat, parts
from xltools.sheets.ooxml.refused import Refused
from xltools.sheets.ooxml.worksheets import contents, find, readable, related_to, worksheets
from xltools.sheets.platform.near import Reach, near


@dataclass(frozen=True)
class BookRows:
    """One table as it stands in a workbook, open or closed, values as xlwings or calamine give them.

    Values are str, float, int, bool, datetime, date or None; error values are their text (`#REF!`). `first_row` is
    the sheet row (1-based) of `rows[0]`, the row below the headings; `first_column` the sheet column (1-based) of
    `headings[0]`. `formulas` are the cells of `rows` that hold a formula, as (row, column) from 0, where the reader
    can tell: staff put values into the bureau's cells, not formulas. `below` counts the last of `rows` that stand right
    below the table.
    """

    table: str
    sheet: str
    headings: list[str]
    rows: list[list[object]]
    first_row: int
    first_column: int
    formulas: Collection[tuple[int, int]] = ()
    below: int = 0


@dataclass(frozen=True)
class _Place:
    name: str
    sheet: str
    part: str
    top: int
    left: int
    bottom: int
    right: int
    totals: int


def tables(path: Path, looked_at: Collection[str] = (), growing: Collection[str] = ()) -> dict[str, BookRows]:
    """Every table of an .xlsx or .xlsm by its name.

    In the tables `looked_at` formulas and error values are found too, both of which calamine hides: there an error
    value is its text, elsewhere it is blank. Of the tables `growing` what was typed right below them counts, up to the
    first blank row: LibreOffice does not take such rows in, nor does Excel where its AutoCorrect is off.

    Raises Refused where the file is none or is damaged.
    """
    package.check_package(path, parts.OURS)
    with parts.open_zip(path) as book:
        places = _places(book)
        trimmed = near(book, _reaches(places, growing))
        shown = {p.sheet for p in places}
        if trimmed is None:
            source = _readable_of(book, shown)
        else:
            with parts.open_zip(io.BytesIO(trimmed)) as near_by:
                source = _readable_of(near_by, shown)
        with readable():
            reader = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(source))
            grids = {s: _grid(reader, s) for s in dict.fromkeys(p.sheet for p in places)}
        members = {p.part for p in places if p.name in looked_at}
        seen = {m: _seen(b"".join(parts.inflate(book, book.getinfo(m)))) for m in members}
        nothing: _Seen = (set(), {})
        return {p.name: _table(p, grids[p.sheet], *seen.get(p.part, nothing), p.name in growing) for p in places}


def _readable_of(book: ZipFile, sheets: Collection[str]) -> bytes:
    """The workbook as the reader of values sees it: these sheets alone."""
    found = contents(book)
    return wrapped(book, found, [s for s in found.sheets if s.name in sheets and s.part])


def _reaches(places: Collection[_Place], growing: Collection[str]) -> dict[str, Reach]:
    """By member how far the tables of a sheet reach together."""
    out: dict[str, Reach] = {}
    for p in places:
        so_far = out.get(p.part, Reach(0, 0, False))
        grows = so_far.grows or p.name in growing
        out[p.part] = Reach(max(so_far.bottom, p.bottom), max(so_far.right, p.right), grows)
    return out


def _places(book: ZipFile) -> list[_Place]:
    out = []
    for sheet in worksheets(book):
        if sheet.part is None:
            continue
        part = sheet.part.filename
        members = [r.target for r in related_to(book, part) if r.kind == "table" and r.target]
        out += [_place(book, member, sheet.name, part) for member in members]
    return out


def _place(book: ZipFile, table: str, sheet: str, part: str) -> _Place:
    there = find(book, table)
    if there is None:
        raise Refused("FILE_UNREADABLE", f"no part {table}")
    seen: dict[str, str] = {}

    def start(name: str, attributes: dict[str, str]) -> None:
        if name.rpartition(":")[2] == "table":
            seen.update(attributes)

    parser = expat.parser(table)
    parser.StartElementHandler = start
    expat.feed(parser, parts.inflate(book, there), table)
    ref = re.fullmatch(r"([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})", seen.get("ref", ""))
    if ref is None:
        raise Refused("FILE_UNREADABLE", f"{table}: ref {seen.get('ref', '')}")
    name = seen.get("displayName") or seen.get("name", "")
    left, right = column_number(ref[1]), column_number(ref[3])
    return _Place(name, sheet, part, int(ref[2]), left, int(ref[4]), right, int(seen.get("totalsRowCount", "0")))


def _grid(reader: python_calamine.CalamineWorkbook, sheet: str) -> list[list[object]]:
    """All cells of a sheet from A1 on; blank ones as None."""
    rows = reader.get_sheet_by_name(sheet).to_python(skip_empty_area=False)
    return [[None if v == "" else v for v in row] for row in rows]


def _table(
    p: _Place, grid: list[list[object]], formulas: set[tuple[int, int]], errors: dict[tuple[int, int], str], grows: bool
) -> BookRows:
    width = p.right - p.left + 1

    def line(row: int) -> list[object]:
        cells = grid[row - 1][p.left - 1 : p.right] if row <= len(grid) else []
        return cells + [None] * (width - len(cells))

    headings = ["" if v is None else re.sub(r"[\r\n]+", "", str(v)).strip() for v in line(p.top)]
    rows = [line(r) for r in range(p.top + 1, p.bottom - p.totals + 1)]
    size = len(rows)
    below = range(p.bottom + 1, len(grid) + 1) if grows and not p.totals else ()
    rows += takewhile(lambda row: any(v is not None for v in row), map(line, below))

    def inside(cells: Collection[tuple[int, int]]) -> set[tuple[int, int]]:
        below = range(p.top + 1, p.top + 1 + len(rows))
        return {(r, c) for r, c in cells if r in below and p.left <= c <= p.right}

    for r, c in inside(errors.keys()):
        rows[r - p.top - 1][c - p.left] = errors[r, c]
    marked = {(r - p.top - 1, c - p.left) for r, c in inside(formulas)}
    return BookRows(p.name, p.sheet, headings, rows, p.top + 1, p.left, marked, len(rows) - size)


_Seen = tuple[set[tuple[int, int]], dict[tuple[int, int], str]]
_FORMULA = re.compile(rb"<(?:\w+:)?f[\s>/]")
_ERROR = re.compile(rb't="e"')
_CELL = re.compile(rb'<(?:\w+:)?c\s(?:[^>]*?\s)?r="([A-Z]{1,3})(\d{1,7})"[^>]*>')
_VALUE = re.compile(rb"(?:(?!</(?:\w+:)?c>).)*?<(?:\w+:)?v>([^<]*)<", re.DOTALL)


def _seen(sheet: bytes) -> _Seen:
    """Cells with a formula, and cells with an error value and its text; rows and columns from 1."""
    formulas: set[tuple[int, int]] = set()
    errors: dict[tuple[int, int], str] = {}
    for found in _FORMULA.finditer(sheet):
        cell = _CELL.match(sheet, sheet.rfind(b"<", 0, found.start()))  # a formula is the first thing in its cell
        if cell:
            formulas.add(_at(cell))
    for found in _ERROR.finditer(sheet):
        cell = _CELL.match(sheet, sheet.rfind(b"<", 0, found.start()))
        value = _VALUE.match(sheet, cell.end()) if cell else None
        if cell and value:
            errors[_at(cell)] = value[1].decode()
    return formulas, errors


def _at(cell: re.Match[bytes]) -> tuple[int, int]:
    return int(cell[2]), column_number(cell[1].decode())
