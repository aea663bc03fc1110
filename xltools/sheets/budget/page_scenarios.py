"""情景: low, base, high or a pasted table, chosen by a drop-down; where they differ, and what they cost."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from xltools.sheets.budget.draft import Draft, height
from xltools.sheets.budget.lines import AVERAGE, DISTRIBUTION, LOOKS, SCENARIOS
from xltools.sheets.budget.words import Case, Test
from xltools.sheets.write.style import BAD, NAVY, Sheet

NAME = "情景"
WIDTHS = (34, 20, 20, 20, 20, 17, 58)
COMPARED = {
    "firms": "参保家数（家）", "exports": "承保出口额（美元）", "gross": "保费（元）", "fiscal": "财政扶持（元）",
    "own": "企业承担（元）", "free": "总盘子结余（元，负数为缺口）",
}  # fmt: skip


def write(d: Draft, sheet: Sheet, *, chosen: str, method: str) -> None:
    """Fill the sheet; `chosen` is a title of SCENARIOS."""
    d.page(
        sheet,
        f"{NAME}　{d.scheme.title}",
        "在浅黄格选情景和计算方式，各表随之重算。平均：按预计家数和出口额；分布：按“分布”表里各档的家数和出口额。低、高两列只填"
        "与基准不同的参数，空格同基准。“粘贴”取自“粘贴情景”表。",
        WIDTHS,
    )
    _choice(d, sheet, 3, "情景", "情景", chosen, tuple(SCENARIOS.values()))
    _choice(d, sheet, 4, "计算方式", "计算方式", method, (AVERAGE, DISTRIBUTION))
    titles = dict(zip(SCENARIOS, SCENARIOS.values(), strict=True))
    d.put(sheet, 3, 3, "情景序号（自动）", d.look())
    row = _compare(d, sheet, 6, titles)
    d.put(sheet, 3, 4, "=MATCH({情景},{head.low}:{head.own},0)", d.computed("count"), "情景序号")
    d.define("情景序号", "情景序号")
    row = _table(d, sheet, row + 2)
    sheet.print_area(0, 0, row - 1, len(WIDTHS) - 1)


def _choice(d: Draft, sheet: Sheet, row: int, label: str, name: str, value: str, choices: tuple[str, ...]) -> None:
    d.put(sheet, row, 0, f"{label}（请选）", d.look(bold=True))
    d.put(sheet, row, 1, value, d.typed("text", bold=True, align="center", font_color=NAVY), name)
    sheet.data_validation(row, 1, row, 1, {
        "validate": "list", "source": list(choices), "ignore_blank": False, "error_title": label,
        "error_message": f"请在{'、'.join(choices)}中选",
    })  # fmt: skip
    sheet.set_row(row, 22)
    d.define(name, name)


def _compare(d: Draft, sheet: Sheet, row: int, titles: Mapping[str, str]) -> int:
    d.heading(sheet, row, "几种情景比较")
    d.headings(sheet, row + 1, ("项目", *titles.values()))
    for column, key in enumerate(titles, 1):
        head = d.look(bold=True, align="center", text_wrap=True, bg_color="#DDEBF7", font_color=NAVY)
        d.put(sheet, row + 1, column, titles[key], head, f"head.{key}")
    whole = next(p.name for p in d.parameters if p.role[0] == "total")
    row += 2
    for amount, label in COMPARED.items():
        bold: dict[str, Any] = {"bold": True} if amount in ("fiscal", "free") else {}
        d.put(sheet, row, 0, label, d.look(**bold), f"compared.{amount}")
        for column, key in enumerate(titles, 1):
            what = f"{{{key}.{amount}.sum}}" if amount != "free" else f"ROUND({{{key}.{whole}}}-{{{key}.fiscal.sum}},2)"
            look = d.computed(LOOKS.get(amount, "yuan"), **bold)
            d.put(sheet, row, column, f"={what}", look, f"{key}.{amount}")
        row += 1
    for column, key in enumerate(titles, 1):
        d.say(sheet, row, column, verdict(key), d.look(text_wrap=True, align="center", font_size=10), f"said.{key}")
    d.put(sheet, row, 0, "够不够", d.look(bold=True))
    sheet.set_row(row, 24)
    sheet.conditional_format(row, 1, row, 4, {
        "type": "text", "criteria": "begins with", "value": "✘", "format": d.book.add_format(BAD)})  # fmt: skip
    return row


def verdict(key: str) -> list[Case]:
    """Whether the money lasts in a scenario."""
    return [
        Case(Test(f"{key}.free", "<", Decimal(0)), f"✘ 缺口 {{abs {key}.free|wan}} 万元"),
        Case(None, f"✔ 够用，结余 {{{key}.free|wan}} 万元"),
    ]


def _table(d: Draft, sheet: Sheet, row: int) -> int:
    d.heading(sheet, row, "情景表：低、高只填与基准不同的值")
    d.headings(
        sheet,
        row + 1,
        (
            "参数",
            "低\n（浅黄，可改）",
            "基准\n（见“假设”）",
            "高\n（浅黄，可改）",
            "粘贴\n（见“粘贴情景”）",
            "单位",
            "说明",
        ),
    )
    row += 2
    for p in d.parameters:
        d.put(sheet, row, 0, p.name, d.look())
        d.put(sheet, row, 1, p.low, d.typed(p.kind), f"typed.low.{p.name}")
        d.put(sheet, row, 2, f"={{typed.{p.name}}}", d.computed(p.kind), f"seen.{p.name}")
        d.put(sheet, row, 3, p.high, d.typed(p.kind), f"typed.high.{p.name}")
        found = "INDEX(粘贴_值,MATCH(" + "{name}" + ",粘贴_参数,0))"
        found = found.replace("{name}", f"{{name.{p.name}}}")
        d.places[f"name.{p.name}"] = (sheet.get_name(), f"A{row + 1}")
        d.put(sheet, row, 4, f'=IFERROR(IF({found}="","",{found}),"")', d.computed(p.kind), f"pasted.{p.name}")
        d.put(sheet, row, 5, p.unit, d.look(text_wrap=True))
        d.put(sheet, row, 6, p.note, d.look(text_wrap=True))
        sheet.set_row(row, height([p.unit, p.note], WIDTHS[5:7]))
        row += 1
    return row
