"""The clocks of a firm's year (期限), as data: how long, in which unit, from which day, by which clause.

Nothing here computes; see `engine.clocks`. A clause that nobody has found is `UNFOUND`.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from xltools.scheme.model import Figure, Model, Money, Ratio, Words

UNFOUND = "未查到"
DAYS, WORKING, MONTHS = "日", "工作日", "月"
Count = Annotated[int, Field(ge=1, le=3660)]
Since = Literal["known", "due", "noticed"]


class Span(Model):
    """So many days, working days or months since the first of these dates that is filled in."""

    value: Count
    unit: Literal["日", "工作日", "月"]
    clause: Words
    note: str = ""
    since: tuple[Since, ...] = ()


class Decision(Model):
    """Within how long an insurer decides on the claims of `client` once they are accepted with all documents (003 十二).

    `refusal`: whether a refusal is a decision.
    """

    value: Count
    unit: Literal["日", "工作日", "月"]
    clause: Words
    note: str = ""
    client: Words
    refusal: bool


class Green(Model):
    """Up to which amount in USD, inclusive, a claim of `client` takes the green channel (绿色通道, 003 十一)."""

    value: Money
    unit: Words
    clause: Words
    note: str = ""
    client: Words


class Documents(Model):
    """What must have come of both sets before the documents are complete (单证齐备)."""

    basic: tuple[str, ...]
    mandate: tuple[str, ...]
    clause: Words
    note: str = ""


class Cause(Model):
    """The clocks of one cause of loss (风险类型); what is not known is absent."""

    name: Words
    notice: Span | None = None
    filing: Span | None = None
    waiting: Span | None = None

    @model_validator(mode="after")
    def _begins(self) -> Self:
        for span in (self.notice, self.filing, self.waiting):
            if span and not span.since:
                raise ValueError(f"风险类型“{self.name}”：每个期限要有 since：从哪个日期起算")
        return self


class Owed(Model):
    """How often an insurer owes a firm a service of these `kinds`; `share`: firms whose share of key countries is at least that."""

    value: Count
    unit: Words
    every: Literal["季", "年"]
    kinds: tuple[str, ...]
    clause: Words
    note: str = ""
    share: Ratio = Decimal(0)


class Hours(Model):
    """Within how many hours a firm's question is answered (003 十三)."""

    value: Count
    unit: Literal["小时"]
    clause: Words
    note: str = ""


class Clocks(Model):
    """All of them. `ahead` and `soon` are days before a deadline: from when it is listed, from when it presses."""

    ahead: Figure[Annotated[int, Field(ge=0)]]
    soon: Figure[Annotated[int, Field(ge=0)]]
    decision: Decision
    green: Green
    documents: Documents
    cause: tuple[Cause, ...]
    calls: Owed
    visits: Owed
    answers: Hours

    @model_validator(mode="after")
    def _once(self) -> Self:
        names = [c.name for c in self.cause]
        if twice := sorted({n for n in names if names.count(n) > 1}):
            raise ValueError(f"风险类型 重复：{'、'.join(twice)}")
        return self
