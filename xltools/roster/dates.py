"""Dates and times (日期) as people write them, rounded to the second.

What may mean two days or two times is none: `5/9/2019`, `9月5日` without a year, `9.3`, 晚上12点, 24:00. And no day lies
before its time: what a spreadsheet makes of a time alone, or of a blank, is a day of 1899 or 1900.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from xltools.catalogue.columns import Column
from xltools.roster.cells import Times
from xltools.roster.problems import Mask
from xltools.roster.text import folded, mask
from xltools.roster.utf8 import sizes
from xltools.roster.values import FIRST_DAY, from_serial
from xltools.scheme import Scheme

BACK = 20
"""How many years before the base year the office's papers (policies, lists, documents) may go back."""

_ISO = r"^\d{4}-\d\d-\d\d( \d\d:\d\d:\d\d)?$"
_DAY = re.compile(
    r"(?:(?P<y>\d{4}|\d\d(?=年))[-/.年](?P<m>\d{1,2})[-/.月](?P<d>\d{1,2})(?!\d)[日号]?"
    r"|(?P<cy>(?:19|20)\d\d)(?P<cm>\d\d)(?P<cd>\d\d)(?=$|[T\s]|\d{4}(?:\d\d)?$))"
    r"(?:[T\s]*\(?(?:星期|周)[一二三四五六日天]\)?)?[T\s,]*",
    re.ASCII | re.IGNORECASE,
)
_HALF = "凌晨|早上|上午|中午|下午|傍晚|晚上|AM|PM"
_CLOCK = re.compile(
    rf"(?P<half>{_HALF})?\s*"
    r"(?:(?P<H>\d{1,2}):(?P<M>\d{1,2})(?:[:分](?:(?P<S>\d{1,2}(?:\.\d+)?)秒?)?)?"
    r"|(?P<cH>\d{1,2})[时点](?:(?P<part>半|整|一刻|三刻)|(?P<cM>\d{1,2})(?:分(?:(?P<cS>\d{1,2}(?:\.\d+)?)秒?)?)?)?"
    r"|(?P<dH>\d{1,2})\.(?P<dM>\d\d)(?:\.(?P<dS>\d\d))?"
    r"|(?P<eH>\d\d)(?P<eM>\d\d)(?P<eS>\d\d)?)"
    rf"\s*(?P<half2>{_HALF})?(?P<zone>Z|\+\d\d:?\d\d)?",
    re.ASCII | re.IGNORECASE,
)
_SERIAL = re.compile(r"[0-9]{5,7}(\.[0-9]+)?")
_AROUND = re.compile(r"\s*([年月日号时点分秒])\s*")
_NO_DAY = re.compile(r"(?:(?:1899-12-3[01]|1900-01-0[01])(?: (?P<time>[0-9:]+))?|0)", re.ASCII)
_PARTS = {"半": "30", "整": "0", "一刻": "15", "三刻": "45"}
_HOURS = {
    "凌晨": range(7), "早上": range(4, 12), "上午": range(12), "AM": range(12), "中午": range(11, 15),
    "下午": range(12, 24), "PM": range(12, 24), "傍晚": range(16, 21), "晚上": range(17, 24),
}  # fmt: skip
_BEIJING = timedelta(hours=8)


def papers_since(scheme: Scheme) -> date:
    """The first day that any of the office's tables may name."""
    return date(scheme.base_year.value - BACK, 1, 1)


def earliest(column: Column, scheme: Scheme) -> date:
    """The first day that a column may name.

    Nothing of an application, and no moment in its course, is older than the figures that it compares (二（一）,
    二（二）1): those of the year before the base year.
    """
    own = column.owner == "district" or column.kind == "datetime"
    return date(scheme.base_year.value - 1, 1, 1) if own else papers_since(scheme)


def parse(raw: pa.StringArray, since: date = FIRST_DAY) -> tuple[Times, Mask, Mask]:
    """datetime64[s] of a column (NaT = blank or wrong), the rows that are no date, and those that were cleaned.

    Accepts Excel's own dates (read as ISO), serials, `2019/9/5`, `2019年9月5日`, `20190905`, with or without time, from
    the day `since` on.
    """
    iso, out = _written_by_excel(raw)
    wrong = np.zeros(len(raw), dtype=bool)
    tidied = np.zeros(len(raw), dtype=bool)
    hard = np.isnat(out) & ~np.asarray(pc.fill_null(pc.equal(raw, ""), True))
    if hard.any():
        unique = raw.filter(pa.array(hard)).dictionary_encode()
        values = [one(v) for v in unique.dictionary.to_pylist()]
        index = unique.indices.to_numpy()
        out[hard] = np.array([v or "NaT" for v in values], dtype="datetime64[s]")[index]
        bad = np.array([v is None for v in values])
        wrong[hard] = bad[index]
        blank = np.array([not folded(v) for v in unique.dictionary.to_pylist()])
        wrong[hard] &= ~blank[index]
        tidied[hard] = ~bad[index]
        tidied &= ~iso
    early = out < np.datetime64(since, "s")
    out[early] = np.datetime64("NaT")
    return out, wrong | early, tidied & ~early


