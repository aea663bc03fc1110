"""Single cells of a worksheet in openpyxl, with what it leaves out: the style of their row or column, merged ranges."""

from __future__ import annotations

from copy import copy

from openpyxl.cell import Cell, MergedCell
from openpyxl.styles.cell_style import StyleArray
from openpyxl.worksheet.worksheet import Worksheet


def cell_at(sheet: Worksheet, row: int, column: int) -> Cell:
    """The cell; one that the file does not hold yet gets the style of its row or column, and so its lock."""
    if (row, column) in sheet._cells:
        return sheet._cells[row, column]
    cell = sheet.cell(row, column)
    if row in sheet.row_dimensions and sheet.row_dimensions[row].has_style:
        cell._style = copy(sheet.row_dimensions[row]._style)
        return cell
    for wide in sheet.column_dimensions.values():
        wide.reindex()
        if wide.min <= column <= wide.max:
            cell._style = copy(wide._style)
    return cell


def anchor(sheet: Worksheet, row: int, column: int) -> tuple[int, int]:
    """A cell's place, or that of the merged range which hides it."""
    if isinstance(sheet._cells.get((row, column)), MergedCell):
        for merged in sheet.merged_cells.ranges:
            if merged.min_row <= row <= merged.max_row and merged.min_col <= column <= merged.max_col:
                return merged.min_row, merged.min_col
    return row, column


def styled(cell: Cell) -> Cell:
    """The cell with a style: openpyxl leaves it out where it is the default one."""
    if cell._style is None:
        cell._style = StyleArray()
    return cell
