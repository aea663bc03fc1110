"""Periods (期间) of statistics and targets as offices write them: years, halves, quarters, months, policy years."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

WHOLE = "保险年度"
_NUMERALS = {"一": 1, "二": 2, "三": 3, "四": 4}


@dataclass(frozen=True, order=True)
class Period:
    """A closed period: both ends belong to it; `name` is how it is written."""

    first: date
    last: date
    name: str

    def holds(self, day: date) -> bool:
        return self.first <= day <= self.last


def period(text: str, cover: tuple[date, date]) -> Period | None:
    """The period that a text names, None for none; `cover` is the policy year (保险年度), both ends included.

    >>> year = date(2019, 9, 1), date(2020, 8, 31)
    >>> period("2019年 1-4月", year).name, period("2019年一季度", year).last
    ('2019年1-4月', datetime.date(2019, 3, 31))
    >>> period("保险年度第2季度", year).first, period("2019-2020保险年度", year).name, period("2019-13", year)
    (datetime.date(2019, 12, 1), '保险年度', None)
    """
    said = re.sub(r"\s|第|份", "", text)
    for shape, made in _SHAPES:
        if found := re.fullmatch(shape, said):
            return made(found, cover)
    return None


def quarters(first: date, last: date) -> list[tuple[date, date]]:
    """The quarters of a policy year: three months each from its first day, the last one to its end (reading 39)."""
    out = []
    start = first
    while start <= last:
        following = _months_later(start, 3)
        out.append((start, min(following - timedelta(1), last)))
        start = following
    return out


def months(first: date, last: date) -> list[str]:
    """The months that a period touches, as 2019-09."""
    out = []
    year, month = first.year, first.month
    while (year, month) <= (last.year, last.month):
        out.append(f"{year}-{month:02}")
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
    return out


def year_before(day: date) -> date:
    """The same day a year before; of 29 February the 28th."""
    return day.replace(year=day.year - 1, day=28 if (day.month, day.day) == (2, 29) else day.day)


def _months_later(day: date, by: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + by, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _span(year: int, first: int, last: int, name: str, year_end: int = 0) -> Period | None:
    end = year_end or year
    if not (1 <= first <= 12 and 1 <= last <= 12) or (end, last) < (year, first):
        return None
    return Period(date(year, first, 1), date(end, last, monthrange(end, last)[1]), name)


Cover = tuple[date, date]
Made = Callable[[re.Match[str], Cover], Period | None]


def _year(m: re.Match[str], _: Cover) -> Period | None:
    return _span(int(m[1]), 1, 12, f"{m[1]}年")


def _half(m: re.Match[str], _: Cover) -> Period | None:
    first, last = (1, 6) if m[2] == "上" else (7, 12)
    return _span(int(m[1]), first, last, f"{m[1]}年{m[2]}半年")


def _quarter(m: re.Match[str], _: Cover) -> Period | None:
    n = _NUMERALS.get(m[2]) or int(m[2])
    return _span(int(m[1]), 3 * n - 2, 3 * n, f"{m[1]}年{n}季度") if 1 <= n <= 4 else None


def _month(m: re.Match[str], _: Cover) -> Period | None:
    month = int(m[2])
    return _span(int(m[1]), month, month, f"{m[1]}-{month:02}")


def _some_months(m: re.Match[str], _: Cover) -> Period | None:
    return _span(int(m[1]), int(m[2]), int(m[3]), f"{m[1]}年{int(m[2])}-{int(m[3])}月")


def _from_to(m: re.Match[str], _: Cover) -> Period | None:
    first, last = int(m[2]), int(m[4])
    return _span(int(m[1]), first, last, f"{m[1]}-{first:02}至{m[3]}-{last:02}", int(m[3]))


def _policy_year(m: re.Match[str], cover: Cover) -> Period | None:
    if m[1] and (int(m[1]), int(m[2])) != (cover[0].year, cover[1].year):
        return None
    return Period(*cover, WHOLE)


def _policy_quarter(m: re.Match[str], cover: Cover) -> Period | None:
    n, all_ = _NUMERALS.get(m[1]) or int(m[1]), quarters(*cover)
    return Period(*all_[n - 1], f"{WHOLE}{n}季度") if 1 <= n <= len(all_) else None


_Y, _M, _TO = r"((?:19|20)\d\d)", r"(\d{1,2})", r"[-—~～至到]"
_SHAPES: tuple[tuple[str, Made], ...] = (
    (rf"{_Y}(?:年度?)?", _year),
    (rf"{_Y}年?([上下])半年", _half),
    (rf"{_Y}年?[Qq]?([1-9一二三四])季度?", _quarter),
    (rf"{_Y}[Qq]([1-9])", _quarter),
    (rf"{_Y}[-/.年]{_M}月?", _month),
    (rf"{_Y}(\d\d)", _month),
    (rf"{_Y}年{_M}月?{_TO}{_M}月", _some_months),
    (rf"{_Y}[-/.年]{_M}月?{_TO}{_Y}[-/.年]{_M}月?", _from_to),
    (rf"(?:{_Y}{_TO}{_Y}年?)?保险年度(?:全年)?", _policy_year),
    (r"保险年度([1-9一二三四])季度?", _policy_quarter),
)
