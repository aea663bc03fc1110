"""Enterprises (企业) and their arrival numbers: given once, in order, without gaps, for ever."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

import pyarrow as pa
from sqlalchemy import Connection, bindparam, func, select, update

from xltools.ledger import frames
from xltools.ledger.schema import of


def arrivals(conn: Connection, usccs: Iterable[str], at: datetime) -> dict[str, int]:
    """The arrival number of each code; new ones are numbered on, in the order given."""
    t = of(conn).enterprises
    wanted = list(dict.fromkeys(usccs))
    known = {uscc: int(n) for uscc, n in conn.execute(select(t.c.uscc, t.c.arrival))}
    new = [u for u in wanted if u not in known]
    first = int(conn.scalar(select(func.coalesce(func.max(t.c.arrival), 0))) or 0) + 1
    known.update((uscc, n) for n, uscc in enumerate(new, first))
    if new:
        at_text = f"{at:%Y-%m-%d %H:%M:%S}"
        conn.execute(t.insert(), [{"arrival": known[u], "uscc": u, "first_at": at_text} for u in new])
    return {u: known[u] for u in wanted}


def note_received(conn: Connection, times: Mapping[str, datetime | None]) -> None:
    """Keep each firm's 材料齐全时间 as first collected; one that has its time keeps it, a blank changes nothing."""
    t = of(conn).enterprises
    new = [{"u": u, "r": f"{r:%Y-%m-%d %H:%M:%S}"} for u, r in times.items() if r is not None]
    if new:
        first = t.c.uscc == bindparam("u"), t.c.first_received.is_(None)
        conn.execute(update(t).where(*first).values(first_received=bindparam("r")), new)


def enterprises(conn: Connection) -> pa.Table:
    """arrival int64, uscc, first_at and first_received timestamp[s]; by arrival number."""
    t = of(conn).enterprises
    return frames.read(conn, select(t).order_by(t.c.arrival))
