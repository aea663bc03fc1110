"""`schemes list | show | check | diff` (方案)."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from xltools.desk.errors import Refusal
from xltools.desk.told import Told
from xltools.desk.verb import Ask, Option, Verb

if TYPE_CHECKING:
    from xltools.scheme import Scheme

VERB = Verb(
    "schemes",
    "方案",
    "方案：列出、查看、核对、对照平台年度方案",
    20,
    about="""方案：list 列出，show 查看一个方案的全部数字和条款，check 核对方案文件和它的变更文件，diff 对照两个方案。

    方案写编号（nantong-2019）或 .toml 文件；后面加 @日期（nantong-2019@2020-03-01）是那一天的方案：
    变更文件“编号.变更.toml”放在当前文件夹（工作区），.toml 方案的放在它旁边。check 不写方案时核对全部。""",
    where="",
    options=(
        Option("action", choices=("list", "show", "check", "diff"), default="list", metavar="[list|show|check|diff]"),
        Option("scheme", metavar="[方案]"),
        Option("other", metavar="[另一个方案]"),
    ),
)


def run(workspace: None, ask: Ask) -> Told:
    """List, show, check or compare schemes. Raises Refusal and SchemeError."""
    action, wanted = ask["action"], ask["scheme"]
    if ask["other"] and action != "diff":
        raise Refusal(f"{action} 只看一个方案；对照两个请用 xltools schemes diff {wanted} {ask['other']}")
    if action == "show":
        return _shown(wanted, ask)
    if action == "diff":
        return _compared(wanted, ask["other"], ask)
    return _listed(action, wanted, ask)


def _listed(action: str, wanted: str, ask: Ask) -> Told:
    from xltools.scheme import shipped
    from xltools.scheme.amendments import SUFFIX
    from xltools.scheme.countries import emerging_groups
    from xltools.scheme.load import dated, split

    told, rows, changes = Told(), [], []
    wanted = _beside(wanted) if wanted.endswith(SUFFIX) else wanted
    for name in [split(wanted)[0]] if wanted else shipped():
        year = dated(name, ask.folder)
        found = year.first.scheme
        emerging_groups(found)
        cover = f"{found.cover.start.value} 至 {found.cover.end.value}"
        rows.append({"方案": found.id, "名称": found.title, "保险期": cover})
        changes += [
            {"方案": found.id, "自": str(a.since), "文号": a.document, "说明": a.note}
            for a in year.stages[-1].scheme.amended
        ]
    told.data = {"schemes": rows, "amendments": changes}
    told.table("方案" if action == "list" else "核对无误", rows)
    told.table("年内变更", changes)
    return told


def _beside(change_file: str) -> str:
    """The scheme that a change file belongs to: the file beside it, else the shipped one of that name."""
    from pathlib import Path

    from xltools.scheme.amendments import SUFFIX

    stem = change_file.removesuffix(SUFFIX)
    return f"{stem}.toml" if Path(f"{stem}.toml").is_file() else Path(stem).name


def _shown(wanted: str, ask: Ask) -> Told:
    from xltools.desk.book.contents.scheme import figures
    from xltools.scheme import shipped
    from xltools.scheme.countries import emerging_groups

    if not wanted:
        raise Refusal(f"请写明方案；现有方案：{'、'.join(shipped())}")
    told, found = Told(), _loaded(wanted, ask)
    told.data = {"scheme": found.model_dump(mode="json")}
    told.say(found.title, f"依据：{found.document}；名义投保人：{found.policyholder}")
    if found.holds_since:
        told.say(f"方案文本{found.holds_since}")
    groups = emerging_groups(found)
    told.table("参数", figures(found, groups))
    rows = [{"组": g.title, "国别数": len(g.members), "来源": g.source, "生效": str(g.since)} for g in groups.values()]
    told.table("国别组", rows)
    return told


def _compared(old: str, new: str, ask: Ask) -> Told:
    from xltools.desk.book.contents.differences import differences
    from xltools.scheme.countries import groups

    if not old or not new:
        raise Refusal("请写明两个方案，如 xltools schemes diff nantong-2019 nantong-2019@2020-03-01")
    was, now = _loaded(old, ask), _loaded(new, ask)
    found = differences(was, now, groups())
    told = Told()
    told.data = {"old": was.id, "new": now.id, "since": now.holds_since, "differences": [asdict(d) for d in found]}
    names = [f"{s.id}（方案文本{s.holds_since}）" if s.holds_since else s.id for s in (was, now)]
    told.say(f"原：{names[0]}；新：{names[1]}；不同 {len(found)} 处")
    told.table(
        "方案对照",
        [
            {"键": d.key, "参数": d.words, "条款": d.clause, "原": d.old or "（无）", "新": d.new or "（无）"}
            for d in found
        ],
    )
    return told


def _loaded(name: str, ask: Ask) -> Scheme:
    """The scheme of that name as it was passed, or of that name and day as it holds then. Raises SchemeError."""
    from xltools.scheme import load
    from xltools.scheme.load import split

    return load(*split(name), ask.folder)
