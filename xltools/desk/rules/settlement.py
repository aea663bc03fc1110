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
from xltools.scheme import Scheme

GROUPS: dict[str, Callable[[pa.Table], Column]] = {
    "方案": lambda rows: rows["plan"],
    "区": lambda rows: rows["area"].fill_null(""),
    "录入月份": lambda rows: pc.strftime(rows["entered"], format="%Y-%m").fill_null(""),
}
"""How policies are grouped beside their insurer."""


@dataclass(frozen=True)
class Settled:
    """One insurer's money in fen. `paid` is net of what came back; `open` the estimate of rows without a return.

    paid + number = estimate; estimate + fx + reckoning = actual; paid − actual − open = surplus (负 = 缺口).
    """

    insurer: str
    paid: int
    policies: int
    estimate: int
    fx: int
    reckoning: int
    actual: int
    open: int

    @property
    def number(self) -> int:
        """The quantity effect: what was insured, by estimate, beyond what was prepaid."""
        return self.estimate - self.paid

    @property
    def surplus(self) -> int:
        return self.paid - self.actual - self.open


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


def settled(scheme: Scheme, rows: pa.Table, paid: Mapping[str, int]) -> list[Settled]:
    """Every insurer of the scheme, in its order; `rows` are all of :func:`results.checked`."""
    names = [i.name for i in scheme.insurers]
    policies = issued(rows)
    e = _effects(policies, _place(policies, names), len(names))
    waiting = rows.filter(pc.equal(rows["status"], "sent"))
    open_ = np.zeros(len(names), dtype=np.int64)
    np.add.at(open_, _place(waiting, names), waiting["estimate_fen"].to_numpy())
    more = 1 + scheme.queue.reserve.value
    return [Settled(name, paid.get(name, 0), *_of(e, k), ceil(int(open_[k]) * more)) for k, name in enumerate(names)]


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


def _place(rows: pa.Table, names: Sequence[str]) -> Ints:
    """By row which insurer it is, along `names`."""
    return pc.index_in(rows["insurer"], value_set=pa.array(names)).to_numpy().astype(np.int64)


def _effects(policies: pa.Table, group: Ints, groups: int) -> Effects:
    actual = policies["actual_fiscal_fen"]
    due = pc.coalesce(policies["due_fiscal_fen"], actual)
    return effects(group, groups, *(c.to_numpy() for c in (policies["estimate_fen"], due, actual)))


def _of(e: Effects, k: int) -> tuple[int, int, int, int, int]:
    return int(e.policies[k]), int(e.estimate[k]), int(e.fx[k]), int(e.reckoning[k]), int(e.actual[k])
