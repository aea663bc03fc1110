"""Shared formulas (共享公式) of other cells whose first cell stood in one of our tables: each gets its own text.

A cell of a shared formula has only a number; the text stands in the first one (ECMA-376 part 1, 18.3.1.40).
"""

from __future__ import annotations

import re
from html import escape, unescape

from openpyxl.formula.translate import Translator

from xltools.sheets.ooxml.xmlbytes import INSIDE, attributes

_CELL = re.compile(
    rb"(?P<cell><(?P<p>\w+:)?c\s(?P<given>%s)>)<(?:\w+:)?f(?P<f>\s%s)(?:/>|>(?P<text>[^<]*)</(?:\w+:)?f>)"
    % (INSIDE, INSIDE)
)


def rescued(old: bytes, new: bytes) -> bytes:
    """The new sheet, with the text of formulas that lost it to the change."""
    if b"shared" not in old:
        return new
    masters = _masters(old)
    lost = masters.keys() - _masters(new).keys()
    if not lost:
        return new

    def own(match: re.Match[bytes]) -> bytes:
        f = attributes(match["f"])
        if f.get("t") != "shared" or f.get("si") not in lost:
            return match[0]
        origin, text = masters[f["si"]]
        place = attributes(b" " + match["given"]).get("r", origin)
        moved = str(Translator("=" + text, origin=origin).translate_formula(place))[1:]
        p = match["p"] or b""
        return b"%s<%sf>%s</%sf>" % (match["cell"], p, escape(moved, quote=False).encode(), p)

    return _CELL.sub(own, new)


def _masters(xml: bytes) -> dict[str, tuple[str, str]]:
    out = {}
    for match in _CELL.finditer(xml):
        f = attributes(match["f"])
        if f.get("t") == "shared" and match["text"]:
            out[f.get("si", "")] = (attributes(b" " + match["given"]).get("r", "A1"), unescape(match["text"].decode()))
    return out
