"""Services (服务): how often each firm was served in each period, what it is still owed, and clocks to the minute.

Arrays in, arrays out: firms are numbers `0 … n-1`, −1 where a service was for none of them; days are datetime64[D],
moments datetime64[s], both NaT where blank. Clauses: 004 七（一）1–2 (visits, calls), 003 十三 (answers, on site).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
import numpy.typing as npt

from xltools.engine.clocks import IDLE, KEPT, LATE, MISSED, RUNNING, Codes, Ints
from xltools.engine.deadlines import Days, Mask

Moments = npt.NDArray[np.datetime64]
Spans = Sequence[tuple[date, date]]


def counts(firm: Ints, day: Days, firms: int, spans: Spans) -> Ints:
    """On how many days each firm was served within each span, ends included: shape `(firms, len(spans))`.

    Two people on one day are one service.
    """
    out = np.zeros((firms, len(spans)), dtype=np.int64)
    mine = (firm >= 0) & ~np.isnat(day)
    pairs = np.unique(np.stack([firm[mine], day[mine].astype(np.int64)], axis=1), axis=0)
    who, when = pairs[:, 0], pairs[:, 1].astype("datetime64[D]")
    for k, (first, last) in enumerate(spans):
        within = (when >= np.datetime64(first)) & (when <= np.datetime64(last))
        out[:, k] = np.bincount(who[within], minlength=firms)
    return out


def due(since: Days, spans: Spans, today: date) -> Mask:
    """Which spans count for each firm: begun by `today`, and not over before the firm's cover began. Shape `(n, spans)`."""
    out = np.zeros((len(since), len(spans)), dtype=bool)
    for k, (first, last) in enumerate(spans):
        out[:, k] = (since <= np.datetime64(last)) & (first <= today)
    return out


def owed(had: Ints, wanted: int, counting: Mask) -> Ints:
    """How many services are still owed; shapes as given."""
    return np.where(counting, np.maximum(wanted - had, 0), 0)


def latest(firm: Ints, day: Days, firms: int) -> Days:
    """The day on which each firm was last served, NaT for never. Shape `(firms,)`."""
    last = np.full(firms, np.iinfo(np.int64).min, dtype=np.int64)
    mine = (firm >= 0) & ~np.isnat(day)
    np.maximum.at(last, firm[mine], day[mine].astype(np.int64))
    return last.astype("datetime64[D]")  # the least integer is NaT


def answers(asked: Moments, done: Moments, now: np.datetime64, hours: int) -> tuple[Moments, Codes]:
    """Until when each is answered, and how it stands at `now` (codes of `clocks.STATES`), to the minute.

    The last minute still keeps it; seconds are not counted. What was not asked runs no clock.
    """
    begun, met, at = (x.astype("datetime64[m]") for x in (asked, done, np.asarray(now)))
    end = begun + np.timedelta64(hours * 60, "m")
    state = np.full(len(asked), RUNNING, dtype=np.int8)
    state[end < at] = LATE
    answered = ~np.isnat(met) & (met <= at)
    state[answered] = KEPT
    state[answered & (met > end)] = MISSED
    state[np.isnat(begun)] = IDLE
    return end.astype("datetime64[s]"), state
