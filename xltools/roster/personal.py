"""Personal data (个人信息) inside any text: mobile numbers and e-mail addresses, wherever somebody typed them."""

from __future__ import annotations

import re
from typing import Any

MASK = "（个人信息，不记内容）"
"""Stands for what must not be shown or kept."""

# Two decimals make it an amount; one is what Excel makes of a number stored as a number (13800138000.0).
_PHONE = re.compile(r"(?<![0-9A-Za-z])(?:\+?86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}(?![0-9A-Za-z]|\.\d\d)")
_EMAIL = re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")


def masked(text: str) -> str:
    """The text without telephone numbers and e-mail addresses.

    >>> masked("转13800138000"), masked("NT2019-0001 13800138000.00")
    ('转（个人信息，不记内容）', 'NT2019-0001 13800138000.00')
    """
    return _EMAIL.sub(MASK, _PHONE.sub(MASK, text))


def masked_all(value: Any) -> Any:
    """The same for every text in lists and dicts, as JSON has them; numbers stay."""
    if isinstance(value, str):
        return masked(value)
    if isinstance(value, dict):
        return {k: masked_all(v) for k, v in value.items()}
    return [masked_all(v) for v in value] if isinstance(value, list) else value
