"""Conditional formats (条件格式) of a table: what a word in a cell means also shows by colour, and rows are banded.

Colour never says more than the words in the cell, so that a black print and a colour-blind reader lose nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

from xltools.catalogue.tables import BookColumn, BookTable
from xltools.sheets.platform.looks import BAND, FILL, Looks
from xltools.sheets.write import style
from xltools.sheets.write.formulas import text

GOOD, BAD, NOTE = style.GOOD, style.BAD, style.NOTE
OFF = {"font_color": "#7F7F7F", "italic": True}
DONE = {"font_color": style.NAVY, "bold": True}

WORDS: Mapping[str, Sequence[tuple[str, dict[str, Any]]]] = {
    "资格": (("符合条件", GOOD), ("待", NOTE), ("不", OFF)),
    "资金安排": (("已安排", GOOD), ("候补", BAD), ("已报送", DONE), ("已承保", DONE)),
    "区级审核意见": (("同意", GOOD), ("不同意", BAD), ("补正", NOTE)),
    "市级审核意见": (("同意", GOOD), ("不同意", BAD), ("补正", NOTE)),
    "级别": (("提示", NOTE), ("必须改", BAD)),
    "状态": (("已承保", GOOD), ("已报送", DONE), ("已取消", OFF), ("已撤回", OFF)),
    "试算影响": (("会受影响", BAD),),
    "优先": (("是", DONE),),
    "算作新兴市场": (("是", GOOD),),
}
"""By heading: how a cell begins, and its look."""
LEFT = {"可用(元)", "按最新汇率余额(元)", "试算余额(元)"}
"""Columns of what is left of a pool: red below nothing."""
SPEAKING = {"待办", "提示", "撤回", "待定变更"}
"""Columns in which any word at all asks for attention."""


def colour(sheet: Worksheet, looks: Looks, table: BookTable, first: int, last: int, left: int, *, run_on: bool) -> None:
    """Set all conditional formats of a table whose rows may reach from `first` to `last` (0-based).

    `run_on`: the last column has no fill and no lines.
    """
    for place, column in enumerate(table.columns, left):
        cell = f"{xl_col_to_name(place)}{first + 1}"
        rules = WORDS.get(column.heading, ()) if column.kind == "text" else ()
        if column.heading in SPEAKING:
            rules = (("", NOTE),)
        for begins, look in rules:
            said = f"LEFT({cell},{len(begins)})={text(begins)}" if begins else f'LEN({cell}&"")>0'
            _paint(sheet, looks, [(place, place)], first, last, f"AND(LEN({cell})>0,{said})", look)
        if column.kind == "yuan" and column.heading in LEFT:
            _paint(sheet, looks, [(place, place)], first, last, f"AND(ISNUMBER({cell}),{cell}<0)", BAD)
    _rows(sheet, looks, table, first, last, left, table.columns[:-1] if run_on else table.columns)


def _rows(
    sheet: Worksheet, looks: Looks, table: BookTable, first: int, last: int, left: int, columns: Sequence[BookColumn]
) -> None:
    """Bands, and the owner's fill and lines of rows that come later; of a growing table also the next free row."""
    right = left + len(table.columns) - 1
    row = f"${xl_col_to_name(left)}{first + 1}:${xl_col_to_name(right)}{first + 1}"
    filled = f"COUNTA({row})>0"
    if table.grows:
        above = f"${xl_col_to_name(left)}{first}:${xl_col_to_name(right)}{first}"
        filled = f"COUNTA({above})>0"
    runs = [(o, [p for p, _ in g]) for o, g in groupby(enumerate(columns, left), key=lambda pc: pc[1].owner)]
    for owner in dict.fromkeys(o for o, _ in runs):
        areas = [(places[0], places[-1]) for o, places in runs if o == owner]
        lines = {"border": 1, "border_color": style.LINE}
        _paint(sheet, looks, areas, first, last, f"AND({filled},MOD(ROW(),2)=0)", {"bg_color": BAND[owner], **lines})
        _paint(sheet, looks, areas, first, last, filled, {"bg_color": FILL[owner], **lines})


def _paint(
    sheet: Worksheet, looks: Looks, areas: Sequence[tuple[int, int]], first: int, last: int, condition: str,
    look: dict[str, Any],
) -> None:  # fmt: skip
    ranges = [f"{xl_col_to_name(a)}{first + 1}:{xl_col_to_name(b)}{last + 1}" for a, b in areas]
    rule = {"type": "formula", "criteria": f"={condition}", "format": looks.rule(**look), "stop_if_true": False}
    sheet.conditional_format(ranges[0], rule | ({"multi_range": " ".join(ranges)} if ranges[1:] else {}))
