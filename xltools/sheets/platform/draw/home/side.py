"""Right of the printed page of 首页: what its links and charts are made from (链接和图表的数据), all by formulas."""

from __future__ import annotations

from xlsxwriter.workbook import Workbook

from xltools.catalogue.phases import MOST
from xltools.sheets.platform.contents import Contents
from xltools.sheets.platform.draw.home.grid import BUTTONS, LEFT, LINKS, SIDE
from xltools.sheets.platform.draw.table import Context
from xltools.sheets.write import formats
from xltools.sheets.write.formulas import text
from xltools.sheets.write.style import Sheet

STATES = ("已报送", "已安排", "候补", "待审核", "待核实", "待补正", "不参加")
"""Of the chart of districts, from what is done to what is out."""
DISTRICTS = BUTTONS + MOST + 3
"""First row (0-based) of the blocks, below the verbs of the buttons, each in the row of its button."""


def plans_row(contents: Contents) -> int:
    """First row of the block of plans and insurers: its headings."""
    return DISTRICTS + len(areas(contents)) + 3


def areas(contents: Contents) -> list[str]:
    """The districts of the chart: all that the scheme names."""
    return [a.name for a in contents.scheme.areas]


def side(book: Workbook, sheet: Sheet, context: Context, contents: Contents) -> None:
    """Write the blocks and the links that they feed."""
    grey = context.looks.plain(font_color="#A6A6A6", font_size=9)
    sheet.set_column(SIDE, SIDE + 12, 9, grey)
    sheet.write_string(0, SIDE, "以下供链接和图表使用，自动计算，请勿改动", grey)
    _links(book, sheet, context, contents)
    _districts(sheet, context, contents)
    _plans(sheet, context, contents)


def _links(book: Workbook, sheet: Sheet, context: Context, contents: Contents) -> None:
    """Links to the sheets of the phase; and the list of phases, by the name that a drop-down can ask for."""
    book.define_name("阶段名", "=阶段表[阶段]")
    link, shown = context.looks.link(align="center"), contents.phase.sheets
    for place in range(MOST):
        found = f"INDEX(阶段表[表{place + 1}],MATCH(阶段,阶段表[阶段],0))"
        formula = f'=IFERROR(IF({found}="","",HYPERLINK("#\'"&{found}&"\'!A1",{found})),"")'
        sheet.write_formula(LINKS, LEFT + 1 + place, formula, link, shown[place] if place < len(shown) else "")


def _districts(sheet: Sheet, context: Context, contents: Contents) -> None:
    """Firms by district and state, from 区表."""
    grey = context.looks.plain(font_color="#A6A6A6", font_size=9)
    now = contents.tables["区表"].to_pydict()
    for column, state in enumerate(STATES, SIDE + 1):
        sheet.write_string(DISTRICTS, column, state, grey)
        for row, name in enumerate(areas(contents), DISTRICTS + 1):
            value = sum(v or 0 for a, v in zip(now["区"], now[state], strict=True) if a == name)
            sheet.write_formula(row, column, f"=SUMIF(区表[区],{text(name)},区表[{state}])", grey, value)
    for row, name in enumerate(areas(contents), DISTRICTS + 1):
        sheet.write_string(row, SIDE, name, grey)


def _plans(sheet: Sheet, context: Context, contents: Contents) -> None:
    """Fiscal money in ten thousand yuan by plan and insurer, from 方案保险人表."""
    grey = context.looks.plain(font_color="#A6A6A6", font_size=9, num_format=formats.AMOUNT)
    now = contents.tables["方案保险人表"].to_pydict()
    top = plans_row(contents)
    for row, plan in enumerate(contents.scheme.plans, top + 1):
        sheet.write_string(row, SIDE, plan.title, grey)
    for column, insurer in enumerate(contents.scheme.insurers, SIDE + 1):
        sheet.write_string(top, column, insurer.name, grey)
        for row, plan in enumerate(contents.scheme.plans, top + 1):
            wanted = f"方案保险人表[方案],{text(plan.id)},方案保险人表[保险人],{text(insurer.name)}"
            formula = f"=SUMIFS(方案保险人表[[#Data],[财政扶持(元)]],{wanted})/10000"
            rows = zip(now["方案"], now["保险人"], now["财政扶持(元)"], strict=True)
            value = sum(float(m or 0) for p, i, m in rows if (p, i) == (plan.id, insurer.name)) / 10_000
            sheet.write_formula(row, column, formula, grey, value)
