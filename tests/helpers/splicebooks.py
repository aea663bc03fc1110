"""Platform workbooks to try the splice on: contents of any size, and a plain book of all tables drawn by XlsxWriter."""

from __future__ import annotations

import io
import random
import re
import zipfile
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from importlib import resources
from pathlib import Path
from typing import Any

import pyarrow as pa
import xlsxwriter
from xlsxwriter.utility import xl_range_abs

from xltools.catalogue.phases import all_phases
from xltools.catalogue.tables import BookColumn, BookTable, tables
from xltools.desk.verb import buttons
from xltools.scheme import load
from xltools.sheets.platform.contents import Contents
from xltools.sheets.platform.draw.checks import long_choices
from xltools.sheets.platform.draw.pages.fx import NAME as RATE
from xltools.sheets.platform.splice.grow import PAGES
from xltools.sheets.platform.splice.phases import LISTS

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
SCHEME = "nantong-2019"
FORMATS = {"usd": "#,##0.00", "yuan": "#,##0.00", "rate": "0.00##%", "fx": "0.0000", "whole": "0", "text": "@"}
FORMATS |= {"date": "yyyy-mm-dd", "datetime": "yyyy-mm-dd hh:mm"}
TOP = {"参数表": 16, "资金账": 12, "清算分项表": 12, "期限表": 13, "方案保险人表": 30, "按钮表": 30}
"""Row of the headings (from 0) where it is not 3."""
WORDS = ["南通甲公司", "a & b < c", "=1+1", " 前后空格 ", "一行\n两行", "00123", "_x0041_", "普通", "]]>", "'引号\""]


def value(column: BookColumn, row: int, rng: random.Random) -> Any:
    """A value of the column's kind; one in five is blank, and keys are not."""
    if rng.random() < 0.2:
        return None
    match column.kind:
        case "usd" | "yuan":
            return Decimal(rng.randrange(0, 10**11)) / 100
        case "rate" | "fx":
            return Decimal(rng.randrange(1, 10**9)) / 10**8
        case "whole":
            return rng.randrange(0, 10**6)
        case "date":
            return date(2019, 1, 1) + timedelta(days=rng.randrange(700))
        case "datetime":
            return datetime(2019, 1, 1) + timedelta(seconds=rng.randrange(60_000_000))
    return rng.choice(column.choices) if column.choices else f"{rng.choice(WORDS)}{row}"


def rows_of(table: BookTable, count: int, seed: int = 1) -> pa.Table:
    """A table of the catalogue with that many rows and distinct keys."""
    rng = random.Random(f"{table.name}{seed}")
    columns = {}
    for c in table.columns:
        values = [value(c, n, rng) for n in range(count)]
        if c.heading in table.key:
            whole, when = c.kind == "whole", c.kind in ("date", "datetime")
            values = [
                n + 1 if whole else date(2019, 1, 1) + timedelta(days=n) if when else f"{c.heading}{n}"
                for n in range(count)
            ]
        columns[c.heading] = values
    return pa.table(columns, schema=table.schema)


def contents(count: int = 6, seed: int = 1, **counts: int) -> Contents:
    """Contents with `count` rows a table, or as many as `counts` says by table name."""
    scheme = load(SCHEME)
    own = {t.name: rows_of(t, counts.get(t.name, count), seed) for t in tables(scheme)}
    return Contents(scheme, own, {"状态": "已更新", "更新于": "2019-11-21 14:30"}, buttons())


def excel(value: Any) -> Any:
    return float(value) if isinstance(value, Decimal) else value


