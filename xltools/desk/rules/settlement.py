"""Where the prepayment stands (清算): insurer by insurer, and by plan, district and month of entry."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil

import numpy as np

from xltools.desk.rules.results import Checked
from xltools.engine.settlement import Effects, effects
from xltools.ledger.fund import refund_document
from xltools.scheme import Scheme

GROUPS: dict[str, Callable[[Checked], str]] = {
    "方案": lambda r: r.plan,
    "区": lambda r: str(r.cells.get("area") or ""),
    "录入月份": lambda r: f"{r.result['entered']:%Y-%m}",
}
"""How policies are grouped beside their insurer."""


@dataclass(frozen=True)
class Settled:
    """One insurer's money in fen. `paid` is net of what came back; `open` the estimate of rows without a return; `ended`
    what policies cost that have ended, `refunded` what of that came back by the fund.

    paid + number = estimate; estimate + fx + reckoning = actual; paid − actual − kept − open = surplus (负 = 缺口).
    """

    insurer: str
    paid: int
    policies: int
    estimate: int
    fx: int
    reckoning: int
    actual: int
    open: int
    ended: int = 0
    refunded: int = 0

    @property
    def kept(self) -> int:
        """What stays spent of policies that have ended."""
        return self.ended - self.refunded

    @property
    def number(self) -> int:
        """The quantity effect: what was insured, by estimate, beyond what was prepaid."""
        return self.estimate - self.paid

    @property
    def surplus(self) -> int:
        return self.paid - self.actual - self.kept - self.open


@dataclass(frozen=True)
class Part:
    """The policies of one group with one insurer, in fen as :class:`Settled`."""

    group: str
    value: str
    insurer: str
    policies: int
    estimate: int
    fx: int
    reckoning: int
    actual: int


def settled(
    scheme: Scheme, rows: Sequence[Checked], paid: Mapping[str, int], refunds: Mapping[str, int]
) -> list[Settled]:  # fmt: skip
    """Every insurer of the scheme, in its order; `refunds` in fen by the fund's documents."""
    names = [i.name for i in scheme.insurers]
    e = _effects(issued(rows), [names.index(r.insurer) for r in issued(rows)], len(names))
    more = 1 + scheme.queue.reserve.value
    out = []
    for k, name in enumerate(names):
        waiting = sum(r.estimate_fen for r in rows if r.insurer == name and r.state == "sent")
        over = [r for r in ended(rows) if r.insurer == name]
        cost = sum(r.result["actual_fiscal_fen"] for r in over)
        out.append(
            Settled(
                name, paid.get(name, 0), *_of(e, k), ceil(waiting * more), cost, sum(back(r, refunds) for r in over)
            )
        )
    return out


def parts(scheme: Scheme, rows: Sequence[Checked]) -> list[Part]:
    """The policies by plan, district and month, each with its insurer."""
    policies, out = issued(rows), []
    order = {i.name: k for k, i in enumerate(scheme.insurers)}
    for group, of in GROUPS.items():
        keys = [(of(r), r.insurer) for r in policies]
        there = sorted(set(keys), key=lambda k: (k[0], order[k[1]]))
        place = {key: k for k, key in enumerate(there)}
        e = _effects(policies, [place[k] for k in keys], len(there))
        out += [Part(group, *key, *_of(e, k)) for k, key in enumerate(there)]
    return out


def issued(rows: Sequence[Checked]) -> list[Checked]:
    """The rows that count by their actual amount."""
    return [r for r in rows if r.state == "issued" and r.result["actual_fiscal_fen"] is not None]


def ended(rows: Sequence[Checked]) -> list[Checked]:
    """The rows whose policy has ended; what it cost counts, less what came back."""
    return [r for r in rows if r.state != "issued" and r.result["policy_no"] and r.result["actual_fiscal_fen"]]


def back(row: Checked, refunds: Mapping[str, int]) -> int:
    """What of a policy came back, in fen, by the fund's documents."""
    return refunds.get(refund_document(row.number, row.insurer, row.no), 0)


def _effects(policies: Sequence[Checked], group: Sequence[int], groups: int) -> Effects:
    def fen(of: Callable[[Checked], int]) -> np.ndarray:
        return np.array([of(r) for r in policies], dtype=np.int64)

    actual = fen(lambda r: r.result["actual_fiscal_fen"])
    due = fen(lambda r: r.result["actual_fiscal_fen"] if r.fiscal_fen is None else r.fiscal_fen)
    return effects(np.array(group, dtype=np.int64), groups, fen(lambda r: r.estimate_fen), due, actual)


def _of(e: Effects, k: int) -> tuple[int, int, int, int, int]:
    return int(e.policies[k]), int(e.estimate[k]), int(e.fx[k]), int(e.reckoning[k]), int(e.actual[k])
