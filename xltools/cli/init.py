"""`init DIR --scheme ID` (建工作区)."""

from __future__ import annotations

from pathlib import Path

import click

from xltools.cli.common import FILE, Context, verb


@verb("init", workspace=False, dry_run=True)
@click.argument("folder_to_make", type=FILE, metavar="目录")
@click.option("--scheme", required=True, metavar="方案", help="方案编号，如 nantong-2019，或一个 .toml 文件")
@click.option("--ledger", "url", default="", metavar="地址", help="台账放在 PostgreSQL：postgresql://用户@主机/数据库")
@click.option("--who", default="", metavar="姓名", help="经办人（默认本机用户）")
def init(c: Context, folder_to_make: Path, scheme: str, url: str, dry_run: bool) -> None:
    """建立一个平台年度的工作区：台账、收件、退回、报送、备份、资料。"""
    from xltools.desk.book.contents.scheme import without_effect
    from xltools.desk.workspace import check_new
    from xltools.desk.workspace import init as run

    if dry_run:
        idle = without_effect(check_new(folder_to_make, scheme))
        c.data = {"workspace": None, "without_effect": idle}
        c.say(f"将在 {folder_to_make} 建立 {scheme} 的工作区（未建立）", *filter(None, [idle]))
        return
    made = run(folder_to_make, scheme, now=c.now, who=c.who, url=url)
    idle = without_effect(made.scheme)
    c.data = {"workspace": str(made.root), "scheme": made.scheme.id, "without_effect": idle}
    c.say(f"已建立工作区 {made.root}", f"方案：{made.scheme.title}", *filter(None, [idle]))
    c.say("下一步：xltools template，把模板发给各区")
