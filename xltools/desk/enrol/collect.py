"""`collect` (收件): districts' files into the ledger, files with problems back to their districts."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from typing import Literal

import numpy as np
import pyarrow as pa
from sqlalchemy import Connection

from xltools.desk.enrol import give_back
from xltools.desk.enrol.admission import Admitted, identify, in_order, too_late
from xltools.desk.enrol.claim_rows import claim_table, enterable
from xltools.desk.enrol.compared import compare
from xltools.desk.enrol.inbox import Arrived, arrived
from xltools.desk.enrol.known import Known
from xltools.desk.enrol.reading import read_and_check
from xltools.desk.enrol.wishes import Came, Wishes
from xltools.desk.memory import searched_rarely
from xltools.desk.progress import Progress, silent
from xltools.desk.rules.changes import called
from xltools.desk.rules.register import Register, as_known, has_left, load_register
from xltools.desk.transaction import changing
from xltools.desk.workspace import Workspace, kept_as
from xltools.ledger import Entry, files, outbox
from xltools.ledger.journal import append
from xltools.ledger.personal import changes
from xltools.ledger.seals import seals
from xltools.roster.across import name_moved
from xltools.roster.cells import Roster
from xltools.roster.problems import FileProblem, FileRefused, Placed
from xltools.sheets.returned.heldback import HeldBack

WORDS = {"taken": "收下", "returned": "退回", "refused": "拒收", "held": "没有读", "attached": "附件"}


@dataclass
class Collected:
    """What became of one file. `placed` lists every problem; `again` marks a file that was collected before."""

    name: str
    district: str
    outcome: str
    rows: int = 0
    good: int = 0
    new: int = 0
    changed: int = 0
    pending: int = 0
    wishes: Sequence[str] = ()
    """What is new of it, a firm each: 受理编号, name and what it would change of the row sent."""
    left_out: int = 0
    """Rows that could not be kept: a code that is none, the second row of a code, a total."""
    cleaned: int = 0
    tidied: dict[str, list[str]] = field(default_factory=dict)
    """Heading -> cells that cleaning changed (blanks, full-width, separators ...)."""
    round: int | None = None
    returned_as: str = ""
    held_back: Sequence[HeldBack] = ()
    """What did not go out with the file in 退回/: macros, external links and the like."""
    again: bool = False
    placed: Sequence[Placed] = ()

    @property
    def word(self) -> str:
        """What became of it, in a word."""
        return WORDS[self.outcome]

    @property
    def errors(self) -> int:
        return sum(p.severity != "warning" for p in self.placed)

    @property
    def warnings(self) -> int:
        return sum(p.severity == "warning" for p in self.placed)


@dataclass
class _Taken:
    """A file on its way in."""

    of: Admitted
    report: Collected
    id: int = 0


def collect(
    workspace: Workspace,
    *,
    now: datetime,
    today: date,
    only: Sequence[Path] = (),
    dry_run: bool = False,
    progress: Progress = silent,
) -> list[Collected]:
    """Collect what lies in 收件/ (or just `only`), all of it or nothing. Collecting a file twice changes nothing.

    Raises Refusal when somebody else is writing.
    """
    with tempfile.TemporaryDirectory() as scratch, searched_rarely():
        found = arrived(workspace.inbox, Path(scratch), only)
        progress("读取和核对", 0, len(found))
        with changing(workspace, now, dry_run=dry_run) as conn:
            return _collect(conn, workspace, found, now, today, progress)


def _collect(
    conn: Connection, workspace: Workspace, found: list[Arrived], now: datetime, today: date, progress: Progress
) -> list[Collected]:
    reports: list[Collected] = []
    fresh: list[Arrived] = []
    papers: list[Arrived] = []
    seen: set[str] = set()
    there = {f["sha256"]: f for f in files.files(conn, attached=True).to_pylist()}
    tables = {file.beside for file in found if file.sha256 and not file.scan and not file.refusal}
    for file in found:
        if not file.sha256 and file.refusal:
            reports.append(Collected(file.name, "", "held", placed=_placed(file.name, [file.refusal])))
            continue
        earlier = there.get(file.sha256)
        if file.sha256 in seen or (earlier and earlier["outcome"] != "refused"):
            was = earlier or {"district": "", "outcome": "taken"}
            reports.append(Collected(file.name, was["district"] or "", was["outcome"], again=True))
        elif file.scan and file.beside in tables:
            papers.append(file)
        elif file.refusal:
            reports.append(_refuse(conn, workspace, file, FileRefused([file.refusal]), now))
        else:
            fresh.append(file)
        seen.add(file.sha256)
    count = 0

    def done() -> None:
        nonlocal count
        count += 1
        progress("读取和核对", count, len(fresh))

    checked = read_and_check([f.path for f in fresh], workspace.scheme, today, done=done)
    readable: list[Admitted] = []
    for file, roster in zip(fresh, checked, strict=True):
        if isinstance(roster, FileRefused):
            reports.append(_refuse(conn, workspace, file, roster, now))
        else:
            readable.append(identify(workspace.scheme, file, roster))
    taken: list[_Taken] = []
    entries: list[Entry] = []
    known, latest = Known(conn, workspace.scheme), files.latest_rounds(conn)
    wishes = Wishes(conn, workspace, today)
    if readable:
        wishes.carry(now)
    for one in in_order(readable):
        if why := too_late(latest, workspace.scheme, one):
            reports.append(_refuse(conn, workspace, one.file, why, now))
            continue
        progress("记入台账", len(taken), len(fresh))
        report = Collected(one.file.name, one.district, "taken", len(one.roster), round=one.round)
        taken.append(_Taken(one, report))
        entries.append(_enter(conn, workspace, taken[-1], known, wishes, now))
        latest[one.district] = max(latest.get(one.district, 0), one.round or 0)
        reports.append(report)
    if taken:
        _keep(conn, workspace, *(t.of.file for t in taken))
        claimed = known.write(conn, now)
        _journal(conn, entries, {t.of.district for t in taken}, claimed, changes=wishes.write())
        progress("比对和退回", 0, len(taken))
        _give_back(conn, workspace, taken, load_register(conn, workspace, today, claimed=claimed), today)
    reports += [_attach(conn, workspace, file, taken, now) for file in papers]
    places = {f.name: i for i, f in enumerate(found)}
    return sorted(reports, key=lambda r: places[r.name])


def _placed(name: str, problems: Sequence[FileProblem]) -> list[Placed]:
    return [Placed(name, "", p.cell, 0, "", p.code, "error", p.value, p.message, p.kind.hint) for p in problems]


def _refuse(conn: Connection, workspace: Workspace, file: Arrived, why: FileRefused, now: datetime) -> Collected:
    """Nothing of the file enters; it comes back, once, with a 问题 sheet that says why."""
    name = file.name
    placed = _placed(name, why.problems)
    report = Collected(file.name, "", "refused", placed=placed)
    if known := files.file(conn, file.sha256):
        report.again, report.returned_as = True, known["returned_as"]
        return report
    back = give_back.refused(conn, workspace, file, placed)
    report.returned_as, report.held_back = back.name, back.held_back
    entry = files.File(file.sha256, file.name, "", now, "refused", errors=len(placed), returned_as=report.returned_as)
    files.record(conn, entry)
    _keep(conn, workspace, file)
    detail = {"sha256": file.sha256, "codes": [p.code for p in why.problems]}
    append(conn, Entry(now, workspace.who, "collect", file.name, detail, "拒收"))
    return report


def _attach(conn: Connection, workspace: Workspace, file: Arrived, taken: Sequence[_Taken], now: datetime) -> Collected:
    """A stamped page beside a table: kept as it came, with the papers of the district whose table it lies beside."""
    names = [a.name for a in workspace.scheme.areas]
    beside = {t.of.district for t in taken if t.of.file.beside == file.beside}
    named = [d for d in names if d.removesuffix("区") in file.name]
    district = beside.pop() if len(beside) == 1 else named[0] if len(named) == 1 else ""
    files.record(conn, files.File(file.sha256, file.name, district, now, "attached"))
    _keep(conn, workspace, file)
    detail = {"sha256": file.sha256, "attached": district}
    append(conn, Entry(now, workspace.who, "collect", file.name, detail, "附件"))
    return Collected(file.name, district, "attached")


def _enter(
    conn: Connection, workspace: Workspace, taken: _Taken, known: Known, wishes: Wishes, now: datetime
) -> Entry:  # fmt: skip
    """Rows with a usable code enter; one with errors never replaces a good one, a sent one is never touched.

    Returns what the journal is to say of it.
    """
    roster, report, file, district = taken.of.roster, taken.report, taken.of.file, taken.of.district
    roster.text["uscc"] = as_known(roster.text["uscc"], known.codes)
    rows = enterable(roster)
    report.good = len(roster) - int(roster.findings.mask().sum())
    report.cleaned = sum(len(r) for r in roster.cleaned.values())
    report.tidied = roster.tidied()
    report.left_out = len(roster) - len(rows)
    entry = files.File(file.sha256, file.name, district, now, "taken", taken.of.round, len(roster), report.good)
    taken.id = files.record(conn, entry)
    names = known.names(district)
    name_moved(roster, names)
    table = claim_table(roster, rows, district, taken.id)
    codes = table["uscc"].to_pylist()
    _gone(roster, _stayed(names, district, len(codes), known), set(codes))
    beside = compare(table, known.claims(district, codes))
    out = np.array([u in known.out for u in codes], dtype=bool)
    # With the same values a row enters too: the firm's place is in the newer file.
    enter = ~out & ~beside.worse
    changed = np.flatnonzero(enter & beside.known & beside.differs).tolist()
    journal = {codes[i]: changes(*beside.fields(i), workspace.scheme) for i in changed}
    wished = wishes.look(out, beside, roster.cells.rows[rows], Came(taken.id, file.name, district, now))
    report.new, report.changed, report.pending = int((enter & ~beside.known).sum()), len(changed), len(wished.waiting)
    report.wishes = wishes.named(wished.new)
    known.enter(district, table if enter.all() else table.filter(pa.array(enter)))
    known.arrive(codes, _received(roster, rows))
    detail = {
        "sha256": file.sha256, "district": district, "round": taken.of.round, "rows": len(roster),
        "good": report.good, "new": report.new, "changed": journal, "pending": wished.waiting,
        "wishes": list(map(called, wished.new)), "taken_back": list(map(called, wished.back)),
    }  # fmt: skip
    return Entry(now, workspace.who, "collect", file.name, detail)


def _journal(
    conn: Connection, entries: list[Entry], districts: set[str], claimed: pa.Table, *, changes: bool
) -> None:  # fmt: skip
    """An entry a file; the last one seals what all of them together left in the ledger."""
    *first, last = entries
    more = ["change"] if changes else []
    sealed = seals(conn, "claims", "enterprises", *more, only={"claims": districts}, claims=claimed)
    append(conn, *first, replace(last, detail={**last.detail, "seals": sealed}))


def _received(roster: Roster, rows: np.ndarray) -> list[datetime | None]:
    """材料齐全时间 of the rows, blank where it is wrong."""
    wrong = roster.findings.mask(fields=("received",))[rows]
    times: list[datetime | None] = np.where(wrong, np.datetime64("NaT"), roster.times["received"][rows]).tolist()
    return times


def _stayed(names: Mapping[str, str], district: str, now_there: int, known: Known) -> dict[str, str]:
    """The firms that the district claims and that have not left, by code; none where its new file is just a part of
    them, whoever they are."""
    if len(names) - len(known.said) > 2 * now_there:
        return {}
    return {u: name for u, name in names.items() if not has_left(known.said.get(u), district)}


def _gone(roster: Roster, old: dict[str, str], now_there: set[str]) -> None:
    """Firms of the district's last files that are not in this one, where it is not just a part of them."""
    gone = {u: name for u, name in old.items() if u not in now_there}
    if gone and len(now_there) * 2 >= len(old):
        names = "、".join(f"{name}（{uscc}）" for uscc, name in gone.items())
        roster.findings.file.append(FileProblem("GONE", value=names))


