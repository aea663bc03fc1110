"""The yearly evaluation (绩效评估, 七): each criterion from its counts, 达标 or 未达标, or 尚不能定 while the year may still
change it. `over`: the policy year has ended. Thresholds are inclusive (以上)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

PASSED, FAILED, OPEN = "达标", "未达标", "尚不能定"


def visited(visits: Ints, each: int, twice: int, twice_share: Decimal, *, over: bool) -> str:
    """七（一）1, reading 40: `visits` by key-dependent firm, shape `(n,)`: all have `each`, and the share with `twice` is
    reached. Without such firms there is nothing to judge."""
    if not visits.size:
        return OPEN
    enough = Fraction(int((visits >= twice).sum()), visits.size) >= Fraction(twice_share)
    return _judged(bool((visits >= each).all()) and enough, over=over)


def called(calls: Ints, owed: Mask, ended: Mask, each: int, *, over: bool) -> str:
    """七（一）2, reading 39: `calls` and `owed` by firm and quarter, shape `(n, q)`, `ended` by quarter, shape `(q,)`. What a
    quarter that has ended lacks can no longer be made up; before the year is over nobody can have passed."""
    if not owed.any():
        return OPEN
    lacks = owed & (calls < each)
    if (lacks & ended).any():
        return FAILED
    return PASSED if over and not lacks.any() else OPEN


def enough(count: int, least: int, *, over: bool) -> str:
    """七（一）3: at least so many."""
    return _judged(count >= least, over=over)


def at_most(count: int, most: int, *, over: bool) -> str:
    """七（一）5: not more than so many; what has happened cannot be undone."""
    return FAILED if count > most else PASSED if over else OPEN


def told_in_time(lag: Ints, since: Ints, days: int | None, *, over: bool) -> str:
    """七（一）4: `lag` days from each alert until the first firm was told (−1: nobody was), `since` the days that have passed,
    both of shape `(n,)`. Without a limit, or without alerts, nobody can say."""
    if days is None or not lag.size:
        return OPEN
    if ((lag > days) | ((lag < 0) & (since > days))).any():
        return FAILED
    return PASSED if over and (lag >= 0).all() else OPEN


def settled_in_time(
    in_time: int, late: int, displeased: int, share: Decimal, most: int, waiting: int, *, over: bool
) -> str:
    """七（一）6: the share of claims decided in time (`late`: decided late, or overdue and undecided) and the displeased
    firms; `waiting` are claims still within their time."""
    if displeased > most or (late and share == 1):
        return FAILED
    decided = in_time + late
    if not over or waiting or not decided:
        return OPEN
    return PASSED if Fraction(in_time, decided) >= Fraction(share) else FAILED


@dataclass(frozen=True)
class Window:
    """Exports of some firms in US cents in the policy year and in the twelve months before."""

    now: int
    before: int


def grew_no_less(ours: Window, theirs: Window, average: Fraction | None = None, *, known: bool) -> str:
    """七（二）1: the platform's exports have grown no less than those of firms of the same kind, all together; `average`
    stands for them where the bureau has it. Exact, by cross-multiplication. `known`: both windows are complete."""
    if not known or ours.before <= 0 or (average is None and theirs.before <= 0):
        return OPEN
    if average is None:
        return _judged(ours.now * theirs.before >= theirs.now * ours.before, over=True)
    return _judged(Fraction(ours.now - ours.before, ours.before) >= average, over=True)


@dataclass(frozen=True)
class Split:
    """Exports in US cents: all, to emerging markets, and to countries that nobody could make out."""

    total: int
    emerging: int
    unknown: int = 0

    @property
    def least(self) -> Fraction:
        return Fraction(self.emerging, self.total)

    @property
    def most(self) -> Fraction:
        return Fraction(self.emerging + self.unknown, self.total)


def share_no_less(now: Split, before: Split, *, known: bool) -> str:
    """七（二）2: the emerging share of the platform's exports is no less than the year before, whatever the countries are
    that nobody could make out; where that decides it, nobody can say."""
    if not known or now.total <= 0 or before.total <= 0:
        return OPEN
    if now.least >= before.most:
        return PASSED
    return FAILED if now.most < before.least else OPEN


def _judged(reached: bool, *, over: bool) -> str:
    return PASSED if reached else FAILED if over else OPEN
