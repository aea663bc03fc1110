"""Premium and shares (保费、财政扶持、企业承担): integers only, rounded once, half up.

premium_usd = max(exports × rate, the plan's minimum); gross = premium_usd × fx, to the fen, half up, once;
fiscal = floor(gross × share); enterprise = gross − fiscal (scheme clauses 四（二）, 五（二）).
Rows whose products could reach 2**62 go through Python integers: exact, slower.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from xltools.engine.terms import minor, scaled
from xltools.scheme.model import Plan

Ints = npt.NDArray[np.int64]
SAFE = 2**62


@dataclass(frozen=True)
class Terms:
    """What one plan costs as exact numbers; `rate` is after discount and reduction."""

    rate: Decimal
    share: Decimal
    minimum_cents: int = 0
    limit_cents: int | None = None
    limit_multiple: Decimal | None = None
    cap_of_exports: Decimal | None = None


@dataclass(frozen=True)
class Price:
    """Arrays of shape `(n,)`, int64: US cents for premium and limit, RMB fen for the rest."""

    premium_cents: Ints
    gross_fen: Ints
    fiscal_fen: Ints
    enterprise_fen: Ints
    limit_cents: Ints


def terms(plan: Plan, off: Decimal = Decimal(0)) -> Terms:
    """A plan's terms (四（二）) with a premium reduction of `off` (a fraction of the rate)."""
    discount = plan.discount.value if plan.discount else Decimal(0)
    return Terms(
        rate=plan.rate.value * (1 - discount) * (1 - off),
        share=plan.fiscal_share.value,
        minimum_cents=minor(plan.minimum_premium.value) if plan.minimum_premium else 0,
        limit_cents=minor(plan.limit.value) if plan.limit else None,
        limit_multiple=plan.limit_multiple.value if plan.limit_multiple else None,
        cap_of_exports=plan.fiscal_cap_of_exports.value if plan.fiscal_cap_of_exports else None,
    )


def price(exports_cents: Ints, terms: Terms, fx: Decimal) -> Price:
    """Price exports (US cents, int64, shape `(n,)`, not negative) on one plan at one rate of RMB per dollar."""
    largest = int(exports_cents.max(initial=0))
    if _largest_product(largest, terms, fx) < SAFE:
        return _price(exports_cents, terms, fx)
    small = np.array([_largest_product(c, terms, fx) < SAFE for c in exports_cents.tolist()], dtype=bool)
    out = [np.zeros(len(exports_cents), dtype=np.int64) for _ in range(5)]
    for rows, kind in ((small, np.int64), (~small, object)):
        if rows.any():
            for column, part in zip(out, _columns(_price(exports_cents[rows].astype(kind), terms, fx)), strict=True):
                column[rows] = part.astype(np.int64)
    return Price(*out)


def fiscal_usd(exports_cents: Ints, terms: Terms) -> Fraction:
    """What the budget pays for all these exports on one plan, in US dollars, exact: before any rate and rounding."""
    rate, share = scaled(terms.rate), scaled(terms.share)
    cap = scaled(terms.cap_of_exports) if terms.cap_of_exports is not None else None
    unit, part = 10**rate.digits, 10**share.digits
    largest = max(int(exports_cents.max(initial=0)) * rate.num, terms.minimum_cents * unit) * share.num
    if cap:
        largest = max(largest * 10**cap.digits, int(exports_cents.max(initial=0)) * cap.num * unit * part)
    whole = exports_cents if len(exports_cents) * largest < SAFE else exports_cents.astype(object)
    fiscal = np.maximum(whole * rate.num, terms.minimum_cents * unit) * share.num
    if cap is None:
        return Fraction(int(fiscal.sum()), 100 * unit * part)
    capped = np.minimum(fiscal * 10**cap.digits, whole * cap.num * unit * part)
    return Fraction(int(capped.sum()), 100 * unit * part * 10**cap.digits)


def _columns(p: Price) -> tuple[Any, ...]:
    return (p.premium_cents, p.gross_fen, p.fiscal_fen, p.enterprise_fen, p.limit_cents)


def _largest_product(cents: int, terms: Terms, fx: Decimal) -> int:
    """A bound on every product, divisors among them, that pricing forms for exports of `cents`."""
    rate, rmb, share = scaled(terms.rate), scaled(fx), scaled(terms.share)
    unit, fen = 10**rate.digits, 10 ** (rate.digits + rmb.digits)
    premium = max(cents * rate.num, terms.minimum_cents * unit)
    gross = 2 * premium * rmb.num + fen
    products: list[int] = [2 * premium + unit, gross, 2 * fen, (gross // fen + 1) * share.num, 10**share.digits]
    if terms.cap_of_exports is not None:
        cap = scaled(terms.cap_of_exports)
        products += [cents * cap.num * rmb.num, 10 ** (cap.digits + rmb.digits)]
    if terms.limit_multiple is not None:
        multiple = scaled(terms.limit_multiple)
        products += [premium * multiple.num, unit * 10**multiple.digits]
    return max(products)


def _price(exports: Any, terms: Terms, fx: Decimal) -> Price:
    """The arithmetic, on int64 or on Python integers alike."""
    rate, rmb, share = scaled(terms.rate), scaled(fx), scaled(terms.share)
    unit = 10**rate.digits
    premium = np.maximum(exports * rate.num, terms.minimum_cents * unit)
    gross = half_up(premium * rmb.num, unit * 10**rmb.digits)
    fiscal = gross * share.num // 10**share.digits
    if terms.cap_of_exports is not None:
        cap = scaled(terms.cap_of_exports)
        fiscal = np.minimum(fiscal, exports * cap.num * rmb.num // 10 ** (cap.digits + rmb.digits))
    if terms.limit_multiple is not None:
        multiple = scaled(terms.limit_multiple)
        limit = premium * multiple.num // (unit * 10**multiple.digits)
        if terms.limit_cents is not None:
            limit = np.minimum(limit, terms.limit_cents)
    else:
        limit = exports * 0 + (terms.limit_cents or 0)
    return Price(half_up(premium, unit), gross, fiscal, gross - fiscal, limit)


def half_up(numerator: Any, denominator: int) -> Any:
    """Non-negative integers divided and rounded half up."""
    return (2 * numerator + denominator) // (2 * denominator)
