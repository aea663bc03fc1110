"""The bureau's decisions (市级审核) on each firm."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
from sqlalchemy import Connection, select

from xltools.ledger import bulk, frames
from xltools.ledger.schema import of


def reviews(conn: Connection) -> pa.Table:
    """All decisions by code: texts, `exports_cents` and `draw` int64, `reviewed` date32, `confirm_received`
    timestamp[s]; blank is null."""
    t = of(conn).reviews
    return frames.read(conn, select(t).order_by(t.c.uscc))


def withdrawn(conn: Connection) -> dict[str, str]:
    """What 撤回 says, by code, where it says anything."""
    t = of(conn).reviews
    return {uscc: said for uscc, said in conn.execute(select(t.c.uscc, t.c.withdrawn)) if said}


def merge_reviews(conn: Connection, data: pa.Table) -> dict[str, dict[str, list[Any]]]:
    """Take over the filled fields of each row; a blank leaves what stands.

    `data` has `uscc` and any of the other columns. Rows of one firm count in their order. Returns what changed
    as {uscc: {field: [old, new]}}, days and moments as ISO text, for the journal.
    """
    t = of(conn).reviews
    now = {row["uscc"]: dict(row) for row in conn.execute(select(t)).mappings()}
    changed: dict[str, dict[str, list[Any]]] = {}
    for row in frames.rows(t, data):
        old = now.setdefault(row["uscc"], dict.fromkeys(t.c.keys()))
        for field, value in row.items():
            if field == "uscc" or value in (None, "") or old[field] == value:
                continue
            before = changed.setdefault(row["uscc"], {}).setdefault(field, [old[field], None])
            before[1] = old[field] = value
        old["uscc"] = row["uscc"]
    if changed:
        bulk.upsert_rows(conn, t, [now[u] for u in changed])
    return changed
