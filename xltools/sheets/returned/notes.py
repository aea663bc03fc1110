"""Notes (批注) of a sheet: ours beside the bad cells, the district's own below ours, threads as they are.

A note is a comment in one part and a shape in another (VML, ECMA-376 part 4, 19.1). Excel shows a hovered note beside
its cell whatever the shape says; LibreOffice, and Excel's 显示所有批注, go by the anchor: left column, pixels into it,
top row, pixels into it, then right column and bottom row (0-based).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape, unescape

from xltools.catalogue.problems import LEVELS
from xltools.roster.letters import column_number
from xltools.roster.problems import Placed
from xltools.sheets.ooxml.book import add, content, main_namespace, raw, relate, relationships, string_text
from xltools.sheets.ooxml.sheetparts import child, placed, related
from xltools.sheets.ooxml.sheetrows import heights, text_xml
from xltools.sheets.ooxml.xmlbytes import INSIDE, attributes, element, prefix
from xltools.sheets.returned.page import TALLEST, Page, lines_of, ref, tail_changed, tail_of

AUTHOR = "xltools"
_WIDTH, _CHARACTERS, _LINE, _TALLEST = 300, 42, 17, 600  # pixels; characters a line; pixels a line, and at most
_GAP, _ABOVE = 15, 8  # pixels right of the cell, and below the top of the row above it
_FARTHEST, _WIDEST = 2_000, 255  # rows or columns below a note; characters of a column
_BEFORE = re.compile(r"\n\n【原批注（(.*?)）】\n(.*)\Z", re.DOTALL)
_OURS = re.compile(rf"(?:1\. )?(?:{'|'.join(dict.fromkeys(LEVELS.values()))})：.*\n怎么办：")
_HEADED = re.compile("】\n</(?:\\w+:)?t></(?:\\w+:)?r>".encode())
_THREAD = "tc="  # how the author of a comment begins that stands for a thread
_COMMENTS = "application/vnd.openxmlformats-officedocument.spreadsheetml.comments+xml"
_VML = "application/vnd.openxmlformats-officedocument.vmlDrawing"
_NEW_VML = (
    b'<xml xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office" '
    b'xmlns:x="urn:schemas-microsoft-com:office:excel"><o:shapelayout v:ext="edit"><o:idmap v:ext="edit" data=""/>'
    b"</o:shapelayout>%s</xml>"
)
_TYPE = (
    b'<v:shapetype id="_x0000_t202" coordsize="21600,21600" o:spt="202" path="m,l,21600r21600,l21600,xe">'
    b'<v:stroke joinstyle="miter"/><v:path gradientshapeok="t" o:connecttype="rect"/></v:shapetype>'
)
_SHAPE = (
    '<v:shape id="_x0000_s{id}" type="#_x0000_t202" style="position:absolute;width:{width}px;height:{height}px;'
    'z-index:{z};visibility:hidden" fillcolor="#ffffe1" o:insetmode="auto"><v:fill color2="#ffffe1"/>'
    '<v:shadow on="t" color="black" obscured="t"/><v:path o:connecttype="none"/>'
    '<v:textbox style="mso-direction-alt:auto"><div style="text-align:left"></div></v:textbox>'
    '<x:ClientData ObjectType="Note"><x:MoveWithCells/><x:SizeWithCells/><x:Anchor>{anchor}</x:Anchor>'
    "<x:AutoFill>False</x:AutoFill><x:Row>{row}</x:Row><x:Column>{column}</x:Column></x:ClientData></v:shape>"
)
_IDMAP = re.compile(rb"(<o:idmap\b[^>]*\bdata\s*=\s*[\"'])([\d,]*)")
_IDS = 1024
"""Shapes of a block; no two drawings of a workbook share one."""


@dataclass
class _Notes:
    """The comments of a sheet by cell: (author, inside of the text, what follows the text); what stands around them."""

    member: str
    xml: bytes
    p: bytes
    authors: list[str]
    there: dict[str, tuple[int, bytes, bytes]] = field(default_factory=dict)
    """Cell -> number of the author, the comment as it is written up to its text, its text."""
    changed: dict[str, tuple[str, bytes] | None] = field(default_factory=dict)
    """Cell -> author and inside of the text; None where the note goes."""
    said: dict[str, str] = field(default_factory=dict)
    """Cell -> what our note there says, the district's own below it included."""


