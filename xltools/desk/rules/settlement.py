"""Where the prepayment stands (清算): insurer by insurer, and by plan, district and month of entry."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil

import numpy as np

from xltools.desk.rules.results import Checked
from xltools.engine.settlement import Effects, effects
from xltools.scheme import Scheme

GROUPS: dict[str, Callable[[Checked], str]] = {
    "方案": lambda r: r.plan,
    "区": lambda r: str(r.cells.get("area") or ""),
    "录入月份": lambda r: f"{r.result['entered']:%Y-%m}",
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


def settled(scheme: Scheme, rows: Sequence[Checked], paid: Mapping[str, int]) -> list[Settled]:
    """Every insurer of the scheme, in its order."""
    names = [i.name for i in scheme.insurers]
    e = _effects(issued(rows), [names.index(r.insurer) for r in issued(rows)], len(names))
    more = 1 + scheme.queue.reserve.value
    out = []
    for k, name in enumerate(names):
        waiting = sum(r.estimate_fen for r in rows if r.insurer == name and r.state == "sent")
        out.append(Settled(name, paid.get(name, 0), *_of(e, k), ceil(waiting * more)))
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


def _effects(policies: Sequence[Checked], group: Sequence[int], groups: int) -> Effects:
    def fen(of: Callable[[Checked], int]) -> np.ndarray:
        return np.array([of(r) for r in policies], dtype=np.int64)

    actual = fen(lambda r: r.result["actual_fiscal_fen"])
    due = fen(lambda r: r.result["actual_fiscal_fen"] if r.fiscal_fen is None else r.fiscal_fen)
    return effects(np.array(group, dtype=np.int64), groups, fen(lambda r: r.estimate_fen), due, actual)


def _of(e: Effects, k: int) -> tuple[int, int, int, int, int]:
    return int(e.policies[k]), int(e.estimate[k]), int(e.fx[k]), int(e.reckoning[k]), int(e.actual[k])
