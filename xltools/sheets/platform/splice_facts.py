"""The named cells of 首页 (状态栏 and its neighbours): each shows the fact of its name, in the style that it has."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pyarrow as pa

from xltools.sheets.bulkxml import escaped
from xltools.sheets.platform.splice_package import WORKBOOK, Book, content, sheets
from xltools.sheets.platform.splice_rows import NoPlace, Row, region
from xltools.sheets.platform.splice_workbook import names
from xltools.sheets.platform.splice_xml import attributes, corners, letters, prefix, without

CELLS = {"状态栏": "状态", "更新于": "更新于", "今天": "今天", "工作区": "工作区", "提示": "提示"}
"""Fact by name of its cell. 阶段 is not among them: staff choose it in the book."""
_CELL = re.compile(r"(?:'((?:[^']|'')+)'|([^'!]+))!(\$?[A-Z]{1,3}\$?[0-9]+)")


def facts_written(book: Book, facts: Mapping[str, str]) -> None:
    """Write each fact into its cell. One that has no name or no cell any more, or holds a formula, is left alone."""
    members = {sheet.name: sheet.member for sheet in sheets(book)}
    for match in names(content(book, WORKBOOK)):
        name = attributes(match["open"]).get("name", "")
        fact = facts.get(CELLS.get(name, ""))
        place = _CELL.fullmatch(match["text"].decode())
        if fact is None or not place:
            continue
        member = members.get((place[1] or "").replace("''", "'") or place[2] or "")
        if member:
            top, left, _, _ = corners(place[3])
            written = _written(content(book, member), member, top, left, fact)
            if written != content(book, member):
                book.changed[member] = [written]


def _written(sheet: bytes, member: str, top: int, left: int, text: str) -> bytes:
    try:
        found = region(sheet, member, top, top, left, left, range(top, top + 1))
    except NoPlace:
        return sheet
    p = prefix(sheet).decode()
    row = found.rows.get(top, Row(top, b""))
    cell = row.own.get(left)
    if cell and re.search(rb"<(?:\w+:)?f[\s/>]", cell.inner):
        return sheet
    inside = escaped(pa.array([text]))[0].as_py()
    given = without(cell.given, b"t").decode() if cell else ""
    inline = f' t="inlineStr"><{p}is><{p}t xml:space="preserve">{inside}</{p}t></{p}is></{p}c>' if text else "/>"
    hidden = b' hidden="1"' if row.hidden else b""
    new = f'<{p}c r="{letters(left)}{top}"{given}{inline}'.encode()
    opening = f'<{p}row r="{top}"'.encode() + row.given + hidden + b">"
    return found.before + opening + row.before + new + row.after + f"</{p}row>".encode() + found.after
