"""Files that are written whole or not at all: a temporary beside the target, fsync, rename."""

import contextlib
import errno
import os
import re
import secrets
import shutil
import socket
import time
import zlib
from collections.abc import Iterator
from pathlib import Path

ABANDONED = 24 * 3600  # seconds after which another machine's temporary counts as left over

_NAME = re.compile(r"\..*~xltools-(?P<host>[0-9a-f]{8})-(?P<pid>\d+)-[0-9a-f]{8}(\.[^.]*)?", re.DOTALL)


@contextlib.contextmanager
def replace(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Yield an empty temporary file in path's folder, of the same suffix; it becomes ``path`` at the block's end.

    On any exception, an interrupt included, the temporary is removed and what stood at ``path`` is untouched.
    A new file gets the permissions that the umask says, a replaced one keeps its own; a link stays a link. What
    killed processes left in that folder is swept first. Raises OSError (FileNotFoundError where it is missing).
    """
    target = Path(os.path.realpath(path))
    if not target.parent.is_dir():
        raise FileNotFoundError(errno.ENOENT, "文件夹不存在，请先建立", str(target.parent))
    with contextlib.suppress(OSError):
        sweep(target.parent)
    mark = f"~xltools-{_host()}-{os.getpid()}-{secrets.token_hex(4)}"
    temporary = target.with_name(f".{_short(target.stem)}{mark}{target.suffix}")
    os.close(os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
    try:
        yield temporary
        with contextlib.suppress(FileNotFoundError):
            shutil.copymode(target, temporary)
        with open(temporary, "rb+") as file:
            os.fsync(file.fileno())
        os.replace(temporary, target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _sync_folder(target.parent)


def sweep(folder: str | os.PathLike[str]) -> list[Path]:
    """Remove the temporaries that killed processes left in a folder; returns their paths.

    Those of a process that still runs stay, and so do those of another machine on a shared drive for a day.
    """
    swept = []
    for path in sorted(Path(folder).iterdir()):
        match = _NAME.fullmatch(path.name)
        if match and _left_over(path, match["host"], int(match["pid"])):
            with contextlib.suppress(OSError):  # Windows: still open somewhere, so not left over
                path.unlink()
                swept.append(path)
    return swept


def _left_over(path: Path, host: str, pid: int) -> bool:
    if host != _host():
        return time.time() - path.stat().st_mtime > ABANDONED
    return os.name == "nt" or not _runs(pid)  # Windows itself keeps an open file from being removed


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _host() -> str:
    return f"{zlib.crc32(socket.gethostname().encode()):08x}"


def _short(stem: str) -> str:
    # File names end at 255 bytes on Linux; the mark and the suffix need some of them.
    return stem.encode()[:120].decode(errors="ignore")


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":
        return  # Windows has no handle on a folder that could be synced
    handle = os.open(folder, os.O_RDONLY)
    try:
        with contextlib.suppress(OSError):  # some network drives refuse; the rename itself stands
            os.fsync(handle)
    finally:
        os.close(handle)
