"""An xlwings engine over plain dicts: workbooks for tests of macros, in milliseconds, as strict as Excel where it matters.

`opened(path)` loads an .xlsx into it, `Book.set_mock_caller()` does the rest. It takes what a program writes as Excel
does: a number-like or date-like text put into a cell that is not formatted as text becomes a number, one that begins
with `=` a formula (in a text cell both stay text); integers come back as floats; a range is written only in the shape
that it has. Formulas are not calculated: a cell keeps the value that the file held, or none.
"""

from __future__ import annotations

import pickle
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import openpyxl
import xlwings as xw
from openpyxl.utils import range_boundaries
from openpyxl.worksheet.formula import ArrayFormula
from xlwings import base_classes as base

ERRORS = {"#REF!", "#N/A", "#DIV/0!", "#NAME?", "#VALUE!", "#NULL!", "#NUM!"}
NUMBER = re.compile(r"\s*[-+]?(\d+(\.\d*)?|\.\d+)(e[-+]?\d+)?%?\s*", re.IGNORECASE)
CELL = re.compile(r"[^!]+!\$[A-Z]+\$\d+")
DAY = re.compile(r"\d{4}[-/]\d{1,2}([-/]\d{1,2})?|\d{1,2}[-/]\d{1,2}")


class ExcelError(Exception):
    """What Excel would refuse."""


@dataclass
class Cell:
    value: Any = None
    formula: str = ""
    number_format: str = "General"
    wrapped: bool = False


@dataclass
class Page:
    """One sheet's data."""

    name: str
    visible: bool = True
    protected: bool = False
    cells: dict[tuple[int, int], Cell] = field(default_factory=dict)
    tables: dict[str, list[int]] = field(default_factory=dict)
    """Name -> top, left, bottom, right."""
    filtered: set[str] = field(default_factory=set)
    fitted: list[tuple[int, int]] = field(default_factory=list)
    """First and last row of every autofit."""

    def cell(self, row: int, column: int) -> Cell:
        return self.cells.setdefault((row, column), Cell())


@dataclass
class File:
    """One open workbook's data; `writes` names every range that was written to, in order."""

    path: str
    pages: list[Page]
    names: dict[str, tuple[str, int, int]]
    active: str = ""
    read_only: bool = False
    structure_protected: bool = False
    writes: list[str] = field(default_factory=list)

    def page(self, name: str) -> Page:
        return next(p for p in self.pages if p.name == name)


@dataclass
class Settings:
    """What a program set in the application; `bar` is everything that the status bar ever showed."""

    screen_updating: bool = True
    calculation: str = "automatic"
    calculated: int = 0
    bar: list[Any] = field(default_factory=list)


def load(path: Path) -> File:
    """An .xlsx as it would be open: values that the file holds, formulas, tables, names, sheets' visibility."""
    with warnings.catch_warnings(action="ignore"):  # about print areas of whole columns
        formulas, values = openpyxl.load_workbook(path), openpyxl.load_workbook(path, data_only=True)
    pages = []
    for sheet in formulas.worksheets:
        page = Page(sheet.title, sheet.sheet_state == "visible")
        for row in sheet.iter_rows():
            for c in row:
                if c.value is not None or c.has_style:
                    text = c.value.text if isinstance(c.value, ArrayFormula) else c.value
                    is_formula = c.data_type == "f"
                    value = values[sheet.title].cell(c.row, c.column).value if is_formula else c.value
                    number_format = "@" if c.quotePrefix else c.number_format
                    wraps = bool(c.alignment.wrap_text)
                    page.cells[c.row, c.column] = Cell(_kept(value), text if is_formula else "", number_format, wraps)
        for table in sheet.tables.values():
            left, top, right, bottom = range_boundaries(table.ref)
            page.tables[table.name] = [top, left, bottom, right]
        pages.append(page)
    names = {}
    for name, defined in formulas.defined_names.items():
        if CELL.fullmatch(defined.value):
            ((title, place),) = defined.destinations
            left, top, _, _ = range_boundaries(place)
            names[name] = (title, top, left)
    return File(str(path), pages, names, formulas.active.title)


def opened(file: File) -> xw.Book:
    """The workbook as xlwings sees it, the calling one of every macro."""
    app = App(ENGINE, [file])
    book = xw.Book(impl=Book(app, file))
    book.set_mock_caller()
    return book


