"""Names that are probably meant to be the same (相似企业名称): blocked by brand, then compared by edit distance.

Two Chinese firms often differ in a single character of a two-character brand (恒达, 恒泰), so nearness of the whole name
is not enough: the brand (字号) must be the same too, or be long and nearly the same.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import combinations
from typing import NamedTuple

import numpy as np
from rapidfuzz import fuzz, process

NAME, BRAND = 88.0, 75.0
"""Least similarity in percent of the whole names, and of brands of at least LONG characters."""

LONG = 4
SMALL = 16
"""Names that are compared two by two sooner than a table of all of them is made."""

_PLACE = re.compile(r"^(中国|江苏省?|南通市?|上海市?)+|\(.*?\)")
_FORM = re.compile(r"(有限责任公司|股份有限公司|集团有限公司|有限公司|股份公司|集团|公司|厂)+$")
_TRADE = re.compile(
    r"(国际贸易|进出口贸易|进出口|对外贸易|贸易|商贸|工贸|实业|科技|发展|制造|制品|工业|"
    r"纺织品?|服饰|服装|家纺|家居|用品|针织|印染|机械|机电|电器|电子|电气|设备|化工|材料|建材|食品|医药|"
    r"船舶|配件|金属|五金|塑料|橡胶|玩具|工具|电动|箱包|鞋业|体育|医疗|器械|电子商务|供应链)+$"
)
_DIGITS = re.compile(r"[0-9一二三四五六七八九十]+")


class Near(NamedTuple):
    """The nearest other name of a name, its similarity in percent, and how many there are."""

    name: str
    score: float
    others: int


def similar(names: Sequence[str]) -> dict[str, Near]:
    """For each of the names (different ones) that has similar others: the nearest of them.

    Names that differ only in digits (第一, 第二) are not similar. Only names whose brands share a half are compared, so
    that the cost stays near linear.
    """
    blocks: dict[str, list[str]] = {}
    for name in dict.fromkeys(names):
        brand = brand_of(name)
        half = len(brand) // 2
        for key in {brand, *((f"^{brand[:half]}", f"${brand[half:]}") if len(brand) >= LONG else ())}:
            blocks.setdefault(key, []).append(name)
    found: dict[str, dict[str, float]] = {}
    for block in blocks.values():
        for a, b, score in _pairs(block) if len(block) > 1 else ():
            found.setdefault(a, {})[b] = score
            found.setdefault(b, {})[a] = score
    out = {}
    for name, others in found.items():
        nearest = max(sorted(others), key=others.__getitem__)
        out[name] = Near(nearest, others[nearest], len(others))
    return out


@lru_cache(maxsize=1 << 16)  # a city's names, each compared with many
def brand_of(name: str) -> str:
    """What tells one firm's name from another's: without place, trade and legal form.

    >>> brand_of("南通恒达纺织品有限公司"), brand_of("江苏海门华盛进出口公司")
    ('恒达', '海门华盛')
    """
    text = unicodedata.normalize("NFKC", name).replace(" ", "").upper()
    text = _FORM.sub("", _PLACE.sub("", text))
    return _TRADE.sub("", text) or text


def _pairs(block: Sequence[str]) -> Iterable[tuple[str, str, float]]:
    for a, b, score in _near(block):
        if a > b:
            a, b = b, a
        if not _only_digits(a, b) and _same_brand(brand_of(a), brand_of(b)):
            yield a, b, score


def _near(block: Sequence[str]) -> Iterable[tuple[str, str, float]]:
    """Each two of the names whose whole names are near enough."""
    if len(block) <= SMALL:
        for a, b in combinations(block, 2):
            if score := fuzz.ratio(a, b, score_cutoff=NAME):
                yield a, b, score
        return
    for start in range(0, len(block), 500):
        part = block[start : start + 500]
        scores = process.cdist(part, block[start:], scorer=fuzz.ratio, score_cutoff=NAME, dtype=np.float64)
        for i, j in zip(*(x.tolist() for x in scores.nonzero()), strict=True):
            if i < j:
                yield part[i], block[start + j], float(scores[i, j])


def _same_brand(a: str, b: str) -> bool:
    return a == b or (min(len(a), len(b)) >= LONG and fuzz.ratio(a, b) >= BRAND)


def _only_digits(a: str, b: str) -> bool:
    return _DIGITS.sub("#", a) == _DIGITS.sub("#", b)
