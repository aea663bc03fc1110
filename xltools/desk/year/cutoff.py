"""A report and its cut-off (定数): what it says, and what the journal keeps of those that were made."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Any

from sqlalchemy import Connection, select

from xltools.desk.year.facts import Facts
from xltools.desk.year.progress import OtherLine, Target
from xltools.desk.year.statistics import TOTAL, Correction, Line
from xltools.engine.growth import share
from xltools.ledger.schema import of as tables_of


@dataclass(frozen=True)
class Frozen:
    """A report as the journal has it: its number for that cut-off, the entry of the journal up to which it counts, the market
    groups of then, the ledger and entry of the year before (None: not compared with one), and the file's hash."""

    cutoff: date
    number: int
    seq: int
    day: date
    markets: dict[str, list[str]]
    before: tuple[str, int] | None = None
    sha256: str = ""


@dataclass(frozen=True)
class Report:
    """What a report says. `coverage` by area: firms on the platform, firms whom it is for."""

    title: str
    frozen: Frozen
    is_frozen: bool
    lines: list[Line]
    coverage: list[tuple[str, int, int]]
    coverage_known: bool
    others: list[OtherLine]
    targets: list[Target]
    tasks: list[dict[str, Any]]
    facts: Facts
    corrections: list[Correction] = field(default_factory=list)
    empty_markets: list[str] = field(default_factory=list)

    @property
    def total(self) -> Line:
        return next(x for x in self.lines if x.group == TOTAL)

    @property
    def covered(self) -> Fraction | None:
        """Firms on the platform out of those whom it is for."""
        if not self.coverage_known:
            return None
        return share(sum(n for _, n, _ in self.coverage), sum(m for _, _, m in self.coverage))


def frozen(conn: Connection, cutoff: date, number: int | None = None) -> Frozen | None:
    """The last report of that cut-off that was frozen, or the one of that number."""
    found = None
    for detail in _entries(conn):
        if detail.get("frozen") and detail.get("cutoff") == f"{cutoff}" and number in (None, detail.get("number")):
            before = detail["before"]
            found = Frozen(
                cutoff, detail["number"], detail["seq"], date.fromisoformat(detail["day"]), dict(detail["markets"]),
                (before[0], before[1]) if before else None, detail["sha256"],
            )  # fmt: skip
    return found


def _entries(conn: Connection) -> Iterable[dict[str, Any]]:
    t = tables_of(conn).journal
    for row in conn.execute(select(t.c.detail).where(t.c.verb == "report").order_by(t.c.seq)):
        try:
            detail = json.loads(row.detail)
        except ValueError:  # `verify` names it
            continue
        if isinstance(detail, dict) and "cutoff" in detail:
            yield detail
