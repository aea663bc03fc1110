"""What a splice did, seen by others' libraries: values by openpyxl and calamine, parts by zipfile and lxml."""

from __future__ import annotations

import zipfile
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import schemacheck
from lxml import etree
from openpyxl.utils import range_boundaries
from openpyxl.utils.escape import unescape

from xltools.catalogue.tables import tables
from xltools.sheets.platform.contents import Contents
from xltools.sheets.platform.pricing import formulas

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
WRAPPED = {"问题", "日志表", "国别组表", "资金账", "口径表"}
"""Tables whose rows are as high as their text."""
Ref = tuple[int, int, int, int]
"""Left, top, right, bottom, 1-based, as openpyxl has it."""


def refs(path: Path) -> dict[str, tuple[str, Ref]]:
    """Sheet and range of every table by its name."""
    parts = members(path)
    roots = {n: etree.fromstring(b) for n, b in parts.items() if n.startswith("xl/tables/")}
    out = {}
    for title, member in sheet_members(path).items():
        rels = parts.get(member.replace("worksheets/", "worksheets/_rels/") + ".rels", b"<a/>")
        for rel in etree.fromstring(rels):
            part = rel.get("Target").replace("../", "xl/").removeprefix("/")
            if part in roots:
                out[roots[part].get("displayName")] = (title, range_boundaries(roots[part].get("ref")))
    return out


def plain(value: Any) -> Any:
    """A cell's value or a value of the contents in one form."""
    if value in (None, ""):
        return None
    if isinstance(value, bool):
        return value
    if isinstance(value, (int, float, Decimal)):
        return Decimal(repr(value) if isinstance(value, float) else str(value)).normalize() + 0
    if isinstance(value, datetime):
        return (value + timedelta(microseconds=500_000)).replace(microsecond=0)
    return datetime(value.year, value.month, value.day) if isinstance(value, date) else value


def wrong_cells(
    path: Path, contents: Contents, *, values: bool = True, resaved: bool = False, any_order: bool = False
) -> list[tuple[Any, ...]]:
    """Cells of our tables that do not show exactly what `contents` says; tables of another length.

    `any_order`: rows of tables that have no order of their own may stand as staff left them.

    `values`: cached values of formula columns count, else their formulas. `resaved` by LibreOffice: it has calculated
    those columns anew, and what looks like an escape is not one any more.
    """
    book, known = openpyxl.load_workbook(path, read_only=True, data_only=values), formulas(contents.scheme)
    out: list[tuple[Any, ...]] = []
    found = refs(path)
    lines = {sheet: _lines(book[sheet], [r for s, r in found.values() if s == sheet]) for sheet, _ in found.values()}
    book.close()
    for spec in [t for t in tables(contents.scheme) if t.name in contents.tables]:
        sheet, (left, top, right, bottom) = found[spec.name]
        rows = contents.tables[spec.name]
        if bottom - top != max(rows.num_rows, 1):
            out.append((spec.name, "rows", bottom - top))
        there = [line[left - 1 : right] for line in lines[sheet][top - 1 : bottom]]
        if any_order and rows.num_rows and not (spec.in_order or spec.ordered or spec.hidden):
            keys = spec.key or [c.heading for c in spec.columns if not c.formula]
            at = [there[0].index(h) for h in keys]
            there[1:] = sorted(there[1:], key=lambda line, at=at: [str(plain(line[x])) for x in at])  # type: ignore[misc]
            own = [[str(plain(v)) for v in rows[h].to_pylist()] for h in keys]
            order = sorted(range(rows.num_rows), key=lambda i, own=own: [k[i] for k in own])  # type: ignore[misc]
            rows = rows.take(order)
        for column in spec.columns:
            if resaved and column.formula:
                continue
            place = there[0].index(column.heading)
            wanted = [plain(v) for v in rows[column.heading].to_pylist()] or [None]
            if column.formula and known[column.formula] and not values:
                wanted = ["=" + known[column.formula]] * rows.num_rows or [None]
            shown = [plain(line[place]) for line in there[1:]]
            shown = [unescape(v) if isinstance(v, str) and not resaved else v for v in shown]
            out += [
                (spec.name, column.heading, n, a, b)
                for n, (a, b) in enumerate(zip(shown, wanted, strict=False))
                if a != b
            ]
    return out


def _lines(sheet: Any, areas: list[Ref]) -> list[tuple[Any, ...]]:
    """Every row of a sheet as far as these reach, also where there is none."""
    right, bottom = (max(area[i] for area in areas) for i in (2, 3))
    lines = [*sheet.iter_rows(1, bottom, 1, right, values_only=True)]
    return lines + [(None,) * right] * (bottom - len(lines))


