"""What 核对 checks: the source document's own figures beside the model's, each with what there is to say.

A row's figures are `check.*` (what the stated figures give), `said.*` (the stated figures themselves) and `apart.*`
(the difference); `engine.budget.checks` computes them, `page_checks` writes them as formulas.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from xltools.catalogue.words import wan
from xltools.scheme import Scheme
from xltools.scheme.model import Plan
from xltools.sheets.budget.parameters import Stated, by_role, plans_of, stated
from xltools.sheets.budget.words import Case, Test

FEN = Decimal("0.005")
POINT = Decimal("0.005")
"""Half a percentage point: a take-up that is said in round numbers."""
ROUGH = Decimal("0.02")
"""Two percentage points: what "about" (左右) may cover."""
NEAR_THE_TOP = Decimal("0.8")
NEAR_RATE = Decimal("0.05")


@dataclass(frozen=True)
class Check:
    """A row. `formula` gives `check.{id}`; `said` is the key or the number beside it ("" where nothing is stated);
    `kind` names the number format, `format` the one in sentences."""

    id: str
    block: str
    title: str
    formula: str
    kind: str
    words: tuple[Case, ...]
    said: str | Decimal = ""
    clause: str = ""

    @property
    def stated(self) -> bool:
        return self.said != ""


def checks(scheme: Scheme) -> list[Check]:
    """All rows for a scheme, in order."""
    return [*_money(scheme), *(c for s in stated(scheme) for c in _band(scheme, s)), *_bites(scheme)]


def said_key(s: Stated, what: str) -> str:
    """The key of a stated figure."""
    return f"said.{what}.{s.band.id}"


def _money(scheme: Scheme) -> Iterator[Check]:
    block = "资金合计"
    total = f"{{typed.{by_role(scheme)['total', ''].name}}}"
    there = [s for s in stated(scheme) if "cost" in s.figures]
    if there:
        title = "各方案预计扶持资金合计：" + " + ".join(wan(s.figures["cost"].value) for s in there)
        yield Check(
            "costs", block, title + "（元）", "=" + "+".join(f"{{{said_key(s, 'cost')}}}" for s in there), "yuan",
            _same("costs", "与总盘子"), total, there[0].figures["cost"].clause,
        )  # fmt: skip
    pools = [f"{{typed.{by_role(scheme)['pool', i.id].name}}}" for i in scheme.insurers]
    words = " + ".join(wan(i.pool.value) for i in scheme.insurers)
    yield Check("pools", block, f"各保险人资金合计：{words}（元）", "=" + "+".join(pools), "yuan",
                _same("pools", "与总盘子"), total, scheme.insurers[0].pool.clause)  # fmt: skip
    yield Check(
        "now", block, "本表当前情景的财政扶持合计（元）", "={now.fiscal}", "yuan",
        (Case(Test("apart.now", ">", FEN), "✘ 比总盘子多 {apart.now|wan} 万元，缺口要追加资金或压缩规模"),
         Case(None, "✔ 在总盘子之内，结余 {abs apart.now|wan} 万元")), total, scheme.total.clause,
    )  # fmt: skip


def _band(scheme: Scheme, s: Stated) -> Iterator[Check]:
    block = f"{s.band.title}（方案 {'、'.join(p.id for p in s.plans)}）"
    yield from _takeup(s, block)
    yield from _means(s, block)
    if {"exports", "firms"} <= s.figures.keys():
        for plan in s.plans:
            yield from _plan(scheme, s, plan, block)
        if len(s.plans) > 1 and "cost" in s.figures:
            yield from _mix(scheme, s, block)
    if "cost" in s.figures:
        id, clause = f"now.{s.band.id}", s.figures["cost"].clause
        formula = "=" + "+".join(_sum(scheme, p) for p in s.plans)
        yield Check(id, block, "本表当前情景的财政扶持（元）", formula, "yuan", _same(id, "与原文"),
                    f"{{{said_key(s, 'cost')}}}", clause)  # fmt: skip


def _takeup(s: Stated, block: str) -> Iterator[Check]:
    for what, of, label in (("firms", "uninsured_firms", "家数"), ("exports", "uninsured_exports", "出口额")):
        if what not in s.figures or of not in s.figures:
            continue
        id = f"takeup.{what}.{s.band.id}"
        a, b = (_short(s.figures[x].value, label) for x in (what, of))
        formula = f"={{{said_key(s, what)}}}/{{{said_key(s, of)}}}"
        words: tuple[Case, ...] = (Case(None, f"原文没有写覆盖面；按{label}为 {{check.{id}|pct}}"),)
        if s.takeup is not None:
            words = (
                Case(Test(f"apart.{id}", "<", POINT, size=True), f"✔ 与原文“{s.takeup_words}”相符"),
                Case(
                    Test(f"apart.{id}", "<", ROUGH, size=True),
                    f"ⓘ 与原文“{s.takeup_words}”大致相符，实为 {{check.{id}|pct}}",
                ),
                Case(
                    None,
                    f"✘ 原文“{s.takeup_words}”，实为 {{check.{id}|pct}}，相差 {{abs apart.{id}|points}} 个百分点，按后者测算",
                ),
            )
        yield Check(id, block, f"覆盖面（按{label}）：{a} ÷ {b}", formula, "ratio", words,
                    "" if s.takeup is None else s.takeup, s.figures[what].clause)  # fmt: skip


def _means(s: Stated, block: str) -> Iterator[Check]:
    low = s.band.min.value
    for firms, exports, label in (
        ("uninsured_firms", "uninsured_exports", "未投保企业"),
        ("firms", "exports", "参保企业"),
    ):
        if firms not in s.figures or exports not in s.figures:
            continue
        id = f"mean.{firms}.{s.band.id}"
        formula = f"={{{said_key(s, exports)}}}/{{{said_key(s, firms)}}}"
        cases = [Case(Test(f"check.{id}", "<", low), "✘ 低于区间下限，两个数不能同时成立")]
        if s.band.max:
            high = s.band.max.value
            cases.append(Case(Test(f"check.{id}", ">", high), "✘ 高于区间上限，两个数不能同时成立"))
            top = f"ⓘ 平均 {{check.{id}|wan}} 万美元，接近区间上限 {wan(high)} 万美元，作为平均数偏高"
            cases.append(Case(Test(f"check.{id}", ">", high * NEAR_THE_TOP), top))
        cases.append(Case(None, f"✔ 平均 {{check.{id}|wan}} 万美元，在区间之内"))
        yield Check(id, block, f"{label}户均出口额（美元）", formula, "usd", tuple(cases), "", s.figures[firms].clause)


def _plan(scheme: Scheme, s: Stated, plan: Plan, block: str) -> Iterator[Check]:
    """What the stated firms and exports would cost on this plan alone."""
    clause, cost = plan.clause, f"{{{said_key(s, 'cost')}}}" if "cost" in s.figures else ""
    fx, paid = _typed(scheme, "fx", ""), _paid(scheme, plan)
    exports, firms = f"{{{said_key(s, 'exports')}}}", f"{{{said_key(s, 'firms')}}}"
    alone = "" if len(s.plans) == 1 else f"全部投 {plan.id}："
    id = f"rate.{plan.id}"
    same = Case(Test(f"apart.{id}", "<", FEN, size=True), "✔ 与原文相符")
    mark = "✘" if len(s.plans) == 1 else "ⓘ"  # on one plan alone nobody says that the stated cost is
    words = f"{mark} 应为 {{check.{id}|wan}} 万元，不是 {_cost(s)} 万元"
    usual = plan == plans_of(scheme, s.band)[0]
    if usual:
        words += f"；要得 {_cost(s)} 万元，汇率须为 {{check.fx.{plan.id}|fx}}"
    cases = (same, Case(None, words)) if cost else (Case(None, f"{{check.{id}|wan}} 万元"),)
    yield Check(
        id,
        block,
        f"{alone}出口额 × 费率 × 财政比例 × 汇率（元）",
        f"={exports}*{paid}*{fx}",
        "yuan",
        cases,
        cost,
        clause,
    )
    if cost and usual:
        id = f"fx.{plan.id}"
        far = f"ⓘ 与基准汇率相差 {{abs apart.{id}|fx}}，不像是汇率不同造成的"
        near = Case(
            Test(f"apart.{id}", "<", scheme.fx.budget.value * NEAR_RATE, size=True),
            "ⓘ 与基准汇率相近，可能是汇率不同造成的",
        )
        yield Check(id, block, f"{alone}使上数恰为 {_cost(s)} 万元的汇率", f"=IF({exports}*{paid}=0,0,{cost}/({exports}*{paid}))", "fx",
                    (near, Case(None, far)), fx, scheme.fx.clause)  # fmt: skip
    least = by_role(scheme).get(("minimum", plan.id))
    if least is None:
        return
    share = _typed(scheme, "share", plan.id)
    id = f"least.{plan.id}"
    words = f"✘ 只按最低保费为 {{check.{id}|wan}} 万元；原文 {_cost(s)} 万元大致是“家数 × 最低保费”，没有按费率算"
    cases = (Case(Test(f"apart.{id}", "<", FEN, size=True), "✔ 与原文相符"), Case(None, words))
    if not cost:
        cases = (Case(None, f"只按最低保费为 {{check.{id}|wan}} 万元"),)
    yield Check(id, block, f"{alone}家数 × 最低保费 × 财政比例 × 汇率（元）", f"={firms}*{{typed.{least.name}}}*{share}*{fx}", "yuan",
                cases, cost, least.clause)  # fmt: skip
    id = f"most.{plan.id}"
    more = f"✘ 两条规则并用至少 {{check.{id}|wan}} 万元，原文少列 {{apart.{id}|wan}} 万元；小企业按最低保费缴，实际更高，见“分布”"
    cases = (Case(Test(f"apart.{id}", "<=", FEN), "✔ 原文够用"), Case(None, more))
    if not cost:
        cases = (Case(None, f"两条规则并用至少 {{check.{id}|wan}} 万元"),)
    yield Check(id, block, f"{alone}两者中较大者（元）", f"=MAX({{check.rate.{plan.id}}},{{check.least.{plan.id}}})", "yuan",
                cases, cost, clause)  # fmt: skip


def _mix(scheme: Scheme, s: Stated, block: str) -> Iterator[Check]:
    usual, *others = (p.id for p in plans_of(scheme, s.band))
    clause = s.figures["cost"].clause
    for plan in others:
        id = f"alone.{plan}"
        yield Check(
            id, block, f"只有 {usual} 和 {plan} 时，{plan} 须占（出口额）",
            alone_formula(scheme, s, plan, usual, _typed(scheme, "fx", "")), "ratio",
            (Case(Test(f"check.{id}", "<", Decimal(0)), f"✘ 全部投 {usual} 已超过 {_cost(s)} 万元"),
             Case(None, f"{_cost(s)} 万元恰为 {usual} {{check.{id}|rest}} + {plan} {{check.{id}|pct}}")), "", clause,
        )  # fmt: skip
    fx, exports = _typed(scheme, "fx", ""), f"{{{said_key(s, 'exports')}}}"
    plans = [p for p in scheme.plans if p.id in (usual, *others)]
    shares = {p.id: _typed(scheme, "mix", p.id) for p in plans}
    fiscal = "+".join(f"{shares[p.id]}*{_paid(scheme, p)}" for p in plans)
    id = f"mixed.{s.band.id}"
    yield Check(id, block, "按基准占比的财政扶持（元）", f"={exports}*({fiscal})*{fx}", "yuan", _same(id, "与原文"),
                f"{{{said_key(s, 'cost')}}}", clause)  # fmt: skip
    gross = "+".join(f"{shares[p.id]}*{_charged(scheme, p)}" for p in plans)
    id = f"gross.{s.band.id}"
    total = f"{{typed.{by_role(scheme)['total', ''].name}}}"
    words = f"ⓘ 保费总额约 {{check.{id}|wan}} 万元，多于总盘子：{wan(scheme.total.value)} 万元是财政扶持，不是“保费规模总额”"
    yield Check(id, block, "按基准占比的保费总额（元）", f"={exports}*({gross})*{fx}", "yuan",
                (Case(Test(f"apart.{id}", ">", FEN), words), Case(None, "✔ 不超过总盘子")), total, scheme.total.clause)  # fmt: skip


def alone_formula(scheme: Scheme, s: Stated, plan: str, usual: str, fx: str) -> str:
    """The export share of `plan` beside `usual` that gives the stated cost at an exchange rate."""
    a, b = (_paid(scheme, scheme.plan(i)) for i in (usual, plan))
    implied = f"{{{said_key(s, 'cost')}}}/{fx}/{{{said_key(s, 'exports')}}}"
    return f"=IF(ABS({b}-{a})<0.000000000001,0,({implied}-{a})/({b}-{a}))"


def _bites(scheme: Scheme) -> Iterator[Check]:
    for plan in scheme.plans:
        least = by_role(scheme).get(("minimum", plan.id))
        if least is not None:
            id = f"bite.{plan.id}"
            band = next(b for b in scheme.bands if b.id == plan.band)
            top = f"（区间上限 {wan(band.max.value)} 万美元）" if band.max else ""
            yield Check(id, "最低保费", f"方案 {plan.id} 最低保费的临界出口额：最低保费 ÷ 费率（美元）",
                        f"=IF({_charged(scheme, plan)}=0,0,{{typed.{least.name}}}/({_charged(scheme, plan)}))", "usd",
                        (Case(None, f"ⓘ 出口额低于 {{check.{id}|wan}} 万美元的都按最低保费缴{top}，所以平均数会低估，应按分布算"),),
                        "", least.clause)  # fmt: skip


def _same(id: str, what: str) -> tuple[Case, ...]:
    return (
        Case(Test(f"apart.{id}", "<", FEN, size=True), f"✔ {what}相符"),
        Case(Test(f"apart.{id}", ">", Decimal(0)), f"✘ {what}不符：多 {{apart.{id}|wan}} 万元"),
        Case(None, f"✘ {what}不符：少 {{abs apart.{id}|wan}} 万元"),
    )


def _typed(scheme: Scheme, role: str, of: str) -> str:
    return f"{{typed.{by_role(scheme)[role, of].name}}}"


def _charged(scheme: Scheme, plan: Plan) -> str:
    rate = _typed(scheme, "rate", plan.id)
    return f"{rate}*(1-{_typed(scheme, 'discount', plan.id)})" if plan.discount else rate


def _paid(scheme: Scheme, plan: Plan) -> str:
    paid = f"{_charged(scheme, plan)}*{_typed(scheme, 'share', plan.id)}"
    return f"MIN({paid},{_typed(scheme, 'cap', plan.id)})" if plan.fiscal_cap_of_exports else paid


def _sum(scheme: Scheme, plan: Plan) -> str:
    tail = f".{scheme.insurers[0].id}" if len(scheme.insurers) == 1 else ""
    return f"{{now.fiscal.{plan.id}{tail}}}"


def _cost(s: Stated) -> str:
    return wan(s.figures["cost"].value) if "cost" in s.figures else ""


def _short(value: Decimal, label: str) -> str:
    return f"{value:,.0f} 家" if label == "家数" else f"{(value / 100_000_000).normalize():f} 亿美元"
