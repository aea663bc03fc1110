"""Options of a decision (比较方案): the steps that make one up, from the command line or from the bureau's table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from typing import Any

from xltools.catalogue.words import yuan
from xltools.desk.errors import Refusal
from xltools.desk.whatif.assumption import Assumption, of_reading, of_scheme
from xltools.scheme import Scheme
from xltools.scheme.keyed import leaves
from xltools.scheme.readings import readings

FORMS = {
    "追加": "追加 转入保险人 金额",
    "收回": "收回 转出保险人 金额",
    "调剂": "调剂 转出保险人 转入保险人 金额",
    "补进": "补进",
    "汇率": "汇率 7.2",
    "全部同意": "全部同意",
    "口径": "口径 序号",
}
"""Steps, and how each is written on the command line."""
STEMS = "甲乙丙丁戊己庚辛"
"""What options are called that nobody has named."""
MOST = 3
"""So many options stand side by side."""


@dataclass(frozen=True)
class Step:
    """One step: its kind, the insurers that money leaves and reaches, fen, a rate, the number of a reading."""

    kind: str
    source: str = ""
    target: str = ""
    fen: int = 0
    rate: Decimal | None = None
    reading: int = 0

    @property
    def is_movement(self) -> bool:
        """Whether it is an entry of the fund."""
        return self.kind in ("追加", "收回", "调剂")

    @property
    def said(self) -> str:
        """The step in a few words."""
        if self.is_movement:
            return f"{self.kind} {'→'.join(filter(None, (self.source, self.target)))} {yuan(self.fen)}"
        extra = {"汇率": f" {self.rate}", "口径": f" {self.reading}（取另一种理解）"}.get(self.kind, "")
        return {"补进": "放不下时后面的补进", "全部同意": "待审核的全部同意"}.get(self.kind, self.kind + extra)


@dataclass(frozen=True)
class Proposal:
    """One option: its name and its steps."""

    name: str
    steps: tuple[Step, ...]

    @property
    def said(self) -> str:
        return "；".join(s.said for s in self.steps)


def assumption_of(proposal: Proposal, scheme: Scheme) -> Assumption:
    """The option as an assumption. Raises Refusal for a reading that cannot be computed."""
    out = Assumption()
    for step in proposal.steps:
        out += _assumed(step, scheme)
    return out


def _assumed(step: Step, scheme: Scheme) -> Assumption:
    if step.is_movement:
        moved = {**({step.source: -step.fen} if step.source else {})}
        if step.target:
            moved[step.target] = moved.get(step.target, 0) + step.fen
        return Assumption(pools=moved)
    if step.kind == "补进":
        return of_scheme(queue={"when_head_does_not_fit": "skip"})
    if step.kind == "汇率":
        return of_scheme(fx={"budget": step.rate}, price_unsent_at="budget")
    if step.kind == "全部同意":
        return Assumption(all_agreed=True)
    known = {r.no: r for r in readings(scheme)}
    if step.reading not in known:
        raise Refusal(f"没有口径 {step.reading}；本方案的口径：{_span(sorted(known))}")
    if not known[step.reading].computable:
        raise Refusal(f"口径 {step.reading} 不可计算：{known[step.reading].why}")
    return of_reading(known[step.reading])


def _span(numbers: Sequence[int]) -> str:
    return f"{numbers[0]} 至 {numbers[-1]}" if numbers else "还没有登记"


def to_write(proposal: Proposal, scheme: Scheme) -> list[str]:
    """What the option asks for beyond entries of the fund: each has to be written or done by a person."""
    out = []
    for step in proposal.steps:
        if step.kind == "汇率":
            out.append(
                f"汇率 {step.rate}：是假设，不登记；保险人的实际汇率用汇率表登记，要改测算用的预算汇率请改方案文件 fx.budget"
            )
        elif step.kind == "全部同意":
            out.append("全部同意：是假设，不登记；请在“企业名册”里逐家填市级审核意见")
        elif not step.is_movement:
            wanted = _assumed(step, scheme)
            keys = [f"{k} 改为 {_shown(v)}" for c in wanted.changes for k, v in leaves(c.change).items()]
            keys += [f"删去 {k}" for c in wanted.changes for k in c.remove]
            keys += ["各保险人盘子通用"] if wanted.one_pool else []
            out.append(f"{step.said}：改方案文件，{'，'.join(keys)}；写明依据，改后再测算")
    return out


def _shown(value: Any) -> str:
    return (
        "、".join(map(str, value))
        if isinstance(value, list)
        else f"{value:f}"
        if isinstance(value, Decimal)
        else f"{value}"
    )


# ── from the command line ──


def written(texts: Iterable[str], scheme: Scheme) -> list[Proposal]:
    """Options as they are written: `甲=追加 中国信保 300000；补进`. Raises Refusal naming what is not understood."""
    out = []
    for n, text in enumerate(texts):
        name, equals, rest = text.partition("=")
        name, rest = (name.strip(), rest) if equals else (STEMS[n % len(STEMS)], text)
        steps = [_written(part.split(), scheme) for part in rest.replace(";", "；").split("；") if part.strip()]
        out.append(Proposal(name, tuple(steps)))
    return checked(out)


def _written(words: list[str], scheme: Scheme) -> Step:
    kind, *rest = words
    if kind not in FORMS:
        raise Refusal(f"不认识的做法“{kind}”；可用：{'；'.join(FORMS.values())}")
    if len(rest) != len(FORMS[kind].split()) - 1:
        raise Refusal(f"“{' '.join(words)}”写得不全或多了；应写成：{FORMS[kind]}")
    step = Step(kind)
    if step.is_movement:
        *between, amount = rest
        names = [_insurer(b, scheme) for b in between]
        fen = _number(amount, kind) * 100
        if fen != int(fen):
            raise Refusal(f"{kind}的金额“{amount}”最多两位小数")
        source, target = names if kind == "调剂" else ("", *names) if kind == "追加" else (*names, "")
        return replace(step, source=source, target=target, fen=int(fen))
    if kind == "汇率":
        return replace(step, rate=_number(rest[0], kind))
    if kind == "口径":
        number = _number(rest[0], kind)
        if number != int(number):
            raise Refusal(f"口径的序号“{rest[0]}”应是整数")
        return replace(step, reading=int(number))
    return step


def _number(text: str, kind: str) -> Decimal:
    try:
        found = Decimal(text.replace(",", ""))
    except InvalidOperation:
        found = Decimal(0)
    if not found.is_finite() or found <= 0:
        raise Refusal(f"{kind}后面的“{text}”应是大于 0 的数")
    return found


def _insurer(text: str, scheme: Scheme) -> str:
    for i in scheme.insurers:
        if text in (i.id, i.name, i.full_name, *i.aliases):
            return i.name
    raise Refusal(f"没有保险人 {text}；本平台的保险人：{'、'.join(i.name for i in scheme.insurers)}")


# ── from the bureau's table ──


def listed(rows: Iterable[Mapping[str, Any]]) -> list[Proposal]:
    """Options of the bureau's table, 甲 乙 丙 first, others by name. Raises Refusal naming what a step lacks."""
    steps: dict[str, list[Step]] = {}
    for r in rows:
        rate = Decimal(r["rate"]) if r["rate"] else None
        step = Step(r["step"], r["source"] or "", r["target"] or "", r["fen"] or 0, rate, r["reading"] or 0)
        if lacks := lacking(step):
            raise Refusal(f"比较方案“{r['option']}”的{step.kind}：请填{lacks}")
        steps.setdefault(r["option"], []).append(step)
    names = sorted(steps, key=lambda n: (STEMS.find(n[0]) % len(n[0] + STEMS), n))
    return checked([Proposal(name, tuple(steps[name])) for name in names])


