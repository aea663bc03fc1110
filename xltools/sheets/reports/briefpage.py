"""简报: one A4 page with its figures and charts, as a workbook."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from xlsxwriter.workbook import Workbook

from xltools.sheets.reports.book import COLOURS, fill, finish, finish_chart
from xltools.sheets.write import formats, style
from xltools.sheets.write.grid import Value
from xltools.sheets.write.style import POINTS, Sheet, lines

NAME = "简报"
COLUMNS, WIDTH = 8, 13.0
"""Columns of the page, and what each is wide."""
ACROSS = 4
"""Figures in a row at its top."""
HIGH = 325
"""Pixels of a chart."""
ROWS = 17
"""Rows that a chart covers."""


@dataclass(frozen=True)
class Bars:
    """What one chart shows: its title, the names below, series by name; `line`: over time, the last series as a limit."""

    title: str
    names: Sequence[str]
    series: Sequence[tuple[str, Sequence[Value]]]
    line: bool = False
    number: str = formats.COUNT
    empty: str = "还没有数"


@dataclass(frozen=True)
class Brief:
    """The page: title, when and by what, key figures with their words, four charts, and what else there is to say."""

    title: str
    office: str
    dated: str
    figures: Sequence[tuple[str, str]]
    charts: Sequence[Bars]
    said: Sequence[str]


def write(path: Path, b: Brief) -> None:
    """Write the workbook. Same input, same bytes."""
    book = style.new_book(path, b.title)
    _Drawing(book, b).draw()
    book.close()


class _Drawing:
    """The page and, beside it, what its charts are made of."""

    def __init__(self, book: Workbook, b: Brief) -> None:
        self.book, self.b = book, b
        self.sheet: Sheet = book.add_worksheet(NAME)
        self.data = 0

    def draw(self) -> None:
        last = COLUMNS - 1
        self.sheet.set_column(0, last, WIDTH, style.look(self.book))
        big = style.look(self.book, font_name=style.TITLE_FONT, font_size=18, align="center", text_wrap=True)
        self.sheet.merge_range(0, 0, 0, last, f"{self.b.title}\n简报", big)
        self.sheet.set_row(0, 56)
        self.sheet.merge_range(
            1, 0, 1, last, self.b.dated, style.look(self.book, align="center", font_color=style.GREY, font_size=10)
        )
        row = self._figures(2)
        half = int(7.2 * WIDTH * COLUMNS / 2) + 8
        for k, bars in enumerate(self.b.charts):
            top = row + ROWS * (k // 2)
            self._chart(bars, top, COLUMNS // 2 * (k % 2), half)
        row += ROWS * -(-len(self.b.charts) // 2)
        plain = style.look(self.book, text_wrap=True, font_size=10, valign="top")
        for words in self.b.said:
            self.sheet.merge_range(row, 0, row, last, words, plain)
            self.sheet.set_row(row, 4 + POINTS * lines(words, WIDTH * COLUMNS))
            row += 1
        right = style.look(self.book, align="right")
        self.sheet.merge_range(row, 0, row, last, self.b.office, right)
        finish(self.sheet, row, COLUMNS, landscape=False, high=1)

    def _figures(self, row: int) -> int:
        """Boxes of two cells' width: what it is, and how much."""
        small = style.boxed(self.book, bg_color=style.PALE_BLUE, font_color=style.NAVY, align="center", font_size=9)
        large = style.boxed(self.book, bold=True, align="center", font_size=12, text_wrap=True)
        for k, (words, value) in enumerate(self.b.figures):
            top, left = row + 2 * (k // ACROSS), 2 * (k % ACROSS)
            self.sheet.merge_range(top, left, top, left + 1, words, small)
            self.sheet.merge_range(top + 1, left, top + 1, left + 1, value, large)
            self.sheet.set_row(top, 18)
            self.sheet.set_row(top + 1, 30)
        return row + 2 * -(-len(self.b.figures) // ACROSS)

    def _chart(self, bars: Bars, row: int, column: int, width: int) -> None:
        if not bars.names:
            words = f"{bars.title}：{bars.empty}"
            look = style.look(self.book, font_color=style.GREY, align="center")
            self.sheet.merge_range(row + 4, column, row + 5, column + COLUMNS // 2 - 1, words, look)
            return
        place = COLUMNS + 1
        top, pale = self.data, style.look(self.book, font_color=style.GREY, font_size=9)
        for k, name in enumerate(bars.names, 1):
            self.sheet.write_string(top + k, place, name, pale)
        for column_of, (name, values) in enumerate(bars.series, place + 1):
            self.sheet.write_string(top, column_of, name, pale)
            for k, value in enumerate(values, 1):
                if isinstance(value, int | Decimal):
                    self.sheet.write_number(
                        top + k, column_of, value, style.look(self.book, font_size=9, num_format=bars.number)
                    )
        last = top + len(bars.names)
        chart = self.book.add_chart({"type": "line" if bars.line else "column"})
        for k, (_, _values) in enumerate(bars.series):
            at = place + 1 + k
            series: dict[str, Any] = {
                "name": [NAME, top, at], "categories": [NAME, top + 1, place, last, place], "values": [NAME, top + 1, at, last, at],
            }  # fmt: skip
            chart.add_series(series | (_line(k, len(bars.series)) if bars.line else _bar(k, bars, len(bars.names))))
        finish_chart(chart, bars.title, legend=len(bars.series) > 1, number=bars.number)
        chart.set_size({"width": width, "height": HIGH})
        self.sheet.insert_chart(row, column, chart, {"x_offset": 2, "y_offset": 4, "object_position": 2})
        self.data = last + 2


def _bar(k: int, bars: Bars, many: int) -> dict[str, Any]:
    label = {"value": True, "num_format": f"{bars.number};;", "font": {"size": 8}}
    return {"gap": 60, **fill(k), **({"data_labels": label} if many * len(bars.series) <= 14 else {})}


def _line(k: int, many: int) -> dict[str, Any]:
    """A line with marks; of several the last is the limit, dashed."""
    if many > 1 and k == many - 1:
        return {"line": {"color": "#7F7F7F", "width": 1.75, "dash_type": "dash"}}
    return {
        "line": {"color": COLOURS[k % len(COLOURS)], "width": 2},
        "marker": {"type": "diamond", "size": 6, "fill": {"color": "white"}},
    }
