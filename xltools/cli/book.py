"""`book` (平台工作簿)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from xltools.cli.common import PROBLEMS, Context, verb

if TYPE_CHECKING:
    from xltools.desk.book import Booked


@verb("book", dry_run=True)
@click.option("--libreoffice", is_flag=True, help="新生成时用 LibreOffice 的宏（默认 Excel 和 WPS）")
def book(c: Context, libreoffice: bool, dry_run: bool) -> int:
    """平台工作簿：还没有就按台账生成；已经有了，先取回改过的内容，再更新其中的表，别的一概不动。

    请先关闭工作簿；打开着的，在工作簿里按“刷新”。
    """
    from xltools.desk.book import book as run

    office = "libreoffice" if libreoffice else "excel"
    return tell(c, run(c.workspace(), now=c.now, today=c.today, dry_run=dry_run, office=office))


def tell(c: Context, done: Booked) -> int:
    """What `book` and `sync` say; 1 when something typed could not be taken back."""
    pulled = done.pulled
    c.data = {
        "book": str(done.path), "lines": done.lines,
        "applied": list(pulled.applied) if pulled else [], "conflicts": list(pulled.conflicts) if pulled else [],
        "ignored": list(pulled.ignored) if pulled else [], "problems": list(pulled.problems) if pulled else [],
    }  # fmt: skip
    c.say(*done.lines)
    return PROBLEMS if pulled and (pulled.conflicts or pulled.problems) else 0
