"""Writing to the ledger (写入): one writer, one transaction, and the files that belong to it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, func, select
from sqlalchemy.exc import SQLAlchemyError

from xltools.ledger import growth, lock, meta, outbox, schemetexts, seals
from xltools.ledger.connect import Ledger
from xltools.ledger.errors import told as refused
from xltools.ledger.history import next_seq
from xltools.ledger.journal import Entry, append

_KEY = (0x786C74, func.hashtext(func.current_schema()))  # one lock for each schema of a database
_PATIENCE = 2.0  # seconds in which PostgreSQL notices that a killed writer is gone


@contextmanager
def writing(ledger: Ledger, workspace: Path, who: str, now: datetime) -> Iterator[Connection]:
    """The one connection that may change the ledger; what the block did is committed whole at its end.

    First finishes what a killed writer left behind; on any exception rolls back and removes staged files; at
    the end publishes them. Raises Busy, saying who writes and since when, or LedgerError.
    """
    beside = workspace if ledger.path is None else ledger.path.parent
    with (
        lock.locked(beside / lock.NAME, who, now),
        refused(ledger.where),
        ledger.engine.connect().execution_options(writing=True) as conn,
        _reserved(conn, ledger, who, now),
    ):
        outbox.publish(conn, workspace)
        outbox.sweep(conn, workspace)
        shape = dict(ledger.shape)
        try:
            with conn.begin():
                _grown(conn, ledger, who, now)
                _scheme_kept(conn, ledger, who, now)
                yield conn
                outbox.seal(conn, workspace)
        except BaseException:
            ledger.shape.clear()
            ledger.shape.update(shape)
            with suppress(SQLAlchemyError):
                outbox.sweep(conn, workspace)
            raise
        outbox.publish(conn, workspace)


def _grown(conn: Connection, ledger: Ledger, who: str, now: datetime) -> None:
    """Make what an earlier version's ledger lacks; its seals are made anew, but where they were broken before."""
    if not ledger.is_older:
        return
    _look_again(conn, ledger)  # somebody else may have been first
    if not ledger.is_older:
        return
    views = growth.overlay(ledger.shape, ledger.tables, "main" if ledger.path else "")
    names = list(growth.lacks(ledger.shape, ledger.tables))
    for statement in views:
        conn.exec_driver_sql(statement)
    wrong = seals.broken(conn)
    for name in names:
        conn.exec_driver_sql(f'DROP VIEW {"temp" if ledger.path else "pg_temp"}."{name}"')
    made = growth.grow(conn, ledger.tables, ledger.shape)
    _look_again(conn, ledger)
    meta.put(conn, growth.SINCE, str(next_seq(conn)))
    told = {"tables": dict(sorted(made.items())), "seals": seals.again(conn, wrong)}
    append(conn, Entry(now, who, "grow", "台账", told))


def _look_again(conn: Connection, ledger: Ledger) -> None:
    found = growth.looked_at(conn, ledger.tables, ledger.where)
    ledger.shape.clear()
    ledger.shape.update(found)


def _scheme_kept(conn: Connection, ledger: Ledger, who: str, now: datetime) -> None:
    """A scheme text that is new to the ledger: kept, and journalled with the keys that changed."""
    changed, old = schemetexts.changes(conn, ledger.source), schemetexts.current(conn)
    if changed is None and schemetexts.is_kept(conn, old):
        return
    schemetexts.keep_text(conn, ledger.source, now)
    if changed is not None:
        told = {"old": old, "new": schemetexts.current(conn), "changed": changed}
        by = "、".join(schemetexts.documents(conn, old, ledger.source))
        append(conn, Entry(now, who, "scheme", ledger.tables.scheme.id, told, by))


@contextmanager
def _reserved(conn: Connection, ledger: Ledger, who: str, now: datetime) -> Iterator[None]:
    """PostgreSQL is reached from several computers, which no file lock spans: its own lock as well.

    It belongs to the session, and so ends with the process.
    """
    if ledger.path is not None:
        yield
        return
    _take(conn, ledger.where)
    with conn.begin():
        meta.put(conn, "writer", lock.me(who, now).to_json())
    try:
        yield
    finally:
        with suppress(SQLAlchemyError):  # the session may be gone, and the lock with it
            with conn.begin():
                meta.drop(conn, "writer")
            with conn.begin():
                conn.scalar(select(func.pg_advisory_unlock(*_KEY)))


def _take(conn: Connection, where: str) -> None:
    until = time.monotonic() + _PATIENCE
    while True:
        with conn.begin():
            if conn.scalar(select(func.pg_try_advisory_lock(*_KEY))):
                return
            found = lock.from_json(meta.get(conn, "writer"))
        if time.monotonic() > until:
            raise found.busy(where) if found else lock.unknown(where)
        time.sleep(0.05)
