"""The assumptions (假设参数) of a scheme's budget: names, units, clauses and values, all from data.

A parameter's name (参数) is the defined name of its cell, what a scenario's table calls it, and what messages say.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from importlib import resources
from typing import Any, Literal

from xltools.scheme import Scheme
from xltools.scheme.model import Band, Figure, Plan

Kind = Literal["count", "usd", "yuan", "ratio", "rate", "factor", "fx"]
Role = tuple[str, str]
"""What the parameter is, and of which band, plan or insurer (its id; "" where there is only one)."""

UNITS = {
    "家": "firms",
    "美元": "exports",
    "家(未投保)": "uninsured_firms",
    "美元(未投保)": "uninsured_exports",
    "元": "cost",
}
"""What a planning figure of the scheme is, by its unit."""

UNWRITTEN = "原文未写明"
NAMES = {"base": "基准", "low": "低", "high": "高"}


@dataclass(frozen=True)
class Parameter:
    """One assumption. `low` and `high` are None where these scenarios do not differ from the base (基准)."""

    name: str
    role: Role
    group: str
    kind: Kind
    unit: str
    clause: str
    note: str
    base: Decimal
    low: Decimal | None = None
    high: Decimal | None = None


@dataclass(frozen=True)
class Stated:
    """What the source document plans for one band: planning figures by what they are, clause, take-up in its words."""

    band: Band
    plans: tuple[Plan, ...]
    figures: Mapping[str, Figure[Decimal]]
    takeup: Decimal | None
    takeup_words: str


@lru_cache(maxsize=16)
def parameters(scheme: Scheme) -> tuple[Parameter, ...]:
    """All parameters in the order of sheet 假设; names are unique and fit for defined names."""
    own = data(scheme)
    found = [*_bands(scheme, own), *_plans(scheme), *_money(scheme)]
    given = {which: own.get(which, {}) for which in ("low", "high")}
    out = []
    for p in found:
        values = {which: given[which].get(p.name) for which in given}
        if not own:
            values = {which: _usual(which, p) for which in given}
        out.append(Parameter(**{**p.__dict__, **values}))
    return tuple(out)


def by_role(scheme: Scheme) -> dict[Role, Parameter]:
    """The parameters by what they are."""
    return {p.role: p for p in parameters(scheme)}


def plans_of(scheme: Scheme, band: Band) -> tuple[Plan, ...]:
    """The band's plans; the one that everybody gets without asking (the rest, 其余) comes first."""
    there = [p for p in scheme.plans if p.band == band.id]
    rest = band.default_plans[-1] if band.default_plans else there[0].id
    return tuple(sorted(there, key=lambda p: p.id != rest))


def bands(scheme: Scheme) -> tuple[Band, ...]:
    """Bands that have plans, those with more plans first, then the larger exports."""
    there = [b for b in scheme.bands if plans_of(scheme, b)]
    return tuple(sorted(there, key=lambda b: (-len(plans_of(scheme, b)), -b.min.value)))


@lru_cache(maxsize=16)
def stated(scheme: Scheme) -> tuple[Stated, ...]:
    """What the source document plans, band by band; bands that it says nothing about are left out."""
    out = []
    for band in bands(scheme):
        ids = {p.id for p in plans_of(scheme, band)}
        figures = {UNITS[f.figure.unit]: f.figure for f in scheme.planning if f.plans and set(f.plans) <= ids}
        taken: Mapping[str, Any] = next((t for t in data(scheme).get("takeup", ()) if set(t["plans"]) <= ids), {})
        if figures:
            plans = tuple(p for p in scheme.plans if p.id in ids)
            out.append(Stated(band, plans, figures, taken.get("value"), taken.get("words", "")))
    return tuple(out)


def axes(scheme: Scheme) -> dict[str, tuple[Decimal, ...]]:
    """The steps of the sensitivity tables: fx, factor, first, second, rate, share."""
    usual: dict[str, Sequence[Decimal]] = {**_roles()["axes"], **data(scheme).get("axes", {})}
    return {name: tuple(values) for name, values in usual.items()}


@lru_cache(maxsize=16)
def data(scheme: Scheme) -> dict[str, Any]:
    """What is known about this scheme's budget beyond the scheme itself; empty where there is no file."""
    file = resources.files("xltools.sheets.budget") / f"{scheme.id}.toml"
    return tomllib.loads(file.read_text("utf-8"), parse_float=Decimal) if file.is_file() else {}


