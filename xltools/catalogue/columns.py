"""The one catalogue of columns (列目录): templates, readers, checks, insurer sheets and manual derive from it."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from importlib import resources
from typing import Any, Literal

from xltools.catalogue.kinds import MONEY
from xltools.scheme import Scheme
from xltools.scheme.countries import emerging_groups

OUTSIDE = "其他"
"""The choice of 所属区 for a firm outside the platform's areas."""

SCALES = {
    "": 1, "百": 100, "千": 1_000, "万": 10_000, "十万": 100_000, "百万": 1_000_000, "千万": 10_000_000, "亿": 100_000_000,
}  # fmt: skip
UNITS = {f"{scale}{of}": Decimal(times) for of in ("美元", "元") for scale, times in SCALES.items()}
"""Units that the heading of an amount may carry, in US dollars or RMB yuan."""
UNIT = (
    r"(?:人民币)?\s?(?P<scale>十万|百万|千万|[百千万亿])?\s?"
    r"(?P<of>美元|美金|USD|US\$|欧元|EUR|英镑|日元|日圆|港元|港币|HKD|元|人民币|RMB|CNY)(?:人民币)?"
)
"""A unit as people write it, for a pattern over folded text."""
_NAMES = {"美金": "美元", "USD": "美元", "US$": "美元", "人民币": "元", "RMB": "元", "CNY": "元"}
_UNIT = re.compile(UNIT)


@dataclass(frozen=True, eq=False)  # itself only: what is kept by catalogue is found quickly
class Column:
    """One column of the roster (花名册): what it is called, what may stand in it, and who fills it in."""

    field: str
    heading: str
    meaning: str
    kind: str
    """One of `kinds.KINDS`."""
    owner: Literal["district", "bureau", "computed"]
    width: float
    example: str
    required: Literal["", "yes", "when_agreed"] = ""
    group: Literal["core", "supplement"] = "core"
    personal: bool = False
    choices: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    stand_ins: tuple[str, ...] = ()
    """Headings that are read for this column only where none of its own is there."""
    hint: str = ""
    """What to fill in, where a cell is typed in the workbook."""

    @property
    def shown(self) -> str:
        """The heading as templates print it: `*` where a cell is always required."""
        return self.heading + ("*" if self.required == "yes" else "")


@lru_cache(maxsize=16)
def roster_columns(scheme: Scheme) -> tuple[Column, ...]:
    """The columns of this scheme's roster in template order: core first, then the supplement."""
    text = (resources.files("xltools.catalogue") / "columns.toml").read_text("utf-8")
    words = _words(scheme)
    out = []
    for entry in tomllib.loads(text)["column"]:
        if entry.pop("each", None) == "groups":
            for id, group in emerging_groups(scheme).items():
                out.append(_column(entry | {"field": f"region_{id}"}, words | {"group": group.title}, scheme))
        else:
            out.append(_column(entry, words, scheme))
    return tuple(out)


@lru_cache(maxsize=1)
def personal_fields() -> frozenset[str]:
    """Fields of the roster that hold personal data (个人信息), whatever the scheme."""
    text = (resources.files("xltools.catalogue") / "columns.toml").read_text("utf-8")
    return frozenset(c["field"] for c in tomllib.loads(text)["column"] if c.get("personal"))


@lru_cache(maxsize=1)
def common_lists() -> tuple[str, ...]:
    """Lists (名单) that an office may keep whatever its scheme."""
    text = (resources.files("xltools.catalogue") / "lists.toml").read_text("utf-8")
    return tuple(x["name"] for x in tomllib.loads(text)["list"])


def by_field(scheme: Scheme) -> dict[str, Column]:
    """The catalogue by field name."""
    return {c.field: c for c in roster_columns(scheme)}


def region_fields(scheme: Scheme) -> tuple[str, ...]:
    """Fields of the emerging-market columns, in the scheme's order."""
    return tuple(f"region_{g}" for g in scheme.emerging_groups.value)


def _words(scheme: Scheme) -> dict[str, str]:
    base = scheme.base_year.value
    return {"base": str(base), "before": str(base - 1), "key": scheme.key_label}


def _column(entry: dict[str, Any], words: dict[str, str], scheme: Scheme) -> Column:
    entry = dict(entry)
    for key in ("heading", "meaning"):
        entry[key] = entry[key].format(**words)
    for key in ("aliases", "stand_ins"):
        entry[key] = tuple(a.format(**words) for a in entry.get(key, ()))
    entry["choices"] = choices_of(entry.get("choices", ()), scheme)
    return Column(**entry)


def choices_of(what: str | Sequence[str], scheme: Scheme) -> tuple[str, ...]:
    """Choices as they are declared: written out, or by what the scheme has of them."""
    if not isinstance(what, str):
        return tuple(what)
    if what == "areas":
        return (*(a.name for a in scheme.areas_of_year), OUTSIDE)
    if what == "plans":
        return tuple(p.id for p in scheme.plans)
    if what == "insurers":
        return tuple(i.name for i in scheme.insurers)
    if what == "lists":
        named = [*(p.list for p in scheme.priorities), *(r.list for r in scheme.reductions)]
        return tuple(dict.fromkeys([*(n for n in named if n), *common_lists()]))
    return tuple(str(p.no) for p in scheme.numbered)


@lru_cache(maxsize=1024)
def fold(heading: str) -> str:
    """A heading as it is compared: full-width folded, white space and `*` dropped, upper case.

    >>> fold(" ２０１８年出口额（美元）* ")
    '2018年出口额(美元)'
    """
    text = unicodedata.normalize("NFKC", heading)
    return re.sub(r"[\s*\u200b-\u200f\ufeff]", "", text).upper()


@lru_cache(maxsize=1024)
def split_unit(folded: str) -> tuple[str, str]:
    """A folded amount heading without its unit, and the unit ("" where it carries none).

    >>> split_unit("2018年出口额(万美元)")
    ('2018年出口额', '万美元')
    """
    found = re.fullmatch(r"(.*?)\((?:单位:?)?([^()]*)\)", folded)
    unit = unit_of(found[2]) if found else ""
    return (found[1], unit) if found and unit in UNITS else (folded, "")


def unit_of(folded: str) -> str:
    """A unit by the name that UNITS has of it; by its own where it is of another currency, "" where it is no unit.

    >>> unit_of("人民币万元"), unit_of("万USD"), unit_of("欧元"), unit_of("家")
    ('万元', '万美元', '欧元', '')
    """
    found = _UNIT.fullmatch(folded)
    return f"{found['scale'] or ''}{_NAMES.get(found['of'], found['of'])}" if found else ""


__all__ = [
    "MONEY",
    "OUTSIDE",
    "SCALES",
    "UNIT",
    "UNITS",
    "Column",
    "by_field",
    "choices_of",
    "fold",
    "region_fields",
    "roster_columns",
    "split_unit",
    "unit_of",
]
