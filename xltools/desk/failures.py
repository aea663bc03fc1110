"""What went wrong in one Chinese sentence, for the terminal, a button and a double click alike.

It imports none of our packages' libraries, since one of them missing is among the things that go wrong.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from xltools.desk.errors import Refusal
from xltools.files import create, reason


def sentence(error: Exception, install: str) -> str:
    """The failure as a sentence; `install` says what to do where a package is missing.

    What is nobody's fault but ours is kept in a log file, as places in the code without any values.
    """
    scheme = sys.modules.get("xltools.scheme")
    if isinstance(error, Refusal) or (scheme and isinstance(error, scheme.SchemeError)):
        return str(error)
    if isinstance(error, ImportError):
        return f"软件没有装全（{error.name or error}）。{install}"
    if isinstance(error, OSError):
        where = f"{error.filename}：" if error.filename else ""
        return f"{where}{reason(error)}；请检查文件是否被占用、磁盘是否已满"
    if isinstance(error, MemoryError):
        return "内存不够；请关闭别的程序，把文件分成几个，或换一台内存更大的电脑"
    return f"程序出错，没有做成（{type(error).__name__}）。详细情况记在 {logged(error)}，请连同操作步骤交给维护人员"


def logged(error: Exception) -> str:
    """The name of a file that says where in the code it happened, and nothing of anybody's data."""
    import secrets  # only then: every start of a program would wait for them
    import tempfile
    import traceback

    path = Path(tempfile.gettempdir(), f"xltools-{secrets.token_hex(4)}.log")
    with os.fdopen(create(path), "w", encoding="utf-8", newline="\n") as log:
        log.write("".join(traceback.format_tb(error.__traceback__)) + type(error).__name__)
    return str(path)
