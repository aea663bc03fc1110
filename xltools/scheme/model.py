"""What a scheme (平台方案) is: frozen models, one per idea, every number with its unit and clause.

Nothing here computes. Amounts are Decimals as written in the scheme file; `engine` turns them into integers.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Annotated, Generic, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, model_validator

T = TypeVar("T")
Ratio = Annotated[Decimal, Field(ge=0, le=1)]
Positive = Annotated[Decimal, Field(gt=0)]
NotNegative = Annotated[Decimal, Field(ge=0)]
Money = Annotated[Decimal, Field(ge=0, decimal_places=2)]
"""Dollars or yuan, no finer than the cent or fen that the engine counts in."""
Words = Annotated[str, Field(min_length=1)]


class Model(BaseModel):
    """Frozen, and a key that it does not know is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=False)


class Figure(Model, Generic[T]):
    """A number or date of the scheme with its unit and the clause it comes from (条款)."""

    value: T
    unit: Words
    clause: Words
    note: str = ""


class Period(Model):
    """A closed period: both ends belong to it."""

    start: Figure[date]
    end: Figure[date]

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.end.value < self.start.value:
            raise ValueError("终止日早于起始日")
        return self

    def holds(self, day: date) -> bool:
        return self.start.value <= day <= self.end.value


class Area(Model):
    """An area of the platform (所属区); `valid_to` is the last day that the name exists."""

    name: str
    aliases: tuple[str, ...] = ()
    code: str = ""
    valid_from: date | None = None
    valid_to: date | None = None

    def exists(self, day: date) -> bool:
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_to is None or day <= self.valid_to)


class Outside(Model):
    """A neighbouring area that people write, and why it is outside the platform: for hints."""

    name: str
    why: str


class Band(Model):
    """A band of base-year exports (出口额区间), inclusive at both ends; no `max` means open above."""

    id: str
    title: str
    min: Figure[Money]
    max: Figure[Money] | None = None
    default_plans: tuple[str, ...]
    """Plans tried in this order where no wish is given; the first that the firm is entitled to."""


class Entitlement(Model):
    """What a plan asks of the firm beyond its band; every condition that is given must hold."""

    key_share: Figure[Ratio] | None = None
    """Least share of base-year exports that goes to the key countries (重点国别), inclusive."""
    key_exports: Figure[Money] | None = None
    """Least base-year exports to the key countries in USD, inclusive."""
    policy_tick: Figure[bool] | None = None
    """The bureau (in `quote`: the district) says that the firm follows the policy direction (政策导向)."""


class Plan(Model):
    """A plan (方案): what it covers, what it costs, who pays."""

    id: str
    title: str
    band: str
    clause: str
    limit: Figure[Money] | None = None
    """Maximum indemnity in USD (最高赔偿限额)."""
    limit_multiple: Figure[Positive] | None = None
    """Maximum indemnity as a multiple of the premium; with `limit`, the smaller of both."""
    limit_basis: Literal["policy_year", "buyer", "case"] = "policy_year"
    """What the maximum indemnity holds for: all of a policy year together, each buyer, or each case."""
    buyer_limit: Figure[Money] | None = None
    """Limit per buyer in USD (单一买方限额)."""
    indemnity_ratio: Figure[Ratio] | None = None
    rate: Figure[NotNegative]
    """Premium rate as a fraction of base-year exports (费率)."""
    discount: Figure[Ratio] | None = None
    """Bid discount on the rate (中标下浮率)."""
    minimum_premium: Figure[Money] | None = None
    """Least premium in USD per policy, before FX and share (单张保单最低保费)."""
    fiscal_share: Figure[Ratio]
    """Share of the premium that the budget pays (财政扶持比例)."""
    fiscal_cap_of_exports: Figure[Ratio] | None = None
    """The budget pays at most this fraction of base-year exports."""
    needs_copay: Figure[bool] | None = None
    """The firm must have promised to pay its share itself (承诺自缴保费)."""
    entitlement: Entitlement = Entitlement()


class Reduction(Model):
    """A premium reduction (保费优惠); where several fit, the largest counts. Empty tuples fit every firm.

    It holds from `since` to `until`, both inclusive. With `list` it counts only for firms that stand on that list (名单).
    """

    title: str
    off: Figure[Ratio]
    sizes: tuple[str, ...] = ()
    tiers: tuple[str, ...] = ()
    list: str = ""
    since: date | None = None
    until: date | None = None

    def holds(self, day: date) -> bool:
        return (self.since is None or self.since <= day) and (self.until is None or day <= self.until)


