"""What stands around the rows of a sheet (行外的部分): columns before them, lists and single elements behind them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from xltools.sheets.ooxml.xmlbytes import INSIDE, attributes, inserted, naming, prefix, siblings, with_attribute

ORDER = (
    "sheetData", "sheetCalcPr", "sheetProtection", "protectedRanges", "scenarios", "autoFilter", "sortState",
    "dataConsolidate", "customSheetViews", "mergeCells", "phoneticPr", "conditionalFormatting", "dataValidations",
    "hyperlinks", "printOptions", "pageMargins", "pageSetup", "headerFooter", "rowBreaks", "colBreaks",
    "customProperties", "cellWatches", "ignoredErrors", "smartTags", "drawing", "legacyDrawing", "legacyDrawingHF",
    "drawingHF", "picture", "oleObjects", "controls", "webPublishItems", "tableParts", "extLst",
)  # fmt: skip
"""What follows the rows of a sheet: ECMA-376 part 1, 18.3.1.99."""


def tail_at(xml: bytes) -> int:
    """Where the tail of a sheet begins: at `</sheetData>`, or behind an empty one."""
    p = prefix(xml)
    found = xml.rfind(b"</%ssheetData" % p)
    return found if found >= 0 else xml.index(b"<%ssheetData" % p)


def more(tail: bytes, name: str, entries: Sequence[bytes]) -> bytes:
    """The tail of a sheet with more entries in one of its lists."""
    cut = tail.index(b">") + 1
    return tail[:cut] + inserted(tail[cut:], ORDER, name, entries)


def placed(tail: bytes, name: str, whole: bytes) -> bytes:
    """The tail of a sheet with an element of that name, in place of the one that stands there; b"" takes it out."""
    cut, place = tail.index(b">") + 1, 0
    rest = tail[cut:]
    for sibling, start, end, _ in siblings(rest):
        if sibling == name:
            return tail[:cut] + rest[:start] + whole + rest[end:]
        if sibling in ORDER and ORDER.index(sibling) <= ORDER.index(name):
            place = end
    return tail[:cut] + rest[:place] + whole + rest[place:]


def before(tail: bytes, name: str, whole: bytes) -> bytes:
    """The tail with an element before the first of its name, where there is one."""
    cut = tail.index(b">") + 1
    for sibling, start, _, _ in siblings(tail[cut:]):
        if sibling == name:
            return tail[: cut + start] + whole + tail[cut + start :]
    return placed(tail, name, whole)


def child(tail: bytes, name: str) -> bytes:
    """An element of the tail as it is written, b"" where there is none."""
    cut = tail.index(b">") + 1
    return next((tail[cut + a : cut + b] for s, a, b, _ in siblings(tail[cut:]) if s == name), b"")


def related(xml: bytes, name: bytes, id_: str) -> bytes:
    """An empty element of a sheet that names a relationship; `name` without the prefix of the sheet."""
    return b"<%s%s%s/>" % (prefix(xml), name, naming(xml, id_))


def columns(xml: bytes) -> list[tuple[bytes, int, int]]:
    """The definitions of columns: the tag, the first and the last column (1-based)."""
    p = prefix(xml)
    head = xml[: xml.index(b"<%ssheetData" % p)]
    out = []
    for tag in re.findall(rb"<%scol\s%s(?:/>|>\s*</%scol\s*>)" % (p, INSIDE, p), head):
        given = attributes(tag)
        out.append((tag, int(given.get("min", 1)), int(given.get("max", 1))))
    return out


def column_put(xml: bytes, column: int, own: bytes) -> bytes:
    """The sheet with that definition of one column: an entry may stand for several, the column is cut out of it."""
    p = prefix(xml)
    every = [(column, own)]
    for tag, first, last in columns(xml):
        if not first <= column <= last:
            every.append((first, tag))
            continue
        for a, b in ((first, column - 1), (column + 1, last)):
            if a <= b:
                part = with_attribute(with_attribute(tag, b"min", str(a).encode()), b"max", str(b).encode())
                every.append((a, part))
    whole = b"<%scols>%s</%scols>" % (p, b"".join(tag for _, tag in sorted(every)), p)
    there = re.search(rb"<%scols(?:\s[^>]*)?>.*?</%scols>" % (p, p), xml, re.DOTALL)
    data = xml.index(b"<%ssheetData" % p)
    return xml[: there.start()] + whole + xml[there.end() :] if there else xml[:data] + whole + xml[data:]
