"""Paths that the ledger holds (台账里记的位置): below the workspace, whatever somebody wrote into the database.

Every stored path is turned into one that may be opened here, and nowhere else.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from xltools.ledger.errors import LedgerError

_STRANGE = re.compile(r"[\\:\x00-\x1f\x7f]")  # Windows: separators, drives, streams
_LINKS = (0xA000000C, 0xA0000003)  # Windows: a symbolic link, a junction; a cloud drive's placeholders are none


class Outside(LedgerError):
    """A stored path that leaves the workspace, or might; the text says which, why and what to do."""

    def __init__(self, stored: object, why: str) -> None:
        super().__init__(
            f"台账里记的文件位置 {str(stored)[:120]!r} {why}，没有照办，什么文件也没有动。台账被改动过，或文件夹换成了链接",
            "请把链接换回普通文件夹；不是链接的，请停止操作，用“备份”文件夹里的台账核对，并查明是谁改动的",
        )


def inside(root: Path, stored: object) -> Path:
    """The stored path (`报送/甲.xlsx`) below the workspace `root`. It need not exist.

    Raises Outside for one that is absolute, leads upwards or through a link, or that another system would take for one
    of these (drive letters, UNC, backslashes).
    """
    text = stored if isinstance(stored, str) else ""
    parts = text.split("/")
    # Windows drops blanks and points at the end of a name: `.. ` leads upwards there
    if _STRANGE.search(text) or not all(part.strip(" .") for part in parts):
        raise Outside(stored, "不是工作区里的相对位置")
    path = root
    for part in parts:
        path = path / part
        if _is_link(path):
            raise Outside(stored, f"路上的“{path.relative_to(root).as_posix()}”是链接")
    return path


@contextmanager
def noted(wrong: list[str]) -> Iterator[None]:
    """Adds the sentence of an Outside raised within, once, and goes on behind the block."""
    try:
        yield
    except Outside as e:
        if str(e) not in wrong:
            wrong.append(str(e))


def _is_link(path: Path) -> bool:
    try:
        found = os.lstat(path)
    except (OSError, ValueError):  # not there yet, or a name too long for this system: nothing to follow
        return False
    return stat.S_ISLNK(found.st_mode) or getattr(found, "st_reparse_tag", 0) in _LINKS
