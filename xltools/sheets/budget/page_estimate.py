"""测算: what the adopted scenario costs, by plan and insurer; what it does to the pools."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from xltools.sheets.budget import lines
from xltools.sheets.budget.draft import Draft, height
from xltools.sheets.budget.lines import AMOUNTS, HEADINGS, LOOKS, Line
from xltools.sheets.budget.words import Case, Test
from xltools.sheets.write.style import NAVY, Sheet

NAME = "测算"
WIDTHS = (16, 24, 15, 22, 19, 19, 19, 19, 19)


def write(d: Draft, sheet: Sheet) -> None:
    """Fill the sheet."""
    d.page(
        sheet,
        f"{NAME}　{d.scheme.title}",
        "保费(美元) = 出口额 × 费率，不低于家数 × 最低保费；保费(元) = 保费(美元) × 汇率；财政扶持 = 保费(元) × 财政比例；"
        "企业承担 = 保费(元) − 财政扶持。按平均时出口额取整到美元；每行四舍五入到分，合计是各行之和。按平均测算时，最低保费只和每家平均出口额比较，"
        "会偏低，见“分布”。",
        WIDTHS,
        high=1,
    )
    sheet.freeze_panes(4, 2)
    current(d, sheet, 2)
    d.headings(sheet, 3, ("方案", "保险人", *HEADINGS, "占财政扶持"))
    row = _lines(d, sheet, 4)
    row = _pools(d, sheet, row + 1)
    row = _matrix(d, sheet, row + 1)
    sheet.print_area(0, 0, row - 1, len(WIDTHS) - 1)


def _lines(d: Draft, sheet: Sheet, row: int) -> int:
    one = len(d.scheme.insurers) == 1
    for plan in d.scheme.plans:
        for insurer in d.scheme.insurers:
            line = Line(d.scheme, "now", plan, insurer)
            d.put(sheet, row, 0, plan.id, d.look(align="center"), line.key("plan"))
            d.put(sheet, row, 1, insurer.name, d.look(), line.key("insurer"))
            for column, (amount, formula) in enumerate(lines.formulas(line).items(), 2):
                d.put(sheet, row, column, formula, d.computed(LOOKS[amount]), line.key(amount))
            _share(d, sheet, row, line.key("fiscal"))
            row += 1
        if not one:
            first, last = d.scheme.insurers[0].id, d.scheme.insurers[-1].id
            row = _sum(d, sheet, row, f"{plan.id} 小计", f"now.{{}}.{plan.id}",
                       [f"{{now.{{}}.{plan.id}.{first}}}:{{now.{{}}.{plan.id}.{last}}}"])  # fmt: skip
    tail = "" if not one else f".{d.scheme.insurers[0].id}"
    parts = [f"{{now.{{}}.{p.id}{tail}}}" for p in d.scheme.plans]
    return _sum(d, sheet, row, "合计", "now.{}", parts)


def _sum(d: Draft, sheet: Sheet, row: int, label: str, key: str, parts: list[str]) -> int:
    """A row of sums; `{}` in key and parts is the amount."""
    bold: dict[str, Any] = {"bold": True}
    d.put(sheet, row, 0, label, d.look(bg_color="#EAF1FB", **bold), last_column=1)
    for column, amount in enumerate(AMOUNTS, 2):
        inner = ",".join(p.replace("{}", amount) for p in parts)
        d.put(sheet, row, column, f"=SUM({inner})", d.computed(LOOKS[amount], **bold), key.replace("{}", amount))
    _share(d, sheet, row, key.replace("{}", "fiscal"), **bold)
    return row + 1


def _share(d: Draft, sheet: Sheet, row: int, fiscal: str, **properties: Any) -> None:
    part = fiscal.replace("now.fiscal", "now.part", 1)
    d.put(
        sheet, row, 8, f"=IF({{now.fiscal}}=0,0,{{{fiscal}}}/{{now.fiscal}})", d.computed("ratio", **properties), part
    )


def _pools(d: Draft, sheet: Sheet, row: int) -> int:
    d.heading(sheet, row, "资金盘子")
    d.headings(sheet, row + 1, ("保险人", "", "家数\n（家）", "资金盘子\n（元）", "财政扶持\n（元）", "占用",
                                "结余（负数为缺口）\n（元）", "说明", ""))  # fmt: skip
    sheet.merge_range(row + 1, 0, row + 1, 1, "保险人", d.look(
        bold=True, align="center", text_wrap=True, bg_color="#DDEBF7", font_color=NAVY))  # fmt: skip
    sheet.merge_range(row + 1, 7, row + 1, 8, "说明", d.look(
        bold=True, align="center", text_wrap=True, bg_color="#DDEBF7", font_color=NAVY))  # fmt: skip
    row += 2
    pools = {p.role[1]: p.name for p in d.parameters if p.role[0] == "pool"}
    for insurer in d.scheme.insurers:
        every = [f"{{now.{{}}.{p.id}.{insurer.id}}}" for p in d.scheme.plans]
        _pool(d, sheet, row, insurer.name, f"at.{insurer.id}", pools[insurer.id], every)
        row += 1
    whole = next(p.name for p in d.parameters if p.role[0] == "total")
    _pool(d, sheet, row, "总盘子", "at", whole, [])
    return row + 1


def _pool(d: Draft, sheet: Sheet, row: int, label: str, key: str, pool: str, parts: list[str]) -> None:
    bold: dict[str, Any] = {} if parts else {"bold": True}
    d.put(sheet, row, 0, label, d.look(**bold), f"label.{key}", last_column=1)
    for column, amount in ((2, "firms"), (4, "fiscal")):
        inner = "+".join(p.replace("{}", amount) for p in parts) or f"{{now.{amount}}}"
        d.put(sheet, row, column, f"={inner}", d.computed(LOOKS[amount], **bold), f"now.{amount}.{key}")
    d.put(sheet, row, 3, f"={pool}", d.computed("yuan", **bold), f"now.pool.{key}")
    d.put(sheet, row, 5, f"=IF({{now.pool.{key}}}=0,0,{{now.fiscal.{key}}}/{{now.pool.{key}}})",
          d.computed("ratio", **bold), f"now.used.{key}")  # fmt: skip
    d.put(sheet, row, 6, f"=ROUND({{now.pool.{key}}}-{{now.fiscal.{key}}},2)", d.computed("yuan", **bold),
          f"now.free.{key}")  # fmt: skip
    d.say(sheet, row, 7, pool_words(key), d.look(text_wrap=True, **bold), f"said.pool.{key}", last_column=8)
    sheet.set_row(row, 20)
    sheet.conditional_format(row, 6, row, 7, {
        "type": "formula", "criteria": f"=$G${row + 1}<0",
        "format": d.book.add_format({"bg_color": "#FFC7CE", "font_color": "#9C0006", "bold": True}),
    })  # fmt: skip


def pool_words(key: str) -> list[Case]:
    """What there is to say about a pool."""
    return [
        Case(Test(f"now.free.{key}", "<", Decimal(0)), f"✘ 缺口 {{abs now.free.{key}|wan}} 万元"),
        Case(None, f"✔ 够用，结余 {{now.free.{key}|wan}} 万元"),
    ]


def _matrix(d: Draft, sheet: Sheet, row: int) -> int:
    """Fiscal money of plans (rows) by insurers (columns) in 万元: what a chart shows."""
    d.heading(sheet, row, "财政扶持：方案 × 保险人（万元）")
    d.headings(sheet, row + 1, ("方案", "适用企业", *(i.name for i in d.scheme.insurers), "合计"))
    row += 2
    titles = {b.id: b.title for b in d.scheme.bands}
    for plan in d.scheme.plans:
        d.put(sheet, row, 0, plan.id, d.look(align="center"), f"matrix.{plan.id}")
        d.put(sheet, row, 1, titles[plan.band], d.look(text_wrap=True))
        for column, insurer in enumerate(d.scheme.insurers, 2):
            key = f"{plan.id}.{insurer.id}"
            d.put(sheet, row, column, f"={{now.fiscal.{key}}}/10000", d.computed("wan"), f"now.wan.{key}")
        end = 2 + len(d.scheme.insurers)
        first, last = (f"now.wan.{plan.id}.{i.id}" for i in (d.scheme.insurers[0], d.scheme.insurers[-1]))
        d.put(sheet, row, end, f"=SUM({{{first}}}:{{{last}}})", d.computed("wan", bold=True), f"now.wan.{plan.id}")
        sheet.set_row(row, height([titles[plan.band]], [WIDTHS[1]]))
        row += 1
    return row


def current(d: Draft, sheet: Sheet, row: int) -> None:
    """A line that says which scenario and method the sheet shows."""
    d.put(sheet, row, 0, '="当前情景："&情景&"　　计算方式："&计算方式&"　　汇率："&TEXT(汇率,"0.0000")',
          d.look(box=False, bold=True, font_color=NAVY), cached=d.current)  # fmt: skip


def fixed(cell: str) -> str:
    """`H5` as `$H$5`."""
    letters = cell.rstrip("0123456789")
    return f"${letters}${cell[len(letters) :]}"
