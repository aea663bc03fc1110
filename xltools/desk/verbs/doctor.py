"""`doctor` (自检)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xltools.desk.errors import Refusal
from xltools.desk.told import Told
from xltools.desk.verb import Ask, Verb

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from xltools.desk.doctor.check import Check

VERB = Verb(
    "doctor",
    "自检",
    "自检：检查软件、文件夹和台账，说明怎么修好",
    210,
    about="""自检：检查软件、版本、文件夹、台账和平台工作簿，说明怎么修好，并写一页 自检报告.txt 交给信息部门。

    不在工作区里也能用，那时只查电脑和软件。有要处理的问题时退出码是 1。""",
    where="folder",
    changes=True,
    button="自检",
    presses="检查软件、版本、文件夹和台账，说明怎么修好",
    mend="把本文件夹里的“自检报告.txt”交给信息部门",
)


def run(workspace: None, ask: Ask) -> Told:
    """Look at everything that a button needs. Raises Refusal where there is no such folder."""
    from xltools.desk.doctor.examine import doctor

    folder = ask.folder.absolute()
    if not folder.is_dir():
        raise Refusal(f"找不到文件夹：{folder}", "请用 -C 指明工作区")
    return told_of(doctor(folder, now=ask.now), ask, folder)


def told_of(checks: Sequence[Check], ask: Ask, folder: Path) -> Told:
    """What a self-check found, and its page in the folder. Raises Refusal where no page can be made."""
    from dataclasses import asdict, replace

    from xltools.desk.doctor.check import BAD, NOTE, OK
    from xltools.desk.doctor.examine import summary
    from xltools.desk.doctor.page import shown, write
    from xltools.desk.steps import anyhow
    from xltools.desk.told import PROBLEMS, Note, named

    checks = [replace(c, text=named(c.text, anyhow), todo=named(c.todo, anyhow)) for c in checks]
    told = Told()
    told.sum_up(summary(checks))
    told.data = {"checks": [{k: v for k, v in asdict(c).items() if k != "who"} for c in checks]}
    for result, words in ((BAD, "要处理"), (NOTE, "提示"), (OK, "正常")):
        mine = [c for c in checks if c.result == result]
        if mine:
            told.say(f"{result} {words} {len(mine)} 项", shown="screen")
        for c in mine:
            told.say(*shown(c, person=True), shown="screen")
            if result == BAD:
                told.add(Note(f"{c.name}：{c.text}", "BAD", "error", todo=c.todo, shown="press"))
            elif result == NOTE:
                told.add(Note(f"{c.name}：{c.text}", "NOTE", "warning", todo=c.todo, shown="press"))
    told.say(told.outcome, shown="screen")
    if not ask.dry_run:
        page = write(checks, ask.now, folder)
        told.files.append(page)
        told.data["page"] = str(page)
        told.say(f"自检报告：{page}")
    told.code = PROBLEMS if any(c.result == BAD for c in checks) else 0
    return told