def write(page: Page, cells: Mapping[tuple[int, int], Sequence[Placed]]) -> None:
    """One note for all problems of a cell; notes of ours of an earlier round go, the district's come back.

    A cell with a thread keeps it and gets no note: Excel shows but one of the two.
    """
    targets = {r.kind: r.target for r in reversed(relationships(page.book, page.sheet.member)) if r.target}
    found = _read(page, targets.get("comments", ""))
    _clear(found)
    for place, problems in cells.items():
        if not problems:
            continue
        at = ref(*place)
        if found.authors and at in found.there and found.authors[found.there[at][0]].startswith(_THREAD):
            continue
        _annotate(found, at, problems)
    if not found.changed:
        return
    _put(page, found)
    _shapes(page, found)


def _read(page: Page, member: str) -> _Notes:
    if not member:
        new = f'<comments xmlns="{main_namespace(page.book)}"><authors></authors><commentList></commentList></comments>'
        return _Notes("", new.encode(), b"", [])
    xml = content(page.book, member)
    p = prefix(xml)
    listed = element(xml, "authors")
    inside = (listed["inner"] or b"") if listed else b""
    pattern = rb"<%sauthor(?:\s%s)?(?:/>|>([^<]*)</%sauthor\s*>)" % (p, INSIDE, p)
    authors = [unescape(a.decode("utf-8", "replace")) for a in re.findall(pattern, inside)]
    out = _Notes(member, xml, p, authors)
    for match in _comments(xml, p):
        given = attributes(match["open"])
        text = element(b"<%sx>%s</%sx>" % (p, match["inner"], p), "text")
        number = int(given.get("authorId", 0))
        at = given.get("ref", "").replace("$", "")
        out.there[at] = (min(number, len(authors) - 1), match["open"], (text["inner"] or b"") if text else b"")
    return out


def _comments(xml: bytes, p: bytes) -> list[re.Match[bytes]]:
    pattern = rb"(?P<open><%scomment(?=\s)%s>)(?P<inner>.*?)</%scomment\s*>" % (p, INSIDE, p)
    return list(re.finditer(pattern, xml, re.DOTALL))


def _clear(found: _Notes) -> None:
    """Notes of an earlier round: known by their author; LibreOffice forgets authors, so a nameless note that reads
    like ours is ours."""
    for at, (number, _, text) in found.there.items():
        author = found.authors[number] if 0 <= number < len(found.authors) else ""
        said = string_text(text)
        if author != AUTHOR and (author.strip() or not _OURS.match(said)):
            continue
        own = _BEFORE.search(said)
        if own is None:
            found.changed[at] = None
            continue
        headed = _HEADED.search(text)
        rest = text[headed.end() :] if headed else b""
        plain = b'<%st xml:space="preserve">%s</%st>' % (found.p, text_xml(own[2]), found.p)
        found.changed[at] = (own[1], rest if b"<" in rest else plain)


def _annotate(found: _Notes, at: str, problems: Sequence[Placed]) -> None:
    parts = [f"{p.level}：{p.message}\n怎么办：{p.hint}" for p in problems]
    text = "\n\n".join(parts if len(parts) == 1 else (f"{i}. {t}" for i, t in enumerate(parts, 1)))
    own = found.changed.get(at)
    if at in found.there and at not in found.changed:
        number, _, inside = found.there[at]
        own = (found.authors[number] if 0 <= number < len(found.authors) else "", inside)
    p, found.said[at] = found.p, text
    if own is None:
        found.changed[at] = (AUTHOR, b'<%st xml:space="preserve">%s</%st>' % (p, text_xml(text), p))
        return
    runs = re.findall(rb"<%sr(?=[\s>]).*?</%sr\s*>" % (p, p), own[1], re.DOTALL)
    kept = b"".join(runs) or b"<%sr>%s</%sr>" % (p, own[1], p)
    heading = f"\n\n【原批注（{own[0]}）】\n"
    found.said[at] += heading + string_text(own[1])
    head = text_xml(text + heading)
    found.changed[at] = (AUTHOR, b'<%sr><%st xml:space="preserve">%s</%st></%sr>%s' % (p, p, head, p, p, kept))


