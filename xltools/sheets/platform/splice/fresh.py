"""The workbook as it is drawn today (新画的一份): where a workbook in use takes what it lacks from.

It is drawn without rows: the update that follows fills what was taken as it fills everything else.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

from xltools.roster.letters import column_letters, column_number
from xltools.sheets.ooxml.book import Book, Sheet, content, find, opened, shared_strings, sheets
from xltools.sheets.ooxml.rows import Cell, region
from xltools.sheets.ooxml.styles import Styles, grafted, grafted_rule, styles_of
from xltools.sheets.ooxml.xmlbytes import INSIDE, prefixed
from xltools.sheets.platform.contents import Contents, empty
from xltools.sheets.platform.draw.workbook import draw
from xltools.sheets.platform.splice.table import Table, tables_of

_STYLE = re.compile(rb"(<(?:c|row)\s%s\ss=\")(\d+)(\")" % INSIDE)
_COLUMN_STYLE = re.compile(rb"(<col\s%s\sstyle=\")(\d+)(\")" % INSIDE)
_STRING = re.compile(rb"\st=\"s\"><v>(\d+)</v>")
_RULE = re.compile(rb"(\sdxfId=\")(\d+)(\")")
_ONCE = re.compile(rb"\s(?:codeName|tabSelected)=\"[^\"]*\"")
"""What only one sheet of a workbook may have."""
_ADDRESS = re.compile(r"(?<![\w!.\[])(\$?)([A-Z]{1,3})(\$?)([0-9]{1,7})(?![\w(\]])")


@dataclass(frozen=True)
class Fresh:
    """The freshly drawn package: its sheets and tables by name, and what its cells are written with."""

    book: Book
    sheets: Mapping[str, Sheet]
    tables: Mapping[str, Table]
    strings: list[bytes]
    styles: Styles


def fresh(contents: Contents, vba: bytes | None) -> Fresh:
    """Draw it, with the macros of the workbook in use where it has some."""
    bare = replace(contents, tables=empty(contents.scheme, contents.buttons).tables)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "fresh"
        draw(path, bare, vba=vba)
        book = opened(ZipFile(BytesIO(path.read_bytes())))
    every = {s.name: s for s in sheets(book)}
    tables = {t.name: t for s in every.values() for t in tables_of(book, s)}
    return Fresh(book, every, tables, shared_strings(book), styles_of(book)[1])


def macros_of(book: Book) -> bytes | None:
    """The macros of a workbook, None where it has none."""
    info = book.members.get(find(book, "xl/vbaProject.bin").lower())
    return book.package.read(info) if info else None


def sheet_xml(source: Fresh, sheet: Sheet, styles: Styles) -> bytes:
    """A whole sheet as it reads in a workbook with these styles and other shared strings."""
    return _ONCE.sub(b"", _rewritten(source, content(source.book, sheet.member), styles))


def cell_xml(source: Fresh, cell: Cell, row: int, column: int, styles: Styles, p: bytes) -> bytes:
    """A cell in another place of another workbook; `p` is the prefix of the sheet's elements there."""
    place = f"{column_letters(column)}{row}".encode()
    given = cell.given + (b">%s</c>" % cell.inner if cell.inner else b"/>")
    return prefixed(_rewritten(source, b'<c r="%s"%s' % (place, given), styles), p)


def cells_of(source: Fresh, sheet: Sheet, top: int, left: int, bottom: int, right: int) -> dict[tuple[int, int], Cell]:
    """The cells of a block by row and column (1-based), those that are written."""
    xml = content(source.book, sheet.member)
    found = region(xml, sheet.member, top, bottom, left, right, range(top, bottom + 1))
    return {(row.number, c.column): c for row in found.rows.values() for c in row.own.values()}


def rule_xml(source: Fresh, xml: bytes, styles: Styles) -> bytes:
    """A conditional format with the number that its look has in a workbook with these styles."""
    return _RULE.sub(lambda m: m[1] + str(grafted_rule(styles, source.styles, int(m[2]))).encode() + m[3], xml)


def moved(formula: str, columns: Callable[[int], int], rows: int) -> str:
    """A formula whose addresses stand for other cells: columns as `columns` says, so many `rows` further down.

    Texts, other sheets and structured references stay.
    """
    parts = re.split(r'("[^"]*"|\[[^\[\]]*\])', formula)
    for i in range(0, len(parts), 2):
        parts[i] = _ADDRESS.sub(
            lambda m: f"{m[1]}{column_letters(columns(column_number(m[2])))}{m[3]}{int(m[4]) + rows}", parts[i]
        )
    return "".join(parts)


def _rewritten(source: Fresh, xml: bytes, styles: Styles) -> bytes:
    def look(match: re.Match[bytes]) -> bytes:
        return match[1] + str(grafted(styles, source.styles, int(match[2]))).encode() + match[3]

    def text(match: re.Match[bytes]) -> bytes:
        return b' t="inlineStr"><is>%s</is>' % source.strings[int(match[1])]

    xml = _COLUMN_STYLE.sub(look, _STYLE.sub(look, xml))
    return rule_xml(source, _STRING.sub(text, xml), styles)
