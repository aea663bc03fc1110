"""The priority conditions (优先条件) that follow from figures. Clauses 二（一） and 二（二）1, 2.

What a firm declares and a list or the bureau confirms (二（二）3 to 6) is not here: `Applications.confirmed`.
"""

from __future__ import annotations

import numpy as np

from xltools.engine import plans
from xltools.engine.applications import Applications, Mask
from xltools.scheme.model import Priority, Scheme


def met(scheme: Scheme, a: Applications) -> Mask:
    """Firms for which any condition of the scheme holds; one is enough."""
    out = a.confirmed.copy()
    for p in scheme.priorities:
        out |= holds(p, a)
    return out


def known(p: Priority, a: Applications) -> Mask:
    """Firms whose figures for the condition are known; a blank figure is unknown, a 0 is one."""
    there = {
        "key_dependent": a.key_known, "growth": a.before_known, "emerging_share": a.emerging_known,
    }.get(p.kind)  # fmt: skip
    return np.zeros(len(a), dtype=bool) if there is None else a.exports_known & there


def holds(p: Priority, a: Applications) -> Mask:
    """Firms for which the condition holds; nobody where it does not follow from figures.

    `key_dependent` (二（一）): the policy tick, and the key countries' share ≥ the threshold, whatever the amount.
    `growth` (二（二）1): base year > year before (`from_nothing`: of a year before that was 0, too). `emerging_share` (二（二）2): share > the threshold.
    """
    if p.kind == "growth":
        return known(p, a) & (a.exports > a.before) & (p.from_nothing | (a.before > 0))
    if p.kind == "emerging_share" and p.threshold:
        return known(p, a) & plans.above(a.emerging, a.exports, p.threshold.value)
    if p.kind == "key_dependent" and p.threshold:
        return known(p, a) & a.policy & plans.at_least(a.key, a.exports, p.threshold.value)
    return np.zeros(len(a), dtype=bool)
