"""Clocks (期限): when something lapses, how it stands on a day, and how well a time limit was kept.

Arrays in, arrays out: days are datetime64[D], NaT where blank. Working days are the calendar's, and day 1 is the first
working day after the start (domain §4 #37, §13); outside the calendar a deadline is not known, and never guessed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from xltools.engine import deadlines
from xltools.engine.deadlines import Calendar, Days, Mask
from xltools.scheme.clocks import MONTHS, WORKING, Decision, Span

Ints = npt.NDArray[np.int64]
Codes = npt.NDArray[np.int8]
NAT = np.datetime64("NaT", "D")

STATES = ("未起算", "进行中", "快到期", "已逾期", "按期", "逾期办结", "日历缺失")
IDLE, RUNNING, SOON, LATE, KEPT, MISSED, UNKNOWN = range(len(STATES))


def ends(calendar: Calendar, start: Days, span: Span | Decision) -> tuple[Days, Mask]:
    """The last day of a time limit that starts with each day, and where the calendar knows it. Shapes `(n,)`.

    A start that is blank has no end, and nothing unknown about it. Months end on the same day of the month, or on its last.
    """
    there = ~np.isnat(start)
    out = np.full(len(start), NAT)
    known = np.ones(len(start), dtype=bool)
    if span.unit == WORKING:
        out[there], known[there] = deadlines.after(calendar, start[there], np.full(int(there.sum()), span.value))
        out[~known] = NAT
    elif span.unit == MONTHS:
        out[there] = months_after(start[there], span.value)
    else:
        out[there] = start[there] + span.value
    return out, known


def months_after(start: Days, months: int) -> Days:
    """The same day so many months later, or that month's last. Shape `(n,)`, none blank."""
    month = start.astype("datetime64[M]")
    later = month + months
    last = (later + 1).astype("datetime64[D]") - 1
    out: Days = np.minimum(later.astype("datetime64[D]") + (start - month.astype("datetime64[D]")), last)
    return out


def first_filled(columns: Sequence[Days]) -> Days:
    """Of several days the first that is filled in, row by row."""
    out = columns[0].copy()
    for column in columns[1:]:
        blank = np.isnat(out)
        out[blank] = column[blank]
    return out


def later(one: Days, other: Days) -> Days:
    """The later of two days, blank where either is."""
    out: Days = np.maximum(one, other)
    return out


def states(end: Days, known: Mask, done: Days, today: np.datetime64, soon: int) -> Codes:
    """How each time limit stands on `today` (codes of STATES). `done` is the day on which it was met, blank while not.

    It is kept on its last day still, and presses from `soon` days before. What was done without its ever having begun
    is kept.
    """
    out = np.full(len(end), RUNNING, dtype=np.int8)
    out[end <= today + np.timedelta64(soon, "D")] = SOON
    out[end < today] = LATE
    out[np.isnat(end)] = IDLE
    met = ~np.isnat(done) & (done <= today)
    out[met] = KEPT
    out[met & (done > end)] = MISSED
    out[~known] = UNKNOWN
    return out


def working_days(calendar: Calendar, start: Days, end: Days) -> tuple[Ints, Mask]:
    """Working days that passed after `start` up to and with `end`, and where both lie in the calendar; 0 elsewhere."""
    first, last = np.datetime64(calendar.first, "D"), np.datetime64(calendar.last, "D")
    known = (start >= first) & (start <= last) & (end >= first) & (end <= last)
    a, b = (np.searchsorted(calendar.working, np.where(known, day, first), side="right") for day in (start, end))
    return np.where(known, b - a, 0).astype(np.int64), known


@dataclass(frozen=True)
class Attained:
    """How well a time limit was kept (达标率): of `begun` clocks so many were `kept`, `missed` (late, or overdue and
    open) or are still `running`; `unknown` are outside the calendar. `days` is the sum of working days of those `timed`.
    """

    begun: int
    kept: int
    missed: int
    running: int
    unknown: int
    timed: int
    days: int

    @property
    def rate(self) -> Fraction | None:
        """Kept out of those that are decided or overdue; None where there is none."""
        judged = self.kept + self.missed
        return Fraction(self.kept, judged) if judged else None

    @property
    def average(self) -> Fraction | None:
        return Fraction(self.days, self.timed) if self.timed else None


def attained(calendar: Calendar, start: Days, done: Days, state: Codes, of: Mask) -> Attained:
    """Of the clocks in `of`: `state` is what :func:`states` says of them. Shapes `(n,)`."""
    mine = of & ~np.isnat(start)
    decided = mine & np.isin(state, (KEPT, MISSED))
    days, known = working_days(calendar, start[decided], np.maximum(done[decided], start[decided]))

    def count(*codes: int) -> int:
        return int((mine & np.isin(state, codes)).sum())

    return Attained(
        int(mine.sum()), count(KEPT), count(MISSED, LATE), count(RUNNING, SOON), count(UNKNOWN), int(known.sum()),
        int(days.sum()),
    )  # fmt: skip


def change(now: Fraction | None, before: Fraction | None) -> Fraction | None:
    """By how much a figure changed; None where either is not known."""
    return None if now is None or before is None else now - before


def tenths(value: Fraction | None) -> str:
    """An exact figure to one decimal, half up away from zero; — where it is not known.

    >>> tenths(Fraction(31, 4)), tenths(Fraction(-1, 20)), tenths(None)
    ('7.8', '-0.1', '—')
    """
    if value is None:
        return "—"
    whole = (abs(value) * 20 + 1) // 2
    return f"{'-' if value < 0 and whole else ''}{whole // 10}.{whole % 10}"


def signed(value: Fraction | None) -> str:
    """A change to one decimal with its sign.

    >>> signed(Fraction(5, 4)), signed(Fraction(-5, 4)), signed(Fraction(0))
    ('+1.3', '-1.3', '0.0')
    """
    text = tenths(value)
    return f"+{text}" if value is not None and value > 0 and text != "0.0" else text


def percent(value: Fraction | None) -> str:
    """A ratio as per cent to one decimal; — where it is not known."""
    return "—" if value is None else f"{tenths(value * 100)}%"
