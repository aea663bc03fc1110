"""The criteria of 七, one by one: reached, not reached, and not yet to be known; growth as the sources state it."""

from __future__ import annotations

from datetime import date
from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xltools.engine import evaluation as judge
from xltools.engine.evaluation import FAILED, OPEN, PASSED, Split, Window
from xltools.engine.growth import growth, half_up, per_cent, share, tenth

HALF = Decimal("0.50")

VISITS = [
    ("七（一）1: each once and half of them twice", [2, 1], True, PASSED),
    ("七（一）1: reached before the year is over", [2, 2, 1, 1], False, PASSED),
    ("七（一）1: one was never visited", [2, 2, 0], True, FAILED),
    ("七（一）1: one was never visited, and there is time", [2, 2, 0], False, OPEN),
    ("七（一）1, reading 40: exactly half of them twice is 50%以上", [2, 2, 1, 1], True, PASSED),
    ("七（一）1, reading 40: one short of half", [2, 1, 1], True, FAILED),
    ("七（一）1: more visits to few do not make up for one without", [9, 9, 9, 0], True, FAILED),
    ("七（一）1: nobody depends on a key country", [], True, OPEN),
]  # fmt: skip


@pytest.mark.parametrize(("counts", "over", "verdict"), [v[1:] for v in VISITS], ids=[v[0] for v in VISITS])
def test_visits(counts: list[int], over: bool, verdict: str) -> None:
    assert judge.visited(np.array(counts, dtype=np.int64), 1, 2, HALF, over=over) == verdict


CALLS = [
    ("七（一）2: everyone in every quarter", [[1, 1, 2, 1]], [[1, 1, 1, 1]], 4, True, PASSED),
    ("七（一）2: one quarter lacks a call", [[1, 0, 2, 1]], [[1, 1, 1, 1]], 4, True, FAILED),
    ("七（一）2: five calls in one quarter do not make up for another", [[5, 0, 0, 0]], [[1, 1, 1, 1]], 4, True, FAILED),
    ("七（一）2, reading 39: the quarter is not over", [[1, 0, 0, 0]], [[1, 1, 0, 0]], 1, False, OPEN),
    ("七（一）2: a past quarter lacks one, and the year goes on", [[0, 1, 0, 0]], [[1, 1, 0, 0]], 1, False, FAILED),
    ("七（一）2: entered after the first quarter", [[0, 1, 1, 1]], [[0, 1, 1, 1]], 4, True, PASSED),
    ("七（一）2: all called so far is not yet the year", [[1, 1, 0, 0]], [[1, 1, 0, 0]], 2, False, OPEN),
    ("七（一）2: nobody is insured", [[0, 0, 0, 0]], [[0, 0, 0, 0]], 4, True, OPEN),
]  # fmt: skip


@pytest.mark.parametrize(
    ("calls", "owed", "ended", "over", "verdict"), [c[1:] for c in CALLS], ids=[c[0] for c in CALLS]
)
def test_calls(calls: list[list[int]], owed: list[list[int]], ended: int, over: bool, verdict: str) -> None:
    done = np.array([k < ended for k in range(4)])
    found = judge.called(np.array(calls, dtype=np.int64), np.array(owed, dtype=bool), done, 1, over=over)
    assert found == verdict


COUNTS = [
    ("七（一）3: four are 4次以上", judge.enough, 4, 4, True, PASSED),
    ("七（一）3: three", judge.enough, 3, 4, True, FAILED),
    ("七（一）3: three so far", judge.enough, 3, 4, False, OPEN),
    ("七（一）3: four so far", judge.enough, 4, 4, False, PASSED),
    ("七（一）5: no complaint", judge.at_most, 0, 0, True, PASSED),
    ("七（一）5: no complaint so far", judge.at_most, 0, 0, False, OPEN),
    ("七（一）5: one complaint, whatever is still to come", judge.at_most, 1, 0, False, FAILED),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "n", "limit", "over", "verdict"), [c[1:] for c in COUNTS], ids=[c[0] for c in COUNTS])
