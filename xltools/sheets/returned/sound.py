"""Whether a package that is about to go out is whole (完好): every member inflates, every part is well-formed XML."""

from __future__ import annotations

from xml.parsers import expat

from xltools.sheets.ooxml.book import Book, raw
from xltools.sheets.ooxml.refused import Refused


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
