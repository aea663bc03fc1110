"""Services, warnings, finance and credit information as data (服务、预警、融资、资信): open vocabularies, and what firms may have.

Nothing here computes. What the source does not say is absent: the quota of extra reports (003 六).
"""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from xltools.scheme.model import Figure, Model, Money, Words

UNSET = "未定，请市局填"
"""What is said where a parameter without a default is asked for."""
Choices = Annotated[tuple[Words, ...], Field(min_length=1)]


class Kind(Model):
    """A kind of service (类别). `event`: it may be held for no single firm, and firms that are not enrolled may come;
    `asks`: a firm brings it forward, so the time at which it asked is wanted."""

    name: Words
    event: bool = False
    asks: bool = False
    clause: Words


class Lists(Model):
    """The other vocabularies, by column: words in the order in which they are offered."""

    channel: Choices
    topic: Choices
    satisfaction: Choices
    level: Choices
    way: Choices
    product: Choices
    loan_channel: Choices
    report: Choices
    report_class: Choices


class Credit(Model):
    """Credit reports (资信报告, 003 六): up to `exports` USD a year, inclusive, every firm has the `basic` ones; enrolled
    firms have `quota` further reports on `buyer` a policy year, booked as `extra`."""

    exports: Figure[Money]
    basic: Words
    extra: Words
    buyer: Words
    clause: Words
    quota: Figure[Annotated[int, Field(ge=0)]] | None = None


class Services(Model):
    """The whole file."""

    kind: Annotated[tuple[Kind, ...], Field(min_length=1)]
    lists: Lists
    credit: Credit

    @model_validator(mode="after")
    def _whole(self) -> Self:
        for key, words in self.words.items():
            if twice := sorted({w for w in words if words.count(w) > 1}):
                raise ValueError(f"{key} 重复：{'、'.join(twice)}")
        for name, key in (
            (self.credit.basic, "report_class"),
            (self.credit.extra, "report_class"),
            (self.credit.buyer, "report"),
        ):
            if name not in self.words[key]:
                raise ValueError(f"credit：“{name}”不在 {key} 里")
        return self

    @property
    def words(self) -> dict[str, tuple[str, ...]]:
        """Every vocabulary by its key."""
        return {"kind": tuple(k.name for k in self.kind), **self.lists.model_dump()}

    def kinds(self, what: str) -> frozenset[str]:
        """Names of the kinds that are `event`, or that are `asks`."""
        return frozenset(k.name for k in self.kind if getattr(k, what))
