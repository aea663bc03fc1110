"""A sheet that a workbook in use lacks (补工作表): the freshly drawn one's parts taken over, whole."""

from __future__ import annotations

import posixpath
import re

from xltools.sheets.ooxml.book import Book, add, content, content_type, find, relate, relationships, tags
from xltools.sheets.ooxml.relationships import relationships_of
from xltools.sheets.ooxml.worksheets import WORKBOOK
from xltools.sheets.ooxml.xmlbytes import INSIDE, attributes, element, inserted, prefix, quoted, with_attribute
from xltools.sheets.platform.splice.fresh import Fresh, sheet_xml
from xltools.sheets.platform.splice.styles import Styles
from xltools.sheets.platform.splice.workbook import names

ORDER = (
    "fileVersion", "fileSharing", "workbookPr", "workbookProtection", "bookViews", "sheets", "functionGroups",
    "externalReferences", "definedNames",
)  # fmt: skip
"""The children of a workbook up to its names: ECMA-376 part 1, 18.2.27."""
BROKEN = b"#REF!"
"""What a name refers to whose sheet was deleted."""


def graft(book: Book, source: Fresh, name: str, shown_as: str, styles: Styles) -> None:
    """Put the sheet `name` of the fresh workbook into the book, called `shown_as`, behind those that it follows there."""
    sheet, done = source.sheets[name], dict[str, str]()
    member = add(book, sheet.member, sheet_xml(source, sheet, styles), content_type(source.book, sheet.member))
    done[sheet.member] = member
    _related(book, source, sheet.member, member, done)
    id_ = relate(book, WORKBOOK, "worksheet", member)
    place = _listed(book, source, name, shown_as, id_)
    _named(book, source, name, shown_as, place)


def _related(book: Book, source: Fresh, old: str, new: str, done: dict[str, str]) -> None:
    """What a part is related to comes along: tables, drawings, charts, controls."""
    listed = find(source.book, relationships_of(old))
    if not listed:
        return
    xml, targets = content(source.book, listed), relationships(source.book, old)
    for tag, related in zip(tags(xml, "Relationship"), targets, strict=True):
        if related.target:
            part = _copied(book, source, related.target, done)
            place = posixpath.relpath(part, posixpath.dirname(new))
            xml = xml.replace(tag, with_attribute(tag, b"Target", place.encode()), 1)
    book.changed[relationships_of(new)] = [xml]


def _copied(book: Book, source: Fresh, part: str, done: dict[str, str]) -> str:
    if part not in done:
        data = content(source.book, part)
        if content_type(source.book, part).endswith(".table+xml"):
            root = re.search(rb"<table\s%s>" % INSIDE, data)
            assert root
            data = data.replace(root[0], with_attribute(root[0], b"id", str(free_table(book)).encode()), 1)
        done[part] = add(book, part, data, content_type(source.book, part))
        _related(book, source, part, done[part], done)
    return done[part]


def free_table(book: Book) -> int:
    """A number that no table of the book has."""
    ids = [0]
    for name in {*book.changed, *(i.filename for i in book.members.values())}:
        if re.search(r"/tables/[^/]+\.xml$", name):
            root = next(iter(tags(content(book, name), "table")), b"")
            ids.append(int(attributes(root).get("id", 0)))
    return max(ids) + 1


