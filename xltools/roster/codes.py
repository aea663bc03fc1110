"""Check digits and shapes of identifiers, vectorised over a column.

统一社会信用代码: GB 32100-2015 (18 characters, modulus 31). 组织机构代码: GB 11714-1997 (positions 9 to 17).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from xltools.roster.problems import Mask
from xltools.roster.utf8 import UPPER, Bytes, cells, others

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
"""The 31 characters of GB 32100-2015; a character's value is its place."""

# int16 is wide enough for every weighted sum, and keeps a column of codes small.
_WEIGHT = np.array([pow(3, i, 31) for i in range(17)], dtype=np.int16)
_LEFT_OUT = b"IOSV"
"""Letters that the alphabet does not have, each before one that it has."""
_PART = 1 << 14
"""Codes looked at together: what is reckoned with them stays in the processor's cache."""

_ORG_WEIGHT = np.array([3, 7, 9, 10, 5, 8, 4, 2], dtype=np.int16)
_ORG_CHECK = np.frombuffer(b"0123456789X", np.uint8)


def characters(codes: pa.StringArray, length: int) -> tuple[Bytes, npt.NDArray[np.int64]]:
    """The bytes, shape `(length, k)`, of the codes that have exactly that many; and their rows.

    One place of all codes lies together: that is how they are looked at.
    """
    data, starts = cells(codes)
    rows = np.flatnonzero((np.diff(starts) == length) & np.asarray(codes.is_valid()))
    if rows.size < len(codes):
        data, _ = cells(codes.take(pa.array(rows)))
    return np.ascontiguousarray(data.reshape(-1, length).T), rows


def uscc(codes: pa.StringArray) -> tuple[Mask, Mask, Mask]:
    """Masks over a column: characters outside the alphabet, wrong check digit, wrong organisation-code part.

    Only codes of 18 ASCII characters are judged; the check digits only where the characters are allowed.
    """
    parts = [_uscc(codes[start : start + _PART]) for start in range(0, max(len(codes), 1), _PART)]
    alphabet, check, organisation = (np.concatenate(masks) for masks in zip(*parts, strict=True))
    return alphabet, check, organisation


def _uscc(codes: pa.StringArray) -> tuple[Mask, Mask, Mask]:
    n = len(codes)
    alphabet, check, organisation = (np.zeros(n, dtype=bool) for _ in range(3))
    chars, rows = characters(codes, 18)
    good = ~others(codes, ALPHABET.encode())[rows]
    bad = np.flatnonzero(~good)
    alphabet[rows[bad]] = (chars[:, bad] < 128).all(axis=0)
    plain = chars - 48 - 7 * (chars > ord("9")).view(np.uint8)  # 0 to 35: digits, then all letters
    body = plain[8:16].astype(np.int16)
    values = (plain - sum((chars > letter).view(np.uint8) for letter in _LEFT_OUT)).astype(np.int16)
    expected = (31 - _sum(_WEIGHT, values[:17]) % 31) % 31
    check[rows] = good & (expected != values[17])
    org = _ORG_CHECK[(11 - _sum(_ORG_WEIGHT, body) % 11) % 11]
    organisation[rows] = good & ~check[rows] & (org != chars[16])
    return alphabet, check, organisation


def _sum(weights: npt.NDArray[np.int16], values: npt.NDArray[np.int16]) -> npt.NDArray[np.int16]:
    """The weighted sum of each code; `values` has shape `(len(weights), k)`."""
    out = np.zeros(values.shape[1], dtype=np.int16)
    for weight, row in zip(weights, values, strict=True):
        out += weight * row
    return out


def customs(codes: pa.StringArray) -> Mask:
    """The codes of the shape of a 海关注册编码: four digits, two characters other than 0, four more; ten in all."""
    chars, rows = characters(codes, 10)
    shape = ~others(codes, UPPER)[rows]
    for place in chars[:4]:
        shape &= place <= ord("9")
    for place in chars[4:6]:
        shape &= place != ord("0")
    out = np.zeros(len(codes), dtype=bool)
    out[rows] = shape
    return out


def uscc_check_character(first17: str) -> str:
    """The check character of a unified social credit code, GB 32100-2015 §5.

    >>> uscc_check_character("91320602MA1X00017")
    'N'
    """
    total = sum(ALPHABET.index(c) * int(w) for c, w in zip(first17, _WEIGHT, strict=True))
    return ALPHABET[(31 - total % 31) % 31]
