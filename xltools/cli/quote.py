"""`quote` (试算)."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import click

from xltools.cli.common import FILE, PROBLEMS, Context, Rate, problems_json, show_problems, verb, yuan


@verb("quote", workspace=False, dry_run=True)
@click.argument("file", type=FILE, metavar="文件")
@click.option("--scheme", required=True, metavar="方案", help="方案编号，如 nantong-2019，或一个 .toml 文件")
@click.option("--fx", type=Rate(), metavar="汇率", help="人民币元/美元，用于所有保险人（默认预算汇率）")
@click.option("--customs", type=FILE, metavar="文件", help="海关数据")
@click.option("--assume-approved", is_flag=True, help="待审核的视同已同意")
@click.option("-o", "--out", type=FILE, metavar="文件", help="结果文件 .xlsx / .csv / .parquet")
def quote(
    c: Context, file: Path, scheme: str, fx: Decimal | None, customs: Path | None, assume_approved: bool,
    out: Path | None, dry_run: bool,
) -> int:  # fmt: skip
    """试算一份表：资格、方案、保费、排队。

    不用工作区，不留痕迹。文件是区里的填报表，或任何带这些列名的 .xlsx / .csv。
    """
    from xltools.desk.rules.quote import quote as run
    from xltools.engine.assess import ELIGIBLE
    from xltools.scheme import load

    with c.progress() as step:
        found = run(
            file, load(scheme), today=c.today, fx=fx, customs=customs, assume_approved=assume_approved,
            out=None if dry_run else out, progress=step,
        )  # fmt: skip
    placed = found.roster.placed()
    ok = found.outcomes.status == ELIGIBLE
    arranged = found.outcomes.arranged
    money = {
        "财政扶持(元)": yuan(int(found.outcomes.fiscal_fen[ok & arranged].sum())),
        "企业承担(元)": yuan(int(found.outcomes.enterprise_fen[ok & arranged].sum())),
    }
    cleaned = sum(len(r) for r in found.roster.cleaned.values())
    c.data = {
        "rows": len(found.roster), "counts": found.counts(), "arranged": int(arranged.sum()),
        "waiting": int((ok & ~arranged).sum()), "cleaned": cleaned, **money, "problems": problems_json(placed),
        "out": str(out) if out and not dry_run else None,
    }  # fmt: skip
    show_problems(c, placed)
    c.table(f"{file.name}：{len(found.roster)} 家", [{"资格": k, "家数": n} for k, n in found.counts().items() if n])
    c.say(
        f"已安排 {int(arranged.sum())} 家，候补 {int((ok & ~arranged).sum())} 家；财政扶持 {money['财政扶持(元)']} 元，企业承担 {money['企业承担(元)']} 元"
    )
    c.say(*found.notes)
    if cleaned:
        c.say(f"读取时整理了 {cleaned} 个单元格（空格、全角、分隔符等），原文件未改动")
    if out and not dry_run:
        c.say(f"结果：{out}")
    return PROBLEMS if found.has_errors else 0
