"""Clocks: deadlines in days, working days and months, their states, attainment. Domain §13, §4 #37; 003 十二."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from random import Random

import chinese_calendar
import numpy as np
import pytest

from xltools.engine import clocks, deadlines
from xltools.engine.clocks import IDLE, KEPT, LATE, MISSED, RUNNING, SOON, STATES
from xltools.scheme.clocks import Span

CALENDAR = deadlines.calendar()


def days(*values: str | date | None) -> np.ndarray:
    return np.array([v or "NaT" for v in values], dtype="datetime64[D]")


def span(value: int, unit: str) -> Span:
    return Span.model_validate({"value": value, "unit": unit, "clause": "未查到"})


FIFTEEN = [
    ("before the national holidays of 2019", "2019-09-25", "2019-10-21"),
    ("the Spring Festival that was prolonged to 2 February 2020", "2020-01-20", "2020-02-18"),
    ("over the first of May 2020 with its make-up days", "2020-04-28", "2020-05-21"),
    ("over the national holidays of 2026", "2026-09-20", "2026-10-16"),
]


@pytest.mark.parametrize(("start", "end"), [f[1:] for f in FIFTEEN], ids=[f"domain §13: {f[0]}" for f in FIFTEEN])
def test_fifteen_working_days_of_003_twelve(start: str, end: str) -> None:
    found, known = clocks.ends(CALENDAR, days(start), span(15, "工作日"))
    assert (str(found[0]), known.tolist()) == (end, [True])


def test_deadlines_agree_with_a_plain_loop_over_10_000_random_dates() -> None:
    random = Random(20191021)
    first, last = date(2004, 1, 1), date(2026, 12, 31)
    work = {first + timedelta(k) for k in range((last - first).days + 1)}
    work = {d for d in work if chinese_calendar.is_workday(d)}
    starts = [first + timedelta(random.randrange((last - first).days + 60)) for _ in range(10_000)]
    counts = [random.randint(1, 60) for _ in starts]
    expected = []
    for day, count in zip(starts, counts, strict=True):
        left = count
        while left and day <= last:
            day += timedelta(1)
            left -= day in work
        expected.append(day if not left and day <= last else None)
    for count in set(counts):
        mine = [k for k, c in enumerate(counts) if c == count]
        found, known = clocks.ends(CALENDAR, days(*(starts[k] for k in mine)), span(count, "工作日"))
        assert [f.item() if k else None for f, k in zip(found, known, strict=True)] == [expected[k] for k in mine]
    assert expected.count(None) > 20  # the calendar's end is among them


def test_what_begins_in_the_calendar_and_ends_behind_it_is_not_known_and_never_guessed() -> None:
    found, known = clocks.ends(CALENDAR, days("2026-12-11", "2026-12-10", "2027-01-04", None), span(15, "工作日"))
    assert known.tolist() == [False, True, False, True]
    assert [str(d) for d in found] == ["NaT", "2026-12-31", "NaT", "NaT"]
    state = clocks.states(found, known, days(None, None, None, None), np.datetime64("2027-02-01"), 7)
    assert [STATES[s] for s in state] == ["日历缺失", "已逾期", "日历缺失", "未起算"]


def test_an_offices_own_days_count() -> None:
    own = deadlines.calendar({date(2020, 2, d): False for d in range(3, 10)})  # Jiangsu went back to work on the 10th
    found, _ = clocks.ends(own, days("2020-01-20"), span(15, "工作日"))
    assert str(found[0]) == "2020-02-25"


ENDS = [
    ("thirty days", "2020-01-31", span(30, "日"), "2020-03-01"),
    ("months end on the same day", "2020-01-15", span(4, "月"), "2020-05-15"),
    ("or on the month's last", "2019-10-31", span(4, "月"), "2020-02-29"),
    ("over the year's end", "2019-12-01", span(36, "月"), "2022-12-01"),
    ("eight working days over a make-up Sunday", "2019-09-27", span(8, "工作日"), "2019-10-14"),
]


@pytest.mark.parametrize(("start", "of", "end"), [e[1:] for e in ENDS], ids=[e[0] for e in ENDS])
def test_a_time_limit_ends(start: str, of: Span, end: str) -> None:
    assert str(clocks.ends(CALENDAR, days(start), of)[0][0]) == end


STATE = [
    ("far off", "2020-03-31", None, RUNNING),
    ("eight days left", "2020-03-09", None, RUNNING),
    ("seven days left", "2020-03-08", None, SOON),
    ("the last day itself", "2020-03-01", None, SOON),
    ("the day after", "2020-02-29", None, LATE),
    ("met on the last day", "2020-02-20", "2020-02-20", KEPT),
    ("met a day late", "2020-02-20", "2020-02-21", MISSED),
    ("to be met tomorrow", "2020-03-08", "2020-03-02", SOON),
    ("never begun", None, None, IDLE),
    ("met without having begun", None, "2020-02-01", KEPT),
]


@pytest.mark.parametrize(("end", "done", "state"), [s[1:] for s in STATE], ids=[s[0] for s in STATE])
def test_how_a_clock_stands_on_a_day(end: str | None, done: str | None, state: int) -> None:
    found = clocks.states(days(end), np.array([True]), days(done), np.datetime64("2020-03-01"), 7)
    assert STATES[found[0]] == STATES[state]


def test_attainment_is_what_was_kept_of_what_is_decided_or_overdue() -> None:
    start = days("2019-09-25", "2019-09-25", "2019-09-25", "2019-12-20", None, "2026-12-20")
    done = days("2019-10-21", "2019-10-22", None, None, "2019-12-01", None)
    ends, known = clocks.ends(CALENDAR, start, span(15, "工作日"))
    state = clocks.states(ends, known, done, np.datetime64("2019-12-31"), 7)
    found = clocks.attained(CALENDAR, start, done, state, np.ones(6, dtype=bool))
    assert (found.begun, found.kept, found.missed, found.running, found.unknown) == (5, 1, 2, 1, 1)
    assert (found.rate, found.average) == (Fraction(1, 3), Fraction(31, 2))
    assert clocks.percent(found.rate) == "33.3%"
    nothing = clocks.attained(CALENDAR, start, done, state, np.zeros(6, dtype=bool))
    assert (nothing.rate, nothing.average, clocks.percent(nothing.rate)) == (None, None, "—")


def test_changes_are_exact_and_unknown_where_either_side_is() -> None:
    assert clocks.tenths(clocks.change(Fraction(31, 2), Fraction(47, 3))) == "-0.2"
    assert clocks.tenths(clocks.change(Fraction(1), None)) == "—"
    assert [clocks.tenths(Fraction(n, 100)) for n in (5, 4, -5, -4, 0)] == ["0.1", "0.0", "-0.1", "0.0", "0.0"]


def test_the_first_filled_day_counts_and_the_later_of_two() -> None:
    assert clocks.first_filled([days(None, "2020-01-02"), days("2020-01-01", None)]).astype(str).tolist() == [
        "2020-01-01", "2020-01-02",
    ]  # fmt: skip
    found = clocks.later(days("2020-01-01", "2020-01-03", None), days("2020-01-02", "2020-01-01", "2020-01-01"))
    assert found.astype(str).tolist() == ["2020-01-02", "2020-01-03", "NaT"]
