"""Where everything stands on 首页: columns, rows that depend on the scheme, and the cells that have names."""

from __future__ import annotations

from dataclasses import dataclass

from xltools.catalogue.phases import MOST
from xltools.scheme import Scheme

HOME = "首页"
LEFT, LEFT_END = 1, 10
"""Columns of the left half (B to K): buttons, 区表."""
RIGHT, RIGHT_END = 12, 17
"""Columns of the right half (M to R): 资金盘子, 方案保险人表."""
SIDE = 20
"""First column of what charts and links are made from, right of everything printed."""
WIDTHS = {
    0: 1.5,
    1: 20.0,
    **dict.fromkeys(range(2, 11), 8.6),
    11: 2.0,
    12: 11.0,
    **dict.fromkeys(range(13, 18), 14.0),
    18: 3.0,
}
TITLE, SUBTITLE, LINKS, STATUS, FACTS, FOLDER, BUTTONS = 0, 1, 2, 4, 5, 6, 8
NAMES = ("状态栏", "更新于", "今天", "阶段", "工作区", "提示", "接受汇率风险")
"""Named cells of this sheet; what stands in them is the fact of that name (状态栏: the fact 状态)."""


@dataclass(frozen=True)
class Rows:
    """0-based rows that depend on how many insurers, areas and plans there are."""

    notes: int
    totals: int
    tables: int
    charts: int
    end: int
    room: int
    """Rows that 区表 and 方案保险人表 may come to."""


def rows(scheme: Scheme) -> Rows:
    """The rows of this scheme's 首页."""
    high = max(MOST, 3 * len(scheme.insurers) + 4)
    notes = BUTTONS + high + 2
    totals = notes + 3
    room = max(len(scheme.areas) + 3, len(scheme.plans) * len(scheme.insurers) + 1)
    tables = totals + 5
    charts = tables + room + 2
    return Rows(notes, totals, tables, charts, charts + 20, room)
