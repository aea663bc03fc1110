"""The 错误信息 column of a returned file: what is wrong with each row, right of everything, to be filtered by."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from xltools.catalogue.columns import fold
from xltools.roster.headings import OURS
from xltools.roster.letters import column_letters
from xltools.roster.problems import Placed
from xltools.sheets.ooxml.book import content, relationships
from xltools.sheets.ooxml.rows import Cell
from xltools.sheets.ooxml.sheetparts import child, placed
from xltools.sheets.ooxml.sheetrows import (
    cell_in,
    cells_in,
    height_of,
    high,
    put,
    row_given,
    row_put,
    style_in,
    style_of,
    text_cell,
    text_of,
)
from xltools.sheets.ooxml.styles import derived, piece
from xltools.sheets.ooxml.workbookpart import name_put, names
from xltools.sheets.ooxml.worksheets import WORKBOOK
from xltools.sheets.ooxml.xmlbytes import INSIDE, attributes, corners, element, prefix, with_attribute
from xltools.sheets.returned.looks import NO_FILL, solid
from xltools.sheets.returned.page import LINE, TALLEST, Page, anchor, lines_of, tail_changed, tail_of

ERRORS = OURS[0]
"""Heading of the column (错误信息)."""

_WIDTH = 56.0  # characters
_CENTRED = b'<alignment horizontal="center" vertical="center" wrapText="1"/>'
_LEFT = b'<alignment horizontal="left" vertical="center" wrapText="1"/>'
_FILTERED = "_xlnm._FilterDatabase"


def find(page: Page, heading_row: int) -> int:
    """The 错误信息 column of an earlier round (1-based), 0 where there is none."""
    if heading_row > 0:
        for column, cell in sorted(cells_in(page.rows, heading_row).items()):
            if fold(text_of(cell, page.strings)) == ERRORS:
                return column
    return 0


def write(page: Page, rows: Mapping[int, Sequence[Placed]], heading_row: int, at: int) -> None:
    """The problems of each row in column `at` (1-based), its heading dressed as the headings beside it, in red."""
    heading = cell_in(page.rows, heading_row, at)
    if heading is None or not heading.filled:
        _head(page, heading_row, at)
    _own_column(page, at)
    styles = dict[tuple[int, bool], int]()
    for row, own in rows.items():
        if anchor(page, row, at) != (row, at):
            continue
        texts = [("（提示）" if p.severity == "warning" else "") + p.message for p in own]
        text = "；".join(f"{i}. {t}" for i, t in enumerate(texts, 1))
        error = any(p.severity != "warning" for p in own)
        key = (style_in(page.rows, row, 1, page.columns), error)
        if key not in styles:
            font = _font(piece(page.styles, key[0], "fonts"), "FFC00000" if error else "FF7F6000", bold=False)
            styles[key] = derived(
                page.styles, key[0], font=font, fill=NO_FILL, code="@", alignment=_LEFT, locked=False
            )  # fmt: skip
        put(page.rows, row, text_cell(at, styles[key], text, page.rows.p))
        given = row_given(page.rows, row)
        height = _height(text)
        if height > (height_of(given) or page.usual):
            row_put(page.rows, row, high(given, height))


def clear(page: Page, heading_row: int, at: int) -> None:
    """Empty the column of an earlier round; rows that it made higher are as high as others again."""
    own = re.compile(
        rb"<%sc\s(?:[^>]*?\s)?r=[\"']%s(\d+)[\"'][^>]*(?<!/)>\s*<" % (page.rows.p, column_letters(at).encode())
    )
    for row in [int(m[1]) for m in own.finditer(page.rows.xml, page.rows.start, page.rows.end)]:
        cell = cell_in(page.rows, row, at)
        if row <= heading_row or cell is None:
            continue
        given = row_given(page.rows, row)
        if height_of(given) == _height(text_of(cell, page.strings)):
            row_put(page.rows, row, high(given, None))
        style = style_of(cell)
        put(page.rows, row, Cell(at, b' s="%d"' % style if style else b"", b""))


def extend_filter(page: Page, heading_row: int, at: int, bottom: int) -> None:
    """Extend the filter, or the table, that stands on the headings; else give them a filter."""
    for related in relationships(page.book, page.sheet.member):
        if related.kind == "table" and related.target and _table(page, related.target, heading_row, at):
            return
    tail = tail_of(page)
    own = child(tail, "autoFilter")
    if own:
        opening = own[: own.index(b">") + 1]
        try:
            top, left, low, right = corners(attributes(opening).get("ref", ""))
        except ValueError:
            return
        if top != heading_row:
            return
        ref = (top, left, max(low, bottom), max(right, at))
        new = with_attribute(opening, b"ref", _area(ref).encode()) + own[len(opening) :]
    else:
        ref = (heading_row, 1, max(bottom, heading_row), at)
        new = f'<{page.rows.p.decode()}autoFilter ref="{_area(ref)}"/>'.encode()
    if new != own:
        tail_changed(page, placed(tail, "autoFilter", new))
        _named(page, ref)


def _named(page: Page, ref: tuple[int, int, int, int]) -> None:
    """The hidden name by which Excel knows the range of a filter."""
    top, left, bottom, right = ref
    sheet = page.sheet.name.replace("'", "''").replace("&", "&amp;").replace("<", "&lt;")
    text = f"'{sheet}'!${column_letters(left)}${top}:${column_letters(right)}${bottom}"
    xml = content(page.book, WORKBOOK)
    for match in names(xml):
        given = attributes(match["open"])
        if given.get("name") == _FILTERED and given.get("localSheetId") == str(page.sheet.index):
            new = xml[: match.start("text")] + text.encode() + xml[match.end("text") :]
            page.book.changed[WORKBOOK] = [new]
            return
    name_put(page.book, _FILTERED, text, page.sheet.index, hidden=True)


def _table(page: Page, member: str, heading_row: int, at: int) -> bool:
    """Whether a table stands on the headings; it takes our column in where that is right beside it."""
    xml = content(page.book, member)
    root = element(xml, "table")
    if root is None:
        return False
    try:
        top, left, low, right = corners(attributes(root["open"]).get("ref", ""))
    except ValueError:
        return False
    if not top <= heading_row <= low:
        return False
    if right == at - 1 and top == heading_row:
        area, p = _area((top, left, low, at)).encode(), prefix(xml)
        ids = [int(n) for n in re.findall(rb"<%stableColumn\s(?:%s\s)?id=[\"'](\d+)" % (p, INSIDE), xml)]
        column = f'tableColumn id="{max(ids, default=0) + 1}" name="{ERRORS}"/>'.encode()
        opening = with_attribute(root["open"], b"ref", area)
        xml = xml[: root.start()] + opening + xml[root.end("open") :]
        if filter_ := element(xml, "autoFilter"):
            totals = int(attributes(root["open"]).get("totalsRowCount", 0))
            opening = with_attribute(filter_["open"], b"ref", _area((top, left, low - totals, at)).encode())
            xml = xml[: filter_.start()] + opening + xml[filter_.end("open") :]
        if listed := element(xml, "tableColumns"):
            opening = with_attribute(listed["open"], b"count", str(len(ids) + 1).encode())
            end = listed.end("inner")
            xml = xml[: listed.start()] + opening + xml[listed.end("open") : end] + b"<" + p + column + xml[end:]
        page.book.changed[member] = [xml]
    return True


def _head(page: Page, heading_row: int, at: int) -> None:
    base = style_in(page.rows, heading_row, max(at - 1, 1), page.columns)
    font = _font(piece(page.styles, base, "fonts"), "FFFFFFFF", bold=True)
    style = derived(page.styles, base, font=font, fill=solid("FFC00000"), alignment=_CENTRED)
    put(page.rows, heading_row, text_cell(at, style, ERRORS, page.rows.p))
    for row in range(1, heading_row):
        locked = derived(page.styles, style_in(page.rows, row, at, page.columns), locked=True)
        cell = cell_in(page.rows, row, at) or Cell(at, b"", b"")
        if not cell.filled:
            put(page.rows, row, replace(cell, given=b' s="%d"' % locked))


def _own_column(page: Page, at: int) -> None:
    """Width of the 错误信息 column, visible and, so that Excel can still sort and filter, not locked."""
    there = next((attributes(tag) for tag, first, last in page.columns if first <= at <= last), {})
    style = derived(page.styles, int(there.get("style", 0)), locked=False)
    folded = ' collapsed="1"' if there.get("collapsed") in ("1", "true") else ""
    own = (
        f'<{page.rows.p.decode()}col min="{at}" max="{at}" width="{_WIDTH:g}" style="{style}" customWidth="1"{folded}/>'
    )
    page.own_column = (at, own.encode())


def _font(font: bytes, colour: str, *, bold: bool) -> bytes:
    """A plain font of the same name and size."""
    kept = {
        name: re.search(rb"<(?:[\w.-]+:)?%s(\s%s)/>" % (name, INSIDE), font) for name in (b"sz", b"name", b"charset")
    }
    parts = {name: b"<%s%s/>" % (name, found[1].rstrip()) for name, found in kept.items() if found}
    colour_ = b'<color rgb="%s"/>' % colour.encode()
    whole = (
        (b"<b/>" if bold else b"")
        + parts.get(b"sz", b"")
        + colour_
        + parts.get(b"name", b"")
        + parts.get(b"charset", b"")
    )
    return b"<font>%s</font>" % whole


def _area(ref: tuple[int, int, int, int]) -> str:
    top, left, bottom, right = ref
    return f"{column_letters(left)}{top}:{column_letters(right)}{bottom}"


def _height(text: str) -> float:
    return min(lines_of(text, _WIDTH - 2) * LINE + 3, TALLEST)