def lacking(step: Step) -> str:
    """Which cells a step of that kind still needs."""
    needs: dict[str, dict[str, Any]] = {
        "追加": {"转入": step.target, "金额(元)": step.fen}, "收回": {"转出": step.source, "金额(元)": step.fen},
        "调剂": {"转出": step.source, "转入": step.target, "金额(元)": step.fen}, "汇率": {"汇率": step.rate},
        "口径": {"口径序号": step.reading},
    }  # fmt: skip
    return "、".join(heading for heading, value in needs.get(step.kind, {}).items() if not value)


def checked(found: list[Proposal]) -> list[Proposal]:
    """At most three, each with a name of its own and something to do. Raises Refusal."""
    names = [p.name for p in found]
    if len(found) > MOST:
        raise Refusal(f"一次最多并排比较 {MOST} 个方案，这里有 {len(found)} 个：{'、'.join(names)}")
    if twice := sorted({n for n in names if names.count(n) > 1}):
        raise Refusal(f"方案名称重复：{'、'.join(twice)}")
    for p in found:
        if not p.steps or not p.name:
            raise Refusal(f"方案“{p.name}”没有写做法；可用：{'；'.join(FORMS.values())}")
        if same := next((s for s in p.steps if s.kind == "调剂" and s.source == s.target), None):
            raise Refusal(f"方案“{p.name}”：调剂的转出和转入都是{same.source}")
    return found
