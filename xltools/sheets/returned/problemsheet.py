"""The 问题 sheet of a returned file: every problem in one list, each with a link to its cell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy

from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter, quote_sheetname
from openpyxl.worksheet.hyperlink import Hyperlink
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from xltools.roster.problems import Placed
from xltools.sheets.write.style import A4, FONT, LINE, NAVY, SIZE

TITLE = "问题"
TITLES = (TITLE, f"{TITLE}1")
"""What the sheet may be called: a district may have a 问题 sheet of its own, and then ours becomes 问题1."""
ERROR, WARNING = "FFFF9F9F", "FFFFE08A"
"""Fills of bad cells, ARGB. Apart from Excel's own palette, so that the next round knows them as ours."""

HEADINGS = ("序号", "位置", "列", "原值", "严重程度", "问题", "怎么办")
_WIDTHS = (6, 9, 20, 22, 10, 52, 40)
HEADER_ROW = 3
_THIN = Side(style="thin", color=LINE.replace("#", "FF"))
_LINE = 15.0  # points a line of 11-point text
_TALLEST = 409.0  # the highest row that Excel allows


def write(
    book: Workbook, after: str, placed: Sequence[Placed], headings: Mapping[str, str], lines: Sequence[str]
) -> None:
    """Put the 问题 sheet behind the sheet `after`, in place of the one of an earlier round.

    `headings` gives a field's heading as the file shows it; `lines` are the title and the sentence below it.
    A problem of a cell links to it; one of the whole file has no place.
    """
    for old in [s for s in book.worksheets if _ours(s)]:
        book.remove(old)
    sheet = book.create_sheet(TITLE, book.sheetnames.index(after) + 1)
    _page(sheet, len(placed))
    for row, text in enumerate(lines[:2], 1):
        cell = put(sheet.cell(row, 1), text)
        cell.font = Font(name=FONT, size=16 if row == 1 else SIZE, bold=row == 1)
        cell.alignment = Alignment(vertical="center", wrap_text=row == 2)
        sheet.merge_cells(start_row=row, end_row=row, start_column=1, end_column=len(HEADINGS))
    styles = _styles(sheet)
    for number, problem in enumerate(placed, 1):
        row = HEADER_ROW + number
        heading = headings.get(problem.field, problem.field)
        values: tuple[int | str, ...] = (
            number, problem.cell or ("整个文件" if problem.row <= 0 else f"第 {problem.row} 行"),
            heading or ("整行" if problem.row > 0 else ""), problem.value, problem.level,
            problem.message, problem.hint,
        )  # fmt: skip
        linked = bool(problem.cell) and problem.sheet in book.sheetnames
        for column, value in enumerate(values, 1):
            cell = sheet.cell(row, column)
            if isinstance(value, str):
                put(cell, value)
            else:
                cell.value = value
            cell._style = styles[column - 1, problem.severity == "warning", linked]
        if linked:
            place = f"{quote_sheetname(problem.sheet)}!{problem.cell}"
            sheet.cell(row, 2).hyperlink = Hyperlink(ref="", location=place, display=problem.cell)
            sheet.cell(row, 2)._style = styles[1, problem.severity == "warning", True]
        need = max(lines_of(str(v), w - 2) for v, w in zip(values, _WIDTHS, strict=True))
        sheet.row_dimensions[row].height = min(need * _LINE + 8, _TALLEST)


def put(cell: Cell, text: str) -> Cell:
    """Write text that stays text: never a formula, never what XML forbids, never longer than a cell holds."""
    cell.value = None
    cell._value = ILLEGAL_CHARACTERS_RE.sub("", text)[:32_767]
    cell.data_type = "s"
    return cell


def lines_of(text: str, width: float) -> int:
    """Lines that a text takes in `width` characters; a Chinese one is two wide."""
    return sum(max(1, -(-width_of(part) // max(int(width), 1))) for part in text.split("\n"))


def width_of(text: str) -> int:
    """A text's width in characters of the default font.

    >>> width_of("手机 138")
    8
    """
    return sum(1 if ord(c) < 0x2000 else 2 for c in text)


def _ours(sheet: Worksheet) -> bool:
    """Whether a sheet is the 问题 sheet of an earlier round."""
    return (
        sheet.title in TITLES
        and tuple(sheet.cell(HEADER_ROW, c).value for c in range(1, len(HEADINGS) + 1)) == HEADINGS
    )


def _styles(sheet: Worksheet) -> dict[tuple[int, bool, bool], object]:
    """One style a (column, is a warning, is linked), made once: styling cell by cell costs seconds."""
    out = {}
    spare = sheet.cell(HEADER_ROW, len(HEADINGS) + 2)
    for column in range(len(HEADINGS)):
        for warning in (False, True):
            for linked in (False, True):
                link = linked and column == 1
                look = {"color": "FF0563C1", "underline": "single"} if link else {}
                spare.font = Font(name=FONT, size=SIZE, **look)
                spare.border = Border(_THIN, _THIN, _THIN, _THIN)
                middle = column in (0, 1, 4)
                spare.alignment = Alignment("center" if middle else "left", "center", wrap_text=True)
                fill = PatternFill("solid", WARNING if warning else ERROR) if column == 4 else PatternFill()
                spare.fill = fill
                spare.number_format = "0" if column == 0 else "@"
                out[column, warning, linked] = copy(spare._style)
    del sheet._cells[spare.row, spare.column]
    return out


def _page(sheet: Worksheet, count: int) -> None:
    last, bottom = get_column_letter(len(HEADINGS)), HEADER_ROW + max(count, 1)
    for column, (heading, width) in enumerate(zip(HEADINGS, _WIDTHS, strict=True), 1):
        cell = put(sheet.cell(HEADER_ROW, column), heading)
        cell.font = Font(name=FONT, size=SIZE, bold=True, color="FFFFFFFF")
        cell.fill = PatternFill("solid", NAVY.replace("#", "FF"))
        cell.border = Border(_THIN, _THIN, _THIN, _THIN)
        cell.alignment = Alignment("center", "center", wrap_text=True)
        sheet.column_dimensions[get_column_letter(column)].width = width
    for row, height in ((1, 30), (2, 36), (HEADER_ROW, 24)):
        sheet.row_dimensions[row].height = height
    sheet.auto_filter.ref = f"A{HEADER_ROW}:{last}{bottom}"
    sheet.freeze_panes = f"A{HEADER_ROW + 1}"
    sheet.sheet_view.showGridLines = False
    sheet.sheet_properties.tabColor = "FFC00000"
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", A4
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.print_title_rows = f"{HEADER_ROW}:{HEADER_ROW}"
    sheet.print_area = f"A1:{last}{bottom}"
    sheet.page_margins.left = sheet.page_margins.right = 0.4
    sheet.print_options.horizontalCentered = True
    sheet.oddFooter.center.text = "第 &P 页，共 &N 页"
