"""Whether a workbook may be written at all (能否写入): nobody has it open, and it is not read-only."""

from __future__ import annotations

import os
from pathlib import Path


def why_not(path: Path) -> list[str]:
    """Sentences; nothing where it may be written.

    Excel and WPS lay `~$name` beside a workbook that is open, LibreOffice `.~lock.name#`; either may be left over
    after a crash.
    """
    if not path.is_file():
        return [f"没有 {path.name} 这个文件。"]
    for lock, who in (
        (path.with_name(f"~${path.name}"), _excel),
        (path.with_name(f".~lock.{path.name}#"), _libreoffice),
    ):
        if lock.exists():
            return [
                f"{path.name} 正在被{who(lock)}打开。请存盘并关闭后再做一次；如果确实没有人打开，请删去同一文件夹里的隐藏文件 {lock.name}。"
            ]
    if not os.access(path, os.W_OK):
        return [f"{path.name} 是只读的，不能更新。请在文件属性中取消“只读”，或换成可写的文件夹。"]
    return []


def _excel(lock: Path) -> str:
    """The user's name stands behind its length: in the local code page (55 bytes), then in UTF-16."""
    try:
        data = lock.read_bytes()
        name = data[57 : 57 + 2 * data[55]].decode("utf-16-le", "ignore").strip() if len(data) > 57 else ""
    except OSError:
        name = ""
    return f"“{name}”" if name and name.isprintable() else "别人"


def _libreoffice(lock: Path) -> str:
    try:
        name = lock.read_text("utf-8", "replace").split(",")[0].strip()
    except OSError:
        name = ""
    return f"“{name}”" if name else "别人"
