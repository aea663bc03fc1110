"""Which band a firm stands in, which plans it is entitled to, which one it gets (方案). Clauses 二（一）, 四（二）."""

from __future__ import annotations

from decimal import Decimal

import numpy as np

from xltools.engine.applications import Applications, Ints, Mask
from xltools.engine.terms import minor, scaled
from xltools.scheme.model import Plan, Scheme

BELOW, GAP, ABOVE = -3, -2, -1
"""Where a figure stands that is in no band."""


def bands(scheme: Scheme, exports: Ints) -> Ints:
    """Index of each figure's band (二（一）, inclusive at both ends), or BELOW, GAP, ABOVE; cents, shape `(n,)`."""
    out = np.full(len(exports), GAP, dtype=np.int64)
    out[exports < min(minor(b.min.value) for b in scheme.bands)] = BELOW
    if all(b.max for b in scheme.bands):
        out[exports > max(minor(b.max.value) for b in scheme.bands if b.max)] = ABOVE
    for i, band in enumerate(scheme.bands):
        inside = exports >= minor(band.min.value)
        if band.max:
            inside &= exports <= minor(band.max.value)
        out[inside] = i
    return out


def entitled(scheme: Scheme, plan: Plan, a: Applications, band: Ints) -> Mask:
    """Firms that may have the plan: its band, and every condition of its entitlement (四（二）). A blank figure is unknown."""
    out: Mask = band == next(i for i, b in enumerate(scheme.bands) if b.id == plan.band)
    rule = plan.entitlement
    if rule.key_share:
        out &= a.key_known & at_least(a.key, a.exports, rule.key_share.value)
    if rule.key_exports:
        out &= a.key_known & (a.key >= minor(rule.key_exports.value))
    if rule.policy_tick and rule.policy_tick.value:
        out &= a.policy
    return out


def shortfalls(scheme: Scheme, plan: Plan, a: Applications, band: Ints) -> list[tuple[Mask, str]]:
    """The firms that stand in the plan's band and lack a condition of it, with the condition as a sentence.

    A firm of the band with none of them is entitled (`entitled`). A blank figure is unknown, and is said to be. Clauses 四（二）1 to 3.
    """
    here: Mask = band == next(i for i, b in enumerate(scheme.bands) if b.id == plan.band)
    rule, label = plan.entitlement, scheme.key_label
    out: list[tuple[Mask, str]] = []
    if rule.key_share or rule.key_exports:
        out.append((here & ~a.key_known, f"{label}出口额未知"))
    if rule.key_share:
        least = at_least(a.key, a.exports, rule.key_share.value)
        out.append((here & a.key_known & ~least, f"{label}出口占比低于 {rule.key_share.value:.0%}"))
    if rule.key_exports:
        few = a.key < minor(rule.key_exports.value)
        out.append((here & a.key_known & few, f"{label}出口不足 {rule.key_exports.value:,.0f} 美元"))
    if rule.policy_tick and rule.policy_tick.value:
        out.append((here & ~a.policy, "未确认符合政策导向"))
    return out


def choose(scheme: Scheme, a: Applications, band: Ints) -> tuple[Ints, Mask, Mask]:
    """Index of each firm's plan (-1 where none), the rows whose plan is not available, and those without co-payment.

    A wish is never switched: a firm that is not entitled to it waits, also where the plan was dropped. A blank wish takes the first plan of the band
    that the firm is entitled to (四（二） and its remarks).
    """
    may = np.stack([entitled(scheme, p, a, band) for p in scheme.plans], axis=1)
    ids = [p.id for p in scheme.plans]
    plan = a.wish.copy()
    for i, b in enumerate(scheme.bands):
        for name in reversed(b.default_plans):
            j = ids.index(name)
            plan[(a.wish == -1) & (band == i) & may[:, j]] = j
    rows = np.arange(len(a))
    unavailable = (plan < 0) | ~may[rows, np.maximum(plan, 0)]
    needs = np.array([bool(p.needs_copay and p.needs_copay.value) for p in scheme.plans])
    copay_missing = (plan >= 0) & needs[np.maximum(plan, 0)] & ~a.copay
    return np.where(unavailable, -1, plan), unavailable, copay_missing


def at_least(part: Ints, whole: Ints, share: Decimal) -> Mask:
    """part ≥ share × whole, exactly; nothing of nothing is no share."""
    return _compare(part, whole, share, strict=False)


def above(part: Ints, whole: Ints, share: Decimal) -> Mask:
    """part > share × whole, exactly."""
    return _compare(part, whole, share, strict=True)


def _compare(part: Ints, whole: Ints, share: Decimal, *, strict: bool) -> Mask:
    num, digits = scaled(share)
    big = int(max(part.max(initial=0), whole.max(initial=0)))
    p, w = (part, whole) if big * max(num, 10**digits) < 2**62 else (part.astype(object), whole.astype(object))
    left, right = p * 10**digits, w * num
    return np.asarray((left > right) if strict else (left >= right), dtype=bool) & (whole > 0)
