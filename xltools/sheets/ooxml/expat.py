"""XML parts read by expat: no document types, no entities, faults as refusals."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from xml.parsers import expat

from xltools.sheets.ooxml.refused import Refused

DEPTH = 256
"""How deep elements may lie in each other: no program writes more than some ten, and a handler looks at where it is."""


def parser(name: str) -> expat.XMLParserType:
    """An expat parser that refuses document types, and with them every entity. Raises Refused later."""
    made = expat.ParserCreate()

    def refuse(*_: object) -> None:
        raise Refused("FILE_DTD", name)

    made.StartDoctypeDeclHandler = refuse
    made.EntityDeclHandler = refuse
    made.buffer_text = True
    return made


def bounded(depth: int, name: str) -> None:
    """Raises Refused (FILE_UNREADABLE) deeper than DEPTH."""
    if depth > DEPTH:
        raise Refused("FILE_UNREADABLE", f"{name}: XML nested too deeply")


def feed(made: expat.XMLParserType, pieces: Iterable[bytes], name: str) -> None:
    """Raises Refused (FILE_UNREADABLE) where the XML is not well-formed."""
    for _ in fed(made, pieces, name):
        pass


def fed(made: expat.XMLParserType, pieces: Iterable[bytes], name: str) -> Iterator[None]:
    """The same step by step, for who takes away between the pieces what the handlers made of them."""
    try:
        for piece in pieces:
            made.Parse(piece, False)
            yield
        made.Parse(b"", True)
    except (expat.ExpatError, ValueError, LookupError) as why:
        raise Refused("FILE_UNREADABLE", f"{name}: {why}") from why
