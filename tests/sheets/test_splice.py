"""The platform workbook in use is updated by splicing: its tables show the contents, nothing else of it changes."""

from __future__ import annotations

import re
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from converting import convert
from splicebooks import SCHEME, contents, draw, edited, with_everything
from spliceoracle import changed, forbidden, members, new_faults, raw, refs, sheet_members, wrong_cells

from xltools.desk.verb import buttons
from xltools.scheme import load
from xltools.sheets.platform.contents import empty
from xltools.sheets.platform.draw.workbook import draw as draw_platform
from xltools.sheets.platform.splice.update import splice

ROWS = {"资金池": 6, "清算表": 6, "达标表": 6, "方案表": 6, "区表": 6, "方案保险人表": 6, "阶段表": 6, "按钮表": 6}
"""Tables with another of ours below them keep their length."""


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """One book of each kind, never changed itself."""
    folder = tmp_path_factory.mktemp("books")
    given = contents(6)
    draw(folder / "plain.xlsx", given)
    draw_platform(folder / "platform.xlsx", given)
    draw_platform(folder / "buttons.xlsm", given, vba=_vba())
    with_everything(folder / "everything.xlsm", given)
    return {
        "drawn by XlsxWriter": folder / "plain.xlsx",
        "as `book` draws it": folder / "platform.xlsx",
        "with buttons and macros": folder / "buttons.xlsm",
        "with controls, text boxes, sparklines, slicers and notes": folder / "everything.xlsm",
        "saved by LibreOffice": convert(folder / "platform.xlsx", folder, "xlsx", anew=False),
    }


def _vba() -> bytes:
    from importlib.resources import files

    return (files("xltools.sheets.platform") / "vbaProject.bin").read_bytes()


pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:openpyxl")  # it says what it would lose
KINDS = [
    "drawn by XlsxWriter",
    "as `book` draws it",
    "with buttons and macros",
    "with controls, text boxes, sparklines, slicers and notes",
    "saved by LibreOffice",
]
LENGTHS = {"growing": 60, "shrinking": 3, "to nothing": 0}


@pytest.fixture
def use(books: dict[str, Path], tmp_path: Path) -> Callable[[str], Path]:
    def copy(kind: str) -> Path:
        return Path(shutil.copy(books[kind], tmp_path / books[kind].name))

    return copy


@pytest.mark.parametrize("rows", LENGTHS.values(), ids=LENGTHS.keys())
@pytest.mark.parametrize("kind", KINDS)
def test_every_table_shows_the_contents_and_nothing_else_changes(
    kind: str, rows: int, books: dict[str, Path], use: Callable[[str], Path]
) -> None:
    path, wanted = use(kind), contents(rows, seed=2, **ROWS)
    said = splice(path, wanted).lines
    assert said[0] == f"{path.name}：各表已按台账更新，共 {sum(t.num_rows for t in wanted.tables.values()):,} 行"
    assert wrong_cells(path, wanted) == []
    assert forbidden(books[kind], path, wanted) == []


@pytest.mark.parametrize("kind", KINDS)
def test_the_schema_check_finds_nothing_new_and_formulas_stand_in_every_row(
    kind: str, books: dict[str, Path], use: Callable[[str], Path]
) -> None:
    path, wanted = use(kind), contents(8, seed=2, **ROWS)
    splice(path, wanted)
    assert wrong_cells(path, wanted, values=False) == []
    assert new_faults(books[kind], path) == set()


@pytest.mark.parametrize("kind", KINDS)
def test_a_second_splice_of_the_same_contents_gives_the_same_bytes(kind: str, use: Callable[[str], Path]) -> None:
    path, wanted = use(kind), contents(9, seed=3, **ROWS)
    splice(path, wanted)
    first = path.read_bytes()
    splice(path, wanted)
    assert path.read_bytes() == first


