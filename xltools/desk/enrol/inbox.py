"""What lies in 收件/: files by content, archives unpacked, lock files and litter passed over."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
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
    archive could not be opened, or the file not be read: it then has no SHA-256. `beside` is the folder or the archive
    that it came in; `scan` marks a PDF or a picture.
    """

    path: Path
    name: str
    sha256: str
    changed: float = 0.0
    refusal: FileProblem | None = None
    beside: Path = Path()
    scan: bool = False

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
        beside, name = path.parent, str(path.relative_to(inbox)) if path.is_relative_to(inbox) else path.name
        try:
            changed, sha256 = path.stat().st_mtime, digest(path)
        except OSError as e:  # another program has it; the others come in all the same
            out.append(Arrived(path, name, "", refusal=FileProblem("FILE_HELD", more=reason(e))))
            continue
        if not _encodable(name):  # bytes of another encoding, which no library opens
            ending = path.suffix if path.suffix.isascii() else ""
            path = Path(shutil.copyfile(path, scratch / f"{i}{ending}"))
            name = os.fsencode(name).decode("gb18030", "replace")
        file = Arrived(path, name, sha256, changed, beside=beside)
        into = scratch / f"{i}_"
        try:
            members = _members(path, into)
        except Refused as e:
            why = FileProblem(e.code, more=chinese(e.detail))
            out.append(replace(file, refusal=why, scan=package.is_scan(path)))
        except Exception:  # whatever one file does to a reader, the others come in all the same
            out.append(replace(file, refusal=FileProblem("FILE_UNREADABLE")))
        else:
            out += (
                [file]
                if members is None
                else [
                    Arrived(p, f"{name}：{p.name}", digest(p), changed, beside=into, scan=package.is_scan(p))
                    for p in members
                ]
            )
    return out


def _members(path: Path, into: Path) -> list[Path] | None:
    """What an archive holds, unpacked into a new folder; None for any other file. Raises Refused."""
    if package.kind(path) != "zip":
        return None
    into.mkdir()
    return sorted(package.unpack(path, into))


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
