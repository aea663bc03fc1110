"""`report` (统计)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from xltools.catalogue.words import figure
from xltools.desk.told import Note, Told
from xltools.desk.verb import Ask, Option, Verb

if TYPE_CHECKING:
    from xltools.desk.workspace import Workspace

VERB = Verb(
    "report",
    "统计",
    "统计：承保、小微、赔款、融资和同比，按月、区、方案、保险人、市场、标签；截止日定数",
    262,
    about="""统计：企业、小微、承保金额、财政扶持、赔款、融资，附同比、覆盖面、目标进度、任务和其他业务，写在 统计/。

    命令里写截止日就定数：以后再统计同一天，数和文件逐字节一样；后来的更正另列在“更正”。也可以重新定数，出第 2 版。

    写明上年度的工作区，各组都有同比；不写的，只有合计和保险人有（承保统计里统保平台的上年数）。""",
    changes=True,
    options=(
        Option("cutoff", "截止日，如 2020-03-31；写了就定数", ("--cutoff",), metavar="日期"),
        Option("renew", "同一截止日重新定数，列出同上一版的差别", ("--renew",), "yes"),
        Option("before", "上年度的工作区文件夹，用来算同比", ("--before",), "file", metavar="文件夹"),
    ),
    button="统计",
    presses="按台账现状统计，写进“统计”文件夹（不定数）",
    phases=("evaluate",),
    phase="evaluate",
    looks=("统计",),
    next=("核对无误后用命令写截止日定数；再{brief}",),
    idle=("还没有承保的企业；先{issued}",),
)


def run(workspace: Workspace, ask: Ask) -> Told:
    """Count up to the cut-off, and write the workbook. Raises Refusal."""
    from xltools.desk.year import report as reporting
    from xltools.desk.year.progress import late_tasks
    from xltools.desk.year.statistics import COUNTS, MEASURES, TOTAL
    from xltools.engine.growth import per_cent

    made = reporting.make(
        workspace, today=ask.today, now=ask.now, cutoff=reporting.a_day(ask["cutoff"]), renew=ask["renew"],
        before=ask["before"], dry_run=ask.dry_run,
    )  # fmt: skip
    r = made.report
    at = r.frozen
    told = Told(
        data={
            "cutoff": f"{at.cutoff}", "frozen": r.is_frozen, "number": at.number, "seq": at.seq, "again": made.again,
            "same": made.same, "lines": reporting.told(r.lines), "corrections": r.corrections,
            "coverage": r.coverage if r.coverage_known else None,
        },
        idle=not r.total.values["firms"],
    )  # fmt: skip

    def shown(measure: str, value: int | None) -> str:
        return "—" if value is None else f"{value:,}" if measure in COUNTS else figure(value)

    told.table(
        f"统计，截至 {at.cutoff}",
        [
            {"分组": x.group, "项目": x.item, **{MEASURES[m]: shown(m, x.values.get(m)) for m in MEASURES}}
            for x in r.lines
        ],
    )
    total = r.total
    for m in MEASURES:
        grown = total.growth(m)
        more = f"，同比 {per_cent(grown)}" if total.base else ""
        told.say(f"{TOTAL}{MEASURES[m]}：{shown(m, total.values.get(m))}{more}", shown="press")
    told.say(f"覆盖面 {per_cent(r.covered)}")
    for t in r.targets:
        told.say(f"目标 {t.indicator}（{t.period}）：完成 {per_cent(t.progress)}{f'（{t.why}）' if t.why else ''}")
    if late := late_tasks(r.tasks, at.cutoff):
        told.add(Note(f"到期还没有完成的任务 {len(late)} 项：{'、'.join(late)}", "TASK_LATE", "warning"))
    if r.empty_markets:
        told.say(f"这一天没有成员的市场组：{'、'.join(r.empty_markets)}")
    if made.again:
        told.say(f"{at.cutoff} 已在 {at.day} 定数（第 {at.number} 版），按当时的台账重做")
        if made.same is False:
            told.add(Note("数同定数时一样，文件格式随软件更新变了", "REPORT_REDRAWN", "warning"))
    if r.corrections:
        since = "同上一版" if at.number > 1 and not made.again else "定数以后"
        told.add(Note(f"{since}的更正 {len(r.corrections)} 处，见“更正”", "REPORT_CORRECTED", "warning"))
    told.files = made.files
    told.say(*(f"{p.parent.name}/{p.name}" for p in made.files), shown="screen")
    told.sum_up(
        f"统计截至 {at.cutoff}：企业 {total.values['firms']:,} 家" + (f"，第 {at.number} 版" if r.is_frozen else "")
    )
    return told


def journal(detail: dict[str, Any], scheme: Any) -> str:
    """Its entry as a sentence."""
    state = f"定数第 {detail.get('number')} 版，按日志第 {detail.get('seq')} 条" if detail.get("frozen") else "没有定数"
    corrected = f"，更正 {detail['corrections']} 处" if detail.get("corrections") else ""
    return f"截至 {detail.get('cutoff')} 的统计，{state}{corrected}"
