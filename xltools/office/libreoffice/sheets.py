"""Workbooks and sheets (工作簿、工作表) of LibreOffice, as xlwings asks for them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePath
from typing import Any
from urllib.parse import unquote, urlsplit

from xlwings import base_classes

from xltools.office.libreoffice import formats
from xltools.office.libreoffice.names import Names
from xltools.office.libreoffice.range import Range, address
from xltools.office.libreoffice.tables import Looked, Tables

FILTERS = {
    ".xlsm": "Calc MS Excel 2007 VBA XML",
    ".xlsx": "Calc MS Excel 2007 XML",
    ".ods": "calc8",
}
Given = str | int | tuple[int | None, int | None] | Range


class Book(base_classes.Book):
    """An open spreadsheet document."""

    def __init__(self, app: base_classes.App, document: Any) -> None:
        self._app, self.document = app, document
        self.looked = Looked()

    @property
    def api(self) -> Any:
        return self.document

    @property
    def app(self) -> base_classes.App:
        return self._app

    @property
    def fullname(self) -> str:
        """The path; the title of a document that was never saved; the address of one that lies elsewhere."""
        url = str(self.document.getURL())
        if not url:
            return str(self.document.getTitle())
        return unquote(urlsplit(url).path) if url.startswith("file:") else url

    @property
    def name(self) -> str:
        return PurePath(self.fullname).name

    @property
    def sheets(self) -> Sheets:
        return Sheets(self)

    @property
    def names(self) -> Names:
        return Names(self, self.document.NamedRanges)

    def save(self, path: str | None = None, password: str | None = None) -> None:
        """Save where it lies, or under `path` in the format of its suffix."""
        if password is not None:
            raise NotImplementedError("saving with a password")
        if path is None:
            self.document.store()
            return
        there = Path(path).absolute()
        kind = formats.struct("beans.PropertyValue", Name="FilterName", Value=FILTERS[there.suffix.lower()])
        self.document.storeAsURL(there.as_uri(), (kind,))

    def close(self) -> None:
        self.document.close(True)

    def activate(self) -> None:
        self.document.getCurrentController().getFrame().activate()

    def range_at(self, where: Any) -> Range:
        """The range at a UNO CellRangeAddress."""
        sheet = Sheet(self, self.document.Sheets.getByIndex(where.Sheet))
        height, width = where.EndRow - where.StartRow + 1, where.EndColumn - where.StartColumn + 1
        return Range(sheet, where.StartRow + 1, where.StartColumn + 1, height, width)


class Sheets(base_classes.Sheets):
    """The sheets of a workbook, hidden ones included; names count whatever their case, as in Excel."""

    def __init__(self, book: Book) -> None:
        self.book = book

    @property
    def api(self) -> Any:
        return self.book.document.Sheets

    @property
    def active(self) -> Sheet:
        return Sheet(self.book, self.book.document.getCurrentController().getActiveSheet())

    def __len__(self) -> int:
        return int(self.api.getCount())

    def __iter__(self) -> Iterator[Sheet]:
        return iter([Sheet(self.book, self.api.getByIndex(i)) for i in range(len(self))])

    def __contains__(self, key: int | str) -> bool:
        return 1 <= key <= len(self) if isinstance(key, int) else self._find(key) is not None

    def __call__(self, name_or_index: int | str) -> Sheet:
        if isinstance(name_or_index, int):
            return Sheet(self.book, self.api.getByIndex(name_or_index - 1))
        name = self._find(name_or_index)
        if name is None:
            raise KeyError(name_or_index)
        return Sheet(self.book, self.api.getByName(name))

    def add(self, before: Sheet | None = None, after: Sheet | None = None, name: str | None = None) -> Sheet:
        place = len(self) if not (before or after) else before.index - 1 if before else after.index  # type: ignore[union-attr]
        given = name or next(n for n in (f"Sheet{i}" for i in range(1, 10_000)) if n not in self)
        self.api.insertNewByName(given, place)
        return self(given)

    def _find(self, name: str) -> str | None:
        return next((n for n in self.api.getElementNames() if n.lower() == name.lower()), None)


class Sheet(base_classes.Sheet):
    """One sheet."""

    def __init__(self, book: Book, api: Any) -> None:
        self._book, self._api = book, api

    @property
    def api(self) -> Any:
        return self._api

    @property
    def book(self) -> Book:
        return self._book

    @property
    def name(self) -> str:
        return str(self._api.getName())

    @name.setter
    def name(self, value: str) -> None:
        self._api.setName(value)

    @property
    def index(self) -> int:
        return int(self._api.getRangeAddress().Sheet) + 1

    @property
    def names(self) -> Names:
        return Names(self._book, self._api.NamedRanges)

    @property
    def tables(self) -> Tables:
        return Tables(self)

    @property
    def cells(self) -> Range:
        return Range(self, 1, 1, int(self._api.Rows.Count), int(self._api.Columns.Count))

    @property
    def used_range(self) -> Range:
        cursor = self._api.createCursor()
        cursor.gotoStartOfUsedArea(False)
        cursor.gotoEndOfUsedArea(True)
        return self._book.range_at(cursor.getRangeAddress())

    def range(self, arg1: Given, arg2: Given | None = None) -> Range:
        """By address, by name, by (row, column) from 1, or from one corner to another."""
        first = self._one(arg1)
        if arg2 is None:
            return first
        corners = [first, self._one(arg2)]
        top, left = min(c.row for c in corners), min(c.column for c in corners)
        bottom = max(c.row + c.shape[0] for c in corners)
        right = max(c.column + c.shape[1] for c in corners)
        return Range(self, top, left, bottom - top, right - left)

    def _one(self, given: Given) -> Range:
        if isinstance(given, Range):
            return given
        if isinstance(given, tuple):
            row, column = given
            if 0 in given:
                raise IndexError("Attempted to access 0-based Range. xlwings/Excel Ranges are 1-based.")
            whole = self.cells.shape
            height, width = 1 if row else whole[0], 1 if column else whole[1]
            return Range(self, row or 1, column or 1, height, width)
        text = str(given)
        if found := address(text, *self.cells.shape):
            return Range(self, *found)
        for names in (self.names, self._book.names):
            if names.contains(text):
                named: Range = names(text).refers_to_range
                return named
        raise KeyError(f"工作表“{self.name}”里没有区域“{text}”")

    def clear_contents(self) -> None:
        self.cells.clear_contents()

    def clear_formats(self) -> None:
        self.cells.clear_formats()

    def clear(self) -> None:
        self.cells.clear()

    def autofit(self, axis: str | None = None) -> None:
        self.used_range.autofit(axis)

    def activate(self) -> None:
        self._book.document.getCurrentController().setActiveSheet(self._api)

    def select(self) -> None:
        self.activate()

    def delete(self) -> None:
        self._book.document.Sheets.removeByName(self.name)

    @property
    def visible(self) -> bool:
        return bool(self._api.IsVisible)

    @visible.setter
    def visible(self, value: bool) -> None:
        """Raises ValueError as Excel does when the last sheet to be seen would go."""
        every = self._book.document.Sheets
        others = (s for s in map(every.getByIndex, range(every.getCount())) if s.IsVisible and s.getName() != self.name)
        if not value and self.visible and not any(True for _ in others):
            raise ValueError(f"“{self.name}”是最后一张看得见的工作表，不能隐藏")
        self._api.IsVisible = bool(value)
