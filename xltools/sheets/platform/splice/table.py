"""Table parts (表部件): read as they stand, written whole. ECMA-376 part 1, 18.5.1."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from dataclasses import dataclass, replace
from xml.sax.saxutils import escape

from xltools.roster.letters import column_letters
from xltools.sheets.ooxml.book import Book, Sheet, content, relationships
from xltools.sheets.ooxml.refused import Refused
from xltools.sheets.ooxml.xmlbytes import corners, quoted

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_NOT_KEPT = ("ref", "insertRow", "insertRowShift")
_FILTER = re.compile(rb"<autoFilter(?:\s[^>]*)?[^/]>(.*?)</autoFilter>", re.DOTALL)
_ORDER = re.compile(
    rb"(?:</autoFilter>|<autoFilter(?:\s[^>]*)?/>)\s*(<sortState(?:[^>]*/>|.*?</sortState>))\s*<tableColumns", re.DOTALL
)
_SORT = re.compile(r"<sortState(?:[^>]*/>|.*?</sortState>)", re.DOTALL)


@dataclass(frozen=True)
class Column:
    """One column of a table: heading, attributes, and the formulas of its rows and of its totals row."""

    name: str
    given: dict[str, str]
    formula: str = ""
    total: str = ""


@dataclass(frozen=True)
class Table:
    """A table as it stands in the book. Places are 1-based; `bottom` is the last row of data, the totals row is not."""

    member: str
    sheet: Sheet
    name: str
    given: dict[str, str]
    top: int
    left: int
    bottom: int
    columns: tuple[Column, ...]
    style: dict[str, str] | None
    headings: bool = True
    totals: int = 0
    buttons: bool = False
    criteria: str = ""
    order: str = ""

    @property
    def right(self) -> int:
        return self.left + len(self.columns) - 1

    @property
    def first(self) -> int:
        """The first row of data."""
        return self.top + 1

    @property
    def sorted(self) -> bool:
        return bool(self.order) or "sortState" in self.criteria


def tables_of(book: Book, sheet: Sheet) -> list[Table]:
    """The tables of a sheet. Raises Refused (FILE_UNREADABLE)."""
    members = [r.target for r in relationships(book, sheet.member) if r.kind == "table" and r.target]
    return [_table(content(book, member), member, sheet) for member in members]


def resized(table: Table, rows: int, columns: tuple[Column, ...], *, unsorted: bool = False) -> Table:
    """The table over that many rows of data, filtered and sorted as it was, or no longer sorted; an empty one has a
    blank row."""
    bottom = table.top + max(rows, 1)

    def follow(inner: str) -> str:
        kept = _SORT.sub("", inner) if unsorted else inner
        return re.sub(rf'(\sref="[A-Z]+\d+:[A-Z]+){table.bottom}"', rf'\g<1>{bottom}"', kept)

    order = follow(table.order)
    return replace(table, bottom=bottom, columns=columns, criteria=follow(table.criteria), order=order)


def table_xml(table: Table) -> bytes:
    """The part of a table."""
    corner = f"{column_letters(table.left)}{table.top}:{column_letters(table.right)}"
    given = table.given | {"ref": f"{corner}{table.bottom + table.totals}"}
    out = [
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<table xmlns="',
        _MAIN,
        '"',
        _attributes(given),
        ">",
    ]
    if table.buttons:
        own = f'<autoFilter ref="{corner}{table.bottom}"'
        out.append(f"{own}>{table.criteria}</autoFilter>" if table.criteria else f"{own}/>")
    out.append(table.order)
    out.append(f'<tableColumns count="{len(table.columns)}">')
    for column in table.columns:
        out.append(f"<tableColumn{_attributes(column.given | {'name': column.name})}")
        inner = _formula("calculatedColumnFormula", column.formula) + _formula("totalsRowFormula", column.total)
        out.append(f">{inner}</tableColumn>" if inner else "/>")
    out.append("</tableColumns>")
    if table.style is not None:
        out.append(f"<tableStyleInfo{_attributes(table.style)}/>")
    return "".join([*out, "</table>"]).encode()


def _table(xml: bytes, member: str, sheet: Sheet) -> Table:
    try:
        root = ET.fromstring(xml)
        top, left, bottom, right = corners(root.attrib["ref"])
        headings = int(root.get("headerRowCount", "1"))
        totals = int(root.get("totalsRowCount", "0"))
    except (ET.ParseError, KeyError, ValueError) as why:
        raise Refused("FILE_UNREADABLE", f"{member}: {why}") from why
    at = root.tag.removesuffix("table")
    columns = tuple(_column(c, at) for c in root.iter(f"{at}tableColumn"))
    buttons, style = root.find(f"{at}autoFilter"), root.find(f"{at}tableStyleInfo")
    if len(columns) != right - left + 1:
        raise Refused("FILE_UNREADABLE", f"{member}: {len(columns)} columns in {root.attrib['ref']}")
    given = {k: v for k, v in root.attrib.items() if "}" not in k and k not in _NOT_KEPT}
    criteria, order = (_inner(xml, pattern) for pattern in (_FILTER, _ORDER))
    return Table(
        member, sheet, root.get("displayName", root.get("name", "")), given, top, left, bottom - totals, columns,
        None if style is None else dict(style.attrib), headings == 1, totals, buttons is not None, criteria, order,
    )  # fmt: skip


def _inner(xml: bytes, pattern: re.Pattern[bytes]) -> str:
    """A filter's criteria or an order as they are written; "" where the part is written with prefixes, or has none."""
    found = pattern.search(xml)
    return found[1].decode() if found and b"xmlns" not in found[1] else ""


def _column(node: ET.Element, at: str) -> Column:
    given = {k: v for k, v in node.attrib.items() if "}" not in k and k != "name"}
    formula, total = node.findtext(f"{at}calculatedColumnFormula", ""), node.findtext(f"{at}totalsRowFormula", "")
    return Column(node.get("name", ""), given, formula, total)


def _attributes(given: Mapping[str, str]) -> str:
    return "".join(f" {name}={quoted(value)}" for name, value in given.items())


def _formula(name: str, text: str) -> str:
    return f"<{name}>{escape(text)}</{name}>" if text else ""
