"""What the formulas of 首页 and of the budget rate give (公式的结果) for some contents; no workbook is written."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from xlsxwriter.format import Format
from xlsxwriter.utility import xl_rowcol_to_cell

from xltools.catalogue.tables import tables
from xltools.sheets.platform.contents import Contents
from xltools.sheets.platform.draw.checks import long_choices
from xltools.sheets.platform.draw.home.grid import HOME
from xltools.sheets.platform.draw.home.page import home
from xltools.sheets.platform.draw.pages.fx import budget_rate, trial_rate
from xltools.sheets.platform.draw.sheet import TableSheet
from xltools.sheets.platform.draw.table import Context
from xltools.sheets.platform.live import formulas
from xltools.sheets.platform.looks import Looks
from xltools.sheets.write import style


class Shown(NamedTuple):
    """What a formula gives, and the cell in which it was drawn: elsewhere its relative references mean other cells."""

    cell: str
    value: str | float


class _Listening(TableSheet):
    """Notes each formula's cell and value as it is written."""

    def __init__(self) -> None:
        super().__init__()
        self.given: dict[str, Shown] = {}

    def write_formula(
        self, row: int, col: int, formula: str, cell_format: Format | None = None, value: str | float = 0
    ) -> int:
        self.given[formula.removeprefix("=")] = Shown(xl_rowcol_to_cell(row, col), value)
        return int(super().write_formula(row, col, formula, cell_format, value))


def results(contents: Contents) -> dict[str, Shown]:
    """By the formula without its equals sign: where `draw` puts it, and the value that stands there beside it."""
    scheme = contents.scheme
    given: dict[str, Shown] = {}
    for macros in (False, True):  # the lines of the buttons say more where there are none to press
        book = style.new_book(Path("unwritten"), "")
        book.worksheet_class = _Listening
        context = Context(scheme, Looks(book), formulas(scheme), long_choices(tables(scheme)), [])
        sheet: _Listening = book.add_worksheet(HOME)
        home(book, sheet, context, contents, macros=macros)
        budget_rate(book, sheet, context)
        trial_rate(book, sheet, context, contents)
        given |= sheet.given
    return given
