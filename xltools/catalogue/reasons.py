"""What the rules decide (理由): the catalogue, and bit masks that carry several reasons of a row at once."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources

import numpy as np
import numpy.typing as npt

Bits = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Reason:
    """One reason: its code, the clause it comes from, the Chinese sentence."""

    code: str
    clause: str
    sentence: str


@cache
def reasons_by_code() -> dict[str, Reason]:
    """All reasons in the order in which a row lists them."""
    text = (resources.files("xltools.catalogue") / "reasons.toml").read_text("utf-8")
    return {code: Reason(code=code, **entry) for code, entry in tomllib.loads(text).items()}


def bit(code: str) -> int:
    """The bit of a reason in a row's mask."""
    return 1 << list(reasons_by_code()).index(code)


def having(masks: Bits, code: str) -> npt.NDArray[np.bool_]:
    """The rows, by their masks of shape `(n,)`, that carry a reason."""
    rows: npt.NDArray[np.bool_] = masks & bit(code) != 0
    return rows


def codes(mask: int) -> list[str]:
    """The codes in a row's mask, in catalogue order."""
    return [code for i, code in enumerate(reasons_by_code()) if mask >> i & 1]