def draw(
    path: Path, contents: Contents, extra: Any = None, *, options: dict[str, Any] | None = None,
    at: tuple[int, int] = (0, 0), added: dict[str, list[tuple[int, str, list[Any]]]] | None = None,
    totals: dict[str, dict[str, dict[str, str]]] | None = None, leave_out: tuple[str, ...] = (),
) -> None:  # fmt: skip
    """A workbook with every table, validations, conditional formats and print areas.

    `extra(book, sheets)` adds what staff did; `at` moves the tables down and to the right; `added` are columns of the
    staff's own by table: place, heading, values (formulas begin with =); `totals` settings of a totals row by heading.
    """
    book = xlsxwriter.Workbook(path, {"default_date_format": "yyyy-mm-dd", **(options or {})})
    sheets: dict[str, Any] = {}
    looks = {kind: book.add_format({"num_format": code, "border": 1}) for kind, code in FORMATS.items()}
    for t in tables(contents.scheme):
        if t.name in leave_out:
            continue
        if t.sheet not in sheets:
            sheets[t.sheet] = book.add_worksheet(t.sheet)
            sheets[t.sheet].write_string(0, 0, t.sheet)
        sheet, rows, left = sheets[t.sheet], contents.tables[t.name], at[1]
        top = TOP.get(t.name, 3) + at[0]
        count = max(rows.num_rows, 1)
        columns = [(c.heading, c.kind, rows[c.heading].to_pylist() or [None], c) for c in t.columns]
        for place, heading, values in (added or {}).get(t.name, []):
            columns.insert(place, (heading, "text", values, None))
        settings = (totals or {}).get(t.name, {})
        last, right = top + count, left + len(columns) - 1
        heads = [{"header": h, **settings.get(h, {})} for h, *_ in columns]
        whole = {"name": t.name, "columns": heads, "style": "Table Style Light 9", "total_row": bool(settings)}
        sheet.add_table(top, left, last + bool(settings), right, whole)
        for x, (_, kind, values, c) in enumerate(columns, left):
            for y, v in enumerate(values, top + 1):
                if v is None:
                    sheet.write_blank(y, x, None, looks[kind])
                elif isinstance(v, str) and not (c is None and v.startswith("=")):
                    sheet.write_string(y, x, v, looks[kind])
                else:
                    sheet.write(y, x, excel(v), looks[kind])
            if c is not None and c.choices:
                sheet.data_validation(top + 1, x, last, x, {"validate": "list", "source": list(c.choices)})
        if t.name in ("名册", "测算"):
            red = book.add_format({"bg_color": "#FFC7CE"})
            rule = {"type": "formula", "criteria": f'=$A{top + 2}=""', "format": red}
            sheet.conditional_format(top + 1, left, last, right, rule)
            sheet.print_area(0, 0, last, left + t.printed - 1)
            sheet.freeze_panes(top + 1, 3)
        if t.hidden:
            sheet.hide()
    for name in PAGES.keys() - sheets.keys():
        book.add_worksheet(name)
    cells = [n for names in PAGES.values() for n in names if n != "状态栏"] + [*long_choices(tables(contents.scheme))]
    for row, phase in enumerate(all_phases(), 60):
        sheets["首页"].write_row(row, 80, (phase.name, phase.does, *phase.sheets))
    for name, (first, end) in LISTS.items():
        area = xl_range_abs(60, 80 + first, 59 + len(all_phases()), 80 + end)
        book.define_name(name, f"=首页!{area}")
    for row, name in enumerate([n for n in cells if n not in LISTS], 5):
        book.define_name(name, f"=首页!$CA${row}")
        if name == RATE:
            sheets["首页"].write_number(row - 1, 78, float(contents.scheme.fx.budget.value))
    book.define_name("状态栏", "=首页!$B$2")
    sheets["首页"].write_string(1, 1, "旧状态", looks["text"])
    if extra:
        extra(book, sheets)
    book.close()


def edited(path: Path, changes: dict[str, Callable[[bytes], bytes]]) -> Path:
    """The book with some members changed by hand."""
    with zipfile.ZipFile(path) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    for name, change in changes.items():
        new = change(parts[name])
        assert new != parts[name], name
        parts[name] = new
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in parts.items():
            package.writestr(name, content)
    return path


def with_everything(path: Path, contents: Contents) -> None:
    """A macro workbook with what openpyxl would lose, on our sheets and on one of the staff's own."""
    draw(path.with_suffix(".drawn"), contents, _extras)
    with zipfile.ZipFile(path.with_suffix(".drawn")) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    _controls(parts)
    _slicers(parts)
    _calc_chain(parts)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as package:
        for name, content in parts.items():
            package.writestr(zipfile.ZipInfo(name, (2019, 9, 1, 8, 30, 0)), content, zipfile.ZIP_DEFLATED)


def _extras(book: Any, sheets: dict[str, Any]) -> None:
    own = book.add_worksheet("我们自己的")
    book.add_vba_project(io.BytesIO((resources.files("xltools.sheets.platform") / "vbaProject.bin").read_bytes()), True)
    own.write_column(0, 0, [3, 1, 2])
    own.write_formula(3, 0, "=SUM(A1:A3)", None, 6)
    own.write_formula(4, 0, "=COUNTA(名册[企业名称])", None, 6)
    chart = book.add_chart({"type": "column"})
    chart.add_series({"values": "=我们自己的!$A$1:$A$3"})
    own.insert_chart("C2", chart)
    for sheet in (own, sheets["企业名册"], sheets["资金"]):
        sheet.add_sparkline(0, 60, {"range": "我们自己的!A1:A3", "markers": True})
        sheet.insert_textbox(0, 50, "别忘了：周五前报局里", {"width": 200})
        sheet.write_comment(1, 1, "局里要的", {"author": "张三"})
        sheet.insert_button(0, 55, {"macro": "Btn_Check", "caption": "自检"})
        sheet.set_column(48, 48, 33.3, None, {"hidden": True})
        sheet.conditional_format("BA1:BA9", {"type": "data_bar", "data_bar_2010": True})
    sheets["企业名册"].write_string(6, 51, "表右边自己写的")
    sheets["企业名册"].set_row(6, 40)
    sheets["企业名册"].conditional_format("E5:E10", {"type": "data_bar", "data_bar_2010": True})
    sheets["测算"].write_formula(4, 40, "=G5*2", None, 0)
    sheets["测算"].write_string(400, 0, "表下面很远的一行")
    book.define_name("我的名字", "=我们自己的!$A$1:$A$3")


