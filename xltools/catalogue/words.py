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


_DIGITS, _PLACES, _GROUPS = "零壹贰叁肆伍陆柒捌玖", ("", "拾", "佰", "仟"), ("", "万", "亿", "万亿")


def capital(fen: SupportsInt) -> str:
    """Fen, not negative, in the characters that payment papers want (金额大写).

    >>> capital(0), capital(100500), capital(1050035), capital(450000000)
    ('零元整', '壹仟零伍元整', '壹万零伍佰元叁角伍分', '肆佰伍拾万元整')
    >>> capital(5), capital(100010007), capital(10000000000000)
    ('伍分', '壹佰万零壹佰元零柒分', '壹仟亿元整')
    """
    yuan_, rest = divmod(int(fen), 100)
    jiao, cent = divmod(rest, 10)
    whole = _whole(yuan_)
    out = f"{whole}元" if whole else ""
    if not rest:
        return f"{out or '零元'}整"
    out += f"{_DIGITS[jiao]}角" if jiao else "零" if out else ""
    return out + (f"{_DIGITS[cent]}分" if cent else "整")


def _whole(value: int) -> str:
    groups = []
    while value:
        value, low = divmod(value, 10_000)
        groups.append(low)
    out, gap = "", False
    for k in range(len(groups) - 1, -1, -1):
        group = groups[k]
        if not group:
            gap = bool(out)
            continue
        for place in range(3, -1, -1):
            digit = group // 10**place % 10
            if digit:
                out += ("零" if gap and out else "") + _DIGITS[digit] + _PLACES[place]
                gap = False
            else:
                gap = True
        out += _GROUPS[k]
        gap = group % 10 == 0
    return out
