"""Making the workspace by double click (建立工作区): in the very folder that was delivered, for a scheme year."""

from __future__ import annotations

import os
import tempfile
import zipfile
from datetime import date, datetime
from pathlib import Path

from xltools.desk.book import workbook as book
from xltools.desk.book.workbooks import SCHEME, draw_template
from xltools.desk.press.closed import brought_up_to_date
from xltools.desk.told import Told
from xltools.desk.workspace import init
from xltools.files import patiently, remove

__all__ = ["SCHEME", "setup", "untouched"]


def setup(folder: Path, scheme_id: str, *, now: datetime, today: date, who: str, office: str = "excel") -> Told:
    """Make the workspace in `folder` and its platform workbook. Raises Refusal.

    The empty workbook that was delivered is drawn anew for the scheme; one in which somebody worked is updated.
    """
    made = init(folder, scheme_id, now=now, who=who)
    told = Told()
    told.say(f"已建立工作区 {made.root}", f"方案：{made.scheme.title}")
    path = book.existing(made)
    aside = None
    if path is not None and untouched(path):
        aside = path.with_name(f".{path.name}.模板")
        patiently(os.replace, path, aside)
    try:
        told.took(brought_up_to_date(made, now=now, today=today, office=office))
    except BaseException:
        if aside is not None and path is not None and not path.exists():
            patiently(os.replace, aside, path)
        raise
    if aside is not None:
        patiently(remove, aside)
    return told


def untouched(path: Path) -> bool:
    """Whether the workbook is the delivered template to the letter, so that nobody's work is in it."""
    with tempfile.TemporaryDirectory() as name:
        drawn = Path(name) / path.name
        draw_template(drawn, book.macros("excel"))
        try:
            return _members(drawn) == _members(path)
        except (zipfile.BadZipFile, OSError):
            return False


def _members(path: Path) -> list[tuple[str, int, int]]:
    with zipfile.ZipFile(path) as package:
        return [(m.filename, m.CRC, m.file_size) for m in package.infolist()]
