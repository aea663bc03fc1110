"""`sandbox` (比较方案)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from xltools.catalogue.words import figure
from xltools.desk.errors import Refusal
from xltools.desk.told import Note, Told
from xltools.desk.verb import Ask, Option, Verb

if TYPE_CHECKING:
    from xltools.desk.workspace import Workspace

VERB = Verb(
    "sandbox",
    "比较方案",
    "比较方案：两三种做法并排测算，谁进谁出、余多少钱；选定的记入台账",
    420,
    about="""比较方案：在现有排队上并排测算最多三个方案，生成一页会商用的表（A4，带图），放在 会商/。

    方案写在命令里：--option "甲=追加 中国信保 300000；补进"，或登记在平台工作簿的“比较方案”表、由文件读入。
    做法：追加 保险人 金额；收回 保险人 金额；调剂 转出 转入 金额；补进；汇率 7.2；全部同意；口径 序号。
    选定的用 --choose 名称 --document 文号 --approver 审批人：资金变动记入资金账；要改方案文件的列出怎样写。""",
    changes=True,
    options=(
        Option("file", kind="file", metavar="[文件]"),
        Option("option", "一个方案：名称=做法；做法（可写几次）", ("--option",), metavar="方案", many=True),
        Option("choose", "会商选定的方案", ("--choose",), metavar="名称"),
        Option("document", "会议纪要或批文的文号", ("--document",), metavar="文号"),
        Option("approver", "审批人", ("--approver",), metavar="姓名"),
    ),
    button="比较方案",
    presses="把“比较方案”表里登记的方案在现有排队上并排测算，生成会商用的一页，放进“会商”文件夹",
    phases=("decide",),
    phase="decide",
    looks=("比较方案",),
    next=("打开“会商”文件夹里的比较方案；选定的用命令 xltools sandbox --choose 记入",),
    idle=("在平台工作簿的“比较方案”表里登记方案，再{sandbox}",),
)


def run(workspace: Workspace, ask: Ask) -> Told:
    """Compare the options, write the page, and enter the one that was chosen. Raises Refusal."""
    from xltools.desk.bureau.load import load_table
    from xltools.desk.whatif import pages
    from xltools.desk.whatif.options import listed, written
    from xltools.desk.whatif.readings import told as difference_told
    from xltools.desk.whatif.sandbox import choose, compare, register_now

    told = Told()
    if ask["file"] is not None:
        loaded = load_table(workspace, "sandbox", ask["file"], now=ask.now, today=ask.today, dry_run=ask.dry_run)
        told.say(f"{ask['file'].name}：{loaded.rows:,} 行", *loaded.lines)
    register, rows = register_now(workspace, today=ask.today)
    proposals = written(ask["option"], workspace.scheme) if ask["option"] else listed(rows)
    if not proposals:
        told.idle = True
        told.data = {"options": [], "rates": []}
        told.say("还没有登记要比较的方案", shown="screen")
        told.sum_up("还没有登记要比较的方案")
        return told
    side = compare(register, proposals, ask.progress)
    told.data = {
        "options": [
            {"name": c.proposal.name, "steps": [s.said for s in c.proposal.steps], "changes": c.changes,
             "by_area": c.changes.by_area()}
            for c in side.options
        ],
        "rates": side.rates,
    }  # fmt: skip
    told.table(
        "比较方案",
        [
            {
                "方案": c.proposal.name, "做法": c.proposal.said, "新安排": len(c.changes.enters),
                "不再安排": len(c.changes.leaves), "财政扶持变动(元)": figure(c.changes.total_fen),
                "总余额(元)": figure(c.changes.total_left),
            }
            for c in side.options
        ],
    )  # fmt: skip
    told.say(*(f"{c.proposal.name}：{difference_told(c.changes)}" for c in side.options))

    def page() -> None:
        told.files = [pages.options(workspace, side, ask.today)]

    if ask["choose"]:
        found = next((c for c in side.options if c.proposal.name == ask["choose"]), None)
        if found is None:
            names = "、".join(c.proposal.name for c in side.options)
            raise Refusal(f"没有方案“{ask['choose']}”；这次比较的：{names}")
        lines, remains = choose(
            workspace, found, document=ask["document"], approver=ask["approver"], now=ask.now, today=ask.today,
            page=page, dry_run=ask.dry_run,
        )  # fmt: skip
        told.data["chosen"] = {"name": found.proposal.name, "remains": remains}
        told.say(f"选定方案“{found.proposal.name}”" + ("（试做，没有记入）" if ask.dry_run else "，已记入日志"), *lines)
        told.add(*(Note(f"还要办：{x}", "TO_WRITE", "warning") for x in remains))
    elif not ask.dry_run:
        page()
    if told.files:
        told.say(f"会商用的一页：{pages.FOLDER}/{told.files[0].name}", shown="screen")
    told.sum_up(f"比较 {len(side.options)} 个方案：" + "；".join(
        f"{c.proposal.name} 新安排 {len(c.changes.enters)} 家、不再安排 {len(c.changes.leaves)} 家" for c in side.options
    ))  # fmt: skip
    return told


def journal(detail: dict[str, Any], scheme: Any) -> str:
    """Which option was chosen and what it does, or which were registered."""
    if "option" in detail:
        remains = f"；还要办：{'；'.join(detail['remains'])}" if detail["remains"] else ""
        some = f"新安排 {len(detail['enters'])} 家，不再安排 {len(detail['leaves'])} 家"
        return f"选定：{'；'.join(detail['steps'])}；{some}{remains}"
    return f"登记方案：{'、'.join(detail.get('parts', ()))}"
