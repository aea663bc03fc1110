"""A sheet that carries tables: title, whose the columns are, the tables one below the other, page set-up."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
from xlsxwriter.utility import xl_rowcol_to_cell

from xltools.catalogue.phases import remarks
from xltools.catalogue.tables import BookTable, Owner
from xltools.sheets.platform.draw.home.grid import HOME
from xltools.sheets.platform.draw.sheet import TableSheet
from xltools.sheets.platform.draw.table import ROOM, Context, draw_table
from xltools.sheets.platform.looks import FILL, HEADING, OWNER_WORD, Looks, width
from xltools.sheets.write import style

TITLE_ROW, REMARK_ROW, OWNER_ROW, HEADING_ROW = range(4)
"""0-based; headings in row 4, like the districts' files."""
BETWEEN = 2
"""Rows between two tables of a sheet: the caption of the second, and whose its columns are."""
SIGNED = "制表：　　　　　　　复核：　　　　　　　负责人："
MEANS: dict[Owner, str] = {
    "bureau": "黄色：市局填写",
    "computed": "灰色：自动计算，不用填",
    "district": "白色蓝头：区里填写",
}


def page(sheet: TableSheet, context: Context, tables: Sequence[tuple[BookTable, pa.Table]]) -> None:
    """Fill a sheet with its tables; the last of them may grow."""
    first = tables[0][0]
    widths = _widths(sheet, context, [t for t, _ in tables])
    head(sheet, context.looks, first.sheet, [c.owner for t, _ in tables for c in t.columns])
    top, last = HEADING_ROW, HEADING_ROW
    for place, (table, rows) in enumerate(tables):
        if place:
            sheet.write_string(
                top - BETWEEN, 0, table.caption or table.name, context.looks.plain(bold=True, font_size=12)
            )
            sheet.set_row(top - BETWEEN, 30)
        _owners(sheet, context.looks, table, top - 1)
        is_last = place == len(tables) - 1
        last = draw_table(
            sheet, context, table, rows, top, widths=widths[: len(table.columns)],
            room=ROOM if is_last else _fixed(context, table),
            arrows=not table.ordered, run_on=len(table.columns) < len(widths) and table.columns[-1].kind == "text",
        )  # fmt: skip
        top = max(last, top + _fixed(context, table)) + BETWEEN + 1
    _panes(sheet, tables[0][0], several=len(tables) > 1)
    widest = max(len(t.columns) for t, _ in tables)
    sheet.ignore_errors({"number_stored_as_text": f"A1:{xl_rowcol_to_cell(last, widest - 1)}"})
    _print(sheet, context.scheme.title, [t for t, _ in tables])


def _fixed(context: Context, table: BookTable) -> int:
    """Rows that a table with another one below it will have: as many as the scheme has plans or insurers, or a number."""
    if isinstance(table.as_many, int):
        return table.as_many
    return len(getattr(context.scheme, table.as_many)) if table.as_many else 0


def head(sheet: TableSheet, looks: Looks, name: str, owners: Sequence[Owner]) -> None:
    """Title, the way back to 首页, and what the colours and the sheet mean."""
    sheet.set_row(TITLE_ROW, 32)
    sheet.write_string(TITLE_ROW, 0, name, looks.title())
    sheet.set_row(REMARK_ROW, 21)
    sheet.write_url(REMARK_ROW, 0, f"internal:'{HOME}'!A1", looks.link(bold=True), f"← {HOME}", f"回到{HOME}")
    legend: list[object] = []
    for owner in [o for o in MEANS if o in owners]:
        mark = looks.plain(font_color=HEADING[owner]["bg_color"], font_size=13)
        legend += [mark, "■", looks.plain(), f"{MEANS[owner]}　"]
    grey = looks.plain(font_color=style.GREY)
    if legend:
        sheet.write_rich_string(REMARK_ROW, 1, *legend, grey, f"｜{remarks()[name]}", looks.plain())
    else:
        sheet.write_string(REMARK_ROW, 1, remarks()[name], grey)


def _owners(sheet: TableSheet, looks: Looks, table: BookTable, row: int) -> None:
    """Above each heading whose the column is, in a word; nothing where all are the software's."""
    if {c.owner for c in table.columns} == {"computed"}:
        return
    sheet.set_row(row, 16)
    for place, column in enumerate(table.columns):
        colours = HEADING[column.owner] | {"bg_color": FILL[column.owner]}
        sheet.write_string(row, place, OWNER_WORD[column.owner], looks.boxed(align="center", font_size=9, **colours))


def _widths(sheet: TableSheet, context: Context, tables: Sequence[BookTable]) -> list[float]:
    """Set widths that hold every table of the sheet; below the last table its columns' own formats."""
    looks, out = context.looks, []
    most = max(len(t.columns) for t in tables)
    if not any(t.wrapped for t in tables):
        sheet.set_default_row(18)
    for place in range(most):
        # Text in a table's last column runs on to the right where the sheet goes on.
        held = [t for t in tables if place < len(t.columns) - (len(t.columns) < most)]
        out.append(max(width(context.scheme, t.columns[place]) for t in held))
        last = tables[-1]
        below = looks.below(last, last.columns[place]) if place < len(last.columns) else looks.plain()
        sheet.set_column(place, place, out[-1], below)
    return out


def _panes(sheet: TableSheet, table: BookTable, *, several: bool) -> None:
    names = [c.heading for c in table.columns[:5]]
    columns = names.index("企业名称") + 1 if "企业名称" in names else 0
    row = OWNER_ROW if several else HEADING_ROW + 1
    sheet.freeze_panes(row, columns)
    sheet.set_selection(HEADING_ROW + 1, 0, HEADING_ROW + 1, 0)


def _print(sheet: TableSheet, title: str, tables: Sequence[BookTable]) -> None:
    style.a4(sheet, landscape=True, left=SIGNED, right=title)
    # Whole columns: what is pushed into an open workbook later prints as well.
    sheet.print_area(0, 0, sheet.xls_rowmax - 1, max(min(t.printed, len(t.columns)) for t in tables) - 1)
    if len(tables) > 1:
        sheet.repeat_rows(TITLE_ROW)
    else:
        sheet.repeat_rows(HEADING_ROW)
