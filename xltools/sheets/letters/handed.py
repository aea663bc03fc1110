"""Lists that go to another office (名单): one table with a caption of what it is, as a plain workbook. Same input, same bytes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from xltools.sheets.write import bulk
from xltools.sheets.write.style import A4, FONT, TITLE_FONT


def write(path: Path, title: str, sheet: str, table: pa.Table, said: Sequence[tuple[str, str]]) -> None:
    """Write the list on `sheet`, and behind it a page (heading, text) of what it is and how it may be used; whole or not
    at all. Raises OSError."""
    looks = [bulk.Column(_width(n, table[n])) for n in table.column_names]

    def extra(book: Any) -> None:
        page = book.get_worksheet_by_name(sheet)
        page.set_landscape()
        page.set_paper(A4)
        page.fit_to_pages(1, 0)
        page.repeat_rows(0)
        page.set_footer("&C第 &P 页，共 &N 页")
        _about(book, title, said)

    bulk.write_table(path, [bulk.Sheet(sheet, table, looks, 2)], extra)


def _width(heading: str, column: pa.ChunkedArray) -> float:
    """Room for the heading and for the texts below it, Chinese counted double."""
    longest = max((_places(str(v)) for v in column.to_pylist() if v is not None), default=0)
    return max(10, min(36, max(longest, _places(heading)) + 2))


def _places(text: str) -> int:
    return sum(2 if ord(c) > 0x2E7F else 1 for c in text)


def _about(book: Any, title: str, said: Sequence[tuple[str, str]]) -> None:
    base = {"font_name": FONT, "font_size": 11, "valign": "top", "text_wrap": True, "border": 1}
    head = book.add_format({"font_name": TITLE_FONT, "font_size": 16, "align": "center", "valign": "vcenter"})
    name, text = book.add_format(base | {"bold": True}), book.add_format(base)
    page = book.add_worksheet("说明")
    page.set_column(0, 0, 20)
    page.set_column(1, 1, 84)
    page.merge_range(0, 0, 0, 1, title, head)
    page.set_row(0, 36)
    for row, (heading, words) in enumerate(said, 1):
        page.write_string(row, 0, heading, name)
        page.write_string(row, 1, words, text)
        page.set_row(row, 18 * (1 + len(words) // 40))
    page.hide_gridlines(2)
    page.set_landscape()
    page.set_paper(A4)
    page.fit_to_pages(1, 0)