def _controls(parts: dict[str, bytes]) -> None:
    """A form control as Excel 2010 writes it, beside the VML of XlsxWriter's button."""
    control = (
        '<mc:AlternateContent xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"><mc:Choice '
        'xmlns:x14="http://schemas.microsoft.com/office/spreadsheetml/2009/9/main" Requires="x14"><controls>'
        '<mc:AlternateContent><mc:Choice Requires="x14"><control shapeId="9001" r:id="rId901" name="按钮 1"><controlPr '
        'defaultSize="0" print="0" autoFill="0" autoPict="0" macro="[0]!Btn_Check"><anchor moveWithCells="1">'
        "<from><xdr:col>1</xdr:col><xdr:colOff>0</xdr:colOff><xdr:row>1</xdr:row><xdr:rowOff>0</xdr:rowOff></from>"
        "<to><xdr:col>2</xdr:col><xdr:colOff>0</xdr:colOff><xdr:row>2</xdr:row><xdr:rowOff>0</xdr:rowOff></to></anchor>"
        "</controlPr></control></mc:Choice></mc:AlternateContent></controls></mc:Choice></mc:AlternateContent>"
    )
    name = "xl/worksheets/sheet1.xml"
    drawing = "http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing"
    xml = parts[name].replace(b"<worksheet ", f'<worksheet xmlns:xdr="{drawing}" '.encode(), 1)
    parts[name] = xml.replace(b"<tableParts", control.encode() + b"<tableParts")
    parts["xl/ctrlProps/ctrlProp1.xml"] = (
        b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<formControlPr '
        b'xmlns="http://schemas.microsoft.com/office/spreadsheetml/2009/9/main" objectType="Button" lockText="1"/>'
    )
    _related(parts, name, 'Id="rId901"', f"{RELS}/ctrlProp", "../ctrlProps/ctrlProp1.xml")
    _declared(parts, "/xl/ctrlProps/ctrlProp1.xml", "application/vnd.ms-excel.controlproperties+xml")


def _slicers(parts: dict[str, bytes]) -> None:
    """An extension of a table's sheet and one of the workbook that only Excel knows."""
    ext = (
        '<ext uri="{3A4CF648-6AED-40f4-86FF-DC5316D8AED3}" xmlns:x15="http://schemas.microsoft.com/office/'
        'spreadsheetml/2010/11/main"><x15:slicerLike note="a &gt; b" name=\'单引号\'/></ext>'
    ).encode()
    name = "xl/worksheets/sheet1.xml"
    parts[name] = parts[name].replace(b"</extLst></worksheet>", ext + b"</extLst></worksheet>")
    assert ext in parts[name]


def _calc_chain(parts: dict[str, bytes]) -> None:
    own = next(
        i
        for i, s in enumerate(re.findall(rb'<sheet name="([^"]*)"', parts["xl/workbook.xml"]), 1)
        if s == "我们自己的".encode()
    )
    parts["xl/calcChain.xml"] = (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
        f'<calcChain xmlns="{MAIN}"><c r="A4" i="{own}"/><c r="A5" i="{own}"/></calcChain>'
    ).encode()
    parts["xl/workbook.xml"] = parts["xl/workbook.xml"].replace(b' fullCalcOnLoad="1"', b"")
    _related(parts, "xl/workbook.xml", 'Id="rId902"', f"{RELS}/calcChain", "calcChain.xml")
    _declared(parts, "/xl/calcChain.xml", "application/vnd.openxmlformats-officedocument.spreadsheetml.calcChain+xml")


def _related(parts: dict[str, bytes], name: str, given: str, kind: str, target: str) -> None:
    folder, _, base = name.rpartition("/")
    rels = f"{folder}/_rels/{base}.rels"
    new = f'<Relationship {given} Type="{kind}" Target="{target}"/></Relationships>'.encode()
    parts[rels] = parts[rels].replace(b"</Relationships>", new)


def _declared(parts: dict[str, bytes], name: str, kind: str) -> None:
    new = f'<Override PartName="{name}" ContentType="{kind}"/></Types>'.encode()
    parts["[Content_Types].xml"] = parts["[Content_Types].xml"].replace(b"</Types>", new)
