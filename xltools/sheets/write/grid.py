"""Tables on a printed page: wrapped cells whose rows are as high as their text, so that no Chinese is cut."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from xlsxwriter.workbook import Workbook

from xltools.sheets.write import formats, style
from xltools.sheets.write.style import POINTS, Sheet, lines


class Ratio(Decimal):
    """A ratio, shown in per cent to one decimal."""


Value = str | int | Decimal | None
TALLEST = 400.0
"""Points, the most that a row can have."""
NONE = "—"
"""Stands where there is no figure to show, as a growth from nothing."""


def head(book: Workbook, sheet: Sheet, row: int, headings: Sequence[str], widths: Sequence[float]) -> int:
    """The headings; returns the next row."""
    look = style.boxed(book, bold=True, bg_color=style.PALE_BLUE, font_color=style.NAVY, text_wrap=True, align="center")
    for column, words in enumerate(headings):
        sheet.write_string(row, column, words, look)
    sheet.set_row(row, 6 + POINTS * max(lines(h, w) for h, w in zip(headings, widths, strict=False)))
    return row + 1


def body(
    book: Workbook, sheet: Sheet, row: int, rows: Sequence[Sequence[Value]], widths: Sequence[float], *, size: int = 10
) -> int:
    """Rows of values: texts wrapped, whole numbers, money with two decimals, ratios; returns the next row."""
    text = style.boxed(book, text_wrap=True, font_size=size, valign="top")
    none = style.boxed(book, font_size=size, valign="top", align="right")
    count = style.boxed(book, font_size=size, num_format=formats.COUNT, valign="top")
    amount = style.boxed(book, font_size=size, num_format=formats.AMOUNT, valign="top")
    ratio = style.boxed(book, font_size=size, num_format=formats.PERCENT_TENTH, valign="top")
    for values in rows:
        high = 1
        for column, value in enumerate(values):
            if value is None or value == "":
                sheet.write_blank(row, column, None, text)
            elif isinstance(value, str):
                sheet.write_string(row, column, value, none if value == NONE else text)
                high = max(high, lines(value, widths[column]))
            else:
                look = count if isinstance(value, int) else ratio if isinstance(value, Ratio) else amount
                sheet.write_number(row, column, value, look)
        sheet.set_row(row, min(TALLEST, 4 + POINTS * high))
        row += 1
    return row


def titled(book: Workbook, sheet: Sheet, title: str, notes: Sequence[str], widths: Sequence[float]) -> int:
    """Column widths, the title and notes below it; returns the next row."""
    for column, width in enumerate(widths):
        sheet.set_column(column, column, width, style.look(book))
    last, whole = len(widths) - 1, sum(widths)
    big = style.look(book, font_name=style.TITLE_FONT, font_size=16, align="center", text_wrap=True)
    sheet.merge_range(0, 0, 0, last, title, big)
    sheet.set_row(0, 10 + 22 * lines(title, whole / 1.6))
    plain = style.look(book, text_wrap=True, font_color=style.GREY, font_size=10)
    for row, words in enumerate(notes, 1):
        sheet.merge_range(row, 0, row, last, words, plain)
        sheet.set_row(row, 4 + POINTS * lines(words, whole))
    return 1 + len(notes)
