"""Whether somebody has a file open (是否正打开着): the lock files that Excel, WPS and LibreOffice lay beside it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class InUse:
    """In which program, by whom ("" where the lock file does not tell), where ("" likewise), and the lock file.

    A lock file may be left over after a crash.
    """

    program: str
    who: str
    where: str
    lock: Path


def in_use(path: Path) -> InUse | None:
    """Who has the file open, if anybody."""
    for lock, program in (
        (path.with_name(f"~${path.name}"), "Excel 或 WPS"),
        (path.with_name(f".~{path.name}"), "WPS"),
        (path.with_name(f".~lock.{path.name}#"), "LibreOffice"),
    ):
        if lock.exists():
            who, where = _libreoffice(lock) if program == "LibreOffice" else (_excel(lock), "")
            return InUse(program, who, where, lock)
    return None


def _excel(lock: Path) -> str:
    """The user's name stands behind its length: in the local code page (55 bytes), then in UTF-16."""
    try:
        data = lock.read_bytes()
    except OSError:
        return ""
    name = data[57 : 57 + 2 * data[55]].decode("utf-16-le", "ignore").strip() if len(data) > 57 else ""
    return name if name.isprintable() else ""


def _libreoffice(lock: Path) -> tuple[str, str]:
    """User, and computer with the time: the file holds name, user, computer, time, profile."""
    try:
        parts = [p.strip() for p in lock.read_text("utf-8", errors="replace").split(",")]
    except OSError:
        return "", ""
    return parts[0], " ".join(filter(None, parts[2:4]))
