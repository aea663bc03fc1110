"""Reading tables that people filled in: .xlsx and .xlsm in bulk, .xls and .csv as well, into `Cells`.

.xlsx goes through `scan` first (bounds, error values, hidden rows, numbers where text belongs) and then through
fastexcel with every column as text; inferred types would lose text after the first thousand rows.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from xltools.roster import headings
from xltools.roster.cells import Cells
from xltools.roster.columns import Column, catalogue
from xltools.roster.problems import FileProblem, FileRefused, Mask
from xltools.scheme import Scheme
from xltools.sheets import package, parts
from xltools.sheets.names import ROSTER_SHEET, VERSION_KEYS, VERSION_SHEET
from xltools.sheets.refused import Refused
from xltools.sheets.scan import Scan, scan, sheet_part

BLANK = r"^[\s\x{a0}\x{3000}\x{200b}-\x{200f}\x{feff}]*$"
"""RE2 pattern of a cell that only looks filled."""

USUAL_COLUMNS = 64
"""Columns whose numbers the one pass over the sheet lists; a wider sheet is scanned again where it matters."""


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


def read_roster(path: Path, scheme: Scheme, name: str | None = None) -> Cells:
    """A district's roster. `name` is what to call the file. Raises FileRefused with every reason found.

    A 版本 sheet that names another scheme is a reason; a roster without one is taken.
    """
    cells = read_table(path, catalogue(scheme), sheet=ROSTER_SHEET, name=name)
    said = (cells.version or {}).get(VERSION_KEYS[1], scheme.id)
    if said != scheme.id:
        raise FileRefused([FileProblem("FILE_WRONG_SCHEME", more=f"表上是 {said or '空白'}，本平台是 {scheme.id}")])
    return cells


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
    try:
        grid = _grid(path, sheet)
    except Refused as e:
        raise FileRefused([FileProblem(e.code, more=e.detail)]) from e
    return _cells(grid, columns, name or path.name)


def _grid(path: Path, sheet: str | None) -> Grid:
    found = package.examine(path)
    if found.kind == "zip":
        raise Refused("FILE_NOT_WORKBOOK", "这是压缩包，请先解压")
    if found.kind == "csv":
        return _csv(path)
    if found.kind == "xls":
        return _xls(path, sheet)
    grid = _xlsx(path, sheet)
    warnings = []
    if found.macros:
        warnings.append(FileProblem("FILE_MACROS"))
    if found.external_links:
        warnings.append(FileProblem("FILE_LINKS"))
    return replace(grid, problems=tuple(warnings))


def _csv(path: Path) -> Grid:
    from xltools.sheets.csvfile import read_csv

    try:
        chunked, lines = read_csv(path)
    except ValueError as e:
        raise Refused("FILE_UNREADABLE", str(e)) from e
    return Grid("CSV", [_one(c) for c in chunked], lines)


def _one(column: pa.Array | pa.ChunkedArray) -> pa.StringArray:
    """One contiguous array of strings."""
    chunks = column.chunks if isinstance(column, pa.ChunkedArray) else [column]
    return pa.concat_arrays([pc.cast(c, pa.string()) for c in chunks]) if chunks else pa.array([], pa.string())


def _xlsx(path: Path, wanted: str | None) -> Grid:
    import fastexcel

    try:
        reader = fastexcel.read_excel(path)
        names = reader.sheet_names
        sheet = wanted if wanted in names else _first_visible(path, reader)
        seen = scan(path, sheet, range(USUAL_COLUMNS))
        batch = reader.load_sheet_eager(sheet, header_row=None, skip_rows=0, dtypes="string")
        offset = 0 if batch.num_columns == seen.value_columns else _blank_in_front(reader, sheet)
        version = _version(reader) if VERSION_SHEET in names else None
    except (fastexcel.FastExcelError, pa.ArrowInvalid) as e:
        raise Refused("FILE_UNREADABLE", _brief(e)) from e
    rows = batch.num_rows
    columns = [pa.nulls(rows, pa.string())] * offset + [pc.cast(c, pa.string()) for c in batch.columns]
    return Grid(
        sheet,
        columns,
        np.arange(1, rows + 1),
        seen.errors,
        seen.formulas_without_value,
        seen.hidden_rows.astype(np.int64),
        tuple(seen.merged),
        version,
        numbers=lambda column: _numeric(seen, path, sheet, column),
    )


def _numeric(seen: Scan, path: Path, sheet: str, column: int) -> npt.NDArray[np.int64]:
    there = seen if column in seen.numeric else scan(path, sheet, (column,))
    return there.numeric[column].astype(np.int64)


def _blank_in_front(reader: Any, sheet: str) -> int:
    """Blank columns left of the table: the reader drops them, and those of formulas without a value as well."""
    columns = reader.load_sheet(sheet, header_row=None, skip_rows=0, n_rows=1, dtypes="string").selected_columns
    return int(columns[0].absolute_index) if columns else 0


def _first_visible(path: Path, reader: Any) -> str:
    """The first visible worksheet; a chart on a sheet of its own is none."""
    with parts.open_zip(path) as package:
        for name in reader.sheet_names:
            shown = reader.load_sheet(name, header_row=None, n_rows=1, dtypes="string").visible == "visible"
            if shown and "chartsheet" not in sheet_part(package, name).filename.lower():
                return str(name)
    raise Refused("FILE_EMPTY", "没有可见的工作表")


def _version(reader: Any) -> dict[str, str]:
    batch = reader.load_sheet(VERSION_SHEET, header_row=None, dtypes="string").to_arrow()
    if batch.num_columns < 2:
        return {}
    pairs = zip(batch.column(0).to_pylist(), batch.column(1).to_pylist(), strict=True)
    return {str(k).strip(): str(v or "").strip() for k, v in pairs if k}


def _xls(path: Path, wanted: str | None) -> Grid:
    import fastexcel
    import python_calamine

    try:
        book = python_calamine.CalamineWorkbook.from_path(path)
        visible = [
            m.name
            for m in book.sheets_metadata
            if m.visible == python_calamine.SheetVisibleEnum.Visible and m.typ == python_calamine.SheetTypeEnum.WorkSheet
        ]
        if not visible:
            raise Refused("FILE_EMPTY", "没有可见的工作表")
        name = wanted if wanted in book.sheet_names else visible[0]
        rows = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
        version = None
        if VERSION_SHEET in book.sheet_names:
            cells = book.get_sheet_by_name(VERSION_SHEET).to_python()
            version = {_text(r[0]): _text(r[1]) for r in cells if len(r) > 1 and r[0] != ""}
        errors = _xls_errors(path, name)
    except (python_calamine.CalamineError, fastexcel.FastExcelError, pa.ArrowInvalid, OSError, ValueError) as e:
        raise Refused("FILE_UNREADABLE", _brief(e)) from e
    width = max((len(r) for r in rows), default=0)
    columns = [pa.array([_text(r[i]) if i < len(r) else "" for r in rows], pa.string()) for i in range(width)]
    return Grid(
        name,
        columns,
        np.arange(1, len(rows) + 1),
        errors,
        version=version,
        problems=(FileProblem("FILE_XLS"),),
        numbers=lambda x: np.array(
            [y for y, r in enumerate(rows, 1) if x < len(r) and isinstance(r[x], int | float) and not isinstance(r[x], bool)],
            dtype=np.int64,
        ),
    )


for _reader in ("calamine", "fastexcel"):  # what they log is for their developers; our problems are the user's
    logging.getLogger(_reader).addHandler(logging.NullHandler())
    logging.getLogger(_reader).propagate = False

ERRORS = pa.array(
    [
        "#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A", "#GETTING_DATA", "#SPILL!", "#CALC!",
        "#FIELD!", "#BLOCKED!", "#CONNECT!", "#UNKNOWN!", "#BUSY!",
    ]
)  # fmt: skip
"""Excel's error values."""

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


