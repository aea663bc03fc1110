"""情景测算: the parameters of all scenarios as they count, and every scenario's lines: what 情景 compares."""

from __future__ import annotations

from xltools.sheets.budget import lines
from xltools.sheets.budget.draft import Draft
from xltools.sheets.budget.lines import AMOUNTS, HEADINGS, LOOKS, SCENARIOS, Line
from xltools.sheets.write.style import Sheet

NAME = "情景测算"
WIDTHS = (33, 19, 19, 22, 19, 19, 19, 19, 19)


def write(d: Draft, sheet: Sheet) -> None:
    """Fill the sheet; nothing here is typed in."""
    d.page(
        sheet,
        f"{NAME}　{d.scheme.title}",
        "本表全部自动计算，供核对：先是四种情景各参数的取值（空格或不是数字的按基准），再逐情景、逐方案、逐保险人测算，与“测算”表同一口径。",
        WIDTHS,
    )
    sheet.freeze_panes(4, 1)
    d.headings(sheet, 3, ("参数", *SCENARIOS.values()))
    row = 4
    for p in d.parameters:
        d.put(sheet, row, 0, p.name, d.look())
        for column, key in enumerate(SCENARIOS, 1):
            base = f"{{typed.{p.name}}}"
            source = {
                "low": f"{{typed.low.{p.name}}}",
                "high": f"{{typed.high.{p.name}}}",
                "own": f"{{pasted.{p.name}}}",
            }
            said = source.get(key)
            formula = f"=IF(ISNUMBER({said}),{said},{base})" if said else f"={base}"
            d.put(sheet, row, column, formula, d.computed(p.kind), f"{key}.{p.name}")
        row += 1
    for key, title in SCENARIOS.items():
        row = _lines(d, sheet, row + 1, key, title)
    sheet.print_area(0, 0, row, len(WIDTHS) - 1)


def _lines(d: Draft, sheet: Sheet, row: int, key: str, title: str) -> int:
    d.heading(sheet, row, f"情景：{title}")
    d.headings(sheet, row + 1, ("方案", "保险人", *HEADINGS))
    row += 2
    there = [Line(d.scheme, key, p, i) for p in d.scheme.plans for i in d.scheme.insurers]
    for line in there:
        d.put(sheet, row, 0, line.plan.id, d.look(align="center"), line.key("plan"))
        d.put(sheet, row, 1, line.insurer.name, d.look(), line.key("insurer"))
        for column, (amount, formula) in enumerate(lines.formulas(line).items(), 2):
            d.put(sheet, row, column, formula, d.computed(LOOKS[amount]), line.key(amount))
        row += 1
    d.put(sheet, row, 0, "合计", d.look(bold=True), last_column=1)
    for column, amount in enumerate(AMOUNTS, 2):
        first, last = there[0].key(amount), there[-1].key(amount)
        d.put(sheet, row, column, f"=SUM({{{first}}}:{{{last}}})", d.computed(LOOKS[amount], bold=True),
              f"{key}.{amount}.sum")  # fmt: skip
    return row + 1
