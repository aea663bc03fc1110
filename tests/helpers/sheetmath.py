"""Worksheet formulas evaluated in Python: exactly, as IEEE doubles, or as a spreadsheet that looks at 15 digits.

Small on purpose: the functions and operators that the pricing formulas use; anything else is an error.
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Context, Decimal
from fractions import Fraction
from typing import Any

Value = Any
"""A number of the arithmetic, a text, a truth, or a column (list)."""
Cell = Callable[[str, str], Value]
"""The value of `table[[#This Row],[heading]]`, of `table[heading]` (a column) or of a name (heading "")."""
Formula = Callable[[Cell], Value]

_TOKEN = re.compile(
    r"""(?P<own>\w+\[\[\#This\ Row\],\[[^\]]+\]\])|(?P<column>\w+\[[^\[\]]+\])|(?P<number>\d+(?:\.\d+)?)
    |(?P<text>"(?:[^"]|"")*")|(?P<function>[A-Z]+\()|(?P<name>\w+)|(?P<operator><=|>=|<>|[-+*/^=<>&(),])""",
    re.VERBOSE,
)
_TEXT = (str, bool, list)


class Overflow(AssertionError):
    """A number that the formulas promise not to reach."""


@dataclass(frozen=True)
class Arithmetic:
    """How numbers behave: what every result becomes, what the roundings see, and what a difference becomes."""

    number: Callable[[Any], Any]
    seen: Callable[[Any], Any]
    less: Callable[[Any, Any], Any]


def digits(value: Fraction) -> int:
    """Significant decimal digits of a number; those of a number that is no finite decimal are many."""
    if value == 0:
        return 1
    scaled = value * 10**30
    return len(str(abs(scaled.numerator)).rstrip("0")) if scaled.denominator == 1 else 99


def _at_most_15(value: Fraction) -> Fraction:
    if digits(value) > 15:
        raise Overflow(f"more than 15 digits: {float(value)!r}")
    return value


def _fifteen(value: float) -> float:
    return float(Context(prec=15).create_decimal(Decimal(value)))


def _snapped(a: float, b: float) -> float:
    """Excel makes a difference nothing where it lies at the end of the double's digits."""
    out = a - b
    return 0.0 if abs(out) < max(abs(a), abs(b)) * 2.0**-48 else out


EXACT = Arithmetic(Fraction, _at_most_15, operator.sub)
IEEE = Arithmetic(float, lambda v: v, operator.sub)
FIFTEEN = Arithmetic(float, _fifteen, _snapped)
"""INT, ROUND and MOD look at 15 digits, and small differences vanish."""
SHOWN = Arithmetic(lambda v: _fifteen(float(v)), _fifteen, _snapped)
"""Harsher than any program: every result keeps 15 digits only."""


def compiled(formula: str, arithmetic: Arithmetic) -> Formula:
    """The formula as a function of its cells. Raises ValueError for what it does not know."""
    tokens, at = [], 0
    while at < len(formula):
        found = _TOKEN.match(formula, at)
        if not found:
            raise ValueError(f"{formula[at:]!r}")
        tokens.append((str(found.lastgroup), found[0]))
        at = found.end()
    parser = _Parser([*tokens, ("end", "")], arithmetic)
    out = parser.level(0)
    if parser.tokens[parser.at][0] != "end":
        raise ValueError(f"{formula!r}: {parser.tokens[parser.at]}")
    return out


@dataclass
class _Parser:
    tokens: list[tuple[str, str]]
    on: Arithmetic
    at: int = 0

    LEVELS = (("=", "<>", "<", ">", "<=", ">="), ("&",), ("+", "-"), ("*", "/"), ("^",))

    def level(self, n: int) -> Formula:
        if n == len(self.LEVELS):
            return self.atom()
        left = self.level(n + 1)
        while self.tokens[self.at][1] in self.LEVELS[n] and self.tokens[self.at][0] == "operator":
            sign = self.take()[1]
            left = self.joined(sign, left, self.level(n + 1))
        return left

    def joined(self, sign: str, left: Formula, right: Formula) -> Formula:
        return lambda cell: _operate(sign, left(cell), right(cell), self.on)

    def take(self) -> tuple[str, str]:
        self.at += 1
        return self.tokens[self.at - 1]

    def atom(self) -> Formula:
        kind, said = self.take()
        if kind == "number":
            number = self.on.number(Fraction(said))
            return lambda cell: number
        if kind == "text":
            return lambda cell: said[1:-1].replace('""', '"')
        if kind == "own":
            table, heading = re.fullmatch(r"(\w+)\[\[#This Row\],\[(.+)\]\]", said).groups()  # type: ignore[union-attr]
            return lambda cell: cell(table, heading)
        if kind == "column":
            table, heading = said[:-1].split("[")
            return lambda cell: cell(table, heading)
        if kind == "name":
            return lambda cell: cell(said, "")
        if kind == "function":
            return self.call(said[:-1])
        if said == "(":
            inner = self.level(0)
            self.want(")")
            return inner
        raise ValueError(f"unexpected {said!r}")

    def want(self, sign: str) -> None:
        if self.take()[1] != sign:
            raise ValueError(f"{sign} expected")

    def call(self, name: str) -> Formula:
        given = [self.level(0)]
        while self.tokens[self.at][1] == ",":
            self.take()
            given.append(self.level(0))
        self.want(")")
        if name == "IF":
            return lambda cell: (given[1] if given[0](cell) else given[2])(cell)
        function = FUNCTIONS[name]
        return lambda cell: function(self.on, *(g(cell) for g in given))


def _operate(sign: str, a: Value, b: Value, on: Arithmetic) -> Value:
    if sign in ("=", "<>"):
        same = (a == b) if isinstance(a, str) == isinstance(b, str) else (a is None and b == "")
        return same == (sign == "=")
    if sign == "&":
        return f"{a or ''}{b or ''}"
    if isinstance(a, _TEXT) or isinstance(b, _TEXT):
        raise ValueError(f"#VALUE!: {a!r} {sign} {b!r}")
    a, b = (on.number(0) if v is None else v for v in (a, b))
    if sign == "-":
        return on.number(on.less(a, b))
    done = {"+": operator.add, "*": operator.mul, "/": operator.truediv, "^": operator.pow}[sign](a, b)
    if sign != "/" and abs(done) >= 10**15:
        raise Overflow(f"{a!r} {sign} {b!r}")
    return on.number(done)


def _round(on: Arithmetic, value: Any, places: Any) -> Any:
    scaled = on.seen(value) * 10 ** int(places)
    if on.number is not Fraction and places:
        scaled = _fifteen(scaled)  # every program does this much when it rounds to decimals
    whole = math.floor(scaled + Fraction(1, 2)) if isinstance(scaled, Fraction) else _half_up(scaled)
    return on.number(Fraction(whole, 10 ** int(places)))


def _half_up(value: float) -> int:
    below = math.floor(value)
    return below + (value - below >= 0.5)


def _mod(on: Arithmetic, value: Any, by: Any) -> Any:
    return on.number(on.less(value, by * math.floor(on.seen(value / by))))


def _match(on: Arithmetic, value: Any, column: list[Any], exactly: Any) -> Any:
    if exactly != 0:
        raise ValueError("MATCH must be exact")
    return column.index(value) + 1


FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "INT": lambda on, v: on.number(Fraction(math.floor(on.seen(v)))),
    "ROUND": _round,
    "MOD": _mod,
    "MAX": lambda on, *v: max(v),
    "MIN": lambda on, *v: min(v),
    "INDEX": lambda on, column, n: column[int(n) - 1],
    "MATCH": _match,
    "OR": lambda on, *v: any(v),
}
