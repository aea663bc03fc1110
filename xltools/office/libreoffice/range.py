"""A cell range (区域) of a LibreOffice sheet, as xlwings asks for it. What is not here raises NotImplementedError."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from xlwings import base_classes

from xltools.office.libreoffice import values
from xltools.office.libreoffice.formats import enum
from xltools.office.libreoffice.formulas import (
    CannotTranslate,
    shifted,
    to_excel,
    to_libreoffice,
)
from xltools.office.libreoffice.looks import Looks
from xltools.office.libreoffice.names import Name
from xltools.office.libreoffice.tables import Table, table_of
from xltools.roster.letters import column_letters, column_number

_CELL = re.compile(r"\$?([A-Za-z]{1,3})\$?(\d+)")
_COLUMNS = re.compile(r"\$?([A-Za-z]{1,3}):\$?([A-Za-z]{1,3})")
_ROWS = re.compile(r"\$?(\d+):\$?(\d+)")
_CONTENTS = 1 | 2 | 4 | 16  # CellFlags: numbers, dates, texts, formulas
_FORMATS = 32 | 64 | 256  # hard attributes, styles, what was set within cells


class Range(Looks):
    """Rows and columns count from 1, as in Excel."""

    def __init__(self, sheet: base_classes.Sheet, row: int, column: int, rows: int = 1, columns: int = 1) -> None:
        self.sheet, self._row, self._column, self._shape = sheet, row, column, (rows, columns)
        self._cells: Any = None

    # ── where ──

    @property
    def api(self) -> Any:
        if self._cells is None:
            y, x, (rows, columns) = self._row - 1, self._column - 1, self._shape
            self._cells = self.sheet.api.getCellRangeByPosition(x, y, x + columns - 1, y + rows - 1)
        return self._cells

    @property
    def coords(self) -> tuple[str, int, int, int, int]:
        return (self.sheet.name, self._row, self._column, *self._shape)

    @property
    def row(self) -> int:
        return self._row

    @property
    def column(self) -> int:
        return self._column

    @property
    def shape(self) -> tuple[int, int]:
        return self._shape

    def __len__(self) -> int:
        return self._shape[0] * self._shape[1]

    def __call__(self, arg1: int | None, arg2: int | None = None) -> Range:
        """The cell in this row and column of the range, or the n-th cell row by row; from 1."""
        if arg2 is None:
            y, x = divmod(int(arg1 or 1) - 1, self._shape[1])
        else:
            y, x = int(arg1 or 1) - 1, arg2 - 1
        return Range(self.sheet, self._row + y, self._column + x)

    def part(self, first: int, behind: int) -> Range:
        """Its rows from `first` (from 0) to before `behind`."""
        return Range(self.sheet, self._row + first, self._column, behind - first, self._shape[1])

    @property
    def address_struct(self) -> Any:
        return self.api.getRangeAddress()

    def get_address(self, row_absolute: bool = True, col_absolute: bool = True, external: bool = False) -> str:
        def cell(row: int, column: int) -> str:
            return f"{'$' * col_absolute}{column_letters(column)}{'$' * row_absolute}{row}"

        (rows, columns), book, sheet = self._shape, self.sheet.book.name, self.sheet.name
        text = cell(self._row, self._column)
        if (rows, columns) != (1, 1):
            text += f":{cell(self._row + rows - 1, self._column + columns - 1)}"
        quoted = "" if re.fullmatch(r"\w+", book + sheet) else "'"
        return f"{quoted}[{book}]{sheet}{quoted}!{text}" if external else text

    @property
    def address(self) -> str:
        return self.get_address()

    @property
    def current_region(self) -> Range:
        cursor = self.sheet.api.createCursorByRange(self.api)
        cursor.collapseToCurrentRegion()
        found: Range = self.sheet.book.range_at(cursor.getRangeAddress())
        return found

    def end(self, direction: str) -> Range:
        """Where Ctrl and an arrow key lead from the first cell."""
        used = self.sheet.used_range
        last = {
            "down": (self.sheet.cells.shape[0], used.row + used.shape[0] - 1),
            "right": (self.sheet.cells.shape[1], used.column + used.shape[1] - 1),
        }.get(direction, (1, 1))
        down, forward = direction in ("down", "up"), direction in ("down", "right")
        here = self._row if down else self._column
        step = 1 if forward else -1
        line = range(here + step, last[1] + step, step)
        first, stop = (here, max(here, last[1])) if forward else (1, here)
        block = Range(self.sheet, first, self._column, stop - first + 1) if down else Range(
            self.sheet, self._row, first, 1, stop - first + 1)  # fmt: skip
        data = block.api.getDataArray()
        filled = [row[0] != "" for row in data] if down else [v != "" for v in data[0]]
        found = _jump([filled[i - first] for i in line], filled[here - first])
        place = last[0] if found is None else line[found] if found >= 0 else here
        return Range(self.sheet, place, self._column) if down else Range(self.sheet, self._row, place)

    @property
    def name(self) -> Name | None:
        mine = self.get_address()
        names: list[Name] = [name for _, name in self.sheet.book.names.snapshot()]
        return next((n for n in names if n.refers_to.replace("'", "") == f"={self.sheet.name}!{mine}"), None)

    @name.setter
    def name(self, value: str) -> None:
        sheet = self.sheet.name.replace("'", "''")
        self.sheet.book.names.add(value, f"='{sheet}'!{self.get_address()}")

    @property
    def table(self) -> Table | None:
        return table_of(self)

    def delete(self, shift: str | None = None) -> None:
        """Take the cells away; whole rows, or those below move up."""
        if shift not in ("up", None):
            raise NotImplementedError(f"deleting cells with shift {shift}")
        whole = self._shape[1] == self.sheet.cells.shape[1]
        self.sheet.api.removeRange(self.api.getRangeAddress(), enum("sheet.CellDeleteMode", "ROWS" if whole else "UP"))

    def select(self) -> None:
        self.sheet.book.document.getCurrentController().select(self.api)

    # ── values ──

    @property
    def max_cells_per_read(self) -> None:
        return None

    @property
    def max_cells_per_write(self) -> None:
        return None

    @property
    def raw_value(self) -> object:
        found = values.read(self.sheet.book.document, self.api)
        return found[0][0] if self._shape == (1, 1) else found

    @raw_value.setter
    def raw_value(self, data: object) -> None:
        values.write(self.sheet.book.document, self.api, self._rows(data))

    @property
    def formula(self) -> str | tuple[tuple[str, ...], ...]:
        found = values.read_formulas(self.sheet.book.document, self.api)
        return found[0][0] if self._shape == (1, 1) else tuple(map(tuple, found))

    @formula.setter
    def formula(self, value: object) -> None:
        if isinstance(value, str) and value.startswith("=") and shifted(value, 1, 1) != value:
            rows, columns = self._shape
            filled: Sequence[Sequence[object]] = [[shifted(value, y, x) for x in range(columns)] for y in range(rows)]
        else:
            filled = self._rows(value)
        values.write_formulas(self.sheet.book.document, self.api, filled)

    @property
    def formula_array(self) -> str | None:
        text = self.api.getArrayFormula()
        try:
            return to_excel(text) if text else None
        except CannotTranslate:
            return str(text)

    @formula_array.setter
    def formula_array(self, value: str) -> None:
        self.api.setArrayFormula(to_libreoffice(value))

    @property
    def has_array(self) -> bool:
        return bool(self.api.getCellByPosition(0, 0).getArrayFormula())

    def _rows(self, data: object) -> Sequence[Sequence[object]]:
        rows, columns = self._shape
        if not isinstance(data, list | tuple):
            return [[data] * columns] * rows
        if len(data) != rows or any(len(row) != columns for row in data):
            raise ValueError(f"{len(data)} rows for {self.get_address()}")
        return data

    def clear_contents(self) -> None:
        self.api.clearContents(_CONTENTS)

    def clear_formats(self) -> None:
        self.api.clearContents(_FORMATS)

    def clear(self) -> None:
        self.api.clearContents(_CONTENTS | _FORMATS)


def address(text: str, rows: int, columns: int) -> tuple[int, int, int, int] | None:
    """Row, column, height and width of an A1 address on a sheet of that size; None for anything else."""
    if found := _COLUMNS.fullmatch(text):
        first, last = sorted(map(column_number, found.groups()))
        return 1, first, rows, last - first + 1
    if found := _ROWS.fullmatch(text):
        first, last = sorted(map(int, found.groups()))
        return first, 1, last - first + 1, columns
    cells = [_CELL.fullmatch(part) for part in text.split(":")]
    if len(cells) > 2 or not all(cells):
        return None
    places = [(int(c[2]), column_number(c[1])) for c in cells if c]
    (top, bottom), (left, right) = (sorted((places[0][i], places[-1][i])) for i in (0, 1))
    return (top, left, bottom - top + 1, right - left + 1) if bottom <= rows and right <= columns else None


def _jump(ahead: list[bool], filled: bool) -> int | None:
    """The place in `ahead` that Ctrl and an arrow reach; -1 for staying, None for the sheet's edge."""
    if filled and ahead and ahead[0]:
        return next((i - 1 for i, v in enumerate(ahead) if not v), len(ahead) - 1)
    return next((i for i, v in enumerate(ahead) if v), None)
