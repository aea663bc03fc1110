"""What a pull did not take, kept as a text file: the next update of the workbook writes over it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from xltools.desk.errors import Refusal
from xltools.desk.workspace import BACKUP, Workspace
from xltools.files import reason, replace

PREFIX = "没有取回"


def note(workspace: Workspace, lines: Sequence[str], now: datetime) -> str:
    """Write the lines into 备份/ and return where they are; the same lines are not kept twice.

    Raises Refusal when the folder cannot be written to.
    """
    text = "\ufeff" + "".join(f"{line}\r\n" for line in lines)  # as Notepad on Windows reads it
    try:
        workspace.backup.mkdir(exist_ok=True)
        last = max(workspace.backup.glob(f"{PREFIX}_*.txt"), default=None)
        if last is not None and last.read_bytes() == text.encode():
            return f"{BACKUP}/{last.name}"
        path = workspace.backup / f"{PREFIX}_{now:%Y%m%d-%H%M%S}.txt"
        with replace(path) as temporary:
            temporary.write_bytes(text.encode())
    except OSError as e:
        raise Refusal(f"{workspace.backup}：写不进去（{reason(e)}），工作簿没有更新；请检查文件夹") from e
    return f"{BACKUP}/{path.name}"
