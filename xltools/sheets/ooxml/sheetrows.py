"""Single cells of a sheet put anew (单元格): their rows are found, everything else keeps its bytes."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from html import unescape

from xltools.roster.letters import column_letters, column_number
from xltools.sheets.ooxml.book import string_text
from xltools.sheets.ooxml.refused import Refused
from xltools.sheets.ooxml.rows import Cell, NoPlace, cells
from xltools.sheets.ooxml.xmlbytes import attributes, corners, prefix, rewritten, with_attribute

_NUMBER = re.compile(rb"\sr\s*=\s*[\"'](\d{1,7})[\"']")
_STYLE = re.compile(rb"\ss\s*=\s*[\"'](\d{0,9})[\"']")
_TYPE = re.compile(rb"\st\s*=\s*[\"'](\w+)[\"']")
_VALUE = re.compile(rb"<(?:\w+:)?v(?:\s[^>]*)?>([^<]*)</")
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_ESCAPED = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
_ODD = re.compile("[\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff&<>]|_x")
_FIRST = re.compile(rb" r=\"(\d{1,7})\"")
_LETTERS = re.compile(rb"[A-Z]+")
_SPANS = re.compile(rb"\sspans\s*=\s*[\"'](\d+):(\d+)[\"']")
_HIGH = re.compile(rb"\sht\s*=\s*[\"']([\d.]+)[\"']")
_HEIGHT = re.compile(rb"\s(?:ht|customHeight)\s*=\s*(?:\"[^\"]*\"|'[^']*')")
LONGEST = 32_767
"""Characters that a cell holds."""


@dataclass(slots=True)
class Line:
    """One row: where it stands in the sheet (its tag, its inside, its end), and its attributes, its number among them."""

    start: int
    inside: int
    end: int
    given: bytes


@dataclass
class SheetRows:
    """The rows of a sheet with what is put into them. `usual`: every cell is written with its place first."""

    xml: bytes
    p: bytes
    lines: dict[int, Line]
    start: int
    """Where the rows begin, behind `<sheetData>`."""
    end: int
    usual: bool = True
    changed: dict[int, dict[int, Cell | bytes]] = field(default_factory=dict)
    given: dict[int, bytes] = field(default_factory=dict)
    found: dict[tuple[int, int], tuple[Cell, int, int] | None] = field(default_factory=dict)
    """Single cells that were looked for."""
    known: dict[int, dict[int, tuple[Cell, int, int]]] = field(default_factory=dict)
    """By row all its cells, each with where it begins and ends; only of rows that were looked at as a whole."""


def read_rows(xml: bytes, member: str) -> SheetRows:
    """The rows of a sheet; one that does not say where its rows and cells stand is written anew. Raises Refused."""
    try:
        return _read(xml, member)
    except NoPlace:
        pass
    try:
        return _read(rewritten(xml, member), member)
    except NoPlace as why:
        raise Refused("FILE_UNREADABLE", f"rows without place in {member}") from why


def _read(xml: bytes, member: str) -> SheetRows:
    p = prefix(xml)
    opening = re.search(rb"<%ssheetData\s*(/?)>" % p, xml)
    if opening is None:
        raise Refused("FILE_UNREADABLE", f"no sheetData in {member}")
    if opening[1]:
        xml = xml[: opening.start()] + b"<%ssheetData></%ssheetData>" % (p, p) + xml[opening.end() :]
        at = xml.index(b">", opening.start()) + 1
        return SheetRows(xml, p, {}, at, at)
    end = xml.find(b"</%ssheetData" % p, opening.end())
    if end < 0:
        raise Refused("FILE_UNREADABLE", f"no end of sheetData in {member}")
    out = SheetRows(xml, p, {}, opening.end(), end)
    before: Line | None = None
    last = 0
    for match in re.compile(rb"<%srow((?:\s[^>]*)?)>" % p).finditer(xml, opening.end(), end):
        given = match[1]
        number = _FIRST.match(given) or _NUMBER.search(given)
        if number is None:
            raise NoPlace
        if before is not None:
            before.end = match.start()
        last, order = int(number[1]), last
        if last <= order:
            raise Refused("FILE_UNREADABLE", f"row {last} behind row {order} in {member}")
        before = out.lines[last] = Line(match.start(), match.end(), end, given)
    every = xml.count(b"<%sc " % p, opening.end(), end) + xml.count(b"<%sc>" % p, opening.end(), end)
    out.usual = every == xml.count(b'<%sc r="' % p, opening.end(), end)
    if not out.usual and re.search(rb"<%sc(?=[\s/>])(?![^>]*\sr\s*=)" % p, xml[opening.end() : end]):
        raise NoPlace
    return out


def _ended(rows: SheetRows, number: int) -> Line:
    """A row with where its cells end."""
    line = rows.lines[number]
    if line.given.endswith(b"/"):
        line.end = line.inside
    elif rows.xml[line.end : line.end + 2] != b"</" or rows.xml.startswith(b"</%ssheetData" % rows.p, line.end):
        line.end = rows.xml.rfind(b"</%srow" % rows.p, line.inside, line.end)
        if line.end < 0:
            raise Refused("FILE_UNREADABLE", f"row {number} without end")
    return line


def cells_in(rows: SheetRows, number: int) -> dict[int, Cell]:
    """The cells of a row by column, as they stand or were put."""
    there = {column: cell for column, (cell, _, _) in _all(rows, number).items()}
    return there | {c: cell for c, cell in rows.changed.get(number, {}).items() if isinstance(cell, Cell)}


def cell_in(rows: SheetRows, number: int, column: int) -> Cell | None:
    """One cell, None where the sheet has none."""
    changed = rows.changed.get(number, {}).get(column)
    if isinstance(changed, Cell):
        return changed
    found = _one(rows, number, column)
    return found[0] if found else None


def put(rows: SheetRows, number: int, cell: Cell) -> None:
    """Put a cell into a row, in place of the one that stands there."""
    rows.changed.setdefault(number, {})[cell.column] = cell


def put_xml(rows: SheetRows, number: int, column: int, cell: bytes) -> None:
    """The same with a cell as it is to be written."""
    rows.changed.setdefault(number, {})[column] = cell


def row_given(rows: SheetRows, number: int) -> bytes:
    """The attributes of a row; b"" where there is none."""
    if number in rows.given:
        return rows.given[number]
    return rows.lines[number].given.removesuffix(b"/").rstrip() if number in rows.lines else b""


def row_put(rows: SheetRows, number: int, given: bytes) -> None:
    """Give a row other attributes (of `r` and `spans` nobody needs to think)."""
    rows.given[number] = given
    rows.changed.setdefault(number, {})


def _one(rows: SheetRows, number: int, column: int) -> tuple[Cell, int, int] | None:
    """One cell as it stands, with where it begins and ends."""
    if number not in rows.lines:
        return None
    if number in rows.known or not rows.usual:
        return _all(rows, number).get(column)
    if (number, column) not in rows.found:
        rows.found[number, column] = _looked_up(rows, number, column)
    return rows.found[number, column]


def _looked_up(rows: SheetRows, number: int, column: int) -> tuple[Cell, int, int] | None:
    line, xml = _ended(rows, number), rows.xml
    opening = b'<%sc r="%s%d"' % (rows.p, column_letters(column).encode(), number)
    at = xml.find(opening, line.inside, line.end)
    if at < 0:
        return None
    end = xml.find(b">", at, line.end)
    given = xml[at + len(opening) : end]
    if given.endswith(b"/"):
        return Cell(column, given[:-1].rstrip(), b""), at, end + 1
    closing = b"</%sc>" % rows.p
    last = xml.find(closing, end, line.end)
    if end < 0 or last < 0:
        raise Refused("FILE_UNREADABLE", f"a cell without end in row {number}")
    return Cell(column, given, xml[end + 1 : last]), at, last + len(closing)


def _all(rows: SheetRows, number: int) -> dict[int, tuple[Cell, int, int]]:
    if number not in rows.known:
        found: dict[int, tuple[Cell, int, int]] = {}
        if number in rows.lines:
            line = _ended(rows, number)
            at = line.inside
            try:
                every = cells(rows.xml[line.inside : line.end], rows.p)
            except NoPlace as why:
                raise Refused("FILE_UNREADABLE", f"a cell without place in row {number}") from why
            for cell, text in every:
                at = rows.xml.index(text, at)
                found[cell.column] = (cell, at, at + len(text))
                at += len(text)
        rows.known[number] = found
    return rows.known[number]


def _behind(rows: SheetRows, number: int, column: int) -> int:
    """Where a cell that is not there comes in a row."""
    line = _ended(rows, number)
    if rows.usual:
        last = rows.xml.rfind(b'<%sc r="' % rows.p, line.inside, line.end)
        found = _LETTERS.match(rows.xml, last + len(rows.p) + 6) if last >= 0 else None
        if not found or column_number(found[0].decode()) < column:
            return line.end
    return next((at for c, (_, at, _) in sorted(_all(rows, number).items()) if c > column), line.end)


def style_in(rows: SheetRows, number: int, column: int, columns: Sequence[tuple[bytes, int, int]]) -> int:
    """The style of a cell; of one that is not there the style that its row, or its column, would give it."""
    cell = cell_in(rows, number, column)
    if cell is not None:
        return style_of(cell)
    given = row_given(rows, number)
    if b"customFormat" in given:
        row = attributes(b"<row%s>" % given)
        if row.get("customFormat") in ("1", "true"):
            return int(row.get("s", 0))
    return next((int(attributes(tag).get("style", 0)) for tag, a, b in columns if a <= column <= b), 0)


def style_of(cell: Cell) -> int:
    """The number of a cell's style."""
    found = _STYLE.search(cell.given)
    return int(found[1] or 0) if found else 0


