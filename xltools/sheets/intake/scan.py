"""One pass over a worksheet's XML for what the readers of values hide (扫描).

fastexcel and calamine give a number in a text column as text, an error or an uncalculated formula as
nothing, and know neither hidden rows nor, in bulk, merged cells. They also allocate the whole rectangle
up to the last cell, and a single cell at XFD1048576 ends the process: **scan a sheet before loading it.**
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from os import PathLike
from zipfile import ZipFile, ZipInfo

from xltools.sheets.intake import scan_events, scan_fast
from xltools.sheets.intake.found import COLUMNS, Found, NotSimple, Scan
from xltools.sheets.intake.values_fast import Kept
from xltools.sheets.ooxml import parts
from xltools.sheets.ooxml.refused import Refused
from xltools.sheets.ooxml.worksheets import worksheets

LARGE = 4 << 20
"""Bytes of a sheet above which a second thread inflates it."""

__all__ = ["Scan", "scan", "scan_part", "sheet_part"]


def scan(path: str | PathLike[str], sheet_name: str, columns: Sequence[int] = ()) -> Scan:
    """What stands in the sheet besides its values; `columns` (from 0) are those whose numbers are listed.

    For .xlsx and .xlsm. `numeric` has a key for each of `columns`: int32 rows from 1 whose cell has a
    value and no type or type n. A cached empty text is a value of a formula; an empty `<v>` otherwise
    is none. Memory: a few MB beside the result, whatever the sheet's size or its declared dimension.

    Raises Refused: FILE_UNREADABLE (no such sheet, damaged), FILE_DTD, FILE_BOMB (more bytes than stated;
    values too far apart: more than 64 x 1,048,576 cells up to the last), FILE_TOO_MANY_ROWS.
    Raises ValueError for a column outside 0 to 16,383.
    """
    if any(not 0 <= column < COLUMNS for column in columns):
        raise ValueError(f"columns: 0 to {COLUMNS - 1}")
    with parts.open_zip(path) as package:
        return scan_part(package, sheet_part(package, sheet_name), columns)


def scan_part(package: ZipFile, part: ZipInfo, columns: Sequence[int] = (), kept: Kept | None = None) -> Scan:
    """The same for a sheet whose member of the open package is known; its values into `kept`, if they are plain."""
    parts.check([part])
    found = Found(tuple(dict.fromkeys(columns)))
    pieces = parts.checked(package, part)
    if part.file_size > LARGE:
        pieces = parts.ahead(pieces)
    try:
        with closing(pieces):  # the file has one position: nothing reads ahead any more when the other reader begins
            scan_fast.read(pieces, found, kept)
    except NotSimple:
        if kept:
            kept.whole = False
        found = Found(tuple(dict.fromkeys(columns)), odd=True)
        scan_events.read(parts.inflate(package, part), found, part.filename)
    return found.finish()


def sheet_part(package: ZipFile, sheet_name: str) -> ZipInfo:
    """The member that holds a worksheet. Raises Refused."""
    for sheet in worksheets(package):
        if sheet.name == sheet_name and sheet.part is not None:
            return sheet.part
    raise Refused("FILE_UNREADABLE", f"no sheet or no part for {sheet_name!r}")