def copied(file: File, path: Path) -> File:
    """The same workbook, opened anew from another folder."""
    out: File = pickle.loads(pickle.dumps(file))  # ten times as fast as deepcopy
    out.path = str(path)
    return out


def _kept(value: Any) -> Any:
    if isinstance(value, bool) or value is None or isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return datetime.combine(value, time())
    return float(value) if isinstance(value, int) else value


class _Impl:
    """The engine itself, as xlwings asks it."""

    name, type = "memory", "desktop"

    @property
    def apps(self) -> Apps:
        return Apps()

    @staticmethod
    def prepare_xl_data_element(x: Any, options: Any) -> Any:
        return "" if x is None else x

    @staticmethod
    def clean_value_data(data: Any, datetime_builder: Any, empty_as: Any, number_builder: Any, err_to_str: bool) -> Any:
        def clean(v: Any) -> Any:
            if v in ("", None):
                return empty_as
            if isinstance(v, str) and v in ERRORS:
                return v if err_to_str else None
            return number_builder(v) if number_builder is not None and isinstance(v, float) else v

        return [[clean(v) for v in row] for row in data]


class Apps(base.Apps):
    def __iter__(self) -> Iterator[App]:
        return iter(())

    def __len__(self) -> int:
        return 0


class App(base.App):
    pid = 1
    api = object()

    def __init__(self, engine: Any, files: list[File]) -> None:
        self._engine, self.files, self.set = engine, files, Settings()

    @property
    def engine(self) -> Any:
        return self._engine

    @property
    def books(self) -> Books:
        return Books(self)

    @property
    def screen_updating(self) -> bool:
        return self.set.screen_updating

    @screen_updating.setter
    def screen_updating(self, value: bool) -> None:
        self.set.screen_updating = value

    @property
    def calculation(self) -> str:
        return self.set.calculation

    @calculation.setter
    def calculation(self, value: str) -> None:
        self.set.calculation = value

    @property
    def status_bar(self) -> Any:
        return self.set.bar[-1] if self.set.bar else False

    @status_bar.setter
    def status_bar(self, value: Any) -> None:
        self.set.bar.append(value)

    def calculate(self) -> None:
        self.set.calculated += 1


class Books(base.Books):
    def __init__(self, app: App) -> None:
        self.app = app

    def __iter__(self) -> Iterator[Book]:
        return (Book(self.app, f) for f in self.app.files)

    def __len__(self) -> int:
        return len(self.app.files)


class _ReadOnly:
    """The native object: the one thing that a macro asks it."""

    def __init__(self, file: File) -> None:
        self.ReadOnly = file.read_only


class Book(base.Book):
    def __init__(self, app: App, file: File) -> None:
        self._app, self.file = app, file

    @property
    def api(self) -> Any:
        return _ReadOnly(self.file)

    @property
    def app(self) -> App:
        return self._app

    @property
    def name(self) -> str:
        return Path(self.file.path).name

    @property
    def fullname(self) -> str:
        return self.file.path

    @property
    def sheets(self) -> Sheets:
        return Sheets(self)

    @property
    def names(self) -> Names:
        return Names(self)


class Sheets(base.Sheets):
    def __init__(self, book: Book) -> None:
        self.book = book

    @property
    def active(self) -> Sheet:
        return self(self.book.file.active)

    def __call__(self, key: int | str) -> Sheet:
        pages = self.book.file.pages
        return Sheet(self.book, pages[key - 1] if isinstance(key, int) else self.book.file.page(key))

    def __len__(self) -> int:
        return len(self.book.file.pages)

    def __iter__(self) -> Iterator[Sheet]:
        return (Sheet(self.book, p) for p in self.book.file.pages)


class Sheet(base.Sheet):
    api = object()

    def __init__(self, book: Book, page: Page) -> None:
        self._book, self.page = book, page

    @property
    def book(self) -> Book:
        return self._book

    @property
    def name(self) -> str:
        return self.page.name

    @property
    def index(self) -> int:
        return self.book.file.pages.index(self.page) + 1

    @property
    def visible(self) -> bool:
        return self.page.visible

    @visible.setter
    def visible(self, value: bool) -> None:
        if self.book.file.structure_protected:
            raise ExcelError("the structure of the workbook is protected")
        if not value and [p for p in self.book.file.pages if p.visible] == [self.page]:
            raise ExcelError("the last visible sheet cannot be hidden")
        self.page.visible = value

    def range(self, first: Any, last: Any = None) -> Range:
        if isinstance(first, str):
            left, top, right, bottom = range_boundaries(first)
            left, right = left or 1, right or 16_384
            return Range(self, top, left, bottom, right)
        a = _corners(first)
        b = _corners(last) if last is not None else a
        return Range(self, a[0], a[1], b[2], b[3])

    @property
    def tables(self) -> Tables:
        return Tables(self)