def styled(cell: Cell, style: int) -> Cell:
    """The cell in another style."""
    found = _STYLE.search(cell.given)
    start, end = found.span() if found else (0, 0)
    return Cell(cell.column, cell.given[:start] + b' s="%d"' % style + cell.given[end:], cell.inner)


def text_cell(column: int, style: int, text: str, p: bytes) -> Cell:
    """A cell with a text that stays text, without what XML forbids, not longer than a cell holds."""
    style_ = b' s="%d"' % style if style else b""
    if not text:
        return Cell(column, style_, b"")
    inner = b'<%sis><%st xml:space="preserve">%s</%st></%sis>' % (p, p, text_xml(text), p, p)
    return Cell(column, style_ + b' t="inlineStr"', inner)


def text_xml(text: str) -> bytes:
    """A text as it stands in a string item; what reads like an escape of Excel's is escaped."""
    if len(text) <= LONGEST and not _ODD.search(text):
        return text.encode()
    text = _ESCAPED.sub("_x005F_", _FORBIDDEN.sub("", text)[:LONGEST])
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\r", "_x000D_")
    return text.encode()


def number_cell(column: int, style: int, number: int, p: bytes) -> Cell:
    """A cell with a whole number."""
    return Cell(column, b' s="%d"' % style if style else b"", b"<%sv>%d</%sv>" % (p, number, p))


