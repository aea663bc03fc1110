"""Columns and tables that a sheet in use lacks (补列、补表): put where nothing stands, so that nothing moves.

A column comes at the right end of its table. In its place among the others it would push columns aside, and with them
what the staff's own formulas, hidden columns and notes stand for.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from xltools.roster.letters import column_letters, column_number
from xltools.sheets.ooxml.book import Book, Sheet, add, content, relate
from xltools.sheets.ooxml.rows import NoPlace, Row, region
from xltools.sheets.ooxml.sheetparts import ORDER, column_put, columns, more, related
from xltools.sheets.ooxml.sheetrows import put_xml, read_rows, written
from xltools.sheets.ooxml.styles import Styles, grafted
from xltools.sheets.ooxml.xmlbytes import (
    INSIDE,
    attributes,
    corners,
    prefix,
    prefixed,
    rewritten,
    siblings,
    with_attribute,
)
from xltools.sheets.platform.splice.fresh import Fresh, cell_xml, cells_of, moved, rule_xml
from xltools.sheets.platform.splice.graft import free_table
from xltools.sheets.platform.splice.table import Table, table_xml, tables_of

_NAMED = 5
"""So many cells in the way are named one by one."""


@dataclass(frozen=True)
class Spot:
    """Cells of a sheet for columns of a freshly drawn table: headings in row `top`, from `left` on; rows to `bottom`.
    `columns`: a column of the fresh table's sheet -> the column that stands for it (all 1-based)."""

    sheet: Sheet
    top: int
    left: int
    right: int
    bottom: int
    columns: Mapping[int, int]


def in_the_way(book: Book, spot: Spot, own: str = "") -> str:
    """What stands in those cells already, "" where nothing does; `own` is the table that they are to belong to."""
    for table in tables_of(book, spot.sheet):
        apart = table.right < spot.left or table.left > spot.right or table.bottom + table.totals < spot.top
        if table.name != own and not apart and table.top <= spot.bottom:
            return f"那里有表“{table.name}”"
    rows = rows_of(book, spot.sheet, (spot.top, spot.left, spot.bottom, spot.right))
    cells = [f"{column_letters(c.column)}{n}" for n, row in rows.items() for c in row.own.values() if c.filled]
    if cells:
        more = f" 等 {len(cells)} 个单元格" if len(cells) > _NAMED else ""
        return f"{'、'.join(cells[:_NAMED])}{more}已有内容"
    for tag in re.findall(rb"<(?:\w+:)?mergeCell\s[^>]*>", content(book, spot.sheet.member)):
        top, left, bottom, right = corners(attributes(tag).get("ref", "A1"))
        if top <= spot.bottom and bottom >= spot.top and left <= spot.right and right >= spot.left:
            return f"那里有合并单元格 {attributes(tag)['ref']}"
    return ""


def rows_of(book: Book, sheet: Sheet, block: tuple[int, int, int, int]) -> dict[int, Row]:
    """The rows of a block (top, left, bottom, right) with its cells; a sheet that does not say places is written anew."""
    top, left, bottom, right = block
    xml = content(book, sheet.member)
    try:
        return region(xml, sheet.member, top, bottom, left, right, range(top, bottom + 1)).rows
    except NoPlace:
        book.changed[sheet.member] = [rewritten(xml, sheet.member)]
        return rows_of(book, sheet, block)


def height(book: Book, sheet: Sheet, row: int) -> float:
    """The height of a row in points."""
    found = rows_of(book, sheet, (row, 1, row, 1)).get(row)
    return float(attributes(b"<row%s>" % found.given).get("ht", 15)) if found else 15.0


def used(book: Book, sheet: Sheet) -> int:
    """The last column of a sheet in which anything stands."""
    columns = re.findall(rb"<(?:\w+:)?c\sr=\"([A-Z]{1,3})[0-9]+\"", content(book, sheet.member))
    return max((column_number(c.decode()) for c in set(columns)), default=1)


def listed(book: Book, sheet: Sheet, name: str, entries: list[bytes]) -> None:
    """More entries in one of the lists that follow a sheet's rows."""
    xml = content(book, sheet.member)
    cut = xml.rindex(b"</%ssheetData" % prefix(xml))
    book.changed[sheet.member] = [xml[:cut] + more(xml[cut:], name, entries)]


def put(
    book: Book, source: Fresh, table: Table, spot: Spot, styles: Styles, above: int,
    only: Mapping[int, int] | None = None,
) -> None:  # fmt: skip
    """The cells of the fresh table from `above` rows over its headings to its first row of data, and the widths,
    validations and conditional formats of its columns; of those in `only` where the others are there already."""
    only = spot.columns if only is None else only
    shift = spot.top - table.top
    new: dict[int, dict[int, bytes]] = {}
    p = prefix(content(book, spot.sheet.member))
    for old, place in only.items():
        found = cells_of(source, table.sheet, max(table.top - above, 1), old, table.first, old)
        for (row, _), cell in found.items():
            new.setdefault(row + shift, {})[place] = cell_xml(source, cell, row + shift, place, styles, p)
    cells_put(book, spot.sheet, new)
    _widths(book, source, table, replace(spot, columns=only), styles)
    _rules(book, source, table, spot, only, styles)


