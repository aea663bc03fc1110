"""Telephone numbers (电话): mobiles, landlines, 400/800 numbers."""

from __future__ import annotations

import re

from xltools.roster.text import folded

_FLOAT = re.compile(r"(\d{7,13})\.0+")
_POWER = re.compile(r"\d\.(\d{7,12})E(\+?)(\d{1,2})", re.ASCII | re.IGNORECASE)
_MOBILE = re.compile(r"1[3-9]\d{9}")

VALID = r"^(1[3-9]\d{9}|(0\d{2,3}-?)?[2-9]\d{6,7}(-\d{1,6})?|[48]00-?\d{3}-?\d{4})$"
"""RE2 pattern of a cleaned number that can be dialled."""


def clean(value: str) -> str:
    """A number without spaces, country code, brackets, or what a program made of it.

    A power stays where digits are lost: Java leaves out zeros only (`1.3800138E10`), Excel rounds (`1.38001E+10`).

    >>> clean("+86 138-0013-8000"), clean("1.3800138E10"), clean("（0513）8500 0000转8")
    ('13800138000', '13800138000', '0513-85000000-8')
    """
    text = re.sub(r"[‐-―_－]", "-", folded(value).lstrip("'‘’`"))
    power = _POWER.fullmatch(text)
    if power and (not power[2] or int(power[3]) <= len(power[1])):
        text = str(int(float(text)))
    elif found := _FLOAT.fullmatch(text):
        text = found[1]
    digits = re.sub(r"[\s\-()]", "", text)
    mobile = re.sub(r"^(\+|00)?86(?=1[3-9]\d{9}$)", "", digits)
    if _MOBILE.fullmatch(mobile):
        return mobile
    text = re.sub(r"^(\+|00)?86[-\s]?(?=0?\d{2,3})", "", text) if text.startswith(("+", "00")) else text
    text = re.sub(r"\s*(转|分机|ext\.?)\s*", "-", text, flags=re.IGNORECASE)
    return re.sub(r"\s", "", text.replace("(", "").replace(")", "-")).replace("--", "-")
