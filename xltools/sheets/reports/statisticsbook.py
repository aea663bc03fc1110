"""统计: the statistics of a cut-off as one workbook; coverage with a chart, targets, tasks, other lines, corrections."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from xltools.sheets.reports.book import Page, draw, fill, finish, finish_chart
from xltools.sheets.write import style

COVERAGE = "覆盖面"


@dataclass(frozen=True)
class Statistics:
    """Pages in their order; `charted` how many rows of the page 覆盖面 its chart shows."""

    title: str
    pages: Sequence[Page]
    charted: int = 0


def write(path: Path, s: Statistics) -> None:
    """Write the workbook. Same input, same bytes."""
    book = style.new_book(path, s.title)
    for page in s.pages:
        sheet, top, last = draw(book, page)
        if page.name == COVERAGE and s.charted:
            chart = book.add_chart({"type": "column"})
            for k, column in enumerate((1, 2)):
                chart.add_series({
                    "name": [page.name, top, column], "categories": [page.name, top + 1, 0, top + s.charted, 0],
                    "values": [page.name, top + 1, column, top + s.charted, column], "gap": 70, **fill(k),
                    "data_labels": {"value": True, "num_format": "#,##0;;", "font": {"size": 9}},
                })  # fmt: skip
            finish_chart(chart, "各区参保和应保企业（家）", legend=True)
            chart.set_size({"width": int(7.2 * sum(page.widths)), "height": 300})
            sheet.insert_chart(last + 1, 0, chart, {"x_offset": 4, "y_offset": 4})
            finish(sheet, last + 17, len(page.widths), landscape=page.landscape)
    book.close()
