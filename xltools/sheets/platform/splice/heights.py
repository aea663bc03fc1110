"""Heights of rows with wrapped text (行高): as a drawn workbook has them, so that no line is printed on another."""

from __future__ import annotations

import pyarrow as pa

from xltools.catalogue.tables import BookTable
from xltools.scheme import Scheme
from xltools.sheets.ooxml.xmlbytes import without
from xltools.sheets.platform.draw.table import heights
from xltools.sheets.platform.looks import is_wrapped

Heights = list[float | None]


def wanted(scheme: Scheme, table: BookTable, rows: pa.Table) -> Heights | None:
    """The points of each row, None for the usual height; nothing where no column of the table is wrapped: the heights of
    its rows are the staff's."""
    return heights(scheme, table, rows) if any(is_wrapped(table, c) for c in table.columns) else None


def usual(given: bytes) -> bytes:
    """A row's attributes without any height of its own."""
    return without(given, b"ht", b"customHeight") if b"ht=" in given or b"Height" in given else given


def high(given: bytes, points: float | None) -> bytes:
    """A row's attributes with that height and no other."""
    if not points:
        return usual(given)
    return usual(given) + f' ht="{points:g}" customHeight="1"'.encode()
