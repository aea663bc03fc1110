"""The open workbook's part of a self-check (自检): what only the office program knows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import xlwings as xw

from xltools.desk.doctor.check import BAD, NOTE, OK, Check, guarded, refused
from xltools.desk.doctor.examine import doctor
from xltools.desk.errors import Refusal
from xltools.desk.told import Told
from xltools.desk.verb import Ask
from xltools.desk.verbs.doctor import told_of
from xltools.office import place

NAMES = ("状态栏", "提示", "更新于", "阶段", "工作区")
"""Cells of 首页 that the buttons find by name."""


def examine(book: xw.Book, now: datetime) -> Told:
    """Look at everything, write the page, and tell. Raises Refusal where no page can be made."""
    checks, root = [], Path(book.fullname).parent
    try:
        root = place.folder(book)
        root = place.workspace(book)
    except Refusal as e:
        checks.append(refused("位置", e))
    checks += guarded("打开的工作簿", lambda: opened(book))
    checks += guarded("表", lambda: _tables(book, root))
    checks += doctor(root, now=now, here=True)
    return told_of(checks, Ask(now, now.date()), root)


def opened(book: xw.Book) -> Iterator[Check]:
    """How the workbook is open: program, read-only, calculation, names."""
    yield Check("打开的程序", OK, f"{_program(book.app)}，{book.name}")
    if place.only_read(book):
        yield Check(
            "只读",
            NOTE,
            "本工作簿是只读打开的，改动能记入台账，但工作簿存不回去",
            "请在别处关闭它，或去掉文件的只读属性，再重新打开",
        )
    if book.app.calculation == "manual":
        yield Check(
            "计算方式", NOTE, "现在是手动计算，改了汇率或参数，“测算”不会自己变", "请在“公式—计算选项”里改为自动"
        )
    if "=" in book.name:
        yield Check("文件名", BAD, f"{book.name} 里有等号，按钮会找不到它", "请改名")
    gone = [n for n in NAMES if place.named(book, n) is None]
    if gone:
        yield Check(
            "首页的名称",
            BAD,
            f"名称“{'”“'.join(gone)}”不见了（单元格被删除）",
            "请撤销改动，或改名留存后重新生成平台工作簿",
        )


def _tables(book: xw.Book, root: Path) -> Iterator[Check]:
    from xltools.desk.book.workbook import tables
    from xltools.desk.workspace import CONFIG, open_workspace
    from xltools.office import booktables

    if not (root / CONFIG).is_file():
        return
    found = booktables.read(book, tables(open_workspace(root).scheme))
    for name, said in found.broken.items():
        yield refused(f"表 {name}", said)
    if not found.broken:
        yield Check("表", OK, f"{len(found.tables)} 个表和列标题都在")


def _program(app: xw.App) -> str:
    try:
        return f"{app.engine.name} {app.version}"
    except (NotImplementedError, AttributeError, ValueError):  # not every engine of xlwings has a version, or a number
        return str(app.engine.name)
