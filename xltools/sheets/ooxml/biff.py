"""An .xls (BIFF5 to BIFF8, [MS-XLS]) walked record by record: may it be read, and what readers of values hide.

`walk` also gives the stream as a reader may see it: of what no value depends on (charts, names, pictures, rules) only
the lengths are left, so that nothing there can hurt. A sheet larger than .xls allows is refused beforehand.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from xltools.sheets.ooxml.refused import Refused

ROWS, COLUMNS = 65_536, 256
BEGINS = (b"\x09\x08", b"\x09\x04", b"\x09\x02", b"\x09\x00")
"""The codes of the record that begins a stream; the last three are Excel 4 to 2, without a package around it."""

_BOF, _EOF, _CONTINUE, _FILEPASS, _BOUNDSHEET, _DIMENSIONS = 0x0809, 0x000A, 0x003C, 0x002F, 0x0085, 0x0200
_SST, _LABEL, _RSTRING = 0x00FC, b"\x04\x02", 0x00D6
_CODEPAGE, _RECALCID, _ROW, _MERGED, _FORMULA, _STRING = 0x0042, 0x01C1, 0x0208, 0x00E5, 0x0006, 0x0207
_MULTIPLE = (0x00BD, 0x00BE)  # MULRK, MULBLANK: a run of cells
_CELLS = frozenset({_FORMULA, 0x0201, 0x0203, 0x0204, 0x0205, _RSTRING, 0x00FD, 0x027E, *_MULTIPLE})
_SHARED = frozenset({0x04BC, 0x0221, 0x0236, 0x0037})  # between a formula and its text: what it shares with others
_GLOBALS = frozenset({_EOF, _CODEPAGE, _BOUNDSHEET, 0x0022, _SST, 0x00E0, 0x041E})  # date system, texts, formats
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


@dataclass
class _Formulas:
    """Formulas of a sheet (place, row, column): those with an empty text, those with a nought to be calculated on opening,
    and whether others have a value."""

    blank: list[tuple[int, int, int]] = field(default_factory=list)
    nought: list[tuple[int, int, int]] = field(default_factory=list)
    calculated: bool = False
    calculated_on_load: bool = False


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
    listed: list[tuple[int, int, int, int]] = []
    before = _BOF
    for at, code, data in _records(stream, 0):
        if code == _FILEPASS:
            raise Refused("FILE_ENCRYPTED", "a password is needed to open it")
        if code == _BOUNDSHEET and len(data) >= 6:
            listed.append((at, *struct.unpack_from("<IBB", data)))
        elif code == _CODEPAGE and len(data) >= 2:
            (codepage,) = struct.unpack_from("<H", data)
        calculated |= code == _RECALCID
        before = _keep(out, at, code, before, _GLOBALS)
    places = [(_begin(stream, out, at, place), state, kind) for at, place, state, kind in listed]
    if len({place for place, *_ in places}) < len(places):
        raise Refused("FILE_EXTENT", f"工作表目录列了 {len(places)} 张表，有的指向同一张")
    walked = [(Sheet(not state & 3), place, kind) for place, state, kind in places]
    formulas = [_walk_sheet(stream, place, out, sheet) for sheet, place, _ in walked]
    # xlwt leaves an empty text where a value would stand, Apache POI a nought to be calculated on opening; programs that
    # calculate write both as well, but beside other values.
    blank = not calculated and not any(f.calculated for f in formulas)
    nought = not any(f.calculated_on_load for f in formulas)
    for (sheet, *_), found in zip(walked, formulas, strict=True):
        for at, row, column in found.blank * blank + found.nought * nought:
            out[at : at + 2] = _NOTHING
            sheet.valueless.append((row, column))
    sheets = [sheet for sheet, _, kind in walked if not kind]  # charts, macros and modules are no worksheets
    version = struct.unpack_from("<H", stream, 4)[0] if len(stream) >= 6 else 0
    return Walked(bytes(out), sheets, codepage, version >= 0x0600)


def _begin(stream: bytes, out: bytearray, at: int, place: int) -> int:
    """Where a sheet really begins: some writers name the place behind its first record. `out` is told, too."""
    if stream[place : place + 2] != BEGINS[0]:
        behind = place - 20
        if behind > 0 and stream[behind : behind + 4] == BEGINS[0] + b"\x10\0":
            struct.pack_into("<I", out, at + 4, behind)
            return behind
    return place


def recounted(stream: bytes) -> bytes:
    """The stream with the number of shared strings that there really are (SST, [MS-XLS] 2.4.265), and not what it says."""
    parts: list[tuple[int, bytes]] = []
    for at, code, data in _records(stream, 0):
        if code == _SST:
            parts = [(at, data)]
        elif code == _CONTINUE and parts:
            parts.append((at, data))
        elif parts:
            break
    if not parts or len(parts[0][1]) < 8:
        return stream
    out = bytearray(stream)
    struct.pack_into("<I", out, parts[0][0] + 8, _count([parts[0][1][8:], *(data for _, data in parts[1:])]))
    return bytes(out)


def _count(blocks: Sequence[bytes]) -> int:
    """How many whole strings stand in the blocks; a string's characters, broken off, go on behind a byte that tells their size."""
    count, block, at = 0, 0, 0
    try:
        while True:
            while at >= len(blocks[block]):
                block, at = block + 1, 0
            length, flags = struct.unpack_from("<HB", blocks[block], at)
            at += 3
            runs = phonetic = 0
            if flags & 8:
                (runs,) = struct.unpack_from("<H", blocks[block], at)
                at += 2
            if flags & 4:
                (phonetic,) = struct.unpack_from("<I", blocks[block], at)
                at += 4
            while length:
                size = 1 + (flags & 1)
                fits = min(length, (len(blocks[block]) - at) // size)
                at, length = at + fits * size, length - fits
                if length:
                    block, flags, at = block + 1, blocks[block + 1][0], 1
            rest = 4 * runs + phonetic
            while rest > len(blocks[block]) - at:
                rest -= len(blocks[block]) - at
                block, at = block + 1, 0
            at += rest
            count += 1
    except (IndexError, struct.error):
        return count


def _walk_sheet(stream: bytes, place: int, out: bytearray, sheet: Sheet) -> _Formulas:
    """Fills in the sheet but for formulas that a library may have left without a value; returns what it found of them."""
    found = _Formulas()
    before, depth = _BOF, 0
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
            if code == _RSTRING:  # a text with fonts: what follows it is not asked for
                out[at : at + 2] = _LABEL
            if code == _FORMULA and len(data) >= 16:
                result, on_load = data[6:14], bool(data[14] & _ON_LOAD)
                if result[6:8] == b"\xff\xff" and result[0] == 3:
                    found.blank.append((at, row + 1, column))
                elif result == bytes(8) and on_load:
                    found.nought.append((at, row + 1, column))
                else:
                    found.calculated = True
                    found.calculated_on_load |= on_load
                    if result[6:8] == b"\xff\xff" and result[0] == 0:
                        awaited = at, row + 1, column
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
    return found


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
