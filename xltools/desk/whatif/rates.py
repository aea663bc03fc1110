"""Exchange rates × take-up (汇率与参保率): what each pool takes if so many firms come in at such a rate, exact.

A table instead of a simulation: every firm is priced at the rate with its own rounding, and added up in fen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from xltools.desk.rules.fxrisk import open_rows
from xltools.desk.rules.standing import Standing
from xltools.engine.assess import ELIGIBLE

STEPS = (Decimal("-0.10"), Decimal("0.00"), Decimal("0.10"), Decimal("0.20"), Decimal("0.30"))
"""Rates on both sides of the one that the scheme plans with, yuan a dollar."""
SHARES = (50, 60, 70, 80, 90, 100)
"""Of the firms that could come in, in per cent."""


@dataclass(frozen=True)
class Cell:
    """One pool at one rate and one take-up: firms not yet issued that come in, what the pool then takes, what is left
    (负 = 缺口); fen."""

    insurer: str
    rate: Decimal
    share: int
    firms: int
    needed_fen: int
    left_fen: int


def around(budget: Decimal) -> tuple[Decimal, ...]:
    """The rates of the table."""
    return tuple(r for step in STEPS if (r := budget + step) > 0)


def rates_by_take_up(standing: Standing, rates: Sequence[Decimal], shares: Sequence[int] = SHARES) -> list[Cell]:
    """Pool by pool, rate by rate. Rows sent always come in; of the eligible ones the first `share` per cent of each
    pool's queue (rounded up). `standing` is best one in which all are agreed."""
    out = []
    for k, m in enumerate(standing.money):
        rows, _ = open_rows(standing, k, standing.outcomes.status == ELIGIBLE)
        order = np.argsort(rows.place, kind="stable")
        sent = len(rows) - int(
            ((standing.outcomes.status == ELIGIBLE) & (standing.applications.insurer[standing.rows] == k)).sum()
        )
        for rate in rates:
            running = [0, *np.cumsum(rows.fiscal_fen(rate)[order]).tolist()]
            for share in shares:
                firms = sent + -(-(len(rows) - sent) * share // 100)
                needed = m.issued + running[firms]
                out.append(Cell(m.insurer, rate, share, firms, needed, m.pool - needed))
    return out
