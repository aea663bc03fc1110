"""The hidden sheets (隐藏页): what the book last showed (基准), and the settings of the buttons (xlwings.conf)."""

from __future__ import annotations

import pyarrow as pa

from xltools.catalogue.tables import BookTable
from xltools.sheets.platform.draw.rows import Block
from xltools.sheets.platform.draw.sheet import TableSheet
from xltools.sheets.platform.draw.table import Context
from xltools.sheets.platform.looks import Looks

CONF = "xlwings.conf"
_PLACE = 'CELL("filename",A1)'
_BRACKETS = f'LEN({_PLACE})-LEN(SUBSTITUTE({_PLACE},"[",""))'
FOLDER = f'LEFT({_PLACE},FIND("|",SUBSTITUTE({_PLACE},"[","|",{_BRACKETS}))-1)'
"""The folder of the workbook that is open, with its last backslash: what stands before the last bracket."""
INTERPRETER = f'=IFERROR({FOLDER}&"python\\python.exe","python")'
SETTINGS = (
    ("INTERPRETER_WIN", INTERPRETER), ("INTERPRETER_MAC", ""), ("INTERPRETER", "python"), ("PYTHONPATH", ""),
    ("ADD_WORKBOOK_TO_PYTHONPATH", "True"), ("CONDA PATH", ""), ("CONDA ENV", ""), ("UDF MODULES", "udfs"),
    ("DEBUG UDFS", "False"), ("USE UDF SERVER", "False"), ("SHOW CONSOLE", "False"), ("SHOW_ERROR_POPUPS", "True"),
    ("TEMP DIR", "%Temp%"), ("LICENSE_KEY", ""), ("ONEDRIVE_CONSUMER_WIN", ""), ("ONEDRIVE_CONSUMER_MAC", ""),
    ("ONEDRIVE_COMMERCIAL_WIN", ""), ("ONEDRIVE_COMMERCIAL_MAC", ""), ("SHAREPOINT_WIN", ""), ("SHAREPOINT_MAC", ""),
)  # fmt: skip
"""Every setting that the macros ask for, also the empty ones: one that is missing is looked for in files at each call.

The licence key stays empty, so that no paid part of xlwings is ever switched on from elsewhere.
"""


def base(sheet: TableSheet, context: Context, table: BookTable, rows: pa.Table) -> None:
    """基准: a plain table; nobody types there."""
    looks = context.looks
    sheet.write_string(0, 0, "基准：本工作簿上次更新时各格的内容，用来认出谁改了什么。请勿改动。", looks.plain())
    for place, column in enumerate(table.columns):
        sheet.set_column(place, place, column.width, looks.below(table, column))
    last, right = 3 + max(rows.num_rows, 1), len(table.columns) - 1
    headings = [{"header": h, "header_format": looks.plain(bold=True)} for h in table.headings]
    sheet.add_table(3, 0, 4, right, {"name": table.name, "style": None, "columns": headings})
    sheet.stretch(last, {})
    for place in range(right + 1):
        sheet.write_blank(4, place, None, looks.plain(num_format="@"))
    if rows.num_rows:
        context.blocks.append(Block(sheet.index, 5, rows, [""] * (right + 1), [None] * rows.num_rows))
    sheet.ignore_errors({"number_stored_as_text": f"A1:D{last + 1}"})
    sheet.very_hidden()


def settings(sheet: TableSheet, looks: Looks) -> None:
    """xlwings.conf: two columns from A1, read by the macros."""
    sheet.set_column(0, 0, 30)
    sheet.set_column(1, 1, 60)
    for row, (key, value) in enumerate(SETTINGS):
        sheet.write_string(row, 0, key)
        if value.startswith("="):
            sheet.write_formula(row, 1, value, None, "python")
        elif value:
            sheet.write_string(row, 1, value, looks.plain(num_format="@"))
        else:
            sheet.write_blank(row, 1, None, looks.plain())
    sheet.hide()
