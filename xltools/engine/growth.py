"""Growth (同比增长) and shares (占比): exact ratios; None where the base is zero, for then nobody can say."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction


def growth(now: int, base: int) -> Fraction | None:
    """How much more `now` is than `base`, as a fraction of it.

    >>> growth(112, 100), growth(5, 0)
    (Fraction(3, 25), None)
    """
    return None if base == 0 else Fraction(now - base, base)


def share(part: int, whole: int) -> Fraction | None:
    """What fraction of the whole a part is."""
    return None if whole == 0 else Fraction(part, whole)


def half_up(value: Fraction) -> int:
    """To the nearest whole number, halves away from zero (四舍五入).

    >>> half_up(Fraction(5, 2)), half_up(Fraction(-5, 2)), half_up(Fraction(49, 20))
    (3, -3, 2)
    """
    whole = (2 * abs(value.numerator) + value.denominator) // (2 * value.denominator)
    return whole if value >= 0 else -whole


def tenth(ratio: Fraction) -> Decimal:
    """A ratio as a cell holds it that shows per cent to one decimal, half up: 0.121 for 12.1 %.

    >>> tenth(Fraction(12149, 100000)), tenth(Fraction(1215, 10000))
    (Decimal('0.121'), Decimal('0.122'))
    """
    return Decimal(half_up(ratio * 1000)).scaleb(-3)


def per_cent(ratio: Fraction | None) -> str:
    """The same in words, "—" where there is none.

    >>> per_cent(Fraction(121, 1000)), per_cent(Fraction(-1, 3)), per_cent(None)
    ('12.1%', '-33.3%', '—')
    """
    return "—" if ratio is None else f"{tenth(ratio) * 100:,.1f}%"


def mean(total: int, count: int) -> str:
    """An average to one decimal, half up, "—" of nothing.

    >>> mean(7, 2), mean(0, 0)
    ('3.5', '—')
    """
    return f"{Decimal(half_up(Fraction(total * 10, count))).scaleb(-1):,.1f}" if count else "—"
