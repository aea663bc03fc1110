"""`demo [DIR]` (演示)."""

from __future__ import annotations

from pathlib import Path

import click

import xltools
from xltools.cli.common import FILE, PROBLEMS, Context, verb

EXAMPLES = Path(xltools.__file__).parent.parent / "examples" / "nantong-2019"
"""In the source tree, beside the package."""


@verb("demo", workspace=False, dry_run=True)
@click.argument("target", type=FILE, default=Path("统保演示"), metavar="[目录]")
def demo(c: Context, target: Path, dry_run: bool) -> int:
    """演示：用南通2019的示例数据，在新建的目录里走完收件、审核、测算、报送、核验。

    示例自带日期（2019-10-08），企业都是虚构的。
    """
    from xltools.desk.demo.run import demo as run

    if dry_run:
        c.data = {"examples": str(EXAMPLES)}
        c.say(f"将用 {EXAMPLES} 的示例在 {target} 里演示（未执行）")
        return 0
    with c.progress() as step:
        shown = run(target, EXAMPLES, progress=step)
    c.data = {
        "workspace": str(shown.root), "steps": shown.steps, "summary": shown.summary, "batches": shown.submitted,
        "wrong": shown.verified.wrong,
    }  # fmt: skip
    for one in shown.steps:
        c.say("", f"【{one.title}】", *one.lines)
    c.say("", *shown.summary, "", f"工作区：{shown.root}")
    return PROBLEMS if shown.verified.wrong else 0
