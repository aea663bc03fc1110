"""What all of these workbooks share: a page that is a titled grid, a chart in our looks, room for a signature."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from xlsxwriter.workbook import Workbook

from xltools.sheets.write import grid, style
from xltools.sheets.write.grid import Value
from xltools.sheets.write.style import Sheet

NAVY, ORANGE, GREEN, PALE = "#1F4E79", "#C55A11", "#548235", "#9DC3E6"
COLOURS = (NAVY, ORANGE, GREEN, PALE)
PATTERNS = ("", "wide_upward_diagonal", "dotted_grid", "light_vertical")
"""Series differ by pattern too, for print in black and white."""
PIXELS = 7.2
"""A character of a column's width."""


@dataclass(frozen=True)
class Page:
    """A sheet that is one table: its name, what stands above, headings with widths, and rows."""

    name: str
    title: str
    notes: Sequence[str]
    headings: Sequence[str]
    widths: Sequence[float]
    rows: Sequence[Sequence[Value]]
    landscape: bool = True
    size: int = 10


def draw(book: Workbook, page: Page) -> tuple[Sheet, int, int]:
    """Add the sheet; returns it, the row (0-based) of its headings and the one below its last."""
    sheet = book.add_worksheet(page.name)
    top = grid.titled(book, sheet, page.title, page.notes, page.widths)
    first = grid.head(book, sheet, top, page.headings, page.widths)
    row = grid.body(book, sheet, first, page.rows, page.widths, size=page.size)
    sheet.freeze_panes(first, 0)
    sheet.repeat_rows(top)
    finish(sheet, row - 1, len(page.widths), landscape=page.landscape)
    return sheet, top, row


def finish(sheet: Sheet, last: int, columns: int, *, landscape: bool, high: int = 0) -> None:
    """A4, one page wide; what is printed ends with that row (0-based)."""
    style.a4(sheet, landscape=landscape, high=high)
    sheet.hide_gridlines(2)
    sheet.print_area(0, 0, max(last, 1), columns - 1)


def fill(k: int) -> dict[str, Any]:
    """How the k-th series looks, in colour and in print."""
    colour, pattern = COLOURS[k % len(COLOURS)], PATTERNS[k % len(PATTERNS)]
    if not pattern:
        return {"fill": {"color": colour}, "border": {"color": colour}}
    return {"pattern": {"pattern": pattern, "fg_color": colour, "bg_color": "#FFFFFF"}, "border": {"color": colour}}


def finish_chart(chart: Any, title: str, *, legend: bool, number: str = "#,##0", least: float | None = 0) -> Any:
    """The chart with title, fonts and axes."""
    font = {"name": style.FONT, "size": 9}
    chart.set_title(
        {"name": title, "name_font": {"name": style.TITLE_FONT, "size": 11, "bold": False}, "overlay": False}
    )
    chart.set_legend({"position": "bottom", "font": font} if legend else {"none": True})
    axis: dict[str, Any] = {
        "num_font": font,
        "num_format": number,
        "major_gridlines": {"visible": True, "line": {"color": "#E7E6E6"}},
    }
    if least is not None:
        axis["min"] = least
    chart.set_y_axis(axis)
    chart.set_x_axis({"num_font": font})
    chart.set_chartarea({"border": {"color": style.LINE}})
    return chart


def sign(book: Workbook, sheet: Sheet, row: int, columns: int, lines: Sequence[str]) -> int:
    """Room for signatures: a line each, merged over the page; returns the next row."""
    plain = style.look(book)
    for words in lines:
        sheet.merge_range(row, 0, row, columns - 1, words, plain)
        sheet.set_row(row, 30)
        row += 1
    return row
