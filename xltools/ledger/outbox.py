"""Files and ledger as one (发件箱): a file gets its name only once the transaction that tells of it stands.

`stage` names a temporary in the target's folder; `seal` puts every staged file on the disk, with its hash
in the same transaction as everything else; after the commit `publish` gives the files their names. A process
killed at any moment leaves either a temporary that no row knows (swept), or a row whose file the next
`publish` puts in place, once.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path

from sqlalchemy import Connection, Row, bindparam, delete, select, update

from xltools.files import reason
from xltools.ledger import bulk, durable, frames
from xltools.ledger.errors import LedgerError
from xltools.ledger.inside import Outside, inside, noted
from xltools.ledger.schema import of

_COPYING = 3600  # seconds that a copy of a ledger may take
_NEAR = 100  # names to look through for a file that was moved before a kill


def stage(conn: Connection, root: Path, final: Path) -> Path:
    """A temporary path to write the file to that shall be `final`, somewhere below the workspace `root`.

    Only within `writing`. Staging the same name again replaces the first. Raises LedgerError for a path
    outside the workspace, through a link, or with characters that no database can hold.
    """
    return stage_all(conn, root, [final])[0]


def stage_all(conn: Connection, root: Path, finals: Sequence[Path]) -> list[Path]:
    """The same for several files with different names, in one go."""
    t = of(conn).outbox
    names = [_relative(root, final) for final in finals]
    if not names:
        return []
    for row in conn.execute(select(t).where(frames.among(conn, t.c.final, names))).all():
        _temp(root, row).unlink(missing_ok=True)
        conn.execute(delete(t).where(t.c.id == row.id))
    targets = [inside(root, name) for name in names]
    for folder in {target.parent for target in targets}:
        folder.mkdir(parents=True, exist_ok=True)
    temps = [durable.temporary(target) for target in targets]
    ends = [{"temp": _relative(root, temp), "final": name} for temp, name in zip(temps, names, strict=True)]
    conn.execute(t.insert().values(id=frames.numbered_on(t)), ends)
    return temps


def staged(conn: Connection) -> set[str]:
    """The files staged and not yet published, as paths below the workspace (`退回/甲.xlsx`)."""
    return set(conn.scalars(select(of(conn).outbox.c.final)))


def name_for(conn: Connection, root: Path, final: Path) -> Path:
    """The path that a file staged as `final` will get: `final`, or `name(2).xlsx` beside somebody's own file."""
    ours = _ours(conn, _relative(root, final))
    return next(p for p in _names(final) if not p.exists() or _is_ours(p, root, ours))


def placed(conn: Connection, root: Path, final: Path) -> Path | None:
    """Where the file last published as `final` was put; None when there is none, or it was lost. Raises Outside."""
    ours = _ours(conn, _relative(root, final))
    return inside(root, ours.actual) if ours is not None and ours.actual else None


def astray(conn: Connection, root: Path) -> list[str]:
    """A sentence for each path of a staged or published file that leaves the workspace."""
    t = of(conn)
    out: list[str] = []
    for row in conn.execute(select(t.outbox).order_by(t.outbox.c.id)):
        with noted(out):
            _ends(root, row)
    for row in conn.execute(select(t.published).order_by(t.published.c.final)):
        for path in filter(None, dict.fromkeys((row.final, row.actual))):
            with noted(out):
                inside(root, path)
    return out


def seal(conn: Connection, root: Path) -> None:
    """Flush every staged file to the disk and keep its hash. Raises LedgerError for one never written."""
    t = of(conn).outbox
    folders, hashes = set(), []
    for row in conn.execute(select(t).where(t.c.sha256.is_(None))).all():
        temp, final = _ends(root, row)
        if not temp.is_file():
            raise LedgerError(f"{final}：文件没有写出来，这次操作没有记入", "请重新运行")
        durable.sync_file(temp)
        folders.add(temp.parent)
        hashes.append({"row": row.id, "hash": durable.sha256(temp)})
    if hashes:
        conn.execute(update(t).where(t.c.id == bindparam("row")).values(sha256=bindparam("hash")), hashes)
    for folder in folders:
        durable.sync_folder(folder)


