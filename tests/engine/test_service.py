"""Services (服务): counts by period, what is owed, and the two clocks of 003 十三, against plain loops.

004 七（一）1–2; domain §4 #39–40.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xltools.engine import service
from xltools.engine.clocks import IDLE, KEPT, LATE, MISSED, RUNNING
from xltools.engine.periods import quarters

FIRST, LAST = date(2019, 9, 1), date(2020, 8, 31)
SPANS = quarters(FIRST, LAST)
Served = list[tuple[int, date | None]]


def days(values: list[date | None]) -> np.ndarray:
    return np.array([np.datetime64("NaT", "D") if v is None else v for v in values], dtype="datetime64[D]")


def moments(values: list[str | None]) -> np.ndarray:
    return np.array([np.datetime64(v or "NaT", "s") for v in values], dtype="datetime64[s]")


def test_the_quarters_of_nantong_are_those_of_reading_39() -> None:
    assert [f"{a:%m-%d} {b:%m-%d}" for a, b in SPANS] == ["09-01 11-30", "12-01 02-29", "03-01 05-31", "06-01 08-31"]


@given(
    st.lists(
        st.tuples(st.integers(-1, 3), st.one_of(st.none(), st.dates(date(2019, 8, 1), date(2020, 9, 30)))), max_size=40
    )
)
def test_counts_agree_with_a_plain_loop(rows: Served) -> None:
    firm = np.array([f for f, _ in rows], dtype=np.int64)
    found = service.counts(firm, days([d for _, d in rows]), 4, SPANS)
    for f in range(4):
        for k, (a, b) in enumerate(SPANS):
            assert found[f, k] == len({d for g, d in rows if g == f and d is not None and a <= d <= b})
    last = service.latest(firm, days([d for _, d in rows]), 4)
    for f in range(4):
        mine = [d for g, d in rows if g == f and d is not None]
        assert (None if np.isnat(last[f]) else last[f].item()) == (max(mine) if mine else None)


OWED: list[tuple[str, date, date, list[int], list[int]]] = [
    ("七（一）2: every quarter that has begun counts from its first day", FIRST, date(2019, 12, 1), [0, 0, 0, 0], [1, 1, 0, 0]),
    ("七（一）2: a quarter that has not begun is not owed yet", FIRST, date(2019, 11, 30), [0, 0, 0, 0], [1, 0, 0, 0]),
    ("七（一）2: a call in its quarter pays that quarter alone", FIRST, LAST, [2, 0, 1, 0], [0, 1, 0, 1]),
    ("a policy entered on the last day of a quarter is still owed that one", date(2019, 11, 30), LAST, [0] * 4, [1] * 4),
    ("a policy entered on the next day is not", date(2019, 12, 1), LAST, [0] * 4, [0, 1, 1, 1]),
]  # fmt: skip


@pytest.mark.parametrize(("since", "today", "had", "expected"), [c[1:] for c in OWED], ids=[c[0] for c in OWED])
def test_what_is_owed(since: date, today: date, had: list[int], expected: list[int]) -> None:
    counting = service.due(days([since]), SPANS, today)
    assert service.owed(np.array([had], dtype=np.int64), 1, counting).tolist() == [expected]


CLOCKS: list[tuple[str, str | None, str | None, int]] = [
    ("003 十三: answered within the hour", "2020-06-10 09:30", "2020-06-10 10:00", KEPT),
    ("003 十三: answered in the last minute of 24 hours", "2020-06-10 09:30:40", "2020-06-11 09:30:59", KEPT),
    ("003 十三: answered one minute later", "2020-06-10 09:30:00", "2020-06-11 09:31:00", MISSED),
    ("003 十三: a Saturday counts as any other day", "2020-06-12 17:00", "2020-06-14 08:00", MISSED),
    ("over the end of February of a leap year", "2020-02-28 12:00", "2020-02-29 12:00", KEPT),
    ("not answered, 24 hours not over", "2020-06-14 12:01", None, RUNNING),
    ("not answered, in the last minute", "2020-06-14 12:00", None, RUNNING),
    ("not answered, 24 hours over", "2020-06-14 11:59", None, LATE),
    ("answered later than now is not answered yet", "2020-06-14 12:30", "2020-06-15 12:30", RUNNING),
    ("nothing was asked", None, "2020-06-11 10:00", IDLE),
]  # fmt: skip


@pytest.mark.parametrize(("asked", "done", "state"), [c[1:] for c in CLOCKS], ids=[c[0] for c in CLOCKS])
def test_an_answer(asked: str | None, done: str | None, state: int) -> None:
    end, found = service.answers(moments([asked]), moments([done]), np.datetime64("2020-06-15 12:00"), 24)
    assert found.tolist() == [state]
    if asked:
        assert end[0].item() == datetime.fromisoformat(asked).replace(second=0) + timedelta(hours=24)
    else:
        assert np.isnat(end[0])
