"""绩效评估: the criteria with their figures and charts on a page to sign, the firms behind them, the control group, the forms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from xlsxwriter.workbook import Workbook

from xltools.sheets.reports import formspage
from xltools.sheets.reports.book import Page, draw, fill, finish, finish_chart, sign
from xltools.sheets.reports.formspage import Forms
from xltools.sheets.write import grid, style
from xltools.sheets.write.grid import Value
from xltools.sheets.write.style import BAD, GOOD, NOTE, Sheet

NAME = "评估"
HEADINGS = ("条款", "评估标准（原文）", "怎样算达到", "结果", "数据", "还缺什么")
WIDTHS = (11, 34, 30, 10, 56, 30)
RESULT = 3
LOOKS = {"达标": GOOD, "未达标": BAD, "尚不能定": NOTE}


@dataclass(frozen=True)
class Growth:
    """A pair of bars: what it is, the policy year's and the earlier figure (in 万美元)."""

    name: str
    before: Decimal
    now: Decimal


@dataclass(frozen=True)
class Evaluation:
    """Everything in the workbook; `reached` by clause how far it is reached, for the chart."""

    title: str
    office: str
    notes: Sequence[str]
    rows: Sequence[Sequence[Value]]
    reached: Sequence[tuple[str, Decimal]]
    growth: Sequence[Growth]
    pages: Sequence[Page]
    forms: Forms


def write(path: Path, e: Evaluation) -> None:
    """Write the workbook. Same input, same bytes."""
    book = style.new_book(path, e.title)
    _front(book, book.add_worksheet(NAME), e)
    formspage.draw(book, e.forms)
    for page in e.pages:
        draw(book, page)
    book.close()


def _front(book: Workbook, sheet: Sheet, e: Evaluation) -> None:
    row = grid.titled(book, sheet, f"{e.title}\n绩效评估", e.notes, WIDTHS)
    first = grid.head(book, sheet, row, HEADINGS, WIDTHS)
    row = grid.body(book, sheet, first, e.rows, WIDTHS)
    for k, values in enumerate(e.rows):
        said = str(values[RESULT])
        look = style.boxed(book, bold=True, align="center", font_size=10, **LOOKS.get(said, {}))
        sheet.write_string(first + k, RESULT, said, look)
    chart_row = row + 1
    column = len(WIDTHS) + 1
    _charts(book, sheet, e, chart_row, column)
    row = sign(
        book, sheet, chart_row + 15, len(WIDTHS),
        (
            "评估意见：", "经办：　　　　　　　　　　复核：　　　　　　　　　　分管领导：",
            f"{e.office}（盖章）　　　　　　　　　　　　　年　　月　　日",
        ),
    )  # fmt: skip
    finish(sheet, row, len(WIDTHS), landscape=True, high=1)


def _charts(book: Workbook, sheet: Sheet, e: Evaluation, row: int, column: int) -> None:
    """Two charts side by side; their figures stand beside the page, outside what is printed."""
    pale = style.look(book, font_color=style.GREY, font_size=9)
    for k, (clause, degree) in enumerate(e.reached):
        sheet.write_string(row + k, column, clause, pale)
        sheet.write_number(row + k, column + 1, degree, style.look(book, font_size=9, num_format="0.0%"))
    for k, bars in enumerate(e.growth):
        sheet.write_string(row + k, column + 3, bars.name, pale)
        sheet.write_number(row + k, column + 4, bars.before, pale)
        sheet.write_number(row + k, column + 5, bars.now, pale)
    half = int(7 * sum(WIDTHS) / 2) - 12
    if e.reached:
        chart = book.add_chart({"type": "column"})
        end = row + len(e.reached) - 1
        chart.add_series({
            "name": "完成程度", "categories": [NAME, row, column, end, column], "values": [NAME, row, column + 1, end, column + 1],
            "gap": 60, **fill(0), "data_labels": {"value": True, "num_format": "0.0%", "font": {"size": 9}},
        })  # fmt: skip
        finish_chart(chart, "服务质量：各条完成程度", legend=False, number="0%")
        chart.set_size({"width": half, "height": 280})
        sheet.insert_chart(row, 0, chart, {"x_offset": 4, "y_offset": 4})
    if e.growth:
        chart = book.add_chart({"type": "column"})
        end = row + len(e.growth) - 1
        for k, name in enumerate(("上年同期", "本保险年度")):
            chart.add_series({
                "name": name, "categories": [NAME, row, column + 3, end, column + 3],
                "values": [NAME, row, column + 4 + k, end, column + 4 + k], "gap": 60, **fill(k),
            })  # fmt: skip
        finish_chart(chart, "出口规模（万美元）", legend=True)
        chart.set_size({"width": half, "height": 280})
        sheet.insert_chart(row, 0, chart, {"x_offset": half + 12, "y_offset": 4})
