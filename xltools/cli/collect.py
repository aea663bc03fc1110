"""`collect` (收件)."""

from __future__ import annotations

from pathlib import Path

import click

from xltools.cli.common import FILE, PROBLEMS, Context, problems_json, show_problems, verb


@verb("collect", dry_run=True)
@click.argument("files", type=FILE, nargs=-1, metavar="[文件]...")
def collect(c: Context, files: tuple[Path, ...], dry_run: bool) -> int:
    """收件：读入 收件/ 里的表（或写明的文件），好的行记入台账，有问题的表退回到 退回/。

    重复收同一份文件不会有任何变化；改正后的表按企业逐家更新。
    """
    from xltools.desk.enrol.collect import collect as run
    from xltools.desk.errors import Refusal

    for path in files:
        if not path.is_file():
            folder = f"{path} 是文件夹：请写明其中的文件，或把它们放进工作区的“收件”，不写文件名"
            raise Refusal(folder if path.is_dir() else f"找不到文件：{path}")
    workspace = c.workspace()
    with c.progress() as step:
        found = run(workspace, now=c.now, today=c.today, only=files, dry_run=dry_run, progress=step)
    c.data = {
        "files": [
            {
                "name": r.name, "district": r.district, "outcome": r.outcome, "again": r.again, "rows": r.rows,
                "good": r.good, "new": r.new, "changed": r.changed, "pending": r.pending, "left_out": r.left_out, "cleaned": r.cleaned,
                "tidied": r.tidied,
                "errors": r.errors, "warnings": r.warnings, "returned_as": r.returned_as,
                "problems": problems_json(r.placed),
            }
            for r in found
        ]
    }  # fmt: skip
    fresh = [r for r in found if not r.again]
    for r in fresh:
        show_problems(c, r.placed)
    rows = [
        {
            "文件": r.name, "区": r.district, "结果": r.word, "行": r.rows, "合格": r.good, "新增": r.new,
            "更新": r.changed, "待定": r.pending, "必须改": r.errors, "提示": r.warnings,
        }
        for r in fresh
    ]  # fmt: skip
    c.table("收件" + ("（试做，没有记入）" if dry_run else ""), rows)
    c.say(*(f"  {r.name} → 退回/{r.returned_as}" for r in fresh if r.returned_as))
    for r in (r for r in fresh if r.cleaned):
        columns = "、".join(f"{heading} {len(cells)} 处" for heading, cells in r.tidied.items())
        c.say(f"  {r.name}：读取时整理了 {r.cleaned} 个单元格（{columns}），原文件未改动")
    left_out = [r for r in fresh if r.left_out]
    c.say(*(f"  {r.name}：{r.left_out} 行因代码无效、重复或是合计行没有记入台账，改正后请重新报送" for r in left_out))
    again = [f"{r.name}（{r.word}）" for r in found if r.again]
    if again:
        c.say(f"以前收过，没有变化：{'、'.join(again)}")
    if not found:
        c.say(f"{workspace.inbox} 里没有文件")
    return PROBLEMS if any(r.errors for r in fresh) else 0
