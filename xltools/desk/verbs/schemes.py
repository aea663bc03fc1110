"""`schemes list | show | check` (方案)."""

from __future__ import annotations

from xltools.desk.errors import Refusal
from xltools.desk.told import Told
from xltools.desk.verb import Ask, Option, Verb

VERB = Verb(
    "schemes",
    "方案",
    "方案：列出、查看、核对平台年度方案",
    20,
    about="""方案：list 列出，show 查看一个方案的全部数字和条款，check 核对方案文件。

    方案写编号（nantong-2019）或 .toml 文件；check 不写方案时核对全部。""",
    where="",
    options=(
        Option("action", choices=("list", "show", "check"), default="list", metavar="[list|show|check]"),
        Option("scheme", metavar="[方案]"),
    ),
)


def run(workspace: None, ask: Ask) -> Told:
    """List, show or check schemes. Raises Refusal and SchemeError."""
    from xltools.desk.book.contents.scheme import figures
    from xltools.scheme import load, shipped
    from xltools.scheme.countries import emerging_groups

    told = Told()
    action, scheme = ask["action"], ask["scheme"]
    if action == "show":
        if not scheme:
            raise Refusal(f"请写明方案；现有方案：{'、'.join(shipped())}")
        found = load(scheme)
        told.data = {"scheme": found.model_dump(mode="json")}
        told.say(found.title, f"依据：{found.document}；名义投保人：{found.policyholder}")
        groups = emerging_groups(found)
        told.table("参数", figures(found, groups))
        rows = [
            {"组": g.title, "国别数": len(g.members), "来源": g.source, "生效": str(g.since)} for g in groups.values()
        ]
        told.table("国别组", rows)
        return told
    rows = []
    for name in [scheme] if scheme else shipped():
        found = load(name)
        emerging_groups(found)
        cover = f"{found.cover.start.value} 至 {found.cover.end.value}"
        rows.append({"方案": found.id, "名称": found.title, "保险期": cover})
    told.data = {"schemes": rows}
    told.table("方案" if action == "list" else "核对无误", rows)
    return told
