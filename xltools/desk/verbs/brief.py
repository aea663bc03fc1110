"""`brief` (简报)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from xltools.desk.told import Told
from xltools.desk.verb import Ask, Option, Verb

if TYPE_CHECKING:
    from xltools.desk.workspace import Workspace

VERB = Verb(
    "brief",
    "简报",
    "简报：一页 A4，进度、各区、资金、候补、理赔，带图，表格和文档各一份",
    264,
    about="""简报：给领导看的一页 A4：完成进度、各区参保、资金使用、候补和理赔，带图；写在 简报/，表格和文档各一份。

    命令里写截止日的，用那天的数；那天已经定数的，用定数。文档里的图是表格，各种文字处理软件都能看、能改。""",
    changes=True,
    options=(Option("cutoff", "截止日，如 2020-03-31；不写是今天", ("--cutoff",), metavar="日期"),),
    button="简报",
    presses="把今天的进度、各区、资金、候补和理赔写成一页简报，放进“简报”文件夹",
    phases=("evaluate",),
    phase="evaluate",
    looks=("简报",),
    next=("打开“简报”文件夹里的文档，看过再送",),
    idle=("还没有承保的企业；先{issued}",),
)


def run(workspace: Workspace, ask: Ask) -> Told:
    """The page of today, or of a cut-off. Raises Refusal."""
    from dataclasses import asdict

    from xltools.desk.rules.losses import cases
    from xltools.desk.transaction import looking
    from xltools.desk.year import brief as briefing
    from xltools.desk.year import report as reporting
    from xltools.scheme.clocks import Clocks

    cutoff = reporting.a_day(ask["cutoff"])
    r = reporting.as_of(workspace, cutoff or ask.today, today=ask.today)
    with looking(workspace) as conn:
        found = cases(conn, workspace.data("clocks", Clocks), workspace.calendar(), r.frozen.cutoff)
    b = briefing.brief(workspace, r, found)
    told = Told(data=asdict(b), idle=not r.total.values["firms"])
    told.table("简报", [{"数": words, "值": value} for words, value in b.figures])
    told.say(*(f"{words}：{value}" for words, value in b.figures), shown="press")
    told.say(*b.said)
    if not ask.dry_run:
        told.files = briefing.write(workspace, r, b)
        told.say(*(f"{p.parent.name}/{p.name}" for p in told.files), shown="screen")
        briefing.keep(workspace, r, b, ask.now)
    told.sum_up(f"简报{b.dated}")
    return told


def journal(detail: dict[str, Any], scheme: Any) -> str:
    """Its entry as a sentence."""
    return f"{detail.get('dated')} 的简报"
