"""Three values of a cell (三方比较): what the workbook showed, what it has now, what the ledger has now."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field

from xltools.catalogue.tables import BookColumn
from xltools.desk.book.contents.baseline import Base, Cells
from xltools.desk.book.pull.given import Given
from xltools.desk.book.pull.pulled import Conflict, Edit, Ignored, Problem

NO_BASE = "基准表不在，分不清是谁改的"
CLEARED = "清空不算改动；要改请填新的内容"

Who = Callable[[str, str], str]
"""(key, heading) -> who changed that cell of the ledger, and when."""


@dataclass
class Found:
    """What stands differently in one table."""

    edits: list[Edit] = field(default_factory=list)
    conflicts: list[Conflict] = field(default_factory=list)
    ignored: list[Ignored] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    typed: dict[str, set[int]] = field(default_factory=dict)
    """Heading -> rows (along the given ones) whose cell is to be taken over."""
    gone: set[str] = field(default_factory=set)
    """Keys of rows that were deleted and may be."""

    @property
    def rows(self) -> list[int]:
        """Rows with anything to take over."""
        return sorted({i for rows in self.typed.values() for i in rows})


@dataclass(frozen=True)
class Sides:
    """The base (None where the workbook has lost it) and the ledger, by key and heading."""

    base: Base | None
    ledger: Cells

    def was(self, key: str, heading: str) -> str | None:
        """What the workbook showed; None where nobody knows."""
        return None if self.base is None else self.base.cells.get(key, {}).get(heading, "")


def compare(
    g: Given,
    columns: Sequence[BookColumn],
    values: dict[str, list[str]],
    keys: Sequence[str],
    labels: Sequence[str],
    sides: Sides,
    who: Who,
    *,
    clearing: Collection[str] = (),
) -> Found:
    """Sort every cell of the bureau's: untouched, to be taken, already there, in conflict.

    `values` by heading and `keys`, `labels` run along the given rows. In the columns `clearing` an emptied cell counts;
    else it is named and ignored.
    """
    found = Found()
    for c in columns:
        h = c.heading
        for i, (key, typed) in enumerate(zip(keys, values[h], strict=True)):
            was, ledger = sides.was(key, h), sides.ledger.get(key, {}).get(h, "")
            if typed in (was, ledger) or (was is None and not typed):
                continue
            place = (g.of.name, g.book.sheet, g.cell(i, h), labels[i], h)
            if not typed and h not in clearing:
                found.ignored.append(Ignored(*place, ledger, typed, CLEARED))
            elif ledger == (was or ""):
                found.edits.append(Edit(*place, was or "", typed))
                found.typed.setdefault(h, set()).add(i)
            else:
                by = NO_BASE if was is None else who(key, h)
                found.conflicts.append(Conflict(*place, was or "", typed, ledger, by))
    return found
