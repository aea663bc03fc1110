"""An .xls (BIFF5 to BIFF8, [MS-XLS]) walked record by record: may it be read, and what readers of values hide.

`walk` also gives the stream as a reader may see it: of what no value depends on (charts, names, pictures, rules) only
the lengths are left, so that nothing there can hurt. A sheet larger than .xls allows is refused beforehand.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from xltools.sheets.ooxml.refused import Refused

ROWS, COLUMNS = 65_536, 256
BEGINS = (b"\x09\x08", b"\x09\x04", b"\x09\x02", b"\x09\x00")
"""The codes of the record that begins a stream; the last three are Excel 4 to 2, without a package around it."""

_BOF, _EOF, _CONTINUE, _FILEPASS, _BOUNDSHEET, _DIMENSIONS = 0x0809, 0x000A, 0x003C, 0x002F, 0x0085, 0x0200
_CODEPAGE, _RECALCID, _ROW, _MERGED, _FORMULA, _STRING = 0x0042, 0x01C1, 0x0208, 0x00E5, 0x0006, 0x0207
_MULTIPLE = (0x00BD, 0x00BE)  # MULRK, MULBLANK: a run of cells
_CELLS = frozenset({_FORMULA, 0x0201, 0x0203, 0x0204, 0x0205, 0x00D6, 0x00FD, 0x027E, *_MULTIPLE})
_SHARED = frozenset({0x04BC, 0x0221, 0x0236, 0x0037})  # between a formula and its text: what it shares with others
_GLOBALS = frozenset({_EOF, _CODEPAGE, _BOUNDSHEET, 0x0022, 0x00FC, 0x00E0, 0x041E})  # date system, texts, formats
_KEPT = _CELLS | _SHARED | {_EOF, _STRING}
_BOFS = (_BOF, 0x0409, 0x0209, 0x0009)
_NOTHING = struct.pack("<H", 0x0FFF)  # the code of no record
_HIDDEN = 0x20
_ON_LOAD = 0x02


@dataclass
class Sheet:
    """A sheet's name is the reader's to read; rows from 1, columns from 0, merged ranges as `A1:C1` would say them."""

    visible: bool
    hidden: list[int] = field(default_factory=list)
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    """Top, bottom (rows from 1), left, right (columns from 0)."""
    valueless: list[tuple[int, int]] = field(default_factory=list)
    """Formulas that were never calculated."""


@dataclass(frozen=True)
class Walked:
    """What a reader may see of the stream, its worksheets in their order, and its code page (None: not stated)."""

    stream: bytes
    sheets: list[Sheet]
    codepage: int | None
    unicode: bool


def walk(stream: bytes) -> Walked:
    """Takes the Workbook (or Book) stream. Raises Refused: FILE_ENCRYPTED when it has a password, FILE_BOMB for a cell
    or dimensions beyond 65,536 x 256, FILE_UNREADABLE."""
    if not stream.startswith(BEGINS[0]):  # one sheet, and no more
        return Walked(
            stream,
            [Sheet(True)],
            next((struct.unpack("<H", d[:2])[0] for _, c, d in _records(stream, 0) if c == _CODEPAGE), None),
            False,
        )
    out, codepage, calculated = bytearray(stream), None, False
    places: list[tuple[int, int, int]] = []
    before = _BOF
    for at, code, data in _records(stream, 0):
        if code == _FILEPASS:
            raise Refused("FILE_ENCRYPTED", "a password is needed to open it")
        if code == _BOUNDSHEET and len(data) >= 6:
            places.append(struct.unpack_from("<IBB", data))
        elif code == _CODEPAGE and len(data) >= 2:
            (codepage,) = struct.unpack_from("<H", data)
        calculated |= code == _RECALCID
        before = _keep(out, at, code, before, _GLOBALS)
    if len({place for place, *_ in places}) < len(places):
        raise Refused("FILE_EXTENT", f"工作表目录列了 {len(places)} 张表，有的指向同一张")
    sheets = []
    for place, state, kind in places:
        sheet = Sheet(not state & 3)
        never = _walk_sheet(stream, place, out, sheet)
        if not calculated:
            sheet.valueless += never
        if not kind:  # charts, macros and modules are no worksheets
            sheets.append(sheet)
    version = struct.unpack_from("<H", stream, 4)[0] if len(stream) >= 6 else 0
    return Walked(bytes(out), sheets, codepage, version >= 0x0600)


def _walk_sheet(stream: bytes, place: int, out: bytearray, sheet: Sheet) -> list[tuple[int, int]]:
    """Fills in the sheet; returns the formulas that hold an empty text, if all of them do: a library's, never calculated."""
    blank: list[tuple[int, int]] = []
    formulas, before, depth = 0, _BOF, 0
    awaited: tuple[int, int, int] | None = None  # a formula whose text has to come: its place, row and column
    for at, code, data in _records(stream, place, nested=True):
        depth += code in _BOFS
        if depth > 1:  # a chart within the sheet
            depth -= code == _EOF
            out[at : at + 2] = _NOTHING
            continue
        if awaited and code not in _SHARED:
            if code != _STRING:
                out[awaited[0] : awaited[0] + 2] = _NOTHING
                sheet.valueless.append(awaited[1:])
            awaited = None
        if code in _CELLS and len(data) >= 4:
            row, column = struct.unpack_from("<HH", data)  # a row number has only 16 bits
            if code in _MULTIPLE:
                column += max(0, (len(data) - 6) // (6 if code == 0x00BD else 2) - 1)
            if column >= COLUMNS:
                raise Refused("FILE_BOMB", f"a cell in column {column + 1}")
            if code == _FORMULA and len(data) >= 16:
                formulas += 1
                result, flags = data[6:14], data[14]
                if result[6:8] == b"\xff\xff" and result[0] == 0:
                    awaited = at, row + 1, column
                elif result[6:8] == b"\xff\xff" and result[0] == 3:
                    blank.append((row + 1, column))
                elif result == bytes(8) and flags & _ON_LOAD:
                    out[at : at + 2] = _NOTHING
                    sheet.valueless.append((row + 1, column))
        elif code == _DIMENSIONS:
            _dimensions(data)
        elif code == _ROW and len(data) >= 14:
            if data[12] & _HIDDEN:
                sheet.hidden.append(struct.unpack_from("<H", data)[0] + 1)
        elif code == _MERGED and len(data) >= 2:
            for i in range(min(struct.unpack_from("<H", data)[0], (len(data) - 2) // 8)):
                top, bottom, left, right = struct.unpack_from("<4H", data, 2 + 8 * i)
                sheet.merged.append((top + 1, bottom + 1, left, right))
        before = _keep(out, at, code, before, _KEPT)
    return blank if len(blank) == formulas else []


def _keep(out: bytearray, at: int, code: int, before: int, kept: frozenset[int]) -> int:
    """Leave a record or blank its code out; what continues a record goes with it. Returns the record that continues."""
    named = before if code == _CONTINUE else code
    if named not in kept and named != _BOF:
        out[at : at + 2] = _NOTHING
    return named


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


def _records(stream: bytes, at: int, *, nested: bool = False) -> Iterator[tuple[int, int, bytes]]:
    """Place, code and data from one place to the end of that substream, substreams within it included if `nested`."""
    depth = 0
    while at + 4 <= len(stream):
        code, length = struct.unpack_from("<HH", stream, at)
        depth += nested and code in _BOFS
        yield at, code, stream[at + 4 : at + 4 + length]
        if code == _EOF:
            depth -= 1
            if depth <= 0:
                return
        at += 4 + length
