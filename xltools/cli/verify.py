"""`verify` (全面核验)."""

from __future__ import annotations

from xltools.cli.common import PROBLEMS, Context, verb


@verb("verify")
def verify(c: Context) -> int:
    """全面核验：复算每个金额，核对日志是否被改动，逐格比较每份报送表。"""
    from xltools.desk.batch.verify import as_json
    from xltools.desk.batch.verify import verify as run

    workspace = c.workspace()
    with c.progress() as step:
        found = run(workspace, today=c.today, progress=step)
    c.data = as_json(found)
    c.say(f"日志 {found.entries} 条，金额 {found.amounts} 笔，报送表 {found.sheets} 份")
    c.say(*(f"✘ {w}" for w in found.wrong), *(f"! {m}" for m in found.money))
    if not found.wrong:
        c.say("✔ 全部相符")
    return PROBLEMS if found.wrong else 0
