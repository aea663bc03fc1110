"""`explain CODE` (一企一说)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xltools.desk.told import Told
from xltools.desk.verb import Ask, Option, Verb

if TYPE_CHECKING:
    from xltools.desk.workspace import Workspace

VERB = Verb(
    "explain",
    "一企一说",
    "一企一说：讲清一家企业的每一步和依据",
    150,
    about="""一企一说：写统一社会信用代码、受理编号或名称的一部分。

    讲清每条规则和条款、看到了什么、给了什么、为什么没给别的方案、排在哪里、还差多少。""",
    options=(Option("firm", required=True, metavar="企业"),),
)


def run(workspace: Workspace, ask: Ask) -> Told:
    """The stories of the firms that match. Raises Refusal."""
    from xltools.desk.rules.explain import explain

    told = Told()
    stories = explain(workspace, ask["firm"], today=ask.today)
    told.data = {
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
        told.say(f"{s.number} {s.name}：{s.outcome}")
        for title, lines in s.sections:
            told.say(f"【{title}】", *(f"  {line}" for line in lines))
    return told
