"""A sheet as a grid of text (表格原样): .xlsx and .xlsm in bulk, .xls and .csv as well.

.xlsx goes through `scan` first (bounds, error values, hidden rows, numbers where text belongs) and then through
fastexcel with every column as text; inferred types would lose text after the first thousand rows.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from xltools.catalogue.template import VERSION_SHEET
from xltools.roster.problems import FileProblem
from xltools.roster.values import is_number, text
from xltools.sheets.intake import package
from xltools.sheets.intake.scan import LARGE, Scan, scan, scan_part
from xltools.sheets.ooxml.refused import Refused
from xltools.sheets.ooxml.worksheets import readable, worksheets

USUAL_COLUMNS = 40
"""Columns whose numbers the one pass over the sheet lists; a wider sheet is scanned again where it matters."""

if sys.platform == "linux":
    # Arrow's own allocator gives freed memory back at once and pays for every page anew: a tenth of a large file's time.
    pa.set_memory_pool(pa.system_memory_pool())

for _reader in ("calamine", "fastexcel"):  # what they log is for their developers; our problems are the user's
    logging.getLogger(_reader).addHandler(logging.NullHandler())
    logging.getLogger(_reader).propagate = False


@dataclass
class Grid:
    """A sheet as text columns of equal length. `lines` are the sheet rows (1-based) of the grid's rows."""

    sheet: str
    columns: list[pa.StringArray]
    lines: npt.NDArray[np.int64]
    errors: list[tuple[int, int, str]] = field(default_factory=list)
    no_value: list[tuple[int, int]] = field(default_factory=list)
    hidden: npt.NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    merged: tuple[str, ...] = ()
    version: dict[str, str] | None = None
    problems: tuple[FileProblem, ...] = ()
    numbers: Callable[[int], npt.NDArray[np.int64]] | None = None
    """Sheet rows of a column (0-based) that hold numbers."""


def begin_grid(path: Path, sheet: str | None, pool: Executor | None = None) -> Callable[[], Grid]:
    """The named sheet, or else the first visible one, of a file whatever its kind, in two steps.

    First all that is checked before values are loaded; then a function that waits for them and gives the grid. In
    between a thread of `pool` loads them, which needs no interpreter lock. Both steps raise Refused.
    """
    with package.opened(path) as file:
        found = file.package
        if found.kind == "zip":
            raise Refused("FILE_NOT_WORKBOOK", "这是压缩包，请先解压")
        if found.kind == "csv":
            return partial(_csv, path)
        if found.kind == "xls":
            return partial(_xls, path, sheet)
        warnings = [FileProblem("FILE_MACROS")] if found.macros else []
        if found.external_links:
            warnings.append(FileProblem("FILE_LINKS"))
        return _xlsx(path, file, sheet, tuple(warnings), pool)


def _csv(path: Path) -> Grid:
    from xltools.sheets.write.csvfile import read_csv

    try:
        chunked, lines = read_csv(path)
    except ValueError as e:
        raise Refused("FILE_UNREADABLE", str(e)) from e
    return Grid("CSV", [contiguous(c) for c in chunked], lines)


def contiguous(column: pa.Array | pa.ChunkedArray) -> pa.StringArray:
    """One contiguous array of strings."""
    chunks = column.chunks if isinstance(column, pa.ChunkedArray) else [column]
    return pa.concat_arrays([pc.cast(c, pa.string()) for c in chunks]) if chunks else pa.array([], pa.string())


def _xlsx(
    path: Path, file: package.Opened, wanted: str | None, problems: tuple[FileProblem, ...], pool: Executor | None
) -> Callable[[], Grid]:
    """No sheet is loaded before `scan` has seen it: the readers allocate whatever extent a file claims."""
    assert file.zipped
    there = {s.name: s for s in worksheets(file.zipped)}
    sheet = wanted if wanted in there else next((n for n, s in there.items() if s.visible), None)
    if sheet is None:
        raise Refused("FILE_EMPTY", "没有可见的工作表")
    part = there[sheet].part
    if part is None:
        raise Refused("FILE_UNREADABLE", f"no part for sheet {sheet!r}")
    version = there.get(VERSION_SHEET)
    if version and version.part is None:
        raise Refused("FILE_UNREADABLE", f"no part for sheet {VERSION_SHEET!r}")
    with _opening(file.source, meanwhile=part.file_size > LARGE) as reader:
        seen = scan_part(file.zipped, part, range(USUAL_COLUMNS))
        if version and version.part:
            scan_part(file.zipped, version.part)
    load = partial(_load, reader, sheet, seen.value_columns, version is not None)
    loaded = pool.submit(load).result if pool else load

    def finish() -> Grid:
        columns, version = loaded()
        return Grid(
            sheet,
            columns,
            np.arange(1, len(columns[0]) + 1 if columns else 1),
            seen.errors,
            seen.formulas_without_value,
            seen.hidden_rows.astype(np.int64),
            tuple(seen.merged),
            version,
            problems,
            numbers=lambda column: _numeric(seen, path, sheet, column),
        )

    return finish


