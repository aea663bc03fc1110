"""The charts (图) of 首页: firms by district and state, fiscal money by plan and insurer; both also read in black print."""

from __future__ import annotations

from typing import Any

from xlsxwriter.workbook import Workbook

from xltools.sheets.platform.contents import Contents
from xltools.sheets.platform.draw.home.grid import HOME, LEFT, LEFT_END, RIGHT, RIGHT_END, SIDE, WIDTHS
from xltools.sheets.platform.draw.home.side import DISTRICTS, areas, plans_row
from xltools.sheets.write import style
from xltools.sheets.write.formats import COUNT
from xltools.sheets.write.style import Sheet

COLOURS = ("#1F4E79", "#9DC3E6", "#C55A11", "#FFD966", "#FFF2CC", "#BFBFBF", "#EDEDED")
"""Of home_side.STATES, from dark to light."""
DARK = {"#1F4E79", "#C55A11"}
INSURERS = ("#1F4E79", "#F4B183", "#A9D18E", "#BFBFBF")
HEIGHT = 380
"""Pixels; the rows below the charts' first are 20 pixels high."""
FONT = {"name": style.FONT, "size": 10}


def charts(book: Workbook, sheet: Sheet, contents: Contents, row: int) -> None:
    """Put both charts side by side from `row` (0-based) on."""
    names = areas(contents)
    by_district = book.add_chart({"type": "bar", "subtype": "stacked"})
    rows = (DISTRICTS + 1, DISTRICTS + len(names))
    for place, colour in enumerate(COLOURS, SIDE + 1):
        by_district.add_series(_series(DISTRICTS, place, rows, colour, f"[>={_least(contents)}]0;;") | {"gap": 45})
    _finish(by_district, "各区企业（家）")
    by_district.set_y_axis({"reverse": True, "num_font": FONT, "line": {"color": style.LINE}})
    by_district.set_x_axis({"visible": False, "major_gridlines": {"visible": False}, "min": 0})
    _put(sheet, by_district, row, LEFT, LEFT_END, "各区企业按状态的家数，数字见上面的区表")
    by_plan = book.add_chart({"type": "column", "subtype": "clustered"})
    top = plans_row(contents)
    rows = (top + 1, top + len(contents.scheme.plans))
    for place, colour in zip(range(SIDE + 1, SIDE + 1 + len(contents.scheme.insurers)), INSURERS * 3, strict=False):
        series = _series(top, place, rows, colour, "#,##0.0;;")
        labels = {"data_labels": {"value": True, "num_format": "#,##0.0;;", "font": {"size": 9}}}
        by_plan.add_series(series | labels | {"gap": 80, "overlap": -5})
    _finish(by_plan, "财政扶持（万元，已安排和已报送）")
    by_plan.set_y_axis({"num_font": FONT, "num_format": COUNT, "line": {"none": True}, "min": 0,
                        "major_gridlines": {"visible": True, "line": {"color": "#E7E6E6"}}})  # fmt: skip
    by_plan.set_x_axis({"num_font": FONT, "line": {"color": style.LINE}})
    _put(sheet, by_plan, row, RIGHT, RIGHT_END, "财政扶持按方案和保险人的金额，数字见上面的表")


def _least(contents: Contents) -> int:
    """The smallest number that still has room in its piece of the longest bar; the table above has them all."""
    firms = contents.tables["区表"]["企业"].to_pylist()
    return max(4, max((n or 0 for n in firms), default=0) // 25)


def _series(top: int, column: int, rows: tuple[int, int], colour: str, shown: str) -> dict[str, Any]:
    light = {"color": "#FFFFFF"} if colour in DARK else {"color": "#262626"}
    return {
        "name": [HOME, top, column],
        "categories": [HOME, rows[0], SIDE, rows[1], SIDE],
        "values": [HOME, rows[0], column, rows[1], column],
        "fill": {"color": colour}, "border": {"color": "#7F7F7F", "width": 0.5},
        "data_labels": {"value": True, "num_format": shown, "position": "center", "font": {"size": 9} | light},
    }  # fmt: skip


def _finish(chart: Any, title: str) -> None:
    chart.set_title(
        {"name": title, "name_font": {"name": style.TITLE_FONT, "size": 12, "bold": False}, "overlay": False}
    )
    chart.set_legend({"position": "bottom", "font": FONT})
    chart.set_chartarea({"border": {"color": style.LINE}})
    chart.show_blanks_as("gap")
    chart.show_hidden_data()


def _put(sheet: Sheet, chart: Any, row: int, left: int, right: int, words: str) -> None:
    pixels = sum(int(WIDTHS[c] * 7 + 5) for c in range(left, right + 1))
    chart.set_size({"width": pixels, "height": HEIGHT})
    sheet.insert_chart(row, left, chart, {"object_position": 2, "description": words})