def _text(value: object) -> str:
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e21:
        return str(int(value))
    return str(value)


def _brief(error: Exception) -> str:
    return str(error).splitlines()[0][:120] if str(error) else type(error).__name__


def _cells(grid: Grid, columns: Sequence[Column], file: str) -> Cells:
    errors_at: dict[int, list[tuple[int, str]]] = {}
    for row, column, text in grid.errors:
        errors_at.setdefault(column, []).append((row, text))
    head = [[(c[i].as_py() or "") for c in grid.columns] for i in range(min(headings.SEARCHED_ROWS, len(grid.lines)))]
    if not head:
        raise FileRefused([FileProblem("FILE_EMPTY", more=f"工作表“{grid.sheet}”是空的")])
    found = headings.find(head, columns)
    start = found.row
    lines = grid.lines[start:]
    picked = {f: _one(grid.columns[x].slice(start)) for f, x in found.places.items()}
    for name, x in found.places.items():
        if x in errors_at:
            picked[name] = _with_errors(picked[name], errors_at[x], lines)
    kinds = {c.field: c for c in columns}
    filled = np.zeros(len(lines), dtype=bool)
    for name, column in picked.items():
        if kinds[name].kind not in ("serial", "check") and not filled.all():
            filled |= ~np.asarray(pc.fill_null(pc.match_substring_regex(column, BLANK), True))
    wanted = {x: name for name, x in found.places.items() if kinds[name].kind != "check"}
    judged = {x: name for x, name in wanted.items() if kinds[name].kind != "serial"}
    _mark(filled, lines, [row for row, x in grid.no_value if x in judged])
    if not filled.any():
        raise FileRefused([FileProblem("FILE_EMPTY", more="表头下面没有企业")])
    rows = lines[filled]
    if len(rows) < len(lines):
        keep = pa.array(filled)
        picked = {f: c.filter(keep) for f, c in picked.items()}
    first, last = int(rows[0]), int(rows[-1])
    return Cells(
        file,
        grid.sheet,
        picked,
        found.places,
        found.units,
        rows,
        _line(grid, found.row),
        _error_rows(picked, wanted.values()),
        _by_field(grid.no_value, judged, rows),
        np.isin(rows, grid.hidden) if grid.hidden.size else None,
        tuple(m for m in grid.merged if _touches(m, first, last)),
        (*grid.problems, *found.problems),
        grid.version,
        _is_number(grid, found.places, rows),
    )


