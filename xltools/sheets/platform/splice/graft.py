"""A sheet that a workbook in use lacks (补工作表): the freshly drawn one's parts taken over, whole."""

from __future__ import annotations

import posixpath
import re

from xltools.sheets.ooxml.book import Book, add, content, content_type, find, relate, relationships, tags
from xltools.sheets.ooxml.relationships import relationships_of
from xltools.sheets.ooxml.styles import Styles
from xltools.sheets.ooxml.workbookpart import name_put, names, sheet_lines, sheet_listed
from xltools.sheets.ooxml.worksheets import WORKBOOK
from xltools.sheets.ooxml.xmlbytes import INSIDE, attributes, with_attribute
from xltools.sheets.platform.splice.fresh import Fresh, sheet_xml


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
    there = [attributes(m[0]).get("name") for m in sheet_lines(content(book, WORKBOOK))]
    order = list(source.sheets)
    before = [i for i, given in enumerate(there) if given in order[: order.index(name)]]
    place = max(before, default=-1) + 1
    drawn = next(t for t in tags(content(source.book, WORKBOOK), "sheet") if attributes(t).get("name") == name)
    sheet_listed(book, shown_as, id_, place, attributes(drawn).get("state", ""))
    return place


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


def unused(book: Book, name: str) -> str:
    """A name for a sheet of ours where the staff have one of that name."""
    taken = {attributes(t).get("name", "").lower() for t in tags(content(book, WORKBOOK), "sheet")}
    every = [f"{name}_平台", *(f"{name}_平台{i}" for i in range(2, 100))]
    return next(n for n in every if n.lower() not in taken)
