"""A roster of firms as a distribution (出口额分布): counts and sums by plan, insurer and class of exports.

The classes' edges are round figures and the thresholds at which a plan's minimum premium or fiscal cap begins to
bite: within a class the premium is then linear in exports, so that count and sum say all (clause 四（二）方案D备注).
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from xltools.engine import money
from xltools.engine.terms import minor
from xltools.scheme.model import Band, Plan, Scheme

Ints = npt.NDArray[np.int64]
STEPS = (1, 2, 5)
FINEST = 50
"""The lowest round edge is the band's upper end divided by this, or higher."""
OPEN_ABOVE = 100_000_000
"""Dollars at which the classes of a band without an upper end stop."""


@dataclass(frozen=True)
class Class:
    """Firms of one plan, insurer and reduction (index, −1: none) with low < exports ≤ high, in US cents.

    The lowest class of a band holds its lower end; `high` is None above all edges.
    """

    plan: str
    insurer: str
    reduction: int
    low: int
    high: int | None
    firms: int = 0
    exports: int = 0


class Firms(NamedTuple):
    """Firms of a roster, arrays of shape `(n,)`: indices of plan, insurer and reduction (−1: none), exports in cents."""

    plan: Ints
    insurer: Ints
    reduction: Ints
    exports: Ints


def edges(scheme: Scheme, plan: Plan) -> list[int]:
    """Edges of the plan's classes in cents, ascending; the first is the band's lower end, the last its upper one."""
    band = next(b for b in scheme.bands if b.id == plan.band)
    low, high = minor(band.min.value), minor(band.max.value) if band.max else OPEN_ABOVE * 100
    inner = {e for e in _round(low, high) if low < e < high}
    inner |= {t for t in thresholds(scheme, plan) if low < t < high}
    return [low, *sorted(inner), high]


def thresholds(scheme: Scheme, plan: Plan) -> set[int]:
    """Exports in cents (rounded down) at which the minimum premium stops to bite, one for every reduction."""
    if plan.minimum_premium is None or not plan.rate.value:
        return set()
    offs = [Decimal(0), *(r.off.value for r in scheme.reductions)]
    rates = [money.terms(plan, off).rate for off in offs]
    return {int((minor(plan.minimum_premium.value) / r).to_integral_value(ROUND_FLOOR)) for r in rates if r}


def empty(scheme: Scheme) -> list[Class]:
    """All classes of all plans and insurers, without firms, in the order of the workbook's table."""
    out = []
    for plan in scheme.plans:
        there = edges(scheme, plan)
        spans: list[tuple[int, int | None]] = list(pairwise(there))
        if _band(scheme, plan).max is None:
            spans.append((there[-1], None))
        for insurer in scheme.insurers:
            for low, high in spans:
                for reduction in range(-1, len(scheme.reductions)):
                    out.append(Class(plan.id, insurer.id, reduction, low, high))
    return out


def classes(scheme: Scheme, firms: Firms) -> list[Class]:
    """The distribution of a roster: every class of `empty`, with its firms."""
    out = []
    tops = {p.id: _tops(scheme, p, firms.exports) for p in scheme.plans}
    plans, insurers = [p.id for p in scheme.plans], [i.id for i in scheme.insurers]
    for c in empty(scheme):
        these = (firms.plan == plans.index(c.plan)) & (firms.insurer == insurers.index(c.insurer))
        these &= (firms.reduction == c.reduction) & (tops[c.plan] == (c.high or -1))
        cents = int(firms.exports[these].sum())
        out.append(Class(c.plan, c.insurer, c.reduction, c.low, c.high, int(these.sum()), cents))
    return out


def fiscal_fen(scheme: Scheme, firms: Firms, terms: dict[tuple[str, int], money.Terms], fx: Decimal) -> tuple[int, int]:
    """Gross and fiscal money of a roster firm by firm, rounded as policies are (逐户), in fen."""
    gross = fiscal = 0
    for p, plan in enumerate(scheme.plans):
        for r in range(-1, len(scheme.reductions)):
            these = (firms.plan == p) & (firms.reduction == r)
            priced = money.price(firms.exports[these], terms[plan.id, r], fx)
            gross += int(priced.gross_fen.sum())
            fiscal += int(priced.fiscal_fen.sum())
    return gross, fiscal


def _tops(scheme: Scheme, plan: Plan, exports: Ints) -> Ints:
    """The upper edge of each firm's class in this plan, −1 above all of them."""
    there = np.array(edges(scheme, plan)[1:], dtype=np.int64)
    place = np.searchsorted(there, exports, side="left")
    return np.append(there, -1)[place]


def _band(scheme: Scheme, plan: Plan) -> Band:
    return next(b for b in scheme.bands if b.id == plan.band)


def _round(low: int, high: int) -> set[int]:
    """Round figures 1, 2, 5 × 10ⁿ dollars, in cents, between the ends but not finer than makes sense."""
    least = max(low, high // FINEST) if high < OPEN_ABOVE * 100 else 1_000_000
    return {s * 10**n * 100 for n in range(3, 9) for s in STEPS if least <= s * 10**n * 100 <= high}
