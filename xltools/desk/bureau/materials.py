"""The bureau's tables by button (资料): every file in 资料/ named as a table says, and not read before by its content."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from sqlalchemy import Connection, select

from xltools.catalogue.bureau_tables import bureau_tables
from xltools.desk.bureau.load import Loaded, load_table
from xltools.desk.enrol.inbox import digest
from xltools.desk.errors import LedgerRefusal, Refusal
from xltools.desk.transaction import looking
from xltools.desk.workspace import Workspace
from xltools.files import reason
from xltools.ledger.schema import of

SUFFIXES = (".xlsx", ".csv", ".xls", ".xlsm")


@dataclass(frozen=True)
class Materials:
    """What lies in 资料/: how many files, and of those that were not read before what each brought, or why it did not."""

    there: int
    files: Mapping[Path, Loaded | Refusal]


def materials(
    workspace: Workspace, names: Collection[str], *, now: datetime, today: date, progress: Callable[..., None]
) -> Materials:
    """Read what is new of these tables, file by file: one that is refused does not stop the next.

    A table's files are read behind those of the tables that it refers to, and of one table by their time of change: a later file replaces a year, or an insurer, of an earlier one. Raises Refusal when the folder or the ledger
    cannot be used.
    """
    names_of = _behind_what_they_refer_to(names)
    starts = [bureau_tables()[n].file for n in names_of]
    try:
        workspace.materials.mkdir(exist_ok=True)
        found = sorted(wanted(workspace, names), key=lambda p: (_place(p, starts), p.stat().st_mtime_ns, p.name))
        digests = {p: digest(p) for p in found}
    except OSError as e:
        raise Refusal(f"{workspace.materials}：读不了（{reason(e)}）；请检查文件夹和其中的文件") from e
    with looking(workspace) as conn:
        known = read_before(conn)
    fresh = [p for p in found if digests[p] not in known]
    files: dict[Path, Loaded | Refusal] = {}
    for i, path in enumerate(fresh):
        progress(path.name, i, len(fresh))
        name = names_of[_place(path, starts)]
        try:
            files[path] = load_table(workspace, name, path, now=now, today=today)
        except LedgerRefusal:
            raise
        except Refusal as e:
            files[path] = e
    return Materials(len(found), files)


def _behind_what_they_refer_to(names: Collection[str]) -> list[str]:
    """These tables, each behind those of them that its columns refer to."""
    out: list[str] = []

    def put(name: str) -> None:
        for c in bureau_tables()[name].column:
            if c.refers in names and c.refers != name:
                put(c.refers)
        if name not in out:
            out.append(name)

    for name in names:
        put(name)
    return out


def _place(path: Path, starts: Sequence[str]) -> int:
    """Which of the tables the file is of."""
    return next(k for k, start in enumerate(starts) if path.name.startswith(start))


def by_button(name: str) -> list[str]:
    """The tables whose files that table's button reads: its own first."""
    return [name, *(t.name for t in bureau_tables().values() if t.read_with == name)]


def read_by_buttons() -> list[str]:
    """Every table whose files a button reads."""
    return [n for t in bureau_tables().values() if t.button for n in by_button(t.name)]


def wanted(workspace: Workspace, names: Collection[str]) -> list[Path]:
    """The files in 资料/ that are named as one of these tables says."""
    starts = tuple(bureau_tables()[n].file for n in names)
    there = workspace.materials.iterdir()
    return [p for p in there if p.is_file() and p.name.startswith(starts) and p.suffix.lower() in SUFFIXES]


def read_before(conn: Connection) -> set[str]:
    """Digests of every file that was ever read as one of the bureau's tables."""
    known = set(conn.scalars(select(of(conn).customs_loads.c.sha256)))  # ledgers of earlier versions
    t = of(conn).journal
    for text in conn.scalars(select(t.c.detail).where(t.c.verb.in_(list(bureau_tables())))):
        known.add(str(json.loads(text).get("sha256", "")))
    return known