class Insurer(Model):
    """An insurer (保险人) and the money prepaid to it."""

    id: str
    name: str
    full_name: str
    pool: Figure[Money]
    """Fiscal money in RMB yuan, a hard cap (资金盘子)."""
    default: bool = False
    layout: str = "default"
    """Name of the layout file for the sheets that this insurer loads."""
    aliases: tuple[str, ...] = ()


class Fx(Model):
    """Exchange rate: by insurer and month of policy entry; before that is known, what `price_unsent_at` says (预估)."""

    budget: Figure[Positive]
    convention: Literal["insurer_entry_month"] = "insurer_entry_month"
    clause: str


class Queue(Model):
    """How applications line up and what happens at the end of the money."""

    ordering: Figure[Literal["strict", "priority_within_day", "priority_first"]]
    when_head_does_not_fit: Figure[Literal["stop", "skip"]]
    reserve: Figure[NotNegative]
    """Sent rows hold estimate × (1 + reserve) until they are issued."""


class Priority(Model):
    """A priority condition (优先条件): met by figures, or declared and confirmed by a list or the bureau.

    `key_dependent` (二（一）) is met where the policy tick is given and the key countries' share of base-year exports
    is `threshold` or more. A condition without `no` is one that nobody declares.
    """

    no: Annotated[int, Field(ge=1)] | None = None
    title: str
    clause: str
    kind: Literal["key_dependent", "growth", "emerging_share", "confirmed"]
    threshold: Figure[Ratio] | None = None
    list: str = ""
    """Name of the list (名单) that confirms it."""
    from_nothing: bool = True
    """Of `growth`: whether a firm that exported nothing the year before has grown."""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.threshold is not None) != (self.kind in ("key_dependent", "emerging_share")):
            raise ValueError(f"优先条件“{self.title}”：key_dependent、emerging_share 须有 threshold，其他的不能有")
        if self.kind == "confirmed" and self.no is None:
            raise ValueError(f"优先条件“{self.title}”：confirmed 由企业按序号申报，须有 no")
        return self


class Tolerance(Model):
    """How far a declared figure may lie from customs: the larger of both."""

    ratio: Figure[Ratio]
    usd: Figure[Money]


class Planning(Model):
    """A figure that the source document plans with; it warns and never refuses."""

    id: str
    title: str
    figure: Figure[Decimal]
    plans: tuple[str, ...] = ()


class Amended(Model):
    """An amendment (变更) that this text contains: from which day, by which document, the keys whose values it changed,
    and the hash of what it says but for the note."""

    since: date
    document: Words
    note: str = ""
    keys: tuple[str, ...] = ()
    sha256: str


