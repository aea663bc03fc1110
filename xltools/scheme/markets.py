"""Market groups (市场组) of the statistics, as dated data: key countries, emerging markets, RCEP and what an office adds."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from xltools.scheme.countries import Group, short_names
from xltools.scheme.model import Model, Scheme, Words

NAME = "market_groups"
"""What the data file is called, ours and an office's own."""
Code = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]


class Market(Model):
    """One stretch of a group: ISO 3166-1 alpha-2 members with their source, from the first day to the last (both count).

    `takes`: the members are those of the scheme's own parameter.
    """

    title: Words
    source: Words
    takes: Literal["", "key_countries", "emerging_groups"] = ""
    since: date | None = None
    until: date | None = None
    note: str = ""
    members: frozenset[Code] = frozenset()

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.takes and self.members:
            raise ValueError("takes 和 members 只能写一个")
        if self.since and self.until and self.until < self.since:
            raise ValueError("until 早于 since")
        if unknown := sorted(self.members - short_names().keys()):
            raise ValueError(f"members 里没有这样的国别代码：{'、'.join(unknown)}")
        return self

    def holds(self, day: date) -> bool:
        return (self.since is None or self.since <= day) and (self.until is None or day <= self.until)


class Markets(Model):
    """All groups (data file `market_groups`), in the order in which they are shown."""

    group: tuple[Market, ...] = ()

    def on(self, day: date, scheme: Scheme, groups: Mapping[str, Group]) -> dict[str, frozenset[str]]:
        """Members by title as they hold on `day`, the union of a group's stretches; a group that has none yet is there."""
        out: dict[str, frozenset[str]] = {}
        for one in self.group:
            mine = _taken(one, scheme, groups) if one.holds(day) else frozenset()
            out[one.title] = out.get(one.title, frozenset()) | mine
        return out


def _taken(one: Market, scheme: Scheme, groups: Mapping[str, Group]) -> frozenset[str]:
    if one.takes == "key_countries":
        return frozenset(scheme.key_countries.value)
    if one.takes == "emerging_groups":
        return frozenset(c for g in groups.values() for c in g.members)
    return one.members
