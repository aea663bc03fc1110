"""`clocks` (期限)."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import TYPE_CHECKING

from xltools.desk.errors import Refusal
from xltools.desk.told import Told
from xltools.desk.verb import Ask, Option, Verb

if TYPE_CHECKING:
    from xltools.desk.rules.clocks import Deadline
    from xltools.desk.workspace import Workspace

VERB = Verb(
    "clocks",
    "期限",
    "期限：快到和已过的期限，先到的在前，找谁",
    234,
    about="""期限：自缴保费、报损、索赔、理赔决定（15 个工作日）、收汇（4 月 30 日）、续保、回访和拜访，先到的在前。

    清单和一企一页写在 期限/。各期限是几天、依据哪一条，写在期限文件里，可以换成本单位自己的；日历没有的年度写“日历缺失”，不推算。""",
    changes=True,
    options=(
        Option("every", "全部期限，不只是快到的", ("--all",), "yes"),
        Option("first", "达标率从哪天起（默认保险年度第一天）", ("--from",), metavar="日期"),
        Option("last", "达标率到哪天止（默认保险年度最后一天）", ("--to",), metavar="日期"),
    ),
    button="期限",
    presses="列出快到和已过的期限，先到的在前，把清单和一企一页写进“期限”文件夹",
    phases=("loss",),
    phase="loss",
    looks=("期限",),
    next=("按清单逐家联系；办好的登记在“理赔案件”“缴费”或服务记录里",),
    idle=("没有快到的期限",),
)


def run(workspace: Workspace, ask: Ask) -> Told:
    """What lapses first. Raises Refusal."""
    from xltools.desk.year.clocks import clocks, write

    found = clocks(workspace, today=ask.today, every=ask["every"], first=_day(ask["first"]), last=_day(ask["last"]))
    told = Told(
        data={"deadlines": [asdict(d) for d in found.rows], "kept": [k.words for k in found.kept]}, idle=not found.rows
    )
    for title, rows in (("已逾期", found.late), ("快到期", found.soon), ("其余", found.others)):
        if rows:
            told.table(title, [_row(d) for d in rows])
    told.table("理赔决定达标（003 十二）", [k.words for k in found.kept])
    told.say(f"已逾期 {len(found.late)} 项，快到期 {len(found.soon)} 项，共列出 {len(found.rows)} 项")
    if found.waiting:
        told.say(f"受理了、单证还没有齐的统保案件 {found.waiting} 件：15 个工作日还没有起算")
    if found.green:
        told.say(f"绿色通道、还没有决定的自行投保案件 {found.green} 件：应赔尽赔，能赔快赔（003 十一），没有规定天数")
    if found.rows and not ask.dry_run:
        path = write(workspace, found, today=ask.today)
        told.files = [path]
        told.say(f"期限清单：{path.parent.name}/{path.name}")
    told.sum_up(f"期限：已逾期 {len(found.late)} 项，快到期 {len(found.soon)} 项")
    return told


def _row(d: Deadline) -> dict[str, object]:
    calls = " ".join(filter(None, (d.who if d.who != d.name else "", d.contact, d.phone)))
    return {
        "截止日": f"{d.end or d.state}", "剩余天数": "" if d.left is None else d.left, "期限": d.kind, "企业": d.name or d.uscc,
        "对象": d.subject if d.subject != d.uscc else "", "找谁": calls, "依据": d.clause,
    }  # fmt: skip


def _day(text: str) -> date | None:
    """A day as it is typed. Raises Refusal."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as e:
        raise Refusal(f"看不懂日期：{text}；请写成 2019-09-01") from e
