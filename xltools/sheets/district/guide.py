"""填写说明: how to fill in and send back, derived from the column catalogue and the scheme."""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import Decimal

from xlsxwriter.workbook import Workbook

from xltools.catalogue.columns import Column, roster_columns
from xltools.catalogue.template import GUIDE_SHEET, ROSTER_SHEET, STAMP_SHEET
from xltools.scheme import Scheme
from xltools.scheme.model import Plan, Priority
from xltools.sheets.write import formats, style
from xltools.sheets.write.formulas import number
from xltools.sheets.write.style import Sheet

WIDTHS = (22, 12, 8, 42, 34, 24)
HEADINGS = ("列名", "必填", "谁来填", "填写说明", "可选项", "示例")
PLAN_HEADINGS = ("方案", "费率", "财政扶持", "适用企业", "最高赔偿限额", "其他")
PRIORITY_HEADINGS = ("序号", "条款", "认定", "条件", "核对名单", "")
REQUIRED = {"yes": "必填", "when_agreed": "区级同意时", "": "选填"}
OWNER = {"district": "区", "bureau": "市", "computed": "自动"}
LINE = 15.0
"""Points that a line of text takes."""


def write(book: Workbook, sheet: Sheet, scheme: Scheme) -> None:
    """Fill the sheet: steps, columns, plans, priority conditions."""
    for column, width in enumerate(WIDTHS):
        sheet.set_column(column, column, width, style.look(book))
    sheet.write_string(0, 0, GUIDE_SHEET, style.look(book, font_name=style.TITLE_FONT, font_size=18))
    sheet.set_row(0, 30)
    sheet.write_string(1, 0, scheme.title, style.look(book, font_color=style.GREY))
    row = _steps(book, sheet, 3, _what_to_do(scheme))
    row = _table(book, sheet, row, "一、各列怎么填", HEADINGS, [_about(c) for c in roster_columns(scheme)])
    row = _table(book, sheet, row, "二、方案", PLAN_HEADINGS, [_plan(scheme, p) for p in scheme.plans])
    if scheme.priorities:
        conditions = [_priority(p) for p in scheme.priorities]
        row = _table(book, sheet, row, "三、优先条件", PRIORITY_HEADINGS, conditions)
    style.a4(sheet, landscape=False, high=1, left=GUIDE_SHEET)
    sheet.print_area(0, 0, row - 2, len(WIDTHS) - 1)
    sheet.hide_gridlines(2)


def _what_to_do(scheme: Scheme) -> list[str]:
    columns = {c.field: c.heading for c in roster_columns(scheme)}
    check, received = columns["check"], columns["received"]
    return [
        f"企业提交材料，区级商务部门收齐后填入“{ROSTER_SHEET}”，每家企业一行；{received}起各列由区级审核人填写。"
        f"{received}决定排队先后，请写到几点几分。",
        "可以从别的表复制，请用“选择性粘贴—数值”，以免带走格式和下拉列表；可以排序、筛选、插入和删除行。"
        "金额单位为美元，最多两位小数。",
        f"看最右的“{check}”：✔ 可以报送；✘ 后面是要改的地方，对应的单元格变红（没有填的变黄）；ⓘ 只是提示，"
        "不用改。不带宏，Excel 2016、WPS、LibreOffice 都会自动计算。",
        "补充列平时折叠。展开：选中折叠处两边的列标，右键“取消隐藏”；表格受保护（没有密码），点“＋”无效时用这个办法。",
        f"核对“{STAMP_SHEET}”，打印、签字、盖章。打印汇总表前，先在“{check}”列筛选去掉空白行。",
        "把本文件（.xlsx，不改表名和表头，不设密码）和盖章页一并报送市商务局。有问题的会原样退回，红色单元格和"
        "“错误信息”列写明要改什么；请在退回的文件上改，不要另起新表。",
    ]


def _steps(book: Workbook, sheet: Sheet, row: int, steps: Sequence[str]) -> int:
    wrapped = style.look(book, text_wrap=True)
    for place, words in enumerate(steps, 1):
        sheet.merge_range(row, 0, row, len(WIDTHS) - 1, f"{place}. {words}", wrapped)
        sheet.set_row(row, _height([words], [sum(WIDTHS)]))
        row += 1
    return row + 1


def _about(column: Column) -> Sequence[str]:
    required = REQUIRED[column.required] if column.owner == "district" else "—"
    choices = "、".join(column.choices) + ("（见“三”）" if column.kind == "choices" else "")
    return (column.shown, required, OWNER[column.owner], column.meaning, choices, column.example)


def _plan(scheme: Scheme, plan: Plan) -> Sequence[str]:
    band = next(b for b in scheme.bands if b.id == plan.band)
    need, terms, other = plan.entitlement, [f"出口额{band.title}"], ""
    if need.key_share:
        terms.append(f"{scheme.key_label}出口额占全年{_percent(need.key_share.value)}以上")
    if need.key_exports:
        terms.append(f"{scheme.key_label}出口额{_ten_thousands(need.key_exports.value)}以上")
    if need.policy_tick and need.policy_tick.value:
        terms.append("符合政策导向")
    if plan.needs_copay and plan.needs_copay.value:
        terms.append("书面承诺自缴企业承担的保费")
    if plan.minimum_premium:
        other = f"单张保单最低保费{number(plan.minimum_premium.value)}美元"
    limit = _ten_thousands(plan.limit.value) if plan.limit else "—"
    share = _percent(plan.fiscal_share.value)
    return (plan.title, _percent(plan.rate.value), share, "，".join(terms), limit, other)


def _priority(priority: Priority) -> Sequence[str]:
    source = "按名单" if priority.list else "按数据和市级确认" if priority.kind == "key_dependent" else "按数据"
    return (str(priority.no or "不用填"), priority.clause, source, priority.title, priority.list, "")


def _percent(share: Decimal) -> str:
    return f"{number(share * 100)}%"


def _ten_thousands(amount: Decimal) -> str:
    return f"{number(amount / 10_000)}万美元"


def _table(
    book: Workbook, sheet: Sheet, row: int, title: str, headings: Sequence[str], lines: Sequence[Sequence[str]]
) -> int:
    """Write a table with its title from `row` on; returns the row after it and a gap."""
    sheet.write_string(row, 0, title, style.look(book, bold=True, font_size=12))
    sheet.set_row(row, 22)
    blue = {"bg_color": style.PALE_BLUE, "font_color": style.NAVY}
    head = style.boxed(book, bold=True, align="center", text_wrap=True, **blue)
    middle = style.boxed(book, align="center", text_wrap=True)
    left = style.boxed(book, text_wrap=True, num_format=formats.TEXT)
    for column, heading in enumerate(headings):
        sheet.write_string(row + 1, column, heading, head)
    for place, words in enumerate(lines, row + 2):
        for column, word in enumerate(words):
            look = middle if column in (1, 2) else left
            if word:
                sheet.write_string(place, column, word, look)
            else:
                sheet.write_blank(place, column, None, look)
        sheet.set_row(place, _height(words, WIDTHS))
    return row + len(lines) + 3


def _height(words: Sequence[str], widths: Sequence[float]) -> float:
    """Row height in points for texts in columns of those widths; a Chinese character is two wide."""
    wide = [sum(2 if ord(c) > 0x2000 else 1 for c in w) for w in words]
    lines = max(math.ceil(w / (width - 2)) for w, width in zip(wide, widths, strict=True))
    return LINE * max(lines, 1) + 5
