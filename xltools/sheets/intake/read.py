"""Reading tables that people filled in: from a grid of text to `Cells` under headings."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from xltools.catalogue.columns import Column, roster_columns
from xltools.catalogue.template import ROSTER_SHEET, VERSION_KEYS
from xltools.roster import asides, headings
from xltools.roster.cells import Cells, unread_field
from xltools.roster.problems import FileProblem, FileRefused, Mask
from xltools.roster.repeated import Texts, spread
from xltools.roster.text import visible
from xltools.scheme import Scheme
from xltools.sheets.intake.grid import Grid
from xltools.sheets.intake.grids import begin_grids
from xltools.sheets.ooxml.refused import Refused, chinese

EPOCHS_APART = 1462
"""Days from 1899-12-31 to 1904-01-01, as Excel counts them."""


def read_roster(path: Path, scheme: Scheme, name: str | None = None) -> Cells:
    """A district's roster. `name` is what to call the file. Raises FileRefused with every reason found.

    A 版本 sheet that names another scheme is a reason; a roster without one is taken.
    """
    return begin_roster(path, scheme, name)()


def begin_roster(
    path: Path, scheme: Scheme, name: str | None = None, pool: Executor | None = None
) -> Callable[[], Cells]:
    """The same in two steps, for many files: while `pool` loads one, the next can be begun (see `begin_grid`)."""
    columns = roster_columns(scheme)
    grids = _begin(path, columns, ROSTER_SHEET, pool)

    def finish() -> Cells:
        first, *others = grids()
        cells = _only(first, others, columns, name or path.name)
        said = (cells.version or {}).get(VERSION_KEYS[1], scheme.id)
        if said != scheme.id:
            raise FileRefused([FileProblem("FILE_WRONG_SCHEME", more=f"表上是 {said or '空白'}，本平台是 {scheme.id}")])
        return cells

    return finish


def read_table(
    path: Path,
    columns: Sequence[Column],
    *,
    sheet: str | None = None,
    name: str | None = None,
) -> Cells:
    """A table under headings, on the named sheet or else the first visible one.

    A row counts if any cell that people fill in, other than 序号, is filled. Raises FileRefused.
    """
    first, *_ = _begin(path, columns, sheet, None)()
    return cells_of(first, columns, name or path.name)


def _begin(path: Path, columns: Sequence[Column], sheet: str | None, pool: Executor | None) -> Callable[[], list[Grid]]:
    """The sheets with these headings, the named one first. Raises FileRefused in both steps."""
    with refusals():
        grids = begin_grids(path, sheet, lambda rows: headings.place(rows, columns) > 0, pool)

    def finish() -> list[Grid]:
        with refusals():
            return grids()

    return finish


def _only(grid: Grid, others: Sequence[Grid], columns: Sequence[Column], file: str) -> Cells:
    """The rows of the sheet that is read; rows on another visible sheet are never left behind. Raises FileRefused."""
    rows = [(other.sheet, lines) for other in others if (lines := _rows_of(other, columns)).size]
    told = "、".join(f"“{sheet}”第 {lines[0]} 至 {lines[-1]} 行（{lines.size} 行）" for sheet, lines in rows)
    unread = [FileProblem("FILE_OTHER_SHEETS", value=grid.sheet, more=told)] if rows else []
    try:
        cells = cells_of(grid, columns, file)
    except FileRefused as why:
        raise FileRefused([*why.problems, *unread]) from why
    if unread:
        raise FileRefused(unread)
    return cells


def _rows_of(grid: Grid, columns: Sequence[Column]) -> npt.NDArray[np.int64]:
    """The sheet rows that would be read; all that are not blank where its headings are wrong."""
    try:
        return cells_of(grid, columns, "").rows
    except FileRefused as why:
        if any(p.code == "FILE_EMPTY" for p in why.problems):
            return grid.lines[:0]
    start = headings.place(grid.rows(), columns)
    filled = np.zeros(len(grid.lines) - start, dtype=bool)
    for column in grid.columns:
        filled |= visible(column[start:])
    return grid.lines[start:][filled]


@contextmanager
def refusals() -> Iterator[None]:
    """What is refused becomes FileRefused, a file that needs more memory than there is among them."""
    try:
        yield
    except Refused as e:
        raise FileRefused([FileProblem(e.code, more=chinese(e.detail))]) from e
    except MemoryError as e:
        raise FileRefused([FileProblem("FILE_BOMB", more="本机内存不够")]) from e


def cells_of(grid: Grid, columns: Sequence[Column], file: str, *, all_columns: bool = False) -> Cells:
    """With `all_columns` those under headings that nobody knows as well, and every cell with its own text."""
    errors_at: dict[int, list[tuple[int, str]]] = {}
    for row, column, text in grid.errors:
        errors_at.setdefault(column, []).append((row, text))
    if not grid.columns or not grid.lines.size:
        raise FileRefused([FileProblem("FILE_EMPTY", more=f"工作表“{grid.sheet}”是空的")])
    found = headings.find(grid.rows(), columns)
    start = found.row
    lines = grid.lines[start:]
    below = [(spread(column) if all_columns else column)[start:] for column in grid.columns]
    picked = {f: below[x] for f, x in found.places.items()}
    for name, x in found.places.items():
        if x in errors_at:
            picked[name] = _with_errors(picked[name], errors_at[x], lines)
    kinds = {c.field: c for c in columns}
    if grid.date1904:
        days = [name for name in picked if kinds[name].kind in ("date", "datetime")]
        picked |= {name: _since_1900(picked[name]) for name in days}
    filled = np.zeros(len(lines), dtype=bool)
    for name, column in picked.items():
        if filled.all():
            break
        if kinds[name].kind not in ("serial", "check"):
            filled |= visible(column)
    wanted = {x: name for name, x in found.places.items() if kinds[name].kind != "check"}
    judged = {x: name for x, name in wanted.items() if kinds[name].kind != "serial"}
    _mark(filled, lines, [row for row, x in grid.no_value if x in judged])
    own = {x: kinds[name] for name, x in found.places.items()}
    beside = asides.found(below, own, filled)
    passed = (asides.said(below, own, beside, lines.tolist()),) if beside.any() else ()
    filled &= ~beside
    if not filled.any():
        raise FileRefused([FileProblem("FILE_EMPTY", more="表头下面没有" + ("数据" if all_columns else "企业"))])
    rows = lines[filled]
    if len(rows) < len(lines):
        keep = pa.array(filled)
        picked = {f: c.filter(keep) for f, c in picked.items()}
    first, last = int(rows[0]), int(rows[-1])
    places, unread = dict(found.places), {}
    if all_columns:
        every, keep = len(rows) == len(lines), pa.array(filled)
        unread = {h: below[x] if every else below[x].filter(keep) for x, h in found.unknown.items()}
        places |= {unread_field(h): x for x, h in found.unknown.items()}
    return Cells(
        file,
        grid.sheet,
        picked,
        places,
        found.units,
        rows,
        _line(grid, found.row),
        _by_field(grid.no_value, judged, rows),
        _by_field([(row, column) for row, column, _ in grid.errors], wanted, rows),
        np.isin(rows, grid.hidden) if grid.hidden.size else None,
        tuple(m for m in grid.merged if _touches(m, first, last)),
        (*grid.problems, *found.problems, *passed),
        grid.version,
        _is_number(grid, found.places, rows),
        unread,
    )


def _line(grid: Grid, place: int) -> int:
    return int(grid.lines[place - 1])


def _with_errors(column: Texts, errors: list[tuple[int, str]], lines: npt.NDArray[np.int64]) -> pa.StringArray:
    """The column with the text of its error values in their cells, where the reader left nothing."""
    at = dict(errors)
    where = np.isin(lines, np.array(list(at), dtype=np.int64))
    texts = [at[row] for row in lines[where].tolist()]
    return pc.replace_with_mask(spread(column), pa.array(where), pa.array(texts, pa.string()))


def _since_1900(column: pa.StringArray) -> pa.StringArray:
    """Numbers of days since 1904 as those since 1900 that the date's other readers count; all else as it is."""
    bare = np.asarray(pc.fill_null(pc.match_substring_regex(column, r"^\s*\d{5}(?:\.\d+)?\s*$"), False))
    if not bare.any():
        return column
    days = pc.cast(pc.utf8_trim_whitespace(column.filter(pa.array(bare))), pa.float64())
    return pc.replace_with_mask(column, pa.array(bare), pc.cast(pc.add(days, EPOCHS_APART), pa.string()))


