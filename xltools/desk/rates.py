"""Exchange rates that cannot be meant as they stand."""

from __future__ import annotations

from decimal import Decimal

from xltools.scheme import Scheme

APART = Decimal("0.3")
"""How far from the budget rate a rate may lie before somebody is asked: bank boards quote 100 dollars."""


def implausible(scheme: Scheme, rate: Decimal) -> str:
    """A sentence if the rate lies far from the scheme's budget rate, else ""."""
    budget = scheme.fx.budget.value
    if abs(rate - budget) <= APART * budget:
        return ""
    return f"提示：汇率 {rate} 与预算汇率 {budget} 相差很大，应为 1 美元折人民币元数，请核对"
