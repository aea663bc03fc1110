"""Rows that openpyxl never sees (不经手的行): most of a district's file goes back byte for byte.

Before openpyxl loads a sheet, the rows that nobody will mark are taken out of its XML, and after it has saved they
are put back as they were. In the rows that it does see, formulas are replaced by TRUE: it would forget their values,
which phone previews show and readers read, and write every shared formula out in full. Shared strings keep their
numbers; new text is added behind them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from openpyxl.utils import column_index_from_string, get_column_letter

from xltools.sheets.returned.fontorder import in_order

_DATA = re.compile(rb"<sheetData>(.*)</sheetData>|<sheetData\s*/>", re.DOTALL)
_ROW = re.compile(rb"<row\b([^>]*?)(?:/>|>(.*?)</row>)", re.DOTALL)
_NUMBER = re.compile(rb"\br=[\"'](\d+)[\"']")
_FORMULA = re.compile(
    rb"<c (?P<attributes>[^>]*[^/>])>(?P<inside><f(?:\s[^>]*)?(?:/>|>[^<]*</f>)(?:<v[^>]*/>|<v[^>]*>[^<]*</v>)?)</c>"
)
_CELL = re.compile(rb"\br=[\"']([A-Z]+[0-9]+)[\"']")
_TYPE = re.compile(rb"\s*\bt=[\"'](\w+)[\"']")
_STAND_IN = b' t="b"><v>1</v></c>'  # what openpyxl sees in place of a formula
_STOOD_IN = re.compile(rb"<c ([^>]*[^/>])" + _STAND_IN)
_FILLED = re.compile(rb"\br=[\"']([A-Z]+)[0-9]+[\"'][^>]*[^/>]><")
_STRING = re.compile(rb"<c ([^>]*?)\bt=[\"']s[\"']([^>]*)><v>(\d+)</v></c>")
_INLINE = re.compile(rb' t="inlineStr"><is[^>]*>(.*?)</is></c>', re.DOTALL)
_ROOT = re.compile(rb"<worksheet\b([^>]*)>")
_DECLARED = re.compile(rb"\s(?:xmlns:\w+|\w+:Ignorable)=(?:\"[^\"]*\"|'[^']*')")
_MERGED = re.compile(rb"<mergeCell\s+ref=[\"'][A-Z]+(\d+):[A-Z]+(\d+)[\"']")
_IGNORED = re.compile(rb"<ignoredErrors\b.*?</ignoredErrors>", re.DOTALL)
_AFTER_IGNORED = re.compile(rb"<(?:legacyDrawing|tableParts)\b|</worksheet>")
_DIMENSION = re.compile(rb'<dimension ref="[^"]*"')


class NotPlain(Exception):
    """A sheet written in a way that its rows cannot be told apart by text alone."""


@dataclass(frozen=True)
class Kept:
    """What of a sheet does not pass through openpyxl: rows by number, formulas with type and value by cell."""

    rows: dict[int, bytes]
    formulas: dict[bytes, tuple[bytes, bytes]]
    declared: tuple[bytes, ...]
    ignored: bytes
    last_row: int
    last_column: int
    """Where the last cells with anything in them stand, 1-based; 0 in an empty sheet."""


def withhold(sheet: bytes, seen: Collection[int] | None, strings: Sequence[bytes]) -> tuple[bytes, Kept]:
    """A sheet's XML as openpyxl shall see it, and the rest.

    `seen` are the rows (1-based) to be seen, None for all; the first row of a merged range that reaches into them is
    seen as well. `strings` is the inside of each shared string: what is seen carries its text itself. Raises NotPlain.
    """
    data, root = _DATA.search(sheet), _ROOT.search(sheet)
    if data is None or root is None:
        raise NotPlain
    if seen is not None:
        spans = [(int(a), int(b)) for a, b in _MERGED.findall(sheet)]
        seen = {*seen, *(a for a, b in spans if any(a <= row <= b for row in seen))}
    formulas: dict[bytes, tuple[bytes, bytes]] = {}

    def text(match: re.Match[bytes]) -> bytes:
        inside = strings[int(match[3])]
        if b"x005F_" in inside:  # openpyxl reads an escaped underscore and does not write it back
            cell = _CELL.search(match[0])
            if cell is None:
                raise NotPlain
            formulas[cell[1]] = (b"s", b"<v>%s</v>" % match[3])
            return b"<c " + match[1].rstrip() + match[2] + _STAND_IN
        if not inside:
            return b"<c %s%s/>" % (match[1], match[2])
        return b'<c %st="inlineStr"%s><is>%s</is></c>' % (match[1], match[2], inside)

    def stand_in(match: re.Match[bytes]) -> bytes:
        cell = _CELL.search(match["attributes"])
        if cell is None:
            raise NotPlain
        kind = _TYPE.search(match["attributes"])
        formulas[cell[1]] = (kind[1] if kind else b"n", match["inside"])
        return b"<c " + _TYPE.sub(b"", match["attributes"]) + _STAND_IN

    shown, rows, last = [], {}, 0
    for match in _ROW.finditer(data[1] or b""):
        found = _NUMBER.search(match[1])
        if found is None or int(found[1]) in rows:
            raise NotPlain
        number = int(found[1])
        rows[number] = match[0]
        if _FILLED.search(match[2] or b""):
            last = max(last, number)
        if seen is None or number in seen:
            shown.append(_STRING.sub(text, _FORMULA.sub(stand_in, rows[number])))
    if (data[1] or b"").count(b"<row") != len(rows):
        raise NotPlain
    hidden = {n: row for n, row in rows.items() if seen is not None and n not in seen}
    letters = set(_FILLED.findall(data[1] or b""))
    ignored = _IGNORED.search(sheet)
    kept = Kept(
        hidden,
        formulas,
        tuple(_DECLARED.findall(root[1])),
        ignored[0] if ignored else b"",
        last,
        max((column_index_from_string(letter.decode()) for letter in letters), default=0),
    )
    return b"%s<sheetData>%s</sheetData>%s" % (sheet[: data.start()], b"".join(shown), sheet[data.end() :]), kept


def put_back(sheet: bytes, kept: Kept, number_of: Callable[[bytes], int]) -> bytes:
    """A saved sheet's XML with everything that was withheld; `number_of` gives a shared string's number."""
    data, root = _DATA.search(sheet), _ROOT.search(sheet)
    if data is None or root is None:
        raise ValueError("openpyxl wrote a worksheet without sheetData")

    def original(match: re.Match[bytes]) -> bytes:
        cell = _CELL.search(match[1])
        if cell is None or cell[1] not in kept.formulas:
            return match[0]
        kind, inside = kept.formulas[cell[1]]
        return b'<c %s t="%s">%s</c>' % (match[1], kind, inside)

    content = _STOOD_IN.sub(original, data[1] or b"")
    content = share(content, number_of)
    saved = {int(_NUMBER.search(m[1])[1]): m[0] for m in _ROW.finditer(content)}  # type: ignore[index]
    rows = sorted((saved | kept.rows).items())
    letters = set(_FILLED.findall(content))
    last = max([kept.last_column, 1, *(column_index_from_string(letter.decode()) for letter in letters)])
    area = f'<dimension ref="A1:{get_column_letter(last)}{max([1, *(n for n, _ in rows)])}"'.encode()
    new = b"".join(d for d in kept.declared if d.split(b"=")[0].strip() not in root[0])
    head = _DIMENSION.sub(area, root[0][:-1] + new + b">" + sheet[root.end() : data.start()], count=1)
    tail = sheet[data.end() :]
    if kept.ignored and (after := _AFTER_IGNORED.search(tail)):
        tail = tail[: after.start()] + kept.ignored + tail[after.start() :]
    return b"%s%s<sheetData>%s</sheetData>%s" % (sheet[: root.start()], head, b"".join(row for _, row in rows), tail)


def share(content: bytes, number_of: Callable[[bytes], int]) -> bytes:
    """Cells that carry their text, with the number of a shared string instead, as Excel saves them."""
    return _INLINE.sub(lambda match: b' t="s"><v>%d</v></c>' % number_of(in_order(match[1])), content)
