"""The budget rate (预算汇率) on 参数: a named cell that the formulas of 测算 read, and what is said when somebody changes it."""

from __future__ import annotations

from xlsxwriter.workbook import Workbook

from xltools.sheets.platform.draw.pages.table import OWNER_ROW
from xltools.sheets.platform.draw.table import Context
from xltools.sheets.write import style
from xltools.sheets.write.formats import FORMATS
from xltools.sheets.write.formulas import number
from xltools.sheets.write.style import Sheet

NAME = "预算汇率"
LABEL, CELL, WORDS = 0, 2, 3
"""Columns (0-based) in the row above the headings."""


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
