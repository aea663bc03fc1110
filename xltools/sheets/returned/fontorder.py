"""Font properties in the order of the schema (ECMA-376 Part 1, 18.8.22 and 18.4.7); openpyxl has its own."""

from __future__ import annotations

import re

_PROPERTIES = re.compile(rb"<(font|rPr)>(.*?)</\1>", re.DOTALL)
_ORDER = (
    b"b", b"i", b"strike", b"condense", b"extend", b"outline", b"shadow", b"u", b"vertAlign", b"sz", b"color",
    b"name", b"rFont", b"family", b"charset", b"scheme",
)  # fmt: skip


def in_order(xml: bytes) -> bytes:
    """The XML of styles or of a text with every font's properties in order; what is no property comes last."""
    return _PROPERTIES.sub(_sorted, xml)


def _sorted(font: re.Match[bytes]) -> bytes:
    parts = re.findall(rb"<(\w+)([^>]*/>)", font[2])
    parts.sort(key=lambda part: _ORDER.index(part[0]) if part[0] in _ORDER else len(_ORDER))
    return b"<%s>%s</%s>" % (font[1], b"".join(b"<" + name + rest for name, rest in parts), font[1])
