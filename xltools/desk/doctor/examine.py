"""`doctor` (自检): everything that a button needs, looked at once, in words that a clerk can hand to IT.

It must speak when nothing else works, so whatever needs more than the standard library is imported inside its check.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path

from xltools.desk.doctor.check import BAD, NOTE, OK, Check, guarded
from xltools.desk.doctor.folder import folder as folder_checks
from xltools.desk.doctor.machine import machine
from xltools.desk.doctor.packages import packages

CONFIG = "xltools.toml"


def doctor(folder: Path, *, now: datetime, here: bool = False) -> list[Check]:
    """All checks of this computer and of the workspace in `folder`, if there is one. Never raises; changes nothing.

    `here`: the workbook is open in this very program, which is no obstacle then.
    """
    found = guarded("电脑", lambda: machine(now))
    found += guarded("软件包", packages)
    found += guarded("目录", _catalogue)
    found += guarded("文件夹", lambda: folder_checks(folder))
    if not (folder / CONFIG).is_file():
        found.append(
            Check(
                "工作区",
                NOTE,
                "这个文件夹不是工作区（没有 xltools.toml），只查了电脑",
                "要查工作区，请到工作区文件夹里自检",
            )
        )
        return found
    found += guarded("工作区", lambda: _workspace(folder, now))
    found += guarded("平台工作簿", lambda: _workbook(folder, here))
    return found


def _catalogue() -> Iterable[Check]:
    """Whether every declared table can be used: an office or a new release may have added one."""
    from xltools.catalogue.bureau_tables import bureau_tables
    from xltools.catalogue.declared import CatalogueError

    try:
        count = len(bureau_tables())
    except CatalogueError as e:
        return [Check("登记表", BAD, str(e), "请照所说的改正登记表的说明文件，或重新安装")]
    return [Check("登记表", OK, f"{count} 张登记表的说明都能用")]


def _workspace(folder: Path, now: datetime) -> Iterable[Check]:
    from xltools.desk.doctor.ledger import workspace

    return workspace(folder, now)


def _workbook(folder: Path, here: bool) -> Iterable[Check]:
    from xltools.desk.doctor.workbook import workbook

    return workbook(folder, here=here)


def summary(checks: Sequence[Check]) -> str:
    """One line: how many of each, and what must be mended first."""
    counts = {r: sum(c.result == r for c in checks) for r in (OK, NOTE, BAD)}
    said = f"正常 {counts[OK]} 项，提示 {counts[NOTE]} 项，要处理 {counts[BAD]} 项"
    return said if counts[BAD] else f"{said}；可以正常使用"
