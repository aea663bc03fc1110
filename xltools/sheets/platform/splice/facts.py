"""The named cells of ours (状态栏 and its neighbours, 预算汇率): each shows what it has to, in the style that it has."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from html import unescape
from pathlib import Path

import pyarrow as pa

from xltools.roster.letters import column_letters
from xltools.scheme import Scheme
from xltools.sheets.ooxml import parts
from xltools.sheets.ooxml.book import Book, content, opened, shared_strings, sheets
from xltools.sheets.ooxml.rows import Cell, NoPlace, Row, region
from xltools.sheets.ooxml.workbookpart import names
from xltools.sheets.ooxml.worksheets import WORKBOOK
from xltools.sheets.ooxml.xmlbytes import attributes, corners, prefix, without
from xltools.sheets.platform.draw.pages.fx import NAME
from xltools.sheets.platform.splice.rate import restored
from xltools.sheets.platform.splice.staff_columns import shown
from xltools.sheets.platform.trial import NAME as TRIAL
from xltools.sheets.write.bulkxml import escaped
from xltools.sheets.write.formulas import number

CELLS = {
    "状态栏": "状态", "更新于": "更新于", "今天": "今天", "工作区": "工作区", "提示": "提示", "接受汇率风险": "接受汇率风险",
}  # fmt: skip
"""Fact by name of its cell. 阶段 is not among them: staff choose it in the book."""
_CELL = re.compile(r"(?:'((?:[^']|'')+)'|([^'!]+))!(\$?[A-Z]{1,3}\$?[0-9]+)")
_FORMULA = re.compile(rb"<(?:\w+:)?f(?:\s[^>]*)?(?:/>|>([^<]*))")
_TEXT = re.compile(rb"\st\s*=\s*[\"'](?:s|str|inlineStr|b|e)[\"']")


def facts_written(book: Book, facts: Mapping[str, str]) -> None:
    """Write each fact into its cell. One that has no name or no cell any more, or holds a formula, is left alone."""
    for name, member, top, left in named(book):
        fact = facts.get(CELLS.get(name, ""))
        if fact is not None:
            text_written(book, member, top, left, fact)


def text_written(book: Book, member: str, top: int, left: int, said: str) -> None:
    """Write a text into a cell, unless it holds a formula."""
    p = prefix(content(book, member)).decode()
    inside = escaped(pa.array([said]))[0].as_py()
    text = f' t="inlineStr"><{p}is><{p}t xml:space="preserve">{inside}</{p}t></{p}is></{p}c>' if said else "/>"
    cell = _cell(book, member, top, left)
    if not (cell and _FORMULA.search(cell.inner)):
        _write(book, member, top, left, text)


def stands_in(path: Path, wanted: str) -> str:
    """The text in a named cell of a closed workbook, "" where there is none. Raises Refused."""
    with parts.open_zip(path) as package:
        book = opened(package)
        at = next(((m, top, left) for name, m, top, left in named(book) if name == wanted), None)
        return str(value(book, *at, shared_strings(book))).strip() if at else ""


def rate_restored(book: Book, scheme: Scheme, strings: Sequence[bytes]) -> list[str]:
    """Put the scheme's budget rate into its cell where another one was tried; returns what to tell."""
    said = []
    for name, member, top, left in named(book):
        if name != NAME:
            continue
        told = restored(scheme, value(book, member, top, left, strings))
        if told:
            p, rate = prefix(content(book, member)).decode(), number(scheme.fx.budget.value)
            _write(book, member, top, left, f"><{p}v>{rate}</{p}v></{p}c>")
            said.append(told)
    return said


def rate_tried(book: Book, strings: Sequence[bytes]) -> Decimal | None:
    """The rate that stands in 试算汇率 to be tried out; None where none does, or a formula."""
    found = next((value(book, m, top, left, strings) for name, m, top, left in named(book) if name == TRIAL), None)
    return found if isinstance(found, Decimal) else None


def named(book: Book) -> Iterator[tuple[str, str, int, int]]:
    """Every name of a single cell: the name, the sheet's member, row and column."""
    members = {sheet.name: sheet.member for sheet in sheets(book)}
    for match in names(content(book, WORKBOOK)):
        place = _CELL.fullmatch(match["text"].decode())
        member = members.get((place[1] or "").replace("''", "'") or place[2] or "") if place else None
        if place and member:
            top, left, _, _ = corners(place[3])
            yield attributes(match["open"]).get("name", ""), member, top, left


def _cell(book: Book, member: str, top: int, left: int) -> Cell | None:
    try:
        row = region(content(book, member), member, top, top, left, left, range(top, top + 1)).rows.get(top)
    except NoPlace:
        return None
    return row.own.get(left) if row else None


def value(book: Book, member: str, top: int, left: int, strings: Sequence[bytes]) -> Decimal | str:
    """What stands in a cell: a number as such; a text, and a formula with its `=`; "" where blank."""
    cell = _cell(book, member, top, left)
    formula = _FORMULA.search(cell.inner) if cell else None
    if formula:
        return f"={unescape((formula[1] or b'').decode())}"
    text = shown(cell, strings)
    return Decimal(text) if text and cell and not _TEXT.search(cell.given) else text


def _write(book: Book, member: str, top: int, left: int, inside: str) -> None:
    """Put a cell's content there: what follows its place and style. A sheet whose rows say no places is left alone."""
    sheet = content(book, member)
    try:
        found = region(sheet, member, top, top, left, left, range(top, top + 1))
    except NoPlace:
        return
    p = prefix(sheet).decode()
    row = found.rows.get(top, Row(top, b""))
    cell = row.own.get(left)
    given = without(cell.given, b"t").decode() if cell else ""
    hidden = b' hidden="1"' if row.hidden else b""
    new = f'<{p}c r="{column_letters(left)}{top}"{given}{inside}'.encode()
    opening = f'<{p}row r="{top}"'.encode() + row.given + hidden + b">"
    written = found.before + opening + row.before + new + row.after + f"</{p}row>".encode() + found.after
    if written != sheet:
        book.changed[member] = [written]
