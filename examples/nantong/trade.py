"""Where a firm's exports go: cents by country, split by shares that are drawn."""

from __future__ import annotations

from random import Random

from xltools.scheme import Scheme
from xltools.scheme.countries import emerging_groups, iso

NAMES = {
    "US": "美国", "JP": "日本", "KR": "韩国", "HK": "香港", "AU": "澳大利亚", "CA": "加拿大", "GB": "英国",
    "DE": "德国", "FR": "法国", "IT": "意大利", "NL": "荷兰", "ES": "西班牙", "BE": "比利时", "SE": "瑞典",
    "IN": "印度",
    "BR": "巴西", "MX": "墨西哥", "CL": "智利", "CO": "哥伦比亚", "NG": "尼日利亚", "ZA": "南非", "EG": "埃及",
    "KE": "肯尼亚", "AE": "阿联酋", "SA": "沙特阿拉伯", "TR": "土耳其", "IL": "以色列", "RU": "俄罗斯", "PL": "波兰",
    "CZ": "捷克", "UA": "乌克兰", "VN": "越南", "TH": "泰国", "ID": "印度尼西亚", "MY": "马来西亚", "PH": "菲律宾",
    "KZ": "哈萨克斯坦", "UZ": "乌兹别克斯坦",
}  # fmt: skip
"""ISO code -> what the customs system prints."""

EMERGING = ("BR", "MX", "CL", "CO", "NG", "ZA", "EG", "KE", "AE", "SA", "TR", "IL", "RU", "PL", "CZ", "UA", "VN", "TH",
            "ID", "MY", "PH", "KZ", "UZ")  # fmt: skip
OTHERS = ("JP", "KR", "HK", "AU", "CA", "GB", "DE", "FR", "IT", "NL", "ES", "BE", "SE", "IN")

Countries = dict[str, int]
"""ISO code -> cents."""

PROFILES = {
    "to_us": ((55, 85), (2, 10)), "almost_us": ((92, 97), (1, 2)), "emerging": ((3, 15), (54, 82)),
    "mixed": ((12, 45), (8, 38)),
}  # fmt: skip
"""Percent to the United States and to emerging markets, from and to; the rest goes elsewhere."""


def split(rng: Random, cents: int, profile: str) -> Countries:
    """The total by country, to the cent; the order of the countries is that of `NAMES`."""
    (us_low, us_high), (low, high) = PROFILES[profile]
    us = cents * rng.randint(us_low * 10, us_high * 10) // 1000
    emerging = cents * rng.randint(low * 10, high * 10) // 1000
    out = {"US": us}
    out |= _among(rng, emerging, rng.sample(EMERGING, rng.randint(1, 4)))
    out |= _among(rng, cents - us - emerging, rng.sample(OTHERS, rng.randint(1, 4)))
    return {c: out[c] for c in NAMES if out.get(c)}


def _among(rng: Random, cents: int, countries: list[str]) -> Countries:
    weights = [rng.randint(1, 9) for _ in countries]
    parts = [cents * w // sum(weights) for w in weights]
    parts[0] += cents - sum(parts)
    return dict(zip(countries, parts, strict=True))


def scaled(rng: Random, countries: Countries, permille: int) -> Countries:
    """Another year of the same markets: each within a tenth of `permille` of the first year's amount."""
    low, high = -permille // 10, permille // 10
    return {c: cents * (permille + rng.randint(low, high)) // 1000 for c, cents in countries.items()}


def regions(scheme: Scheme, countries: Countries) -> dict[str, int]:
    """Cents by field of the roster (region_latin_america …), the groups being those of the scheme."""
    groups = emerging_groups(scheme)
    return {f"region_{g}": sum(v for c, v in countries.items() if c in groups[g].members) for g in groups}


def unknown_names() -> list[str]:
    """Names that the reader of customs data would not know; there must be none."""
    return [name for code, name in NAMES.items() if iso(name) != code]
