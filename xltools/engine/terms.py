"""The scheme's Decimals as exact integers: a number is `num / 10**digits`."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple


class Scaled(NamedTuple):
    """A decimal as an integer over a power of ten."""

    num: int
    digits: int


def scaled(value: Decimal) -> Scaled:
    """An exact, shortest integer form of a non-negative decimal.

    >>> scaled(Decimal("0.0003")), scaled(Decimal("7.00"))
    (Scaled(num=3, digits=4), Scaled(num=7, digits=0))
    """
    if not value.is_finite() or value < 0:
        raise ValueError(f"not a non-negative number: {value}")
    _, digits, exponent = value.normalize().as_tuple()
    num = int("".join(map(str, digits)))
    assert isinstance(exponent, int)
    return Scaled(num * 10**exponent, 0) if exponent > 0 else Scaled(num, -exponent)


def minor(value: Decimal) -> int:
    """Dollars or yuan in cents or fen. Raises ValueError for a value finer than that."""
    whole = value * 100
    if whole != whole.to_integral_value():
        raise ValueError(f"finer than a cent: {value}")
    return int(whole)
