"""Sentences with live numbers: the same words as a worksheet formula and as text for the terminal.

`{key|wan}` stands for a figure in that format; `{abs key|wan}` for it without its sign.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import NamedTuple

from xltools.sheets.write import formats

Figures = Mapping[str, Fraction | str]

FORMATS: Mapping[str, tuple[Fraction, str]] = {
    "wan": (Fraction(10_000), formats.AMOUNT),
    "yi": (Fraction(100_000_000), formats.AMOUNT),
    "yuan": (Fraction(1), formats.AMOUNT),
    "n": (Fraction(1), formats.COUNT),
    "firms": (Fraction(1), formats.TENTH),
    "pct": (Fraction(1), formats.PERCENT),
    "rest": (Fraction(1), formats.PERCENT),
    "points": (Fraction(1, 100), formats.HUNDREDTH),
    "rate": (Fraction(1), "0.00000%"),
    "fx": (Fraction(1), formats.FX_SHORT),
    "times": (Fraction(1), formats.HUNDREDTH),
}
"""Name → what the figure is divided by, and Excel's number format; `rest` is what is left to 100%."""

_PLACE = re.compile(r"\{(abs )?([^{}|]+)\|(\w+)\}")
_OPERATORS: dict[str, Callable[[Fraction, Fraction], bool]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip


class Test(NamedTuple):
    """A figure (its distance from 0 with `size`) compared with a number or another figure."""

    key: str
    comparison: str
    limit: str | Decimal
    size: bool = False


class Case(NamedTuple):
    """A sentence and when it is said; the last case of several has no test."""

    test: Test | None
    text: str


def formula(cases: Sequence[Case]) -> str:
    """The worksheet formula, with `{key}` where a figure's cell is to stand."""
    case, *rest = cases
    if case.test is None:
        return _text_formula(case.text)
    left = f"ABS({{{case.test.key}}})" if case.test.size else f"{{{case.test.key}}}"
    right = f"{{{case.test.limit}}}" if isinstance(case.test.limit, str) else format(case.test.limit, "f")
    return f"IF({left}{case.test.comparison}{right},{_text_formula(case.text)},{formula(rest)})"


def text(cases: Sequence[Case], figures: Figures) -> str:
    """The sentence that these figures give."""
    return _filled(next(c.text for c in cases if c.test is None or _holds(c.test, figures)), figures)


def shown(value: Fraction, kind: str) -> str:
    """A figure in one of the formats.

    >>> shown(Fraction(126_000), "wan"), shown(Fraction(27, 49), "pct")
    ('12.60', '55.10%')
    """
    divisor, pattern = FORMATS[kind]
    value = (1 - value if kind == "rest" else value) / divisor * (100 if pattern.endswith("%") else 1)
    places = _places(pattern.rstrip("%"))
    exact = Decimal(value.numerator) / Decimal(value.denominator)
    rounded = exact.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    return f"{rounded:{',' if '#' in pattern else ''}f}" + ("%" if pattern.endswith("%") else "")


def _holds(test: Test, figures: Figures) -> bool:
    left = number(figures, test.key)
    right = number(figures, test.limit) if isinstance(test.limit, str) else Fraction(test.limit)
    return _OPERATORS[test.comparison](abs(left) if test.size else left, right)


def number(figures: Figures, key: str) -> Fraction:
    """A figure that must be a number."""
    value = figures[key]
    assert isinstance(value, Fraction), key
    return value


def _filled(template: str, figures: Figures) -> str:
    def put(found: re.Match[str]) -> str:
        value = number(figures, found[2])
        return shown(abs(value) if found[1] else value, found[3])

    return _PLACE.sub(put, template)


def _text_formula(template: str) -> str:
    parts = []
    end = 0
    for found in _PLACE.finditer(template):
        if found.start() > end:
            parts.append(_quoted(template[end : found.start()]))
        divisor, pattern = FORMATS[found[3]]
        cell = f"{{{found[2]}}}"
        value = f"ABS({cell})" if found[1] else cell
        if found[3] == "rest":
            value = f"1-{value}"
        elif divisor != 1:
            value += f"/{divisor}" if divisor > 1 else f"*{1 / divisor}"
        # rounded before: TEXT itself rounds in its own way here and there
        parts.append(f'TEXT(ROUND({value},{_places(pattern)}),"{pattern}")')
        end = found.end()
    if end < len(template):
        parts.append(_quoted(template[end:]))
    return "&".join(parts) or '""'


def _places(pattern: str) -> int:
    """Decimals of the number itself under a format; a percentage has two more."""
    return len(pattern.rstrip("%").partition(".")[2]) + 2 * pattern.endswith("%")


def _quoted(words: str) -> str:
    return '"' + words.replace('"', '""') + '"'
