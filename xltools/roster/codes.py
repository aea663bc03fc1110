"""Check digits and shapes of identifiers, vectorised over a column.

统一社会信用代码: GB 32100-2015 (18 characters, modulus 31). 组织机构代码: GB 11714-1997 (positions 9 to 17).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from xltools.roster.problems import Mask

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
"""The 31 characters of GB 32100-2015; a character's value is its place."""

# int16 is wide enough for every weighted sum, and keeps a column of codes small.
_VALUE = np.full(256, -1, dtype=np.int16)
_VALUE[np.frombuffer(ALPHABET.encode(), np.uint8)] = np.arange(31)
_WEIGHT = np.array([pow(3, i, 31) for i in range(17)], dtype=np.int16)

_ORG_VALUE = np.full(256, -1, dtype=np.int16)
_ORG_VALUE[np.frombuffer(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", np.uint8)] = np.arange(36)
_ORG_WEIGHT = np.array([3, 7, 9, 10, 5, 8, 4, 2], dtype=np.int16)
_ORG_CHECK = np.frombuffer(b"0123456789X", np.uint8)


def characters(codes: pa.StringArray, length: int) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]:
    """The bytes, shape `(k, length)`, of the codes that have exactly that many ASCII characters; and their rows."""
    fits = pc.and_(pc.equal(pc.binary_length(codes), length), pc.equal(pc.utf8_length(codes), length))
    rows = np.flatnonzero(np.asarray(pc.fill_null(fits, False)))
    picked = pa.concat_arrays([codes.take(pa.array(rows))])
    data = picked.buffers()[2]
    if not rows.size or data is None:
        return np.zeros((0, length), dtype=np.uint8), rows
    start = picked.offset * length
    chars = np.frombuffer(data, np.uint8)[start : start + rows.size * length]
    return chars.reshape(-1, length), rows


def uscc(codes: pa.StringArray) -> tuple[Mask, Mask, Mask]:
    """Masks over a column: characters outside the alphabet, wrong check digit, wrong organisation-code part.

    Only codes of 18 ASCII characters are judged; the check digits only where the characters are allowed.
    """
    n = len(codes)
    alphabet, check, organisation = (np.zeros(n, dtype=bool) for _ in range(3))
    chars, rows = characters(codes, 18)
    values = _VALUE[chars]
    good = (values >= 0).all(axis=1)
    alphabet[rows] = ~good
    expected = (31 - values[:, :17] @ _WEIGHT % 31) % 31
    check[rows] = good & (expected != values[:, 17])
    body = _ORG_VALUE[chars[:, 8:16]]
    org = _ORG_CHECK[np.where(good, (11 - body @ _ORG_WEIGHT % 11) % 11, 0)]
    organisation[rows] = good & ~check[rows] & (org != chars[:, 16])
    return alphabet, check, organisation


def uscc_check_character(first17: str) -> str:
    """The check character of a unified social credit code, GB 32100-2015 §5.

    >>> uscc_check_character("91320602MA1X00017")
    'N'
    """
    total = sum(ALPHABET.index(c) * int(w) for c, w in zip(first17, _WEIGHT, strict=True))
    return ALPHABET[(31 - total % 31) % 31]
