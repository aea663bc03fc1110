"""`explain CODE` (一企一说)."""

from __future__ import annotations

import click

from xltools.cli.common import Context, verb


@verb("explain")
@click.argument("firm", metavar="企业")
def explain(c: Context, firm: str) -> None:
    """一企一说：写统一社会信用代码、受理编号或名称的一部分。

    讲清每条规则和条款、看到了什么、给了什么、为什么没给别的方案、排在哪里、还差多少。
    """
    from xltools.desk.rules.explain import explain as run

    stories = run(c.workspace(), firm, today=c.today)
    c.data = {
        "stories": [
            {
                "number": s.number,
                "name": s.name,
                "outcome": s.outcome,
                "sections": [{"title": t, "lines": x} for t, x in s.sections],
            }
            for s in stories
        ]
    }
    for s in stories:
        c.say(f"{s.number} {s.name}：{s.outcome}")
        for title, lines in s.sections:
            c.say(f"【{title}】", *(f"  {line}" for line in lines))
