"""The text of a cell's value (单元格的值): number, date, error; for files, workbooks and worksheet functions alike.

A value is a float, text, a date, True or False, or None, as xlwings and calamine give it. A column mostly holds one
kind of it and blanks; then it is turned over as a whole.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from math import isfinite
from typing import TypeGuard

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from xltools.roster.problems import Mask
from xltools.roster.repeated import Texts, each
from xltools.roster.text import mask
from xltools.roster.utf8 import holds

ERRORS = (
    "#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A", "#GETTING_DATA", "#SPILL!", "#CALC!", "#FIELD!",
    "#BLOCKED!", "#CONNECT!", "#UNKNOWN!", "#BUSY!",
)  # fmt: skip
"""Excel's error values, be they its own or their text, as .csv files and pasted values have it."""
_WHOLE = 9e18
"""Below it a whole double is written as the integer that it is, as the readers of files do."""
_EPOCH = datetime(1899, 12, 30)
_SERIALS = (20_000, 80_000)
FIRST_DAY = (_EPOCH + timedelta(days=_SERIALS[0])).date()
"""Nothing earlier is a day, be it written or a number."""
_DUSTY = re.compile(r"-?(?=[\d.]{17,})\d{1,15}\.\d+")
_NUMBERS = (float, int, Decimal)
_TEXT, _NUMBER = {str, type(None)}, {float, int, type(None)}
_MOMENT = {datetime, type(None)}


def texts(values: Sequence[object]) -> tuple[pa.StringArray, Mask]:
    """The cells as text (null = blank), and which of them are numbers; shape `(n,)` both.

    A number is the shortest text of its double, a date-time ISO, rounded to the second.
    """
    kinds = set(map(type, values))
    n = len(values)
    if kinds <= _TEXT:
        return pa.array(values, pa.string()), np.zeros(n, dtype=bool)
    if kinds <= _NUMBER:
        numbers = np.array(values, dtype=np.float64)
        there = ~np.isnan(numbers)
        return _numbers(numbers, there), there
    if kinds <= _MOMENT:
        moments = pa.array(values, pa.timestamp("us")).to_numpy(zero_copy_only=False)
        return _moments(moments), np.zeros(n, dtype=bool)
    numeric = np.fromiter(map(is_number, values), bool, n)
    return pa.array([text(v) for v in values], pa.string()), numeric


def text(value: object) -> str | None:
    """One cell as text.

    >>> text(500000.0), text(0.1), text(datetime(2019, 9, 5, 14, 5)), text(True), text(None)
    ('500000', '0.1', '2019-09-05 14:05:00', 'TRUE', None)
    """
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        if value.is_integer() and abs(value) < _WHOLE:
            return str(int(value))
        written = repr(value)
        return (f"{Decimal(written):f}" if "e" in written else written) if isfinite(value) else None
    if isinstance(value, Decimal):  # a currency cell by COM: a file has no spare zeros
        return f"{value.normalize():f}"
    if isinstance(value, datetime):
        return to_second(value).isoformat(" ")
    return value.isoformat() if isinstance(value, date) else str(value)


def _numbers(numbers: npt.NDArray[np.float64], there: Mask) -> pa.StringArray:
    whole = there & (np.abs(numbers) < _WHOLE)
    whole[whole] = numbers[whole] == np.rint(numbers[whole])
    out = pc.cast(pa.array(np.where(whole, numbers, 0).astype(np.int64), mask=~whole), pa.string())
    rest = there & ~whole
    if rest.any():
        written = pc.cast(pa.array(numbers[rest]), pa.string())
        powers = np.asarray(pc.match_substring(written, "e"))
        if powers.any():
            plain = pa.array([text(v) for v in numbers[rest][powers].tolist()], pa.string())
            written = pc.replace_with_mask(written, pa.array(powers), plain)
        out = pc.replace_with_mask(out, pa.array(rest), written)
    return out


def _moments(moments: npt.NDArray[np.datetime64]) -> pa.StringArray:
    seconds = (moments + np.timedelta64(500_000, "us")).astype("datetime64[s]")
    return pc.cast(pa.array(seconds, mask=np.isnat(moments)), pa.string())


def is_number(value: object) -> TypeGuard[int | float | Decimal]:
    """Whether a cell is stored as a number; True and False are none."""
    return isinstance(value, _NUMBERS) and not isinstance(value, bool)


def to_second(value: datetime) -> datetime:
    """A moment rounded to the second, without a time zone."""
    value = value.replace(tzinfo=None)
    return (value + timedelta(microseconds=500_000)).replace(microsecond=0) if value.microsecond else value


def from_serial(number: float) -> datetime | None:
    """The moment, to the second, of a number that stands where a date belongs; None where it is taken for none.

    Taken are the days 1954-10-03 to 2119-01-10 of Excel's 1900 date system. Smaller numbers are years (2019), plans
    or counts, larger ones days without hyphens (20190905) or codes: read as dates they would be plausible and wrong.

    >>> from_serial(43713.5), from_serial(2019)
    (datetime.datetime(2019, 9, 5, 12, 0), None)
    """
    if not _SERIALS[0] <= number < _SERIALS[1]:
        return None
    return _EPOCH + timedelta(seconds=int(number * 86400 + 0.5))


def to_serial(moment: datetime) -> float:
    """The number of a moment in Excel's 1900 date system."""
    return (moment - _EPOCH) / timedelta(days=1)


def as_shown(text: str) -> str:
    """A number with more digits than Excel shows, as Excel shows it; any other text as it is.

    >>> as_shown("40007789.299999997"), as_shown("12345678901234567890")
    ('40007789.3', '12345678901234567890')
    """
    return f"{float(text):.15g}" if len(text) > 16 and _DUSTY.fullmatch(text) else text


def error_rows(raw: Texts) -> list[int]:
    """Rows of a column of cells with an error value."""
    rows: list[int] = np.flatnonzero(each(raw, _errors)).tolist()
    return rows


def _errors(raw: pa.StringArray) -> Mask:
    """Most columns have no `#` anywhere, which is quickly seen."""
    if not holds(raw, b"#"):
        return np.zeros(len(raw), dtype=bool)
    return mask(pc.is_in(raw, value_set=pa.array(ERRORS)))
