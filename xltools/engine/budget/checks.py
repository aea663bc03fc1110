"""The source document's own figures (原文测算数) in its own arithmetic: do they fit together? Clause 五（一）."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from xltools.engine.budget.estimate import Values, minimum, rate

Said = Mapping[str, Fraction]
"""Planning figures of a band: firms, exports (USD), uninsured_firms, uninsured_exports (USD), cost (yuan)."""


@dataclass(frozen=True)
class PlanCheck:
    """What the band's firms would cost on this plan alone, in yuan, under the base assumptions.

    `by_rate` from exports × rate, `by_minimum` from firms × minimum premium (None without one), `most` the larger;
    `fx` is the exchange rate at which `by_rate` would be the stated cost; `alone` the export share of this plan that,
    with the band's usual plan for the rest, gives the stated cost (None for that plan itself).
    """

    by_rate: Fraction
    by_minimum: Fraction | None
    most: Fraction
    fx: Fraction | None
    alone: Fraction | None


def plan_check(v: Values, said: Said, plan: str, usual: str) -> PlanCheck:
    """Check one plan of a band; `usual` is the plan that firms get without asking."""
    fx = v["fx", ""]
    dollars = said["exports"] * fiscal_rate(v, plan)
    least = said["firms"] * minimum(v, plan) / 100 * v["share", plan] * fx if ("minimum", plan) in v else None
    cost = said.get("cost")
    return PlanCheck(
        by_rate=dollars * fx,
        by_minimum=least,
        most=max(dollars * fx, least or Fraction(0)),
        fx=cost / dollars if cost is not None and dollars else None,
        alone=None if cost is None or plan == usual else alone(v, said, plan, usual, fx),
    )


def fiscal_rate(v: Values, plan: str) -> Fraction:
    """What the budget pays per dollar of exports."""
    paid = rate(v, plan) * v["share", plan]
    return min(paid, v["cap", plan]) if ("cap", plan) in v else paid


def implied_rate(said: Said, fx: Fraction) -> Fraction:
    """The fiscal rate that the stated cost implies at this exchange rate (折合财政费率)."""
    return said["cost"] / fx / said["exports"]


def alone(v: Values, said: Said, plan: str, usual: str, fx: Fraction) -> Fraction | None:
    """Export share of `plan` beside `usual` that gives the stated cost; None where both cost the same."""
    step = fiscal_rate(v, plan) - fiscal_rate(v, usual)
    return (implied_rate(said, fx) - fiscal_rate(v, usual)) / step if step else None


def mixed(v: Values, said: Said, plans: Sequence[str]) -> tuple[Fraction, Fraction]:
    """Gross premium and fiscal money, in yuan, of the stated exports under the base mix of plans, by rate alone."""
    dollars = said["exports"] * v["fx", ""]
    gross = sum((dollars * v["mix", p] * rate(v, p) for p in plans), Fraction(0))
    return gross, sum((dollars * v["mix", p] * fiscal_rate(v, p) for p in plans), Fraction(0))
