"""One writer at a time: a lock on 台账.lock that the operating system releases when its holder dies."""

from __future__ import annotations

import errno
import json
import os
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from xltools.files import reason
from xltools.ledger.errors import Busy, LedgerError

NAME = "台账.lock"
_TAKEN = {errno.EACCES, errno.EAGAIN, errno.EDEADLK, 0}
"""Somebody else has it; 0 as some C libraries fail to lock a taken byte without saying why."""

if sys.platform == "win32":
    import msvcrt

    _BYTE = 0x7FFFFFFE  # behind the text: what is locked cannot be read on Windows

    def _take(handle: int) -> None:
        os.lseek(handle, _BYTE, os.SEEK_SET)
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)

    def _release(handle: int) -> None:
        os.lseek(handle, _BYTE, os.SEEK_SET)
        msvcrt.locking(handle, msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def _take(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _release(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_UN)


@dataclass(frozen=True)
class Holder:
    """Who is writing: name, computer, process, since when."""

    who: str
    host: str
    pid: int
    since: str

    def busy(self, where: str) -> Busy:
        return Busy(
            f"{where}：{self.who} 正在操作台账（从 {self.since} 起，电脑 {self.host}，进程 {self.pid}）",
            "请等对方完成后再试；同一时间只能一人写入",
        )

    def to_json(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False)


def me(who: str, now: datetime) -> Holder:
    """This process as a holder."""
    return Holder(who, socket.gethostname(), os.getpid(), f"{now:%Y-%m-%d %H:%M:%S}")


def from_json(text: str | None) -> Holder | None:
    """The holder, or None where the text is none."""
    try:
        return Holder(**json.loads(text or ""))
    except (ValueError, TypeError):
        return None


def unknown(where: str) -> Busy:
    """What to say when the holder has not yet left its name."""
    return Busy(f"{where}：另一个程序正在操作台账", "请稍候再试；同一时间只能一人写入")


def holder(path: Path) -> Holder | None:
    """Who holds the lock, or held it last and was killed; None when it was released in order."""
    with suppress(OSError, UnicodeDecodeError):
        return from_json(path.read_text("utf-8"))
    return None


@contextmanager
def locked(path: Path, who: str, now: datetime) -> Iterator[None]:
    """Hold the lock for the block. Raises Busy, which says who holds it and since when, or LedgerError."""
    try:
        # The file is never removed: whoever then made a new one would hold another lock.
        handle = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o666)
    except OSError as error:
        raise LedgerError(f"{path}：建不了锁文件（{reason(error)}）", "请检查工作区是否存在、能否写入") from error
    try:
        try:
            _take(handle)
        except OSError as error:
            if error.errno not in _TAKEN:
                raise LedgerError(
                    f"{path}：这个磁盘不支持文件锁（{reason(error)}）", "请把工作区放到本机硬盘或支持锁的网络盘"
                ) from error
            raise _named(path) from error
        try:
            _write(handle, me(who, now).to_json())
            yield
        finally:
            _write(handle, "")
            _release(handle)
    finally:
        os.close(handle)


def _named(path: Path) -> Busy:
    for _ in range(10):  # it may have the lock and not yet have left its name
        found = holder(path)
        if found:
            return found.busy(str(path.parent))
        time.sleep(0.05)
    return unknown(str(path.parent))


def _write(handle: int, text: str) -> None:
    os.lseek(handle, 0, os.SEEK_SET)
    os.ftruncate(handle, 0)
    os.write(handle, text.encode())
