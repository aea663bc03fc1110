"""`workbooks`: the committed workbooks made anew from text (重新生成工作簿)."""

from __future__ import annotations

from xltools.desk.told import PROBLEMS, Told
from xltools.desk.verb import Ask, Option, Verb


def run(workspace: None, ask: Ask) -> Told:
    """Build them, or say what is not as built. Raises Refusal."""
    from xltools.office.build import workbooks

    ask.progress("重新生成")
    check = ask["check"]
    different = workbooks(check=check)
    told = Told(data={"different": different}, code=PROBLEMS if check and different else 0)
    mark, none = ("✘", "✔ 与源文本一致") if check else ("已更新", "没有变化")
    told.say(*(f"{mark} {line}" for line in different) if different else (none,))
    return told


VERB = Verb(
    "workbooks",
    "重新生成",
    "重新生成 workbooks/ 里的工作簿（开发用）",
    900,
    about="重新生成 workbooks/ 里的工作簿和宏工程；只在源代码目录里用，须装 pyOpenVBA。",
    where="",
    options=(Option("check", "只核对：与重新生成的不同就指出来，不写文件（有不同时退出码为 1）", ("--check",), "yes"),),
    run=run,
)
