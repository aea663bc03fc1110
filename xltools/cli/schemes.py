"""`schemes list | show | check` (方案)."""

from __future__ import annotations

from typing import Any

import click

from xltools.cli.common import Context, verb


@verb("schemes", workspace=False)
@click.argument("action", type=click.Choice(["list", "show", "check"]), default="list", metavar="[list|show|check]")
@click.argument("scheme", required=False, metavar="[方案]")
def schemes(c: Context, action: str, scheme: str | None) -> None:
    """方案：list 列出，show 查看一个方案的全部数字和条款，check 核对方案文件。

    方案写编号（nantong-2019）或 .toml 文件；check 不写方案时核对全部。
    """
    from xltools.desk.errors import Refusal
    from xltools.scheme import load, shipped
    from xltools.scheme.countries import emerging_groups

    if action == "show":
        if not scheme:
            raise Refusal(f"请写明方案；现有方案：{'、'.join(shipped())}")
        found = load(scheme)
        figures = list(_figures(found.model_dump(), ""))
        c.data = {"scheme": found.model_dump(mode="json")}
        c.say(found.title, f"依据：{found.document}；名义投保人：{found.policyholder}")
        c.table("参数", figures)
        c.table(
            "国别组",
            [
                {"组": g.title, "国别数": len(g.members), "来源": g.source, "生效": str(g.since)}
                for g in emerging_groups(found).values()
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


def _figures(node: Any, path: str) -> Any:
    """Every figure of a scheme with its unit, clause and note."""
    if isinstance(node, dict) and {"value", "unit", "clause"} <= node.keys():
        value = node["value"]
        shown = "、".join(map(str, value)) if isinstance(value, tuple | list) else str(value)
        yield {"参数": path, "值": shown, "单位": node["unit"], "条款": node["clause"], "说明": node["note"]}
    elif isinstance(node, dict):
        for key, value in node.items():
            yield from _figures(value, f"{path}.{key}" if path else key)
    elif isinstance(node, tuple | list):
        for i, value in enumerate(node):
            name = (
                value.get("id") or value.get("name") or value.get("no") or i + 1 if isinstance(value, dict) else i + 1
            )
            yield from _figures(value, f"{path}[{name}]")
