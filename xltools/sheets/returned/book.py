"""Returned files (退回文件): the district's own file with its bad cells marked, or our template filled in its place."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import python_calamine
from openpyxl import Workbook
from openpyxl.utils.cell import coordinate_to_tuple
from openpyxl.worksheet.worksheet import Worksheet

from xltools import files
from xltools.catalogue.columns import roster_columns
from xltools.catalogue.template import HEADING_ROW, ROSTER_SHEET, VERSION_SHEET
from xltools.catalogue.words import exact
from xltools.roster.cells import Roster
from xltools.roster.letters import column_letters
from xltools.roster.problems import Placed
from xltools.scheme import Scheme
from xltools.sheets.district import template
from xltools.sheets.intake import package
from xltools.sheets.returned import earlier, errorcolumn, lossless, markup, problemsheet

Rows = Mapping[int, Mapping[str, object]]
"""Sheet row (1-based) of the original -> field -> value."""

_REBUILT = "原文件不能直接标注（旧格式、带宏，或含图片、控件等），已把内容填入本年度模板；原文件附在旁边，没有改动。"
_EMPTY = "原文件读不出内容，附上一份空白模板；原文件附在旁边，没有改动。"
_MOVED = "行的位置有变，说明中提到的“第几行”指原文件的行。"
_GAPS = 1_000  # blank rows that a rebuilt file keeps so that its rows stand where they stood


@dataclass(frozen=True)
class _Work:
    """What is to be marked in a workbook, as :func:`write_returned` gets it; `lines` are told beside it."""

    scheme: Scheme
    sheet: str
    heading_row: int
    columns: Mapping[str, int]
    placed: Sequence[Placed]
    district: str
    next_round: int
    lines: Sequence[str] = ()


def write_returned(
    original: Path,
    target: Path,
    *,
    scheme: Scheme,
    sheet: str,
    heading_row: int,
    columns: Mapping[str, int],
    placed: Sequence[Placed],
    district: str,
    next_round: int,
    rows: Rows,
) -> Literal["marked", "rebuilt"]:
    """Write the file that goes back to a district, whole or not at all; `original` is only read.

    marked: a copy of the original with bad cells red or amber and a note each, one 错误信息 column, a 问题 sheet
    and the next round (轮次) in the hidden 版本 sheet; marks of an earlier round are gone, all else is as it was.
    rebuilt: where the original is no plain .xlsx or openpyxl would lose part of it, our template with `rows`
    (:func:`rows_of`), marked the same way. Rows keep their row numbers where the template has room for that.

    `heading_row` is 1-based (0: the sheet has no headings, nothing but cells of problems are marked), `columns`
    field -> 0-based column. A file that is refused has `sheet` "" (the one that a reader would take) and `next_round`
    0: its round stays as it is, so that it can be mended and sent again. Raises OSError.
    """
    work = _Work(scheme, sheet or _main_sheet(original), heading_row, columns, placed, district, next_round)
    with files.replace(target) as temporary, tempfile.TemporaryDirectory() as folder:
        if _marked(original, work, temporary):
            return "marked"
        own = Path(folder) / "template.xlsx"
        work = _refilled(work, rows, own)
        if not _marked(own, work, temporary):
            raise RuntimeError("the template holds parts that openpyxl would lose")
    return "rebuilt"


def rows_of(roster: Roster) -> dict[int, dict[str, object]]:
    """A roster's rows as a rebuilt file shows them: what could be read as values, the rest as it stood.

    Amounts as Decimal in US dollars whatever the unit of the file's heading, dates as datetime, the rest text.
    """
    columns: dict[str, list[object]] = {}
    for field, raw in roster.cells.columns.items():
        values: list[object] = raw.to_pylist()
        if field in roster.amounts:
            amount = roster.amounts[field]
            for i in amount.known.nonzero()[0].tolist():
                values[i] = exact(amount.cents[i])
        elif field in roster.times:
            for i, time in enumerate(roster.times[field].tolist()):
                values[i] = time or values[i]
        elif field in roster.text:
            values = [new or old for new, old in zip(roster.text[field].to_pylist(), values, strict=True)]
        columns[field] = values
    return {
        int(row): {field: values[i] for field, values in columns.items() if values[i] not in (None, "")}
        for i, row in enumerate(roster.cells.rows)
    }


def _main_sheet(path: Path) -> str:
    """The sheet that a reader would take; "" where the file is no plain workbook."""
    try:
        if package.kind(path) != "xlsx":
            return ""
        book = python_calamine.CalamineWorkbook.from_path(path)
    except (package.Refused, python_calamine.CalamineError, OSError, ValueError):
        return ""
    if ROSTER_SHEET in book.sheet_names:
        return ROSTER_SHEET
    shown = [m.name for m in book.sheets_metadata if m.visible == python_calamine.SheetVisibleEnum.Visible]
    return shown[0] if shown else ""


def _marked(path: Path, work: _Work, target: Path) -> bool:
    """Mark a copy of a workbook; False where openpyxl would lose part of it, or cannot cope with it."""
    if not work.sheet:
        return False  # refused before it was opened, and it stays unopened
    rows = {*range(1, work.heading_row + 1), *(p.row for p in work.placed)}
    rows |= {coordinate_to_tuple(p.cell)[0] for p in work.placed if p.cell}
    lists = dict.fromkeys(problemsheet.TITLES, range(1, problemsheet.HEADER_ROW + 1))
    loaded = lossless.load(path, {**lists, VERSION_SHEET: None, work.sheet: rows}, earlier.rows)
    if loaded is None or work.sheet not in [s.title for s in loaded.book.worksheets]:
        return False
    try:
        _mark(loaded, work)
        lossless.save(loaded, target)
    except OSError:
        raise
    except Exception:  # what openpyxl has read from a damaged file it may still be unable to write
        return False
    return True


def _refilled(work: _Work, rows: Rows, path: Path) -> _Work:
    """Write our template with the rows to `path`; returns the work as it is there."""
    places = _places(rows)
    last = max(places.values(), default=HEADING_ROW)
    filled: list[Mapping[str, object]] = [{"no": ""}] * (last - HEADING_ROW)
    for old, new in places.items():
        filled[new - HEADING_ROW - 1] = rows[old]
    template.write_template(path, work.scheme, district=work.district, round=work.next_round or 1, rows=filled)
    columns = {c.field: i for i, c in enumerate(roster_columns(work.scheme))}
    lines = [_REBUILT if rows else _EMPTY, *([_MOVED] if any(old != new for old, new in places.items()) else [])]
    return replace(
        work,
        sheet=ROSTER_SHEET,
        heading_row=HEADING_ROW,
        columns=columns,
        placed=[_moved(p, places, columns) for p in work.placed],
        lines=lines,
    )


def _mark(loaded: lossless.Loaded, work: _Work) -> None:
    book, placed, next_round = loaded.book, work.placed, work.next_round
    page, active = book[work.sheet], book.active
    headings = {c.field: c.heading for c in roster_columns(work.scheme)}
    if work.heading_row > 0:
        there = {f: page.cell(work.heading_row, i + 1).value for f, i in work.columns.items()}
        headings |= {f: v.rstrip("* ").strip() for f, v in there.items() if isinstance(v, str)}
    here = [p for p in placed if p.sheet == work.sheet]
    markup.mark(page, here, heading_row=work.heading_row, columns=work.columns, extent=loaded.extent(work.sheet))
    errors = sum(p.severity != "warning" for p in placed)
    what = f"必须改 {errors} 处（红色），提示 {len(placed) - errors} 处（黄色，请核对）。"
    how = f"改好后保存，把本文件整个报送回来（第 {next_round} 轮）；“{errorcolumn.ERRORS}”列也逐行写明，可以筛选。"
    if not next_round:
        how = "本文件没有收下；请按“怎么办”处理后重新报送。"
    title = f"退回问题清单（{work.district}）" if work.district else "退回问题清单"
    problemsheet.write(book, work.sheet, placed, headings, [title, what + how + "".join(work.lines)])
    book.active = active
    if next_round:
        before = _set_version(book, {"方案": work.scheme.id, "区": work.district, "轮次": next_round})
        if before is not None:
            _renumber(page, work.heading_row, f"第 {before} 轮", f"第 {next_round} 轮")
    elif work.lines:  # a blank template for nobody knows which round: it must never count as an old one
        _set_version(book, {"轮次": None})
        _renumber(page, work.heading_row, "第 1 轮", "")


def _renumber(page: Worksheet, heading_row: int, old: str, new: str) -> None:
    """The round as our template prints it above the headings and in the footer."""
    for row in page.iter_rows(max_row=max(heading_row - 1, 1)):
        for cell in row:
            if isinstance(cell.value, str) and old in cell.value:
                problemsheet.put(cell, cell.value.replace(old, new))
    for part in (page.oddFooter.left, page.oddFooter.center, page.oddFooter.right):
        part.text = part.text and part.text.replace(old, new)


def _set_version(book: Workbook, values: Mapping[str, object]) -> object:
    """Set the round in the 版本 sheet and return the one before; whatever else stands there stays.

    A file without the sheet gets it, hidden.
    """
    if VERSION_SHEET in book.sheetnames:
        page = book[VERSION_SHEET]
    else:
        page = book.create_sheet(VERSION_SHEET)
        page.sheet_state = "hidden"
        page.append(["项目", "值"])
    there = {str(page.cell(r, 1).value).strip(): r for r in range(1, page.max_row + 1)}
    before = page.cell(there["轮次"], 2).value if "轮次" in there else None
    for item, value in values.items():
        if item not in there:
            page.append([item, None])
            there[item] = page.max_row
        cell = page.cell(there[item], 2)
        if isinstance(value, str):
            if cell.value is None:
                problemsheet.put(cell, value)
        else:
            cell.value = value
    return before


def _places(rows: Rows) -> dict[int, int]:
    """Where the rows of the original stand in a rebuilt file: where they stood, or one below the other."""
    first, old = HEADING_ROW + 1, sorted(rows)
    if old and old[0] >= first and old[-1] - first < 2 * len(old) + _GAPS:
        return {row: row for row in old}
    return {row: first + i for i, row in enumerate(old)}


def _moved(problem: Placed, places: Mapping[int, int], columns: Mapping[str, int]) -> Placed:
    row = places.get(problem.row, 0)
    cell = f"{column_letters(columns.get(problem.field, 0) + 1)}{row}" if row else ""
    return replace(problem, sheet=ROSTER_SHEET, cell=cell, row=row)