def members(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as package:
        assert package.testzip() is None
        return {name: package.read(name) for name in package.namelist()}


def raw(path: Path) -> dict[str, bytes]:
    """The compressed bytes of every member."""
    data, out = path.read_bytes(), {}
    with zipfile.ZipFile(path) as package:
        for info in package.infolist():
            name, extra = (int.from_bytes(data[info.header_offset + p :][:2], "little") for p in (26, 28))
            start = info.header_offset + 30 + name + extra
            out[info.filename] = data[start : start + info.compress_size]
    return out


def sheet_members(path: Path) -> dict[str, str]:
    """The member of every worksheet by its name."""
    parts = members(path)
    rels = {r.get("Id"): r.get("Target") for r in etree.fromstring(parts["xl/_rels/workbook.xml.rels"])}
    book = etree.fromstring(parts["xl/workbook.xml"])
    key = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
    return {s.get("name"): f"xl/{rels[s.get(key)].removeprefix('/xl/')}" for s in book.iter(f"{MAIN}sheet")}


def table_members(path: Path) -> set[str]:
    return {name for name in members(path) if name.startswith("xl/tables/")}


def canonical(node: etree._Element) -> bytes:
    return bytes(etree.tostring(node, method="c14n"))


def changed(before: Path, after: Path) -> set[str]:
    """Members whose content or compressed bytes are not the same."""
    old, new, old_raw, new_raw = members(before), members(after), raw(before), raw(after)
    return {n for n in old.keys() | new.keys() if old.get(n) != new.get(n) or old_raw.get(n) != new_raw.get(n)}


def forbidden(before: Path, after: Path, contents: Contents) -> list[tuple[str, str]]:
    """Every change that the splice has no right to: (member, what)."""
    old, new = members(before), members(after)
    was, now, where = refs(before), refs(after), sheet_members(before)
    ours = {spec.name for spec in tables(contents.scheme)}
    own_sheets = {where[was[name][0]] for name in ours}
    chain = {n for n in old if n.endswith("calcChain.xml")}
    shared = {"xl/workbook.xml", "xl/styles.xml"} | own_sheets | _own_tables(old, ours)
    shared |= {"[Content_Types].xml", "xl/_rels/workbook.xml.rels"} if chain else set()
    out = [(n, "must stay byte for byte") for n in changed(before, after) - shared - chain]
    out += [(n, "new member") for n in new.keys() - old.keys()]
    for name in own_sheets:
        mine = [(was[t][1], now[t][1]) for t in ours if where[was[t][0]] == name]
        fitted = {
            n for t in ours & WRAPPED if where[was[t][0]] == name for _, top, _, bottom in (was[t][1], now[t][1])
            for n in range(top + 1, bottom + 1)
        }  # fmt: skip
        facts = _facts(old["xl/workbook.xml"]) if name == where.get("首页") else set()
        results = name in (where.get("首页"), where.get("参数"))
        out += [
            (name, what)
            for what in _sheet(
                etree.fromstring(old[name]), etree.fromstring(new[name]), mine, facts, fitted, results=results
            )
        ]
    out += [("xl/styles.xml", what) for what in _styles(old["xl/styles.xml"], new["xl/styles.xml"])]
    if _workbook(old["xl/workbook.xml"]) != _workbook(new["xl/workbook.xml"]):
        out.append(("xl/workbook.xml", "more than print areas and fullCalcOnLoad"))
    if chain:
        for name in ("[Content_Types].xml", "xl/_rels/workbook.xml.rels"):
            kept = [canonical(e) for e in etree.fromstring(old[name]) if b"calcChain" not in etree.tostring(e)]
            if kept != [canonical(e) for e in etree.fromstring(new[name])]:
                out.append((name, "more than calcChain"))
    return out


def new_faults(before: Path, after: Path) -> set[str]:
    """Kinds of what the schema check says of `after` and not of `before`."""
    found = schemacheck.kinds(after)
    return found - schemacheck.kinds(before) if found else found


def table_root(path: Path, name: str) -> etree._Element:
    """The part of a table."""
    roots = [etree.fromstring(b) for n, b in members(path).items() if n.startswith("xl/tables/")]
    return next(r for r in roots if r.get("displayName") == name)


def sheet_root(path: Path, title: str) -> etree._Element:
    return etree.fromstring(members(path)[sheet_members(path)[title]])


def _own_tables(parts: dict[str, bytes], ours: set[str]) -> set[str]:
    tables = {n: etree.fromstring(b) for n, b in parts.items() if n.startswith("xl/tables/")}
    return {n for n, root in tables.items() if root.get("displayName") in ours}


def _sheet(
    old: etree._Element, new: etree._Element, mine: list[tuple[Ref, Ref]], facts: set[str], fitted: set[int], *,
    results: bool,
) -> list[str]:  # fmt: skip
    """What changed besides our rows; `results`: formulas may show other results, and nothing else of them changes."""
    out = []
    for tag, one, other in ((a.tag, a, b) for a, b in zip(old, new, strict=True)):
        if tag == f"{MAIN}dimension" or tag == f"{MAIN}sheetData":
            continue
        for node in (one, other):
            for ref in node.iter(f"{MAIN}dataValidation", f"{MAIN}conditionalFormatting"):
                ref.attrib.pop("sqref", None)
            for ref in node.iter("{http://schemas.microsoft.com/office/excel/2006/main}sqref"):
                if "sparkline" not in ref.getparent().tag:
                    ref.text = ""
        if canonical(one) != canonical(other):
            out.append(tag)

    def inside(column: int, row: int) -> bool:
        return any(left <= column <= right and top < row <= bottom for two in mine for left, top, right, bottom in two)

    def others(root: etree._Element) -> dict[str, bytes]:
        cells = {c.get("r"): c for c in root.iter(f"{MAIN}c")}
        for cell in (c for c in cells.values() if results and c.find(f"{MAIN}f") is not None):
            cell.attrib.pop("t", None)
            for shown in cell.findall(f"{MAIN}v"):
                cell.remove(shown)
        places = {ref: range_boundaries(ref)[:2] for ref in cells}
        return {
            r: canonical(cells[r]) for r, (column, row) in places.items() if not inside(column, row) and r not in facts
        }

    was, now = others(old), others(new)
    out += [f"cell {ref}" for ref in was.keys() | now.keys() if was.get(ref) != now.get(ref)]

    def looks(root: etree._Element) -> dict[str, dict[str, str]]:
        rows = {r.get("r"): dict(r.attrib) for r in root.iter(f"{MAIN}row")}
        own = {str(n) for n in fitted}
        out = {n: {k: v for k, v in a.items() if k not in ("spans", "hidden")} for n, a in rows.items()}
        return {
            n: {k: v for k, v in a.items() if n not in own or k not in ("ht", "customHeight")} for n, a in out.items()
        }

    was_rows, now_rows = looks(old), looks(new)
    out += [f"row {n}" for n in was_rows.keys() & now_rows.keys() if was_rows[n] != now_rows[n]]
    usual = was_rows[str(mine[0][0][1] + 1)]  # a row of our table need not stay where the table does not
    gone = {n for n in was_rows.keys() - now_rows.keys() if was_rows[n] != {**usual, "r": n}}
    tall = [n for n in gone if was_rows[n].get("customHeight") in ("1", "true")]
    return out + [f"row {n} lost its height" for n in tall]


def _facts(workbook: bytes) -> set[str]:
    """The named cells of 首页 that show facts."""
    names = {n.get("name"): n.text or "" for n in etree.fromstring(workbook).iter(f"{MAIN}definedName")}
    shown = ("状态栏", "更新于", "今天", "工作区", "提示")
    return {names[n].rpartition("!")[2].replace("$", "") for n in shown if n in names}


def _styles(old: bytes, new: bytes) -> list[str]:
    """What changed but by appending."""
    one, other = etree.fromstring(old), etree.fromstring(new)
    added = {f"{MAIN}numFmts", f"{MAIN}cellXfs"}
    was = {e.tag: e for e in one}
    out = []
    for node in other:
        if node.tag not in was:
            out += [] if node.tag == f"{MAIN}numFmts" else [node.tag]
        elif node.tag in added:
            if [canonical(e) for e in was[node.tag]] != [canonical(e) for e in node][: len(was[node.tag])]:
                out.append(node.tag)
            if int(node.get("count")) != len(node):
                out.append(f"{node.tag} count")
        elif canonical(was[node.tag]) != canonical(node):
            out.append(node.tag)
    return out + [tag for tag in was if tag not in {e.tag for e in other}]


def _workbook(xml: bytes) -> bytes:
    root = etree.fromstring(xml)
    for name in root.iter(f"{MAIN}definedName"):
        if name.get("name") in ("_xlnm.Print_Area", "_xlnm._FilterDatabase"):
            name.text = ""
    for calc in root.findall(f"{MAIN}calcPr"):
        calc.attrib.pop("fullCalcOnLoad", None)
        if not calc.attrib:
            root.remove(calc)
    return canonical(root)
