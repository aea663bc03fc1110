"""Files that districts sent (收到的文件), each known by the SHA-256 of its content."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any, Literal

import pyarrow as pa
from sqlalchemy import Connection, bindparam, func, select, update

from xltools.ledger import frames
from xltools.ledger.schema import of


@dataclass(frozen=True)
class File:
    """One file as it was collected; `good`, `errors` and `warnings` count rows, `round` is None without a 版本 sheet.

    taken: all rows in; returned: the good rows in, the file back to its district; refused: nothing in; attached: no
    table, but a paper that came with one.
    """

    sha256: str
    name: str
    district: str
    at: datetime
    outcome: Literal["taken", "returned", "refused", "attached"]
    round: int | None = None
    rows: int = 0
    good: int = 0
    errors: int = 0
    warnings: int = 0
    returned_as: str = ""
    whole: bool = True


def file(conn: Connection, sha256: str) -> dict[str, Any] | None:
    """What is known of a file by its content, or None; `at` is text."""
    t = of(conn).files
    return frames.one(conn, select(t).where(t.c.sha256 == sha256))


def record(conn: Connection, entry: File) -> int:
    """Keep a file; returns its id. One that was refused before may be tried again and keeps its id.

    Raises ValueError for a file that was taken or returned before: collecting it again changes nothing.
    """
    t = of(conn).files
    there = file(conn, entry.sha256)
    if there is not None and there["outcome"] != "refused":
        raise ValueError(f"the file {entry.sha256} was collected before")
    values = asdict(entry) | {"at": f"{entry.at:%Y-%m-%d %H:%M:%S}", "name": frames.storable(entry.name)}
    if there is not None:
        conn.execute(update(t).where(t.c.id == there["id"]).values(values))
        return int(there["id"])
    values["id"] = frames.next_id(conn, t)
    conn.execute(t.insert(), values)
    return int(values["id"])


def files(conn: Connection, *, attached: bool = False) -> pa.Table:
    """All files in the order in which they came; with `attached` the papers beside them as well."""
    t = of(conn).files
    query = select(t).order_by(t.c.id)
    return frames.read(conn, query if attached else query.where(t.c.outcome != "attached"))


def latest_rounds(conn: Connection) -> dict[str, int]:
    """The highest round (轮次) of each district that is in; refused files do not count."""
    t = of(conn).files
    query = (
        select(t.c.district, func.max(t.c.round))
        .where(t.c.outcome != "refused", t.c.round.is_not(None))
        .group_by(t.c.district)
    )
    return {district: int(round_) for district, round_ in conn.execute(query)}


@dataclass(frozen=True)
class Settled:
    """What became of a file once the checks across files are done; `errors` and `warnings` count problems."""

    id: int
    outcome: Literal["taken", "returned"]
    errors: int
    warnings: int
    returned_as: str


def settle(conn: Connection, settled: Sequence[Settled]) -> None:
    """Keep what became of files."""
    t = of(conn).files
    own = [f.name for f in fields(Settled) if f.name != "id"]
    statement = update(t).where(t.c.id == bindparam("of")).values({n: bindparam(f"its_{n}") for n in own})
    values = [{"of": s.id, **{f"its_{n}": getattr(s, n) for n in own}} for s in settled]
    if values:
        conn.execute(statement, values)
