"""A district's small file, made to hold what a test is about, and given back with its bad cell marked."""

from __future__ import annotations

from datetime import date
from functools import partial
from pathlib import Path

import rosters
from parcels import Parcel, sheet_xml

from xltools.roster.checks import check
from xltools.scheme import load
from xltools.sheets.intake.read import read_roster
from xltools.sheets.returned.book import Returned, rows_of, write_returned

SCHEME = load("nantong-2019")
OURS, THEIRS = "xl/worksheets/sheet1.xml", "xl/worksheets/sheet2.xml"
"""The sheet that is marked, and one of the district's own behind it."""


def give_back(path: Path, target: Path, read: Path | None = None) -> Returned:
    """Give a file back with the problems of its roster, or of that of another file."""
    roster = check(read_roster(read or path, SCHEME), SCHEME, date(2019, 12, 31))
    return write_returned(
        path, target, scheme=SCHEME, sheet=roster.cells.sheet, heading_row=roster.cells.heading_row,
        columns=roster.cells.places, placed=roster.placed(), district="崇川区", next_round=2, rows=partial(rows_of, roster),
    )  # fmt: skip


def parcel(folder: Path) -> Parcel:
    """Two firms, the second with a bad telephone number in G6; behind it a sheet of the district's own."""
    plain = rosters.write_xlsx(folder / "plain.xlsx", rosters.table([{}, {"phone": "12"}]))
    out = Parcel(plain)
    out.sheet("参考", THEIRS, sheet_xml(b'<row r="1"><c r="A1"><v>7</v></c></row>'))
    return out
