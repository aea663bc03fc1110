"""`alerts` (预警)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xltools.desk.told import Told
from xltools.desk.verb import Ask, Option, Verb

if TYPE_CHECKING:
    from xltools.desk.workspace import Workspace

VERB = Verb(
    "alerts",
    "预警",
    "预警：登记国别和买方的风险，列出要告知的参保企业",
    246,
    about="""预警：预警号 · 日期 · 级别 · 国别 · 买方 · 内容 · 来源。

    读入风险预警（写明文件，或“资料”文件夹里文件名以“风险预警”开头的），再列出每条预警影响的参保企业：对该国出口的（海关数据基年）、
    在那里有买方限额或理赔案件的；买方预警按名称找。还没有告知的，一条预警写一份名单放进 预警/，填好后读回。""",
    changes=True,
    options=(Option("file", kind="file", metavar="[文件]"),),
    button="预警",
    presses="读入“资料”文件夹里的风险预警，列出受影响的参保企业，没有告知的一条预警写一份名单放进“预警”文件夹",
    phases=("serve",),
    phase="serve",
    looks=("预警对象",),
    next=("按“预警”文件夹里的名单逐家告知，填好告知日期，文件放进“资料”文件夹，再{services}",),
    idle=("把风险预警放进“资料”文件夹（文件名以“风险预警”开头），或在平台工作簿的“风险预警”里登记，再{alerts}",),
)


def run(workspace: Workspace, ask: Ask) -> Told:
    """Read what is new, then meet the firms. Raises Refusal."""
    from xltools.desk.verbs.bureau import loaded
    from xltools.desk.year.handed import warned, write_warnings
    from xltools.scheme.countries import short_names

    told = loaded("alerts", workspace, ask, only=True)
    found = warned(workspace, today=ask.today)
    told.idle = not found.alerts
    if not found.alerts:
        told.sum_up("还没有登记风险预警")
        return told
    if not found.customs:
        told.say("还没有海关数据：国别预警只按买方限额和理赔案件找企业；先{customs}")
    names = short_names()
    shown, lacking = [], 0
    for a in found.alerts:
        mine = found.of(a["no"])
        waits = sum(r.told is None for r in mine)
        lacking += waits
        about = " ".join(filter(None, (names.get(a["country"] or ""), a["buyer"])))
        shown.append(
            {
                "预警号": a["no"], "日期": f"{a['day']}", "级别": a["level"] or "", "国别、买方": about, "企业": len(mine),
                "已告知": len(mine) - waits, "未告知": waits,
            }
        )  # fmt: skip
    told.table("风险预警", shown)
    told.data |= {
        "affected": [
            {"alert": r.alert["no"], "firm": r.firm.uscc, "grounds": r.grounds, "told": r.told and f"{r.told[0]}"}
            for r in found.rows
        ]
    }
    if not ask.dry_run:
        told.files = write_warnings(workspace, found)
        told.say(*(f"要告知的企业：{p.parent.name}/{p.name}" for p in told.files))
    told.sum_up(f"风险预警 {len(found.alerts)} 条，还没有告知的企业 {lacking} 家次")
    return told
