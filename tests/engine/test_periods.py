"""Periods as offices write them, the quarters of a policy year, and firms of the same kind against a plain loop."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xltools.engine import samekind
from xltools.engine.periods import months, period, quarters
from xltools.scheme import load

COVER = date(2019, 9, 1), date(2020, 8, 31)
SCHEME = load("nantong-2019")

SAID = [
    ("2019年", "2019年", (2019, 1, 1), (2019, 12, 31)), ("2019", "2019年", (2019, 1, 1), (2019, 12, 31)),
    ("2020年上半年", "2020年上半年", (2020, 1, 1), (2020, 6, 30)), ("2020年下半年", "2020年下半年", (2020, 7, 1), (2020, 12, 31)),
    ("2020年第一季度", "2020年1季度", (2020, 1, 1), (2020, 3, 31)), ("2020Q4", "2020年4季度", (2020, 10, 1), (2020, 12, 31)),
    ("2020-02", "2020-02", (2020, 2, 1), (2020, 2, 29)), ("2019年9月", "2019-09", (2019, 9, 1), (2019, 9, 30)),
    ("201909", "2019-09", (2019, 9, 1), (2019, 9, 30)), ("2022年1—4月", "2022年1-4月", (2022, 1, 1), (2022, 4, 30)),
    ("2019年9月至2020年3月", "2019-09至2020-03", (2019, 9, 1), (2020, 3, 31)),
    ("保险年度", "保险年度", (2019, 9, 1), (2020, 8, 31)), ("2019-2020保险年度", "保险年度", (2019, 9, 1), (2020, 8, 31)),
    ("保险年度 第2季度", "保险年度2季度", (2019, 12, 1), (2020, 2, 29)),
]  # fmt: skip
NOT = [
    "2019-13",
    "2019年5季度",
    "保险年度5季度",
    "2020-2021保险年度",
    "2019年4-1月",
    "2020-03至2019-09",
    "去年",
    "",
    "19年",
]


@pytest.mark.parametrize(("said", "name", "first", "last"), SAID, ids=[s[0] for s in SAID])
def test_a_period_as_offices_write_it(
    said: str, name: str, first: tuple[int, int, int], last: tuple[int, int, int]
) -> None:
    found = period(said, COVER)
    assert found is not None
    assert (found.name, found.first, found.last) == (name, date(*first), date(*last))
    assert period(found.name, COVER) == found  # its own name says the same


@pytest.mark.parametrize("said", NOT)
def test_what_is_in_no_calendar_is_no_period(said: str) -> None:
    assert period(said, COVER) is None


def test_the_quarters_of_the_policy_year_are_those_of_reading_39() -> None:
    assert [(a.month, b.month) for a, b in quarters(*COVER)] == [(9, 11), (12, 2), (3, 5), (6, 8)]


@given(st.dates(date(2015, 1, 1), date(2025, 12, 28)).map(lambda d: d.replace(day=1)), st.integers(1, 30))
def test_quarters_cover_every_day_once(first: date, length: int) -> None:
    last = first + timedelta(31 * length)
    found = quarters(first, last)
    days = [a + timedelta(k) for a, b in found for k in range((b - a).days + 1)]
    assert days == [first + timedelta(k) for k in range((last - first).days + 1)]
    assert months(first, last) == sorted({f"{d:%Y-%m}" for d in days})


FIRM = st.tuples(
    st.sampled_from([0, 1, 50_000_000, 50_000_001, 299_999_999, 300_000_000, 3_000_000_000, 3_000_000_001]),
    st.integers(-1, 2), st.booleans(), st.booleans(), st.booleans(),
)  # fmt: skip


@given(
    st.lists(FIRM, max_size=12), st.sets(st.integers(0, 1)), st.sets(st.integers(0, 2)), st.booleans(), st.booleans()
)
def test_the_control_group_is_that_of_a_plain_loop(
    firms: list[tuple[int, int, bool, bool, bool]], in_bands: set[int], in_areas: set[int], band: bool, area: bool
) -> None:
    """七（二）1: the same band and the same area, and of several reasons the first."""
    columns = list(zip(*firms, strict=True)) or [(), (), (), (), ()]
    exports, areas = (np.array(c, dtype=np.int64) for c in columns[:2])
    named, complete, based = (np.array(c, dtype=bool) for c in columns[2:])
    found = samekind.left_out(
        samekind.bands(SCHEME, exports), areas, named, complete, based, sorted(in_bands), sorted(in_areas),
        same_band=band, same_area=area,
    )  # fmt: skip
    expected = []
    for cents, place, has_code, whole, known in firms:
        at = 0 if cents <= 50_000_000 else 1 if 300_000_000 <= cents <= 3_000_000_000 else None
        if not has_code:
            why = "没有统一社会信用代码，分不清是哪一家"
        elif not whole:
            why = "海关数据有没有读入的行，出口额可能不全"
        elif not known:
            why = "基年没有海关记录"
        elif at is None:
            why = "基年出口额不在平台的区间"
        elif band and at not in in_bands:
            why = "这个区间没有参保企业"
        elif area and place < 0:
            why = "登记地分不出是平台的哪个区"
        elif area and place not in in_areas:
            why = "这个区没有参保企业"
        else:
            why = ""
        expected.append(why)
    assert [samekind.WHY[k] for k in found.tolist()] == expected
