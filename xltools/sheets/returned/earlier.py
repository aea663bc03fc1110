"""Which rows of a file bear marks of an earlier round, told from its raw parts without loading it."""

from __future__ import annotations

import re
from collections.abc import Mapping

from xltools.sheets.returned.errorcolumn import ERRORS
from xltools.sheets.returned.problemsheet import ERROR, WARNING

_FILL = re.compile(rb"<fill>.*?</fill>|<fill\s*/>", re.DOTALL)
_XF = re.compile(rb"<xf\b[^>]*>")
_FILL_ID = re.compile(rb'\bfillId="(\d+)"')
_ITEM = re.compile(rb"<si>(.*?)</si>|<si\s*/>", re.DOTALL)
_NOTE = re.compile(rb"<comment\s[^>]*\bref=\"[A-Z]+(\d+)\"")


def rows(parts: Mapping[str, bytes], sheet: bytes) -> set[int]:
    """Rows (1-based) with a fill, a note or a text in the 错误信息 column of ours; a few too many do no harm."""
    styles = "|".join(map(str, _painted(parts.get("xl/styles.xml", b"")))).encode()
    found = re.findall(rb'<c r="[A-Z]+(\d+)"[^>]*\bs="(?:%s)"' % styles, sheet) if styles else []
    for column in _columns(parts.get("xl/sharedStrings.xml", b""), sheet):
        found += re.findall(rb'<c r="%s(\d+)"[^>]*[^/]><' % column, sheet)
    for name, content in parts.items():
        if name.startswith("xl/comments") and name.endswith(".xml"):
            found += _NOTE.findall(content)  # anybody's: LibreOffice forgets who wrote them
    return set(map(int, found))


def _painted(styles: bytes) -> list[int]:
    """Cell styles with a fill of ours."""
    fills, _, rest = styles.partition(b"</fills>")
    ours = {i for i, fill in enumerate(_FILL.findall(fills)) if ERROR.encode() in fill or WARNING.encode() in fill}
    cells = rest[rest.find(b"<cellXfs") : rest.find(b"</cellXfs>")]
    ids = [_FILL_ID.search(xf) for xf in _XF.findall(cells)]
    return [i for i, found in enumerate(ids) if found and int(found[1]) in ours]


def _columns(strings: bytes, sheet: bytes) -> set[bytes]:
    """Letters of the columns with a cell 错误信息."""
    word = f">{ERRORS}<".encode()
    numbers = (
        [str(i).encode() for i, m in enumerate(_ITEM.finditer(strings)) if word in m[0]] if word in strings else []
    )
    shared = rb'<c r="([A-Z]+)\d+"[^>]*\bt="s"[^>]*><v>(?:%s)</v>' % b"|".join(numbers)
    inline = rb'<c r="([A-Z]+)\d+"[^>]*><is>(?:(?!</is>).)*%s' % word
    return {*(re.findall(shared, sheet) if numbers else ()), *(re.findall(inline, sheet) if word in sheet else ())}
