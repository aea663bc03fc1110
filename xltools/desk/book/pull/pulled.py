"""What a pull (取回) takes from an open or closed platform workbook, and what it has to say about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Edit:
    """One cell that somebody typed in the workbook: where, whose row it is, what it was and what it is now."""

    table: str
    sheet: str
    cell: str
    row: str
    column: str
    was: str
    typed: str

    @property
    def place(self) -> str:
        return f"{self.sheet}!{self.cell}" if self.cell else self.sheet

    def __str__(self) -> str:
        return f"{self.place} {self.row} {self.column}：{told(self.was)} → {told(self.typed)}"


@dataclass(frozen=True)
class Conflict(Edit):
    """An edit of a cell that a colleague changed meanwhile: the ledger's value stays. `by` says who and when."""

    ledger: str = ""
    by: str = ""

    def __str__(self) -> str:
        return (
            f"冲突 {self.place} {self.row} {self.column}：工作簿里改成 {told(self.typed)}，台账里已是 {told(self.ledger)}"
            f"（{self.by or '记录不详'}）；没有覆盖，请商定后再填"
        )


@dataclass(frozen=True)
class Ignored(Edit):
    """A change that a pull does not take, with why; `was` is what the ledger has and what the next update shows."""

    why: str = ""

    def __str__(self) -> str:
        return f"没有取回 {self.place} {self.row} {self.column}：{told(self.was)} 改成了 {told(self.typed)}。{self.why}"


@dataclass(frozen=True)
class Problem:
    """What keeps a table's edits from being taken: a sentence with its place."""

    table: str
    sheet: str
    cell: str
    text: str

    def __str__(self) -> str:
        return f"{self.sheet}!{self.cell}：{self.text}" if self.cell else f"{self.sheet}：{self.text}"


@dataclass(frozen=True)
class Pulled:
    """What a pull did: `lines` for people (all of it), and the same by kind.

    `refused` are the tables whose edits were not taken; whoever updates the workbook leaves them as they stand
    (`book.keep_typed`), so that nothing typed is lost.
    """

    lines: list[str]
    applied: Sequence[Edit] = ()
    conflicts: Sequence[Conflict] = ()
    ignored: Sequence[Ignored] = ()
    problems: Sequence[Problem] = ()
    refused: frozenset[str] = field(default_factory=frozenset)


def told(value: str) -> str:
    """A cell's value in a sentence."""
    return f"“{value}”" if value else "空白"
