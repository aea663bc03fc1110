"""The scheme in Chinese words (方案表 · 参数表 · 国别组表): every number with its unit, clause and note."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import pyarrow as pa

from xltools.catalogue.tables import TYPES, table
from xltools.desk.book.contents.cells import shaped
from xltools.desk.workspace import Workspace
from xltools.engine import money
from xltools.scheme import Scheme
from xltools.scheme.countries import Group, short_names
from xltools.scheme.model import Figure, Model

WORDS = {
    "base_year": "基年", "enrolment": "参加方式", "cover.start": "保险期起", "cover.end": "保险期止",
    "acceptance.start": "收件期起", "acceptance.end": "收件期止", "late_start": "中途参加的起保日",
    "collected_by": "自平台生效日起保的收件截止日", "payment_days": "企业自缴部分的缴费期限", "price_unsent_at": "未报送的按什么汇率测算",
    "fx_guard": "按最新汇率资金会不够时",
    "bands.min": "出口额下限", "bands.max": "出口额上限", "plans.limit": "最高赔偿限额",
    "plans.limit_multiple": "最高赔偿限额为保费的倍数", "plans.buyer_limit": "单一买方限额",
    "plans.indemnity_ratio": "赔偿比例", "plans.rate": "费率", "plans.discount": "中标下浮率",
    "plans.minimum_premium": "最低保费", "plans.fiscal_share": "财政扶持比例",
    "plans.fiscal_cap_of_exports": "财政扶持不超过出口额的", "plans.needs_copay": "须承诺自缴保费",
    "plans.entitlement.key_share": "重点国别出口占比不低于", "plans.entitlement.key_exports": "重点国别出口额不低于",
    "plans.entitlement.policy_tick": "须符合政策导向（市级确认）", "reductions.off": "减收保费",
    "insurers.pool": "资金盘子", "total": "扶持资金总盘子", "planning.figure": "", "fx.budget": "预算汇率",
    "queue.ordering": "排队次序", "queue.when_head_does_not_fit": "排在前面的放不下时",
    "queue.reserve": "已报送未承保的资金预留", "priorities.threshold": "门槛", "key_countries": "重点国别",
    "emerging_groups": "新兴市场", "tolerance.ratio": "与海关数据相差的容许比例",
    "tolerance.usd": "与海关数据相差的容许金额", "row_limit": "每个文件最多行数",
    "code_prefix": "本地区代码", "publicity_days": "公示天数",
}  # fmt: skip
"""What a number of the scheme is called, by its place in the scheme file without the ids of lists."""

NO_EFFECT = ("publicity_days",)
"""Numbers of a scheme that are kept and shown, and that nothing computes with yet."""

VALUES = {
    "application": "企业申请", "list": "市局按海关数据列名单", "scheme_start": "一律自平台生效日起",
    "issue_date": "平台生效日与出单日中较晚者", "collected_by": "截止日前材料齐全的自平台生效日起，以后的自出单日起",
    "budget": "预算汇率", "latest": "各保险人最新的已知汇率", "refuse": "须明确接受汇率风险才能报送", "warn": "只提示",
    "strict": "先到先得", "priority_within_day": "先到先得，同一日内优先企业在前", "priority_first": "优先企业一律在前",
    "stop": "其后一律候补", "skip": "跳过，后面放得下的可先安排",
}  # fmt: skip
"""Words of the scheme file for rules."""


def figures(scheme: Scheme, groups: Mapping[str, Group]) -> list[dict[str, str]]:
    """Every number of the scheme under 参数 · 值 · 单位 · 条款 · 说明, in the order of the scheme file.

    Of an amended one the first lines say which text this is, and since when: its amendments, the latest first.
    """
    return [
        {
            "参数": "方案文本" if a is scheme.amended[-1] else "此前的变更",
            "值": f"自 {a.since} 起",
            "单位": "日",
            "条款": a.document,
            "说明": a.note,
        }
        for a in reversed(scheme.amended)
    ] + [
        {
            "参数": " ".join(filter(None, (owner, WORDS[place]))),
            "值": value_said(figure, place, groups),
            "单位": figure.unit,
            "条款": figure.clause,
            "说明": figure.note,
        }
        for place, owner, figure in _figures(scheme, "", "")
    ]


def without_effect(scheme: Scheme) -> str:
    """A sentence about the scheme's numbers that have no effect yet, "" where all have."""
    said = [
        f"{' '.join(filter(None, (owner, WORDS[place])))}（{figure.clause}）"
        for place, owner, figure in _figures(scheme, "", "")
        if place in NO_EFFECT
    ]
    return f"方案里这些参数本版本只记录，还不起作用：{'、'.join(said)}" if said else ""


