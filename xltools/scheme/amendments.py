"""Amendments within the year (年内变更, “扩容”): dated changes beside the scheme file; the day decides which text holds.

What a change of pools means for the money is not decided here: an amendment moves none, the fund account does.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Annotated, Any

from pydantic import Field

from xltools.scheme.canonical import canonical
from xltools.scheme.change import Change, changed
from xltools.scheme.keyed import differing, key_of
from xltools.scheme.model import Amended, Model, Scheme, Words
from xltools.scheme.reading import SchemeError, checked, data_of, parse, path_of, valid

SUFFIX = ".变更.toml"
"""A change file is called as its scheme, with this behind."""

FIXED = {
    r"id": "方案编号", r"title": "名称", r"prefix": "受理编号的开头", r"year": "年度", r"base_year\..*": "基年",
    r"enrolment\..*": "参加方式", r"cover\.start\..*": "保险期起", r"emerging_groups\..*": "新兴市场的国别组",
    r"key_label": "重点国别的叫法", r"insurers\..*\.id": "保险人的增减", r"insurers\..*\.name": "保险人的简称",
}  # fmt: skip
"""Keys that cannot change within a year: numbers already given, pools, the ledger's columns and templates hang on them."""


class Amendment(Change):
    """An amendment: from that day on the scheme holds as changed."""

    since: date
    document: Words
    """Number of the document that orders it (文号)."""
    note: str = ""


class ChangeFile(Model):
    """A change file: its amendments in the order of their days."""

    amendment: Annotated[tuple[Amendment, ...], Field(min_length=1)]


@dataclass(frozen=True)
class Stage:
    """A text that holds from `since` on (None: from the beginning), and the scheme that it says."""

    since: date | None
    text: str
    scheme: Scheme


@dataclass(frozen=True)
class Dated:
    """A scheme year with its amendments: `stages` in the order of their days, the first is the scheme as it was passed.

    `file` is the change file's name, "" where there is none.
    """

    file: str
    stages: tuple[Stage, ...]

    @property
    def first(self) -> Stage:
        return self.stages[0]

    def on(self, day: date) -> Stage:
        """What holds on that day."""
        return [s for s in self.stages if s.since is None or s.since <= day][-1]


@lru_cache(maxsize=16)
def amended(text: str, name: str, changes: str, file: str) -> Dated:
    """The stages of a scheme's text; `changes` is the text of its change file, "" where there is none.

    Raises SchemeError, naming file and key: an amendment outside of acceptance and cover, or dated before the one above
    it; a key that is unknown or may not change; money that no pool gets.
    """
    stages = [Stage(None, text, parse(text, name))]
    for place, one in enumerate(_amendments(changes, file) if changes else (), 1):
        stages.append(_next(stages[-1], one, f"{file}：amendment[{place}]（{one.since} {one.document}）"))
    return Dated(file if changes else "", tuple(stages))


def _amendments(text: str, file: str) -> tuple[Amendment, ...]:
    return valid(ChangeFile, data_of(text, file), file, path_of).amendment


def _next(last: Stage, one: Amendment, where: str) -> Stage:
    scheme = last.scheme
    start = min(scheme.acceptance.start.value, scheme.cover.start.value)
    end = max(scheme.acceptance.end.value, scheme.cover.end.value)
    if not start <= one.since <= end:
        raise SchemeError(
            f"{where}：since 须在收件期和保险期之内（{start} 至 {end}）；另一年度的方案请另做一个方案文件"
        )
    if last.since is not None and one.since < last.since:
        raise SchemeError(f"{where}：比上面一项（{last.since}）早；请按日期先后排列")
    if any((a.since, a.document) == (one.since, one.document) for a in scheme.amended):
        raise SchemeError(f"{where}：同一天、同一文号写了两次；请合成一项")
    old = data_of(last.text, where)
    data = changed(old, one, where, one.document)
    keys = differing(old, data)
    _refuse_fixed(keys, where)
    data["amended"] = [*old.get("amended", ()), _record(one, keys).model_dump()]
    new = checked(data, where, lambda loc: key_of(data, loc) or "改后的方案")
    _refuse_homeless(scheme, new, where)
    text = canonical(new)
    return Stage(one.since, text, parse(text, where))


def _refuse_fixed(keys: list[str], where: str) -> None:
    wrong = {key: called for key in keys for fixed, called in FIXED.items() if re.fullmatch(fixed, key)}
    if wrong:
        raise SchemeError("\n".join(f"{where}：{key}（{called}）一年之内不能改" for key, called in wrong.items()))


def _refuse_homeless(old: Scheme, new: Scheme, where: str) -> None:
    """Every yuan by which the total changes lies in a pool: money comes from the fund account alone, and once."""
    total = new.total.value - old.total.value
    pools = sum((i.pool.value for i in new.insurers), Decimal(0)) - sum(
        (i.pool.value for i in old.insurers), Decimal(0)
    )
    if total != pools:
        raise SchemeError(
            f"{where}：total 变动 {_number(total)} 元，各保险人 pool 合计变动 {_number(pools)} 元；两者须相等，"
            "总盘子增减的每一元都要落到某个保险人的资金盘子里"
        )


def _record(one: Amendment, keys: list[str]) -> Amended:
    said = json.dumps(one.model_dump(exclude={"note"}), ensure_ascii=False, sort_keys=True, default=_plain)
    sha256 = hashlib.sha256(said.encode()).hexdigest()
    return Amended(since=one.since, document=one.document, note=one.note, keys=tuple(keys), sha256=sha256)


def _plain(value: Any) -> str:
    return _number(value) if isinstance(value, Decimal) else str(value)


def _number(value: Decimal) -> str:
    """A decimal without idle zeros and exponent."""
    return f"{value.normalize():f}"


__all__ = ["SUFFIX", "Amendment", "ChangeFile", "Dated", "Stage", "amended"]
