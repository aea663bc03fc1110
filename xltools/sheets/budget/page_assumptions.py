"""假设: every number that the budget rests on, with its unit and clause; the adopted values are the named cells."""

from __future__ import annotations

from xltools.sheets.budget.draft import Draft, height
from xltools.sheets.budget.parameters import Parameter, bands, plans_of
from xltools.sheets.write import formats
from xltools.sheets.write.style import Sheet

NAME = "假设"
HEADINGS = ("参数", "基准值\n（浅黄，可改）", "采用值\n（自动，按情景）", "单位", "条款", "说明", "检查")
WIDTHS = (34, 20, 20, 16, 21, 58, 26)
TOO_MUCH = {"ratio": 1, "rate": 1}
"""Kinds that lie between 0 and 1."""


def write(d: Draft, sheet: Sheet) -> None:
    """Fill the sheet and define a name for every adopted value."""
    d.page(
        sheet,
        f"{NAME}　{d.scheme.title}　预算测算",
        "浅黄格可以改，灰格自动计算。基准值取自平台方案，改了的在“检查”列写明原值。低、高和粘贴的情景在“情景”表里填，"
        "各表一律按“采用值”计算；采用值的单元格就以参数的名字命名，公式里直接写名字。没有宏，不联网。",
        WIDTHS,
        high=1,
    )
    sheet.freeze_panes(4, 1)
    sheet.repeat_rows(3)
    d.headings(sheet, 3, HEADINGS)
    row, group = 4, ""
    for p in d.parameters:
        if p.group != group:
            group = p.group
            bar = d.look(bold=True, bg_color="#EAF1FB")
            d.put(sheet, row, 0, group, bar, last_column=len(WIDTHS) - 1)
            sheet.set_row(row, 20)
            row += 1
        _parameter(d, sheet, row, p)
        row += 1
    row = _sums(d, sheet, row)
    sheet.print_area(0, 0, row, len(WIDTHS) - 1)


def _parameter(d: Draft, sheet: Sheet, row: int, p: Parameter) -> None:
    wrapped = d.look(text_wrap=True)
    d.put(sheet, row, 0, p.name, d.look())
    d.put(sheet, row, 1, p.base, d.typed(p.kind), f"typed.{p.name}")
    d.put(sheet, row, 2, f"=INDEX({{low.{p.name}}}:{{own.{p.name}}},情景序号)", d.computed(p.kind), f"now.{p.name}")
    for column, words in ((3, p.unit), (4, p.clause), (5, p.note)):
        d.put(sheet, row, column, words, wrapped)
    sheet.set_row(row, height([p.unit, p.clause, p.note], WIDTHS[3:6]))
    d.define(p.name, f"now.{p.name}")
    limits = {"validate": "decimal", "criteria": ">=", "value": 0}
    rule = "不小于 0 的数"
    if p.kind in TOO_MUCH:
        limits = {"validate": "decimal", "criteria": "between", "minimum": 0, "maximum": TOO_MUCH[p.kind]}
        rule = "0 到 100% 之间的数"
    elif p.kind == "fx":
        limits = {"validate": "decimal", "criteria": ">", "value": 0}
        rule = "大于 0 的数"
    told = {"error_title": p.name[:32], "error_message": f"请填{rule}", "ignore_blank": False}
    sheet.data_validation(row, 1, row, 1, limits | told)
    cell = f"{{typed.{p.name}}}"
    plain = format(p.base.normalize(), "f")
    wrong = f"{cell}<0" if p.kind not in TOO_MUCH else f"OR({cell}<0,{cell}>1)"
    if p.kind == "fx":
        wrong = f"{cell}<=0"
    pattern = {"count": formats.COUNT, "usd": formats.UP_TO_CENTS, "yuan": formats.UP_TO_CENTS,
               "ratio": formats.PERCENT, "rate": "0.000%"}  # fmt: skip
    shown = f'TEXT({plain},"{pattern.get(p.kind, "0.00##")}")'
    d.put(
        sheet, row, 6,
        f'=IF(NOT(ISNUMBER({cell})),"✘ 请填数字",IF({wrong},"✘ 请填{rule}",IF({cell}={plain},"",'
        f'"已改，方案为 "&{shown})))',
        wrapped, f"checked.{p.name}",
    )  # fmt: skip


def _sums(d: Draft, sheet: Sheet, row: int) -> int:
    """Shares that must add up to 100%: whether they do, under the scenario that counts."""
    row += 1
    d.heading(sheet, row, "合计检查（按采用值）")
    for what, parts in sums(d):
        row += 1
        key = f"sum.{what}"
        d.put(sheet, row, 0, f"{what}合计", d.look())
        d.put(sheet, row, 1, None, d.look())
        d.put(sheet, row, 2, "=" + "+".join(p.name for p in parts), d.computed("ratio"), key)
        d.put(sheet, row, 3, _verdict(key, what), d.look(text_wrap=True), f"sumcheck.{what}", last_column=6,
              cached="✔ 合计为 100%")  # fmt: skip
        sheet.set_row(row, 20)
    return row


def _verdict(key: str, what: str) -> str:
    return (
        f'=IF(ABS({{{key}}}-1)<0.000001,"✔ 合计为 100%","✘ 合计为 "&TEXT({{{key}}},"0.00%")&"，应为 100%：'
        f'请改{what}，否则测算不可用")'
    )


def sums(d: Draft) -> list[tuple[str, list[Parameter]]]:
    """What must add up to 1: the plans' shares of each band, the insurers' shares."""
    of = {p.role: p for p in d.parameters}
    out = []
    for band in bands(d.scheme):
        there = [of["mix", p.id] for p in plans_of(d.scheme, band) if ("mix", p.id) in of]
        if there:
            out.append((f"方案占比（{band.title}）", there))
    portions = [of["portion", i.id] for i in d.scheme.insurers if ("portion", i.id) in of]
    return [*out, *([("保险人份额", portions)] if portions else [])]
