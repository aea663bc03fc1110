"""Putting the ledger's tables into an open workbook (推送): looked at as a whole first, then written, 基准 last.

Only cells that changed are written. What a crash leaves is never taken for something typed: a row in which another
firm comes to stand is written whole, rows are added before and taken away after the writing, and 基准 is only written
when everything that it vouches for stands.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from typing import Any

import pyarrow as pa

from xltools.desk.errors import Refusal
from xltools.office.booktables import BASE, Found, formulas, runs
from xltools.roster.letters import column_letters

_CHUNK = 10_000  # rows in one call
_PIECES = 100  # calls for what changed of neighbouring columns
_NEAR = 1e-9  # Excel keeps 15 digits

Step = Callable[[str], None]


@dataclass(frozen=True)
class Change:
    """One table to write: its new rows in the workbook's order of columns, the size that it then has, and the worksheet
    formulas (without `=`) of the columns that have one. `gone` are its rows (from 0) that go with all that staff left on
    them, so that what stands below moves up whole."""

    found: Found
    rows: list[list[object]]
    size: int
    live: Mapping[str, str]
    gone: Sequence[int] = ()


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
            rows = [list(row) for row in zip(*columns, strict=True)]
            out.append(Change(found, rows, size, live, _gone(found, rows)))
    taken = [said for change in out if (said := _in_the_way(change))]
    if taken:
        raise Refusal("；".join(taken))
    return out


def cells(found: Found, table: pa.Table, live: Mapping[str, str]) -> list[list[object]]:
    """An Arrow table's columns in the workbook's order as cells take them, blank where a formula will stand."""
    return [[None] * table.num_rows if h in live else _cells(table[h]) for h in found.headings]


def write(change: Change) -> None:
    """Bring one table up to date."""
    change = _without_gone(change)
    found, size = change.found, change.size
    if size > found.size:
        _resized(found, size)
    _format(found, size)
    width = len(found.headings)
    blank: list[object] = [None] * width
    rows = change.rows + [blank] * (max(size, found.taken) - len(change.rows))
    formulas_in = [h in change.live for h in found.headings]
    moved = _moved(found, rows)
    for left, right, computed in runs(formulas_in):
        if computed:
            for x in range(left, right):
                there = found.headings[x] in found.computed and bool(change.rows)
                start = found.size if there else 0
                if start < size:
                    text = f"={change.live[found.headings[x]]}" if change.rows else ""
                    found.range(start, size, x, x + 1).formula = text
        else:
            for top, bottom, first, behind in _blocks(found, rows, moved, left, right):
                for start in range(top, bottom, _CHUNK):
                    stop = min(start + _CHUNK, bottom)
                    found.range(start, stop, first, behind).value = [row[first:behind] for row in rows[start:stop]]
    if size < found.taken:
        for left, right, computed in runs(formulas_in):
            if computed:
                found.range(size, found.taken, left, right).value = [[None] * (right - left)] * (found.taken - size)
        _resized(found, size)
    _fit(change)


def _gone(found: Found, rows: list[list[object]]) -> list[int]:
    """Rows of the table, by their key, that the new ones do not have; none where they all do, or nothing tells rows
    apart, or one stands elsewhere now: then rows are written over, not moved."""
    of = found.spec
    keys = of.key or tuple(c.heading for c in of.columns if not c.formula)
    if of.hidden or of.ordered or of.in_order or not set(keys) <= set(found.headings):
        return []
    at = [found.headings.index(h) for h in keys]
    was = [tuple(_plain(r[x]) for x in at) for r in found.rows]
    now = [tuple(_plain(r[x]) for x in at) for r in rows]
    if len(set(was)) < len(was) or len(set(now)) < len(now):
        return []
    new = set(now)
    out = [y for y, key in enumerate(was) if key not in new]
    kept = [key for key in was if key in new]
    return out if kept == now[: len(kept)] else []


def _plain(value: object) -> object:
    return "" if value is None else float(value) if isinstance(value, int | float) else value


def _without_gone(change: Change) -> Change:
    """Take rows away whole, from the last one on; beside another table only as wide as this one."""
    found, gone = change.found, list(change.gone)[: max(change.found.size - 1, 0)]
    if not gone:
        return change
    tops = found.first_row, found.first_row + found.size - 1
    others = [t.range for t in found.sheet.tables if t.name != found.table.name]
    whole = not any(r.row <= tops[1] and r.row + r.shape[0] - 1 >= tops[0] for r in others)
    for y in reversed(gone):
        row = found.first_row + y
        (found.sheet.range(f"{row}:{row}") if whole else found.range(y, y + 1)).delete("up")
    left = set(gone)
    rows = [r for y, r in enumerate(found.rows) if y not in left]
    return replace(change, found=replace(found, rows=rows, size=found.size - len(gone)), gone=())


def _resized(found: Found, size: int) -> None:
    """The table at another size, its filter as it is where the program allows it."""
    try:
        found.table.resize(found.range(-1, size))
    except Exception:  # a program that resizes no table while rows are filtered
        _unfiltered(found)
        found.table.resize(found.range(-1, size))


def _moved(found: Found, rows: list[list[object]]) -> list[bool]:
    """Rows in which something else stands than before, by their key: they are written whole, or a pull might take one
    firm's cells for another's should the program die in between."""
    keys = found.spec.key or found.headings
    at = [x for x, h in enumerate(found.headings) if h in keys]
    was = found.rows
    return [
        y >= len(was) or not all(_equal(was[y][x], row[x]) for x in at) for y, row in enumerate(rows)
    ]  # fmt: skip


def _blocks(
    found: Found, rows: list[list[object]], moved: list[bool], left: int, right: int
) -> list[tuple[int, int, int, int]]:
    """What of the columns `left` to before `right` has to be written: rows from, to before, columns from, to before.

    Where it would be many small pieces, all of it is written at once, and so are values in place of formulas.
    """
    values = {x for x, h in enumerate(found.headings) if h in found.computed}
    out: list[tuple[int, int, int, int]] = []
    for y, row in enumerate(rows):
        was = found.rows[y] if y < len(found.rows) else None
        if was is None or moved[y]:
            first, behind = left, right
        else:
            other = [x for x in range(left, right) if x in values or not _equal(was[x], row[x])]
            if not other:
                continue
            first, behind = other[0], other[-1] + 1
        if out and out[-1][1] == y and out[-1][2:] == (first, behind):
            out[-1] = (out[-1][0], y + 1, first, behind)
        else:
            out.append((y, y + 1, first, behind))
    return out if len(out) <= _PIECES else [(0, len(rows), left, right)]


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
