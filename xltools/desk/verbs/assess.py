"""`assess` (资格与保费测算)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xltools.catalogue.words import figure
from xltools.desk.told import PROBLEMS, Told
from xltools.desk.verb import Ask, Option, Verb

if TYPE_CHECKING:
    from xltools.desk.workspace import Workspace

VERB = Verb(
    "assess",
    "资格与保费测算",
    "资格与保费测算：谁符合、多少钱、排第几",
    120,
    about="""资格与保费测算：按台账现状，谁符合条件、什么方案、多少保费、排第几、资金够不够。

    随时可以重算；已报送的行冻结不变。""",
    changes=True,
    options=(
        Option("assume_approved", "待审核的视同已同意：假如全部同意会怎样", ("--assume-approved",), "yes"),
        Option("out", "结果文件 .xlsx / .csv / .parquet", ("-o", "--out"), "file", "文件"),
    ),
    button="资格与保费测算",
    presses="先取回本工作簿里的审核意见，再重新测算资格、方案、保费、排队和资金",
    phases=("enrol", "review", "submit", "year"),
    phase="submit",
    looks=("测算", "排队"),
    next=("打开平台工作簿看“测算”“排队”，没有问题就{submit}",),
    idle=("在平台工作簿的“企业名册”里填审核意见，保存并关闭，再{assess}",),
    lists=True,
)


def run(workspace: Workspace, ask: Ask) -> Told:
    """Assess every firm as the ledger stands. Raises Refusal."""
    from xltools.desk.rules.assess import assess
    from xltools.desk.rules.status import counted

    ask.progress("测算", 0, 1)
    out = None if ask.dry_run else ask["out"]
    found = assess(workspace, today=ask.today, assume_approved=ask["assume_approved"], out=out)
    told = Told(code=PROBLEMS if found.has_errors else 0, files=[out] if out else [])
    told.data = {
        "firms": found.firms, "claims": found.claims, "counts": found.counts, "pools": found.money, "total_free_fen": found.total_free_fen,
        "ties": found.ties, "notes": [n.sentence for n in found.notes], "rows": found.rows, "out": str(out) if out else None,
    }  # fmt: skip
    supposed = "（假定全部同意）" if ask["assume_approved"] else ""
    told.say(f"{ask.today} 测算 {counted(found.firms, found.claims)}{supposed}", shown="screen")
    told.table("资格", [{"结果": k, "家数": n} for k, n in found.counts.items()])
    rows = [
        {
            "盘子": m.insurer, "总额": figure(m.pool), "已承保": figure(m.issued), "已报送": figure(m.sent),
            "已安排": figure(m.arranged), "可用": figure(m.free),
        }
        for m in found.money
    ]  # fmt: skip
    told.table("资金（元）", rows)
    told.add(*found.notes)
    told.say(*(f"{m.insurer}：盘子 {figure(m.pool)} 元，可用 {figure(m.free)} 元" for m in found.money), shown="press")
    if out:
        told.say(f"结果：{out}", shown="screen")
    counts = "，".join(f"{k} {n}" for k, n in found.counts.items())
    told.sum_up(f"测算 {counted(found.firms, found.claims)}：{counts}" if found.firms else "台账里还没有企业")
    told.idle = not any(found.counts.get(state) for state in ("已安排", "候补", "已报送"))
    return told
