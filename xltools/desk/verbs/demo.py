"""`demo [DIR]` (演示)."""

from __future__ import annotations

from pathlib import Path

import xltools
from xltools.desk.told import PROBLEMS, Told
from xltools.desk.verb import Ask, Option, Verb

EXAMPLES = Path(xltools.__file__).parent.parent / "examples" / "nantong-2019"
"""In the source tree, beside the package."""

VERB = Verb(
    "demo",
    "演示",
    "演示：用示例数据走完一遍（不影响任何真实数据）",
    10,
    about="""演示：用南通2019的示例数据，在新建的目录里走完收件、审核、测算、报送、核验，
    再到年内的付款、承保结果、变更、清算、理赔、服务、评估和统计。

    示例自带日期（2019-10-08），企业都是虚构的。""",
    where="",
    changes=True,
    options=(
        Option("target", kind="file", default=Path("统保演示"), metavar="[目录]"),
        Option("year", "另把其余各表也填上示例，并生成平台工作簿：每张工作表都有内容", ("--year",), "yes"),
    ),
)


def run(workspace: None, ask: Ask) -> Told:
    """Work through the example. Raises Refusal."""
    from xltools.desk.demo.run import demo

    target, told = ask["target"], Told()
    if ask.dry_run:
        told.data = {"examples": str(EXAMPLES)}
        told.say(f"将用 {EXAMPLES} 的示例在 {target} 里演示（未执行）")
        return told
    shown = demo(target, EXAMPLES, every=bool(ask["year"]), progress=ask.progress)
    if ask["year"]:
        told.files = [drawn(shown.root)]
    told.data = {
        "workspace": str(shown.root), "steps": shown.steps, "summary": shown.summary, "batches": shown.submitted,
        "wrong": shown.verified.wrong,
    }  # fmt: skip
    for one in shown.steps:
        told.say("", f"【{one.title}】", *one.lines)
    told.say("", *shown.summary, "", f"工作区：{shown.root}", *(f"平台工作簿：{p.name}" for p in told.files))
    told.code = PROBLEMS if shown.verified.wrong else 0
    return told


def drawn(root: Path) -> Path:
    """The workbook of the example on the last day of its policy year. Raises Refusal."""
    from datetime import datetime, time

    from xltools.desk.book import workbook as book
    from xltools.desk.demo.care import DAY
    from xltools.desk.workspace import open_workspace

    workspace = open_workspace(root).on(DAY)
    path = book.new_path(workspace, "excel")
    book.draw(path, book.contents(workspace, now=datetime.combine(DAY, time(16, 30)), today=DAY), "excel")
    return path
