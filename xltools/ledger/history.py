"""State by journal sequence (历史状态): rows that begin and end with an entry of the journal, and what held after one."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, Table, and_, func, or_, select

from xltools.ledger import journal, meta
from xltools.ledger.errors import LedgerError
from xltools.ledger.growth import SINCE
from xltools.ledger.schema import FROM, TO, of


def held(query: Select[Any], table: Table, seq: int | None = None) -> Select[Any]:
    """Of a select the rows that hold now, or that held after journal entry `seq`."""
    if seq is None:
        return query.where(table.c[TO].is_(None))
    begun, lasting = func.coalesce(table.c[FROM], 0) <= seq, or_(table.c[TO].is_(None), table.c[TO] > seq)
    return query.where(and_(begun, lasting))


def next_seq(conn: Connection) -> int:
    """The number of the journal entry that will tell of what is done now."""
    return journal.head(conn)[0] + 1


def seq_at(conn: Connection, moment: datetime) -> int:
    """The last entry of the journal at that moment. Raises LedgerError where the state of then is not known: before
    the ledger was made, or before its rows had a beginning."""
    t = of(conn).journal
    found = conn.scalar(select(func.max(t.c.seq)).where(t.c.at <= f"{moment:%Y-%m-%d %H:%M:%S}"))
    since = int(meta.get(conn, SINCE) or 1)
    if not found or found < since:
        first = conn.scalar(select(t.c.at).where(t.c.seq == since)) or ""
        raise LedgerError(f"{moment:%Y-%m-%d %H:%M} 的状态不知道：台账从 {first} 起才记下各行的起止")
    return int(found)