def _keep(conn: Connection, workspace: Workspace, *came: Arrived) -> None:
    """Files as they came, kept by their content."""
    finals = {workspace.root / f"{kept_as(file.sha256)}{file.ending.lower()}": file.path for file in came}
    new = {final: path for final, path in finals.items() if not final.exists()}
    for path, staged in zip(new.values(), outbox.stage_all(conn, workspace.root, list(new)), strict=True):
        shutil.copyfile(path, staged)


def _give_back(conn: Connection, workspace: Workspace, taken: list[_Taken], register: Register, today: date) -> None:
    """Problems across files are known only now: place them, and give back every file that has an error."""
    found, names = give_back.across(register), give_back.Names(conn)
    settled: list[files.Settled] = []
    for one in taken:
        file, report = one.of, one.report
        placed = file.roster.placed() + give_back.at_cells(register, file.roster, found.get(one.id, ()))
        report.placed = placed
        outcome: Literal["taken", "returned"] = "taken"
        if report.errors:
            outcome = "returned"
            back = give_back.returned(
                conn, workspace, file.file, file.roster, placed, file.district, (file.round or 1) + 1, names
            )
            report.returned_as, report.held_back = back.name, back.held_back
        report.outcome = outcome
        settled.append(files.Settled(one.id, outcome, report.errors, report.warnings, report.returned_as))
    files.settle(conn, settled)
    give_back.others(conn, workspace, register, found, {t.id for t in taken}, today)
