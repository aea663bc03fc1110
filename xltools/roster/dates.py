"""Dates and times (日期) as people write them, rounded to the second."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from xltools.roster.cells import Times
from xltools.roster.problems import Mask
from xltools.roster.text import folded
from xltools.roster.values import from_serial

_ISO = r"^\d{4}-\d\d-\d\d( \d\d:\d\d:\d\d)?$"
_WRITTEN = re.compile(
    r"(?P<y>\d{4})[-/.年](?P<m>\d{1,2})[-/.月](?P<d>\d{1,2})日?"
    r"(?:[T\s]*(?:星期.|周.)?[T\s]*(?P<half>上午|下午|中午|晚上|AM|PM)?\s*"
    r"(?P<H>\d{1,2})[:时点](?:(?P<M>\d{1,2})(?:[:分](?:(?P<S>\d{1,2}(?:\.\d+)?)秒?)?)?)?\s*(?P<half2>AM|PM)?)?",
    re.IGNORECASE,
)
_COMPACT = re.compile(r"(?P<y>(?:19|20)\d\d)(?P<m>\d\d)(?P<d>\d\d)")
_SERIAL = re.compile(r"\d{5,7}(\.\d+)?")


def parse(raw: pa.StringArray) -> tuple[Times, Mask, Mask]:
    """datetime64[s] of a column (NaT = blank or wrong), the rows that are no date, and those that were cleaned.

    Accepts Excel's own dates (read as ISO), serials, `2019/9/5`, `2019年9月5日`, `20190905`, with or without time.
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
    return out, wrong, tidied


def _written_by_excel(raw: pa.StringArray) -> tuple[Mask, Times]:
    """Which cells are ISO, as readers give Excel's own dates, and their values: all NaT where one is impossible."""
    looks: tuple[Callable[[], pa.Array], ...] = (
        lambda: pc.is_in(pc.binary_length(raw), value_set=pa.array([10, 19], pa.int32())),  # enough where all are dates
        lambda: pc.match_substring_regex(raw, _ISO),
    )
    for look in looks:
        iso = pc.fill_null(look(), False)
        try:
            times = pc.cast(pc.if_else(iso, raw, None), pa.timestamp("s"))
            return np.asarray(iso), times.to_numpy(zero_copy_only=False).copy()
        except pa.ArrowInvalid:
            continue
    return np.asarray(iso), np.full(len(raw), np.datetime64("NaT"), dtype="datetime64[s]")


def one(text: str) -> datetime | None:
    """A date or date-time as written, rounded to the second; None when it is none.

    >>> one("2019年9月5日 下午2点5分"), one("2019/2/30")
    (datetime.datetime(2019, 9, 5, 14, 5), None)
    """
    text = folded(text)
    if _SERIAL.fullmatch(text) and (moment := from_serial(float(text))):
        return moment
    found = _COMPACT.fullmatch(text) or _WRITTEN.fullmatch(text)
    if not found:
        return None
    part = found.groupdict()
    half = (part.get("half") or part.get("half2") or "").upper()
    hour = int(part.get("H") or 0)
    if (half in ("下午", "晚上", "PM") and hour < 12) or (half == "中午" and hour < 3):
        hour += 12
    elif half in ("AM", "上午") and hour == 12:
        hour = 0
    try:
        moment = datetime(int(part["y"]), int(part["m"]), int(part["d"]), hour, int(part.get("M") or 0))
        seconds = float(part.get("S") or 0)
        return moment + timedelta(seconds=int(seconds + 0.5)) if seconds < 60 else None
    except (ValueError, OverflowError):
        return None
