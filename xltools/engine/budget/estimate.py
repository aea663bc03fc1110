"""What a scheme will cost (预算测算): by plan and insurer, from averages or from a distribution of firms.

Exact arithmetic on fractions; every line (plan × insurer) is rounded half up where the workbook rounds it:

* averages (平均): exports of the band, the plan, the line to the dollar each; premium USD = max(exports × rate,
  firms × minimum) to the cent;
* distribution (分布): premium by class of firms (出口额分档), unrounded; a line is the sum of its classes, to the cent;
* then gross = premium × fx to the fen, fiscal = gross × share to the fen (not above exports × cap × fx),
  own share = gross − fiscal; totals are sums of lines.

Rounding firm by firm, with the floor for the fiscal part, is the rule for policies (`engine.money`), not for plans.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from xltools.engine.budget.classes import Class
from xltools.scheme.model import Band, Plan, Scheme

Values = Mapping[tuple[str, str], Fraction]
"""Assumptions by role: ("firms", band), ("rate", plan), ("portion", insurer), ("fx", "") and so on."""

AMOUNTS = ("firms", "exports", "premium", "gross", "fiscal", "own")


@dataclass(frozen=True)
class Line:
    """A plan at an insurer, or a sum of such lines. US cents for exports and premium, RMB fen for the rest."""

    firms: Fraction = Fraction(0)
    exports: int = 0
    premium: int = 0
    gross: int = 0
    fiscal: int = 0

    @property
    def own(self) -> int:
        """What the firms pay themselves (企业承担), fen."""
        return self.gross - self.fiscal

    def __add__(self, other: Line) -> Line:
        return Line(
            self.firms + other.firms, self.exports + other.exports, self.premium + other.premium,
            self.gross + other.gross, self.fiscal + other.fiscal,
        )  # fmt: skip


@dataclass(frozen=True)
class Estimate:
    """The lines by (plan id, insurer id), and their sums."""

    lines: Mapping[tuple[str, str], Line]

    def plan(self, *plans: str) -> Line:
        """The sum over insurers of some plans."""
        return total(line for (p, _), line in self.lines.items() if p in plans)

    def insurer(self, insurer: str) -> Line:
        return total(line for (_, i), line in self.lines.items() if i == insurer)

    @property
    def total(self) -> Line:
        return total(self.lines.values())


def estimate(scheme: Scheme, values: Values, classes: Sequence[Class] | None = None) -> Estimate:
    """The cost under these assumptions: from averages, or from the classes of a distribution where they are given."""
    lines = {}
    for plan in scheme.plans:
        for insurer in scheme.insurers:
            if classes is None:
                lines[plan.id, insurer.id] = _average(scheme, values, plan, insurer.id)
            else:
                there = [c for c in classes if (c.plan, c.insurer) == (plan.id, insurer.id)]
                lines[plan.id, insurer.id] = _distributed(scheme, values, plan, there)
    return Estimate(lines)


def _average(scheme: Scheme, v: Values, plan: Plan, insurer: str) -> Line:
    mix, portion = v.get(("mix", plan.id), Fraction(1)), v.get(("portion", insurer), Fraction(1))
    firms = v["firms", plan.band] * v["factor", plan.band] * mix * portion
    exports = 100 * half_up(half_up(half_up(v["exports", plan.band] * v["factor", plan.band]) * mix) * portion)
    premium = half_up(max(exports * rate(v, plan.id, v.get(("off", ""), Fraction(0))), firms * minimum(v, plan.id)))
    return _priced(v, plan.id, firms, exports, premium)


def _distributed(scheme: Scheme, v: Values, plan: Plan, classes: Sequence[Class]) -> Line:
    factor = v["factor", plan.band]
    firms = sum((c.firms for c in classes), 0) * factor
    exports = half_up(sum(c.exports for c in classes) * factor)
    premium = half_up(sum((class_premium(scheme, v, c) for c in classes), Fraction(0)) * factor)
    return _priced(v, plan.id, firms, exports, premium)


def _priced(v: Values, plan: str, firms: Fraction, exports: int, premium: int) -> Line:
    fx = v["fx", ""]
    gross = half_up(premium * fx)
    fiscal = half_up(gross * v["share", plan])
    if ("cap", plan) in v:
        fiscal = min(fiscal, half_up(exports * v["cap", plan] * fx))
    return Line(firms, exports, premium, gross, fiscal)


def class_premium(scheme: Scheme, v: Values, c: Class) -> Fraction:
    """Premium of a class in cents, unrounded: exact where every firm of it lies on one side of the minimum's threshold."""
    off = reduction(scheme, c.reduction)
    return max(c.exports * rate(v, c.plan, off), c.firms * minimum(v, c.plan))


def class_doubt(scheme: Scheme, v: Values, c: Class) -> int:
    """By how many cents at most `class_premium` may be too low: only where the threshold lies inside the class.

    max(rate × x, minimum) is convex, so with count and sum known it is largest when all firms sit at the edges.
    """
    r, m, low = rate(v, c.plan, reduction(scheme, c.reduction)), minimum(v, c.plan), c.low + 1
    if not c.firms or low * r >= m or (c.high is not None and c.high * r <= m):
        return 0
    above = c.exports - c.firms * low
    slope = r if c.high is None else (c.high * r - m) / (c.high - low)
    return half_up(max(Fraction(0), c.firms * m + above * slope - class_premium(scheme, v, c)))


def reduction(scheme: Scheme, index: int) -> Fraction:
    """The part of the premium that a reduction (保费优惠) takes off; index −1 is none."""
    return Fraction(scheme.reductions[index].off.value) if index >= 0 else Fraction(0)


def rate(v: Values, plan: str, off: Fraction = Fraction(0)) -> Fraction:
    """The rate that is charged: after the bid discount and a reduction."""
    return v["rate", plan] * (1 - v.get(("discount", plan), Fraction(0))) * (1 - off)


def minimum(v: Values, plan: str) -> Fraction:
    """Least premium of a policy, cents (四（二）方案D备注 in Nantong's scheme)."""
    return v.get(("minimum", plan), Fraction(0)) * 100


def fiscal_cents(v: Values, plan: str, line: Line) -> Fraction:
    """The fiscal part of a line in US cents, unrounded."""
    paid = line.premium * v["share", plan]
    return min(paid, line.exports * v["cap", plan]) if ("cap", plan) in v else paid


def total(lines: Iterable[Line]) -> Line:
    """The sum of all lines."""
    return sum(lines, Line())


def half_up(value: Fraction | int) -> int:
    """A non-negative fraction rounded half up."""
    whole = Fraction(value)
    return (2 * whole.numerator + whole.denominator) // (2 * whole.denominator)


def band_plans(scheme: Scheme, band: Band) -> tuple[str, ...]:
    """Ids of a band's plans."""
    return tuple(p.id for p in scheme.plans if p.band == band.id)


def exact(values: Mapping[tuple[str, str], Decimal]) -> dict[tuple[str, str], Fraction]:
    """The assumptions as fractions."""
    return {role: Fraction(value) for role, value in values.items()}
