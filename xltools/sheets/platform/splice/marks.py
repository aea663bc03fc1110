"""Rows that somebody coloured (做了标记的行): found by their styles alone, so that the others need not be read."""

from __future__ import annotations

import re

from xltools.sheets.ooxml.rows import Region, sort_cells
from xltools.sheets.ooxml.xmlbytes import prefix

_STYLES = re.compile(rb"\ss=[\"'](\d+)")


def read_marked(sheet: bytes, found: Region, first: int, last: int, left: int, right: int) -> None:
    """Fill in the table's cells of the rows `first`..`last` whose styles are not those of row `first`."""
    p = prefix(sheet)
    rows = [found.rows[n] for n in range(first, last + 1) if n in found.rows]
    usual: list[bytes] | None = None
    for row in rows:
        start, stop = row.span
        styles = _STYLES.findall(sheet, start, stop)
        if usual is None:
            usual = styles
        if styles != usual and not row.own:
            body = sheet[start:stop]
            sort_cells(row, body[: body.rindex(b"</%srow" % p)], p, left, right, asked=True)
