"""`review` (审核)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xltools.desk.errors import Refusal
from xltools.desk.told import Told
from xltools.desk.verb import Ask, Option, Verb

if TYPE_CHECKING:
    from xltools.desk.workspace import Workspace

VERB = Verb(
    "review",
    "审核",
    "审核：读入市级审核意见，或导出待审核的企业",
    110,
    about="审核：读入市级审核表，只有填了的格才算；核定出口额、确认收件时间须写依据。",
    changes=True,
    options=(
        Option("file", kind="file", metavar="[文件]"),
        Option("all_agree", "区级已同意且没有提示的，市级一律同意；其余逐家列出", ("--all-agree",), "yes"),
        Option("by", "审核人（与 --all-agree 同用）", ("--by",), metavar="姓名"),
        Option("export", "导出待审核的企业，填好后再读入", ("--export",), "file", "文件"),
    ),
)


def run(workspace: Workspace, ask: Ask) -> Told:
    """Take over a review table, agree to all, or export what waits. Raises Refusal."""
    from xltools.desk.bureau import review as desk

    file, all_agree, by, export = (ask[n] for n in ("file", "all_agree", "by", "export"))
    if sum((file is not None, all_agree, export is not None)) != 1:
        raise Refusal("请写明审核表，或用 --all-agree --by 姓名，或用 --export 文件（三者选一）")
    told = Told()
    if export:
        if export.exists():
            raise Refusal(f"{export} 已经有了，没有覆盖；请换一个文件名")
        count = 0 if ask.dry_run else desk.export(workspace, export, today=ask.today)
        told.data = {"rows": count, "out": str(export)}
        told.say(f"待审核 {count} 家，已导出到 {export}")
        return told
    if file:
        found = desk.review(workspace, file, now=ask.now, today=ask.today, dry_run=ask.dry_run)
    elif by:
        found = desk.agree_all(workspace, by, now=ask.now, today=ask.today, dry_run=ask.dry_run)
    else:
        raise Refusal("--all-agree 须写明审核人：--by 姓名")
    told.data = {"changed": found.changed, "lines": found.lines, "left": found.left}
    told.say(*found.lines)
    told.table("请逐家审核", found.left)
    if ask.dry_run:
        told.say("（试做，没有记入）")
    return told
