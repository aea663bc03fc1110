"""The same work done on Windows and on Linux: ledgers row by row, files byte by byte."""

from __future__ import annotations

import sqlite3
import zipfile
from collections.abc import Iterator
from pathlib import Path

IDS = {("meta", "value"), ("published", "sha256")}
"""What is drawn by lot, or hangs on it."""
TIMES = {"first_at", "at", "hash", "time", "stamp", "since", "made_at", "prev"}
"""Columns that hold the time, or a hash over it."""
FILES = ("报送", "退回", "测算结果.xlsx")
BUILT = ("测算结果.xlsx", "报送")
"""Files that are the same to the byte; those of 退回 hold the time of writing in one member."""
CLOCK = "docProps/core.xml"


def ledger(windows: Path, linux: Path, *, fixed: bool) -> str:
    """The first difference of each table, "" for none; `fixed`: both had the same clock."""
    left_out = IDS if fixed else {*IDS, ("journal", "detail")}  # its detail seals the times too
    times = set() if fixed else TIMES
    ours, theirs = (sqlite3.connect(f"file:{p / '台账.db'}?mode=ro", uri=True) for p in (windows, linux))
    wrong = []
    for (table,) in ours.execute("select name from sqlite_master where type = 'table' order by 1").fetchall():
        columns = [c[1] for c in ours.execute(f'pragma table_info("{table}")')]
        columns = [c for c in columns if (table, c) not in left_out and c not in times]
        names = ", ".join(f'"{c}"' for c in columns)
        query = f'select {names} from "{table}" order by rowid'
        rows, others = ours.execute(query).fetchall(), theirs.execute(query).fetchall()
        if rows != others:
            pairs = (pair for a, b in zip(rows, others, strict=False) for pair in zip(columns, a, b, strict=True))
            wrong.append(f"{table}: {next((p for p in pairs if p[1] != p[2]), (len(rows), len(others)))}")
    return "; ".join(wrong)


def files(root: Path) -> list[str]:
    """What was made for others, by its path below `root`."""
    found = [p for name in FILES for p in [root / name, *(root / name).rglob("*")] if p.is_file()]
    return sorted(p.relative_to(root).as_posix() for p in found)


def differing(windows: Path, linux: Path) -> Iterator[str]:
    """The files that are not the same."""
    for name in files(windows):
        if not (linux / name).is_file():
            yield name
        elif name.startswith(BUILT):
            if (windows / name).read_bytes() != (linux / name).read_bytes():
                yield name
        elif _members(windows / name) != _members(linux / name):
            yield name


def _members(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as package:
        return {m: package.read(m) for m in package.namelist() if m != CLOCK}