def _line(grid: Grid, place: int) -> int:
    return int(grid.lines[place - 1])


def _with_errors(column: pa.StringArray, errors: list[tuple[int, str]], lines: npt.NDArray[np.int64]) -> pa.StringArray:
    """The column with the text of its error values in their cells, where the reader left nothing."""
    at = {row: text for row, text in errors}
    where = np.isin(lines, np.array(list(at), dtype=np.int64))
    texts = [at[row] for row in lines[where].tolist()]
    return pc.replace_with_mask(column, pa.array(where), pa.array(texts, pa.string()))


def _error_rows(picked: dict[str, pa.StringArray], names: Iterable[str]) -> dict[str, list[int]]:
    """By field the rows with an error value, be it Excel's own or its text, as .csv files and pasted values have it."""
    out: dict[str, list[int]] = {}
    for name in names:
        where = np.flatnonzero(np.asarray(pc.is_in(picked[name], value_set=ERRORS)))
        if where.size:
            out[name] = where.tolist()
    return out


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
    return bool(found) and int(found[1]) <= last and int(found[2] or found[1]) >= first


def _is_number(grid: Grid, places: dict[str, int], rows: npt.NDArray[np.int64]) -> Callable[[str], Mask] | None:
    numbers = grid.numbers
    if numbers is None:
        return None
    known: dict[str, Mask] = {}

    def ask(name: str) -> Mask:
        if name not in known:
            known[name] = np.isin(rows, numbers(places[name])) if name in places else np.zeros(len(rows), dtype=bool)
        return known[name]

    return ask
