"""One of the bureau's tables on its way into the ledger (读入): what is taken, what became of it, what is told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
from sqlalchemy import Connection

from xltools.catalogue.bureau_tables import BureauTable
from xltools.desk.apart import Left
from xltools.desk.workspace import Workspace
from xltools.ledger.bureau import Changed
from xltools.roster.cells import Roster


@dataclass(frozen=True)
class Taking:
    """Rows of one table on their way into the ledger; `source` is the file's name, or the workbook's, `path` the file."""

    conn: Connection
    workspace: Workspace
    of: BureauTable
    roster: Roster
    source: str
    now: datetime
    today: date
    path: Path | None = None
    known: dict[str, Any] = field(default_factory=dict)
    """What was read of the ledger for one step and is read again by the next."""


@dataclass(frozen=True)
class Done:
    """What was kept: by merging what `changed`, by replacing which `parts`, by appending which numbers were `added`
    to those `before`, and how many were there `again`."""

    data: pa.Table
    changed: Changed = field(default_factory=dict)
    parts: list[Any] = field(default_factory=list)
    added: list[int] = field(default_factory=list)
    before: pa.Table | None = None
    again: int = 0

    @property
    def again_told(self) -> list[str]:
        return [f"{self.again} 笔以前已经记过，没有重复记入"] if self.again else []


@dataclass(frozen=True)
class Loaded:
    """What a table brought: rows, lines for people, facts for `--json`.

    `entries` are what the journal is told instead of one plain entry: subject, detail, grounds; `seals` are other
    tables that were changed with it; `left` are rows of a file that could not be used.
    """

    rows: int
    lines: list[str]
    detail: dict[str, Any] = field(default_factory=dict)
    entries: list[tuple[str, dict[str, Any], str]] = field(default_factory=list)
    seals: tuple[str, ...] = ()
    left: Sequence[Left] = ()
