"""The bridge (桥) that LibreOffice's own Python runs: module `xlwings` of the workbook calls `press` and `call` here.

`python -m xltools.office.libreoffice.install` copies this file into the user's profile as `xltools_bridge.py`, with its first lines filled in.
"""

from __future__ import annotations

import os
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

PROGRAM = ""
PATHS: list[str] = []
VERSION = ""
LOG = ""


def run(document: Any, command: str) -> str:
    """Run a button's command on the document; the sentence to show where it failed, else an empty text."""
    try:
        return str(_bridge().run(document, command, LOG))
    except Exception as e:
        return _excuse(e)


def press(document: Any, verb: str) -> str:
    """Do what the button of that verb does; as `run`, which the macros of earlier versions call with a command."""
    try:
        return str(_bridge().press(document, verb, LOG))
    except Exception as e:
        return _excuse(e)


def call(document: Any, module: str, name: str, args: Any) -> object:
    """Call a worksheet function; a value, or rows of values; where it failed a text that begins with 错误："""
    try:
        return _bridge().call(document, module, name, args)
    except Exception as e:
        return _excuse(e)


def opened(document: Any) -> str:
    """The workbook was opened: from now on its file is mended whenever LibreOffice has saved it."""
    try:
        _bridge().opened(document)
    except Exception as e:
        return _excuse(e)
    return ""


def _bridge() -> Any:
    """Our packages come from the folder of the program, which is on no path itself: see bundle/program.py."""
    if "xltools" not in sys.modules:
        sys.path[:0] = [path for path in PATHS if path not in sys.path]
        place = os.path.join(PROGRAM, "xltools", "office", "bundle", "program.py")
        spec = spec_from_file_location("xltools_program", place)
        assert spec
        assert spec.loader
        program = module_from_spec(spec)
        spec.loader.exec_module(program)
        program.found_in(Path(PROGRAM))
    from xltools.office.libreoffice import bridge

    return bridge


def _excuse(error: Exception) -> str:
    here = ".".join(map(str, sys.version_info[:2]))
    if VERSION and here != VERSION:
        return (
            f"错误：LibreOffice 用的是 Python {here}，统保平台工具箱装在 Python {VERSION} 里；"
            f"请用 Python {here} 重新安装，再运行 python -m xltools.office.libreoffice.install --trust 工作簿所在的文件夹"
        )
    return (
        f"错误：统保平台工具箱没有装好（{type(error).__name__}：{error}）；"
        "请双击“安装”，或重新安装后运行 python -m xltools.office.libreoffice.install --trust 工作簿所在的文件夹"
    )


g_exportedScripts = (press, run, call, opened)
