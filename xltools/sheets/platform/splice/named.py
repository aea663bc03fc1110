"""Named cells that a workbook in use lacks (补命名单元格): a page of ours that is older has not all that it has today.

The rest of the page stays: each such cell comes with what stands beside it, its label and its hint, in the row where it
is drawn, else in the nearest row that is free there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape, unescape

from xltools.catalogue.tables import tables
from xltools.roster.letters import column_letters
from xltools.sheets.ooxml.book import Book, Sheet, content, relationships, sheets
from xltools.sheets.ooxml.rows import Cell
from xltools.sheets.ooxml.workbookpart import BROKEN, name_put, names
from xltools.sheets.ooxml.worksheets import WORKBOOK
from xltools.sheets.ooxml.xmlbytes import INSIDE, attributes, corners, prefix, prefixed, with_attribute
from xltools.sheets.platform.draw.checks import long_choices
from xltools.sheets.platform.splice import beside
from xltools.sheets.platform.splice.beside import Spot
from xltools.sheets.platform.splice.fresh import Fresh, cell_xml, cells_of, moved
from xltools.sheets.platform.splice.graft import sheet_named
from xltools.sheets.platform.splice.grow import PAGES, Growth
from xltools.sheets.platform.splice.staff_columns import shown

LEAST = 12.0
"""Points that a row must have for a line of text."""
_ANCHOR = re.compile(
    rb"<xdr:from><xdr:col>(\d+)</xdr:col>.*?<xdr:row>(\d+)</xdr:row>.*?<xdr:to><xdr:col>(\d+)</xdr:col>.*?"
    rb"<xdr:row>(\d+)</xdr:row>",
    re.DOTALL,
)

Block = tuple[int, int, int, int]
"""(top, left, bottom, right), all 1-based."""


def names_added(growth: Growth) -> None:
    """Every name of ours that the book lacks, or whose cells were deleted, with its cells."""
    there = {attributes(m["open"]).get("name", "").lower() for m in _global(growth.book) if BROKEN not in m["text"]}
    wanted = [n for page in PAGES.values() for n in page] + [*long_choices(tables(growth.contents.scheme))]
    for name in [n for n in wanted if n.lower() not in there]:
        _added(growth, name)


def _global(book: Book) -> Iterator[re.Match[bytes]]:
    return (m for m in names(content(book, WORKBOOK)) if "localSheetId" not in attributes(m["open"]))


def _added(growth: Growth, name: str) -> None:
    source, book = growth.source, growth.book
    text = next(
        (m["text"].decode() for m in _global(source.book) if attributes(m["open"]).get("name") == name), ""
    )  # fmt: skip
    page = sheet_named(text)
    home = next((s for s in sheets(book) if s.name == page), None)
    if home is None:
        return
    cells = corners(text.rpartition("!")[2])
    block = _block(source, source.sheets[page], cells)
    drawn = cells_of(source, source.sheets[page], *block)
    top, left, *_ = block
    there = _cells(growth, home, block)
    inside = {(r, c) for r in range(cells[0], cells[2] + 1) for c in range(cells[1], cells[3] + 1)}
    own = drawn.keys() - inside if len(inside) == 1 else drawn.keys()  # what stands in the cell itself may be staff's
    labels = {place: _text(source, drawn[place]) for place in own if _text(source, drawn[place])}
    if labels and all(there.get(place) == said for place, said in labels.items()):
        name_put(book, name, text, None)  # only the name was lost
        return
    place = _free(book, home, block)
    if place is None:
        growth.lines.append(f"工作表“{page}”里没有地方放“{name}”：请把第 {top} 行附近空出来，再做一次")
        return
    down, aside = place[0] - top, place[1] - left
    p = prefix(content(book, home.member))
    new: dict[int, dict[int, bytes]] = {}
    for (row, column), cell in drawn.items():
        xml = cell_xml(source, cell, row + down, column + aside, growth.styles, p)
        xml = re.sub(rb"(<(?:\w+:)?f>)([^<]*)(</)", lambda m: m[1] + _moved(m[2], down, aside) + m[3], xml)
        new.setdefault(row + down, {})[column + aside] = xml
    beside.cells_put(book, home, new)
    _merged_and_checked(source, source.sheets[page], book, home, block, down, aside)
    name_put(book, name, f"{text.rpartition('!')[0]}!{_area(cells, down, aside)}", None)
    growth.lines.append(f"工作表“{page}”新增“{name}”（{column_letters(cells[1] + aside)}{cells[0] + down}）")


def _block(source: Fresh, sheet: Sheet, cells: Block) -> Block:
    """The cells with what belongs to them: a cell with the words left and right of it, a list with its heading."""
    top, left, bottom, right = cells
    if bottom > top:
        above = cells_of(source, sheet, top - 1, left, top - 1, right) if top > 1 else {}
        return (top - 1 if any(_text(source, c) for c in above.values()) else top, left, bottom, right)
    row = {c: cell for (_, c), cell in cells_of(source, sheet, top, 1, top, 60).items()}
    for _, first, _, last in _merges(content(source.book, sheet.member), top):
        if first <= left <= last:
            right = max(right, last)
    filled = {column for column, cell in row.items() if cell.filled}
    while near := filled & {left - 1, left - 2}:  # a label may run on over a blank cell
        left = max(near)
    while right + 1 in filled:
        right += 1
    return top, left, bottom, right


def _merges(xml: bytes, row: int) -> list[Block]:
    every = [corners(attributes(t)["ref"]) for t in re.findall(rb"<(?:\w+:)?mergeCell\s[^>]*>", xml)]
    return [m for m in every if m[0] <= row <= m[2]]


def _text(source: Fresh, cell: Cell | None) -> str:
    return shown(cell, source.strings) if cell and b"<f>" not in cell.inner else ""


def _cells(growth: Growth, sheet: Sheet, block: Block) -> dict[tuple[int, int], str]:
    found = beside.rows_of(growth.book, sheet, block)
    return {(n, c.column): shown(c, growth.strings) for n, row in found.items() for c in row.own.values()}


def _free(book: Book, sheet: Sheet, block: Block) -> tuple[int, int] | None:
    """The upper left cell of a free place: where it is drawn, in the nearest rows, else right of everything."""
    top, left, bottom, right = block
    taken = _drawn_over(book, sheet)
    rows = range(1, top + 60) if top == bottom else (top,)
    for row in sorted(rows, key=lambda r: (abs(r - top), r)):
        last = row + bottom - top
        if any(a <= last and row <= c and b <= right and left <= d for a, b, c, d in taken):
            continue
        if beside.height(book, sheet, row) >= LEAST and not beside.in_the_way(
            book, _spot(sheet, row, left, last, right)
        ):
            return row, left
    aside = beside.used(book, sheet) + 2
    last = aside + right - left
    return (top, aside) if not beside.in_the_way(book, _spot(sheet, top, aside, bottom, last)) else None


def _spot(sheet: Sheet, top: int, left: int, bottom: int, right: int) -> Spot:
    return Spot(sheet, top, left, right, bottom, {})


def _drawn_over(book: Book, sheet: Sheet) -> list[Block]:
    """Cells under charts and pictures."""
    out = []
    for related in relationships(book, sheet.member):
        if related.kind == "drawing" and related.target:
            for match in _ANCHOR.finditer(content(book, related.target)):
                left, top, right, bottom = (int(n) + 1 for n in match.groups())
                out.append((top, left, bottom, right))
    return out


def _moved(formula: bytes, down: int, aside: int) -> bytes:
    return escape(moved(unescape(formula.decode()), lambda c: c + aside, down), quote=False).encode()


def _area(cells: Block, down: int, aside: int) -> str:
    top, left, bottom, right = cells
    first = f"${column_letters(left + aside)}${top + down}"
    last = f"${column_letters(right + aside)}${bottom + down}"
    return first if first == last else f"{first}:{last}"


def _merged_and_checked(
    source: Fresh, drawn: Sheet, book: Book, home: Sheet, block: Block, down: int, aside: int
) -> None:
    """Merged cells and validations of the block."""
    top, left, bottom, right = block
    xml, p = content(source.book, drawn.member), prefix(content(book, home.member))

    def within(ref: str) -> str:
        if not ref or " " in ref:
            return ""
        a, b, c, d = corners(ref)
        inside = top <= a and c <= bottom and left <= b and d <= right
        return _area((a, b, c, d), down, aside).replace("$", "") if inside else ""

    merges, checks = [], []
    for tag in re.findall(rb"<mergeCell\s[^>]*/>", xml):
        ref = within(attributes(tag).get("ref", ""))
        merges += [prefixed(with_attribute(tag, b"ref", ref.encode()), p)] if ref else []
    for match in re.finditer(rb"(<dataValidation\s%s)(/>|>.*?</dataValidation>)" % INSIDE, xml, re.DOTALL):
        ref = within(attributes(match[1]).get("sqref", ""))
        opening = with_attribute(match[1] + b">", b"sqref", ref.encode()).removesuffix(b">")
        checks += [prefixed(opening + match[2], p)] if ref else []
    for name, entries in (("mergeCells", merges), ("dataValidations", checks)):
        if entries:
            beside.listed(book, home, name, entries)
