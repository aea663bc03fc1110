"""The pools and the exchange rate (五（二）) beside a plain reckoning in fractions, one firm after the other."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from math import floor

import numpy as np
import pytest
from rosters import nantong

from xltools.engine import exposure, money
from xltools.engine.exposure import Open, break_even, exposed, shown_rate, shown_reserve
from xltools.engine.money import Terms

A, B, D = (money.terms(nantong().plan(p)) for p in "ABD")
CAPPED = replace(A, cap_of_exports=Decimal("0.0002"))
FINE = replace(A, rate=Decimal("0.00012345"), share=Decimal("0.333"))


def rows(*given: tuple[int, Terms], rate: str = "7.00", places: Sequence[int] = ()) -> Open:
    """(US cents, terms) a row, estimated at `rate`, in their order or at these places."""
    of = list(dict.fromkeys(t for _, t in given))
    out = Open(
        np.array([c for c, _ in given], dtype=np.int64), np.array([of.index(t) for _, t in given], dtype=np.int64), of,
        np.zeros(len(given), dtype=np.int64), np.array(places or range(1, len(given) + 1), dtype=np.int64),
    )  # fmt: skip
    return replace(out, estimate_fen=out.fiscal_fen(Decimal(rate)))


def dollars(cents: int, t: Terms) -> Fraction:
    """Fiscal dollars of one firm: what the budget pays before any rate (四（二）, 五（二）)."""
    exports = Fraction(cents, 100)
    fiscal = max(exports * Fraction(t.rate), Fraction(t.minimum_cents, 100)) * Fraction(t.share)
    return fiscal if t.cap_of_exports is None else min(fiscal, exports * Fraction(t.cap_of_exports))


def fen(cents: int, t: Terms, rate: str) -> int:
    """The same firm's fiscal fen: gross half up, once; the share cut."""
    exports = Fraction(cents, 100)
    premium = max(exports * Fraction(t.rate), Fraction(t.minimum_cents, 100))
    gross = floor(premium * Fraction(rate) * 100 + Fraction(1, 2))
    fiscal = floor(gross * Fraction(t.share))
    return (
        fiscal
        if t.cap_of_exports is None
        else min(fiscal, floor(exports * Fraction(t.cap_of_exports) * Fraction(rate) * 100))
    )


def at_random(seed: int) -> list[tuple[int, Terms]]:
    rng = random.Random(seed)
    edges = [0, 1, 33_333_333, 33_333_334, 50_000_000, 300_000_000, 3_000_000_000]
    return [(rng.choice([*edges, rng.randrange(3 * 10**9)]), rng.choice([A, B, D, CAPPED, FINE])) for _ in range(200)]


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("rate", ["7.00", "7.0883", "6.12345678"])
def test_dollars_and_fen_are_those_of_the_firms_one_by_one(seed: int, rate: str) -> None:
    given = at_random(seed)
    found = rows(*given)
    assert found.usd() == sum((dollars(c, t) for c, t in given), Fraction(0))
    assert found.fiscal_fen(Decimal(rate)).tolist() == [fen(c, t, rate) for c, t in given]


def test_dollars_beyond_what_64_bits_hold_are_exact() -> None:
    given = [(9 * 10**15, t) for t in (A, B, D, CAPPED, FINE)] * 40
    assert rows(*given).usd() == sum((dollars(c, t) for c, t in given), Fraction(0))


@pytest.mark.parametrize(
    ("pool", "settled", "usd", "even", "shown"),
    [
        (4_500_000_00, 0, Fraction(700_000), Fraction(45, 7), "6.4285"),
        (4_900_000_00, 0, Fraction(700_000), Fraction(7), "7.0000"),
        (4_900_000_00, 100_000_00, Fraction(700_000), Fraction(48, 7), "6.8571"),
        (100_00, 0, Fraction(0), None, ""),
        (100_00, 200_00, Fraction(10), Fraction(-10), "0.0000"),
        (10**12, 0, Fraction(1, 100), Fraction(10**12), "9999.9999"),
    ],
    ids=[
        "pool by fiscal dollars, cut to four places", "a rate that comes out even",
        "issued policies leave less of the pool for the rest", "nothing committed breaks at no rate",
        "issued policies alone overdraw it", "next to nothing committed",
    ],
)  # fmt: skip
def test_break_even(pool: int, settled: int, usd: Fraction, even: Fraction | None, shown: str) -> None:
    found = break_even(pool, settled, usd)
    assert found == even
    assert ("" if found is None else f"{shown_rate(found)}") == shown


@pytest.mark.parametrize("seed", range(5))
def test_the_pool_holds_at_the_rate_shown_but_for_half_a_fen_a_firm_and_breaks_above(seed: int) -> None:
    given = at_random(seed)
    mine = rows(*given)
    even = break_even(1_000_000_00, 0, mine.usd())
    assert even is not None
    shown = shown_rate(even)
    assert exposed(1_000_000_00, 0, mine, shown).overdraft_fen <= len(given) // 2 + 1
    assert exposed(1_000_000_00, 0, mine, shown + Decimal("0.01")).overdraft_fen > 0


ONE = 500_000_000  # plan A: 1,500 dollars, 10,500.00 yuan at 7.00, 10,632.45 at 7.0883
EACH = 1_063_245
QUEUE = [
    ("the pool just holds", 3 * EACH, 0, 0, []),
    ("a fen is missing: the last firm of the queue", 3 * EACH - 1, 0, 1, [1]),
    ("a firm's money is missing to the fen: still one", 2 * EACH, 0, EACH, [1]),
    ("a fen more touches the one before it too", 2 * EACH - 1, 0, EACH + 1, [1, 2]),
    ("issued policies count with what they took", 3 * EACH, 5, 5, [1]),
    ("nothing is left: all of them", 0, 0, 3 * EACH, [1, 2, 0]),
    ("issued policies alone overdraw the pool: all of them", 0, 7, 3 * EACH + 7, [1, 2, 0]),
]


@pytest.mark.parametrize(("pool", "settled", "overdraft", "touched"), [q[1:] for q in QUEUE], ids=[q[0] for q in QUEUE])
def test_whom_it_touches_from_the_end_of_the_queue(pool: int, settled: int, overdraft: int, touched: list[int]) -> None:
    found = exposed(pool, settled, rows((ONE, A), (ONE, A), (ONE, A), places=[1, 9, 4]), Decimal("7.0883"))
    assert (found.needed_fen, found.overdraft_fen, found.touched) == (settled + 3 * EACH, overdraft, touched)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(("rate", "shown"), [("7.00", "0.0000"), ("6.90", "0.0000"), ("7.07", "0.0100")])
def test_the_reserve_shown_is_enough_and_a_little_less_is_not(seed: int, rate: str, shown: str) -> None:
    given = rows(*[(c, t) for c, t in at_random(seed) if t in (A, D)])
    cost = int(given.fiscal_fen(Decimal(rate)).sum())
    found = shown_reserve(exposed(10**12, 0, given, Decimal(rate)).reserve)
    estimate = int(given.estimate_fen.sum())
    assert abs(found - Decimal(shown)) <= Decimal("0.0001")
    assert estimate * (1 + Fraction(found)) >= cost
    assert not found or estimate * (1 + Fraction(found) - Fraction(1, 10_000)) < cost


def test_nothing_committed_needs_nothing() -> None:
    found = exposed(100, 0, rows(), Decimal("7.0883"))
    assert (found.needed_fen, found.overdraft_fen, found.touched, found.reserve) == (0, 0, [], 0)
    assert exposure.break_even(100, 0, rows().usd()) is None
