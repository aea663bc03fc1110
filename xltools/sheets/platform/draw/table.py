"""One table (表) of the catalogue drawn as an Excel table, from its contents alone."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pyarrow as pa
from xlsxwriter.format import Format

from xltools.catalogue.tables import BookColumn, BookTable
from xltools.scheme import Scheme
from xltools.sheets.platform import looks
from xltools.sheets.platform.draw import checks, colours
from xltools.sheets.platform.draw.rows import Block
from xltools.sheets.platform.draw.sheet import TableSheet
from xltools.sheets.platform.looks import Looks

STYLE = "Table Style Light 1"
SPARE, ROOM = 500, 25_000
"""Rows below a table that its validations and colours reach at least; and rows that a list of firms may come to."""
LONG = 200
"""Rows from which a table is written by columns, not cell by cell."""
PIXEL = 0.75
"""Points: heights are whole pixels, in every writer."""
LINKS = {"打开"}
"""Computed columns whose value is a link."""


@dataclass(frozen=True)
class Context:
    """What every table of a workbook is drawn with; `formulas` as pricing.formulas gives them."""

    scheme: Scheme
    looks: Looks
    formulas: Mapping[str, str]
    names: Mapping[str, tuple[str, ...]]
    """Long lists of choices by their defined names."""
    blocks: list[Block]
    """Rows of long tables, written when XlsxWriter is done."""

    def formula(self, column: BookColumn) -> str:
        """The column's formula with its equals sign; "" where it shows values."""
        text = self.formulas.get(column.formula, "")
        return f"={text}" if text else ""


def draw_table(
    sheet: TableSheet, context: Context, table: BookTable, rows: pa.Table, top: int, left: int = 0, *,
    widths: Sequence[float], arrows: bool = True, room: int = ROOM, run_on: bool = False,
) -> int:  # fmt: skip
    """Draw the table with its headings in row `top` (0-based); at least one row, blank where there is nothing.

    Returns its last row. `widths`: of its columns; `arrows`: whether its headings carry the arrows of a filter;
    `room`: how many rows it may have later on, which its validations and colours reach already; `run_on`: the texts
    of its last column run on to the right of it.
    """
    first, last = top + 1, int(top + max(rows.num_rows, 1))
    right = left + len(table.columns) - 1
    heading = context.looks.heading
    sheet.add_table(top, left, first, right, {
        "name": table.name, "style": STYLE, "autofilter": arrows, "banded_rows": True,
        "columns": [{"header": c.heading, "header_format": heading(c.owner, arrows=arrows)} for c in table.columns],
    })  # fmt: skip
    formulas = [context.formula(c) for c in table.columns]
    sheet.stretch(last, {place: formula for place, formula in enumerate(formulas) if formula})
    sheet.set_row(top, looks.heading_height(table.headings, widths, arrows=arrows))
    long = rows.num_rows > LONG
    drawn = rows.slice(0, 1) if long else rows
    for place, (column, formula) in enumerate(zip(table.columns, formulas, strict=True), left):
        extra = {"bg_color": "#FFFFFF", "border": 0} if run_on and place == right else {}
        _cells(sheet, context, table, column, formula, drawn[column.heading], first, place, extra)
    high = heights(context.scheme, table, rows)
    if long:
        texts = [f.removeprefix("=") for f in formulas]
        context.blocks.append(Block(sheet.index, first + 1, rows, texts, high))
    else:
        for row, height in enumerate(high, first):
            if height:
                sheet.set_row(row, height)
    spare = SPARE if table.grows or room == ROOM else 0
    reach: int = max(last + spare, top + (0 if table.grows else room))
    for place, column in enumerate(table.columns, left):
        checks.check(sheet, context.scheme, table, column, first, reach, place, context.names)
    colours.colour(sheet, context.looks, table, first, reach, left, run_on=run_on)
    return last


def _cells(
    sheet: TableSheet, context: Context, table: BookTable, column: BookColumn, formula: str, values: pa.ChunkedArray,
    first: int, place: int, extra: Mapping[str, Any],
) -> None:  # fmt: skip
    if column.heading in LINKS:
        extra = {"font_color": "#0563C1", "underline": 1}
    look = context.looks.cell(table, column, **extra)
    if formula:
        for row, value in enumerate(_shown(values) or [""], first):
            sheet.write_formula(row, place, formula, look, value)
        return
    write, found = _writer(sheet, column, look), _shown(values)
    for row, value in enumerate(found, first):
        if value == "":
            sheet.write_blank(row, place, None, look)
        else:
            write(row, place, value)
    if not found:
        sheet.write_blank(first, place, None, look)


def heights(scheme: Scheme, table: BookTable, rows: pa.Table) -> list[float | None]:
    """Of each row in points, None where one line is enough.

    Rows with wrapped text are as high as it takes: not every program finds that out when it opens a file.
    """
    wrapped = [(c.heading, looks.width(scheme, c)) for c in table.columns if looks.is_wrapped(table, c)]
    if not wrapped:
        return [None] * rows.num_rows
    out: list[float | None] = []
    for told in zip(*(rows[heading].to_pylist() for heading, _ in wrapped), strict=True):
        most = max(looks.lines(t or "", w - 2) for t, (_, w) in zip(told, wrapped, strict=True))
        out.append(math.ceil((most * looks.LINE + 2) / PIXEL) * PIXEL if most > 1 else None)
    return out


def _shown(values: pa.ChunkedArray) -> list[Any]:
    """Values as cells take them; "" where blank. Money and rates as floats of at most 15 shown digits."""
    return ["" if v is None else float(v) if isinstance(v, Decimal) else v for v in values.to_pylist()]


def _writer(sheet: TableSheet, column: BookColumn, look: Format) -> Callable[[int, int, Any], object]:
    if column.kind == "text":  # in text cells (@), so that "=x" stays text when somebody edits it
        return lambda row, place, v: sheet.write_string(row, place, v, look)
    if column.kind in ("date", "datetime"):
        return lambda row, place, v: sheet.write_datetime(row, place, v, look)
    return lambda row, place, v: sheet.write_number(row, place, v, look)
