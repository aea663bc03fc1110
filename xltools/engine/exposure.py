"""The pools and the exchange rate (资金盘子与汇率). Clause 五（二）: what is paid is priced at the rate of the entry month.

Until a policy is issued its fiscal money is an estimate at a rate that nobody knows yet. So for each pool: the rate at
which it breaks, what it takes at a rate that is known, how much is missing then, whom that would touch, and which
reserve would have been enough. Money is in fen; what a pool holds is counted firm by firm with each firm's own
rounding (`money.price`), so a break-even rate, the exact quotient, may differ from that by half a fen a firm.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

import numpy as np

from xltools.engine import money
from xltools.engine.money import Ints, Terms

RATE_PLACES, RESERVE_PLACES = 4, 4
HIGHEST = Decimal("9999.9999")
"""No rate is ever loaded that is above this."""


@dataclass(frozen=True)
class Open:
    """The rows of one pool whose money still moves with the rate (sent, and arranged), shape `(n,)`.

    `terms` are indices into `of`. `place` is the 排队号: the highest stands at the end of the queue.
    """

    exports_cents: Ints
    terms: Ints
    of: Sequence[Terms]
    estimate_fen: Ints
    place: Ints

    def __len__(self) -> int:
        return len(self.exports_cents)

    def usd(self) -> Fraction:
        """Fiscal money in US dollars, exact."""
        return sum(
            (money.fiscal_usd(self.exports_cents[self.terms == k], t) for k, t in enumerate(self.of)), Fraction(0)
        )

    def fiscal_fen(self, rate: Decimal) -> Ints:
        """Fiscal money of each row at that rate, rounded as a policy's."""
        out = np.zeros(len(self), dtype=np.int64)
        for k, terms in enumerate(self.of):
            rows = self.terms == k
            out[rows] = money.price(self.exports_cents[rows], terms, rate).fiscal_fen
        return out


@dataclass(frozen=True)
class Exposure:
    """One pool at one rate. `needed_fen` is what it takes at that rate, issued policies with their actual money.

    `touched` are rows of `Open`, from the end of the queue: as many as hold the money that is missing. `reserve` is
    the least share on top of the estimates with which they reach that sum.
    """

    needed_fen: int
    overdraft_fen: int
    touched: list[int]
    reserve: Fraction


def break_even(pool_fen: int, settled_fen: int, usd: Fraction) -> Fraction | None:
    """The rate (yuan a dollar) at which a pool breaks: what issued policies leave of it ÷ fiscal dollars not yet issued.

    None where no dollars are open: then no rate breaks it. Below zero where issued policies alone overdraw it.
    """
    return Fraction(pool_fen - settled_fen, 100) / usd if usd else None


def exposed(pool_fen: int, settled_fen: int, rows: Open, rate: Decimal) -> Exposure:
    """What the pool takes at that rate, and what follows from it."""
    fen = rows.fiscal_fen(rate)
    cost, estimate = int(fen.sum()), int(rows.estimate_fen.sum())
    overdraft = max(0, settled_fen + cost - pool_fen)
    reserve = max(Fraction(0), Fraction(cost, estimate) - 1) if estimate else Fraction(0)
    return Exposure(settled_fen + cost, overdraft, _from_the_end(fen, rows.place, overdraft), reserve)


def _from_the_end(fen: Ints, place: Ints, missing: int) -> list[int]:
    """Rows from the end of the queue until they hold the money that is missing."""
    if missing <= 0:
        return []
    order = np.argsort(place, kind="stable")[::-1]
    enough = int(np.searchsorted(np.cumsum(fen[order]), missing)) + 1
    return [int(i) for i in order[:enough]]


def shown_rate(rate: Fraction) -> Decimal:
    """A break-even rate as it is shown: cut to four places, so that the rate shown never breaks the pool.

    Within what a rate can be: 0 where issued policies alone overdraw the pool, 9999.9999 where next to nothing is open.
    """
    return min(max(_cut(rate, RATE_PLACES), Decimal("0.0000")), HIGHEST)


def shown_reserve(reserve: Fraction) -> Decimal:
    """A reserve as it is shown: rounded up to a hundredth of a per cent, so that the one shown is enough."""
    return -_cut(-reserve, RESERVE_PLACES)


def _cut(value: Fraction, places: int) -> Decimal:
    return Decimal(value.numerator * 10**places // value.denominator).scaleb(-places)
