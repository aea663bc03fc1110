"""`review` (审核)."""

from __future__ import annotations

from pathlib import Path

import click

from xltools.cli.common import FILE, Context, verb


@verb("review", dry_run=True)
@click.argument("file", type=FILE, required=False, metavar="[文件]")
@click.option("--all-agree", is_flag=True, help="区级已同意且没有提示的，市级一律同意；其余逐家列出")
@click.option("--by", default="", metavar="姓名", help="审核人（与 --all-agree 同用）")
@click.option("--export", type=FILE, metavar="文件", help="导出待审核的企业，填好后再读入")
def review(c: Context, file: Path | None, all_agree: bool, by: str, export: Path | None, dry_run: bool) -> None:
    """审核：读入市级审核表，只有填了的格才算；核定出口额、确认收件时间须写依据。"""
    from xltools.desk.bureau import review as desk
    from xltools.desk.errors import Refusal

    if sum((file is not None, all_agree, export is not None)) != 1:
        raise Refusal("请写明审核表，或用 --all-agree --by 姓名，或用 --export 文件（三者选一）")
    workspace = c.workspace()
    if export:
        if export.exists():
            raise Refusal(f"{export} 已经有了，没有覆盖；请换一个文件名")
        count = 0 if dry_run else desk.export(workspace, export, today=c.today)
        c.data = {"rows": count, "out": str(export)}
        c.say(f"待审核 {count} 家，已导出到 {export}")
        return
    if file:
        found = desk.review(workspace, file, now=c.now, today=c.today, dry_run=dry_run)
    elif by:
        found = desk.agree_all(workspace, by, now=c.now, today=c.today, dry_run=dry_run)
    else:
        raise Refusal("--all-agree 须写明审核人：--by 姓名")
    c.data = {"changed": found.changed, "lines": found.lines, "left": found.left}
    c.say(*found.lines)
    c.table("请逐家审核", found.left)
    if dry_run:
        c.say("（试做，没有记入）")
