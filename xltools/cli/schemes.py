"""`schemes list | show | check` (方案)."""

from __future__ import annotations

import click

from xltools.cli.common import Context, verb


@verb("schemes", workspace=False)
@click.argument("action", type=click.Choice(["list", "show", "check"]), default="list", metavar="[list|show|check]")
@click.argument("scheme", required=False, metavar="[方案]")
def schemes(c: Context, action: str, scheme: str | None) -> None:
    """方案：list 列出，show 查看一个方案的全部数字和条款，check 核对方案文件。

    方案写编号（nantong-2019）或 .toml 文件；check 不写方案时核对全部。
    """
    from xltools.desk.book.contents.scheme import figures
    from xltools.desk.errors import Refusal
    from xltools.scheme import load, shipped
    from xltools.scheme.countries import emerging_groups

    if action == "show":
        if not scheme:
            raise Refusal(f"请写明方案；现有方案：{'、'.join(shipped())}")
        found = load(scheme)
        c.data = {"scheme": found.model_dump(mode="json")}
        c.say(found.title, f"依据：{found.document}；名义投保人：{found.policyholder}")
        groups = emerging_groups(found)
        c.table("参数", figures(found, groups))
        c.table(
            "国别组",
            [
                {"组": g.title, "国别数": len(g.members), "来源": g.source, "生效": str(g.since)}
                for g in groups.values()
            ],
        )
        return
    names = [scheme] if scheme else shipped()
    rows = []
    for name in names:
        found = load(name)
        emerging_groups(found)
        rows.append(
            {"方案": found.id, "名称": found.title, "保险期": f"{found.cover.start.value} 至 {found.cover.end.value}"}
        )
    c.data = {"schemes": rows}
    c.table("方案" if action == "list" else "核对无误", rows)
