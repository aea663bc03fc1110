"""Where the prepayment stands (清算): insurer by insurer, and by plan, district and month of entry."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from xltools.desk.rules.results import Column
from xltools.engine.settlement import Effects, Ints, effects
from xltools.ledger.fund import refund_document
from xltools.scheme import Scheme

GROUPS: dict[str, Callable[[pa.Table], Column]] = {
    "方案": lambda rows: rows["plan"],
    "区": lambda rows: rows["area"].fill_null(""),
    "录入月份": lambda rows: pc.strftime(rows["entered"], format="%Y-%m").fill_null(""),
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


def settled(scheme: Scheme, rows: pa.Table, paid: Mapping[str, int], refunds: Mapping[str, int]) -> list[Settled]:
    """Every insurer of the scheme, in its order; `rows` are all of :func:`results.checked`, `refunds` in fen by the fund's
    documents."""
    names = [i.name for i in scheme.insurers]
    policies = issued(rows)
    e = _effects(policies, _place(policies, names), len(names))
    waiting = rows.filter(pc.equal(rows["status"], "sent"))
    open_ = np.zeros(len(names), dtype=np.int64)
    np.add.at(open_, _place(waiting, names), waiting["estimate_fen"].to_numpy())
    more = 1 + scheme.queue.reserve.value
    over = ended(rows)
    cost, came = np.zeros(len(names), dtype=np.int64), np.zeros(len(names), dtype=np.int64)
    np.add.at(cost, _place(over, names), over["actual_fiscal_fen"].to_numpy())
    np.add.at(came, _place(over, names), back(over, refunds))
    return [
        Settled(name, paid.get(name, 0), *_of(e, k), ceil(int(open_[k]) * more), int(cost[k]), int(came[k]))
        for k, name in enumerate(names)
    ]


def parts(scheme: Scheme, rows: pa.Table) -> list[Part]:
    """The policies by plan, district and month, each with its insurer."""
    policies, out = issued(rows), []
    names = [i.name for i in scheme.insurers]
    insurer = _place(policies, names)
    for group, of in GROUPS.items():
        values = of(policies)
        there = sorted(pc.unique(values).to_pylist())
        value = pc.index_in(values, value_set=pa.array(there, pa.string())).to_numpy()
        e = _effects(policies, value * len(names) + insurer, len(there) * len(names))
        for k in np.flatnonzero(e.policies).tolist():
            out.append(Part(group, there[k // len(names)], names[k % len(names)], *_of(e, k)))
    return out


def issued(rows: pa.Table) -> pa.Table:
    """The rows that count by their actual amount."""
    return rows.filter(pc.and_(pc.equal(rows["status"], "issued"), rows["actual_fiscal_fen"].is_valid()))


def ended(rows: pa.Table) -> pa.Table:
    """The rows whose policy has ended; what it cost counts, less what came back."""
    spent = pc.not_equal(rows["actual_fiscal_fen"], 0).fill_null(False)
    there = pc.and_(rows["policy_no"].is_valid(), spent)
    return rows.filter(pc.and_(pc.not_equal(rows["status"], "issued"), there))


def back(rows: pa.Table, refunds: Mapping[str, int]) -> Ints:
    """What of each policy came back, in fen, by the fund's documents; int64 along `rows`."""
    keys = zip(*(rows[f].to_pylist() for f in ("number", "insurer", "no")), strict=True)
    return np.array([refunds.get(refund_document(*key), 0) for key in keys], dtype=np.int64)


def _place(rows: pa.Table, names: Sequence[str]) -> Ints:
    """By row which insurer it is, along `names`."""
    return np.asarray(pc.index_in(rows["insurer"], value_set=pa.array(names)), dtype=np.int64)


def _effects(policies: pa.Table, group: Ints, groups: int) -> Effects:
    actual = policies["actual_fiscal_fen"]
    due = pc.coalesce(policies["due_fiscal_fen"], actual)
    return effects(group, groups, *(c.to_numpy() for c in (policies["estimate_fen"], due, actual)))


def _of(e: Effects, k: int) -> tuple[int, int, int, int, int]:
    return int(e.policies[k]), int(e.estimate[k]), int(e.fx[k]), int(e.reckoning[k]), int(e.actual[k])
