"""`verify` (全面核验)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xltools.desk.told import PROBLEMS, Note, Told
from xltools.desk.verb import Ask, Verb

if TYPE_CHECKING:
    from xltools.desk.workspace import Workspace

VERB = Verb(
    "verify",
    "全面核验",
    "全面核验：复算每个金额，核对日志和每份报送表",
    170,
    about="全面核验：复算每个金额，核对日志是否被改动，逐格比较每份报送表。",
    button="全面核验",
    presses="复算每个金额，核对日志和每份报送表",
    next=("没有新的报送以前不用再做；有候补、待审核或待补正的，见平台工作簿的首页“提示”",),
)


def run(workspace: Workspace, ask: Ask) -> Told:
    """Recompute and compare everything. Raises Refusal."""
    from xltools.desk.batch.verify import as_json, verify

    found = verify(workspace, today=ask.today, progress=ask.progress)
    told = Told(code=PROBLEMS if found.wrong else 0, data=as_json(found))
    counted = f"日志 {found.entries} 条，金额 {found.amounts} 笔，报送表 {found.sheets} 份"
    told.say(counted, *found.pools, *(f"✘ {w}" for w in found.wrong), *(f"! {m}" for m in found.money), shown="screen")
    if not found.wrong:
        told.say("✔ 全部相符", shown="screen")
    told.add(*(Note(w, "WRONG", "error", shown="press") for w in found.wrong))
    told.add(*(Note(m, "SHORTFALL", "error", shown="press") for m in found.money))
    told.sum_up(f"{counted}：{f'{len(found.wrong)} 处不符' if found.wrong else '全部相符'}")
    return told
