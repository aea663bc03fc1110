"""After an update of the closed file every program shows the new sums, also one that calculates nothing on opening."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import demonstration
import pytest
import recalculated
from converting import convert
from python_calamine import CalamineWorkbook
from splicebooks import edited
from spliceoracle import members, sheet_members

from xltools.desk.book.workbook import contents as contents_of
from xltools.sheets.platform.contents import Contents
from xltools.sheets.platform.draw.workbook import draw
from xltools.sheets.platform.splice.update import splice

PAGES = ("首页", "参数", "一企一页")


@pytest.fixture(scope="module")
def year() -> Contents:
    """The example after its whole enrolment; sixty rows of each table, which every formula takes for all there are."""
    whole = contents_of(demonstration.workspace(), now=datetime(2019, 10, 8, 17), today=date(2019, 10, 8))
    return replace(whole, tables={name: rows.slice(0, 60) for name, rows in whole.tables.items()})


def drawn(path: Path, year: Contents) -> None:
    """A book of the first twenty rows in which somebody looks at a firm and tried another rate."""
    firm = year.tables["名册"]["受理编号"][3].as_py()
    tables = {name: rows.slice(0, 20) for name, rows in year.tables.items()}
    draw(path, replace(year, tables=tables, facts={**year.facts, "查询": firm, "阶段": "资格与测算"}))


def saved_by_libreoffice(path: Path, year: Contents) -> None:
    """It writes formulas its own way, and their results as they were."""
    drawn(path, year)
    path.write_bytes(convert(path, path.parent, "xlsx").read_bytes())


@pytest.fixture(params=[drawn, saved_by_libreoffice], ids=["as `book` draws it", "saved by LibreOffice"])
def updated(request: pytest.FixtureRequest, year: Contents, tmp_path: Path) -> Path:
    make: Callable[[Path, Contents], None] = request.param
    path = tmp_path / "平台工作簿.xlsx"
    make(path, year)
    splice(path, year)
    return path


def test_libreoffice_with_its_usual_settings_shows_what_it_calculates(
    updated: Path, year: Contents, tmp_path: Path
) -> None:
    (tmp_path / "anew").mkdir(), (tmp_path / "as it is").mkdir()
    anew = recalculated.by_libreoffice(updated, tmp_path / "anew")
    as_it_is = recalculated.by_libreoffice(updated, tmp_path / "as it is", anew=False)
    assert len(anew["首页"]) > 200
    assert anew["首页"]["D26"] == year.tables["测算"].num_rows
    assert "找到 1 家" in anew["一企一页"].values()
    for page in PAGES:
        assert as_it_is[page] == anew[page], page


def test_a_program_that_calculates_nothing_shows_the_new_figures_or_none(
    updated: Path, request: pytest.FixtureRequest, year: Contents, tmp_path: Path
) -> None:
    """Excel's protected view, previews on a telephone."""
    fresh = tmp_path / "fresh.xlsx"
    draw(fresh, replace(year, facts={**year.facts, "阶段": "资格与测算"}))
    new = CalamineWorkbook.from_path(fresh).get_sheet_by_name("首页").to_python(skip_empty_area=False)
    seen = CalamineWorkbook.from_path(updated).get_sheet_by_name("首页").to_python(skip_empty_area=False)
    figures = [
        (a, b) for one, other in zip(seen, new, strict=False) for a, b in zip(one, other, strict=False)
        if isinstance(b, float)
    ]  # fmt: skip
    assert len(figures) > 150
    blank = sum(a == "" for a, _ in figures)
    assert [(a, b) for a, b in figures if a != "" and a != b] == []
    assert blank == 0 or "saved by LibreOffice" in request.node.name


def test_a_formula_that_moved_with_its_row_shows_nothing_rather_than_its_neighbours_figure(
    year: Contents, tmp_path: Path
) -> None:
    """With two rows put in above, the first insurer's line reads as the second's was drawn."""
    path = tmp_path / "平台工作簿.xlsx"
    drawn(path, year)
    first, second = (f'IF(N{row}&gt;0,(O{row}+P{row})/N{row},"")'.encode() for row in (11, 14))
    member = sheet_members(path)["首页"]
    assert members(path)[member].count(second) == 1
    edited(path, {member: lambda xml: xml.replace(first, second, 1)})
    splice(path, year)
    after = members(path)[member].decode()
    shares = re.findall(r'<c r="(R1[14])"[^>]*><f>[^<]*</f>(<v>[^<]*</v>)?</c>', after)
    assert [(cell, bool(value)) for cell, value in shares] == [("R11", False), ("R14", True)]
