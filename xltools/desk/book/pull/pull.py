"""Taking back (取回) what staff typed into the platform workbook: the bureau's cells into the ledger, everything else named.

A cell that differs from 基准 was typed. It goes into the ledger by the same operation as the command's, unless a colleague changed the same cell of the ledger since: then it is a conflict, and the
ledger's value stays. Each table is taken whole or not at all, in a transaction of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial
from types import ModuleType

import pyarrow as pa
from sqlalchemy import Connection

from xltools.catalogue.bureau_tables import bureau_tables
from xltools.catalogue.tables import BookTable, tables
from xltools.desk.book.contents import baseline as book_base
from xltools.desk.book.contents import tables as book_tables
from xltools.desk.book.contents.baseline import Base
from xltools.desk.book.pull import append, merge, replace
from xltools.desk.book.pull import not_ours as edits_others
from xltools.desk.book.pull.compare import Found
from xltools.desk.book.pull.given import Given, given, problems_of
from xltools.desk.book.pull.notes import note
from xltools.desk.book.pull.pulled import Conflict, Edit, Ignored, Problem, Pulled, Taken
from xltools.desk.errors import BadInput, Refusal
from xltools.desk.transaction import changing, looking
from xltools.desk.workspace import Workspace
from xltools.ledger import LedgerError
from xltools.sheets.platform.closed import BookRows

WORK: dict[str, ModuleType] = {"merge": merge, "replace": replace, "append": append}
"""By how a table is kept: who looks at it and applies what was typed in it."""


class _NotTaken(Exception):
    """Rolls a table's transaction back."""


@dataclass
class _Sum:
    """What a pull has found so far."""

    taken: list[Taken] = field(default_factory=list)
    applied: list[Edit] = field(default_factory=list)
    conflicts: list[Conflict] = field(default_factory=list)
    ignored: list[Ignored] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)


def pull(
    workspace: Workspace, book: Mapping[str, BookRows], *, now: datetime, today: date, dry_run: bool = False
) -> Pulled:
    """Take over what was typed in the tables of a workbook. A second pull without new typing changes nothing.

    `book` holds tables by name, 基准 among them. Raises Refusal when it is another workspace's workbook, and when the
    ledger cannot be used (somebody else is writing); tables taken before that stay taken.
    """
    rows = book_base.rows_of(book)
    bases = book_base.read(rows)
    out = _Sum()
    ledger = _ledger(workspace, now, today)
    with looking(workspace) as conn:
        if book_base.is_foreign(conn, rows):
            kept = "什么也没有取回，台账和工作簿都没有改动"
            raise Refusal(f"这份工作簿是另一个工作区的，{kept}", book_base.FOREIGN)
        seen = {
            of.name: _look(conn, workspace, of, book, bases, today, out) for of in tables(workspace.scheme) if of.input
        }
    others = _others(workspace, seen, book, bases, ledger)  # before the ledger moves under what is compared
    for name, there in seen.items():
        if there is not None:
            _take(workspace, there, bases, out, now=now, today=today, dry_run=dry_run)
            out.ignored += [] if name in out.refused else others.pop(name, [])
    for said in others.values():
        out.ignored += said
    return _told(workspace, out, bool(bases), now, dry_run)


def _others(
    workspace: Workspace,
    seen: Mapping[str, Given | None],
    book: Mapping[str, BookRows],
    bases: dict[str, Base],
    ledger: Callable[[str], pa.Table],
) -> dict[str, list[Ignored]]:
    """By table the cells that are not the bureau's and were changed all the same."""
    out: dict[str, list[Ignored]] = {}
    for of in tables(workspace.scheme):
        if of.name not in bases or of.name == book_base.NAME:
            continue
        contents = partial(ledger, of.name)
        there = seen.get(of.name)
        if of.input and not of.grows and there is not None:
            out[of.name] = edits_others.in_rows(there, bases[of.name], contents)
        elif not of.input and of.name in book:
            out[of.name] = edits_others.in_table(given(book[of.name], of)[0], bases[of.name], contents)
    return out


def _look(
    conn: Connection, workspace: Workspace, of: BookTable, book: Mapping[str, BookRows], bases: dict[str, Base],
    today: date, out: _Sum,
) -> Given | None:  # fmt: skip
    """The table if it can be read; what is wrong with its headings is a problem.

    A table or a column that 基准 does not know never was in the workbook: it is of an older version, and nothing was
    typed there. The next update brings it.
    """
    if of.name not in book:
        if bases and of.name not in bases:
            return None
        text = f"找不到表“{of.name}”（工作表被删除，或表被改成了普通区域）"
        out.problems.append(Problem(of.name, of.sheet, "", text, "请从备份找回；其他表照常取回"))
        out.refused.add(of.name)
        return None
    shown = {h for row in bases.get(of.name, Base()).cells.values() for h in row} if bases else None
    g, problems = given(book[of.name], of, shown)
    if problems:
        out.problems += problems
        out.refused.add(of.name)
        return None
    return g


def _take(
    workspace: Workspace, g: Given, bases: dict[str, Base], out: _Sum, *, now: datetime, today: date, dry_run: bool
) -> None:
    """Look at one table; where something was typed, take it over in a transaction of its own."""
    work, name = WORK[bureau_tables()[g.of.input].kept], g.of.name
    base = bases.get(name, Base()) if bases else None
    with looking(workspace) as conn:
        found: Found = work.look(conn, workspace, g, base, today)
    lines: list[str] = []
    if found.edits and not found.problems:
        try:
            with changing(workspace, now, dry_run=dry_run) as conn:
                # Looked at once more: now nobody else can write.
                found = work.look(conn, workspace, g, base, today)
                if found.edits and not found.problems:
                    lines = _apply(work, conn, workspace, g, found, now, today)
                if found.problems:
                    raise _NotTaken
        except _NotTaken:
            lines = []
    if found.problems:
        out.problems += found.problems
        out.refused.add(name)
    else:
        out.applied += found.edits
        if found.edits:
            out.taken.append(Taken(g.book.sheet, len(found.edits), lines))
        out.conflicts += found.conflicts
        out.ignored += found.ignored


def _apply(
    work: ModuleType, conn: Connection, workspace: Workspace, g: Given, found: Found, now: datetime, today: date
) -> list[str]:
    """The lines of the operation; what it refuses becomes the table's problems."""
    try:
        lines: list[str] = work.apply(conn, workspace, g, found, now, today)
    except BadInput as e:
        found.problems += problems_of(g, e)
    except (Refusal, LedgerError) as e:
        found.problems.append(Problem(g.of.name, g.book.sheet, "", e.text, e.todo))
    else:
        return lines
    return []


def _ledger(workspace: Workspace, now: datetime, today: date) -> Callable[[str], pa.Table]:
    """The contents of a table as the ledger has them now, computed when first asked for."""
    kept: dict[str, pa.Table] = {}

    def of(name: str) -> pa.Table:
        if not kept:
            with looking(workspace) as conn:
                kept.update(book_tables.build(conn, workspace, now=now, today=today).tables)
        return kept[name]

    return of


def _told(workspace: Workspace, out: _Sum, based: bool, now: datetime, dry_run: bool) -> Pulled:
    not_taken = [*map(str, out.conflicts), *map(str, out.ignored)]
    return Pulled(
        out.taken, out.applied, out.conflicts, out.ignored, out.problems, frozenset(out.refused), based,
        note(workspace, not_taken, now) if not_taken and not dry_run else "", dry_run,
    )  # fmt: skip


__all__ = ["BookRows", "Pulled", "pull"]
