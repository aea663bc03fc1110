"""A scenario (情景) as a three-column table 参数 · 值 · 说明: read with every mistake and its cell, and written."""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, localcontext
from pathlib import Path

import pyarrow as pa

from xltools import files
from xltools.catalogue.columns import Column
from xltools.files import reason
from xltools.roster.amounts import trimmed, written
from xltools.roster.cells import Cells
from xltools.roster.letters import column_letters
from xltools.roster.problems import Placed
from xltools.scheme import Scheme
from xltools.sheets.budget.parameters import Parameter, bands, by_role, parameters, plans_of
from xltools.sheets.intake.read import read_table
from xltools.sheets.write import style
from xltools.sheets.write.csvfile import write_csv
from xltools.sheets.write.outfile import OutputError

SHEET = "情景"
PASTE_SHEET = "粘贴情景"
"""The sheet of the budget workbook that holds a scenario's table."""
HEADINGS = ("参数", "值", "说明")
FIELDS = ("name", "value", "remark")
LARGEST = Decimal(10) ** 13
TOLERANCE = Decimal("0.000001")
"""How far shares may be from 100% in all."""


@dataclass
class Scenario:
    """What the table says: values and remarks by parameter, and what is wrong with it."""

    values: dict[str, Decimal] = field(default_factory=dict)
    told: dict[str, str] = field(default_factory=dict)
    wrong: list[Placed] = field(default_factory=list)


def read(path: Path, scheme: Scheme) -> Scenario:
    """Read an .xlsx (a budget workbook's own sheet, too) or .csv; parameters that it does not name keep their base value.

    Raises FileRefused, OSError.
    """
    columns = [
        Column(f, h, "", "text", "bureau", 20, "", required="yes" if f != "remark" else "")
        for f, h in zip(FIELDS, HEADINGS, strict=True)
    ]
    cells = read_table(path, columns, sheet=PASTE_SHEET)
    out = Scenario()
    known = {p.name: p for p in parameters(scheme)}
    places: dict[str, str] = {}
    for i in range(len(cells)):
        _row(cells, i, known, places, out)
    out.wrong += _sums(scheme, out, cells, places)
    return out


def _row(cells: Cells, i: int, known: Mapping[str, Parameter], places: dict[str, str], out: Scenario) -> None:
    name, said = (_text(cells, f, i) for f in ("name", "value"))
    if not name and not said:
        return
    name = unicodedata.normalize("NFKC", name).replace(" ", "")
    if name not in known:
        near = difflib.get_close_matches(name, known, 1, 0.4)
        hint = f"是否想写“{near[0]}”？" if near else "参数的名字见 xltools budget --template 写出的表"
        problem = f"没有参数“{name}”" if name else "没有写参数"
        out.wrong.append(_placed(cells, "name", i, name, problem, hint))
        return
    p = known[name]
    if name in places:
        message = f"参数“{name}”写了两次（{places[name]} 和这里）"
        out.wrong.append(_placed(cells, "name", i, name, message, "请只留一行"))
        return
    places[name] = _cell(cells, "value", i)
    out.told[name] = _text(cells, "remark", i)
    if not said and i not in cells.no_value.get("value", ()):
        return
    value = number(said)
    if value is None:
        hint = "这一格是公式但没有值，请打开后保存一次" if not said else "请只写数字，单位见说明，如 0.25 或 25%"
        out.wrong.append(_placed(cells, "value", i, said, f"“{name}”的值“{said}”不是数字", hint))
        return
    if wrong := _out_of_range(p, value):
        out.wrong.append(_placed(cells, "value", i, said, f"“{name}”的值 {said} 不合理", wrong))
        return
    out.values[name] = value


def number(said: str) -> Decimal | None:
    """A number as people write it in a cell: `0.25`, `25%`, `2,000,000`; at most 15 digits count.

    >>> number("25%"), number("2，000"), number("约5")
    (Decimal('0.25'), Decimal('2000'), None)
    """
    text = trimmed(said)
    value = written(text.removesuffix("%").rstrip())
    if value is None:
        return None
    with localcontext() as context:
        context.prec = 15
        return +(value / 100 if text.endswith("%") else value)


def _out_of_range(p: Parameter, value: Decimal) -> str:
    if p.kind in ("ratio", "rate"):
        return "" if 0 <= value <= 1 else f"应在 0 到 1（100%）之间，单位是{p.unit}"
    if p.kind == "fx":
        return "" if 0 < value < 10_000 else "应为 1 美元折人民币元数，大于 0"
    return "" if 0 <= value <= LARGEST else f"应为不小于 0 的数，单位是{p.unit}"


