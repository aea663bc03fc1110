"""Putting the ledger's tables into an open workbook (推送): looked at as a whole first, then written, 基准 last.

What a crash leaves is never taken for something typed: rows that a pull reads are always written whole, rows are added
before and taken away after the writing, and 基准 is only written when everything that it vouches for stands.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

import pyarrow as pa

from xltools.desk.errors import Refusal
from xltools.office.booktables import BASE, Found, formulas, runs
from xltools.roster.letters import column_letters

_CHUNK = 10_000  # rows in one call
_NEAR = 1e-9  # Excel keeps 15 digits

Step = Callable[[str], None]


@dataclass(frozen=True)
class Change:
    """One table to write: its new rows in the workbook's order of columns, the size that it then has, and the worksheet
    formulas (without `=`) of the columns that have one."""

    found: Found
    rows: list[list[object]]
    size: int
    live: Mapping[str, str]


def changes(tables: Mapping[str, Found], contents: Mapping[str, pa.Table], formula: Mapping[str, str]) -> list[Change]:
    """The tables that differ from what they should show, 基准 last. `formula`: worksheet formulas by the catalogue's
    names; where one is "" the column shows values.

    Raises Refusal where a table would grow over somebody's cells; nothing has been written then.
    """
    out = []
    for name, found in sorted(tables.items(), key=lambda item: item[0] == BASE):
        size = max(1, contents[name].num_rows, found.size if found.spec.grows else 0)
        live = {c.heading: text for c in found.spec.columns if (text := formula.get(c.formula, ""))}
        columns = cells(found, contents[name], live)
        if size != found.size or not _same(found, columns, contents[name].num_rows, live):
            out.append(Change(found, [list(row) for row in zip(*columns, strict=True)], size, live))
    taken = [said for change in out if (said := _in_the_way(change))]
    if taken:
        raise Refusal("；".join(taken))
    return out


def cells(found: Found, table: pa.Table, live: Mapping[str, str]) -> list[list[object]]:
    """An Arrow table's columns in the workbook's order as cells take them, blank where a formula will stand."""
    return [[None] * table.num_rows if h in live else _cells(table[h]) for h in found.headings]


def write(change: Change) -> None:
    """Bring one table up to date."""
    found, size = change.found, change.size
    _unfiltered(found)
    if size > found.size:
        found.table.resize(found.range(-1, size))
    _format(found, size)
    width = len(found.headings)
    rows = change.rows + [[None] * width for _ in range(max(size, found.taken) - len(change.rows))]
    formulas_in = [h in change.live for h in found.headings]
    for left, right, computed in runs(formulas_in):
        if computed:
            for x in range(left, right):
                found.range(0, size, x, x + 1).formula = f"={change.live[found.headings[x]]}" if change.rows else ""
        else:
            part = rows if right - left == width else [row[left:right] for row in rows]
            for start in range(0, len(part), _CHUNK):
                stop = min(start + _CHUNK, len(part))
                found.range(start, stop, left, right).value = part[start:stop]
    if size < found.taken:
        for left, right, computed in runs(formulas_in):
            if computed:
                found.range(size, found.taken, left, right).value = [[None] * (right - left)] * (found.taken - size)
        found.table.resize(found.range(-1, size))
    _fit(change)


def _fit(change: Change) -> None:
    """Rows whose text changed get the height that its lines take, in one call; where nothing is wrapped, none does."""
    found = change.found
    columns = {c.heading: c for c in found.spec.columns}
    texts = [x for x, h in enumerate(found.headings) if columns[h].kind == "text"]
    with suppress(Exception):  # for the eye alone: what is written counts
        if any(found.range(0, 1, x, x + 1).wrap_text for x in texts):
            start, stop = _new(change)
            if start < stop:
                found.range(start, stop).rows.autofit()


def _new(change: Change) -> tuple[int, int]:
    """The first row that is not what it was, and one behind the last; formulas do not count."""
    was, rows = change.found.rows, change.rows
    own = [x for x, h in enumerate(change.found.headings) if h not in change.live]
    both = min(len(was), len(rows))
    other = [y for y in range(both) if not all(_equal(was[y][x], rows[y][x]) for x in own)]
    other += range(both, max(len(was), len(rows)))
    return (other[0], other[-1] + 1) if other else (0, 0)


def _format(found: Found, size: int) -> None:
    """Text stays text ("0012" put into any other cell becomes 12), but a formula put into a text cell would be text too;
    new rows get the number formats of the first."""
    columns = {c.heading: c for c in found.spec.columns}
    texts = [columns[h].kind == "text" and ("General" if columns[h].formula else "@") for h in found.headings]
    for left, right, wanted in runs(texts):
        if wanted:
            cells = found.range(0, size, left, right)
            if cells.number_format != wanted:
                cells.number_format = wanted
        elif 0 < found.size < size:
            for x in range(left, right):
                found.range(found.size, size, x, x + 1).number_format = found.range(0, 1, x, x + 1).number_format


def _in_the_way(change: Change) -> str:
    found = change.found
    if change.size <= found.taken:
        return ""
    for y, row in enumerate(formulas(found.range(found.taken, change.size))):
        for x, text in enumerate(row):
            if text:
                cell = f"{column_letters(found.first_column + x)}{found.first_row + found.taken + y}"
                return (
                    f"工作表“{found.sheet.name}”的表“{found.spec.name}”要增加到 {change.size} 行，"
                    f"但表下面 {cell} 起有别的内容；请把它移到别处，再{{sync}}"
                )
    return ""


def _same(found: Found, columns: list[list[object]], height: int, live: Mapping[str, str]) -> bool:
    """Whether the table shows these columns already, every formula in its place, and none where a value belongs."""
    computed = {c.heading for c in found.spec.columns if c.formula}
    if (computed - live.keys()) & found.computed:
        return False
    computed &= live.keys()
    if not height or height != len(found.rows):
        return height == len(found.rows)
    if not computed <= found.computed:
        return False
    for there, wanted, heading in zip(zip(*found.rows, strict=True), columns, found.headings, strict=True):
        if heading not in computed and list(there) != wanted and not all(map(_equal, there, wanted)):
            return False
    return True


def _equal(a: object, b: object) -> bool:
    if a in ("", None) or b in ("", None):
        return a in ("", None) and b in ("", None)
    if isinstance(a, float | int) and isinstance(b, float | int):
        return abs(a - b) <= _NEAR * max(1.0, abs(b))
    if isinstance(a, datetime) and isinstance(b, datetime):
        return abs((a - b).total_seconds()) < 0.5
    return a == b


def _cells(column: pa.ChunkedArray) -> list[object]:
    given = column.to_pylist()
    if pa.types.is_decimal(column.type) or pa.types.is_integer(column.type):
        return [None if v is None else float(v) for v in given]
    if pa.types.is_date(column.type):
        return [datetime.combine(v, time()) if isinstance(v, date) else v for v in given]
    return [v or None for v in given] if pa.types.is_string(column.type) else given


def _unfiltered(found: Found) -> None:
    """Show every row: a filter that stays on would hide what has moved under it."""
    with suppress(NotImplementedError, AttributeError):  # an engine of xlwings that knows no filters sets none
        shown: Any = found.table.show_autofilter
        if shown:
            found.table.show_autofilter = False
            found.table.show_autofilter = True
