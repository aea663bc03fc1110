"""The budget rate that staff tried out goes back to the scheme's with the next splice, which says so once."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from pages import page_of
from splicebooks import contents, edited
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


def typed(path: Path, cell: str) -> None:
    """Another cell stands there: what follows its place and its style."""
    old = re.compile(rb'(<c r="C3"(?: s="\d+")?)[^>]*>.*?</c>')
    edited(path, {sheet_members(path)["参数"]: lambda xml: old.sub(rb"\1" + cell.encode(), xml, count=1)})


def rate(path: Path) -> Any:
    return page_of(path, "参数")["C3"].value


TRIED = {
    "another rate": ("><v>6.9</v></c>", "试算用过 6.90"),
    "many decimals": ("><v>6.87654321</v></c>", "试算用过 6.87654321"),
    "a formula": ("><f>6.5+0.4</f><v>6.9</v></c>", "试算用过 =6.5+0.4"),
    "a formula that gives the scheme's rate": ("><f>3.5*2</f><v>7</v></c>", "试算用过 =3.5*2"),
    "text": (' t="inlineStr"><is><t>七块</t></is></c>', "试算用过 七块"),
    "nothing": ("/>", "原来空着"),
}


@pytest.mark.parametrize(("tried", "was"), TRIED.values(), ids=TRIED.keys())
def test_what_was_tried_goes_back_and_is_said_once(tried: str, was: str, path: Path) -> None:
    look = page_of(path, "参数")["C3"]
    typed(path, tried)
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
