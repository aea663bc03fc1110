"""DESIGN §3 Queue against a reference that serves one application after the other.

Amounts and pools are small, moments few, so that cuts and ties at the cut are frequent.
"""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st
from queueoracle import DAY, NOBODY, Firm, place, reference

from xltools.engine.queue import Allotment, Line, ahead, allot

ORDERINGS = ("strict", "priority_within_day", "priority_first")


def line(firms: list[Firm]) -> Line:
    times = [np.datetime64("NaT") if f.time is None else np.datetime64(f.time, "s") for f in firms]
    return Line(
        np.array(times, dtype="datetime64[s]"),
        np.array([f.priority for f in firms], dtype=bool),
        np.arange(1, len(firms) + 1),
        np.array([f.draw for f in firms], dtype=np.int64),
        np.array([f.pool for f in firms], dtype=np.int64),
        np.array([f.fen for f in firms], dtype=np.int64),
    )


def lists(got: Allotment) -> tuple[list[int], list[int], list[bool], list[bool]]:
    return (got.number.tolist(), got.pool_number.tolist(), got.arranged.tolist(), got.tied.tolist())


moments = st.one_of(
    st.none(),
    st.sampled_from([0, 1, 3_600]),
    st.tuples(st.integers(0, 2), st.sampled_from([0, 1, 3_600])).map(lambda t: t[0] * DAY + t[1]),
)
firm = st.builds(
    Firm, moments, st.booleans(), st.integers(0, 2), st.integers(0, 6), st.sampled_from([NOBODY] * 4 + [1, 2])
)
queues = st.tuples(
    st.lists(firm, min_size=0, max_size=14),
    st.lists(st.integers(-2, 16), min_size=3, max_size=3),
    st.integers(-2, 40),
    st.sampled_from(ORDERINGS),
    st.sampled_from(["stop", "skip"]),
    st.booleans(),
)


@given(queues)
@settings(max_examples=600)
def test_against_one_by_one(q: tuple[list[Firm], list[int], int, str, str, bool]) -> None:
    firms, left, total, ordering, mode, ties_wait = q
    got = allot(line(firms), left, total, ordering=ordering, when_head_does_not_fit=mode, ties_wait=ties_wait)  # type: ignore[arg-type]
    expected = reference(firms, left, total, ordering, mode, ties_wait)
    event("tie at the cut" if any(expected[3]) else "no tie")
    event("all arranged" if all(expected[2]) else "some wait")
    assert lists(got) == expected
    assert [got.number[r] for r in got.order] == list(range(1, len(firms) + 1))


@given(st.lists(firm, max_size=12), st.data(), st.sampled_from(ORDERINGS))
def test_the_order_in_which_they_are_given_is_no_arrival(firms: list[Firm], data: st.DataObject, ordering: str) -> None:
    """Arrival numbers decide, however the rows stand; twice the same number is the same place for both."""
    given_ = data.draw(st.lists(st.integers(1, 20), min_size=len(firms), max_size=len(firms)))
    mixed = replace(line(firms), arrival=np.array(given_, dtype=np.int64))
    got = allot(mixed, [10, 10, 10], 30, ordering=ordering)  # type: ignore[arg-type]
    expected = sorted(range(len(firms)), key=lambda i: (*place(firms[i], 0, ordering)[:-1], given_[i]))
    assert got.order.tolist() == expected


@given(st.lists(firm, min_size=1, max_size=12), st.integers(0, 40), st.sampled_from(ORDERINGS))
def test_money_is_never_overdrawn(firms: list[Firm], total: int, ordering: str) -> None:
    left = [5, 9, 14]
    for mode in ("stop", "skip"):
        got = allot(line(firms), left, total, ordering=ordering, when_head_does_not_fit=mode)  # type: ignore[arg-type]
        spent = [sum(f.fen for f, a in zip(firms, got.arranged, strict=True) if a and f.pool == p) for p in range(3)]
        assert all(s <= free for s, free in zip(spent, left, strict=True))
        assert sum(spent) <= total


@given(
    st.lists(firm, min_size=2, max_size=8), st.lists(st.integers(0, 14), min_size=3, max_size=3), st.randoms(),
    st.sampled_from(ORDERINGS), st.sampled_from(["stop", "skip"]),
)  # fmt: skip
def test_the_order_of_the_file_never_decides_who_gets_money(
    firms: list[Firm], left: list[int], rng: object, ordering: str, mode: str
) -> None:
    """Shuffle the file: where ties wait, the same firms are arranged.

    Every pool by itself (the total never binds here), and only firms with a time: without one the place counts.
    """
    known = [f for f in firms if f.time is not None]
    shuffled = list(enumerate(known))
    rng.shuffle(shuffled)  # type: ignore[attr-defined]
    options = {"ordering": ordering, "when_head_does_not_fit": mode, "ties_wait": True}
    straight = allot(line(known), left, sum(left), **options)  # type: ignore[arg-type]
    mixed = allot(line([f for _, f in shuffled]), left, sum(left), **options)  # type: ignore[arg-type]
    back = dict(zip([i for i, _ in shuffled], mixed.arranged.tolist(), strict=True))
    assert [back[i] for i in range(len(known))] == straight.arranged.tolist()


