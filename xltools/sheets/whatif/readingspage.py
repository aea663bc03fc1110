"""口径确认单: the readings with what the other ones would change, A4, to be signed; and the firms by name."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from xltools.sheets.write import grid, style
from xltools.sheets.write.grid import Value
from xltools.sheets.write.style import Sheet

TITLE, LISTED = "口径确认单", "涉及企业"
HEADINGS = (
    "序号",
    "条款",
    "不明之处",
    "本方案的理解",
    "另一种理解",
    "另一种理解会改变什么（按现有台账）",
    "确认人、日期、依据",
)
WIDTHS = (6, 13, 24, 25, 21, 46, 19)
FIRMS = ("口径", "变化", "受理编号", "企业名称", "所属区", "保险人", "方案", "财政扶持(元)")
FIRM_WIDTHS = (7, 16, 14, 36, 18, 12, 8, 16)
SIGNED = ("投保人（市商务局，盖章）：", "保险人（盖章）：", "日期：　　　　年　　月　　日")


def write(
    path: Path, title: str, notes: Sequence[str], rows: Sequence[Sequence[Value]], firms: Sequence[Sequence[Value]]
) -> None:
    """Write the workbook: `rows` by HEADINGS, `firms` by FIRMS."""
    book = style.new_book(path, TITLE)
    sheet = book.add_worksheet(TITLE)
    first = grid.titled(book, sheet, f"{title}\n{TITLE}", notes, WIDTHS)
    row = grid.head(book, sheet, first, HEADINGS, WIDTHS)
    row = grid.body(book, sheet, row, rows, WIDTHS)
    open_ = style.look(book, font_size=12)
    for words in SIGNED:
        row += 1
        sheet.write_string(row, 1, words, open_)
        sheet.set_row(row, 30)
    _print(sheet, first, row, len(WIDTHS))
    names = book.add_worksheet(LISTED)
    first = grid.titled(book, names, f"{TITLE}：{LISTED}", ["取另一种理解时，逐家列出"], FIRM_WIDTHS)
    row = grid.head(book, names, first, FIRMS, FIRM_WIDTHS)
    row = grid.body(book, names, row, firms, FIRM_WIDTHS)
    _print(names, first, row, len(FIRM_WIDTHS))
    book.close()


def _print(sheet: Sheet, head: int, last: int, columns: int) -> None:
    style.a4(sheet, landscape=True)
    sheet.repeat_rows(head)
    sheet.freeze_panes(head + 1, 0)
    sheet.hide_gridlines(2)
    sheet.print_area(0, 0, last, columns - 1)