def text_of(cell: Cell | None, strings: Sequence[bytes]) -> str:
    """What a cell holds, as it is written in the file; "" where blank."""
    if cell is None or not cell.inner:
        return ""
    kind = _TYPE.search(cell.given)
    if kind and kind[1] == b"inlineStr":
        return string_text(cell.inner)
    value = _VALUE.search(cell.inner)
    if not value:
        return ""
    if kind and kind[1] == b"s":
        number = int(value[1]) if value[1].strip().isdigit() else len(strings)
        return string_text(strings[number]) if number < len(strings) else ""
    return unescape(value[1].decode("utf-8", "replace"))


def is_text(cell: Cell) -> bool:
    """Whether a cell holds a text that was typed."""
    kind = _TYPE.search(cell.given)
    return bool(cell.inner and kind and kind[1] in (b"s", b"inlineStr"))


def string_inside(cell: Cell, strings: Sequence[bytes]) -> bytes:
    """The inside of the string item that a text cell shows, fonts included."""
    if b't="s"' in cell.given or b"t='s'" in cell.given:
        value = _VALUE.search(cell.inner)
        number = int(value[1]) if value and value[1].strip().isdigit() else len(strings)
        return strings[number] if number < len(strings) else b""
    found = re.search(rb"<(?:\w+:)?is(?:\s[^>]*)?>(.*)</(?:\w+:)?is\s*>", cell.inner, re.DOTALL)
    return found[1] if found else b""


def written(rows: SheetRows) -> bytes:
    """The sheet with what was put; the very bytes where nothing was."""
    if not rows.changed:
        return rows.xml
    edits = list[tuple[int, int, bytes]]()
    order, right = sorted(rows.lines), 1
    for number, columns in sorted(rows.changed.items()):
        right = max([right, *columns])
        if number in rows.lines:
            edits += _edits(rows, number, columns)
            continue
        place = bisect_right(order, number)
        at = rows.lines[order[place]].start if place < len(order) else rows.end
        edits.append((at, at, _opening(rows, number, columns) + _cells(rows, number, columns) + b"</%srow>" % rows.p))
    out, place = [], 0
    for start, end, text in sorted(edits, key=lambda e: e[0]):  # what comes in one place stays in its order
        out += [rows.xml[place:start], text]
        place = end
    return extended(b"".join([*out, rows.xml[place:]]), max(rows.changed), right)


