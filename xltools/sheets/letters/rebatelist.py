"""视同收汇清单: what a firm shows its tax office of each indemnity, and the rules by which it was judged, as one workbook.

The columns are those of the rebate system that the ledger knows (domain §10); reason and evidence codes are the firm's to
fill in. Same input, same bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from xltools.sheets.write import bulk
from xltools.sheets.write.style import A4, FONT, TITLE_FONT

LIST, RULES = "视同收汇清单", "适用规定"


def write(path: Path, title: str, table: pa.Table, rules: Sequence[tuple[str, str]]) -> None:
    """Write the list and the page of rules (heading, text), whole or not at all. Raises OSError."""

    def extra(book: Any) -> None:
        page = book.get_worksheet_by_name(LIST)
        page.set_landscape()
        page.set_paper(A4)
        page.fit_to_pages(2, 0)
        page.repeat_rows(0)
        page.repeat_columns(0, 1)
        page.set_footer("&C第 &P 页，共 &N 页")
        _rules(book, title, rules)

    bulk.write_table(path, [bulk.Sheet(LIST, table, bulk.fitted(table, most=30), 2)], extra)


def _rules(book: Any, title: str, rules: Sequence[tuple[str, str]]) -> None:
    base = {"font_name": FONT, "font_size": 11, "valign": "top", "text_wrap": True, "border": 1}
    head = book.add_format({"font_name": TITLE_FONT, "font_size": 16, "align": "center", "valign": "vcenter"})
    name, text = book.add_format(base | {"bold": True}), book.add_format(base)
    sheet = book.add_worksheet(RULES)
    sheet.set_column(0, 0, 34)
    sheet.set_column(1, 1, 92)
    sheet.merge_range(0, 0, 0, 1, f"{title}　赔款视同收汇：适用规定", head)
    sheet.set_row(0, 36)
    for row, (heading, said) in enumerate(rules, 1):
        sheet.write_string(row, 0, heading, name)
        sheet.write_string(row, 1, said, text)
        sheet.set_row(row, 18 * max(1 + len(said) // 44, 1 + len(heading) // 16))
    sheet.hide_gridlines(2)
    sheet.set_landscape()
    sheet.set_paper(A4)
    sheet.fit_to_pages(1, 0)
