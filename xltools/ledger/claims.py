"""Claims (申报行): the current row of each firm as each district reported it, and changes that wait."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import pyarrow as pa
from sqlalchemy import Connection, select, update

from xltools.ledger import bulk, frames
from xltools.ledger.journal import canonical
from xltools.ledger.schema import of


def claims(conn: Connection) -> pa.Table:
    """All claims, by code and district: uscc, district, file_id, row, has_error, problems (JSON text), fields.

    Fields are the catalogue's but 序号 and 填报检查: text string, amounts int64 USD cents, 区级审核日期 date32,
    材料齐全时间 timestamp[s]; blank is null.
    """
    t = of(conn).claims
    return frames.read(conn, select(t).order_by(t.c.uscc, t.c.district))


def claims_of(conn: Connection, district: str, usccs: Sequence[str]) -> pa.Table:
    """The same, only what this district claims of these firms; in no order."""
    t = of(conn).claims
    return frames.read_among(conn, select(t).where(t.c.district == district), t.c.uscc, usccs)


def names(conn: Connection, district: str) -> dict[str, str]:
    """Code and name of every firm that the district claims, by code."""
    t = of(conn).claims
    found = frames.read(conn, select(t.c.uscc, t.c.name).where(t.c.district == district).order_by(t.c.uscc))
    return dict(zip(found["uscc"].to_pylist(), found["name"].to_pylist(), strict=True))


def names_ever(conn: Connection) -> list[tuple[str, str]]:
    """Code and name, of every name under which a firm was ever claimed."""
    t = of(conn).claims
    return [(uscc, name) for uscc, name in conn.execute(select(t.c.uscc, t.c.name).distinct()) if name]


def put_claims(conn: Connection, data: pa.Table) -> None:
    """Add claims, or replace those of the same firm and district, whole: fields that `data` lacks become blank.

    Raises ValueError for a column that is none of the claim's, or the same firm and district twice.
    """
    t = of(conn).claims
    keys = data.select(["uscc", "district"])
    if keys.num_rows != keys.group_by(["uscc", "district"]).aggregate([]).num_rows:
        raise ValueError("a firm stands twice in the claims of one district")
    for column in t.c:
        if column.name not in data.column_names:
            data = data.append_column(column.name, pa.nulls(data.num_rows, column.info["arrow"]))
    bulk.upsert(conn, t, data)


@dataclass(frozen=True)
class Pending:
    """A change (待定变更) that a district's file makes to a row already sent: {field: [old, new]}.

    It may hold personal data: it belongs to the current state, not to the journal.
    """

    uscc: str
    district: str
    file_id: int
    row: int
    at: datetime
    changes: Mapping[str, Any]


def put_pending(conn: Connection, changes: list[Pending]) -> None:
    """Keep changes that wait for the bureau; one that waited for the same firm and district is dropped for it."""
    t = of(conn).pending
    for c in changes:
        decide(conn, c.uscc, c.district, "dropped")
        values = {
            "uscc": c.uscc, "district": c.district, "file_id": c.file_id, "row": c.row,
            "at": f"{c.at:%Y-%m-%d %H:%M:%S}", "changes": frames.storable(canonical(c.changes)), "decided": None,
        }  # fmt: skip
        bulk.upsert_rows(conn, t, [values])


def decide(conn: Connection, uscc: str, district: str, decision: Literal["applied", "dropped"]) -> int:
    """Close the change that waits for this firm and district; returns how many there were (0 or 1)."""
    t = of(conn).pending
    waiting = t.c.uscc == uscc, t.c.district == district, t.c.decided.is_(None)
    return conn.execute(update(t).where(*waiting).values(decided=decision)).rowcount


def pending(conn: Connection) -> pa.Table:
    """All changes, decided or not, by time: uscc, district, file_id, row, at, changes (JSON text), decided."""
    t = of(conn).pending
    return frames.read(conn, select(t).order_by(t.c.at, t.c.uscc, t.c.district, t.c.file_id))
