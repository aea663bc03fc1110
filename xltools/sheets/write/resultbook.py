"""The result (处理结果.xlsx) of a press without macros: what was done, what must be mended, what comes next."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unicodedata import east_asian_width

from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from xltools.files import replace
from xltools.sheets.write import style

SHEETS = ("结果", "问题", "下一步")
MOST = 32_767
"""Characters that a cell holds."""
LAST_ROW = 1_048_576
LINE, TALLEST = 15.0, 409.0
"""Points of a line of text; the highest row that Excel allows. Not every program fits rows to wrapped text by itself."""
NUMBER, TEXT = 10, 88
"""Widths of the two columns of 结果 and 下一步."""


@dataclass(frozen=True)
class Trouble:
    """One thing to mend: 程度 必须改/提示, 文件, 工作表, 单元格 ("" where there is none), 问题, 怎么办."""

    degree: str
    file: str
    sheet: str
    cell: str
    text: str
    todo: str


PROBLEMS = (("序号", 6), ("程度", 9), ("文件", 40), ("工作表", 20), ("单元格", 9), ("问题", 52), ("怎么办", 46))


@dataclass(frozen=True)
class Result:
    """What the workbook tells: `title` one line, `facts` (name, text), then lines, problems and what comes next.

    `standing`: a sentence on problems that are listed elsewhere, "" where there are none.
    """

    title: str
    facts: Sequence[tuple[str, str]]
    lines: Sequence[str]
    troubles: Sequence[Trouble]
    following: Sequence[str]
    standing: str = ""


def write(path: Path, result: Result) -> None:
    """Write the workbook, whole or not at all; no clock in it but the one of `facts`. Raises OSError."""
    with replace(path) as temporary:
        book = style.new_book(temporary, "处理结果")
        sheets = [book.add_worksheet(name) for name in SHEETS]
        _done(book, sheets[0], result)
        _problems(book, sheets[1], result.troubles, result.standing)
        _numbered(book, sheets[2], 0, result.following, "没有要做的。")
        for sheet in sheets:
            sheet.hide_gridlines(2)
        book.close()


def _done(book: Workbook, sheet: Worksheet, result: Result) -> None:
    style.a4(sheet, landscape=False)
    title = style.look(book, bold=True)
    title.set_font_size(16)
    sheet.set_row(0, 30)
    _text(sheet, 0, 0, result.title, title)
    name, value = style.boxed(book, bg_color=style.PALE_BLUE), style.boxed(book, text_wrap=True)
    for row, (key, said) in enumerate(result.facts, 1):
        high(sheet, row, [(said, TEXT)])
        _text(sheet, row, 0, key, name)
        _text(sheet, row, 1, said, value)
    _numbered(book, sheet, len(result.facts) + 2, result.lines, "没有什么要说的。")


def _problems(book: Workbook, sheet: Worksheet, troubles: Sequence[Trouble], standing: str) -> None:
    style.a4(sheet, landscape=True)
    sheet.repeat_rows(0)
    sheet.freeze_panes(1, 0)
    head = style.boxed(book, bold=True, bg_color=style.PALE_BLUE, align="center")
    for column, (heading, width) in enumerate(PROBLEMS):
        sheet.set_column(column, column, width)
        sheet.write_string(0, column, heading, head)
    plain, middle = style.boxed(book, text_wrap=True), style.boxed(book, align="center")
    degrees = {
        "必须改": style.boxed(book, align="center", **style.BAD),
        "提示": style.boxed(book, align="center", **style.NOTE),
    }
    shown = troubles[: LAST_ROW - 1]
    for row, t in enumerate(shown, 1):
        said = (t.file, t.sheet, t.cell, t.text, t.todo)
        high(sheet, row, zip(said, (width for _, width in PROBLEMS[2:]), strict=True))
        sheet.write_number(row, 0, row, middle)
        _text(sheet, row, 1, t.degree, degrees.get(t.degree, middle))
        for column, text in enumerate(said, 2):
            _text(sheet, row, column, text, plain)
    if shown:
        sheet.autofilter(0, 0, len(shown), len(PROBLEMS) - 1)
    else:
        sheet.write_string(1, 0, "这次没有新的问题。" if standing else "没有问题。", style.look(book))
    if standing:
        sheet.write_string(max(len(shown), 1) + 1, 0, standing + "。", style.look(book))


def _numbered(book: Workbook, sheet: Worksheet, top: int, lines: Sequence[str], none: str) -> None:
    """A table of 序号 · 内容 from the row `top` (0-based) on."""
    if not top:
        style.a4(sheet, landscape=False)
    sheet.set_column(0, 0, NUMBER)
    sheet.set_column(1, 1, TEXT)
    head = style.boxed(book, bold=True, bg_color=style.PALE_BLUE)
    sheet.write_string(top, 0, "序号", head)
    sheet.write_string(top, 1, "内容", head)
    number, said = style.boxed(book, align="center"), style.boxed(book, text_wrap=True)
    for row, line in enumerate(lines or [none], 1):
        high(sheet, top + row, [(line, TEXT)])
        if lines:
            sheet.write_number(top + row, 0, row, number)
        else:
            sheet.write_blank(top + row, 0, None, number)
        _text(sheet, top + row, 1, line, said)


def high(sheet: Worksheet, row: int, cells: Iterable[tuple[str, int]]) -> None:
    """Make a row as high as its wrapped texts need; `cells` are texts and the widths of their columns."""
    need = max(sum(max(1, -(-_wide(line) // (width - 2))) for line in text.split("\n")) for text, width in cells)
    if need > 1:
        sheet.set_row(row, min(need * LINE + 4, TALLEST))


def _wide(text: str) -> int:
    """Columns that a text takes: Chinese characters two."""
    return sum(2 if east_asian_width(c) in "WFA" else 1 for c in text[:MOST])


def _text(sheet: Worksheet, row: int, column: int, text: str, look: Any) -> None:
    """Text that stays text, without what XML forbids."""
    clean = "".join(c for c in text if c >= " " or c in "\n\t")[:MOST]
    sheet.write_string(row, column, clean, look)
