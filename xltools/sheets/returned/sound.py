"""Whether a package that is about to go out is whole (完好): every member inflates, every part is well-formed XML."""

from __future__ import annotations

import re
from functools import lru_cache
from xml.parsers import expat

from xltools.sheets.ooxml import parts
from xltools.sheets.ooxml.book import TYPES, Book, content, raw, relationships
from xltools.sheets.ooxml.cut import members
from xltools.sheets.ooxml.refused import Refused
from xltools.sheets.ooxml.worksheets import WORKBOOK

_LEADS = re.compile(rb"Target\s*=\s*[\"']/?xl/workbook\.xml[\"']", re.IGNORECASE)
_ROOTS = {"sharedStrings": b"sst", "styles": b"styleSheet", "worksheet": b"worksheet"}
_ROOT = re.compile(rb"<(?:[A-Za-z_][\w.-]*:)?([A-Za-z][\w.-]*)")
_THEIRS = ("customxml/", "__macosx/")
_SMALL = 1 << 20
"""Bytes of a part in which there is no room for too much."""
_REPEATED = 1 << 14
"""Bytes of a part that other files may have as well."""
_MOST, _NAMES = 2_000_000, 50_000
"""Elements, attributes and ranges of lists outside the rows of a sheet; names of a workbook."""


def bounded(book: Book) -> None:
    """Raises Refused (FILE_EXTENT) where there are more formats, rules, names or columns than anybody means: to go
    through them would take minutes. Cells are bounded as they are read."""
    for info in book.package.infolist():
        name = info.filename.lower()
        if info.file_size < _SMALL or not name.endswith((".xml", ".vml")) or name == "xl/sharedstrings.xml":
            continue
        xml = content(book, info.filename) if name.endswith(".xml") else raw(book, info.filename)
        head, tail = xml.find(b"sheetData"), xml.rfind(b"sheetData")
        around = xml[:head] + xml[tail:] if 0 <= head < tail else xml
        if around.count(b"<") + around.count(b" ") > _MOST or around.count(b"<definedName ") > _NAMES:
            raise Refused("FILE_EXTENT", "格式、规则等太多")


def sound(book: Book) -> None:
    """Raises Refused (FILE_UNREADABLE) for what a program would refuse to open, be it ours or how it came.

    Custom XML is the district's own affair: its encoding may be any. So is what a Mac puts beside the parts.
    """
    if not _LEADS.search(content(book, "_rels/.rels")):
        raise Refused("FILE_UNREADABLE", "the package does not lead to its workbook")
    roots = {r.target: _ROOTS[r.kind] for r in relationships(book, WORKBOOK) if r.target and r.kind in _ROOTS}
    for name in members(book):
        wanted = roots.get(name) or (b"Relationships" if name.endswith(".rels") else b"Types" if name == TYPES else b"")
        root = _ROOT.search(_start(book, name)) if wanted else None
        if wanted and (not root or root[1] != wanted):
            raise Refused("FILE_UNREADABLE", f"{name} is something else")
    for info in book.package.infolist():
        name = info.filename
        if name in book.dropped or name in book.changed:
            continue
        found = book.read.get(name) or raw(book, name)
        if not name.lower().startswith(_THEIRS):
            _parsed(name, found)
    for name, pieces in book.changed.items():
        if name.lower() in book.members:  # what is new is written by us, whole
            _parsed(name, b"".join(pieces))


def _start(book: Book, name: str) -> bytes:
    if name in book.changed:
        return bytes(book.changed[name][0][:4096])
    found = book.read.get(name)
    return found[:4096] if found else parts.head(book.package, book.members[name.lower()], 4096)


def _parsed(name: str, xml: bytes) -> None:
    if not name.lower().endswith((".xml", ".rels")):
        return
    try:
        _well_formed(xml) if len(xml) < _REPEATED else _parse(xml)
    except (expat.ExpatError, ValueError, LookupError) as why:
        raise Refused("FILE_UNREADABLE", f"{name}: {why}") from why


def _parse(xml: bytes) -> None:
    """Raises ExpatError, ValueError or LookupError."""
    expat.ParserCreate(namespace_separator=" ").Parse(xml, True)


_well_formed = lru_cache(maxsize=64)(_parse)
"""Files that were made from one template share most of their small parts."""
