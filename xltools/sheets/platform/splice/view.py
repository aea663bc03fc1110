"""Which sheets are shown (显示哪些工作表) after a step without macros: what the buttons do in an open workbook."""

from __future__ import annotations

import re
from collections.abc import Sequence

from xltools.catalogue.phases import after, remarks
from xltools.sheets.ooxml.book import Book, content, tags
from xltools.sheets.ooxml.worksheets import WORKBOOK
from xltools.sheets.ooxml.xmlbytes import INSIDE, attributes, prefix, with_attribute, without
from xltools.sheets.platform.contents import Contents
from xltools.sheets.platform.splice.facts import named, text_written, value

PHASE = "阶段"


def view_followed(book: Book, contents: Contents, done: str, strings: Sequence[bytes]) -> None:
    """Show the sheets of the phase that 首页 says, else of the ledger's; another one where the next step looks elsewhere.

    `done` is the verb whose work is done. The sheet that lies on top stays, and so do sheets of the staff's own and a
    workbook whose structure is protected.
    """
    place = next(((member, top, left) for name, member, top, left in named(book) if name == PHASE), None)
    xml = content(book, WORKBOOK)
    if place is None or any(_is(attributes(t).get("lockStructure")) for t in tags(xml, "workbookProtection")):
        return
    said = str(value(book, *place, strings))
    chosen = said if said in {p.name for p in contents.phases} else contents.phase.name
    phase = after(contents.phases, contents.buttons, done, chosen)
    if phase.name != said:
        text_written(book, *place, phase.name)
    top = int(next((attributes(t).get("activeTab", "0") for t in tags(xml, "workbookView")), "0"))
    number = -1

    def shown(match: re.Match[bytes]) -> bytes:
        nonlocal number
        number += 1
        name = attributes(match[0]).get("name", "")
        if name not in remarks() or attributes(match[0]).get("state") == "veryHidden":
            return match[0]
        if name in phase.sheets or number == top:
            return without(match[0], b"state")
        return with_attribute(match[0], b"state", b"hidden")

    new = re.sub(rb"<%ssheet(?=\s)%s>" % (prefix(xml), INSIDE), shown, xml)
    if new != xml:
        book.changed[WORKBOOK] = [new]


def _is(given: str | None) -> bool:
    return given in ("1", "true")
