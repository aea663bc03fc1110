"""Workbooks with the tables 方案表 and 测算 and their formulas, and what two other programs make of them."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import ironcalc
import pricing_cases as cases
import xlsxwriter
from pricing_cases import Row
from python_calamine import CalamineWorkbook

from xltools.catalogue.tables import table
from xltools.scheme import Scheme
from xltools.scheme.model import Plan
from xltools.sheets.platform import pricing

FIRST = 5
"""Row of the first firm in 测算."""
PLAIN = 1000
"""Rows that carry the text of their formulas; those below share the first row's, which is read in half the time."""

Shown = Mapping[str, list[Any]]
"""By heading what the rows show; "" where blank."""
Said = Callable[[str, int], str]
"""What a formula is in a row."""


def build(path: Path, scheme: Scheme, firms: Sequence[Row], said: Said, plain: int = PLAIN) -> None:
    """A workbook of these firms. The rows are put in as text: XlsxWriter takes longer than all that reads them."""
    draft = path.with_suffix(".draft")
    book = xlsxwriter.Workbook(str(draft))
    terms, sheet = book.add_worksheet("参数"), book.add_worksheet("测算")
    for name, where, n in (("方案表", terms, len(scheme.plans)), ("测算", sheet, len(firms))):
        columns = [{"header": h} for h in table(scheme, name).headings]
        where.add_table(FIRST - 2, 0, FIRST - 2 + n, len(columns) - 1, {"name": name, "columns": columns})
    for i, plan in enumerate(scheme.plans):
        for j, heading in enumerate(table(scheme, "方案表").headings):
            if (value := of_plan(plan).get(heading)) is not None:
                terms.write(FIRST - 1 + i, j, value)
    terms.write("Z1", float(scheme.fx.budget.value))
    book.define_name("预算汇率", "='参数'!$Z$1")
    book.close()
    with zipfile.ZipFile(draft) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as new:
        for part in old.infolist():
            content = old.read(part)
            if part.filename == "xl/worksheets/sheet2.xml":
                content = content.replace(
                    b"</sheetData>", _lines(scheme, firms, said, plain).encode() + b"</sheetData>"
                )
            new.writestr(part, content)


def _lines(scheme: Scheme, firms: Sequence[Row], said: Said, plain: int) -> str:
    """The firms' rows. Every formula has the value 0, which is right nowhere but must be there for IronCalc."""
    formulas = pricing.formulas(scheme)
    computed = {c.heading: formulas[c.formula] for c in table(scheme, "测算").columns if formulas.get(c.formula)}
    last, out = FIRST + len(firms) - 1, []
    for row, firm in enumerate(firms, FIRST):
        given, line = given_cells(scheme, firm), []
        for n, (heading, letter) in enumerate(letters(scheme, "测算").items()):
            at = f'<c r="{letter}{row}"'
            if heading in computed and row < FIRST + plain:
                line.append(f"{at}><f>{escape(said(computed[heading], row))}</f><v>0</v></c>")
            elif heading in computed and row == FIRST + plain:
                shared = f't="shared" ref="{letter}{row}:{letter}{last}" si="{n}"'
                line.append(f"{at}><f {shared}>{escape(said(computed[heading], row))}</f><v>0</v></c>")
            elif heading in computed:
                line.append(f'{at}><f t="shared" si="{n}"/><v>0</v></c>')
            elif isinstance(value := given.get(heading), str):
                line.append(f'{at} t="inlineStr"><is><t>{escape(value)}</t></is></c>')
            elif value is not None:
                line.append(f"{at}><v>{value!r}</v></c>")
        out.append(f'<row r="{row}">{"".join(line)}</row>')
    return "".join(out)


def of_plan(plan: Plan) -> dict[str, Any]:
    """The row of 方案表."""
    least = plan.minimum_premium
    return {
        "方案": plan.id, "名称": plan.title, "费率": float(pricing.plan_rate(plan)),
        "最低保费(美元)": float(least.value) if least else None, "财政比例": float(plan.fiscal_share.value),
    }  # fmt: skip


