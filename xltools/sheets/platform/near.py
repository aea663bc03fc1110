"""Cells near our tables (表附近的格): what somebody left far away is never loaded.

calamine allocates the whole rectangle up to a sheet's last cell, and one at XFD1048576 ends the process. Such a sheet
is read from a copy in memory without what stands right of its tables or below the rows that could belong to them.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from zipfile import ZipFile

from xltools.roster.letters import column_number
from xltools.sheets.intake.scan import scan_part
from xltools.sheets.ooxml import parts
from xltools.sheets.ooxml.refused import Refused

_USUAL = 4 << 20  # cells up to the last one that are loaded whatever the tables' size
_TIMES = 4  # how much larger than its tables a sheet may be
_DATA = re.compile(rb"<(?:\w+:)?sheetData>(.*)</(?:\w+:)?sheetData>", re.DOTALL)
_ROW = re.compile(rb"(<(?:\w+:)?row\b[^>]*?)(?:/>|>(.*?)</(?:\w+:)?row>)", re.DOTALL)
_CELL = re.compile(rb"<(?:\w+:)?c\b([^>]*?)(?:/>|>.*?</(?:\w+:)?c>)", re.DOTALL)
_NUMBER = re.compile(rb"\sr=[\"'](\d{1,7})[\"']")
_COLUMN = re.compile(rb"\sr=[\"']([A-Z]{1,3})\d{1,7}[\"']")


@dataclass(frozen=True)
class Reach:
    """How far a sheet's tables reach: last row and column (1-based); `grows`: rows typed right below count too."""

    bottom: int
    right: int
    grows: bool


def near(book: ZipFile, reaches: Mapping[str, Reach]) -> bytes | None:
    """The workbook with the far cells left out of these sheets (by member); None where no cell is far away.

    Raises Refused.
    """
    far = {part: _cut(_content(book, part), reach) for part, reach in reaches.items() if _is_far(book, part, reach)}
    if not far:
        return None
    out = io.BytesIO()
    with ZipFile(out, "w") as copy:
        for info in book.infolist():
            copy.writestr(info.filename, far.get(info.filename) or _content(book, info.filename))
    return out.getvalue()


def _content(book: ZipFile, part: str) -> bytes:
    return b"".join(parts.inflate(book, book.getinfo(part)))


def _is_far(book: ZipFile, part: str, reach: Reach) -> bool:
    try:
        seen = scan_part(book, book.getinfo(part))
    except Refused as e:
        if e.code in ("FILE_BOMB", "FILE_EXTENT"):
            return True
        raise
    return seen.value_rows * seen.value_columns > max(_USUAL, _TIMES * reach.bottom * reach.right)


def _cut(sheet: bytes, reach: Reach) -> bytes:
    data = _DATA.search(sheet)
    if data is None:
        raise Refused("FILE_UNREADABLE", "a sheet without sheetData")
    return sheet[: data.start(1)] + b"".join(_rows(data[1], reach)) + sheet[data.end(1) :]


def _rows(data: bytes, reach: Reach) -> Iterator[bytes]:
    last = reach.bottom
    for row in _ROW.finditer(data):
        found = _NUMBER.search(row[1])
        if found is None:
            raise Refused("FILE_UNREADABLE", "a row without a number")
        number = int(found[1])
        if number > last:
            if not reach.grows or number != last + 1:
                return
            last = number
        cells = (c[0] for c in _CELL.finditer(row[2] or b"") if _column(c[1]) <= reach.right)
        yield row[1] + b">" + b"".join(cells) + b"</" + _name(row[1]) + b">"


def _name(tag: bytes) -> bytes:
    return re.split(rb"[\s/]", tag[1:], maxsplit=1)[0]


def _column(attributes: bytes) -> int:
    found = _COLUMN.search(attributes)
    if found is None:
        raise Refused("FILE_UNREADABLE", "a cell without a place")
    return column_number(found[1].decode())
