"""workbook.xml (工作簿部件): its list of sheets, its names, and the order of calculation."""

from __future__ import annotations

import re
from collections.abc import Callable

from xltools.sheets.ooxml.book import TYPES, Book, content, find, relationships
from xltools.sheets.ooxml.relationships import relationships_of
from xltools.sheets.ooxml.worksheets import WORKBOOK
from xltools.sheets.ooxml.xmlbytes import INSIDE, attributes, inserted, naming, prefix, quoted, with_attribute

ORDER = (
    "fileVersion", "fileSharing", "workbookPr", "workbookProtection", "bookViews", "sheets", "functionGroups",
    "externalReferences", "definedNames",
)  # fmt: skip
"""The children of a workbook up to its names: ECMA-376 part 1, 18.2.27."""
BROKEN = b"#REF!"
"""What a name refers to whose sheet was deleted."""
_COUNTED = ((b"definedName", b"localSheetId"), (b"workbookView", b"activeTab"), (b"workbookView", b"firstSheet"))
"""What counts sheets by their place."""


def names(xml: bytes) -> list[re.Match[bytes]]:
    """The defined names: groups `open` (the tag), `text`."""
    p = prefix(xml)
    pattern = rb"(?P<open><%sdefinedName(?=\s)%s>)(?P<text>[^<]*)</%sdefinedName>" % (p, INSIDE, p)
    return list(re.finditer(pattern, xml))


def name_put(book: Book, name: str, text: str, local: int | None, *, hidden: bool = False) -> None:
    """Define a name, unless the book has it; one whose cells are gone stands for these. `text` is escaped already."""
    xml = content(book, WORKBOOK)
    for match in names(xml):
        given = attributes(match["open"])
        same = given.get("name", "").lower() == name.lower()
        if same and given.get("localSheetId") == (None if local is None else str(local)):
            if BROKEN in match["text"]:
                book.changed[WORKBOOK] = [xml[: match.start("text")] + text.encode() + xml[match.end("text") :]]
            return
    p = prefix(xml)
    of = (f' localSheetId="{local}"' if local is not None else "") + (' hidden="1"' if hidden else "")
    entry = f"definedName name={quoted(name)}{of}>".encode() + text.encode()
    root = re.search(rb"<%sworkbook(?=[\s>])%s>" % (p, INSIDE), xml)
    assert root
    entry = b"<%s%s</%sdefinedName>" % (p, entry, p)
    new = inserted(xml[root.end() :], ORDER, "definedNames", [entry])
    if b"definedNames count" not in xml:  # a list of names has no count
        new = new.replace(b'definedNames count="1"', b"definedNames", 1)
    book.changed[WORKBOOK] = [xml[: root.end()] + new]


def names_dropped(book: Book, gone: Callable[[dict[str, str], str], bool]) -> list[str]:
    """Take out the names that `gone(attributes, text)` says; returns what they were called."""
    xml, out = content(book, WORKBOOK), []
    for match in reversed(names(xml)):
        given = attributes(match["open"])
        if gone(given, match["text"].decode("utf-8", "replace")):
            out.append(given.get("name", ""))
            xml = xml[: match.start()] + xml[match.end() :]
    if out:
        p = prefix(xml)
        xml = re.sub(rb"<%sdefinedNames(?:\s%s)?>\s*</%sdefinedNames\s*>" % (p, INSIDE, p), b"", xml)
        book.changed[WORKBOOK] = [xml]
    return out[::-1]


def sheet_lines(xml: bytes) -> list[re.Match[bytes]]:
    """The line of each sheet in the workbook's list."""
    return list(re.finditer(rb"<%ssheet(?=\s)%s>" % (prefix(xml), INSIDE), xml))


def sheet_listed(book: Book, name: str, id_: str, place: int, state: str = "") -> None:
    """Put a sheet with that relationship into the list, so that it comes in that place (from 0)."""
    xml = content(book, WORKBOOK)
    p, lines = prefix(xml), sheet_lines(xml)
    there = [attributes(m[0]) for m in lines]
    number = max((int(g.get("sheetId", 0)) for g in there), default=0) + 1
    how = f" state={quoted(state)}" if state else ""
    line = f'<{p.decode()}sheet name={quoted(name)} sheetId="{number}"{how}'.encode() + naming(xml, id_) + b"/>"
    at = lines[place].start() if place < len(lines) else lines[-1].end()
    book.changed[WORKBOOK] = [_counted(xml[:at] + line + xml[at:], lambda n: n + 1 if n >= place else n)]


def sheet_unlisted(book: Book, place: int) -> None:
    """Take the sheet in that place (from 0) out of the list, with the names that belong to it."""
    names_dropped(book, lambda given, _: given.get("localSheetId") == str(place))
    xml = content(book, WORKBOOK)
    line = sheet_lines(xml)[place]
    p = prefix(xml)
    rest = re.match(rb"\s*</%ssheet\s*>" % p, xml[line.end() :]) if not line[0].endswith(b"/>") else None
    xml = xml[: line.start()] + xml[line.end() + (rest.end() if rest else 0) :]
    left = len(sheet_lines(xml)) - 1
    book.changed[WORKBOOK] = [_counted(xml, lambda n: min(n - 1 if n > place else n, max(left, 0)))]


def drop_chain(book: Book) -> None:
    """calcChain goes, with its content type and its relationship; Excel makes it anew."""
    found = [r for r in relationships(book, WORKBOOK) if r.kind == "calcChain"]
    if not found:
        return
    rels = find(book, relationships_of(WORKBOOK))
    for name, tag, key, values in (
        (rels, "Relationship", "Id", {r.id for r in found}),
        (TYPES, "Override", "PartName", {f"/{r.target}" for r in found}),
    ):
        xml = given = content(book, name)
        p = prefix(xml)
        for match in reversed(
            list(re.finditer(rb"<%s(?=\s)%s(?:/>|>\s*</%s>)" % ((p + tag.encode(), INSIDE, p + tag.encode())), xml))
        ):
            if attributes(match[0]).get(key) in values:
                xml = xml[: match.start()] + xml[match.end() :]
        if xml != given:
            book.changed[name] = [xml]
    book.dropped |= {r.target for r in found if r.target}


def _counted(xml: bytes, moved: Callable[[int], int]) -> bytes:
    """The workbook after its sheets moved."""

    def follow(match: re.Match[bytes]) -> bytes:
        tag = match[0]
        for element_, key in _COUNTED:
            number = attributes(tag).get(key.decode())
            if match[1] == element_ and number is not None and moved(int(number)) != int(number):
                tag = with_attribute(tag, key, str(moved(int(number))).encode())
        return tag

    return re.sub(rb"<%s(definedName|workbookView)(?=\s)%s>" % (prefix(xml), INSIDE), follow, xml)
