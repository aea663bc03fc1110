"""Amount cells to whole US cents, exactly (金额).

A numeric cell is the decimal of its 15 significant digits, as Excel shows it, and within 1e-6 of a cent it is that
cent; a text cell holding a number is taken exactly. The cent is measured after the heading's unit.

Digits are never joined: a separator stands between groups of three, and nothing else stands in a figure. `300000²`,
`3500000①`, two figures in one cell or a figure of which some digits are hidden (`3.5E+06`) are no amounts.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, localcontext

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from xltools.roster.cells import Amounts
from xltools.roster.problems import Mask
from xltools.roster.text import INVISIBLE, WIDE, mask
from xltools.roster.utf8 import holds

NOISE = Decimal("1e-6")
"""What a numeric cell may be off a cent, in US dollars: the dust of binary fractions."""

LARGEST = 9 * 10**17
"""Cents that an int64 holds with room for sums."""

Ints = npt.NDArray[np.int64]

_SIMPLE = r"^\d{1,13}(\.\d{1,2})?$"
_COMMAS = r"^[1-9]\d{0,2}(,\d{3}){1,3}(\.\d{1,2})?$"
_EDGES = re.compile(rf"^[\s{INVISIBLE}]+|[\s{INVISIBLE}]+$")
_SPACE = "[ \u00a0\u2007\u2009\u202f]"
_PLAIN = re.compile(r"[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)")
_GROUPED = re.compile(rf"[-+]?[1-9][0-9]{{0,2}}(?:(?:,[0-9]{{3}})+|(?:{_SPACE}[0-9]{{3}})+)(?:\.[0-9]*)?")
_POWER = re.compile(r"[-+]?[0-9]+(?:\.(?P<places>[0-9]*))?E(?P<power>[-+]?[0-9]{1,3})")
_SEPARATOR = re.compile(f",|{_SPACE}")
_CURRENCY = {
    "美元": re.compile(rf"^(?:US\$|USD|\$|美元|美金){_SPACE}?|{_SPACE}?(?:USD|美元|美金)$"),
    "元": re.compile(rf"^(?:\u00a5|RMB|CNY|人民币){_SPACE}?|{_SPACE}?(?:RMB|CNY|元|人民币)$"),
}
"""What may stand beside a figure, by the unit of its kind: its own currency, once on each side."""


@dataclass(frozen=True)
class Parsed:
    """Amounts and the rows that are none: code -> mask; `tidied` marks text that had to be cleaned."""

    amounts: Amounts
    wrong: dict[str, Mask]
    tidied: Mask


def parse(raw: pa.StringArray, unit: Decimal, is_number: Callable[[], Mask], currency: str = "") -> Parsed:
    """Cents (int64) of a column of `n` cells as text. `is_number()` tells which of them are stored as numbers.

    `currency` is 美元 or 元: what a text cell may say beside its figure, where `unit` is 1 ("": nothing).
    `wrong` may hold AMOUNT_TEXT, AMOUNT_NEGATIVE, AMOUNT_FINER, AMOUNT_HUGE; such rows are not known.
    """
    n = len(raw)
    cents = np.zeros(n, dtype=np.int64)
    known = np.zeros(n, dtype=bool)
    blank = np.asarray(pc.fill_null(pc.equal(raw, ""), True))
    numeric = is_number()
    tidied = np.zeros(n, dtype=bool)
    for these, quick in ((numeric & ~blank, _numbers), (~numeric & ~blank, _texts)):
        if these.any():
            if (these | blank).all() and np.count_nonzero(blank) == raw.null_count:
                cents, known, tidied = quick(raw, unit)
                continue
            near, sure, grouped = quick(raw.filter(pa.array(these)), unit)
            rows = np.flatnonzero(these)[sure]
            cents[rows], known[rows], tidied[rows] = near[sure], True, grouped[sure]
    wrong: dict[str, Mask] = {}
    hard = np.flatnonzero(~known & ~blank)
    for i, text in zip(hard.tolist(), raw.take(pa.array(hard)).to_pylist(), strict=True):
        value, tidy = _one(text, unit, bool(numeric[i]), currency)
        tidied[i] = tidy
        if isinstance(value, int):
            cents[i], known[i] = value, True
        elif value:
            wrong.setdefault(value, np.zeros(n, dtype=bool))[i] = True
    return Parsed(Amounts(cents, known), wrong, tidied)


def _numbers(raw: pa.StringArray, unit: Decimal) -> tuple[Ints, Mask, Mask]:
    """The nearest cents of numeric cells, and where that is surely the amount; `_one` decides about the others."""
    try:
        dollars = pc.cast(raw, pa.float64())
    except pa.ArrowInvalid:  # a date among them
        dollars = pc.cast(pc.if_else(pc.match_substring_regex(raw, r"^\d+(\.\d+)?$"), raw, None), pa.float64())
    return *nearest(dollars.to_numpy(zero_copy_only=False), unit), np.zeros(len(raw), dtype=bool)


def nearest(dollars: npt.NDArray[np.float64], unit: Decimal) -> tuple[Ints, Mask]:
    """The nearest cents (int64) of doubles, shape `(n,)`, and where that is surely the amount; nan never is.

    Below 100 million dollars a double, 15 digits of it and the product here lie within 1e-5 cents of each other, so
    that what is within 1e-5 of a cent here is within NOISE (1e-4 cents) there.
    """
    scaled = dollars * float(unit * 100)
    near = np.rint(scaled)
    sure = (near >= 0) & (near < 1e10) & (np.abs(scaled - near) < 1e-5)
    return np.where(sure, near, 0).astype(np.int64), sure


def _texts(raw: pa.StringArray, unit: Decimal) -> tuple[Ints, Mask, Mask]:
    """The cents of cells that hold digits, plain or in groups, with at most two decimals; which cells those are, and
    which are in groups.

    At most 15 digits: the float is within half a unit of the 15th digit, so rint gives the very cent.
    """
    grouped = np.zeros(len(raw), dtype=bool)
    if holds(raw, b","):
        grouped = mask(pc.match_substring_regex(raw, _COMMAS))
        raw = pc.if_else(pa.array(grouped), pc.replace_substring(raw, ",", ""), raw)
    simple = pc.match_substring_regex(raw, _SIMPLE)
    dollars = pc.cast(pc.if_else(simple, raw, None), pa.float64()).to_numpy(zero_copy_only=False)
    scaled = dollars * float(unit * 100)
    near = np.rint(scaled)
    sure = near < LARGEST if unit == 1 else (np.abs(scaled - near) < 1e-3) & (near < 1e15)
    return np.where(sure, near, 0).astype(np.int64), sure, grouped


def trimmed(text: str) -> str:
    """Full-width characters folded, upper case, nothing blank or invisible at the ends."""
    return _EDGES.sub("", text.translate(WIDE)).upper()


def written(figure: str) -> Decimal | None:
    """The number that a trimmed text is; None where it is none, or where digits of its whole part are hidden.

    >>> written("1,234.50"), written("1 234"), written("12 34"), written("1.5E3"), written("300000²")
    (Decimal('1234.50'), Decimal('1234'), None, None, None)
    """
    if _PLAIN.fullmatch(figure):
        return Decimal(figure)
    if _GROUPED.fullmatch(figure):
        return Decimal(_SEPARATOR.sub("", figure))
    power = _POWER.fullmatch(figure)
    return Decimal(figure) if power and int(power["power"]) <= len(power["places"] or "") else None


def _one(text: str, unit: Decimal, numeric: bool, currency: str) -> tuple[int | str, bool]:
    """Cents, or the code of what is wrong ("" for a blank cell), and whether the text had to be cleaned."""
    figure = trimmed(text)
    if not figure:
        return "", bool(text)
    if currency in _CURRENCY and unit == 1:
        figure = _EDGES.sub("", _CURRENCY[currency].sub("", figure))
    value = Decimal(figure) if numeric and _POWER.fullmatch(figure) else written(figure)
    tidy = not numeric and (figure != text or bool(_SEPARATOR.search(text)))
    if value is None:
        return "AMOUNT_TEXT", tidy
    with localcontext() as context:
        if numeric:
            context.prec = 15
            value = +Decimal(float(value))  # of the double itself: its shortest text is rounded once already
        context.prec = 400
        dollars = value * unit
        if abs(dollars) * 100 > LARGEST:
            return ("AMOUNT_HUGE" if dollars > 0 else "AMOUNT_NEGATIVE"), tidy
        whole = dollars.quantize(Decimal("0.01"), ROUND_HALF_UP)
        if numeric and abs(dollars - whole) <= NOISE:
            dollars = whole  # before the sign is looked at: -1E-9 is what a spreadsheet's sums leave of nothing
        if dollars < 0:
            return "AMOUNT_NEGATIVE", tidy
        if dollars != whole:
            return "AMOUNT_FINER", tidy
        return int(whole * 100), tidy
