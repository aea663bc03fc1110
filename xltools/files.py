"""Files that are written whole or not at all (temporary file, fsync, rename), and what the system refuses, in words."""

from __future__ import annotations

import contextlib
import errno
import filecmp
import itertools
import os
import re
import stat
import sys
import time
import zlib
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

ABANDONED = 24 * 3600  # seconds after which a temporary counts as left over, whoever made it
PATIENCE = 3.0  # seconds in which a virus scanner, an indexer or another press lets go of a file
PAUSE = 0.05

_NAME = re.compile(r"\..*~xltools-(?P<host>[0-9a-f]{8})-(?P<pid>\d+)-[0-9a-f]{8}(\.[^.]*)?", re.DOTALL)
_SHARED = {32, 33}
"""Windows' error numbers where another program has the file open: sharing violation, lock violation."""
_HELD = {5, *_SHARED}
"""The same, and access denied, which it says for the target of a rename."""
_OPEN = "正被别的程序打开"

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
def replace(path: str | os.PathLike[str], *, synced: bool = True) -> Iterator[Path]:
    """Yield an empty temporary file in path's folder, of the same suffix; it becomes ``path`` at the block's end.

    On any exception, an interrupt included, the temporary is removed and what stood at ``path`` is untouched.
    A new file gets the permissions that the umask says, a replaced one keeps its own; a link stays a link. What
    killed processes left in that folder is swept first. Not `synced`: the caller puts it on the disk. Raises OSError: FileNotFoundError where the folder is missing,
    PermissionError where Windows has the target as read-only, or another program keeps it open.
    """
    target = Path(os.path.realpath(path))
    if not target.parent.is_dir():
        raise FileNotFoundError(errno.ENOENT, "文件夹不存在，请先建立", str(target.parent))
    if _read_only(target):
        raise PermissionError(errno.EACCES, "这个文件是只读的，请在它的“属性”里去掉“只读”", str(target))
    with contextlib.suppress(OSError):
        sweep(target.parent)
    mark = f"~xltools-{_host()}-{os.getpid()}-{os.urandom(4).hex()}"
    temporary = target.with_name(f".{_short(target.stem)}{mark}{target.suffix}")
    os.close(create(temporary))
    try:
        yield temporary
        with contextlib.suppress(FileNotFoundError):
            temporary.chmod(stat.S_IMODE(target.stat().st_mode))
        if synced:
            sync_file(temporary)
        patiently(os.replace, temporary, target)
    except BaseException:
        with contextlib.suppress(OSError):  # held by a virus scanner: a later sweep takes it
            patiently(remove, temporary)
        raise
    if synced:
        sync_folder(target.parent)


def create(path: Path) -> int:
    """A new file, open for writing, as a descriptor. Raises OSError, at once, where it cannot be made or is there.

    What `tempfile` offers tries a refused folder on Windows 2^31 times, so nothing of ours is made by it in a folder
    that people choose.
    """
    return os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | getattr(os, "O_BINARY", 0), 0o666)


def patiently(act: Callable[..., object], *paths: Path) -> None:
    """`act(*paths)`, again for `PATIENCE` seconds where another program on Windows has one of the files open.

    Elsewhere an open file keeps nobody from renaming it. Raises the last OSError; its words then say that it is open.
    """
    until = time.monotonic() + PATIENCE
    while True:
        try:
            act(*paths)
            return
        except OSError as error:
            held = getattr(error, "winerror", None) in _HELD and not any(p.is_dir() for p in paths)
            if held and time.monotonic() > until:
                raise PermissionError(error.errno, _OPEN, str(paths[-1])) from error
            if not held:
                raise
        time.sleep(PAUSE)


def remove(path: Path) -> None:
    """Remove a file if it is there, a read-only one too (which Windows else keeps). Raises OSError."""
    try:
        path.unlink(missing_ok=True)
    except PermissionError:
        path.chmod(stat.S_IREAD | stat.S_IWRITE)
        path.unlink(missing_ok=True)


def sweep(folder: str | os.PathLike[str]) -> list[Path]:
    """Remove the temporaries that killed processes left in a folder; returns their paths.

    Those of a process that still runs stay, and so do another computer's on a shared drive; but none for longer than a
    day, so that a process that got a dead one's number keeps nothing for good.
    """
    swept = []
    for match in filter(None, map(_NAME.fullmatch, sorted(os.listdir(folder)))):
        path = Path(folder, match[0])
        with contextlib.suppress(OSError):  # gone this moment, or Windows: open somewhere
            if _left_over(path, match["host"], int(match["pid"])):
                remove(path)
                swept.append(path)
    return swept


def _left_over(path: Path, host: str, pid: int) -> bool:
    if host == _host() and not _runs(pid):
        return True
    return time.time() - path.stat().st_mtime > ABANDONED


def _read_only(path: Path) -> bool:
    """Whether it is a file that Windows will not replace, because of its attribute; elsewhere the folder decides."""
    with contextlib.suppress(OSError):
        attributes = getattr(path.stat(), "st_file_attributes", 0)
        return bool(attributes & stat.FILE_ATTRIBUTE_READONLY) and path.is_file()
    return False


