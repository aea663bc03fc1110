"""Columns that staff added to one of our tables (自加列): each row's cells go with its key, formulas included.

A table without a key goes by everything else that stands in the row. Formulas move as Excel's own sorting moves them.
"""

from __future__ import annotations

import re
from collections import defaultdict, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from html import escape, unescape
from typing import Any

import pyarrow as pa
from openpyxl.formula.translate import Translator

from xltools.roster.letters import column_letters
from xltools.sheets.ooxml.rows import Cell, Row
from xltools.sheets.ooxml.sheetrows import text_of
from xltools.sheets.ooxml.xmlbytes import INSIDE
from xltools.sheets.platform.rowsxml import DAYS_TO_1904, Theirs

_FORMULA = re.compile(rb"<(?:\w+:)?f(%s)(?:/>|>([^<]*)</(?:\w+:)?f>)" % INSIDE)
_TYPE = re.compile(rb"\st\s*=\s*[\"'](\w+)[\"']")
_STYLE = re.compile(rb"\ss\s*=\s*[\"'](\d+)[\"']")
_SHARED = re.compile(rb"\ssi\s*=\s*[\"'](\d+)[\"']")
_RELATIVE = re.compile(r"(?<![\w$.\[])\$?[A-Z]{1,3}[0-9]|(?<![\w.\[])[A-Z]{1,3}\$[0-9]")
_EPOCH = datetime(1899, 12, 30)


@dataclass
class Carried:
    """The added columns for the new rows; `lost` says what had no row to go to: (row, heading, what stood there)."""

    columns: list[Theirs]
    lost: list[tuple[int, int, str]] = field(default_factory=list)


def shown(cell: Cell | None, strings: Sequence[bytes]) -> str:
    """What a cell holds, as text: a number in its shortest form, "" where blank."""
    text = text_of(cell, strings)
    if cell is None or not text:
        return ""
    kind = _TYPE.search(cell.given)
    return text if kind and kind[1] in (b"s", b"inlineStr", b"str", b"e") else _shortest(text)


def style_of(cell: Cell | None) -> int | None:
    """The number of a cell's style; None where there is no cell."""
    if cell is None:
        return None
    found = _STYLE.search(cell.given)
    return int(found[1]) if found else 0


def matched(
    rows: Sequence[Row], new: pa.Table, places: Mapping[str, int], strings: Sequence[bytes], since_1904: bool
) -> list[Row | None]:
    """The old row of every row of `new`, None where there is none among `rows`; of equal ones the first, then the next.

    `places` are the columns (1-based) of the headings that tell rows apart.
    """
    waiting: dict[tuple[str, ...], deque[Row]] = defaultdict(deque)
    for row in rows:
        waiting[tuple(_same(shown(row.own.get(c), strings)) for c in places.values())].append(row)
    keys = [[_text(v, since_1904) for v in new[h].to_pylist()] for h in places]
    return [waiting[key].popleft() if waiting.get(key) else None for key in zip(*keys, strict=True)]


def carried(
    rows: Sequence[Row],
    found: Sequence[Row | None],
    first: int,
    theirs: Mapping[int, str],
    strings: Sequence[bytes],
    p: str,
) -> Carried:
    """Cells of the columns `theirs` (place: formula of the column, "" for none) for every new row, from row `first` on.

    `rows` are the old rows with their cells, `found` as `matched` gives them.
    """
    masters = masters_of(rows)
    columns = []
    for column, formula in theirs.items():
        fill = _fill(rows, column, formula, masters)
        cells = [
            moved(row.own.get(column), row.number, n, column, p, masters) if row else fill(n, p)
            for n, row in enumerate(found, first)
        ]
        columns.append(Theirs(column, pa.array(cells or [fill(first, p)], pa.string())))
    kept = {row.number for row in found if row}
    lost = [
        (row.number, column, shown(row.own.get(column), strings))
        for row in rows
        if row.number not in kept
        for column in theirs
        if (cell := row.own.get(column)) and cell.inner and not _FORMULA.search(cell.inner)
    ]
    return Carried(columns, [entry for entry in lost if entry[2]])


