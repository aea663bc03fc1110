"""The platform workbook (平台工作簿) written anew from its contents: every sheet, in order, byte-identical each time."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

from xlsxwriter.utility import xl_rowcol_to_cell
from xlsxwriter.workbook import Workbook

from xltools.catalogue.phases import remarks
from xltools.catalogue.tables import tables
from xltools.files import replace
from xltools.sheets.platform.contents import Contents
from xltools.sheets.platform.draw.checks import long_choices
from xltools.sheets.platform.draw.firm.page import firm
from xltools.sheets.platform.draw.firm.search import FIRM_SHEET
from xltools.sheets.platform.draw.home.grid import HOME
from xltools.sheets.platform.draw.home.page import home
from xltools.sheets.platform.draw.pages import hidden as page_hidden
from xltools.sheets.platform.draw.pages.fx import budget_rate, trial_rate
from xltools.sheets.platform.draw.pages.guide import GUIDE, guide
from xltools.sheets.platform.draw.pages.table import page
from xltools.sheets.platform.draw.rows import Block, finish
from xltools.sheets.platform.draw.sheet import TableSheet
from xltools.sheets.platform.draw.table import Context
from xltools.sheets.platform.live import formulas
from xltools.sheets.platform.looks import Looks
from xltools.sheets.write import style

SWITCHES, CUTS, BASE = "阶段按钮", "汇率试算", "基准"
CHOICES_COLUMN = 40
"""Column of 首页 (0-based), far right, where choices stand that are too long for an inline list."""


def draw(path: Path, contents: Contents, *, vba: bytes | None = None) -> None:
    """Write the workbook, whole or not at all; the same contents give the same bytes.

    With `vba` (a vbaProject.bin) an .xlsm whose buttons call its macros; without, an .xlsx that says what to run
    instead. The sheets of the phase in `contents.facts["阶段"]` are shown, the others hidden. Raises OSError.
    """
    with replace(path) as temporary:
        book = style.new_book(temporary, f"{contents.scheme.title} 平台工作簿")
        book.worksheet_class = TableSheet
        if vba is not None:
            book.add_vba_project(BytesIO(vba), is_stream=True)
        blocks = _fill(book, contents, macros=vba is not None)
        book.close()
        finish(temporary, blocks)


def _fill(book: Workbook, contents: Contents, *, macros: bool) -> list[Block]:
    scheme = contents.scheme
    everything = tables(scheme)
    context = Context(scheme, Looks(book), formulas(scheme), long_choices(everything), [])
    sheets = {name: book.add_worksheet(name) for name in (*remarks(), SWITCHES, CUTS, BASE, page_hidden.CONF)}
    for name in remarks():
        mine = [(t, contents.tables[t.name]) for t in everything if t.sheet == name]
        if name == HOME:
            home(book, sheets[name], context, contents, macros=macros)
        elif name == FIRM_SHEET:
            firm(book, sheets[name], context, contents)
        elif name == GUIDE:
            guide(sheets[name], context.looks, contents)
        else:
            page(sheets[name], context, mine)
    budget_rate(book, sheets["参数"], context)
    trial_rate(book, sheets["资金"], context, contents)
    mine = [(t, contents.tables[t.name]) for t in everything if t.sheet == SWITCHES]
    page_hidden.switches(sheets[SWITCHES], context, mine)
    cuts = next(t for t in everything if t.sheet == CUTS)
    page_hidden.cuts(sheets[CUTS], context, cuts, contents.tables[cuts.name])
    base = next(t for t in everything if t.name == BASE)
    page_hidden.base(sheets[BASE], context, base, contents.tables[BASE])
    page_hidden.settings(sheets[page_hidden.CONF], context.looks)
    _choices(book, context)
    for name in remarks():
        if name not in contents.phase.sheets:
            sheets[name].hide()
    sheets[HOME].activate()
    return context.blocks


def _choices(book: Workbook, context: Context) -> None:
    """Choices that no inline list holds, as named ranges."""
    sheet, grey = book.get_worksheet_by_name(HOME), context.looks.plain(font_color="#A6A6A6", font_size=9)
    for column, (name, choices) in enumerate(context.names.items(), CHOICES_COLUMN):
        for row, choice in enumerate((name, *choices)):
            sheet.write_string(row, column, choice, grey)
        first, last = (xl_rowcol_to_cell(r, column, row_abs=True, col_abs=True) for r in (1, len(choices)))
        book.define_name(name, f"='{HOME}'!{first}:{last}")