def _corners(given: Any) -> tuple[int, int, int, int]:
    if isinstance(given, tuple):
        y, x, high, wide = (*given, 1, 1)[:4]
        return y, x, y + high - 1, x + wide - 1
    return given.y0, given.x0, given.y1, given.x1


class Range(base.Range):
    api = object()
    options: Any = None
    max_cells_per_read = max_cells_per_write = None

    def __init__(self, sheet: Sheet, top: int, left: int, bottom: int, right: int) -> None:
        assert 1 <= top <= bottom, (top, bottom)
        assert 1 <= left <= right, (left, right)
        self._sheet, self.y0, self.x0, self.y1, self.x1 = sheet, top, left, bottom, right

    @property
    def sheet(self) -> Sheet:
        return self._sheet

    @property
    def row(self) -> int:
        return self.y0

    @property
    def column(self) -> int:
        return self.x0

    @property
    def shape(self) -> tuple[int, int]:
        return self.y1 - self.y0 + 1, self.x1 - self.x0 + 1

    @property
    def coords(self) -> tuple[str, int, int, int, int]:
        return self.sheet.name, self.y0, self.x0, *self.shape

    def __len__(self) -> int:
        return self.shape[0] * self.shape[1]

    def __call__(self, row: int, column: int | None = None) -> Range:
        if column is None:
            row, column = (row - 1) // self.shape[1] + 1, (row - 1) % self.shape[1] + 1
        y, x = self.y0 + row - 1, self.x0 + column - 1
        return Range(self.sheet, y, x, y, x)

    def _rows(self) -> Iterator[list[Cell]]:
        """The cells for reading: none is made by looking."""
        none, cells = Cell(), self.sheet.page.cells
        for y in range(self.y0, self.y1 + 1):
            yield [cells.get((y, x), none) for x in range(self.x0, self.x1 + 1)]

    def _write(self, given: Any) -> Iterator[tuple[Cell, Any]]:
        page = self.sheet.page
        if page.protected:
            raise ExcelError("the sheet is protected")
        self.sheet.book.file.writes.append(f"{page.name}!{self.address}")
        if not isinstance(given, list | tuple):
            given = [[given] * self.shape[1]] * self.shape[0]
        assert (len(given), {len(r) for r in given}) == (self.shape[0], {self.shape[1]}), "the shape that was written"
        for y, row in enumerate(given, self.y0):
            for x, value in enumerate(row, self.x0):
                yield page.cell(y, x), value

    @property
    def address(self) -> str:
        return f"R{self.y0}C{self.x0}:R{self.y1}C{self.x1}"

    @property
    def raw_value(self) -> Any:
        return [[c.value for c in row] for row in self._rows()]

    @raw_value.setter
    def raw_value(self, given: Any) -> None:
        for cell, value in self._write(given):
            cell.formula, cell.value = "", value
            if isinstance(value, str) and cell.number_format != "@":
                _typed(cell, value)
            elif isinstance(value, int | float | datetime | date) and cell.number_format == "@":
                cell.value = str(value)
            else:
                cell.value = None if value == "" else _kept(value)

    @property
    def formula(self) -> Any:
        rows = tuple(tuple(c.formula or ("" if c.value is None else str(c.value)) for c in row) for row in self._rows())
        return rows[0][0] if len(self) == 1 else rows

    @formula.setter
    def formula(self, given: Any) -> None:
        for cell, value in self._write(given):
            cell.value, cell.formula = None, ""
            if cell.number_format == "@":
                cell.value = value or None
            else:
                _typed(cell, value)

    @property
    def number_format(self) -> Any:
        found = {c.number_format for row in self._rows() for c in row}
        return found.pop() if len(found) == 1 else None

    @number_format.setter
    def number_format(self, value: str) -> None:
        for cell, _ in self._write(None):
            cell.number_format = value

    @property
    def wrap_text(self) -> Any:
        found = {c.wrapped for row in self._rows() for c in row}
        return found.pop() if len(found) == 1 else None

    def delete(self, shift: str | None = None) -> None:
        """Cells below move up, and a table that loses rows is shorter."""
        assert shift == "up"
        page, high = self.sheet.page, self.shape[0]
        self.sheet.book.file.writes.append(f"{page.name}!{self.address} deleted")
        mine = {k: v for k, v in page.cells.items() if self.x0 <= k[1] <= self.x1 and k[0] >= self.y0}
        for k in mine:
            del page.cells[k]
        page.cells |= {(y - high, x): v for (y, x), v in mine.items() if y > self.y1}
        for area in page.tables.values():
            if area[0] < self.y0 <= area[2]:
                area[2] -= high
            elif area[0] > self.y1 and self.x0 <= area[1] and area[3] <= self.x1:
                area[0], area[2] = area[0] - high, area[2] - high

    def autofit(self, axis: str | None = None) -> None:
        assert axis == "r", "columns keep the width that somebody gave them"
        if self.sheet.page.protected:
            raise ExcelError("the sheet is protected")
        self.sheet.page.fitted.append((self.y0, self.y1))


