"""Rows of a sheet around one of our tables (表所在的行): what is ours, what is somebody else's.

A row is found by searching for `<row`; where its first and its last cell are ours, no other cell of it is looked at
(cells stand in the order of their columns: ECMA-376 part 1, 18.3.1.73).
"""

from __future__ import annotations

import re
from collections.abc import Container
from dataclasses import dataclass, field

from xltools.roster.letters import column_letters, column_number
from xltools.sheets.ooxml.refused import Refused
from xltools.sheets.ooxml.xmlbytes import INSIDE, prefix, without

_PLACE = re.compile(rb"\sr\s*=\s*[\"']([A-Z]{0,3})([0-9]{1,7})[\"']")
_HIDDEN = re.compile(rb"\shidden\s*=\s*[\"'](?:1|true)[\"']")


class NoPlace(Exception):
    """A row or a cell does not say where it stands: `xmlbytes.rewritten` says it for them."""


@dataclass(frozen=True)
class Cell:
    """One cell: column, attributes without its place (a space before each), what stands in it."""

    column: int
    given: bytes
    inner: bytes

    @property
    def filled(self) -> bool:
        return bool(self.inner)


@dataclass(slots=True)
class Row:
    """One row as it stands: attributes without its number, spans and `hidden`; the cells left and right of the table
    as they are written; the table's own cells by column where they were asked for; where its cells stand in the sheet."""

    number: int
    given: bytes
    hidden: bool = False
    before: bytes = b""
    after: bytes = b""
    own: dict[int, Cell] = field(default_factory=dict)
    span: tuple[int, int] = (0, 0)

    def empty(self, usual: bytes) -> bool:
        """Whether nothing of it would be missed; a row of the table looked like `usual`."""
        return not (self.before or self.after or (self.given != usual and chosen(self.given)))


@dataclass(frozen=True)
class Region:
    """Rows `first`..`last` of a sheet: the bytes before and behind them, and those that are written."""

    before: bytes
    after: bytes
    rows: dict[int, Row]


def region(sheet: bytes, member: str, first: int, last: int, left: int, right: int, own: Container[int]) -> Region:
    """The rows `first`..`last`, with columns `left`..`right` as the table's; its cells in the rows `own` are returned.
    All 1-based. Raises NoPlace; Refused where it is no sheet."""
    p = prefix(sheet)
    opening = re.search(rb"<%ssheetData\s*(/?)>" % p, sheet)
    if opening is None:
        raise Refused("FILE_UNREADABLE", f"no sheetData in {member}")
    if opening[1]:  # <sheetData/>
        start = b"<%ssheetData>" % p
        return Region(sheet[: opening.start()] + start, b"</%ssheetData>" % p + sheet[opening.end() :], {})
    end = sheet.rindex(b"</%ssheetData" % p)
    token, cell, close = b"<%srow" % p, b"<%sc " % p, b"</%srow" % p
    tag, place_of = re.compile(token + rb"(\s[^>]*)>"), re.compile(cell + rb"r=\"([A-Z]+)")
    within = {column_letters(c).encode() for c in range(left, right + 1)}
    attributes: dict[bytes, tuple[bytes, bool]] = {}
    rows: dict[int, Row] = {}
    begin, place = -1, sheet.find(token, opening.end(), end)
    while place >= 0:
        found = tag.match(sheet, place)
        numbered = _PLACE.search(found[1]) if found else None
        if not found or not numbered:
            raise NoPlace
        number = int(numbered[2])
        if number > last:
            break
        inside = found.end()
        following = sheet.find(token, inside, end)
        if number >= first:
            begin = place if begin < 0 else begin
            stop = end if following < 0 else following
            rest = found[1][: numbered.start()] + found[1][numbered.end() :]
            if rest not in attributes:
                attributes[rest] = without(rest.removesuffix(b"/"), b"spans", b"hidden"), bool(_HIDDEN.search(rest))
            row = rows[number] = Row(number, *attributes[rest])
            one = sheet.find(cell, inside, stop)
            if one >= 0:
                asked = number in own
                row.span = one, stop
                ends = (place_of.match(sheet, one), place_of.match(sheet, sheet.rfind(cell, one, stop)))
                if asked or not all(c and c[1] in within for c in ends):
                    sort_cells(row, sheet[one : sheet.rindex(close, one, stop)], p, left, right, asked=asked)
        place = following
    stop = end if place < 0 else place
    return Region(sheet[: stop if begin < 0 else begin], sheet[stop:], rows)


def cells(body: bytes, p: bytes) -> list[tuple[Cell, bytes]]:
    """The cells of a row, each with its bytes."""
    pattern = rb"<%sc\s(%s)(?:/>|>(.*?)</%sc>)" % (p, INSIDE, p)
    out = []
    for match in re.finditer(pattern, body, re.DOTALL):
        given = b" " + match[1]
        found = _PLACE.search(given)
        if not found:
            raise NoPlace
        out.append((Cell(column_number(found[1].decode()), without(given, b"r"), match[2] or b""), match[0]))
    return out


def sort_cells(row: Row, body: bytes, p: bytes, left: int, right: int, *, asked: bool) -> None:
    """Fill in a row's cells from how they are written."""
    before, after = [], []
    for cell, text in cells(body, p):
        if cell.column < left:
            before.append(text)
        elif cell.column > right:
            after.append(text)
        elif asked:
            row.own[cell.column] = cell
    row.before, row.after = b"".join(before), b"".join(after)


def chosen(given: bytes) -> bool:
    """Whether a row's attributes say something that a person chose: a height, a style of the whole row, a group."""
    words = rb"(?:customHeight|customFormat)\s*=\s*[\"'](?:1|true)|outlineLevel\s*=\s*[\"'][1-9]|\scollapsed\s*=\s*[\"'](?:1|true)"
    return bool(re.search(words, given))
