"""Whether a workbook may be written at all (能否写入): nobody has it open, and it is not read-only."""

from __future__ import annotations

import os
from pathlib import Path

from xltools.sheets.inuse import in_use


def why_not(path: Path) -> list[str]:
    """Sentences; nothing where it may be written."""
    if not path.is_file():
        return [f"没有 {path.name} 这个文件。"]
    if found := in_use(path):
        who = f"“{found.who}”" if found.who else "别人"
        return [
            f"{path.name} 正在被{who}打开。请存盘并关闭后再做一次；"
            f"如果确实没有人打开，请删去同一文件夹里的隐藏文件 {found.lock.name}。"
        ]
    if not os.access(path, os.W_OK):
        return [f"{path.name} 是只读的，不能更新。请在文件属性中取消“只读”，或换成可写的文件夹。"]
    return []
