"""The budget rate that staff tried out goes back to the scheme's with the next splice, which says so once."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from pages import page_of
from splicebooks import contents
from spliceoracle import members, sheet_members

from xltools.scheme import load
from xltools.sheets.platform.draw.workbook import draw
from xltools.sheets.platform.splice.rate import restored
from xltools.sheets.platform.splice.update import splice

GIVEN = contents(6)
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:openpyxl")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("rate") / "a.xlsx"
    draw(path, GIVEN)
    return path.read_bytes()


@pytest.fixture
def path(made: bytes, tmp_path: Path) -> Path:
    path = tmp_path / "a.xlsx"
    path.write_bytes(made)
    return path


def typed(path: Path, value: Any) -> None:
    book = openpyxl.load_workbook(path)
    book["参数"]["C3"].value = value
    book.save(path)


def rate(path: Path) -> Any:
    return page_of(path, "参数")["C3"].value


TRIED = {
    "another rate": (6.9, "试算用过 6.90"),
    "many decimals": (6.87654321, "试算用过 6.87654321"),
    "a formula": ("=6.5+0.4", "试算用过 =6.5+0.4"),
    "a formula that gives the scheme's rate": ("=3.5*2", "试算用过 =3.5*2"),
    "text": ("七块", "试算用过 七块"),
    "nothing": (None, "原来空着"),
}


@pytest.mark.parametrize(("value", "was"), TRIED.values(), ids=TRIED.keys())
def test_what_was_tried_goes_back_and_is_said_once(value: Any, was: str, path: Path) -> None:
    look = page_of(path, "参数")["C3"]
    typed(path, value)
    assert f"预算汇率已恢复为 7.00（{was}）" in splice(path, GIVEN).lines
    cell = page_of(path, "参数")["C3"]
    assert (cell.value, cell.data_type, cell.number_format) == (7, "n", look.number_format)
    assert cell.fill.fgColor.rgb == look.fill.fgColor.rgb
    assert [line for line in splice(path, GIVEN).lines if "预算汇率" in line] == []


def test_the_schemes_rate_is_left_as_it_stands(path: Path) -> None:
    sheet = sheet_members(path)["参数"]
    was = members(path)[sheet]
    row = was[was.index(b'<row r="3"') : was.index(b'<row r="4"')]
    assert [line for line in splice(path, GIVEN).lines if "预算汇率" in line] == []
    assert row in members(path)[sheet]


def test_a_name_that_is_gone_comes_again_over_its_own_cell(path: Path) -> None:
    book = openpyxl.load_workbook(path)
    book["参数"]["C3"].value = 6.9
    del book.defined_names["预算汇率"]
    book.save(path)
    said = splice(path, GIVEN).lines
    assert [line for line in said if "预算汇率" in line] == ["预算汇率已恢复为 7.00（试算用过 6.90）"]
    assert openpyxl.load_workbook(path).defined_names["预算汇率"].attr_text.replace("'", "") == "参数!$C$3"
    assert rate(path) == 7


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (7, False),
        (7.0, False),
        (Decimal("7.00"), False),
        (7.0 + 1e-12, False),
        (7.0001, True),
        ("7", True),
        (True, True),
    ],
)
def test_which_values_are_the_schemes(found: object, said: bool) -> None:
    assert bool(restored(load("nantong-2019"), found)) is said