def _typed(cell: Cell, text: str) -> None:
    """What Excel makes of a text."""
    if text.startswith("="):
        cell.formula, cell.value = text, None
    elif NUMBER.fullmatch(text):
        cell.value = float(text.strip().rstrip("%")) / (100 if "%" in text else 1)
    elif DAY.fullmatch(text):
        cell.value = datetime(1900, 1, 1)
    else:
        cell.value = text or None


class Names(base.Names):
    api = object()

    def __init__(self, book: Book) -> None:
        self.book = book

    def snapshot(self) -> list[tuple[str, Name]]:
        return [(n, Name(self.book, n)) for n in self.book.file.names]

    def contains(self, key: str) -> bool:
        return key in self.book.file.names

    def __call__(self, key: str) -> Name:
        if key not in self.book.file.names:
            raise KeyError(key)
        return Name(self.book, key)

    def __len__(self) -> int:
        return len(self.book.file.names)


class Name(base.Name):
    def __init__(self, book: Book, name: str) -> None:
        self.book, self._name = book, name

    @property
    def name(self) -> str:
        return self._name

    @property
    def refers_to_range(self) -> Range:
        title, row, column = self.book.file.names[self._name]
        if title not in {p.name for p in self.book.file.pages}:
            raise ExcelError("#REF!")
        return self.book.sheets(title).range((row, column))


class Tables(base.Collection):
    api = object()

    def __init__(self, sheet: Sheet) -> None:
        self._sheet = sheet

    @property
    def parent(self) -> Sheet:
        return self._sheet

    def __call__(self, key: int | str) -> Table:
        names = list(self._sheet.page.tables)
        name = names[key - 1] if isinstance(key, int) else key
        if name not in names:
            raise KeyError(key)
        return Table(self._sheet, name)

    def __len__(self) -> int:
        return len(self._sheet.page.tables)

    def __iter__(self) -> Iterator[Table]:
        return (Table(self._sheet, n) for n in self._sheet.page.tables)

    def __contains__(self, key: str) -> bool:
        return key in self._sheet.page.tables


class Table(base.Table):
    api = object()

    def __init__(self, sheet: Sheet, name: str) -> None:
        self._sheet, self._name = sheet, name

    @property
    def parent(self) -> Sheet:
        return self._sheet

    @property
    def name(self) -> str:
        return self._name

    @property
    def _place(self) -> list[int]:
        return self._sheet.page.tables[self._name]

    @property
    def range(self) -> Range:
        return Range(self._sheet, *self._place)

    @property
    def header_row_range(self) -> Range:
        top, left, _, right = self._place
        return Range(self._sheet, top, left, top, right)

    @property
    def data_body_range(self) -> Range | None:
        top, left, bottom, right = self._place
        return Range(self._sheet, top + 1, left, bottom, right) if bottom > top else None

    @property
    def show_autofilter(self) -> bool:
        return True

    @show_autofilter.setter
    def show_autofilter(self, value: bool) -> None:
        if not value:
            self._sheet.page.filtered.discard(self._name)

    def resize(self, given: Any) -> None:
        place = given.impl
        top, left, _, right = self._place
        if (place.y0, place.x0, place.x1) != (top, left, right) or place.y1 == top:
            raise ExcelError("a table keeps its headings and at least one row")
        self._sheet.page.tables[self._name] = [place.y0, place.x0, place.y1, place.x1]


ENGINE = _Impl()
