"""Indemnities: min(loss × ratio, what is left of the limit), half up to the cent, once. Domain §4 #25 and #26, 003 十二."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from random import Random
from typing import NamedTuple

import numpy as np
import pytest

from xltools.engine import indemnity
from xltools.engine.indemnity import NO_LIMIT, Level


def ints(*values: int) -> np.ndarray:
    return np.array(values, dtype=np.int64)


WANTED = [
    ("domain §4 #26: eighty per cent", 10_000_001, "0.8", 8_000_001),
    ("half a cent goes up", 5, "0.1", 1),
    ("less than half goes down", 4, "0.1", 0),
    ("a ratio of eight places", 123_456_789, "0.33333333", 41_152_263),
    ("all of it", 999, "1", 999),
    ("nothing", 0, "0.9", 0),
    ("beyond what 64 bits multiply", 9 * 10**15, "0.87654321", 7_888_888_890_000_000),
]


@pytest.mark.parametrize(("loss", "ratio", "expected"), [w[1:] for w in WANTED], ids=[w[0] for w in WANTED])
def test_loss_times_ratio(loss: int, ratio: str, expected: int) -> None:
    assert indemnity.wanted(ints(loss), [Decimal(ratio)]).tolist() == [expected]


LIMITS = [
    ("the policy year's is shared by all", [60, 60, 60], [(0, 0, 0)], [100], [60, 40, 0]),
    ("each case has its own", [60, 60, 60], [(0, 1, 1)], [100], [60, 60, 40]),
    ("a buyer's and the year's", [60, 60, 60], [(0, 0, 1), (0, 0, 0)], [80, 130], [60, 20, 50]),
    ("none at all", [60, 60], [(0, 0)], [NO_LIMIT], [60, 60]),
    ("nothing at all", [60, 60], [(0, 0)], [0], [0, 0]),
    ("a limit met to the cent", [60, 40, 1], [(0, 0, 0)], [100], [60, 40, 0]),
    ("several policies, mixed", [60, 70, 60, 70], [(0, 1, 0, 1)], [100], [60, 70, 40, 30]),
]


@pytest.mark.parametrize(
    ("want", "groups", "limits", "paid"), [x[1:] for x in LIMITS], ids=[f"domain §4 #25: {x[0]}" for x in LIMITS]
)
def test_at_most_what_is_left(
    want: list[int], groups: list[tuple[int, ...]], limits: list[int], paid: list[int]
) -> None:
    levels = [Level(ints(*g), ints(*[limit] * len(g))) for g, limit in zip(groups, limits, strict=True)]
    assert indemnity.indemnities(ints(*want), levels).tolist() == paid


def test_what_is_left_before_each_decision() -> None:
    level = Level(ints(0, 1, 0, 0), ints(100, NO_LIMIT, 100, 100))
    assert indemnity.left_before(ints(60, 500, 40, 0), level).tolist() == [100, NO_LIMIT, 40, 0]


def test_no_decision_at_all() -> None:
    assert indemnity.indemnities(ints(), [Level(ints(), ints())]).tolist() == []


class One(NamedTuple):
    """A decision of a random history."""

    policy: int
    buyer: int
    case: int
    loss: int
    ratio: Decimal


def test_indemnities_never_exceed_a_limit_in_1_000_random_histories() -> None:
    """All histories in one call; each is reckoned again row by row with fractions."""
    random = Random(1983)
    rows: list[One] = []
    limits: dict[tuple[int, ...], int | None] = {}
    for policy in range(1_000):
        limits[(policy,)] = random.choice([None, 25_000_000, random.randint(0, 10_000_000)])
        for _ in range(random.randint(1, 8)):
            buyer, case = random.randrange(3), random.randrange(3)
            for key in ((policy, buyer), (policy, buyer, case)):
                limits.setdefault(key, random.choice([None, random.randint(0, 8_000_000)]))
            ratio = Decimal(random.choice(["0.5", "0.7", "0.8", "0.9", "0.12345678", "1"]))
            rows.append(One(policy, buyer, case, random.randint(0, 12_000_000), ratio))
    random.shuffle(rows)

    def level(keys: list[tuple[int, ...]]) -> Level:
        place = {k: n for n, k in enumerate(dict.fromkeys(keys))}
        return Level(
            ints(*(place[k] for k in keys)), ints(*(NO_LIMIT if (x := limits[k]) is None else x for k in keys))
        )

    cases = [(r.policy, r.buyer, r.case) for r in rows]
    levels = [level(cases), level([c[:2] for c in cases]), level([c[:1] for c in cases])]
    want = indemnity.wanted(ints(*(r.loss for r in rows)), [r.ratio for r in rows])
    found = indemnity.indemnities(want, levels).tolist()
    left: dict[tuple[int, ...], Fraction | None] = {k: None if x is None else Fraction(x) for k, x in limits.items()}
    for row, paid in zip(rows, found, strict=True):
        keys = [(row.policy, row.buyer, row.case)[:n] for n in (1, 2, 3)]
        exact = Fraction(row.loss) * Fraction(row.ratio)
        cents = (exact + Fraction(1, 2)).__floor__()
        most = min([Fraction(cents), *(x for k in keys if (x := left[k]) is not None)])
        assert paid == most
        for k in keys:
            if (rest := left[k]) is not None:
                left[k] = rest - paid
                assert rest - paid >= 0
    assert sum(a < b for a, b in zip(found, want.tolist(), strict=True)) > 1_000  # limits do bind
