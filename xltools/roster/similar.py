"""Names that are nearly the same (相似企业名称): blocked, then compared by edit distance."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from rapidfuzz import fuzz, process

LEAST = 88.0
"""Similarity in percent from which two names count as similar."""

_COMMON = re.compile(r"(有限责任公司|股份有限公司|有限公司|股份公司|公司|进出口|国际贸易|贸易|实业|集团|\(.*?\)|省|市)")
_DIGITS = re.compile(r"[0-9一二三四五六七八九十]+")


class Near(NamedTuple):
    """The nearest other name of a name, its similarity, and how many there are."""

    name: str
    score: float
    count: int


def similar(names: Sequence[str]) -> dict[str, Near]:
    """For each of the names (different ones) that has similar others: the nearest of them.

    Names that differ only in digits (第一、第二) are not similar. Two names are compared when the first or the second
    half of their cores is the same, so that the cost stays near linear.
    """
    cores = {n: core(n) for n in dict.fromkeys(names)}
    blocks: dict[str, list[str]] = {}
    for name, text in cores.items():
        half = max(1, len(text) // 2)
        for key in {f"^{text[:half]}", f"${text[-half:]}", f"={text[1:]}"}:
            blocks.setdefault(key, []).append(name)
    found: dict[str, dict[str, float]] = {}
    for block in blocks.values():
        for a, b, score in _pairs(block, cores):
            found.setdefault(a, {})[b] = score
            found.setdefault(b, {})[a] = score
    out = {}
    for name, others in found.items():
        nearest = max(sorted(others), key=others.__getitem__)
        out[name] = Near(nearest, others[nearest], len(others))
    return out


def core(name: str) -> str:
    """What tells one firm's name from another's."""
    text = unicodedata.normalize("NFKC", name).replace(" ", "").upper()
    return _COMMON.sub("", text) or text


def _pairs(block: Sequence[str], cores: dict[str, str]) -> Iterable[tuple[str, str, float]]:
    for start in range(0, len(block), 500):
        part = block[start : start + 500]
        scores = process.cdist([n for n in part], block, scorer=fuzz.ratio, score_cutoff=LEAST)
        for i, j in zip(*scores.nonzero(), strict=True):
            a, b = part[int(i)], block[int(j)]
            if a < b and not _only_digits(a, b):
                yield a, b, float(scores[i, j])


def _only_digits(a: str, b: str) -> bool:
    return _DIGITS.sub("#", a) == _DIGITS.sub("#", b)
