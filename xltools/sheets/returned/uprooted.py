"""What still names a part that was taken out of a workbook (断了的引用): forgotten, so that the workbook opens."""

from __future__ import annotations

import re
from collections.abc import Collection

from xltools.sheets.ooxml.book import Book, content, find, raw, relationships
from xltools.sheets.ooxml.cut import Cut, members, unnamed, without_elements
from xltools.sheets.ooxml.xmlbytes import INSIDE, without

_CHOICE = re.compile(rb"<mc:AlternateContent\b(?:(?!<mc:AlternateContent\b).)*?</mc:AlternateContent\s*>", re.DOTALL)
_EMPTY = re.compile(
    rb"<mc:AlternateContent\b[^>]*>\s*<mc:Choice\b[^>]*>\s*</mc:Choice\s*>\s*(?:<mc:Fallback\s*/>|<mc:Fallback\s*>\s*"
    rb"</mc:Fallback\s*>)?\s*</mc:AlternateContent\s*>"
)
_SHAPE_ID = re.compile(rb"<(?:[\w.-]+:)?(?:oleObject|control)\s[^>]*?\bshapeId\s*=\s*[\"'](\d+)[\"']")
_IN_SHEETS = ("oleObject", "package", "control")


def references_forgotten(book: Book, cut: Cut) -> None:
    """The elements of a part that named what is gone go with it; of what else named it the attribute goes."""
    if not cut.part or cut.part in book.dropped:
        return
    if cut.kind in _IN_SHEETS and find(book, cut.part).lower().startswith("xl/worksheets/"):
        _sheet(book, cut)
    elif cut.kind == "externalLink":
        xml = content(book, cut.part)
        new = without_elements(xml, b"externalReference", lambda e: _names(e, cut.id))
        new = re.sub(rb"<((?:[\w.-]+:)?externalReferences)(?:\s[^>]*)?>\s*</\1\s*>", b"", new)
        book.changed[cut.part] = [new]
    elif cut.kind == "package":
        xml = content(book, cut.part)
        book.changed[cut.part] = [without_elements(xml, b"externalData", lambda e: _names(e, cut.id))]
    elif cut.kind == "queryTable" and "/tables/" in cut.part:
        xml = content(book, cut.part)
        opening = re.search(rb"<(?:[\w.-]+:)?table\s%s>" % INSIDE, xml)
        if opening:
            xml = xml[: opening.start()] + without(opening[0], b"tableType", b"connectionId") + xml[opening.end() :]
        book.changed[cut.part] = [re.sub(rb"\squeryTableFieldId\s*=\s*(?:\"\d*\"|'\d*')", b"", xml)]
    unnamed(book, cut)


def connections_forgotten(book: Book, kinds: Collection[str]) -> None:
    """Pivot tables and maps keep what they show; of the connections that are gone they know nothing."""
    if "connections" not in kinds and "powerPivotData" not in kinds:
        return
    for name in members(book):
        small = name.lower()
        if re.fullmatch(r"xl/pivotcache/pivotcachedefinition[^/]*\.xml", small):
            xml = content(book, name)
            new = re.sub(
                rb"<(?:[\w.-]+:)?(?:cacheSource|pivotCacheDefinition)\s%s>" % INSIDE,
                lambda m: without(m[0], b"connectionId", b"refreshOnLoad"),
                xml,
            )
        elif small == "xl/xmlmaps.xml":
            xml = content(book, name)
            new = re.sub(rb"\sConnectionID\s*=\s*(?:\"\d*\"|'\d*')", b"", xml)
        elif small == "xl/workbook.xml":
            xml = content(book, name)
            new = without_elements(xml, b"ext", lambda e: b":dataModel" in e)
        else:
            continue
        if new != xml:
            book.changed[name] = [new]


def _names(element: bytes, id_: str) -> bool:
    return bool(re.search(rb":id\s*=\s*[\"']%s[\"']" % re.escape(id_.encode()), element))


def _sheet(book: Book, cut: Cut) -> None:
    """The object or control of a sheet, and the shape by which it is seen."""
    xml = content(book, cut.part)
    at = max(xml.rfind(b"sheetData"), 0)
    tail, ids = xml[at:], set[bytes]()

    def gone(found: bytes) -> bool:
        if _names(found, cut.id):
            ids.update(_SHAPE_ID.findall(found))
            return True
        return False

    names = b"control" if cut.kind == "control" else b"oleObject"
    tail = _CHOICE.sub(lambda m: b"" if re.search(rb"<(?:[\w.-]+:)?%s\s" % names, m[0]) and gone(m[0]) else m[0], tail)
    tail = without_elements(tail, names, gone)
    tail = re.sub(rb"<((?:[\w.-]+:)?(?:oleObjects|controls))(?:\s[^>]*)?>\s*</\1\s*>", b"", tail)
    book.changed[cut.part] = [xml[:at] + _EMPTY.sub(b"", tail)]
    if ids:
        for r in relationships(book, cut.part):
            if r.target and r.kind in ("vmlDrawing", "drawing"):
                _shapes(book, r.target, ids)


def _shapes(book: Book, name: str, ids: Collection[bytes]) -> None:
    xml = raw(book, name)
    spids = re.compile(rb"[\"']_x0000_s(?:%s)[\"']" % b"|".join(sorted(ids)))
    if name.lower().endswith(".vml"):
        new = re.sub(
            rb"<v:shape(?=\s).*?</v:shape>",
            lambda m: b"" if spids.search(m[0][: m[0].index(b">") + 1]) else m[0],
            xml,
            flags=re.DOTALL,
        )
    else:
        new = _CHOICE.sub(lambda m: b"" if spids.search(m[0]) and b"Anchor" in m[0] else m[0], xml)
        for anchor in (b"twoCellAnchor", b"oneCellAnchor", b"absoluteAnchor"):
            new = without_elements(new, anchor, lambda a: bool(spids.search(a)))
    if new != xml:
        book.changed[name] = [new]
