"""Where an open workbook belongs: its folder, its workspace, whether it can be saved."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

import xlwings as xw

from xltools.desk.errors import Refusal

CONFIG = "xltools.toml"
FOLDER = "工作区"
"""The named cell with the workspace's folder."""


def folder(book: xw.Book) -> Path:
    """The folder of an open workbook. Raises Refusal when it was never saved, or lies in the cloud."""
    name = book.fullname
    if "://" in name:
        raise Refusal(
            f"本工作簿在云端（{name}），云端的文件夹里不能办理", "请停止同步，或把整个工作区放到本机文件夹再打开"
        )
    path = Path(name)
    if not path.is_absolute():
        raise Refusal("本工作簿还没有保存过", "请先把它保存在工作区文件夹里（与 台账.db 在一起），再按一次")
    return path.parent


def workspace(book: xw.Book) -> Path:
    """The workspace that the workbook belongs to: its own folder, else the one that its cell 工作区 names.

    The workbook's own folder comes first: a workspace that was moved or copied whole is worked where it now stands.
    Raises Refusal.
    """
    here = folder(book)
    if (here / CONFIG).is_file():
        return here
    said = cell(book, FOLDER)
    if not said:
        raise Refusal(
            f"{here}：这里不是工作区（没有 {CONFIG}）",
            f"请把本工作簿放回工作区文件夹，或在首页的“{FOLDER}”格填上工作区的位置",
        )
    there = here / said
    if (there / CONFIG).is_file():
        return there
    what = "那里没有 xltools.toml" if there.is_dir() else "文件夹找不到（移动、改名，或网络盘没有连上）"
    raise Refusal(
        f"首页“文件夹”格写的是 {said}，{what}", "请把本工作簿放回工作区文件夹，或在这一格填上工作区现在的位置，再按一次"
    )


def named(book: xw.Book, name: str) -> xw.Range | None:
    """The cell of that name; None where the name is gone or points nowhere."""
    with suppress(Exception):  # each engine has its own way to say that there is none
        if book.names.contains(name):
            found = book.names[name].refers_to_range
            return found if found is not None else None
    return None


def cell(book: xw.Book, name: str) -> str:
    """The text in a named cell, "" where there is none."""
    found = named(book, name)
    value = found.options(ndim=2).value[0][0] if found is not None else None
    return "" if value is None else str(value).strip()


def put(book: xw.Book, name: str, text: str) -> bool:
    """Write a named cell where it differs; whether there is such a cell."""
    found = named(book, name)
    if found is None:
        return False
    if cell(book, name) != text:
        found.sheet.range((found.row, found.column)).value = text
    return True


def only_read(book: xw.Book) -> bool:
    """Whether the workbook was opened read-only: by hand, because another has it open, or by its attributes."""
    with suppress(Exception):
        if book.api.ReadOnly:  # Excel
            return True
    with suppress(Exception):
        if book.api.isReadonly():  # LibreOffice
            return True
    path = Path(book.fullname)
    return path.is_file() and not os.access(path, os.W_OK)
