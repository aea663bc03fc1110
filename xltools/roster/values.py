"""Cells as an open workbook hands them over (单元格的值), as the text that a file's reader would have given.

Such a value is a float, text, a date, True or False, or None. A column mostly holds one kind of it and blanks; then it
is turned over as a whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from math import isfinite

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from xltools.catalogue.columns import MONEY, Column
from xltools.roster.amounts import nearest
from xltools.roster.cells import Amounts, Cells, Roster
from xltools.roster.check_rows import cell_error
from xltools.roster.clean import clean
from xltools.roster.problems import Mask
from xltools.scheme import Scheme

_WHOLE = 9e18
"""Below it a whole double is written as the integer that it is, as the readers of files do."""
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
    numeric = np.fromiter(
        (isinstance(v, float | int | Decimal) and v is not True and v is not False for v in values), bool, n
    )
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
        return f"{Decimal(repr(value)):f}" if isfinite(value) else None
    if isinstance(value, datetime):
        value = value.replace(tzinfo=None)
        if value.microsecond:
            value = (value + timedelta(microseconds=500_000)).replace(microsecond=0)
        return value.isoformat(" ")
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


def read(scheme: Scheme, columns: Sequence[tuple[Column, Sequence[object]]]) -> Roster:
    """Columns of cells, cleaned, typed and checked cell by cell like those of a file; lengths are equal."""
    n = len(columns[0][1])
    quick = {c.field: sums for c, values in columns if c.kind in MONEY and (sums := _sums(values)) is not None}
    given = {c.field: texts(values) for c, values in columns if c.field not in quick}
    cells = Cells(
        "",
        "",
        {name: raw for name, (raw, _) in given.items()},
        {c.field: i for i, (c, _) in enumerate(columns)},
        {c.field: Decimal(1) for c, _ in columns},
        np.arange(1, n + 1),
        is_number=lambda name: given[name][1],
    )
    roster = clean(cells, scheme, [c for c, _ in columns])
    roster.amounts |= quick
    cell_error(roster, scheme.cover.start.value)
    return roster


def _sums(values: Sequence[object]) -> Amounts | None:
    """A column of doubles and blanks as amounts, where each is surely one: no text needs to be made of them."""
    if not set(map(type, values)) <= _NUMBER:
        return None
    numbers = np.array(values, dtype=np.float64)
    cents, sure = nearest(numbers, Decimal(1))
    return Amounts(cents, sure) if (sure | np.isnan(numbers)).all() else None


def messages(roster: Roster) -> dict[int, str]:
    """By row what is wrong with it and what to do: the first problem of severity error."""
    out: dict[int, str] = {}
    for said in roster.findings.said():
        if said.kind.severity == "error":
            out.setdefault(said.row, said.sentence)
    return out
