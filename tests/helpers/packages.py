"""Workbooks in odd shapes: a plain .xlsx taken apart, some members changed, put together again."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

SHEET = "xl/worksheets/sheet1.xml"
WORKBOOK = "xl/workbook.xml"
RELATED = "xl/_rels/workbook.xml.rels"
X15 = (
    '<extLst><ext uri="{140A7094-0E35-4892-8432-C4D2E57EDEB5}" '
    'xmlns:x15="http://schemas.microsoft.com/office/spreadsheetml/2010/11/main">'
    '<x15:workbookPr chartTrackingRefBase="1"/></ext></extLst>'
)
"""What Excel has written behind everything else since 2013."""


def members(path: Path) -> dict[str, bytes]:
    """The members of a package by name."""
    with zipfile.ZipFile(path) as package:
        return {info.filename: package.read(info) for info in package.infolist()}


def packed(path: Path, content: Mapping[str, bytes]) -> Path:
    """A package of these members, names as they are given."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        for name, data in content.items():
            info = zipfile.ZipInfo("x")
            info.filename = name
            info.compress_type = zipfile.ZIP_DEFLATED
            package.writestr(info, data)
    return path


def edited(path: Path, *changes: tuple[str, Callable[[str], str]]) -> Path:
    """The workbook with members changed as text; each change changes something."""
    content = members(path)
    for name, change in changes:
        before = content[name].decode()
        after = change(before)
        assert after != before, name
        content[name] = after.encode()
    return packed(path, content)


def put(old: str, new: str) -> Callable[[str], str]:
    """A change that replaces the first such text."""

    def change(text: str) -> str:
        assert old in text, old
        return text.replace(old, new, 1)

    return change
