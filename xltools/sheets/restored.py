"""What openpyxl forgets or writes oddly, put right in the parts that it saved (补回).

Formulas never pass through it: it would forget their values, which phone previews show and readers read, and
write every shared formula out in full. They are taken out of a sheet before loading and put back after saving, and
so are the notes on which green triangles to ignore. Text becomes shared strings and fonts get the order of the
schema (ECMA-376 Part 1, 18.8.22), as Excel itself saves them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

STRINGS, STYLES = "xl/sharedStrings.xml", "xl/styles.xml"

_FORMULA = re.compile(
    rb"<c (?P<attributes>[^>]*[^/>])>(?P<inside><f(?:\s[^>]*)?(?:/>|>[^<]*</f>)(?:<v[^>]*/>|<v[^>]*>[^<]*</v>)?)</c>"
)
_CELL = re.compile(rb"\br=[\"']([A-Z]+[0-9]+)")
_TYPE = re.compile(rb"\s*\bt=[\"'](\w+)[\"']")
_STAND_IN = b' t="b"><v>1</v></c>'  # what openpyxl sees in place of a formula
_STOOD_IN = re.compile(rb"<c ([^>]*[^/>])" + _STAND_IN)
_IGNORED = re.compile(rb"<ignoredErrors\b.*?</ignoredErrors>", re.DOTALL)
_AFTER_IGNORED = re.compile(rb"<(?:legacyDrawing|tableParts)\b|</worksheet>")
_INLINE = re.compile(rb' t="inlineStr"><is[^>]*>(.*?)</is></c>', re.DOTALL)
_FONT = re.compile(rb"<font>(.*?)</font>", re.DOTALL)
_FONT_ORDER = (
    b"b", b"i", b"strike", b"condense", b"extend", b"outline", b"shadow", b"u", b"vertAlign", b"sz", b"color",
    b"name", b"family", b"charset", b"scheme",
)  # fmt: skip
_MAIN = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"


@dataclass(frozen=True)
class Kept:
    """What of a sheet does not pass through openpyxl: cell -> (its type, its formula and value), ignoredErrors."""

    formulas: dict[bytes, tuple[bytes, bytes]]
    ignored: bytes


def without_formulas(sheet: bytes) -> tuple[bytes, Kept]:
    """A sheet's XML with TRUE in place of every formula, and what was taken out."""
    formulas: dict[bytes, tuple[bytes, bytes]] = {}

    def stand_in(match: re.Match[bytes]) -> bytes:
        attributes = match["attributes"]
        cell = _CELL.search(attributes)
        if cell is None:
            return match[0]
        kind = _TYPE.search(attributes)
        formulas[cell[1]] = (kind[1] if kind else b"n", match["inside"])
        return b"<c " + _TYPE.sub(b"", attributes) + _STAND_IN

    sheet = _FORMULA.sub(stand_in, sheet)
    ignored = _IGNORED.search(sheet)
    return sheet, Kept(formulas, ignored[0] if ignored else b"")


def restored(parts: Mapping[str, bytes], kept: Mapping[str, Kept]) -> dict[str, bytes]:
    """The parts of a saved workbook, put right; `kept` by the name of a sheet's part."""
    out = dict(parts)
    strings: dict[bytes, int] = {}
    uses = 0

    def shared(match: re.Match[bytes]) -> bytes:
        nonlocal uses
        uses += 1
        return b' t="s"><v>%d</v></c>' % strings.setdefault(match[1], len(strings))

    for name, content in parts.items():
        if name.startswith("xl/worksheets/") and name.endswith(".xml"):
            out[name] = _INLINE.sub(shared, _with_formulas(content, kept[name]) if name in kept else content)
    items = b"".join(b"<si>%s</si>" % text for text in strings)
    out[STRINGS] = b'<sst xmlns="%s" count="%d" uniqueCount="%d">%s</sst>' % (_MAIN, uses, len(strings), items)
    out[STYLES] = _FONT.sub(_ordered, parts[STYLES])
    return out


def _with_formulas(content: bytes, kept: Kept) -> bytes:
    def original(match: re.Match[bytes]) -> bytes:
        cell = _CELL.search(match[1])
        if cell is None or cell[1] not in kept.formulas:
            return match[0]
        kind, inside = kept.formulas[cell[1]]
        return b'<c %s t="%s">%s</c>' % (match[1], kind, inside)

    if kept.formulas:
        content = _STOOD_IN.sub(original, content)
    if kept.ignored:
        after = _AFTER_IGNORED.search(content, content.rfind(b"</sheetData>"))
        if after:
            content = content[: after.start()] + kept.ignored + content[after.start() :]
    return content


def _ordered(font: re.Match[bytes]) -> bytes:
    parts = re.findall(rb"<(\w+)([^>]*/>)", font[1])
    parts.sort(key=lambda part: _FONT_ORDER.index(part[0]) if part[0] in _FONT_ORDER else len(_FONT_ORDER))
    return b"<font>%s</font>" % b"".join(b"<" + name + rest for name, rest in parts)
