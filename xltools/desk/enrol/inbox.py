"""What lies in 收件/: files by content, archives unpacked, lock files and litter passed over."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from xltools.desk.errors import Refusal
from xltools.files import reason
from xltools.roster.problems import FileProblem
from xltools.sheets.intake import package
from xltools.sheets.intake.unpack import safe_name
from xltools.sheets.ooxml.refused import Refused, chinese


@dataclass(frozen=True)
class Arrived:
    """A file as it came: `path` to read it from, `name` to call it by, the SHA-256 of its content.

    `changed` is when it was last changed (seconds, an archive's own for what is in it); `refusal` says why an
    archive could not be opened, or the file not be read: it then has no SHA-256.
    """

    path: Path
    name: str
    sha256: str
    changed: float = 0.0
    refusal: FileProblem | None = None

    @property
    def ending(self) -> str:
        """The ending of its name, `.xlsx`, without what no Windows takes; "" where it has none."""
        return Path(safe_name(self.path.name)).suffix


def arrived(inbox: Path, scratch: Path, only: Sequence[Path] = ()) -> list[Arrived]:
    """All files below the inbox (or just `only`), by name; members of archives unpacked into `scratch`.

    Raises Refusal where there is no inbox.
    """
    if not only and not inbox.is_dir():
        raise Refusal(f"没有文件夹 {inbox}：是不是改了名、移走了？请恢复“{inbox.name}”文件夹，再收件一次")
    paths = list(only) or sorted(p for p in inbox.rglob("*") if p.is_file() and not litter(p.name))
    out: list[Arrived] = []
    for i, path in enumerate(paths):
        name = str(path.relative_to(inbox)) if path.is_relative_to(inbox) else path.name
        try:
            changed, sha256 = path.stat().st_mtime, digest(path)
        except OSError as e:  # another program has it; the others come in all the same
            out.append(Arrived(path, name, "", refusal=FileProblem("FILE_HELD", more=reason(e))))
            continue
        if not _encodable(name):  # bytes of another encoding, which no library opens
            ending = path.suffix if path.suffix.isascii() else ""
            path = Path(shutil.copyfile(path, scratch / f"{i}{ending}"))
            name = os.fsencode(name).decode("gb18030", "replace")
        try:
            if package.kind(path) != "zip":
                out.append(Arrived(path, name, sha256, changed))
                continue
            into = scratch / f"{i}_"
            into.mkdir()
            out += [Arrived(p, f"{name}：{p.name}", digest(p), changed) for p in sorted(package.unpack(path, into))]
        except Refused as e:
            out.append(Arrived(path, name, sha256, changed, FileProblem(e.code, more=chinese(e.detail))))
    return out


def digest(path: Path) -> str:
    """SHA-256 of a file's content."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _encodable(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def litter(name: str) -> bool:
    """Whether a file of that name is none of people's: a lock of Office, hidden, a system's own."""
    return name.startswith(("~$", ".")) or name in ("Thumbs.db", "desktop.ini")
