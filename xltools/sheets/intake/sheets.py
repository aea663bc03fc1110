"""A table that stands on several sheets (一张表分在几页): all visible ones under the same headings are read as one.

What is not read is said: a sheet under other headings is an error of the file that names it and its rows.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from xltools.catalogue.columns import Column
from xltools.roster import headings
from xltools.roster.cells import Cells
from xltools.roster.problems import FileProblem, FileRefused
from xltools.roster.stack import joined
from xltools.sheets.intake.grid import Grid
from xltools.sheets.intake.grids import begin_grids
from xltools.sheets.intake.read import cells_of, refusals

NOT_A_TABLE = ("FILE_NO_HEADING", "FILE_EMPTY")
"""Why a sheet is none of ours; for any other reason it is one with a fault."""


def read_sheets(path: Path, columns: Sequence[Column]) -> Cells:
    """All rows under these headings on the visible sheets of a file, with the columns that nobody knows (`unread`).

    Raises FileRefused with every reason found.
    """
    sheets: list[Cells] = []
    others: list[FileRefused] = []
    faulty: list[tuple[str, int, FileRefused]] = []
    with refusals():
        grids = begin_grids(path, None, lambda rows: headings.place(rows, columns) > 0)()
    for grid in grids:
        try:
            sheets.append(cells_of(grid, columns, path.name, all_columns=True))
        except FileRefused as e:
            rows = _rows_below(grid, e)
            if rows:
                faulty.append((grid.sheet, rows, e))
            else:
                others.append(e)
    if faulty and (sheets or len(faulty) > 1):
        raise FileRefused([_unread(*one) for one in faulty])
    if not sheets:
        raise faulty[0][2] if faulty else others[0]
    _same_units(sheets)
    return joined(sheets)


def _rows_below(grid: Grid, why: FileRefused) -> int:
    """Rows under the headings of a sheet that has some and cannot be read; 0 where it has none of ours."""
    if any(p.code in NOT_A_TABLE for p in why.problems):
        return 0
    heading = int(re.sub(r"\D", "", why.problems[0].cell) or 1)
    return int(np.count_nonzero(grid.lines > heading))


def _unread(sheet: str, rows: int, why: FileRefused) -> FileProblem:
    more = f"“{sheet}”有表头，下面 {rows} 行，{'；'.join(p.message for p in why.problems)}"
    return FileProblem("SHEET_UNREAD", more=more, cell=why.problems[0].cell, sheet=sheet)


def _same_units(sheets: Sequence[Cells]) -> None:
    """Raises FileRefused where two sheets have the same column in different units."""
    for other in sheets[1:]:
        for field, unit in other.units.items():
            first = next(s for s in sheets if field in s.units)
            if first.units[field] != unit:
                more = f"“{first.sheet}”和“{other.sheet}”"
                raise FileRefused([FileProblem("SHEETS_DIFFER", more=more, sheet=other.sheet)])
