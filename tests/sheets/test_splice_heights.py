"""Rows with wrapped text are as high after a splice as a drawn workbook has them; other rows keep what they have."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pytest
from converting import convert
from splicebooks import contents
from spliceoracle import members, refs, sheet_members, wrong_cells

from xltools.catalogue.tables import table
from xltools.sheets.platform.contents import Contents
from xltools.sheets.platform.draw.table import heights
from xltools.sheets.platform.draw.workbook import draw
from xltools.sheets.platform.splice.update import splice

FIXED = {"资金池": 6, "清算表": 6, "达标表": 6, "方案表": 6, "区表": 6, "方案保险人表": 6}
WRAPPED = ("问题", "日志表", "国别组表", "资金账")
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:openpyxl")


def wordy(count: int, seed: int = 1) -> Contents:
    """Contents whose wrapped texts take one line to five."""
    given = contents(count, seed, **FIXED)
    tables = dict(given.tables)
    for name in WRAPPED:
        for column in table(given.scheme, name).columns:
            if column.kind == "text" and column.heading not in table(given.scheme, name).key:
                texts = [f"{seed}{'请在第三行补填出口额，再交一次。' * ((n + seed) % 5)}" for n in range(count)]
                place = tables[name].column_names.index(column.heading)
                tables[name] = tables[name].set_column(place, column.heading, pa.array(texts, pa.string()))
    return dataclasses.replace(given, tables=tables)


def rows(path: Path, name: str) -> dict[int, tuple[float | None, bool]]:
    """(height, whether it is fixed) of the rows of a table, and of thirty rows below it."""
    title, (_, top, _, bottom) = refs(path)[name]
    xml = members(path)[sheet_members(path)[title]].decode()
    out: dict[int, tuple[float | None, bool]] = dict.fromkeys(range(top + 1, bottom + 31), (None, False))
    for number, given in re.findall(r'<row r="(\d+)"([^>]*)>', xml):
        if int(number) in out:
            found = re.search(r' ht="([\d.]+)"', given)
            out[int(number)] = (float(found[1]) if found else None, 'customHeight="1"' in given)
    return out


def drawn(path: Path, given: Contents) -> Path:
    draw(path, given)
    return path


@pytest.mark.parametrize(
    ("before", "after"),
    [(0, 4), (6, 90), (60, 1), (6, 6)],
    ids=["an empty book is filled", "it grows", "it shrinks", "other text in as many rows"],
)
def test_after_a_splice_rows_are_as_high_as_drawn(before: int, after: int, tmp_path: Path) -> None:
    path, wanted = drawn(tmp_path / "a.xlsx", wordy(before)), wordy(after, seed=2)
    splice(path, wanted)
    assert wrong_cells(path, wanted) == []
    whole = drawn(tmp_path / "b.xlsx", wanted)
    for name in WRAPPED:
        assert (name, rows(path, name)) == (name, rows(whole, name))
    assert after < 40 or len({h for h, _ in rows(path, "问题").values()} - {None}) > 3  # of two lines to five
    again = path.read_bytes()
    splice(path, wanted)
    assert path.read_bytes() == again


def test_a_long_table_has_the_heights_that_are_drawn_within_half_a_pixel(tmp_path: Path) -> None:
    path, wanted = drawn(tmp_path / "a.xlsx", wordy(6)), wordy(230, seed=3)
    splice(path, wanted)
    points = heights(wanted.scheme, table(wanted.scheme, "问题"), wanted.tables["问题"])
    found = [h for h, _ in rows(path, "问题").values()][:230]
    assert [h is None for h in found] == [p is None for p in points]
    assert max(abs(h - p) for h, p in zip(found, points, strict=True) if h and p) <= 0.375


def test_a_table_without_rows_has_a_blank_row_of_the_usual_height(tmp_path: Path) -> None:
    path, nothing = drawn(tmp_path / "a.xlsx", wordy(9)), wordy(0)
    splice(path, nothing)
    for name in WRAPPED:
        assert set(rows(path, name).values()) == {(None, False)}


def test_a_book_saved_by_libreoffice_gets_the_same_heights(tmp_path: Path) -> None:
    path = convert(drawn(tmp_path / "a.xlsx", wordy(6)), tmp_path, "xlsx", anew=False)
    wanted = wordy(12, seed=2)
    splice(path, wanted)
    whole = drawn(tmp_path / "b.xlsx", wanted)
    for name in WRAPPED:
        mine, as_drawn = rows(path, name), rows(whole, name)
        assert list(mine.values())[:12] == list(as_drawn.values())[:12]


def test_heights_that_staff_gave_stay_where_nothing_is_wrapped_and_below_our_rows(tmp_path: Path) -> None:
    path = drawn(tmp_path / "a.xlsx", wordy(6))

    def stretch(title: str, row: int, points: float) -> None:
        book: Any = openpyxl.load_workbook(path)
        book[title].row_dimensions[row].height = points
        book.save(path)

    stretch("企业名册", 6, 51)  # ours, not wrapped
    stretch("问题", 6, 99)  # ours, wrapped
    stretch("问题", 40, 77)  # nobody's
    wanted = wordy(8, seed=2)
    splice(path, wanted)
    book = openpyxl.load_workbook(path)
    assert book["企业名册"].row_dimensions[6].height == 51
    assert book["问题"].row_dimensions[6].height == rows(drawn(tmp_path / "b.xlsx", wanted), "问题")[6][0] != 99
    assert book["问题"].row_dimensions[40].height == 77
