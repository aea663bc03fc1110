"""The worksheet functions in words (函数说明), as the data that the workbook's hidden settings show to its macros."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from xltools.office.wrappers import Function

PATH = Path("xltools", "sheets", "platform", "functions.toml")
HEAD = """# 自定义函数的说明，由 xltools workbooks 从 udfs/ 生成，请勿手改。
# 画在隐藏页 xlwings.conf 的 D1 起，每行一项（名、说明、各参数的说明），打开工作簿时由 ThisWorkbook 读取。
"""
CATEGORY = "统保平台"
ONLINE = (
    "本工作簿打开自网盘或网络地址，按钮找不到程序所在的文件夹。"
    "请把整个文件夹复制到本机（如 C:\\统保平台），从那里打开。"
)
PROGRAM = (
    "没有找到程序：本工作簿所在的文件夹里没有 python\\python.exe。"
    "请把本工作簿放回统保平台的文件夹（或其中的“工作簿”文件夹）再打开；还没有安装的，请先双击“安装”。应在："
)


def text(functions: Iterable[Function]) -> str:
    """The file's text: each function's name, description, and descriptions of its arguments."""
    lines = [
        HEAD,
        f"category = {_quoted(CATEGORY)}",
        f"online = {_quoted(ONLINE)}",
        f"program = {_quoted(PROGRAM)}",
        "",
    ]
    for f in functions:
        lines += ["[[function]]", f"name = {_quoted(f.name)}", f"about = {_quoted(f.about)}", "arguments = ["]
        lines += [f"    {_quoted(a.about)}," for a in f.arguments]
        lines += ["]", ""]
    return "\n".join(lines)


def _quoted(value: str) -> str:
    """A TOML basic string; JSON's escapes are among TOML's."""
    return json.dumps(value, ensure_ascii=False)
