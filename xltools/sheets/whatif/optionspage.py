"""会商页: two or three options side by side on one A4 page with a chart, the firms by name, and rates × take-up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from xlsxwriter.workbook import Workbook

from xltools.sheets.write import grid, style
from xltools.sheets.write.grid import Value
from xltools.sheets.write.style import Sheet

TITLE, LISTED, RATES = "比较方案", "进出企业", "汇率与参保率"
FIRMS = ("方案", "变化", "受理编号", "企业名称", "所属区", "保险人", "档", "财政扶持(元)")
FIRM_WIDTHS = (14, 14, 14, 36, 18, 12, 6, 16)
FIRST, EACH = 26, 22
"""Width of the first column, and of one for each option."""


@dataclass(frozen=True)
class Page:
    """What stands on it. `columns` the options' names behind 现状; `steps` what each is; `figures` and `areas` rows by
    first column and options; `left` the place of the first row of `figures` that the chart shows, and how many."""

    title: str
    notes: Sequence[str]
    columns: Sequence[str]
    figures: Sequence[Sequence[Value]]
    left: tuple[int, int]
    areas: Sequence[Sequence[Value]]
    firms: Sequence[Sequence[Value]]
    rates: Sequence[tuple[str, Sequence[str], Sequence[Sequence[Value]]]]
    """A block a pool: its name, the headings, the rows."""


def write(path: Path, page: Page) -> None:
    """Write the workbook."""
    book = style.new_book(path, TITLE)
    _options(book, book.add_worksheet(TITLE), page)
    names = book.add_worksheet(LISTED)
    first = grid.titled(book, names, f"{TITLE}：{LISTED}", ["同现状相比，逐家列出"], FIRM_WIDTHS)
    row = grid.head(book, names, first, FIRMS, FIRM_WIDTHS)
    row = grid.body(book, names, row, page.firms, FIRM_WIDTHS)
    _finish(names, row, len(FIRM_WIDTHS), landscape=True, high=0)
    names.repeat_rows(first)
    _rates(book, book.add_worksheet(RATES), page)
    book.close()


def _options(book: Workbook, sheet: Sheet, page: Page) -> None:
    widths = (FIRST, *[EACH] * len(page.columns))
    row = grid.titled(book, sheet, f"{page.title}\n{TITLE}", page.notes, widths)
    top = grid.head(book, sheet, row, ("", *page.columns), widths)
    row = grid.body(book, sheet, top, page.figures, widths) + 1
    if page.areas:
        row = grid.head(book, sheet, row, ("所属区（新安排／不再安排）", *page.columns), widths)
        row = grid.body(book, sheet, row, page.areas, widths) + 1
    chart = book.add_chart({"type": "column"})
    first, many = page.left
    name = sheet.get_name()
    for n in range(many):
        at = top + first + n
        chart.add_series(
            {
                "name": [name, at, 0],
                "categories": [name, top - 1, 1, top - 1, len(page.columns)],
                "values": [name, at, 1, at, len(page.columns)],
            }
        )
    chart.set_title({"name": "各方案的余额（元）", "name_font": {"name": style.FONT, "size": 12}})
    chart.set_legend({"position": "bottom", "font": {"name": style.FONT}})
    chart.set_y_axis({"num_format": "#,##0", "major_gridlines": {"visible": True, "line": {"color": style.LINE}}})
    chart.set_size({"width": int(7.2 * sum(widths)), "height": 260})
    sheet.insert_chart(row, 0, chart, {"x_offset": 4, "y_offset": 4})
    row += 15
    sheet.write_string(row, 0, "会商结论：", style.look(book, bold=True))
    sheet.write_string(row + 2, 0, "签字：", style.look(book, bold=True))
    sheet.write_string(row + 2, len(widths) - 1, "日期：　　　年　　月　　日", style.look(book))
    _finish(sheet, row + 3, len(widths), landscape=False, high=1)


def _rates(book: Workbook, sheet: Sheet, page: Page) -> None:
    most = max((len(headings) for _, headings, _ in page.rates), default=1)
    widths = (16, *[17] * (most - 1))
    notes = [
        "行是汇率，列是参保率：待审核的都同意时符合条件的企业，按排队取前百分之几（已报送的都在内）。",
        "每户按该汇率计到分再相加；格内是盘子的余额（元），负数是缺口。",
    ]
    row = grid.titled(book, sheet, f"{page.title}\n{RATES}", notes, widths)
    for name, headings, rows in page.rates:
        sheet.write_string(row, 0, name, style.look(book, bold=True))
        row = grid.head(book, sheet, row + 1, headings, widths)
        row = grid.body(book, sheet, row, rows, widths) + 1
    _finish(sheet, row, most, landscape=True, high=1)


def _finish(sheet: Sheet, last: int, columns: int, *, landscape: bool, high: int) -> None:
    style.a4(sheet, landscape=landscape, high=high)
    sheet.hide_gridlines(2)
    sheet.print_area(0, 0, last, columns - 1)
