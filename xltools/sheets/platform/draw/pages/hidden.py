"""The hidden sheets (隐藏页): what each phase shows (阶段按钮), what a rate tried out leaves (汇率试算), what the book last showed (基准), settings (xlwings.conf)."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Sequence
from importlib import resources

import pyarrow as pa

from xltools.catalogue.tables import BookTable
from xltools.sheets.platform.draw.rows import Block
from xltools.sheets.platform.draw.sheet import TableSheet
from xltools.sheets.platform.draw.table import Context, draw_table
from xltools.sheets.platform.looks import Looks

CONF = "xlwings.conf"
TEXTS = 3
"""First column (0-based) of the texts that macros show: a name, its text, and for a function those of its arguments."""
_PLACE = 'CELL("filename",A1)'
_BRACKETS = f'LEN({_PLACE})-LEN(SUBSTITUTE({_PLACE},"[",""))'
FOLDER = f'LEFT({_PLACE},FIND("|",SUBSTITUTE({_PLACE},"[","|",{_BRACKETS}))-1)'
"""The folder of the workbook that is open, with its last backslash: what stands before the last bracket."""
PROGRAM = f'IF(RIGHT({FOLDER},5)="\\工作簿\\",LEFT({FOLDER},LEN({FOLDER})-4),{FOLDER})'
"""The folder of the program: the workbook's own, or the one around it where that is called 工作簿."""
NOWHERE = "none"
"""What stands in place of a folder where the workbook has none: no Python is looked for elsewhere."""
SETTINGS = (
    ("INTERPRETER_WIN", f'=IFERROR({PROGRAM}&"python\\python.exe","{NOWHERE}")'), ("INTERPRETER_MAC", ""),
    ("INTERPRETER", NOWHERE), ("PYTHONPATH", f'=IFERROR({PROGRAM}&"python","{NOWHERE}")'),
    ("ADD_WORKBOOK_TO_PYTHONPATH", "False"), ("CONDA PATH", ""), ("CONDA ENV", ""), ("UDF MODULES", "udfs"),
    ("DEBUG UDFS", "False"), ("USE UDF SERVER", "False"), ("SHOW CONSOLE", "False"), ("SHOW_ERROR_POPUPS", "True"),
    ("TEMP DIR", "%Temp%"), ("LICENSE_KEY", ""), ("ONEDRIVE_CONSUMER_WIN", ""), ("ONEDRIVE_CONSUMER_MAC", ""),
    ("ONEDRIVE_COMMERCIAL_WIN", ""), ("ONEDRIVE_COMMERCIAL_MAC", ""), ("SHAREPOINT_WIN", ""), ("SHAREPOINT_MAC", ""),
)  # fmt: skip
"""Every setting that the macros ask for, also the empty ones: one that is missing is looked for in files at each call.

The workbook's folder is not looked at for modules, and PYTHONPATH is Python's own folder, where it looks anyway: xlwings
makes of an empty one the current folder, whichever that is. The licence key stays empty, so that no paid part of xlwings is ever switched on from elsewhere.
"""


def switches(sheet: TableSheet, context: Context, tables: Sequence[tuple[BookTable, pa.Table]]) -> None:
    """阶段按钮: the tables that the formulas of 首页 look up, side by side, so that each may grow."""
    looks, left = context.looks, 0
    sheet.write_string(0, 0, "首页按这里的表显示各阶段的工作表和按钮，随软件更新。请勿改动。", looks.plain())
    for table, rows in tables:
        right = left + len(table.columns) - 1
        headings = [{"header": h, "header_format": looks.plain(bold=True)} for h in table.headings]
        area = (3, left, 3 + max(rows.num_rows, 1), right)
        sheet.add_table(*area, {"name": table.name, "style": None, "columns": headings})
        for place, column in enumerate(table.columns, left):
            sheet.set_column(place, place, column.width, looks.plain())
            for row, text in enumerate(rows[column.heading].to_pylist() or [None], 4):
                if text is None:
                    sheet.write_blank(row, place, None, looks.plain(num_format="@"))
                else:
                    sheet.write_string(row, place, text, looks.plain(num_format="@"))
        left = right + 2
    sheet.very_hidden()


def cuts(sheet: TableSheet, context: Context, table: BookTable, rows: pa.Table) -> None:
    """汇率试算: how far the money of each pool goes at the rate that is tried out, halving by halving."""
    sheet.write_string(
        0, 0, "按“资金”表的试算汇率，逐位找出各盘子放得下的最后一个排队号。请勿改动。", context.looks.plain()
    )
    widths = [c.width for c in table.columns]
    for place, column in enumerate(table.columns):
        sheet.set_column(place, place, column.width, context.looks.plain())
    draw_table(sheet, context, table, rows, 3, widths=widths, arrows=False, room=len(context.scheme.insurers))
    sheet.very_hidden()


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
    """xlwings.conf: settings from A1 and texts from D1, read by the macros."""
    for row, words in enumerate(_texts()):
        for place, text in enumerate(words, TEXTS):
            sheet.write_string(row, place, text)
    sheet.set_column(0, 0, 30)
    sheet.set_column(1, 1, 60)
    for row, (key, value) in enumerate(SETTINGS):
        sheet.write_string(row, 0, key)
        if value.startswith("="):
            sheet.write_formula(row, 1, value, None, NOWHERE)
        elif value:
            sheet.write_string(row, 1, value, looks.plain(num_format="@"))
        else:
            sheet.write_blank(row, 1, None, looks.plain())
    sheet.hide()


def _texts() -> Iterator[list[str]]:
    told = tomllib.loads((resources.files("xltools.sheets.platform") / "functions.toml").read_text("utf-8"))
    yield from ([key, text] for key, text in told.items() if isinstance(text, str))
    yield from ([f["name"], f["about"], *f["arguments"]] for f in told["function"])
