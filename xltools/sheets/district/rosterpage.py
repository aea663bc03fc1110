"""Sheet 企业投保申请汇总表 of the district template: locked headings over open rows, drop-downs, live check."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal

from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.workbook import Workbook

from xltools.catalogue.columns import Column, roster_columns
from xltools.catalogue.template import FIRST_ROW, GUIDE_SHEET, HEADING_ROW, ROSTER_SHEET
from xltools.scheme import Scheme
from xltools.sheets.district import livecheck
from xltools.sheets.write import formats, formulas, style
from xltools.sheets.write.formulas import Grid, ref
from xltools.sheets.write.style import Sheet
from xltools.sheets.write.validation import offer

Row = Mapping[str, object]

NUMBER_FORMATS = {
    "serial": formats.WHOLE, "amount": formats.AMOUNT, "date": formats.DATE, "datetime": formats.DATETIME,
    "check": formats.GENERAL,
}  # fmt: skip
"""By kind of column. Every other kind is text (`@`), so that codes and phones keep their digits."""
CENTRED = {"serial", "uscc", "customs_code", "choice", "choices", "phone", "date", "datetime"}
CHECK_WIDTH = 70
"""The check is read, not typed. On the screen it runs on to the right; in print it should fit."""
ROW_HEIGHT, HEADING_HEIGHT, TITLE_HEIGHT = 20, 40, 30
LONGEST, DIGITS = 32_767, 15
"""Characters, and digits of a number, that a cell holds."""
ALLOWED = ("format_columns", "format_rows", "insert_rows", "delete_rows", "sort", "autofilter")


def write(
    book: Workbook, sheet: Sheet, scheme: Scheme, grid: Grid, *, district: str, round: int, rows: Sequence[Row]
) -> None:
    """Fill the sheet: `rows` from FIRST_ROW on, open rows down to the grid's last."""
    columns = roster_columns(scheme)
    last = len(columns) - 1
    sheet.set_default_row(ROW_HEIGHT)
    _head(book, sheet, scheme, district, round)
    for place, column in enumerate(columns):
        _column(book, sheet, scheme, column, place, grid, rows)
        offer(sheet, scheme, column, place, grid)
    _colours(book, sheet, columns, grid)
    sheet.format_rest(last + 1, style.look(book, locked=False))  # Excel deletes only rows that are all unlocked
    sheet.autofilter(HEADING_ROW - 1, 0, grid.last - 1, last)
    sheet.freeze_panes(HEADING_ROW, 2)
    sheet.set_selection(HEADING_ROW, 1, HEADING_ROW, 1)
    sheet.protect("", dict.fromkeys(ALLOWED, True))
    # No green corners on codes that are text on purpose, nor on the check, which is unlocked on purpose.
    rest = f"{FIRST_ROW}:{xl_col_to_name(last)}{grid.last}"
    sheet.ignore_errors({"number_stored_as_text": f"A{rest}", "formula_unlocked": f"{xl_col_to_name(last)}{rest}"})
    signed = f"填报单位：{district}　　填表人：　　　　　　审核人："
    style.a4(sheet, landscape=True, left=signed, right=f"第 {round} 轮")
    sheet.repeat_rows(0, HEADING_ROW - 1)
    sheet.print_area(0, 0, grid.last - 1, last)


def _head(book: Workbook, sheet: Sheet, scheme: Scheme, district: str, round: int) -> None:
    """Rows 1 to 4: title, how to fill in, who fills in, headings; the only locked cells of the sheet."""
    columns = roster_columns(scheme)
    notes, title = style.look(book, font_color=style.GREY), style.look(book, font_name=style.TITLE_FONT, font_size=18)
    for row, height in enumerate((TITLE_HEIGHT, ROW_HEIGHT, ROW_HEIGHT, HEADING_HEIGHT)):
        sheet.set_row(row, height, style.look(book))
    how = (
        "填写：深色带 * 的列必填；金额单位为美元；每家企业一行，不留合计行；不改表头。最右“填报检查”："
        f"✔ 可以报送，✘ 后面是要改的地方，ⓘ 只是提示。详见“{GUIDE_SHEET}”页。"
    )
    who = f"填报单位（盖章）：{district}　　　　　填报时间：　　　　年　　月　　日　　　　　第 {round} 轮"
    sheet.write_string(0, 0, f"{scheme.title}　{ROSTER_SHEET}", title)
    sheet.write_string(1, 0, how, notes)
    sheet.write_string(2, 0, who, style.look(book, bold=True))
    folded = [place for place, c in enumerate(columns) if _is_folded(c)]
    if folded:
        ends = f"{xl_col_to_name(folded[0] - 1)} 至 {xl_col_to_name(folded[-1] + 1)}"
        hint = f"◀ 补充列（{len(folded)} 列）已折叠：选中 {ends} 列，右键“取消隐藏”"
        sheet.write_string(2, folded[-1] + 1, hint, notes)
    for place, column in enumerate(columns):
        dark = {"bg_color": style.NAVY, "font_color": "#FFFFFF"}
        light = {"bg_color": style.PALE_BLUE, "font_color": style.NAVY}
        fill = dark if column.required == "yes" else light if column.kind != "check" else style.GOOD
        head = style.boxed(book, bold=True, align="center", text_wrap=True, **fill)
        sheet.write_string(HEADING_ROW - 1, place, column.shown, head)