def groups(scheme: Scheme) -> Iterator[tuple[str, list[str]]]:
    """What must add up to 1, and the parameters of each."""
    of = by_role(scheme)
    for band in bands(scheme):
        names = [of["mix", p.id].name for p in plans_of(scheme, band) if ("mix", p.id) in of]
        if names:
            yield f"{band.title}的方案占比", sorted(names)
    portions = [of["portion", i.id].name for i in scheme.insurers if ("portion", i.id) in of]
    if portions:
        yield "保险人份额", portions


def _sums(scheme: Scheme, out: Scenario, cells: Cells, places: Mapping[str, str]) -> Iterator[Placed]:
    base = {p.name: p.base for p in parameters(scheme)}
    for what, names in groups(scheme):
        there = [n for n in names if n in places]
        whole = sum((out.values.get(n, base[n]) for n in names), Decimal(0))
        if there and abs(whole - 1) > TOLERANCE:
            parts = " + ".join(f"{n} {_percent(out.values.get(n, base[n]))}" for n in names)
            missing = [n for n in names if n not in places]
            hint = "请改成合计 100%" + (f"；没有写的按基准：{'、'.join(missing)}" if missing else "")
            yield Placed(cells.file, cells.sheet, "、".join(places[n] for n in there), 0, "value", "SHARES", "error", "",
                         f"{what}合计 {_percent(whole)}，不是 100%（{parts}）", hint)  # fmt: skip


def write(path: Path, scheme: Scheme, values: Mapping[str, Decimal], told: Mapping[str, str]) -> None:
    """Write the table of all parameters with these values, .xlsx or .csv. Raises OutputError."""
    rows = [(p.name, values[p.name], told.get(p.name) or remark(p)) for p in parameters(scheme)]
    try:
        if path.suffix.lower() == ".csv":
            write_csv(
                path, pa.table(list(zip(*[(n, plain(v), t) for n, v, t in rows], strict=True)), names=list(HEADINGS))
            )
        elif path.suffix.lower() == ".xlsx":
            _write_xlsx(path, scheme, rows)
        else:
            raise OutputError(f"不认识的格式 {path.name}；情景表可写成 .xlsx 或 .csv")
    except OSError as e:
        raise OutputError(f"写不了 {path}（{reason(e)}）；文件夹是否存在、文件是否正在 Excel 中打开？") from e


def _write_xlsx(path: Path, scheme: Scheme, rows: list[tuple[str, Decimal, str]]) -> None:
    with files.replace(path) as temporary:
        book = style.new_book(temporary, f"{scheme.title}预算情景")
        sheet = book.add_worksheet(SHEET)
        head = style.boxed(book, bold=True, align="center", bg_color=style.PALE_BLUE, font_color=style.NAVY)
        for column, (words, width) in enumerate(zip(HEADINGS, (36, 20, 70), strict=True)):
            sheet.set_column(column, column, width)
            sheet.write_string(0, column, words, head)
        cell, figure = style.boxed(book, text_wrap=True), style.boxed(book, bg_color="#FFF8DC")
        for row, (name, value, said) in enumerate(rows, 1):
            sheet.write_string(row, 0, name, cell)
            sheet.write_number(row, 1, float(value), figure)
            sheet.write_string(row, 2, said, cell)
        sheet.freeze_panes(1, 0)
        sheet.repeat_rows(0)
        style.a4(sheet, landscape=True, left=scheme.title)
        book.close()


def remark(p: Parameter) -> str:
    """A parameter's unit, clause and meaning in one line."""
    return "；".join(x for x in (p.unit, p.clause, p.note) if x)


def plain(value: Decimal) -> str:
    """A number without exponent or trailing zeros."""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _percent(value: Decimal) -> str:
    return f"{plain(value * 100)}%"


def _text(cells: Cells, field: str, i: int) -> str:
    return (cells.columns[field][i].as_py() or "").strip() if field in cells.columns else ""


def _cell(cells: Cells, field: str, i: int) -> str:
    return f"{column_letters(cells.places[field] + 1)}{int(cells.rows[i])}"


def _placed(cells: Cells, field: str, i: int, value: str, message: str, hint: str) -> Placed:
    where, row = _cell(cells, field, i), int(cells.rows[i])
    return Placed(cells.file, cells.sheet, where, row, field, "SCENARIO", "error", value, message, hint)