def _mark(filled: Mask, lines: npt.NDArray[np.int64], rows: list[int]) -> None:
    if rows:
        filled |= np.isin(lines, np.array(rows, dtype=np.int64))


def _by_field(
    places: list[tuple[int, int]], wanted: dict[int, str], rows: npt.NDArray[np.int64]
) -> dict[str, list[int]]:
    out: dict[str, list[int]] = {}
    if places:
        index = {row: i for i, row in enumerate(rows.tolist())}
        for row, x in places:
            if x in wanted and row in index:
                out.setdefault(wanted[x], []).append(index[row])
    return out


def _touches(area: str, first: int, last: int) -> bool:
    """Whether a merged range reaches into the data rows."""
    found = re.fullmatch(r"\$?[A-Z]{1,3}\$?(\d{1,7})(?::\$?[A-Z]{1,3}\$?(\d{1,7}))?", area)
    return found is not None and int(found[1]) <= last and int(found[2] or found[1]) >= first


def _is_number(grid: Grid, places: Mapping[str, int], rows: npt.NDArray[np.int64]) -> Callable[[str], Mask] | None:
    numbers = grid.numbers
    if numbers is None:
        return None
    known: dict[str, Mask] = {}

    def ask(name: str) -> Mask:
        if name not in known:
            first, last = int(rows[0]), int(rows[-1])
            at = numbers(places[name]) if name in places else rows[:0]
            there = np.zeros(max(last, int(at.max(initial=0))) + 1, dtype=bool)
            there[at] = True
            known[name] = there[first : last + 1] if last - first < len(rows) else there[rows]
        return known[name]

    return ask
