"""`assess` (资格与保费测算)."""

from __future__ import annotations

from pathlib import Path

import click

from xltools.cli.common import FILE, PROBLEMS, Context, verb, yuan


@verb("assess", dry_run=True)
@click.option("--assume-approved", is_flag=True, help="待审核的视同已同意：假如全部同意会怎样")
@click.option("-o", "--out", type=FILE, metavar="文件", help="结果文件 .xlsx / .csv / .parquet")
def assess(c: Context, assume_approved: bool, out: Path | None, dry_run: bool) -> int:
    """资格与保费测算：按台账现状，谁符合条件、什么方案、多少保费、排第几、资金够不够。

    随时可以重算；已报送的行冻结不变。
    """
    from xltools.desk.rules.assess import assess as run
    from xltools.desk.rules.status import counted

    found = run(c.workspace(), today=c.today, assume_approved=assume_approved, out=None if dry_run else out)
    c.data = {
        "firms": found.firms, "claims": found.claims, "counts": found.counts, "pools": found.money, "fx": found.risks, "total_free_fen": found.total_free_fen,
        "ties": found.ties, "notes": found.notes, "rows": found.rows, "out": str(out) if out and not dry_run else None,
    }  # fmt: skip
    supposed = "（假定全部同意）" if assume_approved else ""
    c.say(f"{c.today} 测算 {counted(found.firms, found.claims)}{supposed}")
    c.table(
        "资格",
        [{"结果": k, "家数": n} for k, n in found.counts.items()],
    )
    c.table(
        "资金（元）",
        [
            {
                "盘子": m.insurer, "总额": yuan(m.pool), "已承保": yuan(m.issued), "已报送": yuan(m.sent),
                "已安排": yuan(m.arranged), "可用": yuan(m.free), "临界汇率": x.break_even, "最新汇率": x.rate,
            }
            for m, x in zip(found.money, found.risks, strict=True)
        ],
    )  # fmt: skip
    c.say(*found.notes)
    if out and not dry_run:
        c.say(f"结果：{out}")
    return PROBLEMS if found.has_errors else 0
