"""`prospects` (动员)."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from xltools.catalogue.words import yuan
from xltools.desk.told import Told
from xltools.desk.verb import Ask, Verb

if TYPE_CHECKING:
    from xltools.desk.workspace import Workspace

VERB = Verb(
    "prospects",
    "动员",
    "动员：海关数据里符合条件、还没有申请的企业",
    240,
    about="""动员：按海关数据，哪些企业符合条件却还没有申请，各区多少，会得到什么方案，花多少钱。

    每个区一份名单和告知书（一家一页），两个区间之间的另列转介名单，都写在 动员/。已投保的、超过上限的不在其中。""",
    changes=True,
    button="动员",
    presses="列出海关数据里符合条件、还没有申请的企业，给每个区写一份名单和告知书，放进“动员”文件夹",
    phases=("reach",),
    phase="reach",
    looks=("动员",),
    next=("把“动员”文件夹里的名单发给各区；通知过的登记在“通知”，再{sync}",),
    idle=("先{customs}；还没有基年的海关数据，不知道动员谁",),
)


def run(workspace: Workspace, ask: Ask) -> Told:
    """Who is still to be won, as the ledger stands; writes the papers. Raises Refusal."""
    from xltools.desk.reach.letters import FOLDER, write
    from xltools.desk.reach.prospects import prospects

    found = prospects(workspace, today=ask.today)
    told = Told(data=asdict(found), idle=not found.loaded)
    told.table(
        "动员漏斗（家）",
        [
            {
                "区": s.area,
                "名单": s.entitled,
                "通知": s.notified,
                "申请": s.applied,
                "保单": s.insured,
                "使用": s.using,
            }
            for s in found.funnel
        ],
    )
    if not found.loaded:
        told.say("还没有基年的海关数据，不知道动员谁", shown="screen")
        told.sum_up("还没有基年的海关数据")
        return told
    fiscal = sum(f.fiscal for f in found.firms)
    told.say(
        f"符合条件、还没有申请的 {len(found.firms):,} 家，全部参加需财政 {yuan(fiscal)}；"
        f"可转介省级平台的 {len(found.referred):,} 家；出口额或保单情况不清、先不动员的 {found.waiting:,} 家"
    )
    if found.outside:
        told.say(
            f"代码里的登记地在平台外的 {len(found.outside):,} 家不动员，另列核对名单：已迁入本平台各区的，请通知它所在的区"
        )
    if not ask.dry_run:
        told.files = write(workspace, found, today=ask.today)
        told.say(f"名单和告知书 {len(told.files)} 份，在 {FOLDER}/", shown="screen")
    told.sum_up(f"动员 {len(found.firms):,} 家，转介 {len(found.referred):,} 家")
    return told
