"""A table's rows as XML (表内各行): built by columns, a few thousand rows at a time.

Text is written inline, so that the shared strings stay as they are; dates as serials of the book's own date system;
blank cells keep the style of their column.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from typing import TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from xltools.roster.letters import column_letters
from xltools.sheets.write.arrowtext import DAY, Piece, content, is_text, join, join_present
from xltools.sheets.write.bulkxml import CHUNK, Values, escaped, texts_of, values_of

DAYS_TO_1904 = 1462  # between the two date systems of a workbook

Rows: TypeAlias = "pa.StringArray | bytes"
"""Something for every row: an array of texts, or the same for all."""


@dataclass(frozen=True)
class Own:
    """A column of ours: its place (1-based), the number of its style, its values, the formula of its cells ("": none);
    the style of every cell where they are not all the same."""

    column: int
    style: int
    values: pa.ChunkedArray
    formula: str = ""
    styles: pa.StringArray | None = None


@dataclass(frozen=True)
class Theirs:
    """A column that staff added: whole cells, one a row, "" for none."""

    column: int
    cells: pa.StringArray


def rows_xml(
    columns: Sequence[Own | Theirs],
    first: int,
    count: int,
    p: str,
    given: Rows,
    before: Rows,
    after: Rows,
    since_1904: bool,
) -> Iterator[memoryview]:
    """`count` rows from number `first` on. `given` are the attributes of each row, `before` and `after` what stands in
    it left and right of the table; `p` is the prefix of the elements. Raises CellError for what no cell can hold."""
    makers = [_maker(c, p, since_1904) for c in columns]
    for start in range(0, count, CHUNK):
        rows = slice(start, min(start + CHUNK, count))
        number = pa.array(np.arange(first + rows.start, first + rows.stop)).cast(pa.string())
        pieces: list[Piece] = [f'<{p}row r="', number, '"', _part(given, rows), ">", _part(before, rows)]
        for column, maker in zip(columns, makers, strict=True):
            pieces += _cell(column, maker, rows, number, p)
        pieces += [_part(after, rows), f"</{p}row>"]
        yield content(join_present(_merged(pieces)))


def _maker(column: Own | Theirs, p: str, since_1904: bool) -> Values | None:
    """The texts of a column's values; None where it has none: most tables of a workbook are empty for most of the year."""
    if isinstance(column, Theirs):
        return lambda rows: [column.cells[rows]]
    values = column.values
    if values.null_count == len(values):
        return None
    if is_text(values.type):
        texts = texts_of(values)
        return lambda rows: [escaped(texts[rows])]
    if since_1904 and pa.types.is_date32(values.type):
        values = pc.cast(pc.subtract(pc.cast(values, pa.int32()), pa.scalar(DAYS_TO_1904, pa.int32())), pa.date32())
    elif since_1904 and pa.types.is_timestamp(values.type):
        values = pc.cast(pc.subtract(pc.cast(values, pa.int64()), DAYS_TO_1904 * DAY), values.type)
    return values_of(values)


def _cell(column: Own | Theirs, maker: Values | None, rows: slice, number: pa.StringArray, p: str) -> list[Piece]:
    values = maker(rows) if maker else []
    if isinstance(column, Theirs):
        return values
    style: Piece = style_text(column.style) if column.styles is None else column.styles[rows]
    opening: list[Piece] = [f'<{p}c r="{column_letters(column.column)}', number, style]
    filled, closing, blank = _forms(column, p)
    if not maker:
        return [*opening, blank]
    nulls = sum(0 if isinstance(v, str) else v.null_count for v in values)
    if not nulls:
        return [*opening, filled, *values, closing]
    text = join(values)
    if text.null_count == len(text):
        return [*opening, blank]
    missing = text.is_null()
    forms = (_chosen(missing, blank, filled), text, _chosen(missing, "", closing))
    return [*opening, *forms]


def style_text(style: int) -> str:
    """What follows a cell's place: its closing quote and its style."""
    return f'" s="{style}"' if style else '"'


def _forms(column: Own, p: str) -> tuple[str, str, str]:
    """What stands between a cell's style and its value, what follows the value, and what a blank cell has for all."""
    text = is_text(column.values.type)
    if column.formula:
        formula = f"><{p}f>{escape(column.formula, quote=False)}</{p}f><{p}v>"
        kind = ' t="str"' if text else ""
        end = f"</{p}v></{p}c>"
        return f"{kind}{formula}", end, f' t="str"{formula}{end}'
    if text:
        return f' t="inlineStr"><{p}is><{p}t xml:space="preserve">', f"</{p}t></{p}is></{p}c>", "/>"
    return f"><{p}v>", f"</{p}v></{p}c>", "/>"


def _chosen(missing: pa.BooleanArray, one: str, other: str) -> pa.StringArray:
    return pc.if_else(missing, one, other)


def _part(rows: Rows, part: slice) -> Piece:
    return rows.decode() if isinstance(rows, bytes) else rows[part]


def _merged(pieces: Sequence[Piece]) -> list[Piece]:
    merged: list[Piece] = []
    for piece in pieces:
        if merged and isinstance(piece, str) and isinstance(merged[-1], str):
            merged[-1] += piece
        elif not isinstance(piece, str) or piece:
            merged.append(piece)
    return merged
