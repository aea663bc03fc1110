"""What staff left on a row goes where the row goes (随行): cells beside the table, height, hiding, notes, links.

Notes stand in three parts that name their cell: comments, their shapes (VML, 0-based rows) and threads. Cells of other
tables, and merged ones, stay where they stand: they are no row's.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from xltools.roster.letters import column_letters
from xltools.sheets.ooxml.book import Book, Sheet, content, relationships
from xltools.sheets.ooxml.rows import Cell, Region, Row, cells, chosen, sort_cells
from xltools.sheets.ooxml.xmlbytes import INSIDE, attributes, corners, prefix, with_attribute
from xltools.sheets.platform.splice.heights import usual as without_height
from xltools.sheets.platform.splice.staff_columns import masters_of, moved, shown

NAMED = ("comments", "threadedComment")
"""Parts whose entries name their cell by `ref`."""
_TEXT = re.compile(rb"<(?:\w+:)?t(?:\s[^>]*)?>([^<]*)</|<(?:\w+:)?text>([^<]*)</")
_MOST = 60
"""Characters of a text that is told."""
Block = tuple[int, int, int, int]


@dataclass(frozen=True)
class Route:
    """Rows of one table: where each of those that staff left something on goes; those that are `gone` have no place.
    Columns from `left` on are the table's, or right of it; `fitted`: the rows' heights are by our words; `fixed` are cells of others (top, left, bottom, right)."""

    first: int
    last: int
    left: int
    to: Mapping[int, int]
    gone: frozenset[int]
    fitted: bool = False
    fixed: Sequence[Block] = ()
    called: str = ""
    lost: list[str] = field(default_factory=list)
    """Sentences of what has no place any more."""

    @property
    def stays(self) -> bool:
        return not self.gone and all(old == new for old, new in self.to.items())

    def place(self, row: int, column: int) -> int | None:
        """The row in which what stands there comes to stand; None where it has none any more."""
        if not self.first <= row <= self.last or _within(self.fixed, row, column) or row in self.gone:
            return None if row in self.gone and not _within(self.fixed, row, column) else row
        return self.to.get(row, row)


def fixed_cells(xml: bytes, others: Sequence[Block]) -> list[Block]:
    """Cells of a sheet that are no row's: those of these other tables, and merged ones."""
    tags = re.findall(rb"<(?:\w+:)?mergeCell\s[^>]*>", xml)
    return [*others, *(corners(attributes(t).get("ref", "A1")) for t in tags)]


def noted(book: Book, sheet: Sheet) -> set[int]:
    """Rows of a sheet in which a note or a link stands."""
    refs = [r for r in relationships(book, sheet.member) if r.kind in NAMED and r.target]
    found = {
        corners(attributes(tag)["ref"])[0]
        for part in refs
        for tag in re.findall(rb"<(?:\w+:)?(?:comment|threadedComment)\s%s>" % INSIDE, content(book, part.target))
        if "ref" in attributes(tag)
    }
    xml = content(book, sheet.member)
    return found | {corners(attributes(t).get("ref", "A1"))[0] for t in _links(xml)}


def read_bound(sheet: bytes, found: Region, place: Block, also: Collection[int], *, fitted: bool) -> None:
    """Fill in the cells of a table (at `place`) in the rows on which staff left something, those in `also` among them."""
    first, left, last, right = place
    p = prefix(sheet)
    for n, row in found.rows.items():
        bound = n in also or row.hidden or row.before or row.after or _looks(row.given, fitted)
        if first <= n <= last and bound and not row.own and row.span != (0, 0):
            body = sheet[row.span[0] : row.span[1]]
            sort_cells(row, body[: body.rindex(b"</%srow" % p)], p, left, right, asked=True)


def rows_followed(
    found: Region, old: Sequence[Row | None], route: Route, usual: bytes, strings: Sequence[bytes], p: str
) -> list[Row]:
    """Every new row (from `route.first` on) with what travels to it and what stays in it; tells what is lost."""
    masters = masters_of(list(found.rows.values()))
    out = []
    for number, row in enumerate(old, route.first):
        here = found.rows.get(number)
        stay = _of(here, route.fixed, stays=True)
        come = _of(row, route.fixed, stays=False) if row else []
        side = [moved(c, row.number, number, c.column, p, masters) for c in come] if row else []
        own = {c.column: text for c, text in zip(come, side, strict=True)}
        own |= {c.column: moved(c, number, number, c.column, p, masters) for c in stay}
        mine = row is not None and _looks(row.given, route.fitted)
        given = row.given if row and mine else usual if here is None or _looks(here.given, route.fitted) else here.given
        before, after = ("".join(own[c] for c in sorted(own) if (c < route.left) is b).encode() for b in (True, False))
        out.append(Row(number, given, bool(row and row.hidden), before, after))
    for number in sorted(route.gone):
        if number < route.first + len(old):  # below the table it stays where it stands
            texts = [shown(c, strings) for c in _of(found.rows.get(number), route.fixed, stays=False)]
            route.lost.extend(_told(route, number, "旁边的", text) for text in texts if text)
    return out


def _of(row: Row | None, fixed: Sequence[Block], *, stays: bool) -> list[Cell]:
    """The cells beside the table in a row: those that stay, or those that are the row's."""
    if row is None:
        return []
    every = [cell for text in (row.before, row.after) if text for cell, _ in cells(text, prefix_in(text))]
    return [c for c in every if _within(fixed, row.number, c.column) is stays]


def _looks(given: bytes, fitted: bool) -> bool:
    """Whether a row's attributes say something that staff chose."""
    return chosen(without_height(given) if fitted else given)


