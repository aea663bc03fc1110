"""What a pass over a worksheet finds, gathered by either of its two readers (`scan_fast`, `scan_events`)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from xltools.roster.letters import column_number
from xltools.sheets.ooxml.refused import Refused

ROWS = 1_048_576  # of a worksheet: the heading and 1,048,575 rows of data
COLUMNS = 16_384
AREA = 64 * ROWS  # cells between A1 and the last cell with a value; readers allocate 32 bytes for each
SPARSE = 4 << 20  # such cells that are loaded as they stand, however few of them have a value
SPREAD = 1 << 18  # cells of all merged ranges, or of all hyperlinks, of a sheet: 16 whole rows; openpyxl: 100 MB, 4 s

COMMON_ERRORS = frozenset(("#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A", ""))
"""The error values that every reader knows; newer programs write many more (#SPILL!, #GETTING_DATA, Err:502)."""

DIGITS, DECIMALS = 5, 9
"""Before the point at most, and behind it, where decimals that readers of texts drop count among 15 digits."""
FINE = re.compile(rf"-?\d{{1,{DIGITS}}}\.\d{{{DECIMALS + 1},}}")

_AREA = re.compile(r"\$?([A-Za-z]{0,3})\$?([0-9]{0,9})(?::\$?([A-Za-z]{0,3})\$?([0-9]{0,9}))?")

Rows = NDArray[np.int32]


def cut(written: str | bytes) -> bool:
    """Whether a number that FINE matches is another one with nine decimals: `77005.009999999995` is not.

    >>> cut("77005.009999999995"), cut("1.23456700031")
    (False, True)
    """
    try:
        number = float(written)
    except ValueError:
        return True
    return number != round(number, DECIMALS)


class NotSimple(Exception):
    """The part needs a real XML parser."""


@dataclass(frozen=True, eq=False)
class Scan:
    """Rows are numbered from 1, as on the sheet; columns from 0. Everything is in the sheet's order."""

    numeric: dict[int, Rows]  # per column asked for: the rows whose cell is a number
    errors: list[tuple[int, int, str]]  # row, column, text (`#REF!`), any column
    formulas_without_value: list[tuple[int, int]]  # row, column: never calculated
    formula_cells: int
    hidden_rows: Rows
    merged: list[str]  # "A1:C1"
    dimension_rows: int  # the largest row that occurs, with or without cells
    sparse: bool  # whether nearly all cells up to the last are blank, and many
    fine: tuple[Rows, NDArray[np.int16]]  # rows and columns of numbers that readers of texts cut
    odd: bool  # whether it holds something that readers of values are known to misread: see `rewrap`
    value_rows: int  # the last row and
    value_columns: int  # the number of columns that have a cell with a value or a formula


@dataclass
class Found:
    """Gathers in pieces; `finish` makes the Scan. Both refuse what a worksheet cannot be."""

    columns: tuple[int, ...]
    errors: list[tuple[int, int, str]] = field(default_factory=list)
    valueless: list[tuple[int, int]] = field(default_factory=list)
    formulas: int = 0
    hidden: list[int] = field(default_factory=list)
    merged: list[str] = field(default_factory=list)
    linked: list[str] = field(default_factory=list)
    odd: bool = False
    cells: int = 0
    rows: int = 0
    row_count: int = 0
    value_rows: int = 0
    value_columns: int = 0
    numeric_rows: list[Rows] = field(default_factory=list)
    numeric_columns: list[NDArray[np.int16]] = field(default_factory=list)
    fine_rows: list[Rows] = field(default_factory=list)
    fine_columns: list[NDArray[np.int16]] = field(default_factory=list)

    def check(self) -> None:
        """Raises Refused: more rows than a worksheet holds, or values so far apart that a reader, which
        allocates the whole rectangle, would bring the process down."""
        if self.rows > ROWS or self.row_count > ROWS:
            raise Refused("FILE_TOO_MANY_ROWS", f"row {max(self.rows, self.row_count)}")
        if self.value_columns > COLUMNS:
            raise Refused("FILE_UNREADABLE", f"column {self.value_columns}")
        if self.value_rows * self.value_columns > AREA:
            raise Refused("FILE_BOMB", f"{self.value_rows} rows x {self.value_columns} columns")

    def finish(self) -> Scan:
        self.check()
        check_cells("合并单元格", sum(map(area, self.merged)))
        check_cells("超链接", sum(map(area, self.linked)))
        rows = np.concatenate([np.empty(0, np.int32), *self.numeric_rows])
        columns = np.concatenate([np.empty(0, np.int16), *self.numeric_columns])
        order = np.argsort(columns, kind="stable")
        first, last = (np.searchsorted(columns, self.columns, side, order).tolist() for side in ("left", "right"))
        return Scan(
            numeric={c: rows[order[i:j]] for c, i, j in zip(self.columns, first, last, strict=True)},
            errors=self.errors,
            formulas_without_value=self.valueless,
            formula_cells=self.formulas,
            hidden_rows=np.asarray(self.hidden, np.int32),
            merged=self.merged,
            dimension_rows=self.rows,
            sparse=self.value_rows * self.value_columns > max(SPARSE, 8 * self.cells),
            fine=(
                np.concatenate([np.empty(0, np.int32), *self.fine_rows]),
                np.concatenate([np.empty(0, np.int16), *self.fine_columns]),
            ),
            odd=self.odd or any(text not in COMMON_ERRORS for _, _, text in self.errors),
            value_rows=self.value_rows,
            value_columns=self.value_columns,
        )


def area(ref: str) -> int:
    """Cells of a range, `A1:C5`, `A:C` or `1:5`; of what is no range, all cells that there are."""
    found = _AREA.fullmatch(ref.strip())
    if not found or not (found[1] or found[2]):
        return ROWS * COLUMNS
    left, top = column_number(found[1]) if found[1] else 1, int(found[2] or 1)
    if found[3] is None:
        right, bottom = left if found[1] else COLUMNS, top if found[2] else ROWS
    else:
        right, bottom = column_number(found[3]) if found[3] else COLUMNS, int(found[4] or ROWS)
    return (abs(right - left) + 1) * (abs(bottom - top) + 1)


def check_cells(what: str, cells: int) -> None:
    """Raises Refused (FILE_EXTENT) where ranges have more cells than anybody means."""
    if cells > SPREAD:
        raise Refused("FILE_EXTENT", f"{what}铺到 {cells:,} 格（最多 {SPREAD:,} 格）")
