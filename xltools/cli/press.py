"""`python -m xltools.cli.press VERB` (双击办理): what the double-clickable files call.

It must end with something to read even where packages are missing, so it needs none of them itself: no click, no rich.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import date, datetime
from pathlib import Path

NOWHERE = 3
"""Exit code when not even the result could be written: the window must stay open then."""
PLAIN = "处理结果.txt"


def main(given: Sequence[str] | None = None) -> int:
    """Do the verb in the folder, write 处理结果.xlsx and open it; 0, 1, 2 as every command, 3 when nothing was written."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    parser = argparse.ArgumentParser(prog="python -m xltools.cli.press", description="双击办理")
    parser.add_argument("verb", help="按钮的动作，或 init（建立工作区）")
    parser.add_argument("-C", dest="folder", type=Path, default=Path(), help="工作区（默认当前目录）")
    parser.add_argument("--scheme", default="", help="建立工作区时的方案编号")
    parser.add_argument("--today", type=date.fromisoformat, default=None, help="按哪一天办理（默认今天）")
    parser.add_argument("--who", default="", help="经办人（默认本机用户）")
    parser.add_argument("--no-open", action="store_true", help="办完不打开处理结果")
    asked = parser.parse_args(given)
    print("正在办理，请稍候……", flush=True)
    try:
        from xltools.desk.press.double_click import run

        scheme = asked.scheme or (_scheme() if asked.verb == "init" else "")
    except Exception as e:
        path = _plain(asked.folder, e)
    else:
        today = asked.today or date.today()
        now = datetime.combine(today, datetime.now().time()) if asked.today else datetime.now()
        more = {"scheme": scheme} if scheme else {}
        done = run(asked.folder, asked.verb, now=now, today=today, who=asked.who, progress=_progress(), **more)
        print(*done.lines, sep="\n")
        path = done.path
        if path is not None:
            print(f"处理结果：{path}")
            if not asked.no_open:
                show(path)
            return done.code
    if path is None:
        print("处理结果写不进去：请检查文件夹能否写入、磁盘是否已满，或把这个窗口拍下来交给信息部门")
        return NOWHERE
    if not asked.no_open:
        show(path)
    return 2


def show(path: Path) -> None:
    """Open a file with the program that is meant for it, if there is one. Never fails, waits for nothing."""
    with suppress(Exception):
        if sys.platform == "win32":
            os.startfile(path)
            return
        program = shutil.which("open" if sys.platform == "darwin" else "xdg-open")
        if program:
            quiet = subprocess.DEVNULL
            subprocess.Popen([program, str(path)], stdin=quiet, stdout=quiet, stderr=quiet, start_new_session=True)


def _scheme() -> str:
    """Ask for the scheme; the default where nobody can answer."""
    from xltools.desk.press.setup import SCHEME
    from xltools.scheme import shipped

    print(f"可用的方案：{'、'.join(shipped())}")
    try:
        return input(f"请输入方案编号（直接回车用 {SCHEME}）：").strip() or SCHEME
    except EOFError:
        return SCHEME


def _plain(folder: Path, error: Exception) -> Path | None:
    """What stops everything, as a plain text in place of the workbook that cannot be written."""
    missing = getattr(error, "name", None) or type(error).__name__
    text = f"没办成：软件没有装全（{missing}）。\r\n请双击“安装”重新安装，再试一次；还不行，请把本页交给信息部门。\r\n"
    print(text)
    with suppress(OSError):
        path = folder.absolute() / PLAIN
        path.write_text(text, "utf-8-sig", newline="")
        return path
    return None


def _progress() -> Callable[..., None]:
    """A line whenever something else begins."""
    last, shown = 0.0, ""

    def step(text: str, done: int = 0, total: int = 0) -> None:
        nonlocal last, shown
        if text != shown and time.monotonic() - last > 0.2:
            last, shown = time.monotonic(), text
            print(f"  {text}" + (f"（{done}/{total}）" if total else ""), flush=True)

    return step


if __name__ == "__main__":
    sys.exit(main())
