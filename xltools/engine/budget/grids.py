"""What the cost does when two assumptions move (敏感性): closed forms, cell by cell, in 万元 to two places."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction

from xltools.engine.budget.estimate import Estimate, Values, fiscal_cents, half_up, minimum, rate
from xltools.scheme.model import Scheme

Cells = list[list[Fraction | None]]
"""Row by row; None where the shares add up to more than 1."""


def by_fx_and_takeup(
    scheme: Scheme, v: Values, found: Estimate, fx: Sequence[Decimal], factors: Sequence[Decimal]
) -> Cells:
    """Fiscal money at these rates of exchange (rows) and multiples of the firms and exports (columns)."""
    cents = dollars(scheme, v, found)
    return [[_wan(cents * Fraction(f) * Fraction(m)) for m in factors] for f in fx]


def by_two_shares(
    scheme: Scheme, v: Values, found: Estimate, ids: Sequence[str], first: Sequence[Decimal], second: Sequence[Decimal]
) -> Cells:
    """Fiscal money by the export shares of two plans of a band (rows, columns); `ids`: the plan that has the rest, the
    first, the second, then plans that keep their share."""
    others = _others(scheme, v, found, ids)
    out: Cells = []
    for b in first:
        row: list[Fraction | None] = []
        for c in second:
            kept = {i: v["mix", i] for i in ids[3:]}
            shares = {ids[0]: 1 - Fraction(b) - Fraction(c) - sum(kept.values()), ids[1]: Fraction(b),
                      ids[2]: Fraction(c), **kept}  # fmt: skip
            row.append(None if shares[ids[0]] < 0 else _mixed(v, found, ids, shares, others, Fraction(1)))
        out.append(row)
    return out


def by_share_and_takeup(
    scheme: Scheme,
    v: Values,
    found: Estimate,
    ids: Sequence[str],
    shares: Sequence[Decimal],
    factors: Sequence[Decimal],
) -> Cells:
    """For a band of two plans: by the share of the second (rows) and multiples of firms and exports (columns)."""
    others = _others(scheme, v, found, ids)
    return [
        [_mixed(v, found, ids, {ids[0]: 1 - Fraction(b), ids[1]: Fraction(b)}, others, Fraction(m)) for m in factors]
        for b in shares
    ]


def by_rate_and_share(
    scheme: Scheme, v: Values, found: Estimate, times: Sequence[Decimal], shares: Sequence[Decimal]
) -> Cells:
    """By multiples of all rates (rows) and one fiscal share for all plans (columns); minimum premiums stay."""
    out: Cells = []
    for t in times:
        row: list[Fraction | None] = []
        for s in shares:
            cents = sum((_part(v, found, (p.id,), p.id, Fraction(1), Fraction(t), Fraction(s)) for p in scheme.plans),
                        Fraction(0))  # fmt: skip
            row.append(_wan(cents * v["fx", ""]))
        out.append(row)
    return out


def dollars(scheme: Scheme, v: Values, found: Estimate) -> Fraction:
    """The fiscal money in US cents, unrounded: what the sensitivity to FX and take-up is proportional to."""
    return sum((fiscal_cents(v, p.id, found.plan(p.id)) for p in scheme.plans), Fraction(0))


def _others(scheme: Scheme, v: Values, found: Estimate, ids: Sequence[str]) -> Fraction:
    return sum((fiscal_cents(v, p.id, found.plan(p.id)) for p in scheme.plans if p.id not in ids), Fraction(0))


def _mixed(
    v: Values, found: Estimate, ids: Sequence[str], shares: Mapping[str, Fraction], others: Fraction, times: Fraction
) -> Fraction:
    cents = sum((_part(v, found, ids, i, shares[i]) for i in ids), others)
    return _wan(cents * times * v["fx", ""])


def _part(
    v: Values, found: Estimate, ids: Sequence[str], plan: str, share: Fraction, times: Fraction = Fraction(1),
    fiscal: Fraction | None = None,
) -> Fraction:  # fmt: skip
    """Fiscal US cents of one plan that has this share of the firms and exports of these plans."""
    band = found.plan(*ids)
    premium = max(band.exports * share * rate(v, plan) * times, band.firms * share * minimum(v, plan))
    paid = premium * (v["share", plan] if fiscal is None else fiscal)
    return min(paid, band.exports * share * v["cap", plan]) if ("cap", plan) in v else paid


def _wan(fen: Fraction) -> Fraction:
    return Fraction(half_up(fen / 10_000), 100)
