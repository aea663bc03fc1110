"""A large sheet's values from the pass that scans it, where all of them are plain; otherwise the general reader loads it.

Reading a sheet twice is most of what a large file costs: the scan has cut it into cells already.
"""

from __future__ import annotations

from zipfile import ZipFile

from xltools.roster.repeated import Texts
from xltools.sheets.intake.cellformats import formats
from xltools.sheets.intake.found import NotSimple, Scan
from xltools.sheets.intake.strings import shared_strings
from xltools.sheets.intake.values_fast import Kept
from xltools.sheets.ooxml.refused import Refused
from xltools.sheets.ooxml.worksheets import Contents


def begin(package: ZipFile, workbook: Contents) -> Kept | None:
    """What the scan keeps values in; None where days count from 1904, or what formats mean cannot be read."""
    if workbook.date1904:
        return None
    try:
        return Kept(formats(package, workbook.styles))
    except Refused:
        return None


def columns(package: ZipFile, workbook: Contents, kept: Kept, seen: Scan) -> list[Texts] | None:
    """The sheet's columns as text, from row 1 and column A to the last value; None where some value is not plain.

    Raises Refused (FILE_BOMB) for a text that is shared by so many cells that no reader should spread it out.
    """
    if not kept.whole:
        return None
    try:
        shared = shared_strings(package, workbook.strings)
    except (NotSimple, Refused):
        return None
    return kept.columns(seen.value_rows, seen.value_columns, shared)