@pytest.mark.parametrize("kind", KINDS)
def test_growing_and_shrinking_again_and_again_leaves_no_trace_but_looks(kind: str, use: Callable[[str], Path]) -> None:
    """After any history the book is, member by member, what one splice would have made it."""
    path, last = use(kind), contents(8, seed=8, **ROWS)
    splice(path, last)
    once = members(path)
    for rows in (0, 20, 3):
        splice(path, contents(rows, seed=rows, **ROWS))
    splice(path, last)
    assert wrong_cells(path, last) == []
    now = members(path)
    assert {n for n in once if _without_extent(once[n]) != _without_extent(now[n])} == set()


def _without_extent(part: bytes) -> bytes:
    """A sheet's stated extent only grows; the heights of rows and the looks of single cells that were gone for a while
    do not come back."""
    part = re.sub(rb'<dimension ref="[^"]*"/>|(?<=\d") s="\d+"', b"", part)
    return re.sub(rb'(<row r="\d+")[^>]*', rb"\1", part)


@pytest.mark.parametrize("kind", KINDS)
def test_libreoffice_opens_it_and_shows_the_contents(kind: str, use: Callable[[str], Path], tmp_path: Path) -> None:
    path, wanted = use(kind), contents(9, seed=4, **ROWS)
    splice(path, wanted)
    assert wrong_cells(convert(path, tmp_path, "xlsx", anew=False), wanted, resaved=True) == []


@pytest.mark.parametrize("kind", KINDS)
def test_members_that_are_not_ours_keep_their_compressed_bytes(
    kind: str, books: dict[str, Path], use: Callable[[str], Path]
) -> None:
    path = use(kind)
    splice(path, contents(9, seed=5, **ROWS))
    old, new = raw(books[kind]), raw(path)
    parts = {n.split("/")[1] if "/" in n else n for n in changed(books[kind], path)}
    assert parts <= {
        "worksheets",
        "tables",
        "workbook.xml",
        "styles.xml",
        "calcChain.xml",
        "_rels",
        "[Content_Types].xml",
    }
    same = [n for n in old if old[n] == new.get(n)]
    assert {n for n in old if n.startswith(("xl/theme", "xl/media", "xl/charts", "docProps", "xl/vbaProject"))} <= {
        *same
    }
    assert "xl/sharedStrings.xml" in same
    assert zipfile.ZipFile(path).namelist() == [n for n in zipfile.ZipFile(books[kind]).namelist() if n in new]


def test_a_book_just_drawn_is_what_a_splice_of_its_own_contents_shows(tmp_path: Path) -> None:
    given = contents(6)
    draw_platform(tmp_path / "a.xlsx", given)
    before = refs(tmp_path / "a.xlsx")
    splice(tmp_path / "a.xlsx", given)
    assert refs(tmp_path / "a.xlsx") == before
    assert wrong_cells(tmp_path / "a.xlsx", given) == []


def test_an_empty_book_is_filled_and_emptied(tmp_path: Path) -> None:
    path, nothing = tmp_path / "a.xlsx", empty(load(SCHEME), buttons())
    draw_platform(path, nothing)
    full = contents(20, **dict.fromkeys(ROWS, 1))
    splice(path, full)
    assert wrong_cells(path, full) == []
    splice(path, nothing)
    assert wrong_cells(path, nothing) == []
    kept = {n: nothing.tables[n].num_rows for n in ("阶段表", "按钮表")}  # what the catalogue says, whatever happened
    assert {name: bottom - top for name, (_, (_, top, _, bottom)) in refs(path).items()} == (
        dict.fromkeys(full.tables, 1) | kept
    )


