"""`book` (平台工作簿)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import click

from xltools.cli.common import PROBLEMS, Context, verb

if TYPE_CHECKING:
    from xltools.desk.book.pull.pulled import Ignored
    from xltools.desk.book.workbook import Booked
    from xltools.desk.workspace import Workspace


@verb("book", dry_run=True)
@click.option(
    "--libreoffice", is_flag=True, help="新生成时用 LibreOffice 的宏（默认 Excel 和 WPS）；已有的工作簿不换宏"
)
def book(c: Context, libreoffice: bool, dry_run: bool) -> int:
    """平台工作簿：还没有就按台账生成；已经有了，先取回改过的内容，再更新其中的表，别的一概不动。

    请先关闭工作簿；打开着的，在工作簿里按“刷新”。
    """
    from xltools.desk.book.workbook import book as run

    office = "libreoffice" if libreoffice else "excel"
    workspace = c.workspace()
    return tell(c, workspace, run(workspace, now=c.now, today=c.today, dry_run=dry_run, office=office))


def tell(c: Context, workspace: Workspace, done: Booked) -> int:
    """What `book` and `sync` say; 1 when something typed could not be taken back."""
    from xltools.desk.book.pull.pulled import Pulled

    pulled = done.pulled or Pulled([])
    shown = [_impersonal(i, workspace) for i in pulled.ignored]
    said = {str(old): str(new) for old, new in zip(pulled.ignored, shown, strict=True)}
    c.data = {
        "book": str(done.path), "lines": [said.get(line, line) for line in done.lines],
        "applied": pulled.applied, "conflicts": pulled.conflicts, "ignored": shown, "problems": pulled.problems,
    }  # fmt: skip
    c.say(*done.lines)
    return PROBLEMS if pulled.conflicts or pulled.problems or done.foreign or done.left else 0


def _impersonal(found: Ignored, workspace: Workspace) -> Ignored:
    """A change in a personal column (个人信息) without what stands in it."""
    from xltools.catalogue.columns import roster_columns

    personal = {x.heading for x in roster_columns(workspace.scheme) if x.personal}
    return replace(found, was="…", typed="…") if found.column in personal else found
