"""Files that go back to their districts (退回), marked where something has to be mended."""

from __future__ import annotations

import re
import shutil
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path

import numpy as np
from sqlalchemy import Connection

from xltools.desk.enrol.inbox import Arrived
from xltools.desk.rules.register import Register
from xltools.desk.workspace import Workspace
from xltools.ledger import files, outbox
from xltools.roster.cells import Roster, at_row
from xltools.roster.checks import check
from xltools.roster.problems import FileRefused, Placed, Said
from xltools.sheets.intake import package
from xltools.sheets.intake.read import read_roster
from xltools.sheets.intake.unpack import safe_name
from xltools.sheets.returned.book import rows_of, write_returned
from xltools.sheets.returned.heldback import HeldBack

ACROSS = frozenset({"TWO_DISTRICTS", "RECEIVED_EARLIER", "SAME_NAME", "SIMILAR_NAME", "DISTRICT_INFORCE"})
"""Problems across files that a district can mend; differences from customs are the bureau's."""


@dataclass(frozen=True)
class GivenBack:
    """A file in 退回/: its name there, and what did not go out with it."""

    name: str
    held_back: tuple[HeldBack, ...] = ()


def across(register: Register) -> dict[int, list[Said]]:
    """The register's problems across files that a district can mend, by the file in which their rows stand."""
    out = defaultdict(list)
    for said in register.claims.findings.said():
        if said.finding.code in ACROSS:
            out[int(register.claims.file_id[said.row])].append(said)
    return out


def at_cells(register: Register, roster: Roster, found: Sequence[Said]) -> list[Placed]:
    """Problems across files at the cells of the file in which they stand."""
    return [at_row(roster.cells, said, int(register.claims.row[said.row])) for said in found]


def returned(
    conn: Connection,
    workspace: Workspace,
    file: Arrived,
    roster: Roster,
    placed: Sequence[Placed],
    district: str,
    next_round: int,
    names: Names,
) -> GivenBack:
    """Write the file into 退回/ with every problem marked."""
    base, final = _named(workspace, file, district, f"_退回_第{next_round}轮.xlsx", names)
    temporary = outbox.stage(conn, workspace.root, final)
    done = write_returned(
        file.path, temporary, scheme=workspace.scheme, sheet=roster.cells.sheet,
        heading_row=roster.cells.heading_row, columns=roster.cells.places, placed=placed, district=district,
        next_round=next_round, rows=partial(rows_of, roster),
    )  # fmt: skip
    if done.how == "rebuilt":
        _beside(conn, workspace, file, base)
    return GivenBack(str(outbox.name_for(conn, workspace.root, final).name), done.held_back)


def refused(conn: Connection, workspace: Workspace, file: Arrived, placed: Sequence[Placed]) -> GivenBack:
    """Give a refused file back with its reasons; where it is no plain workbook, an empty template with them."""
    base, final = _named(workspace, file, "", "_拒收.xlsx", Names(conn))
    temporary = outbox.stage(conn, workspace.root, final)
    done = write_returned(
        file.path, temporary, scheme=workspace.scheme, sheet="", heading_row=0, columns={}, placed=placed,
        district="", next_round=0, rows=dict,
    )  # fmt: skip
    if done.how == "rebuilt":
        _beside(conn, workspace, file, base)
    return GivenBack(str(outbox.name_for(conn, workspace.root, final).name), done.held_back)


def others(
    conn: Connection, workspace: Workspace, register: Register, found: Mapping[int, Sequence[Said]], fresh: set[int],
    today: date,
) -> None:  # fmt: skip
    """Districts whose earlier file now shares a firm with a new one get theirs back as well."""
    hit = [f for f in register.claims.findings.items if f.code == "TWO_DISTRICTS"]
    if not hit:
        return
    rows = np.concatenate([f.rows for f in hit])
    shared = {register.claims.uscc[i] for i in rows.tolist() if int(register.claims.file_id[i]) in fresh}
    names = Names(conn)
    known = {f["id"]: f for f in names.files}
    for file_id in {
        int(register.claims.file_id[i]) for i in rows.tolist() if register.claims.uscc[i] in shared
    } - fresh:
        was = known[file_id]
        kept = workspace.kept(was["sha256"])
        if kept is None:
            continue
        file = Arrived(kept, was["name"], was["sha256"])
        try:
            roster = check(read_roster(kept, workspace.scheme, was["name"]), workspace.scheme, today)
        except FileRefused:
            continue
        placed = roster.placed() + at_cells(register, roster, found.get(file_id, ()))
        back = returned(conn, workspace, file, roster, placed, was["district"], (was["round"] or 1) + 1, names)
        errors = sum(p.severity == "error" for p in placed)
        files.settle(conn, [files.Settled(file_id, "returned", errors, len(placed) - errors, back.name)])


class Names:
    """Names in 退回/ that are taken: by the ledger's `files`, and by what this collection has `staged`."""

    def __init__(self, conn: Connection) -> None:
        self.files = files.files(conn).to_pylist()
        self.staged = {name.rpartition("/")[2] for name in outbox.staged(conn)}


def _named(workspace: Workspace, file: Arrived, district: str, ending: str, names: Names) -> tuple[str, Path]:
    """The beginning of the file's name in 退回/ and its whole path: its own name, with its district.

    A name that another district's file or another file of this very collection has gets a number: districts like to
    send 汇总表.xlsx. A member of an archive goes by its own name; what no Windows takes in a name is left out.
    """
    stem = re.sub(r"(_退回_第\d+轮|_拒收)+$", "", Path(safe_name(file.name.rpartition("：")[2])).stem)
    stem += f"_{district}" if district not in stem else ""
    others = [f for f in names.files if f["sha256"] != file.sha256 and not (district and f["district"] == district)]
    taken = names.staged.union(f["returned_as"] for f in others)
    n, base = 1, stem
    while f"{base}{ending}" in taken:
        n += 1
        base = f"{stem}({n})"
    names.staged.add(f"{base}{ending}")
    return base, workspace.returned / f"{base}{ending}"


def _beside(conn: Connection, workspace: Workspace, file: Arrived, base: str) -> None:
    """The untouched original next to a rebuilt file."""
    suffix = file.ending
    with suppress(package.Refused):
        suffix = suffix or f".{package.kind(file.path)}"
    shutil.copyfile(file.path, outbox.stage(conn, workspace.root, workspace.returned / f"{base}_原件{suffix}"))
