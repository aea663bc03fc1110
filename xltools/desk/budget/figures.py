"""Every figure of the budget workbook by its key, computed exactly by the engine: cached values, terminal and tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from xltools.engine.budget import checks as budget_checks
from xltools.engine.budget import estimate as engine
from xltools.engine.budget import grids as budget_grids
from xltools.engine.budget.classes import Class
from xltools.engine.budget.estimate import AMOUNTS, Estimate, Line, half_up
from xltools.scheme import Scheme
from xltools.sheets.budget.checks import checks, said_key
from xltools.sheets.budget.lines import SCENARIOS
from xltools.sheets.budget.page_sensitivity import second
from xltools.sheets.budget.parameters import Parameter, axes, parameters, plans_of, stated
from xltools.sheets.budget.scenario import groups

Figures = dict[str, Fraction | str]


@dataclass(frozen=True)
class Case:
    """What is computed: the base values by parameter's name, those of each scenario where they differ, and the
    classes of a distribution; `chosen` is a key of SCENARIOS, `distribution` says whether the classes count."""

    scheme: Scheme
    typed: Mapping[str, Decimal]
    differing: Mapping[str, Mapping[str, Decimal]]
    classes: Sequence[Class]
    chosen: str = "base"
    distribution: bool = False

    def values(self, scenario: str) -> dict[tuple[str, str], Fraction]:
        """The assumptions of a scenario by role."""
        mine = {**self.typed, **self.differing.get(scenario, {})}
        return {p.role: Fraction(mine[p.name]) for p in parameters(self.scheme)}

    def estimate(self, scenario: str) -> Estimate:
        return engine.estimate(self.scheme, self.values(scenario), self.classes if self.distribution else None)


def figures(case: Case) -> Figures:
    """All figures of the workbook that this case gives."""
    scheme = case.scheme
    v, found = case.values(case.chosen), case.estimate(case.chosen)
    out: Figures = {f"typed.{n}": Fraction(x) for n, x in case.typed.items()}
    out |= _parameters(case, parameters(scheme))
    out |= _lines("now", found) | _now(scheme, v, found)
    for key in SCENARIOS:
        mine = case.estimate(key)
        out |= _lines(key, mine) | _compared(key, case.values(key), mine)
    out |= _grids(scheme, v, found) | _classes(case, v) | _checks(case, found)
    return out


def _parameters(case: Case, there: Sequence[Parameter]) -> Figures:
    out: Figures = {"情景序号": Fraction(list(SCENARIOS).index(case.chosen) + 1)}
    for p in there:
        base = Fraction(case.typed[p.name])
        out[f"seen.{p.name}"] = base
        for key in SCENARIOS:
            given = case.differing.get(key, {}).get(p.name)
            out[f"{key}.{p.name}"] = base if given is None else Fraction(given)
        pasted = case.differing.get("own", {}).get(p.name)
        out[f"pasted.{p.name}"] = "" if pasted is None else Fraction(pasted)
        out[f"now.{p.name}"] = out[f"{case.chosen}.{p.name}"]
    sums = {"保险人份额": "保险人份额"}
    for what, names in groups(case.scheme):
        title = sums.get(what) or f"方案占比（{what.removesuffix('的方案占比')}）"
        out[f"sum.{title}"] = sum((_number(out[f"now.{n}"]) for n in names), Fraction(0))
    return out


def _number(value: Fraction | str) -> Fraction:
    assert isinstance(value, Fraction)
    return value


def _amounts(line: Line) -> dict[str, Fraction]:
    """A line in dollars and yuan."""
    return {a: line.firms if a == "firms" else Fraction(getattr(line, a), 100) for a in AMOUNTS}


def _lines(scenario: str, found: Estimate) -> Figures:
    return {
        f"{scenario}.{a}.{plan}.{insurer}": x
        for (plan, insurer), line in found.lines.items()
        for a, x in _amounts(line).items()
    }


def _now(scheme: Scheme, v: engine.Values, found: Estimate) -> Figures:
    out: Figures = {}
    whole = found.total
    for key, line in [("", whole), *((f".{p.id}", found.plan(p.id)) for p in scheme.plans)]:
        out |= {f"now.{a}{key}": x for a, x in _amounts(line).items()}
    parts = {f".{p}.{i}": line for (p, i), line in found.lines.items()}
    for key, line in ({"": whole} | {f".{p.id}": found.plan(p.id) for p in scheme.plans} | parts).items():
        out[f"now.part{key}"] = Fraction(line.fiscal, whole.fiscal) if whole.fiscal else Fraction(0)
        out[f"now.wan{key}"] = Fraction(line.fiscal, 1_000_000)
    pools = [(f"at.{i.id}", v["pool", i.id], found.insurer(i.id)) for i in scheme.insurers]
    for key, pool, line in [*pools, ("at", v["total", ""], whole)]:
        fiscal = Fraction(line.fiscal, 100)
        out |= {
            f"now.firms.{key}": line.firms, f"now.fiscal.{key}": fiscal, f"now.pool.{key}": pool,
            f"now.used.{key}": fiscal / pool if pool else Fraction(0), f"now.free.{key}": pool - fiscal,
        }  # fmt: skip
    return out


def _compared(key: str, v: engine.Values, found: Estimate) -> Figures:
    amounts = _amounts(found.total)
    out: Figures = {f"{key}.{a}.sum": x for a, x in amounts.items()}
    out |= {f"{key}.{a}": amounts[a] for a in ("firms", "exports", "gross", "fiscal", "own")}
    return out | {f"{key}.free": v["total", ""] - amounts["fiscal"]}


def _grids(scheme: Scheme, v: engine.Values, found: Estimate) -> Figures:
    steps, s = axes(scheme), second(scheme)
    out: Figures = {
        "all.dollars": budget_grids.dollars(scheme, v, found) / 100, "all.total": v["total", ""] / 10_000,
    }  # fmt: skip
    for i, rate in enumerate(steps["fx"]):
        out[f"fx.name.{i}"] = f"汇率 {max(rate, rate.quantize(Decimal('0.00')), key=lambda x: len(str(x)))}"
    first = budget_grids.by_fx_and_takeup(scheme, v, found, steps["fx"], steps["factor"])
    for j, factor in enumerate(steps["factor"]):
        out |= {f"fx.total.{j}": out["all.total"], f"fx.firms.{j}": found.total.firms * Fraction(factor)}
        for said in stated(scheme):
            if there := v.get(("uninsured_firms", said.band.id)):
                firms = found.plan(*(p.id for p in said.plans)).firms
                out[f"fx.takeup.{said.band.id}.{j}"] = firms * Fraction(factor) / there
            elif "uninsured_firms" in said.figures:
                out[f"fx.takeup.{said.band.id}.{j}"] = Fraction(0)
    if s.kind == "rate_share":
        grid = budget_grids.by_rate_and_share(scheme, v, found, s.down, s.across)
    else:
        band = found.plan(*s.plans)
        others = [p.id for p in scheme.plans if p.id not in s.plans]
        cents = sum((engine.fiscal_cents(v, p, found.plan(p)) for p in others), Fraction(0))
        out |= {"mix.firms": band.firms, "mix.exports": Fraction(band.exports, 100), "mix.others": cents / 100}
        by = budget_grids.by_two_shares if s.kind == "two_shares" else budget_grids.by_share_and_takeup
        grid = by(scheme, v, found, s.plans, s.down, s.across)
    for name, cells in (("fx", first), ("mix", grid)):
        for i, row in enumerate(cells):
            for j, cell in enumerate(row):
                out[f"{name}.{i}.{j}"] = "—" if cell is None else cell
    return out


def _classes(case: Case, v: engine.Values) -> Figures:
    scheme, out = case.scheme, Figures()
    values = {key: case.values(key) for key in SCENARIOS}
    cost = {p.id: [Fraction(0), Fraction(0), Fraction(0)] for p in scheme.plans}
    for k, c in enumerate(case.classes):
        for key in SCENARIOS:
            out[f"class.{k}.{key}.premium"] = engine.class_premium(scheme, values[key], c) / 100
        premium = engine.class_premium(scheme, v, c)
        out[f"class.{k}.premium"] = premium / 100
        out[f"class.{k}.doubt"] = Fraction(engine.class_doubt(scheme, v, c), 100)
        for place, add in enumerate((Fraction(c.firms), Fraction(c.exports), premium)):
            cost[c.plan][place] += add
    whole = dict.fromkeys(("firms", "exports", "average", "premium", "more", "yuan"), Fraction(0))
    for plan, (firms, exports, unrounded) in cost.items():
        rounded = half_up(unrounded)
        charged = engine.rate(v, plan, v.get(("off", ""), Fraction(0)))
        average = half_up(max(exports * charged, firms * engine.minimum(v, plan)))
        more = rounded - average
        yuan = half_up(abs(more) * v["fx", ""] * v["share", plan]) * (1 if more >= 0 else -1)
        mine = {"firms": firms, **{
            what: Fraction(cents, 100) for what, cents in
            (("exports", exports), ("average", average), ("premium", rounded), ("more", more), ("yuan", yuan))
        }}  # fmt: skip
        out |= {f"roster.{what}.{plan}": x for what, x in mine.items()}
        out[f"roster.ratio.{plan}"] = Fraction(more, average) if average else Fraction(0)
        whole = {what: x + mine[what] for what, x in whole.items()}
    out |= {f"roster.{what}": x for what, x in whole.items()}
    return out | {"roster.ratio": whole["more"] / whole["average"] if whole["average"] else Fraction(0)}


def _checks(case: Case, found: Estimate) -> Figures:
    """`check.*`: the stated figures in their own arithmetic, under the base values; `apart.*` the differences."""
    scheme, out = case.scheme, Figures()
    v = {p.role: Fraction(case.typed[p.name]) for p in parameters(scheme)}
    told: dict[str, Fraction] = {
        "pools": sum((v["pool", i.id] for i in scheme.insurers), Fraction(0)),
        "now": Fraction(found.total.fiscal, 100),
    }
    for plan in scheme.plans:
        if ("minimum", plan.id) in v:
            charged = engine.rate(v, plan.id)
            told[f"bite.{plan.id}"] = v["minimum", plan.id] / charged if charged else Fraction(0)
    for s in stated(scheme):
        said = {what: Fraction(f.value) for what, f in s.figures.items()}
        out |= {said_key(s, what): x for what, x in said.items()}
        told["costs"] = told.get("costs", Fraction(0)) + said.get("cost", Fraction(0))
        band, ids = s.band.id, [p.id for p in s.plans]
        for what, of in (("firms", "uninsured_firms"), ("exports", "uninsured_exports")):
            if {what, of} <= said.keys():
                told[f"takeup.{what}.{band}"] = said[what] / said[of]
        for firms, exports in (("firms", "exports"), ("uninsured_firms", "uninsured_exports")):
            if {firms, exports} <= said.keys():
                told[f"mean.{firms}.{band}"] = said[exports] / said[firms]
        told[f"now.{band}"] = Fraction(found.plan(*ids).fiscal, 100)
        if {"firms", "exports"} <= said.keys():
            usual, *others = (p.id for p in plans_of(scheme, s.band))
            told |= _plans(v, said, ids, usual)
            if others and "cost" in said:
                gross, fiscal = budget_checks.mixed(v, said, ids)
                told |= {f"mixed.{band}": fiscal, f"gross.{band}": gross}
                out |= _implied(scheme, v, said, band, usual, others)
    out |= {f"check.{id}": x for id, x in told.items()}
    for c in checks(scheme):
        if c.stated:
            out[f"beside.{c.id}"] = Fraction(c.said) if isinstance(c.said, Decimal) else _beside(out, v, scheme, c.said)
            out[f"apart.{c.id}"] = told[c.id] - _number(out[f"beside.{c.id}"])
    return out


def _beside(out: Figures, v: engine.Values, scheme: Scheme, key: str) -> Fraction:
    key = key.strip("{}")
    if key in out:
        return _number(out[key])
    return next(v[p.role] for p in parameters(scheme) if f"typed.{p.name}" == key)


def _plans(v: engine.Values, said: Mapping[str, Fraction], ids: Sequence[str], usual: str) -> dict[str, Fraction]:
    out = {}
    for plan in ids:
        found = budget_checks.plan_check(v, said, plan, usual)
        out[f"rate.{plan}"] = found.by_rate
        out[f"fx.{plan}"] = found.fx or Fraction(0)
        if found.by_minimum is not None:
            out |= {f"least.{plan}": found.by_minimum, f"most.{plan}": found.most}
        if plan != usual and "cost" in said:
            alone = found.alone or Fraction(0)
            out[f"alone.{plan}"] = alone
    return out


def _implied(
    scheme: Scheme, v: engine.Values, said: Mapping[str, Fraction], band: str, usual: str, others: Sequence[str]
) -> Figures:
    out: Figures = {}
    for k, fx in enumerate((v["fx", ""], *map(Fraction, axes(scheme)["fx"]))):
        out |= {
            f"implied.fx.{band}.{k}": fx, f"implied.usd.{band}.{k}": said["cost"] / fx,
            f"implied.rate.{band}.{k}": budget_checks.implied_rate(said, fx),
        }  # fmt: skip
        for plan in others[:2]:
            out[f"implied.{plan}.{band}.{k}"] = budget_checks.alone(v, said, plan, usual, fx) or Fraction(0)
    return out
