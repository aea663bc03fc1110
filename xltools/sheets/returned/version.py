"""The hidden 版本 sheet of a returned file: the next round, and the round wherever our template prints it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from xltools.catalogue.template import VERSION_SHEET
from xltools.sheets.ooxml.book import Book, add, content, main_namespace, relate, sheets, tags
from xltools.sheets.ooxml.rows import Cell
from xltools.sheets.ooxml.sheetparts import child, placed
from xltools.sheets.ooxml.sheetrows import (
    cell_in,
    cell_xml,
    cells_in,
    is_text,
    number_cell,
    put,
    read_rows,
    string_inside,
    style_of,
    text_cell,
    text_of,
    written,
)
from xltools.sheets.ooxml.workbookpart import sheet_listed
from xltools.sheets.ooxml.worksheets import WORKBOOK
from xltools.sheets.returned.page import Page, tail_changed, tail_of
from xltools.sheets.returned.problemsheet import SHEET_KIND

Value = str | int | None


def set_version(book: Book, strings: Sequence[bytes], values: Mapping[str, Value]) -> str:
    """Set the round in the 版本 sheet and return the one before, "" where there was none; what else stands there stays.

    Texts are only put where nothing stands. A file without the sheet gets it, hidden.
    """
    own = next((s for s in sheets(book) if s.name == VERSION_SHEET), None)
    if own is None:
        _new(book, values)
        return ""
    rows = read_rows(content(book, own.member), own.member)
    there = {text_of(cell_in(rows, n, 1), strings).strip(): n for n in sorted(rows.lines)}
    before = text_of(cell_in(rows, there["轮次"], 2), strings).removesuffix(".0") if "轮次" in there else ""
    last = max(rows.lines, default=0)
    for item, value in values.items():
        if item not in there:
            last += 1
            there[item] = last
            put(rows, last, text_cell(1, 0, item, rows.p))
        cell = cell_in(rows, there[item], 2) or Cell(2, b"", b"")
        if isinstance(value, str):
            if not cell.filled:
                put(rows, there[item], text_cell(2, style_of(cell), value, rows.p))
        elif value is None:
            put(rows, there[item], replace(cell, given=b' s="%d"' % style_of(cell), inner=b""))
        else:
            put(rows, there[item], number_cell(2, style_of(cell), value, rows.p))
    book.changed[own.member] = [written(rows)]
    return before


def _new(book: Book, values: Mapping[str, Value]) -> None:
    rows = []
    for number, (item, value) in enumerate([("项目", "值"), *values.items()], 1):
        second = number_cell(2, 0, value, b"") if isinstance(value, int) else text_cell(2, 0, value or "", b"")
        inside = b"".join(cell_xml(c, number, b"") for c in (text_cell(1, 0, item, b""), second) if c.inner)
        rows.append(b'<row r="%d">%s</row>' % (number, inside))
    xml = (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
        f'<worksheet xmlns="{main_namespace(book)}"><sheetData>'
    )
    member = add(
        book, "xl/worksheets/sheet1.xml", xml.encode() + b"".join(rows) + b"</sheetData></worksheet>", SHEET_KIND
    )
    place = len(tags(content(book, WORKBOOK), "sheet"))
    sheet_listed(book, VERSION_SHEET, relate(book, WORKBOOK, "worksheet", member), place, "hidden")


def renumber(page: Page, heading_row: int, old: str, new: str) -> None:
    """The round as our template prints it above the headings and in the footer."""
    for number in range(1, max(heading_row, 2)):
        for column, cell in cells_in(page.rows, number).items():
            if is_text(cell) and old in text_of(cell, page.strings):
                inside = string_inside(cell, page.strings).replace(old.encode(), new.encode())
                p = page.rows.p
                style = b' s="%d"' % style_of(cell) if style_of(cell) else b""
                item = b"<%sis>%s</%sis>" % (p, inside, p)
                put(page.rows, number, Cell(column, style + b' t="inlineStr"', item))
    tail = tail_of(page)
    footer = child(tail, "headerFooter")
    if old.encode() in footer:
        tail_changed(page, placed(tail, "headerFooter", footer.replace(old.encode(), new.encode())))
