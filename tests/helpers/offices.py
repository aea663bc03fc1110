"""What the ledger's tests share: a scheme, a moment, and a workspace with its ledger."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, text

from xltools.ledger import Ledger, open_ledger, reading, writing
from xltools.scheme import Scheme, load, source

NOW = datetime(2019, 9, 5, 9, 37, 12)
SCHEME = load("nantong-2019")
TEXT = source("nantong-2019")


@dataclass(frozen=True)
class Office:
    """A workspace folder and its ledger."""

    where: str | Path
    root: Path
    ledger: Ledger

    def writing(self, who: str = "张三", now: datetime = NOW) -> AbstractContextManager[Connection]:
        return writing(self.ledger, self.root, who, now)

    def reading(self) -> AbstractContextManager[Connection]:
        return reading(self.ledger)

    def reopened(self, scheme: Scheme = SCHEME) -> Ledger:
        return open_ledger(self.where, scheme, TEXT)

    def tamper(self, *statements: str) -> None:
        """Change the database behind the ledger's back."""
        with self.ledger.engine.connect() as conn, conn.begin():
            for statement in statements:
                conn.execute(text(statement))

    def temporaries(self) -> list[str]:
        return sorted(p.name for p in self.root.rglob(".xltools*"))
