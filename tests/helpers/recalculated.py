"""Workbooks recalculated by two engines that are not ours: LibreOffice and IronCalc."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import ironcalc
from converting import convert
from python_calamine import CalamineWorkbook

Cells = dict[str, dict[str, Any]]
"""Sheet -> address such as `AG5` -> value; empty cells and empty texts are absent."""


def by_libreoffice(path: Path, folder: Path, *, anew: bool = True) -> Cells:
    """All values after LibreOffice has opened, recalculated and saved the workbook; not `anew`: as an office opens it."""
    return values(convert(path, folder, "xlsx", anew=anew))


def values(path: Path) -> Cells:
    """The values that stand in a workbook."""
    book = CalamineWorkbook.from_path(path)
    cells: Cells = {}
    for name in book.sheet_names:
        sheet = book.get_sheet_by_name(name)
        top, left = sheet.start or (0, 0)
        cells[name] = {
            f"{ironcalc.column_name_from_number(left + c + 1)}{top + r + 1}": value
            for r, row in enumerate(sheet.to_python())
            for c, value in enumerate(row)
            if value != ""
        }
    return cells


def by_ironcalc(path: Path) -> Cells:
    """All values after IronCalc has loaded and evaluated the workbook; dates as serial numbers."""
    return evaluated(ironcalc.load_from_xlsx(str(path), "en", "UTC", "en"))


def evaluated(model: ironcalc.Model) -> Cells:
    model.evaluate()
    names = [sheet["name"] for sheet in model.get_worksheets_properties()]
    cells: Cells = {name: {} for name in names}
    for sheet, row, column in model.get_all_cells():
        value = model.get_cell_value(sheet, row, column)
        if value not in (None, ""):
            cells[names[sheet]][f"{ironcalc.column_name_from_number(column)}{row}"] = value
    return cells
