"""核对: the source document's figures beside the model's, and in words where they do not fit together."""

from __future__ import annotations

from decimal import Decimal

from xltools.sheets.budget.checks import alone_formula, checks, said_key
from xltools.sheets.budget.draft import Draft, height
from xltools.sheets.budget.page_estimate import current
from xltools.sheets.budget.parameters import UNITS, Stated, axes, by_role, plans_of, stated
from xltools.sheets.budget.words import text
from xltools.sheets.write.style import BAD, GREY, NAVY, PALE_BLUE, Sheet

NAME = "核对"
WIDTHS = (46, 21, 21, 21, 20, 66)
SAID = {
    "firms": "count", "exports": "usd", "uninsured_firms": "count", "uninsured_exports": "usd", "cost": "yuan",
}  # fmt: skip


def write(d: Draft, sheet: Sheet) -> None:
    """Fill the sheet: the stated figures, the checks, the mix that they imply at other exchange rates."""
    d.page(
        sheet,
        f"{NAME}　{d.scheme.title}",
        f"《{d.scheme.document}》自己的测算数，用它自己的家数、出口额和费率，按“假设”的基准值（费率、汇率等）重算，看能不能对上；"
        "“本表当前情景”各行按采用值。✔ 相符，✘ 不符，ⓘ 提示。",
        WIDTHS,
    )
    current(d, sheet, 2)
    row = _said(d, sheet, 3)
    row = _rows(d, sheet, row)
    for s in stated(d.scheme):
        if {"cost", "exports"} <= s.figures.keys() and len(s.plans) > 1:
            row = _implied(d, sheet, row + 1, s)
    sheet.print_area(0, 0, row, len(WIDTHS) - 1)
    sheet.conditional_format(4, 5, row, 5, {
        "type": "text", "criteria": "begins with", "value": "✘", "format": d.book.add_format(BAD)})  # fmt: skip


def _said(d: Draft, sheet: Sheet, row: int) -> int:
    """The planning figures as they stand in the source."""
    d.heading(sheet, row, "原文测算数")
    d.headings(sheet, row + 1, ("原文", "条款", "数值", "单位", "", ""))
    blue = d.look(bold=True, align="center", bg_color=PALE_BLUE, font_color=NAVY)
    sheet.merge_range(row + 1, 4, row + 1, 5, "说明", blue)
    row += 2
    if not d.scheme.planning:
        d.put(
            sheet,
            row,
            0,
            "方案没有写测算数：请在“假设”的浅黄格填预计家数和出口额",
            d.look(font_color=GREY),
            last_column=5,
        )
        return row + 1
    bands = stated(d.scheme)
    for p in d.scheme.planning:
        what = UNITS.get(p.figure.unit, "")
        own = next((s for s in bands if p.plans and set(p.plans) <= {plan.id for plan in s.plans}), None)
        d.put(sheet, row, 0, p.title, d.look(text_wrap=True))
        d.put(sheet, row, 1, p.figure.clause, d.look())
        d.put(sheet, row, 2, p.figure.value, d.look(SAID.get(what, "usd")), said_key(own, what) if own and what else "")
        d.put(sheet, row, 3, p.figure.unit.partition("(")[0], d.look())
        d.put(sheet, row, 4, f"方案 {'、'.join(p.plans)}" if p.plans else "", d.look(), last_column=5)
        sheet.set_row(row, height([p.title], WIDTHS[:1]))
        row += 1
    return row


def _rows(d: Draft, sheet: Sheet, row: int) -> int:
    block, number = "", 0
    for c in checks(d.scheme):
        if c.block != block:
            block, number, row = c.block, number + 1, row + 1
            d.heading(sheet, row, f"{number}. {block}")
            d.headings(sheet, row + 1, ("核对事项", "条款", "按原文的数算", "原文 / 盘子", "相差", "结论"))
            row += 2
        d.put(sheet, row, 0, c.title, d.look(text_wrap=True))
        d.put(sheet, row, 1, c.clause, d.look(text_wrap=True))
        d.put(sheet, row, 2, c.formula, d.computed(c.kind), f"check.{c.id}")
        if c.stated:
            value: str | Decimal = c.said if isinstance(c.said, Decimal) else f"={c.said}"
            d.put(sheet, row, 3, value, d.look(c.kind), f"beside.{c.id}")
            d.put(sheet, row, 4, f"={{check.{c.id}}}-{{beside.{c.id}}}", d.computed(c.kind), f"apart.{c.id}")
        else:
            d.put(sheet, row, 3, None, d.look())
            d.put(sheet, row, 4, None, d.look())
        d.say(sheet, row, 5, c.words, d.look(text_wrap=True), f"told.{c.id}")
        said = text(c.words, d.figures) if d.figures else "一" * 80
        sheet.set_row(row, height([c.title, c.clause, said], [WIDTHS[0], WIDTHS[1], WIDTHS[5]]))
        row += 1
    return row


def _implied(d: Draft, sheet: Sheet, row: int, s: Stated) -> int:
    """At other exchange rates: the fiscal rate and the shares of other plans that the stated cost implies."""
    usual, *others = (p.id for p in plans_of(d.scheme, s.band))
    d.heading(sheet, row, f"不同汇率下，原文扶持资金意味着什么（{s.band.title}）")
    heads = ("汇率", "财政扶持\n（美元）", "折合财政费率", *(f"只加 {p}：{p} 须占" for p in others[:2]))
    d.headings(sheet, row + 1, heads)
    row += 2
    cost, exports = f"{{{said_key(s, 'cost')}}}", f"{{{said_key(s, 'exports')}}}"
    fx = by_role(d.scheme)["fx", ""]
    d.put(sheet, row, 0, f"={{typed.{fx.name}}}", d.computed("fx", align="center"), f"implied.fx.{s.band.id}.0")
    for k, value in enumerate(axes(d.scheme)["fx"], 1):
        d.put(sheet, row + k, 0, value, d.typed("fx", align="center"), f"implied.fx.{s.band.id}.{k}")
    for k in range(len(axes(d.scheme)["fx"]) + 1):
        at = f"{{implied.fx.{s.band.id}.{k}}}"
        d.put(sheet, row, 1, f"={cost}/{at}", d.computed("dollars"), f"implied.usd.{s.band.id}.{k}")
        d.put(
            sheet,
            row,
            2,
            f"={cost}/{at}/{exports}",
            d.look("rate", bg_color="#F2F2F2"),
            f"implied.rate.{s.band.id}.{k}",
        )
        for column, plan in enumerate(others[:2], 3):
            d.put(sheet, row, column, alone_formula(d.scheme, s, plan, usual, at), d.computed("ratio"),
                  f"implied.{plan}.{s.band.id}.{k}")  # fmt: skip
        row += 1
    return row