def cells_put(book: Book, sheet: Sheet, new: Mapping[int, Mapping[int, bytes]]) -> None:
    """Write whole cells, by row and column, over what stands there. Raises Refused."""
    rows = read_rows(content(book, sheet.member), sheet.member)
    for number, cells in new.items():
        for column, cell in cells.items():
            put_xml(rows, number, column, cell)
    book.changed[sheet.member] = [written(rows)]


def table_added(book: Book, table: Table, spot: Spot) -> Table:
    """A new table over the cells of a spot, with one row of data, like the fresh one."""
    number = free_table(book)
    given = table.given | {"id": str(number)}
    new = replace(table, sheet=spot.sheet, given=given, top=spot.top, left=spot.left, bottom=spot.top + 1)
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.table+xml"
    member = add(book, "xl/tables/table1.xml", table_xml(new), kind)
    xml = content(book, spot.sheet.member)
    cut = xml.rindex(b"</%ssheetData" % prefix(xml))
    id_ = relate(book, spot.sheet.member, "table", member)
    entry = related(xml, b"tablePart", id_)
    book.changed[spot.sheet.member] = [xml[:cut] + more(xml[cut:], "tableParts", [entry])]
    return replace(new, member=member)


def _widths(book: Book, source: Fresh, table: Table, spot: Spot, styles: Styles) -> None:
    """Each column as wide as it is drawn; one that the staff hid stays hidden."""
    drawn = {
        c: tag for tag, first, last in columns(content(source.book, table.sheet.member)) for c in range(first, last + 1)
    }
    xml = content(book, spot.sheet.member)
    p = prefix(xml)
    for old, place in spot.columns.items():
        given = attributes(drawn.get(old, b"<col/>"))
        if "width" not in given:
            continue
        own = b'<%scol min="%d" max="%d" width="%s" customWidth="1"/>' % (p, place, place, given["width"].encode())
        if "style" in given:
            style = str(grafted(styles, source.styles, int(given["style"]))).encode()
            own = with_attribute(own, b"style", style)
        there = next((attributes(tag) for tag, first, last in columns(xml) if first <= place <= last), {})
        if there.get("hidden") in ("1", "true"):
            own = with_attribute(own, b"hidden", b"1")
        xml = column_put(xml, place, own)
    book.changed[spot.sheet.member] = [xml]


def _rules(book: Book, source: Fresh, table: Table, spot: Spot, only: Mapping[int, int], styles: Styles) -> None:
    """Validations and conditional formats of single columns; those of whole rows of the table reach there as it is."""
    drawn = content(source.book, table.sheet.member)
    tail = drawn[drawn.rindex(b"</sheetData") :]
    xml = content(book, spot.sheet.member)
    cut = xml.rindex(b"</%ssheetData" % prefix(xml))
    p, mine = prefix(xml), xml[cut:]
    checks, colours, down = [], [], spot.top - table.top
    priority = max((int(n) for n in re.findall(rb"\spriority=\"(\d+)\"", mine)), default=0)
    pattern = rb"<(dataValidation|conditionalFormatting)(?=\s)%s(?:/>|>.*?</\1>)" % INSIDE
    for match in re.finditer(pattern, tail, re.DOTALL):
        whole = match[0]
        refs = attributes(whole[: whole.index(b">") + 1]).get("sqref", "")
        if " " in refs or not refs:
            continue
        top, left, bottom, right = corners(refs)
        if left != right or left not in only or not table.top <= top <= table.first:
            continue
        place = column_letters(only[left])
        ref = f"{place}{top + down}:{place}{max(bottom + down, spot.bottom)}".encode()
        whole = re.sub(rb"(<(?:formula[12]?)>)([^<]*)(</)", lambda m: m[1] + _formula(m[2], spot, down) + m[3], whole)
        opening = whole[: whole.index(b">") + 1]
        whole = prefixed(with_attribute(opening, b"sqref", ref) + whole[len(opening) :], p)
        if match[1] == b"dataValidation":
            checks.append(whole)
        else:
            priority += 1
            whole = rule_xml(source, whole, styles)
            colours.append(re.sub(rb"\spriority=\"\d+\"", b' priority="%d"' % priority, whole))
    if checks:
        mine = more(mine, "dataValidations", checks)
    for colour in colours:
        place_ = _behind(mine)
        mine = mine[:place_] + colour + mine[place_:]
    book.changed[spot.sheet.member] = [xml[:cut] + mine]


def _behind(tail: bytes) -> int:
    """Where a conditional format comes: behind the others, before what follows them."""
    cut = tail.index(b">") + 1
    last = ORDER.index("conditionalFormatting")
    ends = [end for name, _, end, _ in siblings(tail[cut:]) if name in ORDER and ORDER.index(name) <= last]
    return cut + max(ends, default=0)


def _formula(text: bytes, spot: Spot, down: int) -> bytes:
    """The formula of a rule, its addresses those of the columns in use."""
    return moved(text.decode(), lambda c: spot.columns.get(c, c), down).encode()
