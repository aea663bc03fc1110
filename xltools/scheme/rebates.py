"""Which rule lets an indemnity count as foreign exchange received (赔款视同收汇), as dated data; nothing here computes."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from xltools.scheme.model import Figure, Model, Words

Years = Annotated[int, Field(ge=1, le=100)]
EVER, FOREVER = date(1900, 1, 1), date(9999, 12, 31)


class Rule(Model):
    """A rule for indemnities paid from `from` to `to` on goods exported from `exported_from` to `exported_to`, inclusive.

    `due` is the day (MM-DD) of the year after export by which foreign exchange is to be received, `months` the most
    after export where the contract's own last day is later, `keep` the years for which papers are kept. What the rule's
    source did not say, or nobody has seen, stands in `unknown`.
    """

    id: Words
    title: Words
    clause: Words
    start: date = Field(alias="from")
    end: date = Field(FOREVER, alias="to")
    exported_from: date = EVER
    exported_to: date = FOREVER
    says: Words
    due: Figure[Annotated[str, Field(pattern=r"^\d{2}-\d{2}$")]] | None = None
    months: Figure[Annotated[int, Field(ge=1, le=600)]] | None = None
    keep: Figure[Years] | None = None
    unknown: tuple[Literal["due", "months", "keep"], ...] = ()
    note: str = ""

    @model_validator(mode="after")
    def _either(self) -> Self:
        for name in ("due", "months", "keep"):
            if (getattr(self, name) is None) != (name in self.unknown):
                raise ValueError(f"规则 {self.id}：{name} 要么写明，要么列入 unknown")
        if self.due:
            date.fromisoformat(f"2001-{self.due.value}")
        if self.end < self.start or self.exported_to < self.exported_from:
            raise ValueError(f"规则 {self.id}：终止日早于起始日")
        return self

    @property
    def called(self) -> str:
        return f"{self.title} {self.clause}"


class RebateRules(Model):
    """The rules in their order, and what is said where none holds, of what was not covered, and of codes nobody has seen."""

    silent: Words
    uncovered: Words
    reasons: Words
    rule: tuple[Rule, ...]