def _listed(book: Book, source: Fresh, name: str, shown_as: str, id_: str) -> int:
    """The sheet's line in the workbook, and what counts sheets by their place; returns its place (from 0)."""
    xml = content(book, WORKBOOK)
    p = prefix(xml)
    lines = list(re.finditer(rb"<%ssheet(?=\s)%s>" % (p, INSIDE), xml))
    there = [attributes(m[0]) for m in lines]
    order = list(source.sheets)
    before = [i for i, g in enumerate(there) if g.get("name") in order[: order.index(name)]]
    place = max(before, default=-1) + 1
    number = max((int(g.get("sheetId", 0)) for g in there), default=0) + 1
    fresh_line = next(t for t in tags(content(source.book, WORKBOOK), "sheet") if attributes(t).get("name") == name)
    state = attributes(fresh_line).get("state", "")
    r = next((k.rpartition(":")[0] for g in there for k in g if k.endswith(":id")), "r")
    line = (
        f'sheet name={quoted(shown_as)} sheetId="{number}"{f" state={quoted(state)}" if state else ""} {r}:id="{id_}"/>'
    )
    at = lines[place].start() if place < len(lines) else lines[-1].end()
    xml = xml[:at] + b"<" + p + line.encode() + xml[at:]
    for tag, key in (
        (b"definedName", b"localSheetId"),
        (b"workbookView", b"activeTab"),
        (b"workbookView", b"firstSheet"),
    ):
        xml = _counted(xml, p + tag, key, place)
    book.changed[WORKBOOK] = [xml]
    return place


def _counted(xml: bytes, tag: bytes, key: bytes, place: int) -> bytes:
    """Sheets from `place` on stand one further."""

    def further(match: re.Match[bytes]) -> bytes:
        number = attributes(match[0]).get(key.decode())
        if number is None or int(number) < place:
            return match[0]
        return with_attribute(match[0], key, str(int(number) + 1).encode())

    return re.sub(rb"<%s(?=\s)%s>" % (tag, INSIDE), further, xml)


def _named(book: Book, source: Fresh, name: str, shown_as: str, place: int) -> None:
    """The names that belong to the sheet or stand for its cells; one that the book has and that lost its cells too."""
    number = source.sheets[name].index
    for match in names(content(source.book, WORKBOOK)):
        given, text = attributes(match["open"]), match["text"].decode()
        local = given.get("localSheetId")
        if int(local) != number if local else sheet_named(text) != name:
            continue
        name_put(book, given["name"], _renamed(text, name, shown_as), place if local else None)


def sheet_named(text: str) -> str:
    """The sheet whose cells a name stands for."""
    found = re.match(r"'((?:[^']|'')+)'!|([^'!(]+)!", text)
    return (found[1] or "").replace("''", "'") or found[2] or "" if found else ""


def _renamed(text: str, name: str, shown_as: str) -> str:
    if name == shown_as:
        return text
    return re.sub(rf"(?<![\w'])(?:'{re.escape(name)}'|{re.escape(name)})!", f"'{shown_as}'!", text)


def name_put(book: Book, name: str, text: str, local: int | None) -> None:
    """Define a name, unless the book has it; one whose cells are gone stands for these."""
    xml = content(book, WORKBOOK)
    for match in names(xml):
        given = attributes(match["open"])
        same = given.get("name", "").lower() == name.lower()
        if same and given.get("localSheetId") == (None if local is None else str(local)):
            if BROKEN in match["text"]:
                book.changed[WORKBOOK] = [xml[: match.start("text")] + text.encode() + xml[match.end("text") :]]
            return
    p = prefix(xml)
    of = f' localSheetId="{local}"' if local is not None else ""
    entry = f"definedName name={quoted(name)}{of}>".encode() + text.encode()
    root = re.search(rb"<%sworkbook(?=[\s>])%s>" % (p, INSIDE), xml)
    assert root
    entry = b"<%s%s</%sdefinedName>" % (p, entry, p)
    new = inserted(xml[root.end() :], ORDER, "definedNames", [entry])
    if element(xml, "definedNames") is None:
        new = new.replace(b'definedNames count="1"', b"definedNames", 1)
    book.changed[WORKBOOK] = [xml[: root.end()] + new]


def unused(book: Book, name: str) -> str:
    """A name for a sheet of ours where the staff have one of that name."""
    taken = {attributes(t).get("name", "").lower() for t in tags(content(book, WORKBOOK), "sheet")}
    every = [f"{name}_平台", *(f"{name}_平台{i}" for i in range(2, 100))]
    return next(n for n in every if n.lower() not in taken)
