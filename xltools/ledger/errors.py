"""What can go wrong with the ledger (台账), said in Chinese: where, what, what to do."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.exc import DBAPIError

from xltools.files import reason

RESTORED = "恢复后请先“全面核验”再报送：备份之后办的事要重办，那之后交出的报送表会点名"
"""What follows from putting back an older ledger."""

_BACKUP = f"请先复制一份保存，再用“备份”文件夹里最近的一份恢复。{RESTORED}"

# Beginnings of sqlite3's error names, or psycopg's SQLSTATE classes: what is so (`why`: what the system says), what to do.
_SAID = {
    "SQLITE_BUSY": ("另一个程序正在使用台账", "请关闭它，或稍候再试"),
    "SQLITE_LOCKED": ("另一个程序正在使用台账", "请关闭它，或稍候再试"),
    "SQLITE_FULL": ("磁盘已满，这次操作没有记入", "请腾出空间后重新运行"),
    "SQLITE_READONLY": ("台账文件是只读的", "请检查文件属性和文件夹权限，或者是否从压缩包里直接打开"),
    "SQLITE_CANTOPEN": ("打不开台账文件{why}", "请检查文件夹是否还在、有没有读写权限"),
    "SQLITE_NOTADB": ("这个文件不是台账，或者已被别的程序改写", _BACKUP),
    "SQLITE_CORRUPT": ("台账文件已损坏", _BACKUP),
    "SQLITE_IOERR": ("读写台账文件出错（网络盘断开或磁盘故障）", "请检查后重新运行"),
    "08": ("与 PostgreSQL 的连接断了，这次操作没有记入", "请检查网络和数据库后重新运行"),
    "53": ("PostgreSQL 的磁盘、内存或连接数用尽，这次操作没有记入", "请联系数据库管理员"),
    "57": ("PostgreSQL 正在停止或重启，这次操作没有记入", "请稍候重新运行"),
    "42501": ("数据库用户没有读写台账的权限", "请联系数据库管理员授权"),
    "25006": ("台账是以只读方式打开的，不能写入", "请在 writing() 里写"),
}
_CANNOT_REACH = ("连不上 PostgreSQL", "请核对地址、用户和密码，检查网络和数据库是否在运行")


class LedgerError(Exception):
    """The ledger cannot be opened, read or written; `text` says where and what, `todo` what to do."""

    def __init__(self, text: str, todo: str = "") -> None:
        super().__init__(f"{text}。{todo}" if todo else text)
        self.text, self.todo = text, todo


class Busy(LedgerError):
    """Somebody else is writing; the text says who and since when."""


@contextmanager
def told(where: str) -> Iterator[None]:
    """Turns a database's refusal inside the block into a LedgerError about `where`.

    Violated constraints and wrong SQL are our own mistakes and pass through as they are.
    """
    try:
        yield
    except DBAPIError as error:
        said = explained(error, Path(where))
        if said is None:
            raise
        busy = _code(error).startswith(("SQLITE_BUSY", "SQLITE_LOCKED"))
        raise (Busy if busy else LedgerError)(f"{where}：{said[0]}", said[1]) from error


def explained(error: DBAPIError, path: Path) -> tuple[str, str] | None:
    """What a database error about that file means and what to do; None where it is a mistake in our own code."""
    if said := _known(_code(error), path):
        return said
    if error.connection_invalidated or (not _code(error) and type(error.orig).__name__ == "OperationalError"):
        detail = str(error.orig).strip().splitlines()[0]
        text, todo = _CANNOT_REACH if error.statement is None else _SAID["08"]
        return text, f"{todo}（{detail}）"
    return None


def of_copying(error: sqlite3.Error, path: Path) -> str:
    """What to tell people where a copy of the ledger at `path` fails."""
    said = _known(getattr(error, "sqlite_errorname", ""), path)
    return "。".join(said) if said else str(error)


def _known(code: str, path: Path) -> tuple[str, str] | None:
    found = next((said for start, said in _SAID.items() if code.startswith(start)), None)
    return (found[0].format(why=_refused(path)), found[1]) if found else None


def _refused(path: Path) -> str:
    """What the system itself says of the ledger's file: the database does not tell why it cannot be opened."""
    try:
        with path.open("rb+"):
            return ""
    except OSError as error:
        return f"（{reason(error)}）"


def _code(error: DBAPIError) -> str:
    return str(getattr(error.orig, "sqlite_errorname", None) or getattr(error.orig, "sqlstate", None) or "")
