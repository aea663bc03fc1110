"""A list of whom an office pays what (明细表): title, grounds, a row a payee, the total, room to sign. Same input, same bytes."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from xltools.files import replace
from xltools.sheets.write import formats
from xltools.sheets.write.style import NAVY, PALE_BLUE, TITLE_FONT, a4, boxed, look, new_book

SHEET = "明细表"
_SIGNED = "经办：　　　　　　　　复核：　　　　　　　　负责人：　　　　　　　　（盖章）　　　　　年　　月　　日"


def write(path: Path, title: str, grounds: str, table: pa.Table) -> None:
    """Write the workbook, whole or not at all. The last column of `table` is the amount paid, decimal128(18,2).

    Raises OSError.
    """
    with replace(path) as part:
        book = new_book(part, title)
        page = book.add_worksheet(SHEET)
        names = ["序号", *table.column_names]
        last = len(names) - 1
        page.merge_range(
            0, 0, 0, last, title,
            look(book, font_name=TITLE_FONT, size=18, align="center", text_wrap=True, font_color=NAVY),
        )  # fmt: skip
        page.set_row(0, 56)
        page.merge_range(1, 0, 1, last, grounds, look(book, text_wrap=True))
        head = boxed(book, bold=True, bg_color=PALE_BLUE, align="center", text_wrap=True)
        for k, name in enumerate(names):
            page.write_string(2, k, name, head)
            page.set_column(k, k, 6 if k == 0 else 30 if name.endswith("名称") else max(11, min(22, 2 * len(name) + 2)))
        page.set_row(2, 32)
        looks = [boxed(book, align="center"), *(boxed(book, **_shown(f.type)) for f in table.schema)]
        columns = [list(range(1, table.num_rows + 1)), *(c.to_pylist() for c in table.columns)]
        for k, (values, shown) in enumerate(zip(columns, looks, strict=True)):
            for row, value in enumerate(values, 3):
                page.write(row, k, value, shown)
        end = 3 + table.num_rows
        page.merge_range(end, 0, end, last - 1, "合计", boxed(book, bold=True, align="center"))
        page.write(end, last, pc.sum(table.columns[-1]).as_py() or 0, boxed(book, bold=True, num_format=formats.AMOUNT))
        page.merge_range(end + 2, 0, end + 2, last, _SIGNED, look(book))
        page.freeze_panes(3, 3)
        page.repeat_rows(2)
        page.print_area(0, 0, end + 2, last)
        a4(page, landscape=True)
        book.close()


def _shown(kind: pa.DataType) -> dict[str, object]:
    if pa.types.is_date(kind):
        return {"num_format": formats.DATE, "align": "center"}
    if pa.types.is_decimal(kind):
        return {"num_format": formats.AMOUNT if kind.scale == 2 else formats.RATE}
    return {"num_format": formats.TEXT, "text_wrap": True}
