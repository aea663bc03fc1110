"""What the yearly evaluation measures by (绩效评估标准), as data: thresholds of 七 with their clauses, and the forms' rows."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from xltools.scheme.model import Figure, Model, Ratio, Words

NAME = "evaluation"
"""What the data file is called, ours and an office's own."""
Count = Annotated[int, Field(ge=0)]
Kinds = Annotated[tuple[Words, ...], Field(min_length=1)]


class RecordKinds(Model):
    """Which kinds of the service log (服务记录, 类别) count for which criterion."""

    visit: Kinds
    call: Kinds
    seminar: Kinds
    advice: Kinds
    complaint: Kinds


class Criterion(Model):
    """A criterion of 七 in its own words."""

    clause: Words
    text: Words


class Visits(Criterion):
    """七（一）1: `each` firm so many visits a year, `twice_share` of them (inclusive) `twice`; whom it is about."""

    key_share: Figure[Ratio]
    policy_tick: Figure[bool]
    each: Figure[Count]
    twice: Figure[Count]
    twice_share: Figure[Ratio]


class Calls(Criterion):
    """七（一）2: `each` insured firm so many calls a quarter in which its policy held at least `least_days`."""

    each: Figure[Count]
    least_days: Figure[Annotated[int, Field(ge=1)]]


class Seminars(Criterion):
    """七（一）3: so many a year, inclusive."""

    each: Figure[Count]


class Alerts(Criterion):
    """七（一）4: within how many days of an alert firms are told; None where nobody has said (未查到)."""

    days: Figure[Count] | None = None


class Complaints(Criterion):
    """七（一）5: so many at most."""

    most: Figure[Count]


class ClaimTimes(Criterion):
    """七（一）6: the share of decided cases that must be in time, and how many firms may be displeased."""

    share: Figure[Ratio]
    displeased: Figure[Count]


class Growth(Criterion):
    """七（二）1: what makes a firm of the same kind (同类型)."""

    same_band: Figure[bool]
    same_area: Figure[bool]


class Points(Model):
    """How a 自评表 is weighed."""

    execution: Figure[Count]
    output: Figure[Count]
    effect: Figure[Count]
    satisfaction: Figure[Count]


class Head(Model):
    """One cell at the head of the forms; `fills`: what of the scheme stands in it ("": the bureau's own)."""

    title: Words
    fills: Literal["", "title", "policyholder", "cover"] = ""


FIRSTS = {"产出指标": "output", "效益指标": "effect", "满意度指标": "satisfaction"}
"""First-level indicators (一级指标), and what of :class:`Points` they share out."""
Measure = Literal[
    "", "firms", "insured", "seminars", "visits", "calls", "claims", "fiscal", "growth", "emerging", "complaints"
]


class Indicator(Model):
    """A third-level indicator (三级指标) of the forms; `measure`: what of the evaluation fills it ("": the bureau)."""

    first: Literal["产出指标", "效益指标", "满意度指标"]
    second: Words
    title: Words
    points: Count
    clause: Words
    measure: Measure = ""


class Evaluation(Model):
    """The data file `evaluation`."""

    kinds: RecordKinds
    visits: Visits
    calls: Calls
    seminars: Seminars
    alerts: Alerts
    complaints: Complaints
    claims: ClaimTimes
    growth: Growth
    emerging: Criterion
    points: Points
    head: tuple[Head, ...] = ()
    indicator: tuple[Indicator, ...] = ()

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        titles = [*self.titles]
        if twice := sorted({t for t in titles if titles.count(t) > 1}):
            raise ValueError(f"指标重复：{'、'.join(twice)}")
        for first, of in FIRSTS.items():
            whole = getattr(self.points, of).value
            mine = sum(i.points for i in self.indicator if i.first == first)
            if mine != whole:
                raise ValueError(f"{first}各项分值合计 {mine}，应为 {whole}")
        return self

    @property
    def titles(self) -> tuple[str, ...]:
        """Everything that the bureau may fill in: indicators, then the heads."""
        return (*(i.title for i in self.indicator), *(h.title for h in self.head))