@given(st.lists(firm, max_size=10), st.lists(firm, max_size=10), st.sampled_from(ORDERINGS))
def test_who_would_have_stood_before_a_row_already_sent(new: list[Firm], old: list[Firm], ordering: str) -> None:
    """Of the same pool, by the same order; the arrival numbers go on from one list to the other."""
    both = line([*new, *old])
    first, then = (
        Line(*(getattr(both, f.name)[part] for f in fields(Line))) for part in (slice(len(new)), slice(len(new), None))
    )
    expected = [
        any(o.pool == f.pool and place(f, i, ordering) < place(o, len(new) + k, ordering) for k, o in enumerate(old))
        for i, f in enumerate(new)
    ]
    assert ahead(first, then, ordering).tolist() == expected  # type: ignore[arg-type]


A, B = (Firm(0, False, 0, fen) for fen in (4, 3))

TIES = [
    # says, firms, pool 0, arranged, tied
    ("the group does not fit but one of it does", [A, B], 5, [True, False], [True, True]),
    ("the first does not fit, a later one would", [A, B], 3, [False, False], [True, True]),
    ("the group fits to the last fen", [A, B], 7, [True, True], [False, False]),
    ("none of the group fits", [A, B], 2, [False, False], [False, False]),
    ("drawn lots are an order", [Firm(0, False, 0, 4, 2), Firm(0, False, 0, 3, 1)], 4, [False, True], [False, False]),
    (
        "a firm without a lot comes behind those with one",
        [A, Firm(0, False, 0, 3, 1)],
        4,
        [False, True],
        [False, False],
    ),
    ("the same lot is no order", [Firm(0, False, 0, 4, 1), Firm(0, False, 0, 3, 1)], 4, [True, False], [True, True]),
    ("the pool was closed before", [Firm(-1, False, 0, 9), A, B], 8, [False] * 3, [False] * 3),
    ("a firm of the group costs nothing", [Firm(0, False, 0, 0), A], 0, [True, False], [True, True]),
    ("priority makes it two groups", [A, Firm(0, True, 0, 3)], 5, [False, True], [False, False]),
]


@pytest.mark.parametrize(("firms", "left", "arranged", "tied"), [t[1:] for t in TIES], ids=[t[0] for t in TIES])
def test_a_tie_at_the_cut(firms: list[Firm], left: int, arranged: list[bool], tied: list[bool]) -> None:
    got = allot(line(firms), [left], left)
    assert (got.arranged.tolist(), got.tied.tolist()) == (arranged, tied)


def test_where_ties_wait_the_whole_group_waits_and_all_behind_it_in_its_pool() -> None:
    firms = [A, B, Firm(1, False, 0, 1), Firm(2, False, 1, 1)]
    got = allot(line(firms), [5, 5], 10, ties_wait=True)
    assert got.arranged.tolist() == [False, False, False, True]
    assert got.tied.tolist() == [True, True, False, False]


def test_an_overdrawn_pool_arranges_nothing_not_even_what_is_free() -> None:
    got = allot(line([Firm(0, False, 0, 0), Firm(1, False, 1, 0)]), [-1, 0], 5)
    assert got.arranged.tolist() == [False, True]


def test_a_long_queue_is_served_as_a_short_one() -> None:
    """Far more rows than the money reaches, with a tie exactly at the cut."""
    rng = np.random.default_rng(20190901)
    firms = [
        Firm(int(t), bool(p), int(k), int(m))
        for t, p, k, m in zip(
            rng.integers(0, 4 * DAY, 500) // 600 * 600, rng.random(500) < 0.3, rng.integers(0, 2, 500),
            rng.integers(70_000, 900_000, 500), strict=True,
        )
    ]  # fmt: skip
    for ordering in ORDERINGS:
        for mode in ("stop", "skip"):
            got = allot(
                line(firms), [75_000_000, 25_000_000], 90_000_000, ordering=ordering, when_head_does_not_fit=mode
            )  # type: ignore[arg-type]
            expected = reference(firms, [75_000_000, 25_000_000], 90_000_000, ordering, mode, False)
            assert lists(got) == expected
