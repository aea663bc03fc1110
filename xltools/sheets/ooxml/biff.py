"""May an .xls (BIFF5 to BIFF8, [MS-XLS]) be opened? Its sheets are walked record by record, values unread.

calamine allocates what a DIMENSIONS record or the farthest cell asks for, and the process ends when that
cannot be had; no exception can be caught. So a sheet larger than .xls allows is refused beforehand.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from xltools.sheets.ooxml.refused import Refused

ROWS, COLUMNS = 65_536, 256
_EOF, _FILEPASS, _BOUNDSHEET, _DIMENSIONS = 0x000A, 0x002F, 0x0085, 0x0200
_MULTIPLE = (0x00BD, 0x00BE)  # MULRK, MULBLANK: a run of cells
_CELLS = frozenset({0x0006, 0x0201, 0x0203, 0x0204, 0x0205, 0x00D6, 0x00FD, 0x027E, *_MULTIPLE})


def check(stream: bytes) -> None:
    """Takes the Workbook (or Book) stream. Raises Refused: FILE_ENCRYPTED when it has a password (also
    Excel's silent default one), FILE_BOMB for a cell or dimensions beyond 65,536 x 256."""
    sheets = []
    for code, data in _records(stream, 0):
        if code == _FILEPASS:
            raise Refused("FILE_ENCRYPTED", "a password is needed to open it")
        if code == _BOUNDSHEET and len(data) >= 4:
            sheets.append(struct.unpack_from("<I", data)[0])
    for place in dict.fromkeys(sheets):
        for code, data in _records(stream, place):
            if code in _CELLS and len(data) >= 4:
                _, column = struct.unpack_from("<HH", data)  # a row number has only 16 bits
                if code in _MULTIPLE:
                    column += max(0, (len(data) - 6) // (6 if code == 0x00BD else 2) - 1)
                if column >= COLUMNS:
                    raise Refused("FILE_BOMB", f"a cell in column {column + 1}")
            elif code == _DIMENSIONS:
                _dimensions(data)


def _dimensions(data: bytes) -> None:
    if len(data) == 10:
        first, last, left, right = struct.unpack_from("<HHHH", data)
    elif len(data) >= 12:
        first, last, left, right = struct.unpack_from("<IIHH", data)
    else:
        raise Refused("FILE_UNREADABLE", "DIMENSIONS record")
    if (last and first > last) or (right and left > right):
        raise Refused("FILE_UNREADABLE", "DIMENSIONS record")
    if (last - first) * (right - left) > ROWS * COLUMNS:
        raise Refused("FILE_BOMB", f"{last - first} rows x {right - left} columns")


def _records(stream: bytes, at: int) -> Iterator[tuple[int, bytes]]:
    """From one place to the end of that substream."""
    while at + 4 <= len(stream):
        code, length = struct.unpack_from("<HH", stream, at)
        if code == _EOF:
            return
        yield code, stream[at + 4 : at + 4 + length]
        at += 4 + length