if sys.platform == "win32":
    import ctypes

    _SYNCHRONIZE, _RUNNING, _DENIED = 0x100000, 0x102, 5  # winnt.h, WAIT_TIMEOUT, ERROR_ACCESS_DENIED
    _kernel = ctypes.WinDLL("kernel32", use_last_error=True)
    _kernel.OpenProcess.restype = ctypes.c_void_p
    _kernel.WaitForSingleObject.argtypes = (ctypes.c_void_p, ctypes.c_uint32)
    _kernel.CloseHandle.argtypes = (ctypes.c_void_p,)

    def _runs(pid: int) -> bool:
        """Whether that process runs; os.kill would end it here."""
        handle = _kernel.OpenProcess(_SYNCHRONIZE, False, pid)
        if not handle:
            return ctypes.get_last_error() == _DENIED
        try:
            return bool(_kernel.WaitForSingleObject(handle, 0) == _RUNNING)
        finally:
            _kernel.CloseHandle(handle)

    _kernel.CreateFileW.argtypes = (
        ctypes.c_wchar_p,
        *[ctypes.c_uint32] * 2,
        ctypes.c_void_p,
        *[ctypes.c_uint32] * 2,
        ctypes.c_void_p,
    )
    _kernel.CreateFileW.restype = ctypes.c_void_p
    _READ, _ALL, _EXISTING, _INVALID = 0x80000000, 7, 3, ctypes.c_void_p(-1).value

    def _held(path: str) -> bool:
        """Whether another program has the file open: `open` itself tells no more than that it was refused."""
        handle = _kernel.CreateFileW(path, _READ, _ALL, None, _EXISTING, 0, None)
        if handle == _INVALID:
            return ctypes.get_last_error() in _SHARED
        _kernel.CloseHandle(handle)
        return False

else:

    def _held(path: str) -> bool:
        return False  # an open file keeps nobody out

    def _runs(pid: int) -> bool:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            return True
        return True


@cache
def _host() -> str:
    """Which computer this is, in eight characters: cloned ones are all called the same, so its network card counts too."""
    import socket  # only then: every start of a program would wait for them
    import uuid

    return f"{zlib.crc32(f'{socket.gethostname()} {uuid.getnode()}'.encode()):08x}"


def _short(stem: str) -> str:
    # File names end at 255 bytes on Linux; the mark and the suffix need some of them.
    return stem.encode()[:120].decode(errors="ignore")


def sync_file(path: Path) -> None:
    """The content is on the disk when this returns."""
    with open(path, "rb+") as file:
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """The names in the folder are on the disk when this returns."""
    if os.name == "nt":
        return  # Windows has no handle on a folder that could be synced
    handle = os.open(folder, os.O_RDONLY)
    try:
        with contextlib.suppress(OSError):  # some network drives refuse; the rename itself stands
            os.fsync(handle)
    finally:
        os.close(handle)


def reason(error: OSError | ValueError) -> str:
    """Why, in a few words: Chinese that is there already, ours, else the system's own; never blank.

    Of a text that is no UTF-8, or no TOML, where it goes wrong as far as that is known.
    """
    if isinstance(error, UnicodeDecodeError):
        return f"不是 UTF-8 文字，第 {error.start + 1} 个字节认不出"
    if isinstance(error, ValueError):
        place = re.search(r"line (\d+), column (\d+)", str(error))
        return f"第 {place[1]} 行第 {place[2]} 列的写法不对" if place else "写法不对，或没有写完"
    number = getattr(error, "winerror", None)  # the words beside it are the system's, in its own language
    if number in _SHARED or (error.errno == errno.EACCES and isinstance(error.filename, str) and _held(error.filename)):
        return _OPEN
    if number is None and error.strerror and re.search("[\u4e00-\u9fff]", error.strerror):
        return error.strerror
    return _WORDS.get(error.errno or 0) or (error.strerror or str(error) or type(error).__name__).rstrip("。.")


def renew(path: Path, write: Callable[[Path], object]) -> Path | None:
    """Have ``write`` make the file, whole or not at all; one that stands there and says otherwise is kept (`set_aside`).

    Returns where that one lies now, None where there was none or it says the same. Raises OSError as `replace` does.
    """
    with replace(path) as temporary:
        write(temporary)
        same = path.is_file() and filecmp.cmp(temporary, path, shallow=False)
        return None if same else set_aside(path)


def set_aside(path: Path) -> Path | None:
    """Move a file with content out of the way: `结果.xlsx` becomes `结果_旧1.xlsx`. None where there is none.

    What people have signed or changed is never overwritten.
    """
    if not path.is_file() or not path.stat().st_size:
        return None
    places = (path.with_name(f"{path.stem}_旧{n}{path.suffix}") for n in itertools.count(1))
    aside = next(p for p in places if not p.exists())
    patiently(os.rename, path, aside)
    return aside
