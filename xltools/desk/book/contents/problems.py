"""问题: every problem that still stands, with its file and cell, and where the file lies that can be opened.

Problems of rows in the ledger come from the ledger; where their cells are, and what kept rows or whole files out, is
read once more from the files as they came (备份/收件), so only files with problems cost time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from sqlalchemy import Connection

from xltools.catalogue.problems import LEVELS
from xltools.catalogue.tables import table
from xltools.desk.book.contents.cells import shaped
from xltools.desk.book.contents.firms import Firms
from xltools.desk.enrol.reading import read_and_check
from xltools.desk.rules.register import Register
from xltools.desk.workspace import BACKUP, RETURNED, Workspace
from xltools.ledger import files
from xltools.roster.cells import Roster
from xltools.roster.letters import column_letters
from xltools.roster.problems import FileRefused, Placed
from xltools.sheets.platform.pricing import LINK

KEPT = "收件"
"""Folder below 备份/ with every file as it came, by its content (see collect)."""


class Line(NamedTuple):
    """A row of 问题, in the order of its columns; `place` only sorts."""

    level: str
    area: str
    number: str
    name: str
    file: str
    cell: str
    heading: str
    message: str
    hint: str
    code: str
    path: str
    place: tuple[Any, ...] = ()


@dataclass(frozen=True)
class Source:
    """A file that districts sent: what the ledger knows of it, where it can be opened, and its rows once more."""

    known: dict[str, Any]
    path: str
    roster: Roster | FileRefused | None

    def cell(self, field: str, row: int) -> str:
        """Where a field stands, "" when the file cannot tell."""
        if not isinstance(self.roster, Roster) or (field and field not in self.roster.cells.places):
            return ""
        return f"{column_letters(self.roster.cells.places.get(field, 0) + 1)}{row}"


def problems(conn: Connection, workspace: Workspace, f: Firms, today: date) -> pa.Table:
    """The table 问题, what must be mended first, then by file and cell."""
    sources = _sources(conn, workspace, f.register, today)
    lines = [*_of_rows(f, sources), *_of_files(f.register, sources.values())]
    lines.sort(key=lambda x: (x.level == LEVELS["warning"], *x.place))
    of = table(workspace.scheme, "问题")
    headings = ["级别", "所属区", "受理编号", "企业名称", "文件", "单元格", "列", "问题", "怎么办", "代码", "路径"]
    columns = {h: [x[i] for x in lines] for i, h in enumerate(headings)}
    return shaped(of, columns | {"打开": ["打开" if _linked(x) else "" for x in lines]})


def _linked(x: Line) -> bool:
    """Whether the worksheet formula makes a link of it."""
    return bool(x.path) and len(x.path + x.cell) < LINK and "#" not in x.path


def _sources(conn: Connection, workspace: Workspace, r: Register, today: date) -> dict[int, Source]:
    """The files that rows of the register stand in, the last ones of each district, and refused ones not replaced."""
    known = {int(k["id"]): k for k in files.files(conn).to_pylist()}
    latest = {k["district"]: i for i, k in known.items() if k["outcome"] != "refused"}
    replaced = {k["name"]: i for i, k in known.items() if k["outcome"] != "refused"}
    marked = np.zeros(len(r), dtype=bool)
    for item in r.claims.findings.items:
        marked[item.rows] = True
    wanted = {int(i) for i in r.claims.file_id[marked]} | {*latest.values()}
    wanted |= {i for i, k in known.items() if k["outcome"] == "refused" and replaced.get(k["name"], -1) < i}
    there = {i: _kept(workspace, known[i]) for i in sorted(wanted)}
    read = [i for i, path in there.items() if path and (known[i]["errors"] or known[i]["warnings"] or i in wanted)]
    read = [
        i for i in read if known[i]["errors"] or known[i]["warnings"] or bool((r.claims.file_id[marked] == i).any())
    ]
    rosters = dict(zip(read, read_and_check([there[i] for i in read], workspace.scheme, today), strict=True))  # type: ignore[misc]
    return {i: Source(known[i], _opened(workspace, known[i], there[i]), rosters.get(i)) for i in sorted(wanted)}


def _kept(workspace: Workspace, known: dict[str, Any]) -> Path | None:
    return next((workspace.backup / KEPT).glob(f"{known['sha256'][:16]}*"), None)


def _opened(workspace: Workspace, known: dict[str, Any], kept: Path | None) -> str:
    """The file to open, below the workspace: the one that went back, else as it came."""
    name = known["returned_as"]
    if name and (workspace.returned / name).is_file():
        return f"{RETURNED}/{name}"
    return f"{BACKUP}/{KEPT}/{kept.name}" if kept else ""


def _of_rows(f: Firms, sources: dict[int, Source]) -> Iterator[Line]:
    r = f.register
    names, areas = r.claims.text["name"].to_pylist(), r.claims.text["area"].to_pylist()
    numbers = f.numbers.to_pylist()
    for said in r.claims.findings.said():
        i, kind = said.row, said.kind
        source, row = sources[int(r.claims.file_id[i])], int(r.claims.row[i])
        cell = source.cell(said.finding.field, row)
        yield Line(
            kind.level, areas[i] or r.claims.district[i], numbers[i], names[i], source.known["name"], cell or f"第{row}行",
            said.heading or "整行", said.message, kind.hint, kind.code, source.path,
            (source.known["name"], row, said.heading, kind.code),
        )  # fmt: skip


def _of_files(r: Register, sources: Iterable[Source]) -> Iterator[Line]:
    """What is wrong with a file itself, and with rows of a district's last file that did not enter the ledger."""
    entered = set(zip(r.claims.file_id.tolist(), r.claims.row.tolist(), strict=True))
    latest: dict[str, int] = {}
    for source in sources:
        if source.known["outcome"] != "refused":
            latest[source.known["district"]] = int(source.known["id"])
    for source in sources:
        known = source.known
        if isinstance(source.roster, FileRefused):
            for p in source.roster.problems:
                yield _line(source, p.cell, 0, "", p.message, p.kind.hint, p.code, p.kind.level, "")
        elif source.roster is not None and latest.get(known["district"]) == int(known["id"]):
            headings = source.roster.findings.headings
            names = dict(zip(source.roster.cells.rows.tolist(), source.roster.text["name"].to_pylist(), strict=True))
            for placed in source.roster.placed():
                if not placed.row or (int(known["id"]), placed.row) not in entered:
                    yield _of_placed(source, placed, headings.get(placed.field, ""), names.get(placed.row) or "")


def _of_placed(source: Source, p: Placed, heading: str, name: str) -> Line:
    return _line(source, p.cell, p.row, heading, p.message, p.hint, p.code, p.level, name)


def _line(
    source: Source, cell: str, row: int, heading: str, message: str, hint: str, code: str, level: str, name: str
) -> Line:
    known = source.known
    where = heading or ("整行" if row else "文件")
    place = (known["name"], row, heading, code)
    return Line(
        level, known["district"] or "", "", name, known["name"], cell, where, message, hint, code, source.path, place
    )