def _put(page: Page, found: _Notes) -> None:
    """Write the comments: changed ones in their place, new ones behind the others."""
    p, authors = found.p, list(found.authors)

    def whole(at: str, author: str, inside: bytes, opening: bytes) -> bytes:
        if author not in authors:
            authors.append(author)
        number = re.sub(rb"(\sauthorId\s*=\s*[\"'])\d+", rb"\g<1>%d" % authors.index(author), opening)
        return number + b"<%stext>%s</%stext></%scomment>" % (p, inside, p, p)

    out, place = [], 0
    for match in _comments(found.xml, p):
        at = attributes(match["open"]).get("ref", "").replace("$", "")
        if at in found.changed:
            new = found.changed[at]
            out.append(found.xml[place : match.start()])
            out.append(whole(at, *new, match["open"]) if new else b"")
            place = match.end()
    xml = b"".join([*out, found.xml[place:]])
    more = []
    for at, given in found.changed.items():
        if given and at not in found.there:
            more.append(whole(at, *given, b'<%scomment ref="%s" authorId="0" shapeId="0">' % (p, at.encode())))
    for name, entries in (
        ("commentList", more),
        ("authors", [b"<%sauthor>%s</%sauthor>" % (p, escape(a).encode(), p) for a in authors[len(found.authors) :]]),
    ):
        listed = element(xml, name)
        if listed and listed["inner"] is not None:
            xml = xml[: listed.end("inner")] + b"".join(entries) + xml[listed.end("inner") :]
        elif listed:
            tag = p + name.encode()
            xml = xml[: listed.start()] + b"<%s>%s</%s>" % (tag, b"".join(entries), tag) + xml[listed.end() :]
    if found.member:
        page.book.changed[found.member] = [xml]
    else:
        relate(page.book, page.sheet.member, "comments", add(page.book, "xl/comments1.xml", xml, _COMMENTS))


def _shapes(page: Page, found: _Notes) -> None:
    """The shapes of the notes: gone with them, wide enough where ours stands above the district's own, new ones."""
    book, tail = page.book, tail_of(page)
    named = attributes(child(tail, "legacyDrawing") or b"<a/>")
    id_ = next((v for k, v in named.items() if k.endswith(":id")), "")
    member = next((r.target for r in relationships(book, page.sheet.member) if r.id == id_ and r.target), "")
    xml = raw(book, member) if member else b""
    there = {_place(m[0]): m for m in re.finditer(rb"<v:shape(?=\s).*?</v:shape>", xml, re.DOTALL)}
    edits, new = list[tuple[int, int, bytes]](), []
    size = _sizes(page)
    for at, given in found.changed.items():
        row, column = _numbers(at)
        shape = there.get((row, column))
        if given is None:
            if shape:
                edits.append((shape.start(), shape.end(), b""))
            continue
        if given[0] != AUTHOR:
            continue  # the district's own has its shape
        height = min((lines_of(found.said[at], _CHARACTERS) + 1) * _LINE, _TALLEST)
        anchor = size(row, column, height)
        if shape:
            edits.append((shape.start(), shape.end(), _widened(shape[0], anchor, height)))
        else:
            new.append((row, column, height, anchor))
    for start, end, text in sorted(edits, reverse=True):
        xml = xml[:start] + text + xml[end:]
    if new:
        xml = xml or _NEW_VML % _TYPE
        first, xml = _block(page, xml, len(new))
        shapes = [
            _SHAPE.format(id=first + i, width=_WIDTH, height=h, z=i + 1, anchor=a, row=r, column=c)
            for i, (r, c, h, a) in enumerate(new)
        ]
        known = b'id="_x0000_t202"' in xml or b"id='_x0000_t202'" in xml
        end = xml.rindex(b"</xml")
        xml = xml[:end] + (b"" if known else _TYPE) + "".join(shapes).encode() + xml[end:]
    if member:
        book.changed[member] = [xml]
    elif new:
        member = add(book, "xl/drawings/vmlDrawing1.vml", xml, _VML)
        id_ = relate(book, page.sheet.member, "vmlDrawing", member)
        tail_changed(page, placed(tail, "legacyDrawing", related(page.rows.xml, b"legacyDrawing", id_)))