def _is_folded(column: Column) -> bool:
    return column.group == "supplement" and column.kind != "check"


def _column(
    book: Workbook, sheet: Sheet, scheme: Scheme, column: Column, place: int, grid: Grid, rows: Sequence[Row]
) -> None:
    """One column from FIRST_ROW down, all of it unlocked: what is given, then empty cells."""
    shape = {
        "num_format": NUMBER_FORMATS.get(column.kind, formats.TEXT), "locked": False,
        "align": "right" if column.kind == "amount" else "center" if column.kind in CENTRED else "left",
    }  # fmt: skip
    below = style.look(book, **shape)
    if column.kind == "check":
        # Right of the fold: so it stays in sight, and the control of the fold stands above it.
        sheet.set_column(place, place, max(column.width, CHECK_WIDTH), below, {"collapsed": True})
        formula = livecheck.check(scheme, grid, grid.first)
        sheet.share_formula(grid.first - 1, grid.last - 1, place, formula, style.boxed(book, font_size=9, **shape))
        return
    sheet.set_column(place, place, column.width, below, {"level": 1, "hidden": True} if _is_folded(column) else None)
    cell, quoted = style.boxed(book, **shape), style.boxed(book, quote_prefix=True, **shape)
    for number in range(grid.last - grid.first + 1):
        given = rows[number].get(column.field) if number < len(rows) else None
        if column.kind == "serial" and given is None and number < len(rows):
            given = number + 1
        row, value = grid.first - 1 + number, as_cell(column, given)
        if value == "":
            sheet.write_blank(row, place, None, cell)
        elif isinstance(value, str):
            sheet.write_string(row, place, value, quoted if value[0] in "=+-@" else cell)
        elif isinstance(value, date):
            sheet.write_datetime(row, place, value, cell)
        else:
            sheet.write_number(row, place, value, cell)


def as_cell(column: Column, value: object) -> str | float | date:
    """What is written for a value: a number or a date where the column is one and a cell can hold it, else text.

    A number of more digits than a cell keeps is written as text, so that it can be read as it was given.
    """
    if value is None:
        return ""
    if isinstance(value, date):
        if column.kind in ("date", "datetime") and value.year >= 1900:
            return value
        return value.isoformat(" ") if isinstance(value, datetime) else value.isoformat()
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        number = Decimal(value)
        if not number.is_finite():
            return str(value)
        fits = len(number.normalize().as_tuple().digits) <= DIGITS and abs(number.adjusted()) < 300
        return float(number) if column.kind in ("serial", "amount") and fits else format(number, "f")
    return str(value)[:LONGEST]


def _colours(book: Workbook, sheet: Sheet, columns: Sequence[Column], grid: Grid) -> None:
    """Conditional formats. They follow the words of the check, so that colour and words never differ."""
    bad, good, note, missing = (book.add_format(p) for p in (style.BAD, style.GOOD, style.NOTE, style.MISSING))
    check = ref(grid, columns[-1].field, grid.first)

    def area(letter: str, to: str = "") -> str:
        return f"{letter}{grid.first}:{to or letter}{grid.last}"

    def paint(areas: Sequence[str], condition: str, fill: object) -> None:
        rule = {"type": "formula", "criteria": f"={condition}", "format": fill, "stop_if_true": True}
        sheet.conditional_format(areas[0], rule | ({"multi_range": " ".join(areas)} if areas[1:] else {}))

    needed = [grid.letters[c.field] for c in columns if c.required == "yes"]
    begun = f'{check}<>""'
    paint([area(i) for i in needed], formulas.both(begun, formulas.blank(f"{needed[0]}{grid.first}")), missing)
    agreed = f"{ref(grid, 'opinion', grid.first)}={formulas.text(livecheck.AGREED)}"
    for letter in (grid.letters[c.field] for c in columns if c.required == "when_agreed"):
        paint([area(letter)], formulas.both(agreed, formulas.blank(f"{letter}{grid.first}")), missing)
    left, right, verdict = (grid.letters[c.field] for c in (columns[0], columns[-2], columns[-1]))
    paint([area(left, right)], livecheck.speaks_of(f"{left}${HEADING_ROW}", check), bad)
    paint([area(verdict)], f'LEFT({check},1)="✘"', bad)
    paint([area(verdict)], f'ISNUMBER(FIND("ⓘ",{check}))', note)
    paint([area(verdict)], f'LEFT({check},1)="✔"', good)
