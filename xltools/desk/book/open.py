"""Whether somebody has the workbook open (是否正打开着): the lock files that Excel, WPS and LibreOffice leave beside it."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from xltools.desk.errors import Refusal


@dataclass(frozen=True)
class Opened:
    """A workbook that is open: in which program, by whom ("" where nobody knows), and the lock file that says so."""

    path: Path
    program: str
    who: str = ""
    lock: str = ""

    @property
    def text(self) -> str:
        return f"{self.path.name} 正在 {self.program} 中打开" + ("" if self.lock else "，或是只读的")

    @property
    def todo(self) -> str:
        if not self.lock:
            return "请关闭后再试，或在工作簿里按按钮"
        return f"请保存并关闭后再试，或在工作簿里按按钮；如确认没有打开，请删除 {self.lock}"


def opened_in(path: Path) -> Opened | None:
    """Where the workbook is open, if it is."""
    for lock, program in (
        (path.with_name(f"~${path.name}"), "Excel 或 WPS"),
        (path.with_name(f".~{path.name}"), "WPS"),
        (path.with_name(f".~lock.{path.name}#"), "LibreOffice"),
    ):
        if lock.exists():
            return Opened(path, program, _who(lock) if program == "LibreOffice" else "", lock.name)
    return _held(path) if sys.platform == "win32" else None


def refuse_if_open(path: Path) -> None:
    """Raise Refusal, saying who if the lock file tells, when the workbook is open in a program."""
    if found := opened_in(path):
        raise Refusal(found.text + (f"（{found.who}）" if found.who else ""), found.todo)


def _who(lock: Path) -> str:
    """LibreOffice's lock file: name, user, computer, time, profile."""
    try:
        parts = lock.read_text("utf-8", errors="replace").split(",")
    except OSError:
        return ""
    return " ".join(filter(None, (p.strip() for p in (parts[0], *parts[2:4]))))


def _held(path: Path) -> Opened | None:
    """Windows keeps an open workbook from being opened for writing."""
    try:
        with path.open("rb+"):
            return None
    except PermissionError:
        return Opened(path, "Excel")