def _place(shape: bytes) -> tuple[int, int]:
    """Row and column (0-based) of a note's shape; (-1, -1) for any other."""
    row, column = (re.search(rb"<\w+:%s>\s*(\d+)\s*</" % name, shape) for name in (b"Row", b"Column"))
    is_note = re.search(rb"ObjectType\s*=\s*[\"']Note[\"']", shape)
    return (int(row[1]), int(column[1])) if row and column and is_note else (-1, -1)


def _numbers(at: str) -> tuple[int, int]:
    """Row and column, 0-based."""
    letters = at.rstrip("0123456789")
    return int(at[len(letters) :]) - 1, column_number(letters) - 1


def _widened(shape: bytes, anchor: str, height: int) -> bytes:
    """A shape of the district's with room for our text above its own."""
    shape = re.sub(rb"(<(\w+):Anchor>)[^<]*(</\2:Anchor>)", rb"\g<1>%s\g<3>" % anchor.encode(), shape, count=1)
    opening = shape[: shape.index(b">") + 1]
    for name, pixels in ((b"width", _WIDTH), (b"height", height)):
        opening = re.sub(rb"([\"';\s]%s\s*:)[^;\"']*" % name, rb"\g<1>%dpx" % pixels, opening, count=1)
    return opening + shape[shape.index(b">") + 1 :]


def _block(page: Page, xml: bytes, count: int) -> tuple[int, bytes]:
    """Numbers of shapes that nobody has: the first of so many, and the drawing that says so."""
    taken = [0]
    for name in {*page.book.changed, *(i.filename for i in page.book.members.values())} - page.book.dropped:
        if name.lower().endswith(".vml"):
            for _, data in _IDMAP.findall(raw(page.book, name)):
                taken += [int(n) for n in data.split(b",") if n]
    for _, data in _IDMAP.findall(xml):
        taken += [int(n) for n in data.split(b",") if n]
    first = max(taken) + 1
    own = ",".join(str(first + i) for i in range(-(-(count + 1) // _IDS))).encode()
    new = _IDMAP.sub(lambda m: m[1] + (m[2] + b"," if m[2] else b"") + own, xml, count=1)
    return first * _IDS + 1, new


def _sizes(page: Page) -> Callable[[int, int, int], str]:
    """What gives the anchor of a note of that height (pixels) at a cell (row, column, 0-based)."""
    high = heights(page.rows)
    wide = {}
    for tag, first, last in page.columns:
        given = attributes(tag)
        hidden = given.get("hidden") in ("1", "true")
        for column in range(first, min(last, 1_000) + 1):  # nobody looks beyond
            width = min(max(float(given.get("width", 8.43)), 0), _WIDEST)
            wide[column - 1] = 0 if hidden else round(width * 7) + 5

    across = dict[int, tuple[int, int]]()

    def anchor(row: int, column: int, height: int) -> str:
        left, top = column + 1, max(row - 1, 0)
        if left not in across:
            across[left] = _walk(left, _GAP + _WIDTH, lambda i: wide.get(i, 64))
        bottom, down = _walk(top, _ABOVE + height, lambda i: round(min(high.get(i + 1, page.usual), TALLEST) * 4 / 3))
        return f"{left}, {_GAP}, {top}, {_ABOVE}, {across[left][0]}, {across[left][1]}, {bottom}, {down}"

    return anchor


def _walk(index: int, pixels: int, size: Callable[[int], int]) -> tuple[int, int]:
    """The row or column in which so many pixels from the start of `index` end, and how far into it."""
    for _ in range(_FARTHEST):  # behind hidden rows without end there is no place
        if pixels < size(index):
            break
        pixels -= size(index)
        index += 1
    return index, pixels
