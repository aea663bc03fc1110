"""`sync` with nothing new changes nothing in the workbook but the time that it tells."""

from __future__ import annotations

import warnings
from datetime import timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from books import booked
from recalculated import values
from workspaces import Bureau, firms, prepared


def three(made: Bureau) -> None:
    """One firm is agreed to, and one file has problems to show."""
    made.drop(firms(1, 2, 3))
    made.collect()
    made.agree(1)
    made.drop([{**firms(4)[0], "phone": "一三八零零零零零零零零，改天再报"}], "补报.xlsx", round=2)
    made.collect()


@pytest.fixture
def office(tmp_path: Path) -> Bureau:
    return prepared(tmp_path, three)


def sheets(path: Path) -> dict[tuple[Any, ...], Any]:
    """Every cell's value as calamine reads it, and all that openpyxl sees: formulas, looks, heights, widths, tables, rules."""
    out: dict[tuple[Any, ...], Any] = {}
    with warnings.catch_warnings(action="ignore"):
        opened = openpyxl.load_workbook(path)
    for title, shown in values(path).items():
        out |= {(title, place, True): value for place, value in shown.items()}
    for sheet in opened:
        for row in sheet.iter_rows():
            out |= {(sheet.title, c.coordinate, False): (getattr(c.value, "text", c.value), c._style) for c in row}
        out |= {(sheet.title, "row", n): (d.height, d.hidden) for n, d in sheet.row_dimensions.items()}
        out |= {(sheet.title, "column", n): (d.width, d.hidden) for n, d in sheet.column_dimensions.items()}
        out |= {(sheet.title, "table", t.name): t.ref for t in sheet.tables.values()}
        out[sheet.title, "shown"] = (sheet.sheet_state, sheet.print_area, sheet.freeze_panes)
        out[sheet.title, "rules"] = sorted(str(r.sqref) for r in sheet.conditional_formatting)
        out[sheet.title, "choices"] = sorted(
            (str(v.sqref), v.formula1 or "") for v in sheet.data_validations.dataValidation
        )
    return out


def test_a_sync_with_nothing_new_changes_nothing_but_the_time(office: Bureau) -> None:
    path = booked(office).path
    with warnings.catch_warnings(action="ignore"):
        names = openpyxl.load_workbook(path).defined_names
    times = {names[n].value.rpartition("!")[2].replace("$", "") for n in ("更新于", "状态栏")}
    before, kept = sheets(path), office.tables()
    assert before["问题", "H5", False][0]
    for minutes in (1, 2):
        done = booked(office, now=office.now + timedelta(minutes=minutes))
        assert done.lines[0] == "工作簿里没有新的改动"
        after = sheets(path)
        other = {k for k in before.keys() | after.keys() if before.get(k) != after.get(k)}
        assert {k[:2] for k in other} == {("首页", cell) for cell in times}
        before = after
    assert office.tables() == kept


def test_the_comparison_can_fail(office: Bureau) -> None:
    path = booked(office).path
    before = sheets(path)
    with warnings.catch_warnings(action="ignore"):
        opened = openpyxl.load_workbook(path, keep_vba=True)
        opened["问题"].row_dimensions[5].height = 99
        opened["资金"]["B5"].value = 1
        opened.save(path)
    after = sheets(path)
    other = {k for k in before.keys() | after.keys() if before.get(k) != after.get(k)}
    assert {("问题", "row", 5), ("资金", "B5", False)} <= other
