"""Where a table of outcomes may be written: beside the work, never over it."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa

from xltools.desk.errors import Refusal
from xltools.desk.workspace import BACKUP, CONFIG, INBOX, RETURNED, SUBMITTED
from xltools.sheets.write.outfile import OutputError, write_outcomes

KEPT = (INBOX, RETURNED, SUBMITTED, BACKUP)
"""Folders of a workspace in which only its own operations write."""


def write_result(out: Path, table: pa.Table, *, rate_text: str | None = None) -> str:
    """Write the table; returns a sentence about a file that stood there before, or "". Raises Refusal."""
    place = out.absolute().parent
    for folder in (place, *place.parents):
        if folder.name in KEPT and (folder.parent / CONFIG).is_file():
            raise Refusal(f"{out}：{folder.name}/ 里只放{folder.name}的文件，结果请写到别的文件夹")
    try:
        aside = write_outcomes(out, table, rate_text=rate_text)
    except OutputError as e:
        raise Refusal(str(e)) from e
    return f"原来的 {out.name} 没有覆盖，已改名为 {aside.name}" if aside else ""