def test_counts(rule: object, n: int, limit: int, over: bool, verdict: str) -> None:
    assert callable(rule)
    assert rule(n, limit, over=over) == verdict


ALERTS = [
    ("七（一）4: 及时 has no number in the source", [0, 0], [9, 9], None, True, OPEN),
    ("七（一）4: all told within the days that the office sets", [0, 3], [9, 9], 3, True, PASSED),
    ("七（一）4: one told a day late", [0, 4], [9, 9], 3, True, FAILED),
    ("七（一）4: one never told, and its time has passed", [0, -1], [9, 4], 3, False, FAILED),
    ("七（一）4: one not told yet, on its last day", [0, -1], [9, 3], 3, False, OPEN),
    ("七（一）4: told in time, the year goes on", [0], [9], 3, False, OPEN),
    ("七（一）4: no alert", [], [], 3, True, OPEN),
]  # fmt: skip


@pytest.mark.parametrize(
    ("lag", "since", "days", "over", "verdict"), [a[1:] for a in ALERTS], ids=[a[0] for a in ALERTS]
)
def test_alerts(lag: list[int], since: list[int], days: int | None, over: bool, verdict: str) -> None:
    arrays = (np.array(x, dtype=np.int64) for x in (lag, since))
    assert judge.told_in_time(*arrays, days, over=over) == verdict


CLAIMS = [
    ("七（一）6, 003 十二: all in time, nobody displeased", (3, 0, 0), "1", 0, True, PASSED),
    ("七（一）6, 003 十二: one late", (3, 1, 0), "1", 0, False, FAILED),
    ("七（一）6: one displeased", (3, 0, 1), "1", 0, False, FAILED),
    ("七（一）6: one still within its time", (3, 0, 0), "1", 1, True, OPEN),
    ("七（一）6: the year goes on", (3, 0, 0), "1", 0, False, OPEN),
    ("七（一）6: no claim", (0, 0, 0), "1", 0, True, OPEN),
    ("七（一）6: a lower share that the office sets, just reached", (9, 1, 0), "0.9", 0, True, PASSED),
    ("七（一）6: a lower share, not reached", (8, 1, 0), "0.9", 0, True, FAILED),
]  # fmt: skip


@pytest.mark.parametrize(
    ("counts", "least", "waiting", "over", "verdict"), [c[1:] for c in CLAIMS], ids=[c[0] for c in CLAIMS]
)
def test_claims(counts: tuple[int, int, int], least: str, waiting: int, over: bool, verdict: str) -> None:
    assert judge.settled_in_time(*counts, Decimal(least), 0, waiting, over=over) == verdict


GROWTH = [
    ("七（二）1: more than the others", (106, 100), (103, 100), None, True, PASSED),
    ("七（二）1: 不低于: as much as the others", (103, 100), (206, 200), None, True, PASSED),
    ("七（二）1: a cent less than as much", (10_299, 10_000), (103, 100), None, True, FAILED),
    ("七（二）1: falling less than the others", (95, 100), (90, 100), None, True, PASSED),
    ("七（二）1: months are missing", (106, 100), (103, 100), None, False, OPEN),
    ("七（二）1: nothing to grow from", (106, 0), (103, 100), None, True, OPEN),
    ("七（二）1: nobody of the same kind", (106, 100), (0, 0), None, True, OPEN),
    ("七（二）1: the city's own average stands for them", (106, 100), (0, 0), Fraction(6, 100), True, PASSED),
    ("七（二）1: below the city's own average", (106, 100), (0, 0), Fraction(61, 1000), True, FAILED),
]  # fmt: skip


@pytest.mark.parametrize(
    ("ours", "theirs", "average", "known", "verdict"), [g[1:] for g in GROWTH], ids=[g[0] for g in GROWTH]
)
def test_growth_of_the_platform(
    ours: tuple[int, int], theirs: tuple[int, int], average: Fraction | None, known: bool, verdict: str
) -> None:
    assert judge.grew_no_less(Window(*ours), Window(*theirs), average, known=known) == verdict


