"""Money in words (金额): from fen and cents, exact, as people read it."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import SupportsInt

WAN = 10_000


def exact(hundredths: SupportsInt) -> Decimal:
    """Fen as yuan, or cents as dollars, with both decimals.

    >>> exact(106325)
    Decimal('1063.25')
    """
    return Decimal(int(hundredths)).scaleb(-2)


def figure(hundredths: SupportsInt) -> str:
    """The same for a cell whose heading names the unit.

    >>> figure(-106325)
    '-1,063.25'
    """
    return f"{exact(hundredths):,.2f}"


def yuan(fen: SupportsInt) -> str:
    """Fen as `1,063.25 元`."""
    return f"{figure(fen)} 元"


def usd(cents: SupportsInt) -> str:
    """US cents as `500,000.00 美元`."""
    return f"{figure(cents)} 美元"


def short(value: Decimal, places: int = 2) -> str:
    """A figure with at most so many decimals, rounded half up, without spare zeros.

    >>> short(Decimal("12.005")), short(Decimal("300")), short(Decimal("1234.50"))
    ('12.01', '300', '1,234.5')
    """
    return f"{value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP).normalize():,f}"


def wan(value: Decimal, places: int = 6) -> str:
    """An amount in 万, to the fen or cent; `places` says where fewer decimals are enough.

    >>> wan(Decimal("4500000")), wan(Decimal("12345678.9")), wan(Decimal("12345678.9"), 2)
    ('450', '1,234.56789', '1,234.57')
    """
    return short(value / WAN, places)
