"""Claims (申报行): the current row of each firm as each district reported it, and changes that wait."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Connection, Select, select, update

from xltools.ledger import bulk, frames
from xltools.ledger.history import held, next_seq
from xltools.ledger.journal import canonical
from xltools.ledger.schema import FROM, TO, of


def claims(conn: Connection, seq: int | None = None) -> pa.Table:
    """All claims that hold, or held after journal entry `seq`, by code and district: uscc, district, file_id, row, has_error, problems (JSON text), fields.

    Fields are the catalogue's but 序号 and 填报检查: text string, amounts int64 USD cents, 区级审核日期 date32,
    材料齐全时间 timestamp[s]; blank is null.
    """
    return frames.read(conn, _held(conn, seq).order_by(*_keys(conn)))


def names_ever(conn: Connection) -> list[tuple[str, str]]:
    """Code and name, of every name under which a firm was ever claimed."""
    t = of(conn).claims
    return [(uscc, name) for uscc, name in conn.execute(select(t.c.uscc, t.c.name).distinct()) if name]


def identities(conn: Connection) -> pa.Table:
    """Every name and customs code that a firm was ever claimed with: uscc, name, customs_code."""
    t = of(conn).claims
    return frames.read(conn, select(t.c.uscc, t.c.name, t.c.customs_code).distinct())


def put_claims(conn: Connection, data: pa.Table) -> pa.Table:
    """Add claims; those of the same firm and district end. Fields that `data` lacks are blank.

    Returns them as :func:`claims` will. Raises ValueError for a column that is none of the claim's, or the same firm and district twice.
    """
    t = of(conn).claims
    keys = data.select(["uscc", "district"])
    if keys.num_rows != keys.group_by(["uscc", "district"]).aggregate([]).num_rows:
        raise ValueError("a firm stands twice in the claims of one district")
    own = [c for c in t.c if c.name not in (FROM, TO)]
    if unknown := [n for n in data.column_names if n not in {c.name for c in own}]:
        raise ValueError(f"claims have no column {', '.join(unknown)}")
    for column in own:
        if column.name not in data.column_names:
            data = data.append_column(column.name, pa.nulls(data.num_rows, column.info["arrow"]))
    data = data.select([c.name for c in own])
    seq = next_seq(conn)
    for district in pc.unique(keys["district"]).to_pylist():
        usccs = keys["uscc"].filter(pc.equal(keys["district"], district)).to_pylist()
        same = t.c.district == district, t.c[TO].is_(None), frames.among(conn, t.c.uscc, usccs)
        conn.execute(update(t).where(*same).values({TO: seq}))
    added = bulk.insert(conn, t, data.append_column(FROM, pa.array([seq] * data.num_rows, pa.int64())))
    return added.drop_columns([FROM])


def _held(conn: Connection, seq: int | None = None) -> Select[Any]:
    t = of(conn).claims
    return held(select(*(c for c in t.c if c.name not in (FROM, TO))), t, seq)


def _keys(conn: Connection) -> list[Any]:
    t = of(conn).claims
    return [t.c.uscc, t.c.district]


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


def decide(conn: Connection, uscc: str, district: str, decision: Literal["applied", "refused", "dropped"]) -> int:
    """Close the change that waits for this firm and district; returns how many there were (0 or 1).

    `dropped`: another took its place, or the district took it back.
    """
    t = of(conn).pending
    waiting = t.c.uscc == uscc, t.c.district == district, t.c.decided.is_(None)
    return conn.execute(update(t).where(*waiting).values(decided=decision)).rowcount


def take_back(conn: Connection, uscc: str, district: str) -> None:
    """The district says again what it said before: whatever it wished for, decided or not, is `dropped`."""
    t = of(conn).pending
    conn.execute(update(t).where(t.c.uscc == uscc, t.c.district == district).values(decided="dropped"))


def pending(conn: Connection) -> pa.Table:
    """All changes, decided or not, by time: uscc, district, file_id, row, at, changes (JSON text), decided."""
    t = of(conn).pending
    return frames.read(conn, select(t).order_by(t.c.at, t.c.uscc, t.c.district, t.c.file_id))
