"""Working-day deadlines (工作日期限): the State Council's calendar, with its make-up days, and the bureau's own changes.

The calendar ends with a year; what lies outside it is unknown, never counted Monday to Friday.
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from xltools.scheme import datafiles

Ints = npt.NDArray[np.int64]
Days = npt.NDArray[np.datetime64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Calendar:
    """The working days (datetime64[D], ascending) of the closed period `first` to `last`."""

    first: date
    last: date
    working: Days


def calendar(
    overrides: Mapping[date, bool] | None = None, complete: Collection[int] = (), text: str | None = None
) -> Calendar:
    """The published calendar with the changes of workdays.toml and these single days (True = a working day).

    `complete` are years beyond the published ones whose holidays and make-up days are given in full; only such years
    extend the calendar, and only where they follow on it without a gap. `text` is an office's own workdays.toml.
    """
    days, years = kept(text)
    return _calendar(tuple(sorted((days | dict(overrides or {})).items())), tuple(sorted({*years, *complete})))


def kept(text: str | None = None) -> tuple[dict[date, bool], set[int]]:
    """The bureau's own changes, from the text of workdays.toml: days (True = a working day), complete years."""
    told = tomllib.loads(datafiles.text("workdays") if text is None else text)
    return dict.fromkeys(told["rest"], False) | dict.fromkeys(told["work"], True), set(told["complete"])


@lru_cache(maxsize=8)
def _calendar(overrides: tuple[tuple[date, bool], ...], complete: tuple[int, ...]) -> Calendar:
    first, last, working = _published()
    for year in complete:
        if year == last.year + 1:
            begin, last = last + timedelta(1), date(year, 12, 31)
            working = np.concatenate([working, _weekdays(begin, last)])
    work, rest = (_days(d for d, yes in overrides if yes is works and first <= d <= last) for works in (True, False))
    return Calendar(first, last, np.setdiff1d(np.union1d(working, work), rest))


@lru_cache(maxsize=1)
def _published() -> tuple[date, date, Days]:
    import chinese_calendar

    known = [*chinese_calendar.holidays, *chinese_calendar.workdays]
    first, last = date(min(known).year, 1, 1), date(max(d.year for d in known), 12, 31)
    while True:  # the last holidays of a year may be listed before the next one is complete
        try:
            chinese_calendar.is_workday(last)
            break
        except NotImplementedError:  # how chinese_calendar says that it does not know a year
            last = date(last.year - 1, 12, 31)
    work, rest = (
        _days(d for d in days if d <= last) for days in (chinese_calendar.workdays, chinese_calendar.holidays)
    )
    return first, last, np.union1d(np.setdiff1d(_weekdays(first, last), rest), work)


def _weekdays(first: date, last: date) -> Days:
    """Monday to Friday."""
    days = np.arange(np.datetime64(first, "D"), np.datetime64(last + timedelta(1), "D"))
    out: Days = days[(days.astype(np.int64) + 3) % 7 < 5]  # the first of January 1970 was a Thursday
    return out


def _days(some: Iterable[date]) -> Days:
    return np.array(list(some), dtype="datetime64[D]")


def after(calendar: Calendar, start: Days, days: Ints) -> tuple[Days, Mask]:
    """The day on which `days` working days (1 or more) have passed since `start`, and where that is known.

    Day 1 is the first working day after `start`. Shapes `(n,)`; where not known the day means nothing.
    """
    place = np.searchsorted(calendar.working, start, side="right") + days - 1
    known = (start >= np.datetime64(calendar.first, "D")) & (start <= np.datetime64(calendar.last, "D"))
    known &= (days >= 1) & (place < len(calendar.working))
    return calendar.working[np.where(known, place, 0)], known
