"""The sheets of an .xlsx or .xlsm as grids of text, in bulk.

`scan` goes first (bounds, error values, hidden rows, numbers where text belongs), then fastexcel reads the package that
`rewrap` makes, with every column as text; inferred types would lose text after the first thousand rows.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from functools import cache, partial
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from xltools.catalogue.template import VERSION_SHEET
from xltools.roster.headings import SEARCHED_ROWS
from xltools.roster.problems import FileProblem
from xltools.roster.repeated import Texts
from xltools.sheets.intake import bulk, package
from xltools.sheets.intake.decimals import exact
from xltools.sheets.intake.grid import Grid, IsHeading, version_of
from xltools.sheets.intake.rewrap import wrapped
from xltools.sheets.intake.scan import Scan, scan_part
from xltools.sheets.ooxml.refused import Refused, chinese
from xltools.sheets.ooxml.worksheets import Contents, Worksheet, contents, readable

USUAL_COLUMNS = 40
"""Columns whose numbers the one pass over the sheet lists; a wider sheet is scanned again where it matters."""

if sys.platform == "linux":
    # Arrow's own allocator gives freed memory back at once and pays for every page anew: a tenth of a large file's time.
    pa.set_memory_pool(pa.system_memory_pool())

for _reader in ("calamine", "fastexcel"):  # what they log is for their developers; our problems are the user's
    logging.getLogger(_reader).addHandler(logging.NullHandler())
    logging.getLogger(_reader).propagate = False


@dataclass(frozen=True)
class _Sheets:
    """The sheets of a file that may be loaded: those that a table may stand on, the preferred one first."""

    path: Path
    contents: Contents
    candidates: Sequence[Worksheet]
    version: Worksheet | None
    seen: dict[str, Scan]
    rows: dict[str, dict[int, int]] = field(default_factory=dict)
    """Of sheets with hardly a cell in many: the rows that have any, and their numbers where they are read."""
    known: dict[str, list[Texts]] = field(default_factory=dict)
    """Columns of plain sheets, which the scan has read already."""

    @property
    def all(self) -> list[Worksheet]:
        return [*self.candidates, *([self.version] if self.version else [])]


def begin(
    path: Path, file: package.Opened, wanted: str | None, is_heading: IsHeading, pool: Executor | None
) -> Callable[[], list[Grid]]:
    """The sheets with the headings in two steps (see `grids.begin_grids`); `wanted` is looked at first, if it is visible.

    No sheet is loaded before `scan` has seen it: readers allocate whatever extent a file claims.
    """
    assert file.zipped
    there = contents(file.zipped, file.workbook)
    visible = [s for s in there.sheets if s.visible and s.name != VERSION_SHEET]
    candidates = sorted((s for s in visible if s.part), key=lambda s: s.name != wanted)
    if not visible:
        raise Refused("FILE_EMPTY", "没有可见的工作表")
    if not candidates or (candidates[0].name != wanted and any(s.name == wanted for s in visible)):
        raise Refused("FILE_UNREADABLE", f"工作表“{wanted or visible[0].name}”没有内容")
    version = next((s for s in there.sheets if s.name == VERSION_SHEET and s.part), None)
    problems = list(file.problems)
    sheets = _Sheets(path, there, candidates, version, {})
    for sheet in sheets.all:
        try:
            _scan(file.zipped, sheet, sheets)
        except Refused as why:
            if sheet in (candidates[0], version):
                raise
            problems.append(FileProblem("FILE_SHEET_UNREAD", value=sheet.name, more=chinese(why.detail)))
    sheets = replace(sheets, candidates=[s for s in candidates if s.name in sheets.seen])
    left = [s for s in sheets.all if s.name not in sheets.known]
    odd = [s.name for s in left if sheets.seen[s.name].odd]
    sheets.rows.update({s.name: {} for s in left if sheets.seen[s.name].sparse})
    made = wrapped(file.zipped, there, left, odd, sheets.rows) if left else b""
    load = partial(_loaded, made, sheets, is_heading, file.source)
    loaded = pool.submit(load).result if pool and left else load

    def finish() -> list[Grid]:
        columns, version = loaded()
        return [_grid(sheets, name, found, version, tuple(problems), file.source) for name, found in columns.items()]

    return finish


def _scan(zipped: ZipFile, sheet: Worksheet, sheets: _Sheets) -> None:
    """Fill in what is seen of the sheet and, where it is plain, its columns."""
    assert sheet.part
    kept = bulk.begin(zipped, sheets.contents)
    seen = sheets.seen[sheet.name] = scan_part(zipped, sheet.part, range(USUAL_COLUMNS), kept)
    columns = bulk.columns(zipped, sheets.contents, kept, seen) if kept and not seen.sparse else None
    if columns is not None:
        sheets.known[sheet.name] = columns
    elif kept and kept.any:  # what only the general reader has to know was not looked for in rows that were kept
        sheets.seen[sheet.name] = scan_part(zipped, sheet.part, range(USUAL_COLUMNS))


def _grid(
    sheets: _Sheets,
    name: str,
    columns: list[Texts],
    version: dict[str, str] | None,
    problems: tuple[FileProblem, ...],
    source: Path | bytes,
) -> Grid:
    seen = sheets.seen[name]
    size = len(columns[0]) if columns else 0
    lines = np.arange(1, size + 1)
    if name in sheets.rows and size > SEARCHED_ROWS:
        lines[SEARCHED_ROWS:] = [*sheets.rows[name]]
        order = np.argsort(lines)
        lines, columns = lines[order], [column.take(pa.array(order)) for column in columns]
    return Grid(
        name,
        columns,
        lines,
        seen.errors,
        seen.formulas_without_value,
        seen.hidden_rows.astype(np.int64),
        tuple(seen.merged),
        version,
        problems,
        numbers=lambda column: _numeric(seen, source, name, column),
        date1904=sheets.contents.date1904,
    )


def _reader_of(source: bytes) -> Any:
    import fastexcel

    return fastexcel.read_excel(source)


_Loaded = tuple[dict[str, list[Texts]], dict[str, str] | None]


def _loaded(made: bytes, sheets: _Sheets, is_heading: IsHeading, source: Path | bytes) -> _Loaded:
    """The columns of the sheets with the headings, and the 版本 sheet, from the package `made` for readers.

    What the reader cannot cope with it is given once more, every part written anew. Raises Refused.
    """
    try:
        with readable():
            return _load(made, sheets, is_heading)
    except Refused as fault:
        if fault.code != "FILE_UNREADABLE":
            raise
        with package.zipped(source) as zipped:
            anew = wrapped(zipped, sheets.contents, sheets.all, rows=sheets.rows, careful=True)
        with readable():
            return _load(anew, sheets, is_heading)


def _load(made: bytes, sheets: _Sheets, is_heading: IsHeading) -> _Loaded:
    reader = cache(lambda: _reader_of(made))
    found: dict[str, list[Texts]] = {}
    first: list[Texts] = []
    for sheet in sheets.candidates:
        if first and sheets.seen[sheet.name].value_columns < 2:
            continue  # no table has one column
        columns = sheets.known.get(sheet.name)
        if columns is None:
            columns = _columns(reader(), sheet.name, sheets.seen[sheet.name].value_columns)
            columns = exact(made, sheet.name, columns, sheets.seen[sheet.name], sheets.rows.get(sheet.name, {}))
        first = first or columns
        begins = range(min(SEARCHED_ROWS, len(columns[0]))) if columns else ()
        if is_heading([column[i].as_py() for column in columns] for i in begins):
            found[sheet.name] = columns
    version = None
    if sheets.version:
        pair = sheets.known.get(VERSION_SHEET)
        if pair is None:
            pair = reader().load_sheet(VERSION_SHEET, header_row=None, dtypes="string").to_arrow().columns
        version = version_of(zip(*(column.to_pylist() for column in pair), strict=True))
    return found or {sheets.candidates[0].name: first}, version


def _columns(reader: Any, sheet: str, width: int) -> list[pa.StringArray]:
    """The sheet's columns as text. `width` is how many columns have values."""
    batch = reader.load_sheet_eager(sheet, header_row=None, skip_rows=0, dtypes="string")
    offset = 0 if batch.num_columns == width else _blank_in_front(reader, sheet)
    return [*[pa.nulls(batch.num_rows, pa.string())] * offset, *batch.columns]


def _blank_in_front(reader: Any, sheet: str) -> int:
    """Blank columns left of the table: the reader drops them, and those of formulas without a value as well."""
    columns = reader.load_sheet(sheet, header_row=None, skip_rows=0, n_rows=1, dtypes="string").selected_columns
    return int(columns[0].absolute_index) if columns else 0


def _numeric(seen: Scan, source: Path | bytes, sheet: str, column: int) -> npt.NDArray[np.int64]:
    if column in seen.numeric:
        return seen.numeric[column].astype(np.int64)
    with package.zipped(source) as zipped:
        part = next(s.part for s in contents(zipped).sheets if s.name == sheet)
        assert part
        return scan_part(zipped, part, (column,)).numeric[column].astype(np.int64)
