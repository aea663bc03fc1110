"""图表: the adopted scenario by plan and insurer, the pools, the scenarios side by side, the sensitivity to take-up."""

from __future__ import annotations

from typing import Any

from xltools.sheets.budget import page_estimate, page_scenarios, page_sensitivity
from xltools.sheets.budget.draft import Draft
from xltools.sheets.budget.page_estimate import current, fixed
from xltools.sheets.budget.page_scenarios import COMPARED
from xltools.sheets.budget.parameters import axes
from xltools.sheets.write.formats import COUNT
from xltools.sheets.write.style import FONT, TITLE_FONT, Sheet

NAME = "图表"
WIDTHS = (14,) * 12
WIDTH, HIGH = 606, 400
"""Pixels of a chart: two beside each other are as wide as the sheet."""
ROWS = 18
"""Rows from one pair of charts to the next."""
COLOURS = ("#1F4E79", "#C55A11", "#548235", "#7F6000", "#7030A0", "#2E75B6", "#A5A5A5")
PATTERNS = ("", "wide_upward_diagonal", "dotted_grid", "horizontal_brick", "light_vertical", "small_checker", "wave")
"""Bars differ by pattern too, for print in black and white."""
MARKS = (("diamond", "#2E75B6"), ("square", "#1F4E79"), ("triangle", "#C55A11"))


def write(d: Draft, sheet: Sheet) -> None:
    """Fill the sheet with four charts on one page; they follow the scenario and the method that are chosen."""
    d.page(sheet, f"{NAME}　{d.scheme.title}", "各图随“情景”表的选择自动更新。", WIDTHS, high=1)
    current(d, sheet, 2)
    charts = (_plans(d), _pools(d), _scenarios(d), _takeup(d))
    for k, chart in enumerate(charts):
        place = {"x_offset": 4, "y_offset": 4, "object_position": 3}
        sheet.insert_chart(4 + ROWS * (k // 2), 6 * (k % 2), chart, place)
    sheet.print_area(0, 0, 4 + 2 * ROWS, len(WIDTHS) - 1)


def _area(d: Draft, page: str, first: str, last: str) -> str:
    return f"={page}!{fixed(d.places[first][1])}:{fixed(d.places[last][1])}"


def _plans(d: Draft) -> Any:
    insurers, plans = d.scheme.insurers, [p.id for p in d.scheme.plans]
    chart = d.book.add_chart({"type": "column", "subtype": "stacked"})
    heads = _area(d, page_estimate.NAME, f"matrix.{plans[0]}", f"matrix.{plans[-1]}")
    for k, insurer in enumerate(insurers):
        first, last = (f"now.wan.{p}.{insurer.id}" for p in (plans[0], plans[-1]))
        values = _area(d, page_estimate.NAME, first, last)
        chart.add_series({"name": insurer.name, "categories": heads, "values": values, "gap": 80, **_bar(k)})
    return _titled(chart, "财政扶持：按方案和保险人", "万元")


def _pools(d: Draft) -> Any:
    first, last = d.scheme.insurers[0].id, d.scheme.insurers[-1].id
    chart = d.book.add_chart({"type": "column"})
    heads = _area(d, page_estimate.NAME, f"label.at.{first}", f"label.at.{last}")
    for k, (label, amount) in enumerate((("资金盘子", "pool"), ("财政扶持", "fiscal"))):
        values = _area(d, page_estimate.NAME, f"now.{amount}.at.{first}", f"now.{amount}.at.{last}")
        chart.add_series({"name": label, "categories": heads, "values": values, "gap": 80, **_bar(k)})
    return _titled(chart, "资金盘子与财政扶持", "元")


def _scenarios(d: Draft) -> Any:
    chart = d.book.add_chart({"type": "column"})
    heads = _area(d, page_scenarios.NAME, "head.low", "head.own")
    for k, amount in enumerate(("fiscal", "own")):
        values = _area(d, page_scenarios.NAME, f"low.{amount}", f"own.{amount}")
        name = COMPARED[amount].partition("（")[0]
        chart.add_series({"name": name, "categories": heads, "values": values, "gap": 80, **_bar(k)})
    return _titled(chart, "各情景的财政扶持和企业承担", "元")


def _takeup(d: Draft) -> Any:
    """Fiscal money over take-up at the lowest, the middle and the highest exchange rate, beside the total."""
    steps = axes(d.scheme)
    last = len(steps["factor"]) - 1
    heads = _area(d, page_sensitivity.NAME, "fx.across.0", f"fx.across.{last}")
    chart = d.book.add_chart({"type": "line"})
    rates = len(steps["fx"])
    for (mark, colour), i in zip(MARKS, (0, rates // 2, rates - 1), strict=True):
        chart.add_series({
            "name": f"={page_sensitivity.NAME}!{fixed(d.places[f'fx.name.{i}'][1])}", "categories": heads,
            "values": _area(d, page_sensitivity.NAME, f"fx.{i}.0", f"fx.{i}.{last}"),
            "line": {"color": colour, "width": 2}, "marker": {"type": mark, "size": 7, "fill": {"color": "white"}},
        })  # fmt: skip
    chart.add_series({
        "name": "总盘子", "categories": heads, "values": _area(d, page_sensitivity.NAME, "fx.total.0", f"fx.total.{last}"),
        "line": {"color": "#7F7F7F", "width": 1.75, "dash_type": "dash"},
    })  # fmt: skip
    return _titled(chart, "财政扶持随参保系数的变化（横轴：当前情景的倍数）", "万元")


def _bar(k: int) -> dict[str, Any]:
    """How the k-th series of bars looks, in colour and in print."""
    colour, pattern = COLOURS[k % len(COLOURS)], PATTERNS[k % len(PATTERNS)]
    if not pattern:
        return {"fill": {"color": colour}, "border": {"color": colour}}
    return {"pattern": {"pattern": pattern, "fg_color": colour, "bg_color": "#FFFFFF"}, "border": {"color": colour}}


def _titled(chart: Any, title: str, unit: str) -> Any:
    """The chart with title, unit, legend and size."""
    font = {"name": FONT, "size": 10}
    chart.set_title({"name": f"{title}（{unit}）", "name_font": {"name": TITLE_FONT, "size": 12, "bold": False}})
    chart.set_legend({"position": "bottom", "font": font})
    chart.set_x_axis({"num_font": font})
    lines = {"visible": True, "line": {"color": "#D9D9D9"}}
    chart.set_y_axis({"num_font": font, "num_format": COUNT, "min": 0, "major_gridlines": lines})
    chart.set_size({"width": WIDTH, "height": HIGH})
    return chart
