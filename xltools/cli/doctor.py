"""`doctor` (自检)."""

from __future__ import annotations

from dataclasses import asdict

from xltools.cli.common import PROBLEMS, Context, verb


@verb("doctor", dry_run=True)
def doctor(c: Context, dry_run: bool) -> int:
    """自检：检查软件、版本、文件夹、台账和平台工作簿，说明怎么修好，并写一页 自检报告.txt 交给信息部门。

    不在工作区里也能用，那时只查电脑和软件。有要处理的问题时退出码是 1。
    """
    from xltools.desk.doctor.check import BAD, NOTE, OK
    from xltools.desk.doctor.examine import doctor as run
    from xltools.desk.doctor.examine import summary
    from xltools.desk.doctor.page import shown, write
    from xltools.desk.errors import Refusal

    folder = c.folder.absolute()
    if not folder.is_dir():
        raise Refusal(f"找不到文件夹：{folder}。请用 -C 指明工作区")
    checks = run(folder, now=c.now)
    c.data = {"checks": [{k: v for k, v in asdict(x).items() if k != "who"} for x in checks]}
    for result, words in ((BAD, "要处理"), (NOTE, "提示"), (OK, "正常")):
        mine = [x for x in checks if x.result == result]
        if mine:
            c.say(f"{result} {words} {len(mine)} 项")
        for x in mine:
            c.say(*shown(x, person=True))
    c.say(summary(checks))
    if not dry_run:
        path = write(checks, c.now, folder)
        c.data["page"] = str(path)
        c.say(f"自检报告：{path}")
    return PROBLEMS if any(x.result == BAD for x in checks) else 0
