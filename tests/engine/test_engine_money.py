"""DESIGN §3 Money against Fraction arithmetic: 0 fen of difference, whatever the amounts."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from math import floor

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from rosters import nantong

from xltools.engine import money
from xltools.engine.money import Price, Terms, price
from xltools.engine.plans import above, at_least
from xltools.engine.terms import minor, scaled
from xltools.scheme.model import Figure, Plan

LARGEST = 9 * 10**17
"""Cents; the largest amount that a cell can hold after cleaning."""


def half_up(x: Fraction) -> int:
    return floor(x + Fraction(1, 2))


def expected(cents: int, t: Terms, fx: Decimal) -> tuple[int, int, int, int, int]:
    """The five figures of one row, from exact fractions and the sentences of DESIGN §3."""
    exports = Fraction(cents, 100)
    premium = max(exports * Fraction(t.rate), Fraction(t.minimum_cents, 100))
    gross = half_up(premium * Fraction(fx) * 100)
    fiscal = floor(gross * Fraction(t.share))
    if t.cap_of_exports is not None:
        fiscal = min(fiscal, floor(exports * Fraction(t.cap_of_exports) * Fraction(fx) * 100))
    limits = [] if t.limit_cents is None else [t.limit_cents]
    if t.limit_multiple is not None:
        limits.append(floor(premium * Fraction(t.limit_multiple) * 100))
    return half_up(premium * 100), gross, fiscal, gross - fiscal, min(limits, default=0)


def rows(p: Price) -> list[tuple[int, ...]]:
    columns = (p.premium_cents, p.gross_fen, p.fiscal_fen, p.enterprise_fen, p.limit_cents)
    assert all(c.dtype == np.int64 for c in columns)
    return [tuple(int(v) for v in row) for row in zip(*columns, strict=True)]


def check(cents: list[int], t: Terms, fx: Decimal) -> None:
    assert rows(price(np.array(cents, dtype=np.int64), t, fx)) == [expected(c, t, fx) for c in cents]


rates = st.decimals(0, Decimal("0.02"), places=6)
ratios = st.decimals(0, 1, places=4)
fxs = st.one_of(st.decimals(Decimal("0.0001"), 20, places=4), st.decimals(Decimal("1"), 10, places=8))
usual = st.integers(0, 5_000_000_000)
anything = st.one_of(usual, st.integers(0, 10**14), st.integers(LARGEST - 10**6, LARGEST), st.integers(0, LARGEST))


@st.composite
def terms(draw: st.DrawFn) -> Terms:
    return Terms(
        rate=draw(rates) * (1 - draw(st.sampled_from([Decimal(0), Decimal("0.15"), Decimal("0.123")]))),
        share=draw(ratios),
        minimum_cents=draw(st.sampled_from([0, 0, 10_000, 123_457])),
        limit_cents=draw(st.one_of(st.none(), st.integers(0, 10**9))),
        limit_multiple=draw(st.one_of(st.none(), st.decimals(1, 200, places=2))),
        cap_of_exports=draw(st.one_of(st.none(), st.decimals(0, Decimal("0.01"), places=5))),
    )


@given(st.lists(usual, min_size=1, max_size=40), terms(), fxs)
def test_usual_amounts(cents: list[int], t: Terms, fx: Decimal) -> None:
    check(cents, t, fx)


@given(st.lists(anything, min_size=1, max_size=20), terms(), fxs)
@example([LARGEST, 0, 1], Terms(Decimal("0.0199999"), Decimal("0.5")), Decimal("9.87654321"))
def test_huge_amounts_beside_small_ones(cents: list[int], t: Terms, fx: Decimal) -> None:
    """Rows whose products reach 2**62 go through Python integers, the others beside them do not."""
    top = expected(LARGEST, t, fx)
    if max(top) < 2**63:  # a result must fit its column
        check(cents, t, fx)
    else:
        check([c % 10**15 for c in cents], t, fx)


@pytest.mark.parametrize("near", [2**62 - 1, 2**62, 2**62 + 1, 2**61, 2**63 - 1])
@pytest.mark.parametrize("plan", ["A", "B", "C", "D"])
def test_on_both_sides_of_the_switch_to_python_integers(near: int, plan: str) -> None:
    """Exports whose product with rate and FX, doubled for rounding, lies around 2**62."""
    t, fx = money.terms(nantong().plan(plan)), Decimal("7.0883")
    product = 2 * scaled(t.rate).num * scaled(fx).num
    check([min(near // product + d, LARGEST) for d in (-2, -1, 0, 1, 2)], t, fx)


@given(st.integers(0, 10**12), st.sampled_from("ABCD"), st.integers(60_000, 80_000))
def test_half_a_fen_is_rounded_up_and_never_to_even(k: int, plan: str, fx4: int) -> None:
    """FX and exports made so that many products end in exactly half a fen."""
    fx = Decimal(fx4) / 10_000
    check([k * 1_000, k * 1_000 + 500, k], money.terms(nantong().plan(plan)), fx)


@pytest.mark.parametrize(
    "t",
    [
        Terms(Decimal("0.00031") * Decimal("0.8766") * Decimal("0.8499"), Decimal(1)),
        Terms(Decimal("0.0003"), Decimal("0.33333333333333333333")),
        Terms(Decimal("0.0003"), Decimal(1), cap_of_exports=Decimal("0.00060000000000000001")),
        Terms(Decimal("0.0003"), Decimal(1), limit_multiple=Decimal("50.0000000000000000001")),
    ],
    ids=["rate", "share", "cap", "multiple"],
)
def test_figures_with_very_many_decimals(t: Terms) -> None:
    """Divisors beyond 64 bits, for no rows, small rows and large ones."""
    for cents in ([], [0], [1, 50_000_000], [LARGEST // 100]):
        check(cents, t, Decimal("7.08834567"))


def test_the_vector_that_tells_half_up_from_bankers_rounding() -> None:
    got = price(np.array([50_000_000]), money.terms(nantong().plan("D")), Decimal("7.0883"))
    assert rows(got) == [(15_000, 106_325, 106_325, 0, 5_000_000)]


@given(st.lists(usual, min_size=1, max_size=30), terms(), fxs)
def test_shares_add_up_and_nobody_pays_less_than_nothing(cents: list[int], t: Terms, fx: Decimal) -> None:
    got = price(np.array(cents, dtype=np.int64), t, fx)
    assert (got.fiscal_fen + got.enterprise_fen == got.gross_fen).all()
    assert (got.fiscal_fen >= 0).all()
    assert (got.enterprise_fen >= 0).all()


@given(st.lists(usual, min_size=2, max_size=30), terms(), fxs)
def test_more_exports_never_cost_less(cents: list[int], t: Terms, fx: Decimal) -> None:
    got = price(np.array(sorted(cents), dtype=np.int64), t, fx)
    assert (np.diff(got.gross_fen) >= 0).all()


def test_no_rows_price_to_no_rows() -> None:
    assert rows(price(np.array([], dtype=np.int64), Terms(Decimal("0.0003"), Decimal(1)), Decimal(7))) == []


@given(
    st.lists(st.tuples(st.integers(0, LARGEST), st.integers(0, LARGEST)), min_size=1, max_size=30),
    st.decimals(0, 1, places=4),
)
@example([(9, 10), (8, 10), (0, 0), (1, 2)], Decimal("0.9"))
@example([(900_000_000_000_000_000, 900_000_000_000_000_000)], Decimal("0.9999"))
def test_shares_are_compared_exactly(pairs: list[tuple[int, int]], share: Decimal) -> None:
    part, whole = (np.array(column, dtype=np.int64) for column in zip(*pairs, strict=True))
    inclusive = [w > 0 and Fraction(p) >= Fraction(share) * w for p, w in pairs]
    strict = [w > 0 and Fraction(p) > Fraction(share) * w for p, w in pairs]
    assert at_least(part, whole, share).tolist() == inclusive
    assert above(part, whole, share).tolist() == strict


@given(st.integers(1, 10**9), st.sampled_from(["0.5", "0.9", "0.333", "0.1234"]))
def test_at_the_very_edge_of_a_share(k: int, share: str) -> None:
    num, digits = scaled(Decimal(share))
    part, whole = k * num, k * 10**digits
    parts, wholes = np.array([part - 1, part, part + 1]), np.full(3, whole)
    assert at_least(parts, wholes, Decimal(share)).tolist() == [False, True, True]
    assert above(parts, wholes, Decimal(share)).tolist() == [False, False, True]


@pytest.mark.parametrize(
    ("text", "num", "digits"),
    [("0.0003", 3, 4), ("7.00", 7, 0), ("7.0883", 70883, 4), ("0", 0, 0), ("0.00", 0, 0), ("100", 100, 0), ("1E2", 100,
                                                                                                            0),
     ("0.000000000000000000000001", 1, 24)],
)  # fmt: skip
def test_decimals_as_integers(text: str, num: int, digits: int) -> None:
    assert scaled(Decimal(text)) == (num, digits)


@pytest.mark.parametrize("text", ["-0.01", "NaN", "Infinity"])
def test_what_is_no_figure_of_a_scheme_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="non-negative"):
        scaled(Decimal(text))


@given(st.decimals(min_value=0, max_value=10**15, places=12).filter(bool))
def test_scaled_loses_no_digit(value: Decimal) -> None:
    num, digits = scaled(value)
    assert Fraction(num, 10**digits) == Fraction(value)


def test_dollars_in_cents_or_an_error() -> None:
    assert minor(Decimal("500000.01")) == 50_000_001
    with pytest.raises(ValueError, match="finer"):
        minor(Decimal("0.001"))


def figure(value: object) -> Figure[Decimal]:
    return Figure(value=value, unit="x", clause="x")  # type: ignore[arg-type]


@given(rates, ratios, st.decimals(0, Decimal("0.9"), places=4), st.lists(usual, min_size=1, max_size=20), fxs)
@settings(max_examples=100)
@example(Decimal("0.00031"), Decimal("0.1234"), Decimal("0.1501"), [50_000_000, 1], Decimal("7.08834567"))
def test_discount_and_reduction_come_off_the_rate_exactly(
    rate: Decimal, discount: Decimal, off: Decimal, cents: list[int], fx: Decimal
) -> None:
    plan = Plan(
        id="X", title="", band="b", clause="", rate=figure(rate), discount=figure(discount), fiscal_share=figure(1)
    )
    t = money.terms(plan, off)
    assert Fraction(t.rate) == Fraction(rate) * (1 - Fraction(discount)) * (1 - Fraction(off))
    check(cents, t, fx)
