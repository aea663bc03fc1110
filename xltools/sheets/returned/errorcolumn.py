"""The 错误信息 column of a returned file: what is wrong with each row, right of everything, to be filtered by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy

from openpyxl.cell import MergedCell
from openpyxl.styles import Alignment, Font, PatternFill, Protection
from openpyxl.utils import get_column_letter
from openpyxl.utils.cell import coordinate_to_tuple
from openpyxl.worksheet.dimensions import ColumnDimension
from openpyxl.worksheet.table import TableColumn
from openpyxl.worksheet.worksheet import Worksheet

from xltools.catalogue.columns import fold
from xltools.roster.headings import OURS
from xltools.roster.problems import Placed
from xltools.sheets.returned.problemsheet import lines_of, put
from xltools.sheets.returned.sheetcells import cell_at, styled

ERRORS = OURS[0]
"""Heading of the column (错误信息)."""

_WIDTH = 56.0  # characters
_LINE, _TALLEST = 15.0, 409.0  # points


def find(sheet: Worksheet, heading_row: int) -> int:
    """The 错误信息 column of an earlier round (1-based), 0 where there is none."""
    if heading_row > 0:
        for column in range(1, sheet.max_column + 1):
            cell = sheet._cells.get((heading_row, column))
            if cell is not None and isinstance(cell.value, str) and fold(cell.value) == ERRORS:
                return column
    return 0


def write(sheet: Worksheet, rows: Mapping[int, Sequence[Placed]], heading_row: int, at: int) -> None:
    """The problems of each row in column `at` (1-based), its heading dressed as the headings beside it, in red."""
    heading = cell_at(sheet, heading_row, at)
    if heading.value is None:
        heading._style = copy(cell_at(sheet, heading_row, at - 1)._style)
        put(heading, ERRORS)
        heading.alignment = Alignment("center", "center", wrap_text=True)
        heading.fill = PatternFill("solid", "FFC00000")
        heading.font = Font(name=heading.font.name, size=heading.font.size, bold=True, color="FFFFFFFF")
        for row in range(1, heading_row):
            cell_at(sheet, row, at).protection = Protection(locked=True)
    _own_column(sheet, at)
    styles: dict[tuple[object, bool], object] = {}
    for row, own in rows.items():
        cell = cell_at(sheet, row, at)
        if isinstance(cell, MergedCell):
            continue
        texts = [("（提示）" if p.severity == "warning" else "") + p.message for p in own]
        put(cell, "；".join(f"{i}. {t}" for i, t in enumerate(texts, 1)))
        error = any(p.severity != "warning" for p in own)
        beside = cell_at(sheet, row, 1)
        key = (tuple(styled(beside)._style), error)
        if key not in styles:
            cell._style = copy(beside._style)
            cell.number_format = "@"
            cell.font = Font(name=beside.font.name, size=beside.font.size, color="FFC00000" if error else "FF7F6000")
            cell.fill = PatternFill()
            cell.alignment = Alignment("left", "center", wrap_text=True)
            cell.protection = Protection(locked=False)
            styles[key] = cell._style
        cell._style = copy(styles[key])
        height = sheet.row_dimensions[row].height or sheet.sheet_format.defaultRowHeight or _LINE
        if _height(cell.value) > height:
            sheet.row_dimensions[row].height = _height(cell.value)


def clear(sheet: Worksheet, heading_row: int, at: int) -> None:
    """Empty the column of an earlier round; rows that it made higher are as high as others again."""
    for cell in [c for c in sheet._cells.values() if c.column == at and c.row > heading_row and c.value is not None]:
        if sheet.row_dimensions[cell.row].height == _height(str(cell.value)):
            sheet.row_dimensions[cell.row].height = None
        cell.value = None


def extend_filter(sheet: Worksheet, heading_row: int, at: int, bottom: int) -> None:
    """Extend the filter, or the table, that stands on the headings; else give them a filter."""
    letter = get_column_letter(at)
    for table in sheet.tables.values():
        first, last = table.ref.split(":")
        (top, _), (low, right) = coordinate_to_tuple(first), coordinate_to_tuple(last)
        if top <= heading_row <= low:
            if right == at - 1 and top == heading_row:
                table.ref = f"{first}:{letter}{low}"
                number = max(c.id for c in table.tableColumns) + 1
                table.tableColumns.append(TableColumn(id=number, name=ERRORS))
                if table.autoFilter is not None:
                    table.autoFilter.ref = f"{first}:{letter}{low}"
            return
    if sheet.auto_filter.ref:
        first, _, last = sheet.auto_filter.ref.partition(":")
        top, _ = coordinate_to_tuple(first)
        low, right = coordinate_to_tuple(last or first)
        if top == heading_row:
            sheet.auto_filter.ref = f"{first}:{get_column_letter(max(right, at))}{max(low, bottom)}"
    else:
        sheet.auto_filter.ref = f"A{heading_row}:{letter}{bottom}"


def _own_column(sheet: Worksheet, at: int) -> None:
    """Width of the 错误信息 column, visible and, so that Excel can still sort and filter, not locked."""
    collapsed = False
    for name, wide in list(sheet.column_dimensions.items()):
        wide.reindex()
        if wide.min <= at <= wide.max:  # an entry may stand for several columns: cut ours out
            collapsed = wide.collapsed  # the folded group's button hangs on the column behind it
            del sheet.column_dimensions[name]
            for low, high in ((wide.min, at - 1), (at + 1, wide.max)):
                if low <= high:
                    piece = copy(wide)
                    piece.index, piece.min, piece.max = get_column_letter(low), low, high
                    sheet.column_dimensions[piece.index] = piece
    own = ColumnDimension(sheet, index=get_column_letter(at), width=_WIDTH, collapsed=collapsed)
    own.protection = Protection(locked=False)
    sheet.column_dimensions[own.index] = own


def _height(text: str) -> float:
    return min(lines_of(text, _WIDTH - 2) * _LINE + 3, _TALLEST)
