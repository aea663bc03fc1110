"""Indemnity (应赔): loss × ratio, at most what is left of the limits of the case, the buyer and the policy year.

Readings: domain §4 #25 (the plan's maximum is of the policy year, all indemnities together), #26 (the ratio is a
parameter). Integers only: US cents, half up, rounded once. What is recovered later does not raise a limit again: no
source says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
import numpy.typing as npt

from xltools.engine.money import SAFE, half_up
from xltools.engine.terms import scaled

Ints = npt.NDArray[np.int64]
NO_LIMIT = -1


@dataclass(frozen=True)
class Level:
    """One kind of limit: `group` says which decisions share it (whole numbers from 0), `limit_cents` what it is for
    each of them (`NO_LIMIT`: none). Both int64 of shape `(n,)`."""

    group: Ints
    limit_cents: Ints


def wanted(loss_cents: Ints, ratio: Sequence[Decimal]) -> Ints:
    """Loss × ratio in US cents, half up, before any limit. Shapes `(n,)`; losses not negative."""
    out = np.zeros(len(loss_cents), dtype=np.int64)
    for value in set(ratio):
        rows = np.array([r == value for r in ratio], dtype=bool)
        num, digits = scaled(value)
        loss = loss_cents[rows]
        if int(loss.max(initial=0)) * max(num, 1) * 2 + 10**digits >= SAFE:
            loss = loss.astype(object)
        out[rows] = half_up(loss * num, 10**digits).astype(np.int64)
    return out


def indemnities(want_cents: Ints, levels: Sequence[Level]) -> Ints:
    """What of each decision's amount is paid, first decided first served, in US cents; shape `(n,)`.

    `levels` go from the narrowest limit to the widest, and the groups of one lie within those of the next: where a wide
    limit binds it is used up, so that clamping level by level gives what reckoning row by row does.
    """
    out = want_cents
    for level in levels:
        out = _clamped(out, level)
    return out


def left_before(taken_cents: Ints, level: Level) -> Ints:
    """What of a limit is left before each decision, given what all of them take; `NO_LIMIT` where there is none."""
    before = _running(taken_cents, level.group) - taken_cents
    rest: Ints = np.maximum(level.limit_cents - before, 0).astype(np.int64)
    rest[level.limit_cents == NO_LIMIT] = NO_LIMIT
    return rest


def _clamped(cents: Ints, level: Level) -> Ints:
    total = _running(cents, level.group)
    limit = np.where(level.limit_cents == NO_LIMIT, SAFE, level.limit_cents)
    paid: Ints = (np.minimum(total, limit) - np.minimum(total - cents, limit)).astype(np.int64)
    return paid


def _running(cents: Ints, group: Ints) -> Any:
    """The sum within its group up to and with each row."""
    if not len(cents):
        return cents
    exact: Any = cents if len(cents) * max(int(cents.max()), 1) < SAFE else cents.astype(object)
    order = np.argsort(group, kind="stable")
    total = np.cumsum(exact[order])
    first = np.flatnonzero(np.diff(group[order], prepend=group[order][0] - 1))
    before = np.repeat(total[first] - exact[order][first], np.diff(first, append=len(order)))
    out = np.empty_like(total)
    out[order] = total - before
    return out
