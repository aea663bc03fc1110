"""The queue (排队) and who is arranged from which pool (资金盘子). Scheme clauses 二（二）, 二（三）, 五（一）."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
Ordering = Literal["strict", "priority_within_day", "priority_first"]

_LATEST = np.iinfo(np.int64).max
_DAY = 86_400


@dataclass(frozen=True)
class Line:
    """Applications to be queued, one per row, shape `(n,)`.

    `received` datetime64[s] (NaT = none yet), `priority` bool, `arrival` int64, `draw` int64 (0 = not drawn),
    `pool` int64 index, `fiscal_fen` int64.
    """

    received: npt.NDArray[np.datetime64]
    priority: Mask
    arrival: Ints
    draw: Ints
    pool: Ints
    fiscal_fen: Ints


@dataclass(frozen=True)
class Allotment:
    """`order` lists rows in queue order; the others run along the rows. Numbers start at 1."""

    order: Ints
    number: Ints
    pool_number: Ints
    arranged: Mask
    tied: Mask


def allot(
    line: Line,
    left_fen: list[int],
    total_left_fen: int,
    *,
    ordering: Ordering = "priority_within_day",
    when_head_does_not_fit: Literal["stop", "skip"] = "stop",
    ties_wait: bool = False,
) -> Allotment:
    """Put the applications in order (二（二）, 二（三）) and arrange them while the money lasts (五（一）).

    `left_fen` is the free money of each pool, `total_left_fen` of all together. With `stop` the first row that
    does not fit its pool closes that pool, and one that fits its pool but not the total closes all; with `skip`
    later rows may fill in. Rows received at the same moment where the money ends are `tied`; with `ties_wait`
    none of them is arranged, and nobody behind them in that pool.
    """
    n = len(line.arrival)
    keys = _keys(line, ordering)
    draw = _drawn(line)
    order = _ordered((*keys, draw, line.arrival))
    number = np.empty(n, dtype=np.int64)
    number[order] = np.arange(1, n + 1)
    pool_number = np.zeros(n, dtype=np.int64)
    for pool in range(len(left_fen)):
        rows = order[line.pool[order] == pool]
        pool_number[rows] = np.arange(1, rows.size + 1)
    group = _groups(order, (*keys, draw), line.pool)
    group[np.isnat(line.received)] = -1
    arranged, tied = _arrange(order, group, line, left_fen, total_left_fen, when_head_does_not_fit, ties_wait)
    return Allotment(order, number, pool_number, arranged, tied)


def ahead(line: Line, sent: Line, ordering: Ordering) -> Mask:
    """Rows of `line` that would have stood before the last row of `sent` in the same pool, had all queued together."""
    out = np.zeros(len(line.arrival), dtype=bool)
    keys, gone = ((*_keys(each, ordering), _drawn(each), each.arrival) for each in (line, sent))
    for pool in np.unique(sent.pool).tolist():
        rows = np.flatnonzero(sent.pool == pool)
        last = rows[np.lexsort([key[rows] for key in reversed(gone)])[-1]]
        before = np.zeros(len(out), dtype=bool)
        equal = np.ones(len(out), dtype=bool)
        for key, its in zip(keys, gone, strict=True):
            before |= equal & (key < its[last])
            equal &= key == its[last]
        out |= before & (line.pool == pool)
    return out


def _drawn(line: Line) -> Ints:
    """The places drawn by lot (同时收件次序); rows without one come behind those with one."""
    return np.where(line.draw == 0, _LATEST, line.draw)


def _keys(line: Line, ordering: Ordering) -> tuple[Ints, ...]:
    """Sort keys, first one first; rows without a time come last, in the order of arrival."""
    none = np.isnat(line.received)
    time = np.where(none, 0, line.received.astype(np.int64))
    behind = np.where(line.priority & ~none, 0, 1)
    if ordering == "priority_first":
        return (none.astype(np.int64), behind, time)
    if ordering == "priority_within_day":
        time = time + (time // _DAY + behind) * _DAY  # two days for each: its priority rows, then the others
    return (np.where(none, _LATEST, time),)


def _ordered(keys: Sequence[Ints]) -> Ints:
    """The rows in the order of their keys, the first one first; rows that are equal in all of them as they came."""
    n = len(keys[0])
    told = [key for key in keys if (key != key[:1]).any()]
    if told and (np.diff(told[-1]) >= 0).all():
        told.pop()
    if len(told) == 1 and int(told[0].max()) - int(told[0].min()) < _LATEST // n:
        return np.argsort((told[0] - told[0].min()) * n + np.arange(n))  # no two alike: any sort will do
    return np.lexsort(told[::-1]) if told else np.arange(n)


def _groups(order: Ints, keys: tuple[Ints, ...], pool: Ints) -> Ints:
    """A number for each row, equal where all keys and the pool are equal; `order` is sorted by the keys."""
    new = np.zeros(len(order), dtype=bool)
    for key in keys:
        new[1:] |= key[order][1:] != key[order][:-1]
    out = np.empty(len(order), dtype=np.int64)
    out[order] = np.cumsum(new) * (pool.max(initial=0) + 1) + pool[order]
    return out


def _arrange(
    order: Ints, group: Ints, line: Line, left: list[int], total: int, mode: str, ties_wait: bool
) -> tuple[Mask, Mask]:
    """Walk the queue: quickly up to the first row that does not fit, then one by one."""
    n = len(order)
    arranged = np.zeros(n, dtype=bool)
    tied = np.zeros(n, dtype=bool)
    fits = np.ones(n, dtype=bool)  # along the queue: the row fits if all before it were arranged
    money = line.fiscal_fen[order]
    pool = line.pool[order]
    for p, free in enumerate(left):
        mine = pool == p
        fits[mine] = np.cumsum(money[mine]) <= free
    fits &= np.cumsum(money) <= total
    cut = int(np.argmin(fits)) if not fits.all() else n
    if cut < n:  # step back to before the first group that reaches over the cut
        reach = np.isin(group[order[:cut]], group[order[cut:]]) & (group[order[:cut]] >= 0)
        cut = int(np.argmax(reach)) if reach.any() else cut
    arranged[order[:cut]] = True
    rest = [f - int(money[:cut][pool[:cut] == p].sum()) for p, f in enumerate(left)]
    _walk(order, cut, group, line, rest, total - int(money[:cut].sum()), mode, ties_wait, arranged, tied)
    return arranged, tied


def _walk(
    order: Ints,
    start: int,
    group: Ints,
    line: Line,
    free: list[int],
    total: int,
    mode: str,
    ties_wait: bool,
    arranged: Mask,
    tied: Mask,
) -> None:
    """The rest of the queue from `start`; fills `arranged` and `tied`."""
    rest = order[start:]
    by_group = rest[np.argsort(group[rest], kind="stable")]
    groups = group[by_group]
    closed = [False] * len(free)
    judged: set[int] = set()
    for row in map(int, rest):  # mostly a few of them: all pools are closed soon
        if all(closed):
            return
        p, g = int(line.pool[row]), int(group[row])
        if closed[p]:
            continue
        if g >= 0 and g not in judged:
            judged.add(g)
            first, behind = np.searchsorted(groups, [g, g + 1]).tolist()
            members = by_group[first:behind]
            asked = line.fiscal_fen[members].tolist()
            there = min(free[p], total)
            if len(asked) > 1 and sum(asked) > there >= min(asked):
                tied[members] = True
                if ties_wait:
                    closed[p] = True
                    continue
        money = int(line.fiscal_fen[row])
        if money <= free[p] and money <= total:
            arranged[row] = True
            free[p] -= money
            total -= money
        elif mode == "stop":
            closed = [True] * len(free) if money <= free[p] else [c or i == p for i, c in enumerate(closed)]