class Scheme(Model):
    """One scheme year (平台年度方案), valid for the closed period `cover` and for no other year."""

    id: str
    title: str
    prefix: Annotated[str, Field(pattern=r"^[A-Z]{2,6}\d{4}$")]
    """Start of every 受理编号."""
    document: str
    policyholder: str
    year: int
    base_year: Figure[int]
    enrolment: Figure[Literal["application", "list"]]
    """By application, or by a list that the bureau draws from customs data."""
    cover: Period
    acceptance: Period
    late_start: Figure[Literal["scheme_start", "issue_date", "collected_by"]]
    """From when a firm is covered: all from the scheme's first day; each from its issue date, the scheme's first day at
    the earliest; or the first for firms whose materials were complete by `collected_by`, the second for later ones."""
    collected_by: Figure[date] | None = None
    areas: tuple[Area, ...]
    outside: tuple[Outside, ...] = ()
    """Neighbouring areas that people write."""
    bands: tuple[Band, ...]
    gap_hint: str = ""
    plans: tuple[Plan, ...]
    reductions: tuple[Reduction, ...] = ()
    insurers: tuple[Insurer, ...]
    total: Figure[Money]
    """All fiscal money in RMB yuan, a hard cap."""
    planning: tuple[Planning, ...] = ()
    fx: Fx
    price_unsent_at: Figure[Literal["budget", "latest"]] = Figure(
        value="budget",
        unit="规则",
        clause="本工具参数",
        note="未报送的按预算汇率测算。可改 latest：按各保险人最新的已知汇率",
    )
    """At which rate rows not yet sent are priced: the budget rate, or the latest loaded rate of their insurer."""
    fx_guard: Figure[Literal["refuse", "warn"]] = Figure(
        value="refuse", unit="规则", clause="本工具参数",
        note="按最新的已知汇率资金会不够时，报送须明确接受汇率风险。可改 warn：只提示",
    )  # fmt: skip
    """What `submit` does where a pool would break at its insurer's latest loaded rate."""
    queue: Queue
    priorities: tuple[Priority, ...] = ()
    key_label: str
    """How the key countries are called in headings, e.g. 对美."""
    key_countries: Figure[tuple[str, ...]]
    emerging_groups: Figure[tuple[str, ...]]
    """Ids of country groups whose union counts as emerging markets (新兴市场)."""
    tolerance: Tolerance
    row_limit: Figure[int]
    code_prefix: Figure[str]
    """First digits of the customs code, and of the region in the unified social credit code."""
    publicity_days: Figure[int] | None = None
    payment_days: Figure[int] = Figure(
        value=30, unit="日", clause="本工具参数",
        note="企业自缴部分的缴费期限，自保单录入日起算；方案原文未写明，以保险人的缴费通知为准",
    )  # fmt: skip
    """Within how many days from the entry of its policy a firm pays its own part of the premium."""
    amended: tuple[Amended, ...] = ()
    """The amendments within the year that are in this text, in their order; none in the scheme as it was passed."""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        _once("方案", [p.id for p in self.plans])
        _once("区间", [b.id for b in self.bands])
        _once("保险人", [i.id for i in self.insurers])
        _once("所属区", [a.name for a in self.areas])
        _once("优先条件", [str(p.no) for p in self.numbered])
        if (self.late_start.value == "collected_by") != (self.collected_by is not None):
            raise ValueError("late_start 为 collected_by 时须写明 collected_by 的日期，为其他值时不能写")
        bands = {b.id for b in self.bands}
        plans = {p.id: p for p in self.plans}
        for plan in self.plans:
            if plan.band not in bands:
                raise ValueError(f"方案 {plan.id} 的区间 {plan.band} 不存在；已有：{'、'.join(sorted(bands))}")
        for band in self.bands:
            for name in band.default_plans:
                if name not in plans or plans[name].band != band.id:
                    raise ValueError(f"区间 {band.id} 的默认方案 {name} 不是本区间的方案")
        if sum(i.default for i in self.insurers) != 1:
            raise ValueError("保险人中须恰有一家 default = true")
        for band in self.bands:
            if band.max and band.max.value < band.min.value:
                raise ValueError(f"区间 {band.id} 的上限低于下限")
        edges = sorted((b.min.value, b.max.value if b.max else None) for b in self.bands)
        for (_, high), (low, _) in pairwise(edges):
            if high is None or low <= high:
                raise ValueError("出口额区间互相重叠")
        return self

    def __hash__(self) -> int:
        """By the id alone: schemes are keys of caches that are asked for every file."""
        return hash(self.id)

    @property
    def default_insurer(self) -> Insurer:
        return next(i for i in self.insurers if i.default)

    @property
    def numbered(self) -> tuple[Priority, ...]:
        """The priority conditions that a firm may declare by their number."""
        return tuple(p for p in self.priorities if p.no is not None)

    @property
    def holds_since(self) -> str:
        """From when this text holds and by which document, in words; "" for the scheme as it was passed."""
        return f"自 {self.amended[-1].since} 起，依据 {self.amended[-1].document}" if self.amended else ""

    @property
    def areas_of_year(self) -> tuple[Area, ...]:
        """The areas that may be reported: those that exist when cover begins, and those that an amendment's day finds."""
        days = (self.cover.start.value, *(a.since for a in self.amended))
        return tuple(a for a in self.areas if any(map(a.exists, days)))

    def areas_on(self, day: date) -> tuple[Area, ...]:
        return tuple(a for a in self.areas if a.exists(day))

    def plan(self, id: str) -> Plan:
        return next(p for p in self.plans if p.id == id)


def _once(what: str, ids: list[str]) -> None:
    twice = sorted({i for i in ids if ids.count(i) > 1})
    if twice:
        raise ValueError(f"{what} 重复：{'、'.join(twice)}")
