"""The sheet that is marked, while it is being marked (正在标注的表): its rows, and the workbook's styles and texts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from xltools.roster.letters import column_letters
from xltools.sheets.ooxml.book import Book, Sheet, content
from xltools.sheets.ooxml.sheetparts import column_put, columns, tail_at
from xltools.sheets.ooxml.sheetrows import SheetRows, read_rows, written
from xltools.sheets.ooxml.styles import Styles
from xltools.sheets.ooxml.xmlbytes import attributes, corners, element

_NARROW = re.compile("[\x00-\u1fff]+")
LINE, TALLEST = 15.0, 409.0
"""Points: a line of 11-point text, and the highest row that Excel allows."""


@dataclass
class Page:
    """One sheet of a workbook; `strings` are the insides of its shared strings. Rows and columns count from 1."""

    book: Book
    sheet: Sheet
    rows: SheetRows
    styles: Styles
    strings: Sequence[bytes]
    columns: list[tuple[bytes, int, int]]
    merged: list[tuple[int, int, int, int]]
    usual: float
    """Points that a row is high that says nothing of it."""
    own_column: tuple[int, bytes] | None = None
    """A column that gets a definition of its own."""


def read_page(book: Book, sheet: Sheet, styles: Styles, strings: Sequence[bytes]) -> Page:
    """A sheet of a workbook. Raises Refused."""
    rows = read_rows(content(book, sheet.member), sheet.member)
    given = element(rows.xml[: rows.start], "sheetFormatPr")
    usual = float(attributes(given["open"]).get("defaultRowHeight", LINE)) if given else LINE
    usual = usual if 0 < usual <= TALLEST else LINE
    return Page(book, sheet, rows, styles, strings, columns(rows.xml), _merged(rows), usual)


def write_page(page: Page) -> None:
    """Put the rows back into their sheet."""
    new = written(page.rows)
    if page.own_column:
        new = column_put(new, *page.own_column)
    if new != content(page.book, page.sheet.member):
        page.book.changed[page.sheet.member] = [new]


def tail_changed(page: Page, tail: bytes) -> None:
    """Put another tail behind the rows."""
    at = tail_at(page.rows.xml)
    page.rows.xml = page.rows.xml[:at] + tail


def tail_of(page: Page) -> bytes:
    """What stands behind the rows, from `</sheetData>` on."""
    return page.rows.xml[tail_at(page.rows.xml) :]


def anchor(page: Page, row: int, column: int) -> tuple[int, int]:
    """A cell's place, or that of the merged range which hides it."""
    for top, left, bottom, right in page.merged:
        if top <= row <= bottom and left <= column <= right:
            return top, left
    return row, column


def ref(row: int, column: int) -> str:
    """The address of a cell."""
    return f"{column_letters(column)}{row}"


@lru_cache(maxsize=1 << 14)  # the same hints and messages over and over
def lines_of(text: str, width: float) -> int:
    """Lines that a text takes in `width` characters; a Chinese one is two wide."""
    if "\n" not in text and len(text) * 2 <= width:
        return 1
    return sum(max(1, -(-width_of(part) // max(int(width), 1))) for part in text.split("\n"))


def width_of(text: str) -> int:
    """A text's width in characters of the default font.

    >>> width_of("手机 138")
    8
    """
    return len(text) if text.isascii() else len(text) + len(_NARROW.sub("", text))


def _merged(rows: SheetRows) -> list[tuple[int, int, int, int]]:
    found = element(rows.xml[rows.end :], "mergeCells")
    if not found or not found["inner"]:
        return []
    out = []
    for tag in found["inner"].split(b"<")[1:]:
        try:
            out.append(corners(attributes(b"<" + tag).get("ref", "")))
        except ValueError:
            continue
    return out