def _written_by_excel(raw: pa.StringArray) -> tuple[Mask, Times]:
    """Which cells are ISO, as readers give Excel's own dates, and their values: all NaT where one is impossible."""
    size, there = sizes(raw), np.asarray(raw.is_valid())
    looks: tuple[Callable[[], Mask], ...] = (
        lambda: ((size == 10) | (size == 19)) & there,  # enough where all are dates
        lambda: mask(pc.match_substring_regex(raw, _ISO)),
    )
    for look in looks:
        iso = look()
        try:
            times = pc.cast(raw if (iso == there).all() else pc.if_else(pa.array(iso), raw, None), pa.timestamp("s"))
            return iso, times.to_numpy(zero_copy_only=False).copy()
        except pa.ArrowInvalid:
            continue
    return iso, np.full(len(raw), np.datetime64("NaT"), dtype="datetime64[s]")


def one(text: str) -> datetime | None:
    """A date or date-time as written, rounded to the second, by Beijing time; None when it is none.

    >>> one("2019年9月5日 下午2点半"), one("2019-09-05T01:30:00Z"), one("2019/2/30")
    (datetime.datetime(2019, 9, 5, 14, 30), datetime.datetime(2019, 9, 5, 9, 30), None)
    """
    moment = _moment(_tidy(text))
    return moment if moment is not None and moment.date() >= FIRST_DAY else None


def why(text: str, since: date) -> tuple[str, str]:
    """A cell that is no date, as the sheet shows it, and what more can be said of it: a clause in brackets, or nothing.

    >>> why("1899-12-31 16:30:00", date(1998, 1, 1)), why("9月5日", date(1998, 1, 1))
    (('16:30:00', '（只有时间，没有日期）'), ('9月5日', '（没有年份）'))
    """
    tidy = _tidy(text)
    if found := _NO_DAY.fullmatch(tidy):
        time = (found["time"] or "").strip("0:")
        return (found["time"], "（只有时间，没有日期）") if time else ("0", "（没有日期）")
    if tidy and not tidy.isdecimal() and _clock(tidy) is not None:
        return text, "（只有时间，没有日期）"
    if re.match(r"\d{1,2}月\d{1,2}[日号]?", tidy):
        return text, "（没有年份）"
    moment = _moment(tidy)
    return text, f"（早于 {since.year} 年）" if moment is not None and moment.date() < since else ""


def _tidy(text: str) -> str:
    return _AROUND.sub(r"\1", re.sub("[‐-―]", "-", folded(text)))


def _moment(text: str) -> datetime | None:
    if _SERIAL.fullmatch(text) and (moment := from_serial(float(text))):
        return moment
    found = _DAY.match(text)
    clock = _clock(text[found.end() :]) if found else None
    if found is None or clock is None:
        return None
    year, month, day = (p for p in found.groups() if p is not None)
    try:
        return datetime(int(year if len(year) == 4 else f"20{year}"), int(month), int(day)) + clock
    except (ValueError, OverflowError):
        return None


def _clock(text: str) -> timedelta | None:
    """The time of day as written, to the second, by Beijing time; none at all is midnight."""
    if not text:
        return timedelta()
    found = _CLOCK.fullmatch(text)
    if not found:
        return None
    part = found.groupdict()
    hour, minute, second = (next((v for n in ("", "c", "d", "e") if (v := part.get(n + u))), "0") for u in "HMS")
    minute = _PARTS.get(part["part"], minute)
    halves = [h.upper() for h in (part["half"], part["half2"]) if h]
    at = None if len(halves) > 1 else _of_the_day(int(hour), *halves or [""])
    if at is None or at > 23 or int(minute) > 59 or float(second) >= 60:
        return None
    clock = timedelta(hours=at, minutes=int(minute), seconds=int(float(second) + 0.5))
    return clock + _BEIJING - _offset(part["zone"]) if part["zone"] else clock


def _of_the_day(hour: int, half: str) -> int | None:
    """An hour of the clock's face in that part of the day, 0 to 23; None where it is none of its hours."""
    if half == "AM" and hour == 12:
        return 0
    return next((h for h in (hour, hour + 12) if h in _HOURS[half]), None) if half else hour


def _offset(zone: str) -> timedelta:
    digits = zone.strip("Z+z").replace(":", "")
    return timedelta(hours=int(digits[:2] or 0), minutes=int(digits[2:] or 0))
