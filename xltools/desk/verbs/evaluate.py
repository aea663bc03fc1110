"""`evaluate` (绩效评估)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from xltools.desk.told import Note, Told
from xltools.desk.verb import Ask, Verb

if TYPE_CHECKING:
    from xltools.desk.workspace import Workspace

VERB = Verb(
    "evaluate",
    "绩效评估",
    "绩效评估：方案第七条逐条判断，附数据、对照组、绩效目标表和自评表",
    260,
    about="""绩效评估：保险人服务质量六条、平台效果两条，按台账逐条判断达标、未达标或尚不能定，写明数据和还缺什么。

    对照组是海关数据里同区间、同区域、没有参保的企业，没有列入的逐家写明原因。绩效评估工作簿写在 评估/，内有绩效目标表和自评表，黄色格在平台工作簿“自评表”里填。""",
    changes=True,
    button="绩效评估",
    presses="按方案第七条逐条评估，把绩效评估工作簿写进“评估”文件夹",
    phases=("evaluate",),
    phase="evaluate",
    looks=("评估", "自评表"),
    next=("在“自评表”的黄色格填得分和偏差原因，再{sync}；然后再{evaluate}，打印、签字",),
    idle=("还没有承保的企业，评估不了；先{issued}",),
)


def run(workspace: Workspace, ask: Ask) -> Told:
    """Judge every criterion as the ledger stands, and write the workbook. Raises Refusal."""
    from xltools.desk.year import evaluate as evaluating
    from xltools.desk.year import papers

    e = evaluating.evaluate(workspace, today=ask.today)
    criteria = [j.told for j in e.judged]
    x = e.exports
    told = Told(
        data={
            "criteria": criteria, "cases": e.cases, "over": e.over,
            "control": {"firms": x.group.num_rows, "left_out": x.firms.num_rows - x.group.num_rows, "now": x.theirs.now, "before": x.theirs.before},
            "platform": {"firms": e.members.num_rows, "now": x.ours.now, "before": x.ours.before},
        },
        idle=not e.members.num_rows,
    )  # fmt: skip
    told.table(
        "绩效评估", [{"条款": j.clause, "结果": j.verdict, "数据": j.figures, "还缺什么": j.missing} for j in e.judged]
    )
    for j in e.judged:
        told.say(f"{j.clause}：{j.verdict}。{j.figures}", shown="press")
        if j.missing:
            told.add(Note(f"{j.clause} 尚不能定：{j.missing}", "CRITERION_OPEN", "warning", shown="press"))
    if not ask.dry_run:
        told.files = [papers.write_evaluation(workspace, e)]
        told.say(f"绩效评估工作簿：{told.files[0].parent.name}/{told.files[0].name}")
        evaluating.keep(workspace, e, ask.now)
    counts = {word: sum(j.verdict == word for j in e.judged) for word in dict.fromkeys(j.verdict for j in e.judged)}
    told.sum_up("绩效评估：" + "，".join(f"{word} {n} 条" for word, n in counts.items()))
    return told


def journal(detail: dict[str, Any], scheme: Any) -> str:
    """Its entry as a sentence."""
    said = [f"{c['clause']} {c['verdict']}" for c in detail.get("criteria", ())]
    return f"评估于 {detail.get('day')}：{'，'.join(said)}"