@lru_cache(maxsize=1)
def _roles() -> dict[str, Any]:
    text = (resources.files("xltools.sheets.budget") / "roles.toml").read_text("utf-8")
    return tomllib.loads(text, parse_float=Decimal)


def _make(
    role: str, group: str, figure: Figure[Decimal] | None, *, of: str = "", called: str = "", **over: Any
) -> Parameter:
    words = _roles()["roles"][role]
    name = re.sub(r"\W", "_", words["name"].format(band=called, plan=called, insurer=called))
    note = over.get("note") or (figure.note if figure and figure.note else words["note"])
    value = over["value"] if "value" in over else (figure.value if figure else Decimal(0))
    clause = over.get("clause") or (figure.clause if figure else UNWRITTEN)
    return Parameter(name, (role, of), group, words["kind"], words["unit"], clause, note, Decimal(value))


def _bands(scheme: Scheme, own: Mapping[str, Any]) -> Iterator[Parameter]:
    planned = {s.band.id: s.figures for s in stated(scheme)}
    for band in bands(scheme):
        said = planned.get(band.id, {})
        group = f"企业与出口额：{band.title}"
        for role in ("uninsured_firms", "uninsured_exports"):
            if role in said:
                yield _make(role, group, said[role], of=band.id, called=band.title)
        for role in ("firms", "exports"):
            yield _make(role, group, said.get(role), of=band.id, called=band.title)
        yield _make("factor", group, None, of=band.id, called=band.title, value=1, clause="本工具参数")
        there = plans_of(scheme, band)
        if len(there) > 1:
            yield from _mix(scheme, own, group, there)


def _mix(scheme: Scheme, own: Mapping[str, Any], group: str, plans: tuple[Plan, ...]) -> Iterator[Parameter]:
    ids = {p.id for p in plans}
    known: Mapping[str, Any] = next((m for m in own.get("mix", ()) if set(m["plans"]) == ids), {})
    for plan in scheme.plans:
        if plan.id in ids:
            share = known["plans"][plan.id] if known else Decimal(plan.id == plans[0].id)
            yield _make("mix", group, None, of=plan.id, called=plan.id, value=share, clause=known.get("clause"),
                        note=known.get("note"))  # fmt: skip


def _plans(scheme: Scheme) -> Iterator[Parameter]:
    group = "方案：费率、最低保费、财政比例"
    for plan in scheme.plans:
        parts: tuple[tuple[str, Figure[Decimal] | None], ...] = (
            ("rate", plan.rate), ("discount", plan.discount), ("minimum", plan.minimum_premium),
            ("share", plan.fiscal_share), ("cap", plan.fiscal_cap_of_exports),
        )  # fmt: skip
        for role, figure in parts:
            if figure is not None:
                yield _make(role, group, figure, of=plan.id, called=plan.id)
    if scheme.reductions:
        clauses = "、".join(dict.fromkeys(r.off.clause for r in scheme.reductions))
        yield _make("off", group, None, value=0, clause=clauses)


def _money(scheme: Scheme) -> Iterator[Parameter]:
    group = "资金与汇率"
    yield _make("fx", group, scheme.fx.budget)
    portions = _portions(scheme)
    if len(portions) > 1:
        for insurer in scheme.insurers:
            yield _make("portion", group, None, of=insurer.id, called=insurer.name, value=portions[insurer.id])
    for insurer in scheme.insurers:
        yield _make("pool", group, insurer.pool, of=insurer.id, called=insurer.name)
    yield _make("total", group, scheme.total)


def _portions(scheme: Scheme) -> dict[str, Decimal]:
    """Shares of the insurers as of the pools, to four places; the default insurer has the rest."""
    whole = sum((i.pool.value for i in scheme.insurers), Decimal(0))
    out = {
        i.id: (i.pool.value / whole).quantize(Decimal("0.0001"), ROUND_HALF_UP) if whole else Decimal(0)
        for i in scheme.insurers
    }
    rest = scheme.default_insurer.id
    return out | {rest: 1 - sum((v for k, v in out.items() if k != rest), Decimal(0))}


def _usual(which: str, p: Parameter) -> Decimal | None:
    times: Decimal | None = _roles()["usual"][which].get(p.role[0])
    return None if times is None else (p.base * times).quantize(Decimal("0.01"), ROUND_HALF_UP)
