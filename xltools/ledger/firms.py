"""Enterprises (企业) and their arrival numbers: given once, in order, without gaps, for ever."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

import pyarrow as pa
from sqlalchemy import Connection, func, select

from xltools.ledger import bulk, frames
from xltools.ledger.schema import of


def arrivals(conn: Connection, usccs: Iterable[str], at: datetime) -> dict[str, int]:
    """The arrival number of each code; new ones are numbered on, in the order given."""
    t = of(conn).enterprises
    wanted = list(dict.fromkeys(usccs))
    there = frames.read_among(conn, select(t.c.uscc, t.c.arrival), t.c.uscc, wanted)
    known: dict[str, int] = dict(zip(there["uscc"].to_pylist(), there["arrival"].to_pylist(), strict=True))
    new = [u for u in wanted if u not in known]
    first = int(conn.scalar(select(func.coalesce(func.max(t.c.arrival), 0))) or 0) + 1
    known.update((uscc, n) for n, uscc in enumerate(new, first))
    bulk.insert(conn, t, pa.table({
        "arrival": pa.array([known[u] for u in new], pa.int64()),
        "uscc": pa.array(new, pa.string()),
        "first_at": pa.array([f"{at:%Y-%m-%d %H:%M:%S}"] * len(new), pa.string()),
    }))  # fmt: skip
    return {u: known[u] for u in wanted}


def note_received(conn: Connection, times: Mapping[str, datetime | None]) -> None:
    """Keep each firm's 材料齐全时间 as first collected; one that has its time keeps it, a blank changes nothing.

    Firms without an arrival number are passed over.
    """
    t = of(conn).enterprises
    without = frames.read_among(conn, select(t).where(t.c.first_received.is_(None)), t.c.uscc, list(times))
    firsts = [times.get(u) for u in without["uscc"].to_pylist()]
    texts = pa.array([f and f"{f:%Y-%m-%d %H:%M:%S}" for f in firsts], pa.string())
    without = without.set_column(without.column_names.index("first_received"), "first_received", texts)
    bulk.upsert(conn, t, without.filter(texts.is_valid()))


def enterprises(conn: Connection) -> pa.Table:
    """arrival int64, uscc, first_at and first_received timestamp[s]; by arrival number."""
    t = of(conn).enterprises
    return frames.read(conn, select(t).order_by(t.c.arrival))