def test_excel_calculates_on_opening_and_calc_chain_is_gone(books: dict[str, Path], use: Callable[[str], Path]) -> None:
    kind = "with controls, text boxes, sparklines, slicers and notes"
    path = use(kind)
    splice(path, contents(9, seed=5, **ROWS))
    old, new = members(books[kind]), members(path)
    assert b"fullCalcOnLoad" not in old["xl/workbook.xml"]
    assert b'fullCalcOnLoad="1"' in new["xl/workbook.xml"]
    assert old.keys() - new.keys() == {"xl/calcChain.xml"}
    assert b"calcChain" not in new["[Content_Types].xml"] + new["xl/_rels/workbook.xml.rels"]


def test_text_never_becomes_a_formula_and_keeps_every_character(tmp_path: Path) -> None:
    path, wanted = tmp_path / "a.xlsx", contents(60, **ROWS)
    draw(path, contents(2, **ROWS))
    splice(path, wanted)
    texts = {v for v in wanted.tables["名册"]["企业名称"].to_pylist() if v}
    assert any(t.startswith("=1+1") for t in texts)
    assert any(t.startswith(" 前后空格 ") for t in texts)
    assert any("\n" in t for t in texts)
    assert any("_x0041_" in t for t in texts)
    assert wrong_cells(path, wanted) == []
    sheet = members(path)[sheet_members(path)["企业名册"]]
    assert b"<f>" not in sheet


def test_dates_of_a_book_that_counts_from_1904(tmp_path: Path) -> None:
    path, wanted = tmp_path / "a.xlsx", contents(30, seed=6, **ROWS)
    draw(path, contents(6), options={"date_1904": True})
    assert b'date1904="1"' in members(path)["xl/workbook.xml"]
    splice(path, wanted)
    assert wrong_cells(path, wanted) == []


TAMPERING: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "a width": ("企业名册", lambda b: re.sub(rb'(<col [^>]*width=")\d+', rb"\g<1>77", b, count=1)),
    "a cell beside our table": ("企业名册", lambda b: b.replace(b'<c r="AZ7"', b'<c r="BA7"')),
    "a sparkline": ("企业名册", lambda b: b.replace(b"sparklines>", b"sparklinez>")),
    "a control": ("企业名册", lambda b: b.replace(b'macro="[0]!Btn_Check"', b'macro=""')),
    "a row's height": ("企业名册", lambda b: re.sub(rb' ht="[\d.]+"', b"", b, count=1)),
    "the staff's own sheet": ("我们自己的", lambda b: b.replace(b"<v>3</v>", b"<v>4</v>")),
    "a title": ("测算", lambda b: b.replace(b'<c r="A1"', b'<c r="B1"')),
}


@pytest.mark.parametrize(("sheet", "change"), TAMPERING.values(), ids=TAMPERING.keys())
def test_the_check_of_what_may_change_can_fail(
    sheet: str, change: Callable[[bytes], bytes], books: dict[str, Path], use: Callable[[str], Path]
) -> None:
    kind = "with controls, text boxes, sparklines, slicers and notes"
    path, wanted = use(kind), contents(8, seed=2, **ROWS)
    splice(path, wanted)
    assert forbidden(books[kind], path, wanted) == []
    edited(path, {sheet_members(path)[sheet]: change})
    inside = [
        (n, w)
        for n, w in forbidden(books[kind], path, wanted)
        if w != "must stay byte for byte" or n in sheet_members(path).values()
    ]
    assert inside != []


@pytest.mark.parametrize("row", [5, 8, 12], ids=["its first", "one between", "the last of the sheet"])
def test_the_comparison_of_cells_misses_a_row_that_is_gone(row: int, use: Callable[[str], Path]) -> None:
    path, wanted = use("drawn by XlsxWriter"), contents(8, seed=2, **ROWS)
    splice(path, wanted)
    gone = re.compile(rb'<row r="%d"[^>]*>.*?</row>' % row, re.DOTALL)
    edited(path, {sheet_members(path)["企业名册"]: lambda xml: gone.sub(b"", xml)})
    assert {(table, place) for table, _, place, *_ in wrong_cells(path, wanted)} == {("名册", row - 5)}
