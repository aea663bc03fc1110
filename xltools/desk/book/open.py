"""Whether somebody has the workbook open (是否正打开着): the lock files that Excel, WPS and LibreOffice leave beside it."""

from __future__ import annotations

import sys
from pathlib import Path

from xltools.desk.errors import Refusal


def refuse_if_open(path: Path) -> None:
    """Raise Refusal, saying who if the lock file tells, when the workbook is open in a program."""
    for lock, program in (
        (path.with_name(f"~${path.name}"), "Excel 或 WPS"),
        (path.with_name(f".~{path.name}"), "WPS"),
        (path.with_name(f".~lock.{path.name}#"), "LibreOffice"),
    ):
        if lock.exists():
            who = _who(lock) if program == "LibreOffice" else ""
            raise Refusal(
                f"{path.name} 正在 {program} 中打开{f'（{who}）' if who else ''}。请保存并关闭后再运行，"
                f"或在工作簿里按“刷新”；如确认没有打开，请删除 {lock.name}"
            )
    if sys.platform == "win32":
        _refuse_if_held(path)


def _who(lock: Path) -> str:
    """LibreOffice's lock file: name, user, computer, time, profile."""
    try:
        parts = lock.read_text("utf-8", errors="replace").split(",")
    except OSError:
        return ""
    return " ".join(filter(None, (p.strip() for p in (parts[0], *parts[2:4]))))


def _refuse_if_held(path: Path) -> None:
    """Windows keeps an open workbook from being opened for writing."""
    try:
        with path.open("rb+"):
            pass
    except PermissionError as e:
        raise Refusal(f"{path.name} 正在 Excel 中打开，或是只读的。请关闭后再运行，或在工作簿里按“刷新”") from e
