"""What a firm lacks for a plan (方案条件), one condition at a time and in words. Clauses 四（二）1 to 3."""

from __future__ import annotations

from xltools.engine import plans
from xltools.engine.applications import Applications, Ints, Mask
from xltools.engine.terms import minor
from xltools.scheme.model import Plan, Scheme


def shortfalls(scheme: Scheme, plan: Plan, a: Applications, band: Ints) -> list[tuple[Mask, str]]:
    """The firms that stand in the plan's band and lack a condition of it, with the condition as a sentence.

    A firm of the band with none of them is entitled (`plans.entitled`). A blank figure is unknown, and is said to be.
    """
    here: Mask = band == next(i for i, b in enumerate(scheme.bands) if b.id == plan.band)
    rule, label = plan.entitlement, scheme.key_label
    out: list[tuple[Mask, str]] = []
    if rule.key_share or rule.key_exports:
        out.append((here & ~a.key_known, f"{label}出口额未知"))
    if rule.key_share:
        least = plans.at_least(a.key, a.exports, rule.key_share.value)
        out.append((here & a.key_known & ~least, f"{label}出口占比低于 {rule.key_share.value:.0%}"))
    if rule.key_exports:
        few = a.key < minor(rule.key_exports.value)
        out.append((here & a.key_known & few, f"{label}出口不足 {rule.key_exports.value:,.0f} 美元"))
    if rule.policy_tick and rule.policy_tick.value:
        out.append((here & ~a.policy, "未确认符合政策导向"))
    return out
