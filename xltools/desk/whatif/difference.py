"""The difference of two standings (差别) of one register, as data: firms by name, fen, places."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np

from xltools.desk.rules.standing import Standing
from xltools.engine import cover
from xltools.engine.applications import Ints, Mask
from xltools.engine.assess import ELIGIBLE


@dataclass(frozen=True)
class Firm:
    """A firm as it is named: 受理编号, name, area, insurer and plan, and the fiscal money that it takes or would take."""

    number: str
    name: str
    area: str
    insurer: str
    plan: str
    fen: int


@dataclass(frozen=True)
class Moved:
    """A firm whose plan or insurer becomes another one."""

    firm: Firm
    was: str
    becomes: str


@dataclass(frozen=True)
class Difference:
    """What another standing changes. `enters` and `leaves` are arranged in one of the two alone, `admitted` and
    `excluded` are eligible in one alone; `fen` is the arranged money after less before by insurer, `left` what each pool
    has free after, `places` how many firms stand elsewhere in the queue, `covers` whose cover begins otherwise."""

    enters: list[Firm]
    leaves: list[Firm]
    admitted: list[Firm]
    excluded: list[Firm]
    plans: list[Moved]
    insurers: list[Moved]
    fen: dict[str, int]
    left: dict[str, int]
    total_left: int
    places: int
    covers: list[Firm]

    @property
    def total_fen(self) -> int:
        return sum(self.fen.values())

    @property
    def nothing(self) -> bool:
        """Nobody and nothing is otherwise."""
        lists = (self.enters, self.leaves, self.admitted, self.excluded, self.plans, self.insurers, self.covers)
        return not any(lists) and not any(self.fen.values()) and not self.places

    def by_area(self) -> dict[str, tuple[int, int]]:
        """Firms that enter and that leave, by area."""
        enters, leaves = (Counter(f.area for f in firms) for firms in (self.enters, self.leaves))
        return {a: (enters[a], leaves[a]) for a in sorted({*enters, *leaves})}


def difference(before: Standing, after: Standing) -> Difference:
    """What `after` changes; both are of the same register, so rows are the same rows."""
    was, now = before.outcomes, after.outcomes
    could, can = was.status == ELIGIBLE, now.status == ELIGIBLE
    both = could & can
    whose_was, whose_now = (s.applications.insurer[s.rows] for s in (before, after))
    plan, insurer = (lambda s, j: s.register.scheme.plans[j].id), (lambda s, j: s.register.scheme.insurers[j].name)

    def moved(where: Mask, old: Ints, new: Ints, name: Any) -> list[Moved]:
        rows = np.flatnonzero(where & (old != new))
        return [Moved(_firm(after, i), name(before, int(old[i])), name(after, int(new[i]))) for i in rows.tolist()]

    return Difference(
        enters=_firms(after, now.arranged & ~was.arranged),
        leaves=_firms(before, was.arranged & ~now.arranged),
        admitted=_firms(after, can & ~could),
        excluded=_firms(before, could & ~can),
        plans=moved(both, was.plan, now.plan, plan),
        insurers=moved(both, whose_was, whose_now, insurer),
        fen={b.insurer: a.arranged - b.arranged for a, b in zip(after.money, before.money, strict=True)},
        left={m.insurer: m.free for m in after.money},
        total_left=after.total_free,
        places=int((was.number != now.number)[both].sum()),
        covers=_firms(after, now.arranged & _covered_otherwise(before, after)),
    )


def _covered_otherwise(before: Standing, after: Standing) -> Mask:
    """Rows whose cover begins on another day, or on one that only the issue will tell."""
    old, new = (cover.starts(s.register.scheme, s.register.claims.times["received"])[s.rows] for s in (before, after))
    return np.asarray((old != new) & ~(np.isnat(old) & np.isnat(new)))


def _firms(standing: Standing, where: Mask) -> list[Firm]:
    """In queue order."""
    rows = np.flatnonzero(where)
    return [_firm(standing, i) for i in rows[np.argsort(standing.outcomes.number[rows], kind="stable")].tolist()]


def _firm(standing: Standing, j: int) -> Firm:
    r, i = standing.register, int(standing.rows[j])
    scheme = r.scheme
    return Firm(
        number=r.number(i),
        name=r.claims.text["name"][i].as_py() or "",
        area=r.claims.text["area"][i].as_py() or "",
        insurer=scheme.insurers[int(standing.applications.insurer[i])].name,
        plan=scheme.plans[int(standing.outcomes.plan[j])].id,
        fen=int(standing.outcomes.fiscal_fen[j]),
    )
