"""Columns that the table does not have and that change what an amount means: used or refused, never summed over."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from rosters import TODAY, nantong, uscc

from xltools.catalogue.bureau_tables import bureau_tables
from xltools.desk.apart import apart
from xltools.desk.errors import BadInput
from xltools.desk.inputs import read_input, read_rows
from xltools.roster.cells import Roster

HEAD = ["统一社会信用代码", "企业名称", "年度", "国别", "出口额(美元)"]
FUND = ["日期", "类型", "转出", "转入", "金额(元)", "文号", "审批人"]
FX = ["保险人", "月份", "汇率", "来源"]


def read(folder: Path, heading: str, cells: Sequence[Any], amount: str = HEAD[-1]) -> Roster:
    path = folder / "海关.xlsx"
    book = xlsxwriter.Workbook(path)
    page = book.add_worksheet("表")
    page.write_row(0, 0, [*HEAD[:-1], amount, heading])
    for y, cell in enumerate(cells, 1):
        page.write_row(y, 0, [uscc(y), f"企业{y}", 2018, "日本", 100 * y, cell])
    book.close()
    return read_rows(path, nantong(), "customs", TODAY)


def taken(roster: Roster) -> tuple[list[int], list[tuple[str, str]], list[str]]:
    """Cents that are taken; codes and cells of what is left out; codes of what is only said."""
    found = apart(roster, bureau_tables()["customs"], "海关.xlsx")
    left = [(p.code, p.cell) for x in found.listed for p in x.placed]
    return found.rows["cents"].to_pylist(), left, [p.code for p in roster.findings.file]


@pytest.mark.parametrize(
    ("heading", "cells", "cents", "left", "said"),
    [
        ("进出口标志", ["出口", "E", "出口(E)"], [10_000, 20_000, 30_000], [], []),
        ("进出口", ["出口", "进口", "出口"], [10_000, 30_000], [], ["ROWS_SKIPPED"]),
        ("进/出口类型", ["E", "I", "?"], [10_000], [("MEANING", "F4")], ["ROWS_SKIPPED"]),
        ("进出口标志", ["出口", None, "出口"], [10_000, 30_000], [("MEANING", "F3")], []),
        ("进出口标志", [None, None, None], [10_000, 20_000, 30_000], [], ["HEADING_UNKNOWN"]),
        ("币制", ["美元", "USD", 502], [10_000, 20_000, 30_000], [], []),
        ("币种", ["美元", "人民币", "欧元"], [10_000], [("MEANING", "F3"), ("MEANING", "F4")], []),
        ("贸易方式", ["一般贸易"] * 3, [10_000, 20_000, 30_000], [], ["MEANING_ONE"]),
        ("单位", ["美元", "万美元", "元"], [10_000], [("MEANING_UNIT", "F3"), ("MEANING_UNIT", "F4")], []),
        ("单位", ["千克", "个", "千克"], [10_000, 20_000, 30_000], [], ["HEADING_UNKNOWN"]),
        ("进出口企业代码", ["1", "2", "3"], [10_000, 20_000, 30_000], [], ["HEADING_UNKNOWN"]),
    ],
    ids=[
        "all exports", "imports are passed over", "a flag that nobody knows", "a blank flag", "a flag nowhere filled in",
        "all in dollars", "other currencies", "one kind of trade", "other units than the heading's",
        "units of quantities", "a heading that only begins alike",
    ],
)  # fmt: skip
def test_what_a_column_says_is_used(
    tmp_path: Path, heading: str, cells: list[Any], cents: list[int], left: list[tuple[str, str]], said: list[str]
) -> None:
    assert taken(read(tmp_path, heading, cells)) == (cents, left, said)


def test_a_unit_that_is_the_headings_own_counts(tmp_path: Path) -> None:
    assert taken(read(tmp_path, "金额单位", ["万美元"] * 2, "出口额(万美元)")) == ([100_000_000, 200_000_000], [], [])


@pytest.mark.parametrize(
    ("heading", "cells", "code"),
    [
        ("贸易方式", ["一般贸易", "进料加工"], "MEANING_MIXED"),
        ("监管方式", ["一般贸易", None], "MEANING_MIXED"),
        ("币种", ["人民币", "人民币"], "MEANING"),
        ("单位", ["万美元", "万美元"], "MEANING_UNIT"),
    ],
)
def test_what_makes_all_of_it_doubtful_is_refused(tmp_path: Path, heading: str, cells: list[Any], code: str) -> None:
    roster = read(tmp_path, heading, cells)
    with pytest.raises(BadInput) as e:
        apart(roster, bureau_tables()["customs"], "海关.xlsx")
    assert {p.code for p in e.value.placed} == {code}
    assert heading in str(e.value)


@pytest.mark.parametrize(
    ("name", "head", "row", "heading", "good", "bad"),
    [
        ("fund", FUND, ["2019-10-01", "追加", None, "中国信保", 100, "批1号", "局长"], "币种", "人民币", "美元"),
        ("fund", FUND, ["2019-10-01", "追加", None, "中国信保", 100, "批1号", "局长"], "单位", "元", "万元"),
        ("fx", FX, ["中国信保", "2019-09", 7.1, "函"], "币种", "美元", "欧元"),
    ],
)
def test_money_and_rates_as_well(
    tmp_path: Path, name: str, head: list[str], row: list[Any], heading: str, good: str, bad: str
) -> None:
    def taken_with(cell: str) -> int:
        book = xlsxwriter.Workbook(tmp_path / "表.xlsx")
        page = book.add_worksheet()
        page.write_row(0, 0, [*head, heading])
        page.write_row(1, 0, [*row, cell])
        book.close()
        return len(read_input(tmp_path / "表.xlsx", nantong(), name, TODAY))

    assert taken_with(good) == 1
    with pytest.raises(BadInput, match=bad):
        taken_with(bad)
