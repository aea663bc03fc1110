"""LibreOffice itself as the application (应用程序) that xlwings talks to."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from xlwings import base_classes

from xltools.office.libreoffice import formats
from xltools.office.libreoffice.sheets import FILTERS, Book
from xltools.office.libreoffice.values import ERRORS

_BUTTONS = {"ok": 1, "ok_cancel": 2, "yes_no": 3, "yes_no_cancel": 4}
_ANSWERS = {0: "cancel", 1: "ok", 2: "yes", 3: "no"}
_CALC = "com.sun.star.sheet.SpreadsheetDocument"


class Engine:
    """What xlwings calls an engine: the applications, and how values look on the way in and out."""

    name = "libreoffice"
    type = "desktop"
    desktop: Any = None
    """The UNO Desktop of the office that new workbooks are opened in."""

    @property
    def apps(self) -> Apps:
        return Apps(self)

    @staticmethod
    def prepare_xl_data_element(x: Any, options: Any) -> Any:
        """A value on its way into a cell: float, str, bool, datetime or None."""
        if x is None or isinstance(x, str | float):
            return None if x is None or x == "" or x != x else x
        if isinstance(x, bool | datetime):
            return x
        if isinstance(x, int | Decimal):
            return float(x)
        if isinstance(x, date):
            return datetime(x.year, x.month, x.day)
        if hasattr(x, "item"):  # a numpy scalar
            return Engine.prepare_xl_data_element(x.item(), options)
        return x

    @staticmethod
    def clean_value_data(
        data: Any, datetime_builder: Any, empty_as: object, number_builder: Any, err_to_str: bool
    ) -> list[list[object]]:
        def clean(value: Any) -> object:
            kind = type(value)
            if kind is float:
                return value if number_builder is None else number_builder(value)
            if value is None or value == "":
                return empty_as
            if kind is datetime and datetime_builder is not datetime:
                v = value
                return datetime_builder(
                    year=v.year, month=v.month, day=v.day, hour=v.hour, minute=v.minute, second=v.second,
                    microsecond=v.microsecond, tzinfo=None,
                )  # fmt: skip
            if kind is int and value in ERRORS:
                return ERRORS[value] if err_to_str else None
            return value

        return [[clean(v) for v in row] for row in data]


class Apps(base_classes.Apps):
    """There is one LibreOffice; nothing where no desktop is known."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def __iter__(self) -> Iterator[App]:
        return iter([App(self._engine)] if self._engine.desktop is not None else [])

    def __len__(self) -> int:
        return len(list(iter(self)))

    def keys(self) -> list[int]:
        return [app.pid for app in self]

    def __getitem__(self, pid: int) -> App:
        return next(app for app in self if app.pid == pid)


class App(base_classes.App):
    """LibreOffice, with `document` as the workbook that its switches act upon (else the one in front)."""

    def __init__(self, engine: Engine, document: Any = None) -> None:
        self._engine, self._document = engine, document
        self._indicator: Any = None
        self._said = ""

    @property
    def engine(self) -> Engine:
        return self._engine

    @property
    def api(self) -> Any:
        """The UNO Desktop."""
        return self._engine.desktop if self._document is None else self.frame.getCreator()

    @property
    def document(self) -> Any:
        return self._document if self._document is not None else self.api.getCurrentComponent()

    @property
    def frame(self) -> Any:
        return self.document.getCurrentController().getFrame()

    @property
    def pid(self) -> int:
        return os.getpid()

    @property
    def books(self) -> Books:
        return Books(self)

    @property
    def selection(self) -> Any:
        found = self.document.getCurrentSelection()
        if not found.supportsService("com.sun.star.sheet.SheetCellRange"):
            return None
        return Book(self, self.document).range_at(found.getRangeAddress())

    @property
    def visible(self) -> bool:
        return bool(self.frame.getContainerWindow().isVisible())

    @visible.setter
    def visible(self, value: bool) -> None:
        self.frame.getContainerWindow().setVisible(value)

    @property
    def screen_updating(self) -> bool:
        return not self.document.hasControllersLocked()

    @screen_updating.setter
    def screen_updating(self, value: bool) -> None:
        if value:
            while self.document.hasControllersLocked():
                self.document.unlockControllers()
        elif self.screen_updating:
            self.document.lockControllers()

    @property
    def calculation(self) -> str:
        return "automatic" if self.document.isAutomaticCalculationEnabled() else "manual"

    @calculation.setter
    def calculation(self, value: str) -> None:
        if value not in ("automatic", "manual"):
            raise NotImplementedError(f"calculation {value}")
        self.document.enableAutomaticCalculation(value == "automatic")

    @property
    def display_alerts(self) -> bool:
        """LibreOffice asks nothing while a macro works."""
        return False

    @display_alerts.setter
    def display_alerts(self, value: bool) -> None:
        pass

    def calculate(self) -> None:
        self.document.calculate()

    @property
    def status_bar(self) -> str | bool:
        return self._said or False

    @status_bar.setter
    def status_bar(self, value: str | bool | None) -> None:
        """Text in the status line; False or None gives the line back."""
        text = value if isinstance(value, str) else ""
        if text and self._indicator is None:
            self._indicator = self.frame.createStatusIndicator()
            self._indicator.start(text, 0)
        elif text:
            self._indicator.setText(text)
        elif self._indicator is not None:
            self._indicator.end()
            self._indicator = None
        self._said = text

    def alert(self, prompt: str, title: str | None, buttons: str, mode: str | None, callback: object) -> str:
        window = self.frame.getContainerWindow()
        kind = formats.enum("awt.MessageBoxType", "ERRORBOX" if mode == "critical" else "MESSAGEBOX")
        box = window.getToolkit().createMessageBox(window, kind, _BUTTONS[buttons], title or "", prompt)
        return _ANSWERS.get(box.execute(), "cancel")

    def activate(self, steal_focus: bool = False) -> None:
        self.frame.activate()


class Books(base_classes.Books):
    """The spreadsheet documents that are open."""

    def __init__(self, app: App) -> None:
        self.app = app

    @property
    def api(self) -> Any:
        return self.app.api.getComponents()

    @property
    def active(self) -> Book:
        return Book(self.app, self.app.document)

    def __iter__(self) -> Iterator[Book]:
        found, parts = [], self.api.createEnumeration()
        while parts.hasMoreElements():
            part = parts.nextElement()
            if hasattr(part, "supportsService") and part.supportsService(_CALC):
                found.append(Book(App(self.app.engine, part), part))
        return iter(found)

    def __len__(self) -> int:
        return len(list(iter(self)))

    def __call__(self, name_or_index: int | str) -> Book:
        books = list(iter(self))
        if isinstance(name_or_index, int):
            return books[name_or_index - 1]
        for book in books:
            if book.name.lower() == name_or_index.lower():
                return book
        raise KeyError(name_or_index)

    def open(self, fullname: str, *more: object) -> Book:
        """Open a workbook. Further options of Excel's raise NotImplementedError."""
        if any(option is not None for option in more):
            raise NotImplementedError("options of Books.open")
        if Path(fullname).suffix.lower() not in FILTERS:
            raise NotImplementedError(f"opening {fullname}")
        return self._load(Path(fullname).absolute().as_uri())

    def add(self) -> Book:
        return self._load("private:factory/scalc")

    def _load(self, url: str) -> Book:
        document = self.app.api.loadComponentFromURL(url, "_blank", 0, ())
        if document is None:
            raise OSError(f"LibreOffice 打不开 {url}")
        return Book(App(self.app.engine, document), document)
