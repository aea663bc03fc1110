"""`topups` (区级配套)."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from xltools.catalogue.words import figure, yuan
from xltools.desk.told import Note, Told
from xltools.desk.verb import Ask, Verb

if TYPE_CHECKING:
    from xltools.desk.workspace import Workspace

VERB = Verb(
    "topups",
    "区级配套",
    "区级配套：各区补给企业自缴部分多少，各区一张明细表",
    252,
    about="""区级配套：按各区自己的办法（比例、上限、起止），补给企业自己承担并已缴的保费，按保单录入先后，用到该区资金完为止。

    不动用市级资金盘子。各区的明细表写在 区级配套/。""",
    changes=True,
    button="区级配套",
    presses="按各区的办法算出区级配套，给每个区写一张明细表，放进“区级配套”文件夹",
    phases=("support",),
    phase="support",
    looks=("区级配套",),
    next=("把“区级配套”文件夹里的明细表发给各区",),
    idle=("还没有区级配套办法，或没有已缴费的保单；在平台工作簿的“区级办法”“区级资金”里登记，再{sync}",),
)


def run(workspace: Workspace, ask: Ask) -> Told:
    """The districts' top-ups as the ledger stands; writes their lists. Raises Refusal."""
    from xltools.desk.year.topups import FOLDER, GRANTED, SHORT, UNPAID, top_ups, write

    found = top_ups(workspace, today=ask.today)
    told = Told(data=asdict(found), idle=not found.rows)
    lines = []
    for area, fen in found.pools.items():
        mine = [r for r in found.rows if r.area == area]
        of = {s: [r.fen for r in mine if r.state == s] for s in (GRANTED, SHORT, UNPAID)}
        lines.append(
            {
                "区": area, "区资金": figure(fen), "已安排家数": len(of[GRANTED]), "已安排": figure(sum(of[GRANTED])),
                "不足家数": len(of[SHORT]), "未缴费家数": len(of[UNPAID]), "余额": figure(found.left[area]),
            }
        )  # fmt: skip
        if of[SHORT]:
            text = f"{area}：区资金还差 {yuan(sum(of[SHORT]) - found.left[area])}，{len(of[SHORT])} 家没有安排"
            told.add(Note(text, "TOPUP_SHORT", "warning"))
    told.table("区级配套（元）", lines)
    granted = [r for r in found.rows if r.state == GRANTED]
    if granted and not ask.dry_run:
        told.files = write(workspace, found, today=ask.today)
        told.say(f"明细表 {len(told.files)} 份，在 {FOLDER}/", shown="screen")
    told.sum_up(f"区级配套 {len(granted):,} 家，{yuan(sum(r.fen for r in granted))}")
    return told
