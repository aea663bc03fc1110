"""Amendments within the year (年内变更, “扩容”): dated changes beside the scheme file; the day decides which text holds.

What a change of pools means for the money is not decided here: an amendment moves none, the fund account does.
"""

from __future__ import annotations

import hashlib
import json
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
    "id": "方案编号", "title": "名称", "prefix": "受理编号的开头", "year": "年度", "base_year": "基年",
    "enrolment": "参加方式", "emerging_groups": "新兴市场的国别组", "key_label": "重点国别的叫法", "amended": "变更记录",
}  # fmt: skip
"""What cannot change within a year: numbers already given, the ledger's columns and the templates hang on it."""


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
    _refuse_fixed(one, where)
    old = data_of(last.text, where)
    data = changed(old, one, where, one.document)
    data["amended"] = [*data.get("amended", ()), _record(one, differing(old, data)).model_dump()]
    new = checked(data, where, lambda loc: key_of(data, loc) or "改后的方案")
    _refuse_homeless(scheme, new, where)
    text = canonical(new)
    return Stage(one.since, text, parse(text, where))


def _refuse_fixed(one: Amendment, where: str) -> None:
    touched = [*one.change, *one.add, *(key.split(".")[0] for key in one.remove)]
    wrong = [f"{where}：{key}（{FIXED[key]}）一年之内不能改" for key in dict.fromkeys(touched) if key in FIXED]
    gone = [key for key in one.remove if key.startswith("insurers.") and key.count(".") == 1]
    wrong += [
        f"{where}：保险人一年之内不能增减（{key}）"
        for key in (["add.insurers"] if one.add.get("insurers") else []) + gone
    ]
    if wrong:
        raise SchemeError("\n".join(wrong))


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
    said = json.dumps(one.model_dump(), ensure_ascii=False, sort_keys=True, default=_plain)
    sha256 = hashlib.sha256(said.encode()).hexdigest()
    return Amended(since=one.since, document=one.document, note=one.note, keys=tuple(keys), sha256=sha256)


def _plain(value: Any) -> str:
    return _number(value) if isinstance(value, Decimal) else str(value)


def _number(value: Decimal) -> str:
    """A decimal without idle zeros and exponent."""
    return f"{value.normalize():f}"


__all__ = ["SUFFIX", "Amendment", "ChangeFile", "Dated", "Stage", "amended"]
