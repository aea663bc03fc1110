"""The district template (区级模板): an .xlsx without macros, for Excel 2016, WPS and LibreOffice.

What stands where is a contract with the readers: `names` has the places, `roster.columns` the headings.
"""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike

from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.workbook import Workbook

from xltools import files
from xltools.catalogue.columns import roster_columns
from xltools.catalogue.template import (
    FIRST_ROW,
    GUIDE_SHEET,
    LISTS_SHEET,
    ROSTER_SHEET,
    STAMP_SHEET,
    TEMPLATE_VERSION,
    VERSION_KEYS,
    VERSION_SHEET,
)
from xltools.scheme import Scheme
from xltools.sheets.district import guide, rosterpage, stamppage
from xltools.sheets.district.rosterpage import Row
from xltools.sheets.write import formulas, style
from xltools.sheets.write.formulas import Grid

ROWS = 1_048_576
"""Rows of a worksheet."""


def write_template(
    path: str | PathLike[str],
    scheme: Scheme,
    *,
    district: str,
    round: int = 1,
    rows: Sequence[Row] = (),
    spare: int = 500,
) -> None:
    """Write the template of one district and one round (轮次), filled with `rows`, whole or not at all.

    `rows` map field to value: str, int, Decimal, date, datetime or None. A text given for an amount or a date stays
    the text that it is. `spare` more rows are offered: formulas, drop-downs, formats. The same arguments give the
    same bytes. Raises OSError where the file cannot be written, ValueError where a sheet has no room for the rows.
    """
    offered = max(len(rows) + spare, 1)
    if FIRST_ROW - 1 + offered > ROWS:
        raise ValueError(f"一张工作表放不下 {offered} 行，请减少行数")
    with files.replace(path) as temporary:
        book = style.new_book(temporary, f"{scheme.title}{ROSTER_SHEET}")
        roster, stamp, guidance = (book.add_worksheet(n) for n in (ROSTER_SHEET, STAMP_SHEET, GUIDE_SHEET))
        _version(book, (TEMPLATE_VERSION, scheme.id, district, round))
        grid = _grid(book, scheme, offered)
        rosterpage.write(book, roster, scheme, grid, district=district, round=round, rows=rows)
        stamppage.write(book, stamp, scheme, grid, district)
        guide.write(book, guidance, scheme)
        book.close()


def _version(book: Workbook, values: Sequence[str | int]) -> None:
    """Sheet 版本, as `names.VERSION_KEYS` describes it."""
    sheet = book.add_worksheet(VERSION_SHEET)
    sheet.write_row(0, 0, ("项目", "值"))
    for row, (key, value) in enumerate(zip(VERSION_KEYS, values, strict=True), 1):
        sheet.write_string(row, 0, key)
        if isinstance(value, int):
            sheet.write_number(row, 1, value)
        else:
            sheet.write_string(row, 1, value)
    sheet.hide()


def _grid(book: Workbook, scheme: Scheme, offered: int) -> Grid:
    """Where the columns lie. Drop-downs too long for an inline list go to a hidden sheet, under defined names."""
    columns = roster_columns(scheme)
    names: dict[str, str] = {}
    long = [c for c in columns if c.kind == "choice" and not formulas.fits_inline(c.choices)]
    if long:
        lists = book.add_worksheet(LISTS_SHEET)
        lists.hide()
        for place, column in enumerate(long):
            for row, words in enumerate((column.heading, *column.choices)):
                lists.write_string(row, place, words)
            letter = xl_col_to_name(place)
            names[column.field] = f"choices_{column.field}"
            area = f"{LISTS_SHEET}!${letter}$2:${letter}${len(column.choices) + 1}"
            book.define_name(names[column.field], f"={area}")
    letters = {c.field: xl_col_to_name(i) for i, c in enumerate(columns)}
    return Grid(letters, FIRST_ROW, FIRST_ROW - 1 + offered, names)