def _figures(node: Any, place: str, owner: str) -> Iterator[tuple[str, str, Figure[Any]]]:
    if isinstance(node, Figure):
        yield place, owner, node
    elif isinstance(node, Model):
        for name in type(node).model_fields:
            yield from _figures(getattr(node, name), f"{place}.{name}" if place else name, owner)
    elif isinstance(node, tuple):
        for item in node:
            yield from _figures(item, place, entry_called(item, place))


def entry_called(item: Any, place: str) -> str:
    """What an entry of a list is called."""
    if place == "priorities":
        return f"优先条件{item.no or ''}（{item.title}）"
    return str(getattr(item, "name", "") or getattr(item, "title", ""))


def value_said(figure: Figure[Any], place: str, groups: Mapping[str, Group]) -> str:
    """A number's value in words; `place` is where it stands in the scheme file without the names of lists."""
    value = figure.value
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, tuple):
        return "、".join(groups[v].title if v in groups else country(v) for v in value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal) and "比例" in figure.unit:
        return f"{(value * 100).normalize():f}%"
    if isinstance(value, Decimal) and figure.unit.startswith(("元", "美元")) and "/美元" not in figure.unit:
        return f"{value:,.2f}" if value % 1 else f"{value:,.0f}"
    if place == "row_limit":
        return f"{value:,}"
    return VALUES.get(str(value), str(value))


def parameters(workspace: Workspace) -> pa.Table:
    """参数表."""
    rows = figures(workspace.scheme, workspace.groups)
    of = table(workspace.scheme, "参数表")
    return shaped(of, {h: [r[h] for r in rows] for h in of.headings})


def plans(scheme: Scheme) -> pa.Table:
    """方案表: 费率 is the rate that premiums are computed with, a bid discount taken off."""
    bands = {b.id: b for b in scheme.bands}
    ends = [(bands[p.band].min.value, m.value if (m := bands[p.band].max) else None) for p in scheme.plans]
    rates = [money.terms(p, Decimal(0)).rate for p in scheme.plans]
    off = [
        f"；已减中标下浮率 {p.discount.value:.0%}（{p.discount.clause}）" if p.discount else "" for p in scheme.plans
    ]
    columns: dict[str, list[Any]] = {
        "方案": [p.id for p in scheme.plans],
        "名称": [p.title for p in scheme.plans],
        "出口额下限(美元)": [_cents(low) for low, _ in ends],
        "出口额上限(美元)": [_cents(high) for _, high in ends],
        "费率": [_ratio(r) for r in rates],
        "最低保费(美元)": [_cents(p.minimum_premium.value if p.minimum_premium else None) for p in scheme.plans],
        "财政比例": [_ratio(p.fiscal_share.value) for p in scheme.plans],
        "最高赔偿限额(美元)": [_cents(p.limit.value if p.limit else None) for p in scheme.plans],
        "条款": [p.clause + o for p, o in zip(scheme.plans, off, strict=True)],
    }
    of = table(scheme, "方案表")
    kinds = {c.heading: c.kind for c in of.columns}
    return shaped(of, {h: pa.array(v, TYPES[kinds[h]]) for h, v in columns.items()})


def _cents(value: Decimal | None) -> Decimal | None:
    return None if value is None else value.quantize(Decimal("0.01"))


def _ratio(value: Decimal) -> Decimal:
    return value.quantize(Decimal("1e-8"))


def country_groups(workspace: Workspace) -> pa.Table:
    """国别组表: every member of the scheme's country groups with its Chinese name and the group's source."""
    counted = set(workspace.scheme.emerging_groups.value)
    rows = [
        (g.title, code, country(code), "是" if id in counted else "否", _source(g))
        for id, g in workspace.groups.items()
        for code in sorted(g.members)
    ]
    of = table(workspace.scheme, "国别组表")
    return shaped(of, {h: [r[i] for r in rows] for i, h in enumerate(of.headings)})


def _source(group: Group) -> str:
    return "；".join(filter(None, (group.source, group.note, f"{group.since} 起")))


def country(code: str) -> str:
    """The Chinese short name of an ISO code, the code itself where there is none."""
    return short_names().get(code, code)
