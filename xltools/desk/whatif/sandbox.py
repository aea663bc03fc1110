"""Options side by side (比较方案) on the real queue, and the one that was chosen as an entry."""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from xltools.catalogue.bureau_tables import bureau_tables
from xltools.desk.bureau.load import take
from xltools.desk.errors import Refusal
from xltools.desk.inputs import read_rows
from xltools.desk.rules.register import Register, load_register
from xltools.desk.rules.standing import Standing, stand
from xltools.desk.transaction import changing, looking
from xltools.desk.whatif.assumption import Assumption, what_if
from xltools.desk.whatif.difference import Difference, difference
from xltools.desk.whatif.options import Proposal, Step, assumption_of, to_write
from xltools.desk.whatif.rates import Cell, around, rates_by_take_up
from xltools.desk.workspace import Workspace
from xltools.ledger import Entry, bureau
from xltools.ledger.journal import append


@dataclass(frozen=True)
class Compared:
    """One option and what it changes."""

    proposal: Proposal
    changes: Difference
    standing: Standing


@dataclass(frozen=True)
class Side:
    """The options beside the standing as it is (`now`), and the table of rates × take-up."""

    now: Standing
    options: list[Compared]
    rates: list[Cell]


def register_now(workspace: Workspace, *, today: date) -> tuple[Register, list[dict[str, Any]]]:
    """The register, and the rows of the bureau's table of options. Raises Refusal."""
    with looking(workspace) as conn:
        return load_register(conn, workspace, today), bureau.rows(conn, "sandbox").to_pylist()


def compare(register: Register, proposals: Sequence[Proposal], progress: Callable[..., None] = lambda *_: None) -> Side:
    """Run every option on the register. Raises Refusal."""
    now, options = stand(register), []
    for n, p in enumerate(proposals):
        progress("比较方案", n, len(proposals))
        after = what_if(register, assumption_of(p, register.scheme))
        options.append(Compared(p, difference(now, after), after))
    everybody = what_if(register, Assumption(all_agreed=True))
    return Side(now, options, rates_by_take_up(everybody, around(register.scheme.fx.budget.value)))


def choose(
    workspace: Workspace, compared: Compared, *, document: str, approver: str, now: datetime, today: date,
    page: Callable[[], object], dry_run: bool = False,
) -> tuple[list[str], list[str]]:  # fmt: skip
    """Enter the option that the meeting chose: its movements into the fund, the choice into the journal, in one write.

    `page` writes the meeting's page before the ledger has the choice: where it cannot be written nothing is entered,
    where nothing may be entered no page says so.

    Returns what the fund says, and what remains to be written by hand: a scheme is a text that somebody answers for,
    it is never changed by a press. Raises Refusal where movements lack their document, or a pool would fall below what
    is committed.
    """
    proposal = compared.proposal
    moves = [s for s in proposal.steps if s.is_movement]
    if moves and not (document and approver):
        raise Refusal(f"方案“{proposal.name}”要记入资金变动，请写明文号和审批人（--document、--approver）")
    remains = to_write(proposal, workspace.scheme)
    d = compared.changes
    detail = {
        "option": proposal.name, "steps": [s.said for s in proposal.steps], "entered": [_kept(s) for s in moves],
        "remains": remains, "enters": [f.number for f in d.enters], "leaves": [f.number for f in d.leaves],
        "fen": d.fen, "total_left": d.total_left,
    }  # fmt: skip
    lines: list[str] = []
    with changing(workspace, now, dry_run=dry_run) as conn:
        if moves:
            name = f"比较方案“{proposal.name}”"
            roster = _roster(workspace, moves, proposal.name, document, approver, today)
            lines = take(conn, workspace, bureau_tables()["fund"], roster, name, now=now, today=today).lines
        append(conn, Entry(now, workspace.who, "sandbox", proposal.name, detail, document))
        if not dry_run:
            page()
    return lines, remains


def _kept(step: Step) -> dict[str, Any]:
    return {k: v for k, v in asdict(step).items() if v and k != "rate"}


def _roster(workspace: Workspace, moves: Sequence[Step], name: str, document: str, approver: str, today: date) -> Any:
    """The movements as a file of the fund, so that they pass every check that a file passes."""
    headings = {c.field: c.heading for c in bureau_tables()["fund"].column}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "资金.csv"
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            out = csv.writer(file)
            out.writerow(headings.values())
            for s in moves:
                yuan = f"{s.fen // 100}.{s.fen % 100:02d}"
                row = {
                    "day": today, "kind": s.kind, "source": s.source, "target": s.target, "fen": yuan,
                    "document": document, "approver": approver, "remark": f"会商选定：{name}",
                }  # fmt: skip
                out.writerow([row[f] for f in headings])
        return read_rows(path, workspace.scheme, "fund", today)
