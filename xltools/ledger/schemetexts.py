"""Texts of the scheme (方案文本) that this ledger was worked by: each by its hash, and the change from one to the next."""

from __future__ import annotations

import json
from datetime import datetime

from sqlalchemy import Connection, select

from xltools.ledger import bulk, meta
from xltools.ledger.schema import of
from xltools.scheme.texts import changed_keys, digest, documents_between, released

CURRENT = "scheme_sha256"
"""Key of `meta`: the hash of the text by which the ledger was last written."""


def keep_text(conn: Connection, source: str, now: datetime) -> None:
    """Keep a text under its hash, as the one that holds."""
    row = {"sha256": digest(source), "text": source, "at": f"{now:%Y-%m-%d %H:%M:%S}"}
    bulk.upsert_rows(conn, of(conn).schemes, [row])
    meta.put(conn, CURRENT, row["sha256"])


def text_of(conn: Connection, sha256: str) -> str | None:
    """The text with that hash: as it was kept, else as a release had it; None where nobody has it."""
    t = of(conn).schemes
    return conn.scalar(select(t.c.text).where(t.c.sha256 == sha256)) or released(sha256)


def is_kept(conn: Connection, sha256: str) -> bool:
    """Whether the ledger itself holds the text with that hash."""
    t = of(conn).schemes
    return conn.scalar(select(t.c.sha256).where(t.c.sha256 == sha256)) is not None


def current(conn: Connection) -> str:
    """The hash of the text by which the ledger was last written."""
    return meta.get(conn, CURRENT) or ""


def changes(conn: Connection, source: str) -> list[str] | None:
    """The keys in which `source` differs from the text by which the ledger was last written; None where it does not.

    Empty where the earlier text is not known any more.
    """
    if current(conn) in ("", digest(source)):
        return None
    old = text_of(conn, current(conn))
    return changed_keys(old, source) if old is not None else []


def documents(conn: Connection, old: str, source: str) -> list[str]:
    """The documents (文号) of the amendments that `source` contains and the text with the hash `old` does not."""
    before = text_of(conn, old)
    return documents_between(before, source) if before is not None else []


def first(conn: Connection) -> str:
    """The hash of the text by which the ledger was made: what batches were sent by that name none of their own."""
    t = of(conn).journal
    detail = conn.scalar(select(t.c.detail).where(t.c.verb == "init").order_by(t.c.seq).limit(1))
    return str(json.loads(detail).get(CURRENT, "")) if detail else ""
