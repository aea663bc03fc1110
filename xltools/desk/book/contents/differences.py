"""Two scheme texts beside each other (方案对照): every key that differs, with its clause, in Chinese words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from xltools.desk.book.contents.scheme import WORDS, entry_called, value_said
from xltools.scheme import Scheme
from xltools.scheme.countries import Group
from xltools.scheme.keyed import NAMES, name_of
from xltools.scheme.model import Figure, Model

OTHERS = {
    "id": "方案编号", "title": "名称", "prefix": "受理编号的开头", "document": "依据文件", "policyholder": "名义投保人",
    "year": "年度", "gap_hint": "区间之间的提示", "key_label": "重点国别的叫法",
    "areas.name": "名称", "areas.aliases": "别名", "areas.code": "区划代码", "areas.valid_from": "起用日",
    "areas.valid_to": "停用日", "outside.name": "名称", "outside.code": "区划代码", "outside.why": "不在平台的原因", "bands.id": "编号",
    "bands.title": "名称", "bands.default_plans": "未填方案时依次给予", "plans.id": "编号", "plans.title": "名称",
    "plans.band": "出口额区间", "plans.clause": "条款", "plans.limit_basis": "限额按保险年度、买方还是案件", "reductions.title": "名称", "reductions.sizes": "企业规模",
    "reductions.tiers": "专精特新", "reductions.list": "名单",
    "reductions.since": "起", "reductions.until": "止", "insurers.id": "编号", "insurers.name": "简称", "insurers.full_name": "全称",
    "insurers.default": "未填时默认", "insurers.layout": "报送表版式", "insurers.aliases": "别名", "planning.id": "编号",
    "planning.title": "名称", "planning.plans": "方案", "fx.convention": "汇率规则", "fx.clause": "汇率条款",
    "priorities.no": "序号", "priorities.title": "名称", "priorities.clause": "条款", "priorities.kind": "怎样认定",
    "priorities.list": "名单", "priorities.from_nothing": "上年出口为零算不算增长",
}  # fmt: skip
"""What is no number of a scheme, by its place in the scheme file without the names of lists."""

LISTS = {
    "areas": "所属区", "outside": "平台外地区", "bands": "出口额区间", "plans": "方案", "reductions": "保费优惠",
    "insurers": "保险人", "planning": "测算数", "priorities": "优先条件",
}  # fmt: skip
FIGURE = {"value": "", "unit": "的单位", "clause": "的条款", "note": "的说明"}


@dataclass(frozen=True)
class Difference:
    """A key whose values differ; a value that is not there is "". `clause` is the new text's, else the old one's."""

    key: str
    words: str
    clause: str
    old: str
    new: str


@dataclass(frozen=True)
class _Leaf:
    words: str
    clause: str
    text: str
    value: Any


def differences(old: Scheme, new: Scheme, groups: Mapping[str, Group]) -> list[Difference]:
    """Every key that differs, in the order of the scheme file; what falls away stands where it stood.

    What nobody wrote and what stands at its default are the same. The record of the amendments is none of the keys.
    """
    was, now = (dict(_leaves(s, "", "", "", s.amended[-1].document if s.amended else "", groups)) for s in (old, new))
    out = [
        Difference(
            key,
            (now.get(key) or was[key]).words,
            now[key].clause if key in now else was[key].clause,
            was[key].text if key in was else "",
            now[key].text if key in now else "",
        )
        for key in _in_order(list(was), list(now))
        if key not in was or key not in now or was[key].value != now[key].value
    ]
    return out + list(_orders(old, new))


def _in_order(old: list[str], new: list[str]) -> list[str]:
    """The keys of both: those of the new text in its order, each that is only in the old one behind what it followed."""
    out, there = list(new), set(new)
    at = 0
    for key in old:
        if key in there:
            at = out.index(key) + 1
        else:
            out.insert(at, key)
            at += 1
    return out


def _leaves(
    node: Any, key: str, place: str, owner: str, clause: str, groups: Mapping[str, Group]
) -> Iterator[tuple[str, _Leaf]]:
    """Every value below a node: its key, and what it is called, by which clause, as text."""
    if isinstance(node, Figure):
        for name, more in FIGURE.items():
            text = value_said(node, place, groups) if name == "value" else getattr(node, name)
            if text:
                words = f"{_called(owner, WORDS[place])}{more}"
                yield f"{key}.{name}", _Leaf(words, node.clause, text, getattr(node, name))
    elif isinstance(node, Model):
        clause = getattr(node, "clause", clause)
        for name in type(node).model_fields:
            if name != "amended":
                below = f"{place}.{name}".lstrip(".")
                yield from _leaves(getattr(node, name), f"{key}.{name}".lstrip("."), below, owner, clause, groups)
    elif isinstance(node, tuple) and place in NAMES:
        for item in node:
            called = entry_called(item, place)
            kind = LISTS[place] if place in ("areas", "outside", "planning") else ""
            yield from _leaves(item, f"{key}.{_name(item, place)}", place, _called(kind, called), clause, groups)
    elif node not in (None, "", ()):
        yield key, _Leaf(_called(owner, OTHERS[place]), clause, _word(node), node)


def _word(value: Any) -> str:
    """A value that is no number of the scheme, as text."""
    if isinstance(value, bool):
        return "是" if value else "否"
    return "、".join(value) if isinstance(value, tuple) else str(value)


def _orders(old: Scheme, new: Scheme) -> Iterator[Difference]:
    """Lists whose common entries stand in another order."""
    for of, called in LISTS.items():
        was, now = ([_name(e, of) for e in getattr(s, of)] for s in (old, new))
        both = [[n for n in names if n in was and n in now] for names in (was, now)]
        if both[0] != both[1]:
            yield Difference(of, f"{called}的次序", "", "、".join(both[0]), "、".join(both[1]))


def _name(item: Model, of: str) -> str:
    return name_of(of, {k: getattr(item, k) for k in NAMES[of]})


def _called(owner: str, words: str) -> str:
    return " ".join(filter(None, (owner, words)))
