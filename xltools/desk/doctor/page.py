"""The page (自检报告.txt) that a clerk hands to IT: plain text, because it must be made and read where nothing works.

Plain UTF-8 text needs none of our packages to be written, opens with a double click on any computer, prints on one
page, and can be pasted into a message. No person's name, login or password stands on it.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from xltools import __version__, files
from xltools.desk.doctor.check import BAD, NOTE, OK, Check
from xltools.desk.errors import Refusal
from xltools.desk.rules.plaintext import left, width, wrapped

NAME = "自检报告.txt"
TITLE = "统保平台工具箱 自检报告"
COLUMNS = 84


def page(checks: Sequence[Check], now: datetime, folder: Path) -> str:
    """The text of the page: what must be mended first, then what is worth knowing, then what is fine."""
    lines = [TITLE, f"xltools {__version__}　{now:%Y-%m-%d %H:%M}　{masked(str(folder))}", ""]
    for result, words in ((BAD, "要处理"), (NOTE, "提示"), (OK, "正常")):
        mine = [c for c in checks if c.result == result]
        lines.append(f"{result} {words} {len(mine)} 项")
        for c in mine:
            lines += shown(replace(c, text=masked(c.text), todo=masked(c.todo)))  # a path may be broken into lines
        lines.append("")
    lines.append("本页没有个人信息。经办人：　　　　　　　信息部门：　　　　　　　日期：")
    return "\r\n".join(lines) + "\r\n"


def shown(check: Check, *, person: bool = False) -> list[str]:
    """One check in lines; `person`: with the name of who is at work, for the screen."""
    name = left(check.name, max(14, width(check.name) + 1))
    text = f"{check.who}：{check.text}" if person and check.who else check.text
    indent = " " * (2 + width(name))
    lines = wrapped(f"  {name}{text}", indent=indent, columns=COLUMNS)
    if check.todo:
        lines += wrapped(f"{indent}→ {check.todo}", indent=f"{indent}  ", columns=COLUMNS)
    return lines


def masked(text: str) -> str:
    """Without the home folder, which is called after a person."""
    home = str(Path.home())
    if len(home) < 4:
        return text
    return text.replace(home, "%USERPROFILE%" if os.name == "nt" else "~")


def write(checks: Sequence[Check], now: datetime, folder: Path) -> Path:
    """Write the page into the folder, or where that cannot be done, into the system's temporary one.

    A page of ours is replaced; a file of that name which is none is left, and the page gets another name.
    Raises Refusal where neither folder can be written.
    """
    text = page(checks, now, folder)
    for place in (folder, Path(tempfile.gettempdir())):
        path = _free(place)
        try:
            with files.replace(path) as temporary:
                temporary.write_text(text, "utf-8-sig", newline="")
            return path
        except OSError:
            continue
    raise Refusal(f"{folder}：自检报告写不进去", "请检查文件夹权限和磁盘空间，或把屏幕上的内容照下来")


def _free(folder: Path) -> Path:
    n, path = 1, folder / NAME
    while path.exists() and not _ours(path):
        n += 1
        path = folder / f"自检报告({n}).txt"
    return path


def _ours(path: Path) -> bool:
    try:
        return path.is_file() and path.read_bytes()[: 3 + len(TITLE.encode())].decode("utf-8-sig", "replace") == TITLE
    except OSError:
        return False
