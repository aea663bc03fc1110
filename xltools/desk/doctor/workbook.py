"""The closed platform workbook (平台工作簿): is it there, whole, free, and are its macros of the installed version?"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import suppress
from importlib import metadata
from pathlib import Path
from zipfile import BadZipFile, ZipFile

from xltools.desk.book.contents import baseline as base
from xltools.desk.book.macros import PART, UNREADABLE, of_earlier_version, xlwings_version
from xltools.desk.book.open import opened_in
from xltools.desk.book.workbook import EARLIER, RENEW, existing, read, tables
from xltools.desk.doctor.check import BAD, NOTE, OK, Check, refused
from xltools.desk.errors import Refusal
from xltools.desk.transaction import looking
from xltools.desk.workspace import Workspace, open_workspace

NAME = "平台工作簿"
NAMES = ("状态栏", "提示", "更新于", "阶段", "工作区")
"""Cells of 首页 that the buttons find by name."""
LINUX = sys.platform.startswith("linux")
"""There is no Excel there."""
_LARGEST = 50 << 20  # bytes of one member, inflated
_ANEW = "请把它改名留存，再{book}，会新生成一份；填过的内容都在台账里"


def workbook(root: Path, *, here: bool = False) -> Iterator[Check]:
    """Checks of the workbook in the workspace `root`, without opening it in an office program.

    `here`: it is open in the program that asks.
    """
    try:
        opened = open_workspace(root)
    except Refusal:
        return  # the ledger's checks have said so
    path = existing(opened)
    if path is None:
        yield Check(NAME, NOTE, f"还没有 {NAME}.xlsm", "请{book}生成；不用工作簿，命令也能办全部的事")
        return
    if not here and (found := opened_in(path)):
        yield Check(NAME, NOTE, found.text, found.todo, found.who)
    if _from_the_net(path):
        yield Check(
            NAME, NOTE, f"{path.name} 带着“来自网络”的标记，Excel 会禁用按钮", "请右键文件 → 属性 → 勾选“解除锁定”"
        )
    yield _tables(path, opened)
    yield from _package(path)


def _tables(path: Path, opened: Workspace) -> Check:
    """Our tables and their headings, against the catalogue."""
    try:
        there = read(path, opened.scheme)
    except Refusal as e:
        return refused(NAME, e)
    with looking(opened) as conn:
        if base.is_foreign(conn, base.rows_of(there)):
            return Check(NAME, BAD, f"{path.name} 是另一个工作区的", base.FOREIGN)
    wrong = []
    for table in tables(opened.scheme):
        if table.name not in there:
            wrong.append(f"少了表“{table.name}”（工作表“{table.sheet}”）")
        elif gone := [h for h in table.headings if h not in there[table.name].headings]:
            wrong.append(f"表“{table.name}”少了列“{'”“'.join(gone)}”")
    if wrong:
        shown = "；".join(wrong[:4]) + (f"等 {len(wrong)} 处" if len(wrong) > 4 else "")
        return Check(NAME, BAD, f"{path.name}：{shown}", f"请把改动改回去；改不回去，{_ANEW.removeprefix('请')}")
    return Check(NAME, OK, f"{path.name}，{len(there)} 个表和列标题都在")


def _package(path: Path) -> Iterator[Check]:
    """Named cells and macros, from the package itself."""
    try:
        with ZipFile(path) as package:
            text = _member(package, "xl/workbook.xml").decode("utf-8", "replace")
            macros = _member(package, PART) if PART in package.namelist() else None
    except (OSError, BadZipFile, KeyError, ValueError, RuntimeError) as e:
        yield Check(NAME, BAD, f"{path.name} 打不开或已损坏（{type(e).__name__}）", _ANEW)
        return
    gone = [n for n in NAMES if not re.search(rf'<definedName\b[^>]*\bname="{n}"', text)]
    if gone:
        yield Check(NAME, BAD, f"{path.name}：首页的名称“{'”“'.join(gone)}”不见了", _ANEW)
    if macros is not None:
        yield _macros(path, macros)
        yield from _earlier(path, macros)
    elif path.suffix == ".xlsm":
        yield Check("宏", BAD, f"{path.name} 里没有宏，按钮不会动", _ANEW)


def _earlier(path: Path, project: bytes) -> Iterator[Check]:
    with suppress(*UNREADABLE):
        if of_earlier_version(project):
            yield Check("按钮", NOTE, EARLIER.format(name=path.name), RENEW)


def _macros(path: Path, project: bytes) -> Check:
    installed = metadata.version("xlwings")
    try:
        there = xlwings_version(project)
    except UNREADABLE as e:
        return Check("宏", BAD, f"宏读不出来（{type(e).__name__}）", _ANEW)
    if there is None:
        return Check("宏", BAD, "宏里没有按钮要用的 xlwings 模块", _ANEW)
    if not there:
        return Check("宏", OK, "LibreOffice 版的宏（Excel 要用 Excel 版的平台工作簿）")
    if there != installed:
        return Check("宏", BAD, f"宏是 xlwings {there} 的，装的是 {installed}，按钮会报错", _ANEW)
    if LINUX:
        return Check(
            "宏", NOTE, f"xlwings {there}，与装的一致；是 Excel 版的，在本机的 LibreOffice 里按钮不会动",
            f"要在 LibreOffice 里按按钮，先{{sync}}取回填过的内容，把 {path.name} 改名收好，再运行 xltools book --libreoffice",
        )  # fmt: skip
    return Check("宏", OK, f"xlwings {there}，与装的一致")


def _member(package: ZipFile, name: str) -> bytes:
    if package.getinfo(name).file_size > _LARGEST:
        raise ValueError(name)
    return package.read(name)


def _from_the_net(path: Path) -> bool:
    """Windows marks what came from the net in a stream beside the file."""
    if sys.platform != "win32":
        return False
    try:
        with open(f"{path}:Zone.Identifier", encoding="utf-8", errors="replace") as mark:
            return re.search("ZoneId=[34]", mark.read(2000)) is not None
    except OSError:
        return False
