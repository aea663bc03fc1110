"""Whether a package that is about to go out is whole (完好): every member inflates, every part is well-formed XML."""

from __future__ import annotations

from xml.parsers import expat

from xltools.sheets.ooxml.book import Book, content, raw
from xltools.sheets.ooxml.refused import Refused

_SMALL = 1 << 20
"""Bytes of a part in which there is no room for too much."""
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

    Custom XML is the district's own affair: its encoding may be any.
    """
    for info in book.package.infolist():
        name = info.filename
        if name in book.dropped or name in book.changed:
            continue
        found = book.read.get(name) or raw(book, name)
        if not name.lower().startswith("customxml/"):
            _parsed(name, found)
    for name, pieces in book.changed.items():
        if name.lower() in book.members:  # what is new is written by us, whole
            _parsed(name, b"".join(pieces))


def _parsed(name: str, xml: bytes) -> None:
    if not name.lower().endswith((".xml", ".rels")):
        return
    try:
        expat.ParserCreate(namespace_separator=" ").Parse(xml, True)
    except (expat.ExpatError, ValueError, LookupError) as why:
        raise Refused("FILE_UNREADABLE", f"{name}: {why}") from why
