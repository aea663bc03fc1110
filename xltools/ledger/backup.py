"""Backups (备份): consistent copies of a SQLite ledger, named by time."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from xltools.files import reason
from xltools.ledger import durable
from xltools.ledger.connect import Ledger
from xltools.ledger.errors import LedgerError, of_copying

KEEP = 30
"""So many backups stay; the oldest go first."""

_OURS = re.compile(r"台账_\d{8}-\d{6}(\(\d+\))?\.db")


@dataclass(frozen=True)
class Backup:
    """The copy, None where the database's own tools make it, and a sentence to show."""

    path: Path | None
    said: str


def backup(ledger: Ledger, folder: Path, now: datetime, *, before: str = "") -> Backup:
    """A checked copy of the ledger as it stands, in `folder`; one made `before` something is never pruned. Raises
    LedgerError."""
    if ledger.path is None:
        return Backup(None, f"台账在 PostgreSQL（{ledger.where}），本程序不作备份。请单位用 pg_dump 定期备份数据库")
    temp = durable.temporary(folder / "台账.db")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _copy(ledger.path, temp)
        durable.sync_file(temp)
        path = _named(temp, folder / f"台账_{before}{now:%Y%m%d-%H%M%S}.db")
        durable.sync_folder(folder)
        kept = _prune(folder)
    except (OSError, sqlite3.Error) as error:
        why = reason(error) if isinstance(error, OSError) else of_copying(error, ledger.path)
        raise LedgerError(f"{folder}：备份没有做成（{why}）", "请检查磁盘空间和文件夹权限，然后重新运行") from error
    finally:
        temp.unlink(missing_ok=True)
    return Backup(path, f"台账已备份到 {path}（现有 {kept} 份，最多保留 {KEEP} 份）")


def _copy(source: Path, target: Path) -> None:
    with closing(sqlite3.connect(source, timeout=30)) as old, closing(sqlite3.connect(target)) as new:
        old.backup(new)
        found = new.execute("PRAGMA quick_check(1)").fetchone()[0]
    if found != "ok":
        raise sqlite3.DatabaseError(f"台账文件本身已损坏：{found}")


def _named(temp: Path, final: Path) -> Path:
    n, path = 1, final
    while True:
        try:
            durable.move(temp, path)
            return path
        except FileExistsError:
            n += 1
            path = final.with_name(f"{final.stem}({n}){final.suffix}")


def _prune(folder: Path) -> int:
    # By name, so by time; what people named themselves is not ours to remove.
    ours = sorted(p for p in folder.iterdir() if _OURS.fullmatch(p.name))
    for path in ours[:-KEEP]:
        path.unlink()
    return min(len(ours), KEEP)
