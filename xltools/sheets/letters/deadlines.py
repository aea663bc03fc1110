"""The morning's list (期限): what lapses first, and one page a firm to hand over or to have at hand when it is called.

Same input, same bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa

from xltools.sheets.write import bulk
from xltools.sheets.write.style import A4, FONT, TITLE_FONT

LIST, PAGES = "期限", "一企一页"
EACH = 500
"""Pages a sheet: Excel takes some 1,000 page breaks."""


@dataclass(frozen=True)
class Page:
    """One firm's page: its name and code, whom to call there, and its deadlines in lines."""

    name: str
    uscc: str
    person: str
    lines: Sequence[str]


def write(path: Path, title: str, office: str, day: date, table: pa.Table, pages: Sequence[Page]) -> None:
    """Write the workbook, whole or not at all: the list, then the pages. Raises OSError."""

    def extra(book: Any) -> None:
        page = book.get_worksheet_by_name(LIST)
        page.set_landscape()
        page.set_paper(A4)
        page.fit_to_pages(1, 0)
        page.repeat_rows(0)
        page.set_footer("&C第 &P 页，共 &N 页")
        for k in range(0, len(pages), EACH):
            _pages(
                book, f"{PAGES}{k // EACH + 1 if len(pages) > EACH else ''}", title, office, day, pages[k : k + EACH]
            )

    bulk.write_table(path, [bulk.Sheet(LIST, table, bulk.fitted(table), 5)], extra)


def _pages(book: Any, name: str, title: str, office: str, day: date, pages: Sequence[Page]) -> None:
    base = {"font_name": FONT, "font_size": 13, "valign": "top", "text_wrap": True}
    head = book.add_format(base | {"font_name": TITLE_FONT, "font_size": 18, "align": "center", "valign": "vcenter"})
    plain, bold = book.add_format(base), book.add_format(base | {"bold": True})
    right = book.add_format(base | {"align": "right"})
    sheet = book.add_worksheet(name)
    sheet.set_column(0, 0, 72)
    row, breaks = 0, []
    for page in pages:
        sheet.write_string(row, 0, f"{title}\n近期期限", head)
        sheet.set_row(row, 66)
        sheet.write_string(row + 1, 0, f"{page.name}（{page.uscc}）", bold)
        sheet.write_string(row + 2, 0, page.person, plain)
        for n, line in enumerate(page.lines, 3):
            sheet.write_string(row + n, 0, f"{n - 2}. {line}", plain)
            sheet.set_row(row + n, 20 * (1 + len(line) // 32))
        row += len(page.lines) + 4
        sheet.write_string(row, 0, f"{office}　{day:%Y年%m月%d日}", right)
        row += 1
        breaks.append(row)
    sheet.set_h_pagebreaks(breaks[:-1])
    sheet.hide_gridlines(2)
    sheet.set_portrait()
    sheet.set_paper(A4)
    sheet.set_margins(left=0.8, right=0.8, top=0.9, bottom=0.9)
    sheet.print_area(0, 0, row - 1, 0)
