"""粘贴情景: the three-column table of a scenario (参数 · 值 · 说明), the same that the `budget` command reads and writes."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from xltools.sheets.budget.draft import Draft, height
from xltools.sheets.budget.scenario import HEADINGS, PASTE_SHEET
from xltools.sheets.write.style import BAD, GREY, Sheet

NAME = PASTE_SHEET
WIDTHS = (36, 22, 78, 40)
SPARE = 6
"""Rows to paste into beyond the scheme's own parameters."""


def write(d: Draft, sheet: Sheet, pasted: Mapping[str, Decimal], told: Mapping[str, str]) -> None:
    """Fill the sheet. `pasted` are the values of the scenario by parameter, `told` its remarks.

    No cell to paste into is merged: Excel refuses to paste over merged cells.
    """
    d.page(
        sheet,
        f"{NAME}　{d.scheme.title}",
        "把三列的情景表（参数 · 值 · 说明）整张贴到浅黄格里，再到“情景”表选“粘贴”。没有写的参数按基准。"
        "xltools budget --template 可以写出这张表，--scenario 可以读入这张表或本工作簿。",
        WIDTHS,
    )
    sheet.freeze_panes(4, 0)
    sheet.repeat_rows(3)
    d.headings(sheet, 3, (*HEADINGS, "检查（自动）"))
    kinds = {p.name: p.kind for p in d.parameters}
    known = f"{{name.{d.parameters[0].name}}}:{{name.{d.parameters[-1].name}}}"
    rows = [*pasted, *[""] * (max(len(d.parameters) - len(pasted), 0) + SPARE)]
    for k, name in enumerate(rows):
        row, remark = 4 + k, told.get(name, "")
        d.put(sheet, row, 0, name, d.typed(""), f"paste.name.{k}")
        d.put(sheet, row, 1, pasted.get(name), d.typed(kinds.get(name, "")), f"paste.value.{k}")
        d.put(sheet, row, 2, remark, d.typed("", text_wrap=True, font_color=GREY))
        d.put(sheet, row, 3, _check(k, known), d.computed(""), f"paste.check.{k}", cached="✔" if name else "")
        sheet.set_row(row, height([remark], WIDTHS[2:3]))
    last = 3 + len(rows)
    d.define("粘贴_参数", "paste.name.0", f"paste.name.{len(rows) - 1}")
    d.define("粘贴_值", "paste.value.0", f"paste.value.{len(rows) - 1}")
    sheet.conditional_format(4, 3, last, 3, {
        "type": "text", "criteria": "begins with", "value": "✘", "format": d.book.add_format(BAD)})  # fmt: skip
    sheet.print_area(0, 0, last, len(WIDTHS) - 1)


def _check(k: int, known: str) -> str:
    name, value = f"{{paste.name.{k}}}", f"{{paste.value.{k}}}"
    return (
        f'=IF({name}="",IF({value}="","","✘ 没有写参数"),'
        f'IF(ISNA(MATCH({name},{known},0)),"✘ 没有这个参数，名字照“情景”表写",'
        f'IF(COUNTIF(粘贴_参数,{name})>1,"✘ 同一参数写了几次",'
        f'IF({value}="","空白，同基准",IF(ISNUMBER({value}),"✔","✘ 不是数字，按基准计算")))))'
    )
