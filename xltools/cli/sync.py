"""`sync` (刷新)."""

from __future__ import annotations

from xltools.cli.book import tell
from xltools.cli.common import Context, verb


@verb("sync", dry_run=True)
def sync(c: Context, dry_run: bool) -> int:
    """刷新：取回平台工作簿里改过的内容，写入台账，再按台账更新每张表。

    同事这期间改过的格不覆盖，逐格列出；区填和自动的列不取回，也逐格列出。
    """
    from xltools.desk.book.workbook import book, existing
    from xltools.desk.errors import Refusal

    workspace = c.workspace()
    if existing(workspace) is None:
        raise Refusal(f"{workspace.root}：还没有平台工作簿，请先运行 xltools book")
    return tell(c, workspace, book(workspace, now=c.now, today=c.today, dry_run=dry_run))