def prefix_in(text: bytes) -> bytes:
    """The prefix of the first element of a piece of a sheet."""
    found = re.match(rb"<(\w+:)?c\s", text)
    return (found[1] or b"") if found else b""


def _within(blocks: Sequence[Block], row: int, column: int) -> bool:
    return any(top <= row <= bottom and left <= column <= right for top, left, bottom, right in blocks)


def _told(route: Route, row: int, what: str, text: str) -> str:
    short = text if len(text) <= _MOST else f"{text[:_MOST]}……"
    return f"{route.called}：第 {row} 行已不在表中，{what}“{short}”没有地方放了，请记下"


# ── notes and links ──


def notes_followed(book: Book, sheet: Sheet, routes: Sequence[Route]) -> None:
    """Notes, their shapes and threads stand where their rows stand; those of rows that are gone go, and are told."""
    if all(route.stays for route in routes):
        return
    for part in relationships(book, sheet.member):
        if not part.target:
            continue
        xml = content(book, part.target)
        if part.kind in NAMED:
            name = b"comment" if part.kind == "comments" else b"threadedComment"
            new = _entries(xml, name, routes, tell=part.kind == "comments")
        elif part.kind == "vmlDrawing":
            new = _shapes(xml, routes)
        else:
            continue
        if new != xml:
            book.changed[part.target] = [new]


def links_followed(tail: bytes, routes: Sequence[Route]) -> bytes:
    """What stands behind a sheet's rows, with its links where their rows stand."""

    def follow(match: re.Match[bytes]) -> bytes:
        top, left, bottom, right = corners(attributes(match[0]).get("ref", "A1"))
        new = _place(routes, top, left)
        if (top, left) != (bottom, right) or new == top:
            return match[0]
        return with_attribute(match[0], b"ref", f"{column_letters(left)}{new}".encode()) if new else b""

    found = re.sub(rb"<(?:\w+:)?hyperlink\s%s>" % INSIDE, follow, tail)
    return re.sub(rb"<(\w+:)?hyperlinks>\s*</(\w+:)?hyperlinks>", b"", found)


def _links(xml: bytes) -> list[bytes]:
    return re.findall(rb"<(?:\w+:)?hyperlink\s%s>" % INSIDE, xml)


def _place(routes: Sequence[Route], row: int, column: int) -> int | None:
    """The row to which a cell's note or link goes; None where its row is gone."""
    for route in routes:
        if route.first <= row <= route.last:
            place = route.place(row, column)
            if place != row:
                return place
    return row


def _entries(xml: bytes, name: bytes, routes: Sequence[Route], *, tell: bool) -> bytes:
    entry = re.compile(rb"(<(?:\w+:)?%s\s%s)(/>|>.*?</(?:\w+:)?%s>)" % (name, INSIDE, name), re.DOTALL)

    def follow(match: re.Match[bytes]) -> bytes:
        top, left, _, _ = corners(attributes(match[1]).get("ref", "A1"))
        new = _place(routes, top, left)
        if new == top:
            return match[0]
        if new is None:
            if tell:
                text = b"".join(a or b for a, b in _TEXT.findall(match[2])).decode()
                route = next(r for r in routes if r.first <= top <= r.last)
                route.lost.append(_told(route, top, "批注", " ".join(text.split())))
            return b""
        return with_attribute(match[1], b"ref", f"{column_letters(left)}{new}".encode()) + match[2]

    found = entry.sub(follow, xml)
    if found == xml:
        return xml
    return _sorted(found, entry)


def _sorted(xml: bytes, entry: re.Pattern[bytes]) -> bytes:
    """Entries in the order of their cells, as programs write them."""
    every = list(entry.finditer(xml))
    if not every:
        return xml
    ordered = sorted((m[0] for m in every), key=lambda e: corners(attributes(e[: e.index(b">")])["ref"])[:2])
    out, end = [], 0
    for match, text in zip(every, ordered, strict=True):
        out += [xml[end : match.start()], text]
        end = match.end()
    return b"".join([*out, xml[end:]])


def _shapes(xml: bytes, routes: Sequence[Route]) -> bytes:
    shape = re.compile(rb"<v:shape\s(?:(?!</v:shape>).)*?ObjectType=\"Note\".*?</v:shape>", re.DOTALL)

    def follow(match: re.Match[bytes]) -> bytes:
        row, column = (re.search(rb"<x:%s>\s*(\d+)\s*</x:%s>" % (n, n), match[0]) for n in (b"Row", b"Column"))
        if not row or not column:
            return match[0]
        old = int(row[1]) + 1
        new = _place(routes, old, int(column[1]) + 1)
        if new is None:
            return b""
        if new == old:
            return match[0]
        by = new - old
        text = match[0][: row.start(1)] + str(new - 1).encode() + match[0][row.end(1) :]
        return re.sub(rb"(<x:Anchor>)([^<]*)(</x:Anchor>)", lambda m: m[1] + _anchor(m[2], by) + m[3], text)

    return shape.sub(follow, xml)


def _anchor(text: bytes, by: int) -> bytes:
    """An anchor (left column, pixels, top row, pixels, right column, pixels, bottom row, pixels) so many rows lower."""
    try:
        numbers = [int(n) for n in text.split(b",")]
    except ValueError:
        return text
    if len(numbers) != 8:
        return text
    numbers[2], numbers[6] = max(numbers[2] + by, 0), max(numbers[6] + by, 1)
    return ", ".join(map(str, numbers)).encode()
