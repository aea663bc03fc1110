"""Single facts about the ledger itself: its number, scheme, version, head of the journal."""

from __future__ import annotations

from sqlalchemy import Connection, delete, select

from xltools.ledger import bulk
from xltools.ledger.schema import of

ID = "id"
"""Tells one ledger from every other; a copy and a restored backup keep it. "" in ledgers older than that."""


def get(conn: Connection, key: str) -> str | None:
    """The value, or None."""
    t = of(conn).meta
    return conn.scalar(select(t.c.value).where(t.c.key == key))


def put(conn: Connection, key: str, value: str) -> None:
    """Set a value."""
    bulk.upsert_rows(conn, of(conn).meta, [{"key": key, "value": value}])


def drop(conn: Connection, key: str) -> None:
    """Forget a value."""
    t = of(conn).meta
    conn.execute(delete(t).where(t.c.key == key))
