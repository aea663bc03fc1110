"""The district template (区级模板): 企业投保申请汇总表 with drop-downs and a live check, no macros, Excel 2016.

What stands where is a contract with the readers: `names` has the places, `roster.columns` the headings.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from os import PathLike
from pathlib import Path

from xlsxwriter.format import Format
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.workbook import Workbook

from xltools.roster.columns import Column, catalogue
from xltools.scheme import Scheme
from xltools.sheets import atomic, formulas, guide, livecheck, stamppage, style
from xltools.sheets.formulas import Grid
from xltools.sheets.inputs import offer
from xltools.sheets.names import (
    FIRST_ROW, GUIDE_SHEET, HEADING_ROW, LISTS_SHEET, ROSTER_SHEET, STAMP_SHEET, TEMPLATE_VERSION, VERSION_KEYS,
    VERSION_SHEET,
)  # fmt: skip
from xltools.sheets.style import Sheet

Row = Mapping[str, object]

NUMBER_FORMATS = {"serial": "0", "amount": style.AMOUNT, "date": style.DATE, "datetime": style.DATETIME, "check": "General"}
"""By kind of column; every other kind is text (`@`), so that codes and phones keep their digits."""
CENTRED = {"serial", "uscc", "customs_code", "choice", "choices", "phone", "date", "datetime"}
CHECK_WIDTH = 56
"""The check is read, not typed. On the screen it runs on to the right; in print it should fit."""
ROW_HEIGHT = 20
LONGEST = 32_767
"""Characters that a cell holds."""
ALLOWED = {
    "format_columns": True, "format_rows": True, "insert_rows": True, "delete_rows": True, "sort": True,
    "autofilter": True,
}  # fmt: skip


def write_template(
    path: str | PathLike[str], scheme: Scheme, *, district: str, round: int = 1, rows: Sequence[Row] = (), spare: int = 500
) -> None:
    """Write the template of one district and one round (轮次), filled with `rows`, whole or not at all.

    `rows` map field to value: str, int, Decimal, date, datetime or None. A text given for an amount or a date stays
    the text that it is. `spare` more rows are offered: formulas, drop-downs, formats. The same arguments give the
    same bytes. Raises OSError where the file cannot be written, ValueError where a sheet has no room for the rows.
    """
    offered = max(len(rows) + spare, 1)
    if FIRST_ROW - 1 + offered >= 1_048_576:
        raise ValueError(f"一张工作表放不下 {offered} 行，请减少行数")
    with atomic.replace(path) as temporary:
        book = style.new_book(Path(temporary), f"{scheme.title}{ROSTER_SHEET}")
        sheets = [book.add_worksheet(n) for n in (ROSTER_SHEET, STAMP_SHEET, GUIDE_SHEET, VERSION_SHEET)]
        _version(sheets[3], scheme, district, round)
        grid = _grid(book, scheme, offered)
        _roster(book, sheets[0], scheme, grid, district, round, rows)
        stamppage.write(book, sheets[1], scheme, grid, district)
        guide.write(book, sheets[2], scheme)
        book.close()


def _grid(book: Workbook, scheme: Scheme, offered: int) -> Grid:
    """Where the columns lie; drop-downs too long for an inline list go to a hidden sheet, as defined names."""
    columns, names = catalogue(scheme), {}
    long = [c for c in columns if c.kind == "choice" and not formulas.fits_inline(c.choices)]
    if long:
        lists = book.add_worksheet(LISTS_SHEET)
        lists.hide()
        for place, column in enumerate(long):
            lists.write_column(0, place, (column.heading, *column.choices))
            letter, names[column.field] = xl_col_to_name(place), f"choices_{column.field}"
            book.define_name(names[column.field], f"={LISTS_SHEET}!${letter}$2:${letter}${len(column.choices) + 1}")
    letters = {c.field: xl_col_to_name(i) for i, c in enumerate(columns)}
    return Grid(letters, FIRST_ROW, FIRST_ROW - 1 + offered, names)


def _version(sheet: Sheet, scheme: Scheme, district: str, round: int) -> None:
    sheet.write_row(0, 0, ("项目", "值"))
    for row, (key, value) in enumerate(zip(VERSION_KEYS, (TEMPLATE_VERSION, scheme.id, district, round), strict=True), 1):
        sheet.write_string(row, 0, key)
        if isinstance(value, int):
            sheet.write_number(row, 1, value)
        else:
            sheet.write_string(row, 1, value)
    sheet.hide()


def _roster(
    book: Workbook, sheet: Sheet, scheme: Scheme, grid: Grid, district: str, round: int, rows: Sequence[Row]
) -> None:
    columns = catalogue(scheme)
    _head(book, sheet, scheme, columns, district, round)
    for place, column in enumerate(columns):
        _column(book, sheet, scheme, column, place, grid, rows)
        offer(sheet, scheme, column, place, grid)
    _colours(book, sheet, columns, grid)
    last = len(columns) - 1
    sheet.format_rest(last + 1, style.look(book, locked=False))  # Excel deletes only rows that are all unlocked
    sheet.set_default_row(ROW_HEIGHT)
    sheet.autofilter(HEADING_ROW - 1, 0, grid.last - 1, last)
    sheet.freeze_panes(HEADING_ROW, 2)
    sheet.set_selection(HEADING_ROW, 1, HEADING_ROW, 1)
    sheet.protect("", ALLOWED)
    _unmarked(sheet, columns, grid)
    style.a4(sheet, landscape=True, left=f"填报单位：{district}　　填表人：　　　　　　审核人：", right=f"第 {round} 轮")
    sheet.repeat_rows(0, HEADING_ROW - 1)
    sheet.print_area(0, 0, grid.last - 1, last)


def _head(
    book: Workbook, sheet: Sheet, scheme: Scheme, columns: Sequence[Column], district: str, round: int
) -> None:
    """Rows 1 to 4: title, how to fill in, who fills in, headings; the only locked cells of the sheet."""
    plain = style.look(book)
    for row, height in ((0, 30), (1, 20), (2, 20), (HEADING_ROW - 1, 40)):
        sheet.set_row(row, height, plain)
    sheet.write_string(0, 0, f"{scheme.title}　{ROSTER_SHEET}", style.look(book, font_name=style.TITLE_FONT, font_size=18))
    notes = style.look(book, font_color=style.GREY)
    sheet.write_string(1, 0, (
        "填写：深色带 * 的列必填；金额单位为美元；每家企业一行，不留合计行；不改表头。最右“填报检查”：✔ 可以报送，"
        f"✘ 后面是要改的地方，ⓘ 只是提示。说明见“{GUIDE_SHEET}”页。"
    ), notes)  # fmt: skip
    sheet.write_string(
        2, 0, f"填报单位（盖章）：{district}　　　　　　填报时间：　　　　年　　月　　日　　　　　　第 {round} 轮",
        style.look(book, bold=True),
    )  # fmt: skip
    folded = [place for place, c in enumerate(columns) if _is_folded(c)]
    if folded:
        ends = xl_col_to_name(folded[0] - 1), xl_col_to_name(folded[-1] + 1)
        hint = f"◀ 补充列（{len(folded)} 列）已折叠：选中 {ends[0]} 至 {ends[1]} 列，右键“取消隐藏”"
        sheet.write_string(2, folded[-1] + 1, hint, notes)
    looks = {
        "yes": {"bg_color": style.NAVY, "font_color": "#FFFFFF"},
        "": {"bg_color": style.PALE_BLUE, "font_color": style.NAVY},
        "check": {"bg_color": "#E2EFDA", "font_color": "#375623"},
    }
    for place, column in enumerate(columns):
        fill = looks["check" if column.kind == "check" else "yes" if column.required == "yes" else ""]
        head = style.boxed(book, bold=True, align="center", text_wrap=True, **fill)
        sheet.write_string(HEADING_ROW - 1, place, column.shown, head)


def _is_folded(column: Column) -> bool:
    return column.group == "supplement" and column.kind != "check"


def _column(
    book: Workbook, sheet: Sheet, scheme: Scheme, column: Column, place: int, grid: Grid, rows: Sequence[Row]
) -> None:
    """One column from FIRST_ROW down: what is given, then empty cells, all of them unlocked."""
    shape = {
        "num_format": NUMBER_FORMATS.get(column.kind, style.TEXT), "locked": False,
        "align": "right" if column.kind == "amount" else "center" if column.kind in CENTRED else "left",
    }  # fmt: skip
    cell, beyond = style.boxed(book, **shape), style.look(book, **shape)
    literal = style.boxed(book, quote_prefix=True, **shape)
    if column.kind == "check":
        # Right of the fold: it stays in sight, and the control of the fold stands above it.
        sheet.set_column(place, place, max(column.width, CHECK_WIDTH), beyond, {"collapsed": True})
        formula = livecheck.check(scheme, grid, grid.first)
        small = style.boxed(book, font_size=9, **shape)
        sheet.share_formula(grid.first - 1, grid.last - 1, place, formula, small)
        return
    sheet.set_column(place, place, column.width, beyond, {"level": 1, "hidden": True} if _is_folded(column) else None)
    for row in range(grid.first - 1, grid.last):
        number = row - grid.first + 1
        value = rows[number].get(column.field) if number < len(rows) else None
        if column.kind == "serial" and value is None and number < len(rows):
            value = number + 1
        value = as_cell(column, value)
        if value == "":
            sheet.write_blank(row, place, None, cell)
        elif isinstance(value, str):
            sheet.write_string(row, place, value, literal if value[0] in "=+-@" else cell)
        elif isinstance(value, date):
            sheet.write_datetime(row, place, value, cell)
        else:
            sheet.write_number(row, place, value, cell)


def as_cell(column: Column, value: object) -> str | float | date:
    """What is written for a value: a number or a date where the column's kind is one and a cell can hold it, else text.

    A cell keeps 15 digits; a longer number is written as text, so that it can be read as it was given.
    """
    if value is None:
        return ""
    if isinstance(value, date):
        dated = column.kind in ("date", "datetime") and value.year >= 1900
        return value if dated else value.isoformat(" ") if isinstance(value, datetime) else value.isoformat()
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        number = Decimal(value)
        if column.kind in ("serial", "amount") and number.is_finite() and len(number.normalize().as_tuple().digits) <= 15:
            return float(number) if math.isfinite(float(number)) else str(value)
        return format(number, "f") if number.is_finite() else str(value)
    return str(value)[:LONGEST]


def _colours(book: Workbook, sheet: Sheet, columns: Sequence[Column], grid: Grid) -> None:
    """Conditional formats. They follow the words of the check, so that colour and words never differ."""
    first, last, check = grid.first, grid.last, columns[-1]
    verdict = formulas.ref(grid, check.field, first)
    fills = {name: book.add_format(p) for name, p in (("bad", style.BAD), ("good", style.GOOD), ("note", style.NOTE), ("missing", style.MISSING))}

    def paint(area: str, condition: str, fill: str, more: str = "") -> None:
        rule = {"type": "formula", "criteria": "=" + condition, "format": fills[fill], "stop_if_true": True}
        sheet.conditional_format(area, rule | ({"multi_range": more} if more else {}))

    needed = [grid.letters[c.field] for c in columns if c.required == "yes"]
    areas = [f"{letter}{first}:{letter}{last}" for letter in needed]
    paint(areas[0], formulas.both(f'{verdict}<>""', formulas.blank(f"{needed[0]}{first}")), "missing", " ".join(areas))
    for column in columns:
        if column.required == "when_agreed":
            cell = formulas.ref(grid, column.field, first)
            agreed = f"{formulas.ref(grid, 'opinion', first)}={formulas.text(livecheck.AGREED)}"
            paint(f"{cell[1:]}:{grid.letters[column.field]}{last}", formulas.both(agreed, formulas.blank(cell)), "missing")
    left, right = grid.letters[columns[0].field], grid.letters[columns[-2].field]
    paint(f"{left}{first}:{right}{last}", livecheck.speaks_of(f"{left}${HEADING_ROW}", verdict), "bad")
    whole = f"{verdict[1:]}:{grid.letters[check.field]}{last}"
    paint(whole, f'LEFT({verdict},1)="✘"', "bad")
    paint(whole, f'ISNUMBER(FIND("ⓘ",{verdict}))', "note")
    paint(whole, f'LEFT({verdict},1)="✔"', "good")


def _unmarked(sheet: Sheet, columns: Sequence[Column], grid: Grid) -> None:
    """No green corners on codes that are text on purpose, nor on the check, which is unlocked on purpose."""
    left, right = columns[0], columns[-1]
    area = f"{grid.letters[left.field]}{grid.first}:{grid.letters[right.field]}{grid.last}"
    check = f"{grid.letters[right.field]}{grid.first}:{grid.letters[right.field]}{grid.last}"
    sheet.ignore_errors({"number_stored_as_text": area, "formula_unlocked": check})
