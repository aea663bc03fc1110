"""一企一页: type part of a name, a code or a 受理编号, and read the whole story of the firm on one printed page."""

from __future__ import annotations

from xlsxwriter.workbook import Workbook

from xltools.sheets.platform.contents import Contents
from xltools.sheets.platform.draw.firm.search import (
    EXACT,
    FIRM_SHEET,
    FIRST,
    LABEL,
    QUERY,
    VALUE,
    WHICH,
    Search,
    messages,
    search,
)
from xltools.sheets.platform.draw.firm.story import Item, Section, story
from xltools.sheets.platform.draw.pages.table import SIGNED, head
from xltools.sheets.platform.draw.table import Context
from xltools.sheets.write import formats, style
from xltools.sheets.write.style import Sheet

WIDTHS = (19, 30, 19, 30)
ASK, TOLD, OTHERS, BODY = 3, 4, 5, 7
"""0-based rows: the yellow cells, what was found, the other firms, the first section."""
LINE = 15.5
"""Points of a line of text."""
FORMATS = {
    "money": formats.AMOUNT,
    "whole": formats.WHOLE,
    "date": formats.DATE,
    "datetime": formats.DATETIME,
    "text": formats.GENERAL,
}


def firm(book: Workbook, sheet: Sheet, context: Context, contents: Contents) -> None:
    """Fill 一企一页. Nothing is looked for yet, so every value is blank until somebody types."""
    looks, found = context.looks, search()
    for column, width in enumerate(WIDTHS):
        sheet.set_column(column, column, width, looks.plain())
    head(sheet, looks, FIRM_SHEET, [])
    _ask(book, sheet, context, contents, found)
    row = BODY
    for section in story(contents.scheme, found):
        row = _section(sheet, context, section, row)
    _search(sheet, context, found)
    sheet.hide_gridlines(2)
    sheet.set_selection(ASK, 1, ASK, 1)
    sheet.freeze_panes(TOLD + 1, 0)
    style.a4(sheet, landscape=False, high=1, left=SIGNED, right=contents.scheme.title)
    sheet.print_area(0, 0, row - 1, len(WIDTHS) - 1)


def _ask(book: Workbook, sheet: Sheet, context: Context, contents: Contents, found: Search) -> None:
    looks = context.looks
    label = looks.plain(bold=True, align="right", font_color=style.NAVY, font_size=12)
    yellow = {"bg_color": "#FFF2CC", "bold": True, "font_size": 13}
    sheet.set_row(ASK, 28)
    for column, name, number in ((1, QUERY, formats.TEXT), (3, WHICH, formats.WHOLE)):
        look = looks.boxed(num_format=number, align="left", indent=1, **yellow)
        sheet.write_string(ASK, column - 1, f"{name} ▶", label)
        sheet.write_blank(ASK, column, None, look)
        book.define_name(name, f"='{FIRM_SHEET}'!${'ABCD'[column]}${ASK + 1}")
    asked = contents.facts.get(QUERY, "")
    if asked:
        sheet.write_string(ASK, 1, asked, looks.boxed(num_format=formats.TEXT, align="left", indent=1, **yellow))
    sheet.write_number(ASK, 3, 1, looks.boxed(num_format="0", align="left", indent=1, **yellow))
    sheet.data_validation(ASK, 1, ASK, 1, {
        "validate": "any", "input_title": QUERY, "input_message": "企业名称的一部分、统一社会信用代码、海关编码或受理编号",
    })  # fmt: skip
    sheet.data_validation(ASK, 3, ASK, 3, {
        "validate": "integer", "criteria": ">=", "value": 1, "error_message": "请填 1、2、3 这样的整数。",
        "input_title": WHICH, "input_message": "找到几家时看其中第几家",
    })  # fmt: skip
    told, others = messages(found)
    _merged(sheet, TOLD, 0, 3, f"={told}", looks.plain(bold=True, font_color=style.NAVY, indent=1), ASK_WORDS)
    _merged(sheet, OTHERS, 0, 3, f"={others}", looks.plain(text_wrap=True, valign="top", font_size=10, indent=1), "")
    sheet.set_row(TOLD, 22)
    sheet.set_row(OTHERS, 46)
    sheet.set_row(OTHERS + 1, 4)


ASK_WORDS = "请在黄色格子里输入企业名称的一部分、统一社会信用代码、海关编码或受理编号，按回车"


def _section(sheet: Sheet, context: Context, section: Section, row: int) -> int:
    """A title, then narrow items in pairs and wide ones on rows of their own. Returns the row after it."""
    looks = context.looks
    bar = looks.plain(bold=True, font_color=style.NAVY, bg_color=style.PALE_BLUE, indent=1)
    for column in range(len(WIDTHS)):
        sheet.write_blank(row, column, None, bar)
    sheet.write_string(row, 0, section.title, bar)
    sheet.set_row(row, 19)
    row += 1
    narrow = [i for i in section.items if not i.wide]
    for place in range(0, len(narrow), 2):
        for column, item in zip((0, 2), narrow[place : place + 2], strict=False):
            _item(sheet, context, item, row, column, column + 1)
        if len(narrow) == place + 1:
            for column in (2, 3):
                sheet.write_blank(row, column, None, looks.boxed())
        sheet.set_row(row, 18)
        row += 1
    for item in (i for i in section.items if i.wide):
        _item(sheet, context, item, row, 0, 3)
        sheet.set_row(row, max(18.0, item.wide * LINE + 3))
        row += 1
    return row


def _item(sheet: Sheet, context: Context, item: Item, row: int, column: int, last: int) -> None:
    looks = context.looks
    label = looks.boxed(align="right", font_size=10, bg_color=style.PALE_GREY, indent=1, shrink=True)
    shape = {"num_format": FORMATS[item.shape], "align": "left", "indent": 1}
    fits = {"text_wrap": True} if item.wide > 1 else {"shrink": True}
    sheet.write_string(row, column, item.label, label)
    _merged(sheet, row, column + 1, last, f"={item.formula}", looks.boxed(**shape, **fits), "")


def _merged(sheet: Sheet, row: int, first: int, last: int, formula: str, look: object, value: str) -> None:
    if last > first:
        sheet.merge_range(row, first, row, last, "", look)
    sheet.write_formula(row, first, formula, look, value)


def _search(sheet: Sheet, context: Context, found: Search) -> None:
    """The cells that find the firm, right of the page."""
    grey = context.looks.plain(font_color="#A6A6A6", font_size=9)
    sheet.set_column(LABEL, LABEL, 16, grey)
    sheet.set_column(VALUE, VALUE, 20, grey)
    sheet.write_string(FIRST - 1, LABEL, "以下是查找用的公式，请勿改动", grey)
    for row, (name, formula) in enumerate(found.formulas.items(), FIRST):
        sheet.write_string(row, LABEL, name, grey)
        sheet.write_formula(row, VALUE, f"={formula}", grey, BLANK.get(name, 0))


BLANK: dict[str, object] = {
    "查什么": "", "按第几种": EXACT + 1, "找什么样的": "**", "受理编号": "", "统一社会信用代码": "", "所属区": "",
}  # fmt: skip
"""What the search gives while nothing is looked for; all else 0."""
