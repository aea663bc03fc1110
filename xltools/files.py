"""Files that are written whole or not at all (temporary file, fsync, rename), and what the system refuses, in words."""

from __future__ import annotations

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


_NAMES = {
    "ENOENT": "找不到这个文件或文件夹",
    "EACCES": "没有权限，或正被别的程序打开",
    "EPERM": "没有权限",
    "EROFS": "磁盘是只读的",
    "ENOSPC": "磁盘已满",
    "EDQUOT": "分配的磁盘空间已用完",
    "EISDIR": "这是文件夹，不是文件",
    "ENOTDIR": "路径里有一段是文件，不是文件夹",
    "EEXIST": "已经有了同名的",
    "ENOTEMPTY": "文件夹不是空的",
    "EBUSY": "正被别的程序占用",
    "ENAMETOOLONG": "名称太长",
    "EINVAL": "名称或位置不合系统的规定",
    "EIO": "磁盘读写出错",
    "EXDEV": "跨了磁盘",
    "EMFILE": "同时打开的文件太多",
    "ENFILE": "同时打开的文件太多",
    "EFBIG": "文件太大，这个磁盘放不下",
    "EPIPE": "接收的一方已经关闭",
    "ETIMEDOUT": "网络没有回应",
    "ESTALE": "网络盘已断开",
    "ELOOP": "快捷方式绕成了圈",
    "ENOLCK": "系统给不了文件锁",
    "EOPNOTSUPP": "这个磁盘不支持",
}
_WORDS = {getattr(errno, name): words for name, words in _NAMES.items() if hasattr(errno, name)}
"""By number, which differs between systems."""


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


def reason(error: OSError) -> str:
    """Why, in a few words: Chinese that is there already, ours, else the system's own; never blank."""
    if error.strerror and re.search("[\u4e00-\u9fff]", error.strerror):
        return error.strerror
    return _WORDS.get(error.errno or 0) or error.strerror or str(error) or type(error).__name__