def publish(conn: Connection, root: Path) -> list[Path]:
    """Give every committed file its name; what was done before a kill is not done again.

    Nobody's file is overwritten: only one that we published ourselves and that is unchanged since. Returns
    where the files are. Raises LedgerError when one cannot be put in place; the next `publish` tries again. Raises
    Outside, before any file is touched, where one of them would leave the workspace.
    """
    t = of(conn)
    with conn.begin():
        rows = conn.execute(select(t.outbox).order_by(t.outbox.c.id)).all()
    if not rows:
        return []
    ends = [_ends(root, row) for row in rows]
    done: list[dict[str, str | None]] = []
    with conn.begin():
        mine = frames.among(conn, t.published.c.final, [row.final for row in rows])
        ours = {row.final: row for row in conn.execute(select(t.published).where(mine))}
        for row, (temp, final) in zip(rows, ends, strict=True):
            actual = _place(root, row, temp, final, ours.get(row.final))
            done.append({"final": row.final, "actual": actual, "sha256": row.sha256})
        for folder in {final.parent for _, final in ends}:
            durable.sync_folder(folder)
        bulk.upsert_rows(conn, t.published, done)
        conn.execute(delete(t.outbox).where(t.outbox.c.id.in_([row.id for row in rows])))
    return [root / d["actual"] for d in done if d["actual"]]


def sweep(conn: Connection, root: Path) -> list[Path]:
    """Remove temporaries below `root` that the outbox does not know; returns their paths."""
    t = of(conn).outbox
    with conn.begin():
        known = {inside(root, temp) for temp in conn.scalars(select(t.c.temp))}
    swept = []
    for folder, _, names in os.walk(root):
        for path in (Path(folder) / n for n in names if durable.is_temporary(n)):
            if path in known:
                continue
            with suppress(OSError):  # Windows: still open somewhere; the next sweep takes it
                if not _being_copied(path):
                    path.unlink()
                    swept.append(path)
    return swept


def _being_copied(path: Path) -> bool:
    """Whether it may be the backup or new ledger of a process that does not write, and so holds no lock."""
    return path.suffix.startswith(".db") and time.time() - path.stat().st_mtime < _COPYING


def _ends(root: Path, row: Row[tuple[object, ...]]) -> tuple[Path, Path]:
    """From where a row's file comes, and where it goes. Raises Outside."""
    return _temp(root, row), inside(root, row.final)


def _temp(root: Path, row: Row[tuple[object, ...]]) -> Path:
    temp = inside(root, row.temp)
    if not durable.is_temporary(temp.name):
        raise Outside(row.temp, "不是本程序的临时文件")
    return temp


def _place(
    root: Path, row: Row[tuple[object, ...]], temp: Path, final: Path, ours: Row[tuple[object, ...]] | None
) -> str | None:
    """Where the row's file is now, below `root`; None when it is gone: removed by hand since the commit."""
    try:
        if not temp.exists():  # it was moved, and then we were killed
            near = islice(_names(final), _NEAR)
            there = next((p for p in near if p.is_file() and durable.sha256(p) == row.sha256), None)
        else:
            final.parent.mkdir(parents=True, exist_ok=True)
            there = _move(temp, final, row.sha256, root, ours)
    except OSError as error:
        raise LedgerError(
            f"{final}：台账已经记下，但文件放不进文件夹（{reason(error)}）",
            "请检查磁盘空间和文件夹权限；排除后运行任何一个命令，文件会自动补上",
        ) from error
    return there.relative_to(root).as_posix() if there else None


def _move(temp: Path, final: Path, sha256: str, root: Path, ours: Row[tuple[object, ...]] | None) -> Path:
    for path in _names(final):
        if path.exists():
            if durable.sha256(path) == sha256:  # linked, and then we were killed
                temp.unlink()
                return path
            if not _is_ours(path, root, ours):
                continue
            with suppress(PermissionError):  # Windows: open in Excel, so it may yet get changes
                os.replace(temp, path)
                return path
            continue
        with suppress(FileExistsError):  # it came this very moment
            durable.move(temp, path)
            return path
    raise AssertionError("names never end")


def _names(final: Path) -> Iterator[Path]:
    """`final`, then `name(2).xlsx`, `name(3).xlsx` and so on."""
    yield final
    n = 2
    while True:
        yield final.with_name(f"{final.stem}({n}){final.suffix}")
        n += 1


def _ours(conn: Connection, final: str) -> Row[tuple[object, ...]] | None:
    t = of(conn).published
    return conn.execute(select(t).where(t.c.final == final)).first()


def _is_ours(path: Path, root: Path, ours: Row[tuple[object, ...]] | None) -> bool:
    """Whether that file is the one that we published last, unchanged."""
    return ours is not None and ours.actual == path.relative_to(root).as_posix() and durable.sha256(path) == ours.sha256


def _relative(root: Path, path: Path) -> str:
    try:
        name = path.absolute().relative_to(root.absolute()).as_posix()
    except ValueError as error:
        raise LedgerError(f"{path}：不在工作区 {root} 之内", "请把文件放在工作区的文件夹里") from error
    if frames.storable(name) != name:
        raise LedgerError(f"{path!r}：文件名里有无法识别的字符", "请改用普通的汉字、字母和数字")
    return name
