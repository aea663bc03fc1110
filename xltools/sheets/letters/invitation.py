"""What a district gets to win its firms (动员): the list of them, and one page a firm to hand over.

Same input, same bytes. Excel takes some 1,000 page breaks a sheet, so the pages are spread over several.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from xltools.sheets.write import bulk
from xltools.sheets.write.style import A4, FONT, TITLE_FONT, lines

LIST, PAGES = "动员名单", "告知书"
EACH = 500
"""Pages a sheet."""
HEIGHT = 14
"""Rows of a page."""
WIDTH, SIZE = 64, 14
"""Width of the one column, so that A4 holds it in any font, and points of its text: manual page breaks forbid fitting."""


@dataclass(frozen=True)
class Page:
    """One firm's page: whom it is for, and its lines."""

    name: str
    uscc: str
    lines: Sequence[str]


def write(path: Path, title: str, office: str, table: pa.Table, pages: Sequence[Page]) -> None:
    """Write the workbook, whole or not at all: the list, then the pages. Raises OSError."""

    def extra(book: Any) -> None:
        page = book.get_worksheet_by_name(LIST)
        page.set_landscape()
        page.set_paper(A4)
        page.fit_to_pages(1, 0)
        page.repeat_rows(0)
        for k in range(0, len(pages), EACH):
            _pages(book, f"{PAGES}{k // EACH + 1}", title, office, pages[k : k + EACH])

    bulk.write_table(path, [bulk.Sheet(LIST, table, bulk.fitted(table), 2)], extra)


def _pages(book: Any, name: str, title: str, office: str, pages: Sequence[Page]) -> None:
    base = {"font_name": FONT, "font_size": SIZE, "valign": "top", "text_wrap": True}
    head = book.add_format(
        {"font_name": TITLE_FONT, "font_size": 20, "align": "center", "valign": "vcenter", "text_wrap": True}
    )
    plain, bold = book.add_format(base), book.add_format(base | {"bold": True})
    right = book.add_format(base | {"align": "right"})
    sheet = book.add_worksheet(name)
    sheet.set_column(0, 0, WIDTH)
    breaks = []
    for k, page in enumerate(pages):
        row = k * HEIGHT
        sheet.write_string(row, 0, f"{title}\n告知书", head)
        sheet.set_row(row, 84)
        sheet.write_string(row + 2, 0, f"{page.name}（{page.uscc}）：", bold)
        for n, line in enumerate(page.lines, 3):
            sheet.write_string(row + n, 0, line, plain)
            sheet.set_row(row + n, 24 * lines(line, WIDTH * 11 / SIZE))
        sheet.write_string(row + HEIGHT - 2, 0, office, right)
        breaks.append(row + HEIGHT)
    sheet.set_h_pagebreaks(breaks[:-1])
    sheet.hide_gridlines(2)
    sheet.set_portrait()
    sheet.set_paper(A4)
    sheet.set_margins(left=0.9, right=0.9, top=1.0, bottom=1.0)
    sheet.print_area(0, 0, len(pages) * HEIGHT - 1, 0)