SHARES = [
    ("七（二）2: a larger share", Split(100, 41), Split(100, 40), True, PASSED),
    ("七（二）2: 不低于: the same share of more", Split(200, 80), Split(100, 40), True, PASSED),
    ("七（二）2: a smaller share of more", Split(300, 119), Split(100, 40), True, FAILED),
    ("七（二）2: months are missing", Split(100, 41), Split(100, 40), False, OPEN),
    ("七（二）2: no exports", Split(0, 0), Split(100, 40), True, OPEN),
    ("七（二）2: what nobody knows cannot change it", Split(100, 41, 1), Split(100, 40, 1), True, PASSED),
    ("七（二）2: what nobody knows decides it", Split(100, 39, 2), Split(100, 40), True, OPEN),
    ("七（二）2: not reached whatever it is", Split(100, 30, 2), Split(100, 40), True, FAILED),
]  # fmt: skip


@pytest.mark.parametrize(("now", "before", "known", "verdict"), [s[1:] for s in SHARES], ids=[s[0] for s in SHARES])
def test_emerging_share(now: Split, before: Split, known: bool, verdict: str) -> None:
    assert judge.share_no_less(now, before, known=known) == verdict


# ── growth ──

STATED = [
    ("000: Jiangsu branch, insured exports of the first quarter 2022, 亿美元", "236.4", "12.1"),
    ("000: small and medium firms served, January to April 2022, 万家", "12.4", "5.5"),
    ("000: insured amount, January to April 2022, 亿美元", "673.5", "14.3"),
    ("000: indemnities to small and micro firms, above 3000 万美元", "3000", "13.4"),
    ("002: insured amount to the end of May 2022, 亿美元", "3500", "12.7"),
    ("002: firms served to the end of May 2022, 万家", "14.9", "7.5"),
]  # fmt: skip


@pytest.mark.parametrize(("now", "stated"), [s[1:] for s in STATED], ids=[s[0] for s in STATED])
def test_growth_as_the_sources_state_it(now: str, stated: str) -> None:
    """The base that a stated growth implies, to the figure's own precision times ten, gives that growth again."""
    figure, percent = Decimal(now), Decimal(stated)
    base = (figure / (1 + percent / 100)).quantize(Decimal("0.001"), ROUND_HALF_UP)
    scaled = [int(x * 1000) for x in (figure, base)]
    assert per_cent(growth(*scaled)) == f"{stated}%"


SHOWN = [
    ("half a tenth is rounded up", 10_005, 10_000, "0.1%"), ("less than half is not", 10_004, 10_000, "0.0%"),
    ("a fall is rounded as a rise", 9_995, 10_000, "-0.1%"), ("from nothing there is no growth", 5, 0, "—"),
    ("to nothing", 0, 5, "-100.0%"), ("unchanged", 7, 7, "0.0%"), ("a thousandfold", 7_000, 7, "99,900.0%"),
]  # fmt: skip


@pytest.mark.parametrize(("now", "base", "said"), [s[1:] for s in SHOWN], ids=[s[0] for s in SHOWN])
def test_growth_is_shown_to_one_decimal_half_up(now: int, base: int, said: str) -> None:
    assert per_cent(growth(now, base)) == said


@given(st.integers(-(10**15), 10**15), st.integers(1, 10**15))
def test_rounding_agrees_with_decimals(numerator: int, denominator: int) -> None:
    exact = Fraction(numerator, denominator)
    with localcontext() as context:  # a half is exact; what is none lies much further from one
        context.prec = 60
        expected = (Decimal(numerator) / denominator).quantize(Decimal(1), ROUND_HALF_UP)
    assert half_up(exact) == int(expected)
    assert tenth(exact) == Decimal(half_up(exact * 1000)).scaleb(-3)


def test_a_share_of_nothing_is_none() -> None:
    assert share(0, 0) is None
    assert share(1, 4) == Fraction(1, 4)


def test_dates_are_dates() -> None:
    from xltools.engine.periods import year_before

    assert year_before(date(2020, 2, 29)) == date(2019, 2, 28)
    assert year_before(date(2020, 8, 31)) == date(2019, 8, 31)
