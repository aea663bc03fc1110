"""Changing the ledger: one writer, whole or not at all; what stops it is said in one Chinese sentence."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy import Connection

from xltools import ledger
from xltools.desk.errors import LedgerRefusal
from xltools.desk.workspace import Workspace
from xltools.ledger.backup import backup


class _Enough(Exception):
    """Ends a dry run: everything is rolled back."""


@contextmanager
def changing(workspace: Workspace, now: datetime, *, dry_run: bool = False) -> Iterator[Connection]:
    """The connection that may change the ledger; commits at the end, or with `dry_run` rolls everything back.

    The first change of a day leaves a copy of the ledger as it was in 备份/. Raises Refusal: somebody else is
    writing, or the ledger cannot be used.
    """
    try:
        if not dry_run and workspace.ledger.is_older:
            backup(workspace.ledger, workspace.backup, now, before="升级前")
        elif not dry_run and not any(workspace.backup.glob(f"台账_{now:%Y%m%d}-*.db")):
            backup(workspace.ledger, workspace.backup, now)
        at = workspace if workspace.day else workspace.on(now.date())
        with ledger.writing(at.ledger, workspace.root, workspace.who, now) as conn:
            yield conn
            if dry_run:
                raise _Enough
    except _Enough:
        return
    except ledger.LedgerError as e:
        raise LedgerRefusal(e.text, e.todo) from e


@contextmanager
def looking(workspace: Workspace) -> Iterator[Connection]:
    """A connection that sees one state of the ledger. Raises Refusal."""
    try:
        with ledger.reading(workspace.ledger) as conn:
            yield conn
    except ledger.LedgerError as e:
        raise LedgerRefusal(e.text, e.todo) from e
