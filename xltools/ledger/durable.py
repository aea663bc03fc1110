"""Files that survive a kill and a power cut, and never land on somebody else's."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
from pathlib import Path

from xltools.files import patiently, sync_file, sync_folder

__all__ = ["is_temporary", "move", "sha256", "sync_file", "sync_folder", "temporary"]

# The second dot and the mark: whoever writes such a file may do so by a temporary of its own beside it.
_TEMPORARY = re.compile(r"\.{1,2}xltools-ledger-[0-9a-f]{16}\.part(~xltools-[0-9a-f-]+)?(\..*)?", re.DOTALL)


def temporary(final: Path) -> Path:
    """A name that nobody has, in the same folder and with the same suffix."""
    return final.with_name(f".xltools-ledger-{secrets.token_hex(8)}.part{final.suffix}")


def is_temporary(name: str) -> bool:
    """Whether a file name is one of `temporary`, or a temporary made beside one."""
    return _TEMPORARY.fullmatch(name) is not None


def sha256(path: Path) -> str:
    """The SHA-256 of the content, in hex."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def move(temp: Path, final: Path) -> None:
    """Give a file its name. Raises FileExistsError, and changes nothing, where the name is taken."""
    if os.name == "nt":
        patiently(os.rename, temp, final)  # refuses by itself where the name is taken
        return
    # POSIX rename replaces silently; a link refuses. A kill in between leaves both names for one file.
    try:
        os.link(temp, final)
    except FileExistsError:
        raise
    except OSError:  # the drive has no links (SMB, exFAT)
        if final.exists():
            raise FileExistsError(final) from None
        os.rename(temp, final)
    else:
        os.unlink(temp)
