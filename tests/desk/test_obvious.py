"""`quote` against the pipeline that the benchmark compares it with: other code, other libraries, the same cells."""

from __future__ import annotations

import openpyxl
import pytest

from benchmarks import obvious, roster
from xltools.desk.rules.quote import quote
from xltools.scheme import load

HEADINGS = obvious.HEADINGS
ROWS = 1_500


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[tuple[object, ...]], list[tuple[object, ...]]]:
    """The cells of both outcomes, headings included."""
    folder = tmp_path_factory.mktemp("obvious")
    source, ours, theirs = (folder / f"{name}.xlsx" for name in ("roster", "ours", "theirs"))
    roster.write(source, load("nantong-2019"), ROWS)
    quote(source, load("nantong-2019"), today=roster.TODAY, out=ours)
    obvious.quote(source, theirs)
    a, b = ([*openpyxl.load_workbook(path).worksheets[0].values] for path in (ours, theirs))
    return a, b


@pytest.mark.parametrize("place", range(len(HEADINGS)), ids=HEADINGS)
def test_each_column_is_the_same(place: int, tables: tuple[list[tuple[object, ...]], list[tuple[object, ...]]]) -> None:
    ours, theirs = ([row[place] for row in table] for table in tables)
    assert len(ours) == len(theirs) == ROWS + 1
    assert [(i, a, b) for i, (a, b) in enumerate(zip(ours, theirs, strict=True)) if a != b] == []


@pytest.mark.parametrize(
    "value",
    [
        "不符合条件",
        "不在平台区域",
        "不在出口额区间",
        "待补正",
        "待审核",
        "符合条件",
        "A",
        "B",
        "C",
        "D",
        "候补",
        "已安排",
    ],
)
def test_the_roster_has_rows_of_every_kind(
    value: str, tables: tuple[list[tuple[object, ...]], list[tuple[object, ...]]]
) -> None:
    assert any(value in row for row in tables[0])
