"""Which dated rule lets an indemnity count as foreign exchange received, and by when (赔款视同收汇, domain §17.3).

Nothing is decided where no rule holds: the row says so. Days are datetime64[D], NaT where blank.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np

from xltools.engine.clocks import NAT, Ints, months_after
from xltools.engine.deadlines import Days
from xltools.scheme.rebates import Rule

NONE = -1


def holding(rules: Sequence[Rule], exported: Days, paid: Days) -> Ints:
    """The place of the rule that held for each indemnity, the latest that had begun; `NONE` where none did, or where
    a day is blank."""
    out = np.full(len(exported), NONE, dtype=np.int64)
    for place in sorted(range(len(rules)), key=lambda k: rules[k].start):
        r = rules[place]
        out[_within(exported, r.exported_from, r.exported_to) & _within(paid, r.start, r.end)] = place
    return out


def collect_by(rules: Sequence[Rule], of: Ints, exported: Days, contract: Days) -> Days:
    """The last day for receiving foreign exchange: the rule's day of the year after export; where the contract's own
    last day (`contract`) is later, that day, at most the rule's months after export. Blank where a rule says nothing."""
    out = np.full(len(of), NAT)
    for place, rule in enumerate(rules):
        mine = np.flatnonzero((of == place) & ~np.isnat(exported))
        if rule.due is None or not len(mine):
            continue
        month, day = map(int, rule.due.value.split("-"))
        year = exported[mine].astype("datetime64[Y]") + 1
        last = (year.astype("datetime64[M]") + (month - 1)).astype("datetime64[D]") + (day - 1)
        if rule.months:
            most = months_after(exported[mine], rule.months.value)
            agreed = contract[mine]
            last = np.where(agreed > last, np.minimum(agreed, most), last)
        out[mine] = last
    return out


def _within(day: Days, first: date, last: date) -> np.ndarray:
    return (day >= np.datetime64(first, "D")) & (day <= np.datetime64(last, "D"))
