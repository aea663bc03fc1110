"""workbook.xml (工作簿部件): our print areas, recalculation on opening; and the order of calculation goes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from xltools.sheets.ooxml.book import Book, content
from xltools.sheets.ooxml.workbookpart import names
from xltools.sheets.ooxml.worksheets import WORKBOOK
from xltools.sheets.ooxml.xmlbytes import attributes, element, prefix, with_attribute
from xltools.sheets.platform.splice.refs import Move, area

_BEHIND = (
    "oleSize", "customWorkbookViews", "pivotCaches", "smartTagPr", "smartTagTypes", "webPublishing",
    "fileRecoveryPr", "webPublishObjects", "extLst",
)  # fmt: skip
"""What follows calcPr in a workbook: ECMA-376 part 1, 18.2.27."""
_OURS = ("_xlnm.Print_Area", "_xlnm._FilterDatabase")


def update_workbook(book: Book, moves: Mapping[int, Sequence[Move]]) -> None:
    """Print areas of the sheets that `moves` names by their index follow their tables; Excel calculates on opening."""
    xml = given = content(book, WORKBOOK)
    for match in reversed(names(xml)):
        tag = attributes(match["open"])
        own = moves.get(int(tag.get("localSheetId", -1)), ())
        if own and tag.get("name") in _OURS:
            new = area(match["text"].decode(), own).encode()
            xml = xml[: match.start("text")] + new + xml[match.end("text") :]
    xml = _calculated(xml)
    if xml != given:
        book.changed[WORKBOOK] = [xml]


def _calculated(xml: bytes) -> bytes:
    found = element(xml, "calcPr")
    if found:
        tag = with_attribute(found["open"], b"fullCalcOnLoad", b"1")
        return xml[: found.start("open")] + tag + xml[found.end("open") :]
    p = prefix(xml)
    places = [re.search(rb"<%s%s(?=[\s/>])" % (p, name.encode()), xml) for name in _BEHIND]
    place = min([m.start() for m in places if m], default=xml.rindex(b"</%sworkbook" % p))
    return xml[:place] + b'<%scalcPr fullCalcOnLoad="1"/>' % p + xml[place:]
