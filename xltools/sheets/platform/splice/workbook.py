"""workbook.xml (工作簿部件): our print areas, recalculation on opening; and the order of calculation goes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from xltools.sheets.ooxml.book import TYPES, Book, content, find, relationships
from xltools.sheets.ooxml.relationships import relationships_of
from xltools.sheets.ooxml.worksheets import WORKBOOK
from xltools.sheets.ooxml.xmlbytes import INSIDE, attributes, element, prefix, with_attribute
from xltools.sheets.platform.splice.refs import Move, area

_BEHIND = (
    "oleSize", "customWorkbookViews", "pivotCaches", "smartTagPr", "smartTagTypes", "webPublishing",
    "fileRecoveryPr", "webPublishObjects", "extLst",
)  # fmt: skip
"""What follows calcPr in a workbook: ECMA-376 part 1, 18.2.27."""
_OURS = ("_xlnm.Print_Area", "_xlnm._FilterDatabase")


def names(xml: bytes) -> list[re.Match[bytes]]:
    """The defined names: groups `open` (the tag), `text`."""
    p = prefix(xml)
    pattern = rb"(?P<open><%sdefinedName(?=\s)%s>)(?P<text>[^<]*)</%sdefinedName>" % (p, INSIDE, p)
    return list(re.finditer(pattern, xml))


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


def _calculated(xml: bytes) -> bytes:
    found = element(xml, "calcPr")
    if found:
        tag = with_attribute(found["open"], b"fullCalcOnLoad", b"1")
        return xml[: found.start("open")] + tag + xml[found.end("open") :]
    p = prefix(xml)
    places = [re.search(rb"<%s%s(?=[\s/>])" % (p, name.encode()), xml) for name in _BEHIND]
    place = min([m.start() for m in places if m], default=xml.rindex(b"</%sworkbook" % p))
    return xml[:place] + b'<%scalcPr fullCalcOnLoad="1"/>' % p + xml[place:]