def masters_of(rows: Sequence[Row]) -> dict[bytes, tuple[str, str]]:
    """Shared formulas by number: the cell that has the text, and the text."""
    out = {}
    for row in rows:
        for cell in row.own.values():
            if b"shared" in cell.inner and (f := _FORMULA.search(cell.inner)) and f[2] and (si := _SHARED.search(f[1])):
                out[si[1]] = (f"{column_letters(cell.column)}{row.number}", unescape(f[2].decode()))
    return out


def _formula(cell: Cell, number: int, masters: Mapping[bytes, tuple[str, str]]) -> tuple[str, str] | None:
    """A cell's formula and the cell in which it reads so."""
    found = _FORMULA.search(cell.inner)
    if not found:
        return None
    shared = _SHARED.search(found[1])
    if shared and not found[2]:
        return masters.get(shared[1])
    return f"{column_letters(cell.column)}{number}", unescape((found[2] or b"").decode())


def _translated(formula: str, origin: str, place: str) -> str:
    """The formula as it reads in another cell."""
    if origin == place or not _RELATIVE.search(formula):
        return formula
    return str(Translator("=" + formula, origin=origin).translate_formula(place))[1:]


def moved(cell: Cell | None, old: int, new: int, column: int, p: str, masters: Mapping[bytes, tuple[str, str]]) -> str:
    """The cell in its new row."""
    if cell is None:
        return ""
    place = f"{column_letters(column)}{new}"
    inner = cell.inner.decode()
    formula = _formula(cell, old, masters)
    if formula:
        given = _FORMULA.search(cell.inner)
        assert given
        text = escape(_translated(formula[1], formula[0], place), quote=False)
        array = f' t="array" ref="{place}"' if b"array" in given[1] else ""
        span = slice(*given.span())
        inner = (cell.inner[: span.start] + f"<{p}f{array}>{text}</{p}f>".encode() + cell.inner[span.stop :]).decode()
    return (
        f'<{p}c r="{place}"{cell.given.decode()}>{inner}</{p}c>'
        if inner
        else f'<{p}c r="{place}"{cell.given.decode()}/>'
    )


def _fill(rows: Sequence[Row], column: int, formula: str, masters: Mapping[bytes, tuple[str, str]]) -> Any:
    """What a new row gets: the style of the column's first cell, and its formula where the column has one."""
    cells = [(row.number, row.own[column]) for row in rows if column in row.own]
    style = style_of(cells[0][1]) if cells else None
    look = f' s="{style}"' if style else ""
    every = [_formula(cell, number, masters) for number, cell in cells]
    known = every[0] if every and len(cells) == len(rows) and all(every) else None
    if known is None and formula:
        known = (f"{column_letters(column)}{cells[0][0] if cells else 1}", formula)

    def cell(number: int, p: str) -> str:
        place = f"{column_letters(column)}{number}"
        if known is None:
            return f'<{p}c r="{place}"{look}/>' if look else ""
        text = escape(_translated(known[1], known[0], place), quote=False)
        return f'<{p}c r="{place}"{look}><{p}f>{text}</{p}f></{p}c>'

    return cell


def _text(value: Any, since_1904: bool) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        days = Decimal(int((value - _EPOCH).total_seconds())) / 86_400
        return _same(str(days - (DAYS_TO_1904 if since_1904 else 0)))
    if isinstance(value, date):
        return _same(
            str((datetime(value.year, value.month, value.day) - _EPOCH).days - (DAYS_TO_1904 if since_1904 else 0))
        )
    return _same(str(value))


def _same(text: str) -> str:
    """Numbers in one form, whatever program wrote them; serials of date-times to the second."""
    try:
        number = Decimal(text)
    except InvalidOperation:
        return text
    return str(number.quantize(Decimal("1e-8")).normalize()) if number.is_finite() and abs(number) < 10**15 else text


def _shortest(text: str) -> str:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return text
    return f"{number.normalize():f}" if number.is_finite() else text