def _edits(rows: SheetRows, number: int, columns: Mapping[int, Cell | bytes]) -> list[tuple[int, int, bytes]]:
    """What changes of a row that is there."""
    line = _ended(rows, number)
    opening = _opening(rows, number, columns)
    if line.given.endswith(b"/"):
        whole = opening + _cells(rows, number, columns) + b"</%srow>" % rows.p
        return [(line.start, line.inside, whole if columns else opening[:-1] + b"/>")]
    out = [] if opening == rows.xml[line.start : line.inside] else [(line.start, line.inside, opening)]
    for column, cell in sorted(columns.items()):
        there = _one(rows, number, column)
        text = cell if isinstance(cell, bytes) else cell_xml(cell, number, rows.p)
        start, end = there[1:] if there else (_behind(rows, number, column),) * 2
        out.append((start, end, text))
    return out


def _opening(rows: SheetRows, number: int, columns: Iterable[int]) -> bytes:
    given = row_given(rows, number)
    if not _NUMBER.search(given):
        given = b' r="%d"' % number + given
    spans = _SPANS.search(given)
    if spans and any(not int(spans[1]) <= c <= int(spans[2]) for c in columns):
        wide = b"%d:%d" % (min(int(spans[1]), *columns), max(int(spans[2]), *columns))
        given = given[: spans.start()] + b' spans="%s"' % wide + given[spans.end() :]
    return b"<%srow%s>" % (rows.p, given)


def _cells(rows: SheetRows, number: int, columns: Mapping[int, Cell | bytes]) -> bytes:
    every = (c if isinstance(c, bytes) else cell_xml(c, number, rows.p) for _, c in sorted(columns.items()))
    return b"".join(every)


def extended(xml: bytes, row: int, column: int) -> bytes:
    """The sheet with an extent that takes in that cell."""
    tag = re.search(rb"<(?:\w+:)?dimension\s[^>]*>", xml[:8192])
    if not tag:
        return xml
    try:
        top, left, bottom, right = corners(attributes(tag[0]).get("ref", "A1"))
    except ValueError:
        return xml
    if top <= row <= bottom and left <= column <= right:
        return xml
    ref = f"{column_letters(min(left, column))}{min(top, row)}:{column_letters(max(right, column))}{max(bottom, row)}"
    return xml[: tag.start()] + with_attribute(tag[0], b"ref", ref.encode()) + xml[tag.end() :]


def filled(rows: SheetRows) -> tuple[int, int]:
    """The last row and the last column of a sheet with anything in them (0, 0 where there is nothing)."""
    own = re.compile(rb"<%sc\s(?:[^>]*?\s)?r=[\"']([A-Z]{1,3})(?=[0-9])[^>]*(?<!/)>\s*<(?!/)" % rows.p)
    if rows.usual:
        own = re.compile(rb"<%sc r=\"([A-Z]{1,3})[0-9]+\"[^>]*(?<!/)>\s*<(?!/)" % rows.p)
    letters = set(own.findall(rows.xml, rows.start, rows.end))
    last = next((n for n in sorted(rows.lines, reverse=True) if own.search(rows.xml, *_body(rows, n))), 0)
    return last, max((column_number(letter.decode()) for letter in letters), default=0)


def _body(rows: SheetRows, number: int) -> tuple[int, int]:
    line = _ended(rows, number)
    return line.inside, line.end


def cell_xml(cell: Cell, number: int, p: bytes) -> bytes:
    """A cell as it is written in that row."""
    opening = f'c r="{column_letters(cell.column)}{number}"'.encode() + cell.given
    return b"<%s%s>%s</%sc>" % (p, opening, cell.inner, p) if cell.inner else b"<%s%s/>" % (p, opening)


def heights(rows: SheetRows) -> dict[int, float]:
    """The heights in points of the rows that say one."""
    out = {}
    for number, line in rows.lines.items():
        found = _HIGH.search(rows.given.get(number, line.given))
        if found:
            out[number] = float(found[1])
    return out


def height_of(given: bytes) -> float:
    """The height in points that a row's attributes say, 0 where they say none."""
    found = _HIGH.search(given)
    return float(found[1]) if found else 0.0


def high(given: bytes, height: float | None) -> bytes:
    """Attributes of a row with that height, None for the usual one."""
    given = _HEIGHT.sub(b"", given)
    return given if height is None else given + b' ht="%s" customHeight="1"' % f"{height:g}".encode()
