"""`workbooks`: the committed workbooks made anew from text (重新生成工作簿)."""

from __future__ import annotations

import click

from xltools.cli.common import PROBLEMS, Context, verb


@verb("workbooks", workspace=False)
@click.option("--check", is_flag=True, help="只核对：与重新生成的不同就指出来，不写文件（有不同时退出码为 1）")
def workbooks(c: Context, check: bool) -> int:
    """重新生成 workbooks/ 里的工作簿和宏工程；只在源代码目录里用，须装 pyOpenVBA。"""
    from xltools.office.build import workbooks as run

    with c.progress() as step:
        step("重新生成")
        told = run(check=check)
    c.data = {"different": told}
    if check:
        c.say(*(f"✘ {line}" for line in told) if told else ("✔ 与源文本一致",))
        return PROBLEMS if told else 0
    c.say(*(f"已更新 {line}" for line in told) if told else ("没有变化",))
    return 0
