"""The phases of an older 首页 (阶段): its list and its drop-down become those of today, the choice stays.

Up to 0.2.0 the page kept them in cells of its own; since then they are a table, which is updated as every other.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from xml.sax.saxutils import escape

from xltools.catalogue.phases import MOST, Phase
from xltools.roster.letters import column_letters
from xltools.sheets.ooxml.book import Book, Sheet, content, sheets
from xltools.sheets.ooxml.workbookpart import names
from xltools.sheets.ooxml.worksheets import WORKBOOK
from xltools.sheets.ooxml.xmlbytes import INSIDE, attributes, corners, prefix
from xltools.sheets.platform.splice import beside
from xltools.sheets.platform.splice.beside import Spot
from xltools.sheets.platform.splice.facts import named
from xltools.sheets.platform.splice.graft import sheet_named
from xltools.sheets.platform.splice.grow import Growth
from xltools.sheets.platform.splice.staff_columns import shown
from xltools.sheets.platform.splice.view import PHASE

LISTS = {"阶段名": (0, 0), "阶段做什么": (1, 1), "阶段工作表": (2, 1 + MOST)}
"""Name -> its first and last column within the list of phases."""


def phases_followed(growth: Growth) -> None:
    """Write the list of phases anew where it is not today's: in its place where there is room, else right of
    everything. A page that has lost the names of the list, or the list itself, is left alone."""
    book, name = growth.book, next(iter(LISTS))
    text = next((m["text"].decode() for m in names(content(book, WORKBOOK)) if _is(m, name)), "")
    home = next((s for s in sheets(book) if s.name == sheet_named(text)), None)
    try:
        top, left, bottom, _ = corners(text.rpartition("!")[2])
    except ValueError:
        return
    if home is None:
        return
    wanted = [(p.name, p.does, *p.sheets, *[""] * (MOST - len(p.sheets))) for p in growth.contents.phases]
    right = left + 1 + MOST
    found = beside.rows_of(book, home, (top, left, bottom, right))
    there = [
        tuple(shown(found[n].own.get(c), growth.strings) if n in found else "" for c in range(left, right + 1))
        for n in range(top, bottom + 1)
    ]
    if there == wanted:
        return
    last = top + len(wanted) - 1
    if last > bottom and beside.in_the_way(book, Spot(home, bottom + 1, left, right, last, {})):
        left = beside.used(book, home) + 2
    p = prefix(content(book, home.member)).decode()
    cells = {
        row: {c: _cell(p, row, c, word) for c, word in enumerate(words, left)} for row, words in enumerate(wanted, top)
    }
    for row in range(last + 1, bottom + 1):
        cells[row] = {c: _cell(p, row, c, "") for c in range(left, right + 1)}
    beside.cells_put(book, home, cells)
    for each, (first, end) in LISTS.items():
        area = f"${column_letters(left + first)}${top}:${column_letters(left + end)}${last}"
        _repoint(book, each, f"'{home.name}'!{area}")
    _choices(book, home, growth.contents.phases)
    growth.lines.append(f"工作表“{home.name}”的阶段已改为：{'、'.join(p.name for p in growth.contents.phases)}")


def _is(match: re.Match[bytes], name: str) -> bool:
    given = attributes(match["open"])
    return given.get("name") == name and "localSheetId" not in given


def _cell(p: str, row: int, column: int, word: str) -> bytes:
    inside = f' t="inlineStr"><{p}is><{p}t>{escape(word)}</{p}t></{p}is></{p}c>' if word else "/>"
    return f'<{p}c r="{column_letters(column)}{row}"{inside}'.encode()


def _repoint(book: Book, name: str, text: str) -> None:
    xml = content(book, WORKBOOK)
    for match in names(xml):
        if _is(match, name):
            book.changed[WORKBOOK] = [xml[: match.start("text")] + text.encode() + xml[match.end("text") :]]
            return


def _choices(book: Book, home: Sheet, phases: Sequence[Phase]) -> None:
    """The drop-down of 阶段 offers today's phases."""
    places = [(top, left) for name, member, top, left in named(book) if name == PHASE and member == home.member]
    if not places:
        return
    cell = f"{column_letters(places[0][1])}{places[0][0]}"
    xml = content(book, home.member)
    p, words = prefix(xml), ",".join(phase.name for phase in phases)
    pattern = rb"(<%sdataValidation\s%s>)(.*?</%sdataValidation>)" % (p, INSIDE, p)

    def offer(match: re.Match[bytes]) -> bytes:
        if attributes(match[1]).get("sqref", "").partition(":")[0] != cell:
            return match[0]
        rule = rb"(<%sformula1>)[^<]*(</)" % p
        return match[1] + re.sub(rule, lambda m: m[1] + f'"{escape(words)}"'.encode() + m[2], match[2])

    new = re.sub(pattern, offer, xml, flags=re.DOTALL)
    if new != xml:
        book.changed[home.member] = [new]
