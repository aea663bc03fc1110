"""Units that stand above a table (单位：万美元): they hold for its amounts whose own heading names none."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from xltools.catalogue.columns import MONEY, SCALES, UNIT, UNITS, Column, fold, unit_of
from xltools.roster.letters import column_letters
from xltools.roster.problems import FileProblem, FileRefused

_ONE = re.sub(r"\?P<\w+>", "?:", UNIT)
_UNIT = re.compile(UNIT)
_NAMED = re.compile(r"(?:单位|UNITS?(?=:)|(?:金额|货值)(?=\s?[:(])|(?P<currency>币[种别]))\s?[:(为]?\s?")
_BETWEEN = re.compile(r"[\s、,;/()\[\]【】]|和|及")
_OPEN = re.compile(r"(?=.{1,12}$)[^币:]*(?:美元|美金|USD|US\$|\d元$)|10+|000")
"""What speaks of money or of a scale, and is no unit that can be told: 10000美元, USD 10,000."""
_COUNTED = re.compile(r"[家户个人份票批笔%‰]+")
_QUALIFIED = re.compile(rf"({_ONE})\((人民币|美元|USD|RMB|CNY)\)")
_SPLIT = re.compile(r"(?<=[百千万亿]) (?=美|元|人民币|USD|RMB)")
_WHOLE = re.compile(rf"[(\[【]?({_ONE})[)\]】]?")
_IN_WORDS = re.compile(rf"[^不勿非]*(?:\(({_ONE})\)|[以按]({_ONE})(?:为单位|计|统计|填[报列写])\W*)")
_AMONG_HEADINGS = re.compile(r"[(\[【]?(?:金额|货币|计量|货值)?单位")
_SHORT = 30
"""Characters above which a cell that mentions a unit in words is an instruction, and no caption."""


@dataclass(frozen=True)
class Caption:
    """What a cell above a table says of units: its address, and the units by their names in UNITS; what is none of them
    (a scale alone, another currency, 10000美元) stands as it is written."""

    cell: str
    units: tuple[str, ...]


def caption(text: str, cell: str, *, among_headings: bool = False) -> Caption | None:
    """The units that a cell names for a whole table; None where it names none. Among headings only a cell that begins
    with 单位 does: `出口额(万美元)` is a heading.

    >>> caption("2018年企业出口统计表　单位：万美元", "A1").units, caption("填报单位：元通公司", "A2")
    (('万美元',), None)
    """
    said = _SPLIT.sub("", re.sub(r"\s+", " ", unicodedata.normalize("NFKC", text)).strip().upper())
    if among_headings and not _AMONG_HEADINGS.match(said):
        return None
    said = _QUALIFIED.sub(lambda m: _in(unit_of(m[1]), unit_of(m[2])), said)
    units, currencies = _named(said)
    if not units and not currencies:
        found = _WHOLE.fullmatch(said) or (_IN_WORDS.fullmatch(said) if len(said) <= _SHORT else None)
        units = [unit_of(next(filter(None, found.groups())))] if found else []
    if len(currencies) == 1:
        units = [_in(u, currencies[0]) for u in units] or currencies
    return Caption(cell, tuple(dict.fromkeys(units))) if units else None


def below(cells: Sequence[str], row: int, places: Mapping[str, int], columns: Sequence[Column]) -> None:
    """Raises FileRefused where the row under the headings holds units of amounts instead of amounts."""
    for column in columns:
        x = places.get(column.field, len(cells))
        found = _WHOLE.fullmatch(fold(cells[x])) if column.kind in MONEY and x < len(cells) else None
        if found:
            heading = f"“{column.heading.partition('(')[0]}”"
            problem = FileProblem("UNIT_UNCLEAR", unit_of(found[1]), heading, cell=f"{column_letters(x + 1)}{row}")
            raise FileRefused([problem])


def _named(said: str) -> tuple[list[str], list[str]]:
    """The units behind 单位, and the currencies behind 币种."""
    units: list[str] = []
    currencies: list[str] = []
    for found in _NAMED.finditer(said):
        if "为" in found[0] and len(said) > _SHORT // 2:
            continue
        for word in _BETWEEN.split(said[found.end() :]):
            if unit := _name(word):
                (currencies if found["currency"] else units).append(unit)
            elif _OPEN.fullmatch(word):
                units.append(word)
            elif word and not _COUNTED.fullmatch(word):
                break
    return units, currencies


def _name(word: str) -> str:
    """A word as the name of a unit or of a scale alone, whatever follows it; "" where it is neither."""
    begins = _UNIT.match(word)
    if begins and begins["of"] == "元" and begins[0] != word:
        return ""  # the name of a firm may begin so
    return unit_of(begins[0]) if begins else word if word in SCALES else ""


def _in(unit: str, currency: str) -> str:
    """A unit of which another word says the currency: 单位：万元　币种：美元."""
    scale = unit.removesuffix("元")
    return f"{scale}{currency}" if scale in SCALES else unit


def resolve(
    headings: Mapping[str, tuple[Column, str]], captions: Sequence[Caption]
) -> tuple[dict[str, Decimal], list[FileProblem]]:
    """The unit of each amount, and what is to be said of it; `headings` are its column and its heading's own unit.

    A heading's own unit wins. Raises FileRefused where captions leave open what a heading without one is in.
    """
    names = list(dict.fromkeys(u for c in captions for u in c.units))
    units: dict[str, Decimal] = {}
    told: dict[str, list[str]] = {}
    for field, (column, own) in headings.items():
        money = MONEY[column.kind]
        meant = [f"{u}{money}" if u in SCALES else u for u in names]
        fitting = [u for u in meant if u.removesuffix(money) in SCALES]
        if own or not names:
            units[field] = UNITS[own or money]
            code = "UNIT_DIFFERS" if names and own not in meant else ""
        elif len(fitting) == 1:
            units[field] = UNITS[fitting[0]]
            code = "UNIT_CAPTION" if fitting[0] != money else ""
        else:
            code = "UNIT_UNCLEAR"
        if code:
            told.setdefault(code, []).append(f"“{column.heading.partition('(')[0]}”")
    said = f"单位：{'、'.join(names)}"
    problems = [FileProblem(code, value=said, more="、".join(of), cell=captions[0].cell) for code, of in told.items()]
    if unclear := [p for p in problems if p.code == "UNIT_UNCLEAR"]:
        raise FileRefused(unclear)
    return units, problems