def given_cells(scheme: Scheme, firm: Row) -> dict[str, Any]:
    """What stands in a row without formulas; 费率 for schemes where it is a value."""
    cells = {"资格": firm.status, "出口额(美元)": firm.cents / 100}
    if firm.status != "符合条件":
        return cells
    locked = float(firm.locked) if firm.locked is not None else None
    rate = float(cases.rate(scheme.plan(firm.plan), firm.off))
    return cells | {"方案": firm.plan, "锁定汇率": locked, "费率": rate}


def letters(scheme: Scheme, name: str) -> dict[str, str]:
    return {h: ironcalc.column_name_from_number(i + 1) for i, h in enumerate(table(scheme, name).headings)}


def structured(formula: str, row: int) -> str:
    return formula


def in_a1(scheme: Scheme) -> Said:
    """Structured references and the name as addresses: IronCalc 0.9 cannot read Chinese ones."""
    own, plans, last = letters(scheme, "测算"), letters(scheme, "方案表"), FIRST - 1 + len(scheme.plans)

    def said(formula: str, row: int) -> str:
        formula = re.sub(r"测算\[\[#This Row\],\[([^\]]+)\]\]", lambda m: f"{own[m[1]]}{row}", formula)
        column = r"方案表\[([^\]]+)\]"
        formula = re.sub(column, lambda m: f"参数!${plans[m[1]]}${FIRST}:${plans[m[1]]}${last}", formula)
        return formula.replace("预算汇率", "参数!$Z$1")

    return said


def build_links(path: Path, scheme: Scheme, places: Sequence[tuple[str, str]], said: Said) -> None:
    """The table 问题 with 路径 and 单元格; 打开 by its formula, and beside the table where it would lead."""
    at = letters(scheme, "问题")
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("问题")
        columns = [{"header": h} for h in at]
        sheet.add_table(FIRST - 2, 0, FIRST - 2 + len(places), len(at) - 1, {"name": "问题", "columns": columns})
        formula = pricing.formulas(scheme)["open_file"]
        for row, (file, cell) in enumerate(places, FIRST):
            sheet.write_string(f"{at['路径']}{row}", file)
            sheet.write_string(f"{at['单元格']}{row}", cell)
            sheet.write_formula(f"{at['打开']}{row}", said("=" + formula, row))
            leads = re.sub(r'HYPERLINK\((.+),"打开"\)', r"\1", formula)
            sheet.write_formula(f"Z{row}", said("=" + leads, row))


def links_in_a1(scheme: Scheme) -> Said:
    at = letters(scheme, "问题")
    return lambda formula, row: re.sub(r"问题\[\[#This Row\],\[([^\]]+)\]\]", lambda m: f"{at[m[1]]}{row}", formula)


def shown(path: Path, scheme: Scheme, name: str, beside: str = "") -> Shown:
    """The table's columns by heading, and a column beside it by its letter."""
    lines = CalamineWorkbook.from_path(path).get_sheet_by_name(name).to_python(skip_empty_area=False)[FIRST - 1 :]
    places = {h: j for j, h in enumerate(table(scheme, name).headings)} | ({beside: ord(beside) - 65} if beside else {})
    return {h: [x[j] if j < len(x) else "" for x in lines] for h, j in places.items()}


def by_ironcalc(path: Path, scheme: Scheme, rows: int, wanted: Sequence[str]) -> Shown:
    """Some columns of a workbook with addresses, evaluated."""
    model = ironcalc.load_from_xlsx(str(path), "en", "UTC", "en")
    model.evaluate()
    places = {h: j for j, h in enumerate(table(scheme, "测算").headings, 1) if h in wanted}
    return {
        h: ["" if (v := model.get_cell_value(1, r, j)) is None else v for r in range(FIRST, FIRST + rows)]
        for h, j in places.items()
    }
