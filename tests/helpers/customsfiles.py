"""Customs extracts as files."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import xlsxwriter

Line = tuple[Any, ...]

HEADINGS = ("统一社会信用代码", "企业名称", "年度", "国别", "出口额(美元)")

OTHER = "日本"
"""A country that is neither a key country nor an emerging market."""


def extract(folder: Path, lines: Sequence[Line], headings: Sequence[str] = HEADINGS, kind: str = "xlsx") -> Path:
    path = folder / f"海关.{kind}"
    if kind == "csv":
        with path.open("w", encoding="gb18030", newline="") as file:
            csv.writer(file).writerows([headings, *(["" if v is None else v for v in line] for line in lines)])
        return path
    book = xlsxwriter.Workbook(path)
    page = book.add_worksheet("明细")
    page.write_row(0, 0, headings)
    for y, line in enumerate(lines, 1):
        for x, value in enumerate(line):
            if isinstance(value, str):
                page.write_string(y, x, value)
            elif value is not None:
                page.write_number(y, x, value)
    book.close()
    return path