@contextmanager
def _opening(source: Path | bytes, *, meanwhile: bool) -> Iterator[Callable[[], Any]]:
    """The reader of the file, to be asked for when it is needed: it reads the shared strings, but no sheet.

    With `meanwhile` a thread does so while the block runs.
    """
    import fastexcel

    opening = partial(fastexcel.read_excel, source)
    if not meanwhile:
        yield opening
        return
    with ThreadPoolExecutor(1) as thread:
        yield thread.submit(opening).result


def _load(
    opening: Callable[[], Any], sheet: str, width: int, has_version: bool
) -> tuple[list[pa.StringArray], dict[str, str] | None]:
    """The sheet's columns as text, and the 版本 sheet. `width` is how many columns have values."""
    with readable():
        reader = opening()
        batch = reader.load_sheet_eager(sheet, header_row=None, skip_rows=0, dtypes="string")
        offset = 0 if batch.num_columns == width else _blank_in_front(reader, sheet)
    columns = [pa.nulls(batch.num_rows, pa.string())] * offset + batch.columns
    return columns, _version(reader) if has_version else None


def _numeric(seen: Scan, path: Path, sheet: str, column: int) -> npt.NDArray[np.int64]:
    there = seen if column in seen.numeric else scan(path, sheet, (column,))
    return there.numeric[column].astype(np.int64)


def _blank_in_front(reader: Any, sheet: str) -> int:
    """Blank columns left of the table: the reader drops them, and those of formulas without a value as well."""
    columns = reader.load_sheet(sheet, header_row=None, skip_rows=0, n_rows=1, dtypes="string").selected_columns
    return int(columns[0].absolute_index) if columns else 0


def _version(reader: Any) -> dict[str, str]:
    with readable():
        batch = reader.load_sheet(VERSION_SHEET, header_row=None, dtypes="string").to_arrow()
    if batch.num_columns < 2:
        return {}
    pairs = zip(batch.column(0).to_pylist(), batch.column(1).to_pylist(), strict=True)
    return {str(k).strip(): str(v or "").strip() for k, v in pairs if k}


def _xls(path: Path, wanted: str | None) -> Grid:
    import python_calamine

    with readable():
        book = python_calamine.CalamineWorkbook.from_path(path)
        shown = python_calamine.SheetVisibleEnum.Visible, python_calamine.SheetTypeEnum.WorkSheet
        visible = [m.name for m in book.sheets_metadata if (m.visible, m.typ) == shown]
        if not visible:
            raise Refused("FILE_EMPTY", "没有可见的工作表")
        name = wanted if wanted in book.sheet_names else visible[0]
        rows = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
        version = None
        if VERSION_SHEET in book.sheet_names:
            cells = book.get_sheet_by_name(VERSION_SHEET).to_python()
            version = {str(text(r[0])): str(text(r[1])) for r in cells if len(r) > 1 and r[0] != ""}
        errors = _xls_errors(path, name)
    width = max((len(r) for r in rows), default=0)
    columns = [pa.array([text(r[i]) if i < len(r) else "" for r in rows], pa.string()) for i in range(width)]
    return Grid(
        name,
        columns,
        np.arange(1, len(rows) + 1),
        errors,
        version=version,
        problems=(FileProblem("FILE_XLS"),),
        numbers=lambda x: np.array(
            [y for y, r in enumerate(rows, 1) if x < len(r) and is_number(r[x])],
            dtype=np.int64,
        ),
    )


_ERRORS = {
    "Null": "#NULL!", "Div0": "#DIV/0!", "Value": "#VALUE!", "Ref": "#REF!", "Name": "#NAME?", "Num": "#NUM!",
    "NA": "#N/A",
}  # fmt: skip


def _xls_errors(path: Path, sheet: str) -> list[tuple[int, int, str]]:
    """Row (1-based), column (0-based) and text of error values; python-calamine reads them as blank cells."""
    import fastexcel

    loaded = fastexcel.read_excel(path).load_sheet(sheet, header_row=None, skip_rows=0, dtypes="string")
    found = loaded.to_arrow_with_errors()[1] if loaded.width else None
    out = []
    for error in found.errors if found else ():
        if kind := re.search(r"Error\((\w+)\)", error.detail):
            row, column = error.position
            out.append((row + 1, column + loaded.selected_columns[0].absolute_index, _ERRORS.get(kind[1], "#N/A")))
    return out
