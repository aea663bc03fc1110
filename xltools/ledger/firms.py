"""Enterprises (企业) and their arrival numbers: given once, in order, without gaps, for ever."""

from __future__ import annotations

from datetime import datetime

import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Connection, func, select

from xltools.ledger import bulk, frames
from xltools.ledger.schema import of


def arrivals(conn: Connection, usccs: pa.Array, received: pa.Array, at: datetime) -> None:
    """Number on the codes (each once) that have no arrival number, in the order given.

    `received` is each firm's 材料齐全时间 (timestamp[s]) as this time collected: one that has its time keeps it, a blank
    changes nothing.
    """
    t = of(conn).enterprises
    known = frames.read(conn, select(t).where(frames.among(conn, t.c.uscc, usccs.to_pylist())))
    new = pc.invert(pc.is_in(usccs, value_set=known["uscc"].combine_chunks()))
    first = int(conn.scalar(select(func.coalesce(func.max(t.c.arrival), 0))) or 0) + 1
    n = pc.sum(new).as_py() or 0
    bulk.insert(conn, t, pa.table({
        "arrival": pa.array(range(first, first + n), pa.int64()),
        "uscc": usccs.filter(new),
        "first_at": pa.repeat(pa.scalar(at.replace(microsecond=0), pa.timestamp("s")), n),
        "first_received": received.filter(new),
    }))  # fmt: skip
    without = known.filter(pc.is_null(known["first_received"]))
    times = received.take(pc.index_in(without["uscc"], value_set=usccs))
    without = without.set_column(without.column_names.index("first_received"), "first_received", times)
    bulk.upsert(conn, t, without.filter(pc.is_valid(without["first_received"])))


def enterprises(conn: Connection) -> pa.Table:
    """arrival int64, uscc, first_at and first_received timestamp[s]; by arrival number."""
    t = of(conn).enterprises
    return frames.read(conn, select(t).order_by(t.c.arrival))
