"""The pools (资金盘子) of 首页 as gauges: what is settled, what is held by estimates, what is free.

The bars are of characters that differ in black print as well; the figures stand above them.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from xlsxwriter.utility import xl_rowcol_to_cell

from xltools.sheets.platform.contents import Contents
from xltools.sheets.platform.draw.home.grid import RIGHT, RIGHT_END
from xltools.sheets.platform.draw.table import Context
from xltools.sheets.write import formats, style
from xltools.sheets.write.formulas import text
from xltools.sheets.write.style import Sheet

COLUMNS = ("资金盘子(元)", "已落实(元)", "预估占用(元)", "可用(元)")
RATES = ("临界汇率", "最新汇率", "汇率月份", "按最新汇率余额(元)")
RATE, YUAN = "0.0000####", "#,##0.00"
EVEN, NOBODY, NO_RATE = "临界汇率 ", "—（还没有占用）", "，还没有读入汇率"
DONE, HELD, FREE = "█", "▒", "░"
END = "▏"
"""Shows where a full bar ends, whatever the font makes of its blocks."""
BLOCKS = 30
"""Characters of a bar; a block may be two columns wide."""
LEGEND = (
    f"{DONE} 已落实（已承保，按实际）　{HELD} 预估占用（已报送、已安排，按预估）　{FREE} 可用　{END} 资金盘子（全部）"
)
MONEY = f'{formats.AMOUNT};"缺口 "{formats.AMOUNT}'


def pools(sheet: Sheet, context: Context, contents: Contents, row: int) -> int:
    """Draw from `row` (0-based) on: headings, then figures, a bar and rates an insurer, all together, the legend.

    Returns the row behind it.
    """
    looks = context.looks
    line = {"bottom": 2, "bottom_color": style.NAVY}
    for place in range(RIGHT, RIGHT_END + 1):
        sheet.write_blank(row, place, None, looks.plain(**line))
    sheet.write_string(row, RIGHT, "资金盘子", looks.plain(bold=True, font_size=13, font_color=style.NAVY, **line))
    head = looks.boxed(align="center", bold=True, font_color=style.GREY, bg_color=style.PALE_GREY)
    for place, words in enumerate(("保险人", *COLUMNS, "已用"), RIGHT):
        sheet.write_string(row + 1, place, words, head)
    now = {r["保险人"]: r for r in contents.tables["资金池"].to_pylist()}
    at = row + 2
    figures = []
    for insurer in contents.scheme.insurers:
        have = [Decimal((now.get(insurer.name) or {}).get(c) or 0) for c in COLUMNS]
        formulas = [f"IFERROR({_of_pool(c, insurer.name)},0)" for c in COLUMNS]
        _line(sheet, context, at, insurer.name, formulas, have, bold=False)
        _bar(sheet, context, at + 1, at, have)
        _rate(sheet, context, at + 2, insurer.name, now.get(insurer.name) or {})
        figures.append(have)
        at += 3
    totals = [sum((f[i] for f in figures), Decimal(0)) for i in range(len(COLUMNS))]
    sums = [f"SUM(资金池[[#Data],[{c}]])" for c in COLUMNS]
    _line(sheet, context, at, "合计", sums, totals, bold=True)
    sheet.merge_range(at + 1, RIGHT, at + 1, RIGHT_END, LEGEND, looks.plain(font_size=10, font_color=style.GREY))
    return at + 2


def _line(
    sheet: Sheet, context: Context, row: int, name: str, formulas: list[str], values: list[Decimal], *, bold: bool
) -> None:
    money = context.looks.boxed(align="right", num_format=MONEY, shrink=True, bold=bold)
    sheet.write_string(row, RIGHT, name, context.looks.boxed(align="center", bold=True))
    for place, (formula, value) in enumerate(zip(formulas, values, strict=True), RIGHT + 1):
        sheet.write_formula(row, place, f"={formula}", money, float(value))
    whole, done, held = (xl_rowcol_to_cell(row, RIGHT + i) for i in (1, 2, 3))
    share = context.looks.boxed(align="center", num_format=formats.PERCENT, bold=bold)
    used = float((values[1] + values[2]) / values[0]) if values[0] > 0 else ""
    sheet.write_formula(row, RIGHT + 5, f'=IF({whole}>0,({done}+{held})/{whole},"")', share, used)
    free = xl_rowcol_to_cell(row, RIGHT + 4)
    rule = {"type": "cell", "criteria": "<", "value": 0, "format": context.looks.rule(**style.BAD)}
    sheet.conditional_format(f"{free}:{free}", rule)


def _of_pool(heading: str, insurer: str) -> str:
    return f"INDEX(资金池[[#Data],[{heading}]],MATCH({text(insurer)},资金池[保险人],0))"


def _rate(sheet: Sheet, context: Context, row: int, insurer: str, now: Mapping[str, Any]) -> None:
    """The rate at which the pool breaks, beside the latest one: red where that leaves less than nothing."""
    even, latest, month, left = (_of_pool(c, insurer) for c in RATES)
    known = (
        f'"，最新 "&TEXT({latest},"{RATE}")&"（"&{month}&"）"&IF({left}<0,"，⚠ 缺口 "&TEXT(-{left},"{YUAN}"),'
        f'"，余 "&TEXT({left},"{YUAN}"))&" 元"'
    )
    words = f'IF({even}="","{EVEN}{NOBODY}","{EVEN}"&TEXT({even},"{RATE}"))&IF({latest}="","{NO_RATE}",{known})'
    look = context.looks.plain(font_size=10, font_color=style.NAVY, align="left", indent=1)
    sheet.merge_range(row, RIGHT, row, RIGHT_END, "", look)
    sheet.write_formula(row, RIGHT, f'=IFERROR({words},"")', look, _rate_words(now))
    first, last = xl_rowcol_to_cell(row, RIGHT, row_abs=True, col_abs=True), xl_rowcol_to_cell(row, RIGHT_END)
    rule = {"type": "formula", "criteria": f'=ISNUMBER(FIND("⚠",{first}))', "format": context.looks.rule(**style.BAD)}
    sheet.conditional_format(f"{first}:{last}".replace("$", ""), rule)


def _rate_words(now: Mapping[str, Any]) -> str:
    """What that formula gives."""
    if not now:
        return ""
    even, latest, month, left = (now.get(c) for c in RATES)
    said = EVEN + (NOBODY if even is None else _shown(even))
    if latest is None or left is None:
        return said + NO_RATE
    missing = f"，⚠ 缺口 {-left:,.2f}" if left < 0 else f"，余 {left:,.2f}"
    return f"{said}，最新 {_shown(latest)}（{month}）{missing} 元"


def _shown(rate: Decimal) -> str:
    """A rate as `RATE` shows it: four places, or as many as it has."""
    whole, _, places = f"{rate:.8f}".partition(".")
    return f"{whole}.{places[:4]}{places[4:].rstrip('0')}"


def _bar(sheet: Sheet, context: Context, row: int, figures: int, values: list[Decimal]) -> None:
    whole, done, held = (xl_rowcol_to_cell(figures, RIGHT + i) for i in (1, 2, 3))
    first = f"MIN({BLOCKS},ROUND({BLOCKS}*{done}/{whole},0))"
    both = f"MIN({BLOCKS},ROUND({BLOCKS}*({done}+{held})/{whole},0))"
    bar = f'REPT("{DONE}",MAX(0,{first}))&REPT("{HELD}",MAX(0,{both}-{first}))&REPT("{FREE}",{BLOCKS}-MAX(0,{both}))&"{END}"'
    look = context.looks.plain(font_name=style.FONT, font_color=style.NAVY, align="left", indent=1)
    sheet.merge_range(row, RIGHT, row, RIGHT_END, "", look)
    sheet.write_formula(row, RIGHT, f'=IF({whole}>0,{bar},"（没有资金盘子）")', look, _drawn(values))


def _drawn(values: list[Decimal]) -> str:
    whole, done, held, _ = values
    if whole <= 0:
        return "（没有资金盘子）"
    first, both = (max(0, min(BLOCKS, _half_up(BLOCKS * part / whole))) for part in (done, done + held))
    return DONE * first + HELD * max(0, both - first) + FREE * (BLOCKS - both) + END


def _half_up(value: Decimal) -> int:
    return int((value + Decimal("0.5")) // 1)
