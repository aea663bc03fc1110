"""A workbook of which openpyxl reads one sheet: a platform workbook has two dozen, and most tests look at one."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from unittest import mock

from openpyxl import Workbook, load_workbook
from openpyxl.reader import excel
from openpyxl.worksheet._reader import WorksheetReader
from openpyxl.worksheet.worksheet import Worksheet


def page_of(path: Path, sheet: str, **options: Any) -> Worksheet:
    """One sheet; `options` are openpyxl's."""
    return loaded(path, sheet, **options)[sheet]


def loaded(path: Path, *sheets: str, **options: Any) -> Workbook:
    """The workbook with its names and all its sheets, of which these alone have cells and tables. Never to be saved."""

    class Reader(WorksheetReader):  # type: ignore[misc]
        def bind_all(self) -> None:
            if self.ws.title in sheets:
                super().bind_all()

    with mock.patch.object(excel, "WorksheetReader", Reader):
        return load_workbook(path, **options)
