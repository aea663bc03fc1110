"""A table of the bureau's on several sheets (一张表分在几页): read as one, and what is not read is named."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from rosters import nantong, uscc

from xltools.catalogue.bureau_tables import columns_of
from xltools.roster.problems import FileRefused
from xltools.sheets.intake.sheets import read_sheets

HEAD = ["统一社会信用代码", "企业名称", "年度", "国别", "出口额(美元)"]
FX = ["保险人", "月份", "汇率", "来源"]
FIRST = [HEAD, [uscc(1), "甲", 2018, "美国", 100], [uscc(2), "乙", 2018, "美国", 200]]
MORE = [HEAD, [uscc(1), "甲", 2018, "日本", 300]]
MOVED = [["某市海关"], [], [HEAD[i] for i in (4, 0, 1, 3, 2)], [300, uscc(1), "甲", "日本", 2018]]
NOTES = [["本表由海关提供"], ["如有疑问请致电"]]
PIVOT = [["企业名称", "出口额(美元)"], ["甲", 400], ["乙", 200]]
LACKS = [["统一社会信用代码", "企业名称", "年度", "出口额(美元)"], [uscc(1), "甲", 2018, 400]]

Sheets = Sequence[tuple[str, Sequence[Sequence[Any]]]]


def book(folder: Path, sheets: Sheets, hidden: Sequence[str] = ()) -> Path:
    path = folder / "海关.xlsx"
    made = xlsxwriter.Workbook(path)
    for name, rows in sheets:
        page = made.add_worksheet(name)
        for y, row in enumerate(rows):
            page.write_row(y, 0, row)
        if name in hidden:
            page.hide()
    made.get_worksheet_by_name(next(n for n, _ in sheets if n not in hidden)).activate()
    made.close()
    return path


@pytest.mark.parametrize(
    ("sheets", "hidden", "rows"),
    [
        ([("1-6月", FIRST), ("7-12月", MORE)], [], [("1-6月", "E2", "100"), ("1-6月", "E3", "200"), ("7-12月", "E2", "300")]),
        ([("1-6月", FIRST), ("7-12月", MOVED)], [], [("1-6月", "E2", "100"), ("1-6月", "E3", "200"), ("7-12月", "A4", "300")]),
        ([("说明", NOTES), ("数据", FIRST)], [], [("数据", "E2", "100"), ("数据", "E3", "200")]),
        ([("数据", FIRST), ("空", [HEAD])], [], [("数据", "E2", "100"), ("数据", "E3", "200")]),
        ([("数据", FIRST), ("旧", MORE)], ["旧"], [("数据", "E2", "100"), ("数据", "E3", "200")]),
        ([("旧", MORE), ("数据", FIRST)], ["旧"], [("数据", "E2", "100"), ("数据", "E3", "200")]),
        ([("数据", FIRST), ("透视", PIVOT)], [], [("数据", "E2", "100"), ("数据", "E3", "200")]),
    ],
    ids=[
        "two halves of a year", "the columns elsewhere, under a title", "a sheet of notes in front",
        "a sheet with headings and no rows", "a hidden sheet behind", "a hidden sheet in front",
        "a summary under fewer headings",
    ],
)  # fmt: skip
def test_every_visible_sheet_under_the_headings_is_read(
    tmp_path: Path, sheets: Sheets, hidden: list[str], rows: list[tuple[str, str, str]]
) -> None:
    cells = read_sheets(book(tmp_path, sheets, hidden), columns_of(nantong(), "customs"))
    found = []
    for i, value in enumerate(cells.columns["cents"].to_pylist()):
        part = cells.part(i)
        found.append((part.sheet, f"{chr(65 + part.places['cents'])}{cells.rows[i]}", value))
    assert found == rows


@pytest.mark.parametrize(
    ("sheets", "code", "said"),
    [
        ([("1-6月", FIRST), ("7-12月", LACKS)], "SHEET_UNREAD", ["7-12月", "下面 1 行", "国别"]),
        (
            [("1-6月", FIRST), ("7-12月", [[*HEAD[:4], "出口额(万美元)"], MORE[1]])],
            "SHEETS_DIFFER",
            ["1-6月", "7-12月"],
        ),
        ([("7-12月", LACKS), ("说明", NOTES)], "HEADING_MISSING", ["国别"]),
        ([("说明", NOTES), ("透视", PIVOT)], "FILE_NO_HEADING", ["国别"]),
    ],
    ids=["a sheet that lacks a column", "a sheet in another unit", "the only table lacks a column", "no table at all"],
)
def test_a_sheet_that_cannot_be_read_is_named(tmp_path: Path, sheets: Sheets, code: str, said: list[str]) -> None:
    with pytest.raises(FileRefused) as e:
        read_sheets(book(tmp_path, sheets), columns_of(nantong(), "customs"))
    (problem,) = e.value.problems
    assert problem.code == code
    assert [w for w in said if w not in problem.message] == []


def test_a_table_without_codes_passes_over_notes_as_well(tmp_path: Path) -> None:
    rows = [
        FX,
        ["中国信保", "2019-09", 7.1, "函"],
        ["人保财险", "2019-09", "七", "函"],
        ["注：月末中间价"],
        ["制表：张三", "", "审核：李四"],
    ]
    cells = read_sheets(book(tmp_path, [("汇率", rows)]), columns_of(nantong(), "fx"))
    assert cells.rows.tolist() == [2, 3]
    assert [(p.code, p.value) for p in cells.problems] == [("LINES_PASSED", "2")]
