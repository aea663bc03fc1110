"""The rates that people type: the budget rate (预算汇率) on 参数, which the formulas of 测算 read, and a rate to try out
(试算汇率) on 资金. Each is a named cell with what is said about it beside it."""

from __future__ import annotations

from xlsxwriter.workbook import Workbook

from xltools.sheets.platform import trial
from xltools.sheets.platform.contents import Contents
from xltools.sheets.platform.draw.pages.table import OWNER_ROW
from xltools.sheets.platform.draw.table import Context
from xltools.sheets.write import style
from xltools.sheets.write.formats import FORMATS
from xltools.sheets.write.formulas import number
from xltools.sheets.write.style import Sheet

NAME = "预算汇率"
LABEL, CELL, WORDS = 0, 2, 3
"""Columns (0-based) in the row above the headings."""
TRIAL_CELL = 1


def budget_rate(book: Workbook, sheet: Sheet, context: Context) -> None:
    """Write the cell with its unit, clause, and a warning by formula where it is not the scheme's."""
    looks, rate = context.looks, context.scheme.fx.budget
    sheet.set_row(OWNER_ROW, 26)
    sheet.write_string(OWNER_ROW, LABEL, f"{NAME}（{rate.unit}）", looks.plain(bold=True, font_color=style.NAVY))
    yellow = looks.boxed(bg_color="#FFF2CC", bold=True, align="center", font_size=12, num_format=FORMATS["fx"])
    sheet.write_number(OWNER_ROW, CELL, float(rate.value), yellow)
    sheet.data_validation(OWNER_ROW, CELL, OWNER_ROW, CELL, {
        "validate": "decimal", "criteria": "between", "minimum": 0.0001, "maximum": 99.99,
        "input_title": NAME, "input_message": f"方案规定 {number(rate.value)}。改动只作试算：测算表的公式随之变化，台账不变。",
        "error_title": NAME, "error_message": "请填大于 0 的数，如 7.00。",
    })  # fmt: skip
    said, tried = (
        f"条款：{rate.clause}。{rate.note}",
        f"⚠ 试算中：方案规定 {number(rate.value)}，本工作簿的金额不是台账的金额",
    )
    formula = f'=IF({NAME}={number(rate.value)},"{said}","{tried}")'
    sheet.write_formula(OWNER_ROW, WORDS, formula, looks.plain(font_color=style.GREY, indent=1), said)
    rule = {"type": "formula", "criteria": f"={NAME}<>{number(rate.value)}", "format": looks.rule(**style.BAD)}
    sheet.conditional_format(OWNER_ROW, CELL, OWNER_ROW, WORDS, rule)
    book.define_name(NAME, f"='参数'!${'ABCD'[CELL]}${OWNER_ROW + 1}")


BLANK = "◀ 填一个汇率（如 7.20）试算：本表右边和“排队”表的“试算”各列随之变化；台账不变，清空即止"
ENOUGH = "按这个汇率，各资金盘子都够"
SHORT = "⚠ 按这个汇率资金不够：缺多少见本表“试算余额”，会受影响的企业见“排队”表“试算影响”"
CANNOT = "方案年内改过费率、最低保费等，已报送的按当时的方案计算，这里不能试算；请用“比较方案”"


def trial_rate(book: Workbook, sheet: Sheet, context: Context, contents: Contents) -> None:
    """Write the cell, what to type into it, and by formula what the pools say to it."""
    looks, name, typed = context.looks, trial.NAME, contents.facts.get(trial.NAME, "")
    sheet.set_row(OWNER_ROW, 26)
    sheet.write_string(OWNER_ROW, LABEL, name, looks.plain(bold=True, font_color=style.NAVY))
    yellow = looks.boxed(bg_color="#FFF2CC", bold=True, align="center", font_size=12, num_format=FORMATS["fx"])
    place = TRIAL_CELL
    if typed:
        sheet.write_number(OWNER_ROW, place, float(typed), yellow)
    else:
        sheet.write_blank(OWNER_ROW, place, None, yellow)
    sheet.data_validation(OWNER_ROW, place, OWNER_ROW, place, {
        "validate": "decimal", "criteria": "between", "minimum": 0.0001, "maximum": 99.99, "ignore_blank": True,
        "input_title": name, "input_message": "填人民币元每美元，如 7.20。只作试算，台账和各表金额不变。",
        "error_title": name, "error_message": "请填大于 0 的数，如 7.20。",
    })  # fmt: skip
    grey = looks.plain(font_color=style.GREY, indent=1)
    if trial.possible(context.scheme):
        short = f'COUNTIF(资金池[[#Data],[{trial.LEFT}]],"<0")'
        formula = f'=IF({trial.GIVEN},IF({short}>0,"{SHORT}","{ENOUGH}"),"{BLANK}")'
        pools = contents.tables[trial.POOLS][trial.LEFT].to_pylist() if trial.POOLS in contents.tables else []
        told = BLANK if not typed else SHORT if any(x is not None and x < 0 for x in pools) else ENOUGH
        sheet.write_formula(OWNER_ROW, place + 1, formula, grey, told)
    else:
        sheet.write_string(OWNER_ROW, place + 1, CANNOT, grey)
    cell = f"${'ABCD'[place]}${OWNER_ROW + 1}"
    book.define_name(name, f"='资金'!{cell}")
