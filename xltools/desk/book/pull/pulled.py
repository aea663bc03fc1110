"""What a pull (取回) takes from an open or closed platform workbook, and what it has to say about it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from xltools.desk.told import Note, Place

REFUSED = "这张表的改动没有取回，也没有丢：请改正后再刷新，更新时这张表保持原样"
NO_BASE = "工作簿里的基准表不在或是空的：只取回台账里还空着的格，其余列为冲突"


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
    def place(self) -> Place:
        return Place("", self.sheet, self.cell, " ".join(filter(None, (self.row, self.column))))


@dataclass(frozen=True)
class Conflict(Edit):
    """An edit of a cell that a colleague changed meanwhile: the ledger's value stays. `by` says who and when."""

    ledger: str = ""
    by: str = ""

    @property
    def note(self) -> Note:
        text = (
            f"工作簿里改成 {quoted(self.typed)}，台账里已是 {quoted(self.ledger)}（{self.by or '记录不详'}）；没有覆盖，"
            "请商定后再填"
        )
        return Note(text, "CONFLICT", "error", self.place, label="冲突")

    def __str__(self) -> str:
        return self.note.line


@dataclass(frozen=True)
class Ignored(Edit):
    """A change that a pull does not take, with why; `was` is what the ledger has and what the next update shows."""

    why: str = ""

    @property
    def note(self) -> Note:
        text = f"{quoted(self.was)} 改成了 {quoted(self.typed)}"
        return Note(text, "NOT_TAKEN", "warning", self.place, self.why, "没有取回")

    def __str__(self) -> str:
        return self.note.line


@dataclass(frozen=True)
class Problem:
    """What keeps a table's edits from being taken, with its place, and what to do about it."""

    table: str
    sheet: str
    cell: str
    text: str
    todo: str = ""

    @property
    def note(self) -> Note:
        return Note(self.text, "NOT_TYPED_RIGHT", "error", Place("", self.sheet, self.cell), self.todo, "")

    def __str__(self) -> str:
        return self.note.line


@dataclass(frozen=True)
class Taken:
    """What was taken from one sheet: how many cells, and what the operation had to say."""

    sheet: str
    cells: int
    lines: Sequence[str] = ()


@dataclass(frozen=True)
class Pulled:
    """What a pull did. `refused` are the tables whose edits were not taken; whoever updates the workbook leaves them
    as they stand, so that nothing typed is lost.

    `based`: the workbook still has what it showed when it was last brought up to date. `kept_in` is the file in which
    that which was not taken is kept, "" where there is none.
    """

    taken: Sequence[Taken] = ()
    applied: Sequence[Edit] = ()
    conflicts: Sequence[Conflict] = ()
    ignored: Sequence[Ignored] = ()
    problems: Sequence[Problem] = ()
    refused: frozenset[str] = field(default_factory=frozenset)
    based: bool = True
    kept_in: str = ""
    dry_run: bool = False

    @property
    def nothing(self) -> bool:
        """Whether nobody typed anything."""
        return not (self.applied or self.conflicts or self.ignored or self.problems)

    @property
    def notes(self) -> list[Note]:
        """All of it, to tell."""
        return list(self._notes()) or [Note("工作簿里没有新的改动", "NOTHING_NEW")]

    @property
    def lines(self) -> list[str]:
        """All of it in sentences."""
        return [n.line for n in self.notes]

    def _notes(self) -> Iterator[Note]:
        for t in self.taken:
            yield Note(f"{t.sheet}：取回 {t.cells} 处改动" + ("（试做，没有记入）" if self.dry_run else ""), "TAKEN")
            yield from (Note(f"  {line}", "TAKEN") for line in t.lines)
        if not self.based:
            yield Note(NO_BASE, "NO_BASE")
        for name in sorted(self.refused):
            mine = [p for p in self.problems if p.table == name]
            yield Note(f"{mine[0].sheet}：有 {len(mine)} 处问题，{REFUSED}", "TABLE_REFUSED")
            yield from (p.note for p in mine)
        yield from (c.note for c in self.conflicts)
        yield from (i.note for i in self.ignored)
        if self.kept_in:
            yield Note(f"没有取回的内容记在 {self.kept_in}", "KEPT_IN")


def quoted(value: str) -> str:
    """A cell's value in a sentence."""
    return f"“{value}”" if value else "空白"
