"""`review` (审核): the bureau's decisions on firms, and the rows that still wait for one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Connection

from xltools.catalogue.reasons import bit
from xltools.desk.errors import Refusal
from xltools.desk.inputs import read_rows, refuse_errors, remarks
from xltools.desk.rules.register import Register, districts_in, load_register
from xltools.desk.rules.review_sheet import BESIDE, POLICY, export, waits_for_policy, warnings_of
from xltools.desk.rules.standing import stand
from xltools.desk.transaction import changing
from xltools.desk.workspace import Workspace
from xltools.engine.assess import TO_REVIEW
from xltools.ledger import Entry, batches, claims, firms, reviews
from xltools.ledger.journal import append
from xltools.ledger.seals import seals
from xltools.roster.cells import Roster
from xltools.roster.problems import Mask

TEXTS = ("opinion", "reviewer", "grounds", "insurer", "policy", "priorities", "exports_grounds", "withdrawn", "remark")
GROUNDED = {"exports": "exports_grounds", "confirm_received": "grounds"}
"""Decisions that must state their grounds, and where."""

OFFICIAL = {"reviewer": "审核人"}
"""Who decided belongs in the journal: an official act, unlike the district's contact persons of the same field."""

DECISIONS = {*TEXTS, "reviewed", "exports", "confirm_received", "draw"}
"""Columns of which a review table must have at least one."""


@dataclass(frozen=True)
class Reviewed:
    """What a review changed: firms, lines for people, and the firms left over with why."""

    changed: int
    lines: list[str]
    left: list[dict[str, str]] = field(default_factory=list)


def review(workspace: Workspace, path: Path, *, now: datetime, today: date, dry_run: bool = False) -> Reviewed:
    """Take over a review table; only its filled cells count. Raises Refusal, and BadInput naming each wrong cell."""
    roster = read_rows(path, workspace.scheme, "review", today)
    if not DECISIONS & roster.cells.places.keys():
        raise Refusal(f"{path.name}：没有一列审核内容（市级审核意见、分配保险人……），不像审核表，没有读入")
    with changing(workspace, now, dry_run=dry_run) as conn:
        found = take_over(conn, workspace, roster, path.name, now=now, today=today)
    return replace(found, lines=found.lines + remarks(roster, ours=BESIDE))


def take_over(
    conn: Connection,
    workspace: Workspace,
    roster: Roster,
    name: str,
    *,
    now: datetime,
    today: date,
    typed: Mapping[str, Mask] | None = None,
) -> Reviewed:
    """Check a review table, from a file or from the workbook, and take its filled cells over.

    `name` is what it is called in the journal; with `typed`, by field the rows whose cell counts, the other cells
    only stand beside them (as the grounds of a figure). Raises BadInput.
    """
    data = _table(roster, typed)
    _check(conn, name, roster, data)
    released = _release(conn, load_register(conn, workspace, today), data)
    changed = reviews.merge_reviews(conn, data)
    _journal(conn, workspace, changed, now, name)
    lines = [f"更新 {len(changed)} 家"]
    unsigned = int((~roster.blank("opinion") & (roster.blank("reviewer") | np.isnat(roster.times["reviewed"]))).sum())
    if unsigned:
        lines.append(f"{unsigned} 家的审核意见没有审核人或审核日期，请补上：报送表上有审核日期")
    if released:
        lines.append(f"释放资金 {len(released)} 家：{'、'.join(released)}；它们已在报送表里，请通知保险人不要承保")
    return Reviewed(len(changed), lines)


def agree_all(workspace: Workspace, by: str, *, now: datetime, today: date, dry_run: bool = False) -> Reviewed:
    """Agree to every row that its district agreed to and that has no warning; name the rest."""
    with changing(workspace, now, dry_run=dry_run) as conn:
        register = load_register(conn, workspace, today)
        standing = stand(register)
        waits = standing.outcomes.reasons & bit("AWAITING_BUREAU") != 0
        district = standing.outcomes.reasons & bit("AWAITING_DISTRICT") != 0
        rows = standing.rows[waits & ~district & (standing.outcomes.status == TO_REVIEW)]
        warned = register.claims.findings.mask(severity="warning")
        returned = np.array(
            [(register.decisions.review.get(u) or {}).get("opinion") == "补正" for u in register.claims.uscc],
            dtype=bool,
        )
        policy = set(standing.rows[waits_for_policy(standing)].tolist())
        fine = [int(i) for i in rows if not warned[i] and not returned[i] and int(i) not in policy]
        said = warnings_of(register)
        left = [
            {
                "受理编号": register.number(int(i)),
                "企业名称": str(register.claims.text["name"][int(i)]),
                "原因": said.get(int(i)) or (POLICY if int(i) in policy else "市级意见为补正"),
            }
            for i in rows
            if warned[i] or returned[i] or int(i) in policy
        ]
        n = len(fine)
        data = pa.table(
            {
                "uscc": pa.array([register.claims.uscc[i] for i in fine], pa.string()),
                "opinion": pa.array(["同意"] * n, pa.string()),
                "reviewer": pa.array([by] * n, pa.string()),
                "reviewed": pa.array([today] * n, pa.date32()),
            }
        )
        changed = reviews.merge_reviews(conn, data)
        _journal(conn, workspace, changed, now, "全部同意")
    lines = [f"同意 {len(changed)} 家"]
    if left:
        lines.append(f"另有 {len(left)} 家有提示，请逐家审核")
    return Reviewed(len(changed), lines, left)


def _table(roster: Roster, typed: Mapping[str, Mask] | None = None) -> pa.Table:
    """The decisions as the ledger keeps them; with `typed` only those cells."""
    known = roster.amounts["exports"]
    draw = roster.text["draw"].to_pylist()
    columns = {
        **{f: roster.text[f] for f in TEXTS},
        "reviewed": pc.cast(pa.array(roster.times["reviewed"], pa.timestamp("s")), pa.date32()),
        "confirm_received": pa.array(roster.times["confirm_received"], pa.timestamp("s")),
        "exports": pa.array(known.cents, mask=~known.known),
        "draw": pa.array([int(d) if d else None for d in draw], pa.int64()),
    }
    if typed is not None:
        columns = {f: pc.if_else(pa.array(typed[f]), v, None) for f, v in columns.items()}
    columns["exports_cents"] = columns.pop("exports")
    return pa.table({"uscc": roster.text["uscc"], **columns})


def _check(conn: Connection, name: str, roster: Roster, data: pa.Table) -> None:
    """Firms must be known, fixed figures and times must have grounds; a withdrawal says 是, or which of several
    districts' claims it is, or 否 where it was a mistake."""
    known = set(firms.enterprises(conn)["uscc"].to_pylist())
    there = roster.text["uscc"].to_pylist()
    unknown = np.array([u is not None and u not in known for u in there], dtype=bool)
    roster.found("UNKNOWN_FIRM", "uscc", unknown & ~roster.findings.mask(fields=("uscc",)))
    for what, grounds in GROUNDED.items():
        given = roster.amounts[what].known if what in roster.amounts else ~np.isnat(roster.times[what])
        roster.found("GROUNDS_MISSING", what, given & roster.blank(grounds))
    _contradictions(roster, data)
    claimed: dict[str | None, set[str]] = {}
    for row in claims.claims(conn).select(["uscc", "district"]).to_pylist():
        claimed.setdefault(row["uscc"], set()).add(row["district"])
    said = zip(there, roster.text["withdrawn"].to_pylist(), strict=True)
    wrong = np.array(
        [w not in (None, "是", "否") and not districts_in(w) < claimed.get(u, set()) for u, w in said], dtype=bool
    )
    more = "（填“是”；几个区都报了的，填其中撤回申报的区名；填错了的改为“否”）"
    roster.found("CHOICE", "withdrawn", wrong, [more] * int(wrong.sum()))
    refuse_errors(name, roster)


def _contradictions(roster: Roster, data: pa.Table) -> None:
    """Rows of one firm that say different things: nobody but the bureau can tell which of them it means."""
    places: dict[str, list[int]] = {}
    more: dict[int, str] = {}
    for i, code in enumerate(roster.text["uscc"].to_pylist()):
        if code is not None:
            places.setdefault(code, []).append(i)
    where = np.zeros(len(roster), dtype=bool)
    for mine in (m for m in places.values() if len(m) > 1):
        said = data.drop_columns(["uscc"]).take(pa.array(mine)).to_pydict()
        if any(len({v for v in values if v is not None}) > 1 for values in said.values()):
            where[mine] = True
            more |= dict.fromkeys(mine, "、".join(str(roster.cells.rows[i]) for i in mine))
    roster.found("DUPLICATE", "uscc", where, [more[i] for i in np.flatnonzero(where).tolist()])


def _release(conn: Connection, register: Register, data: pa.Table) -> list[str]:
    """A sent firm that is refused or withdrawn gives its money back; returns 受理编号."""
    out = []
    for row in data.select(["uscc", "opinion", "withdrawn"]).to_pylist():
        status = "withdrawn" if row["withdrawn"] == "是" else "refused" if row["opinion"] == "不同意" else None
        if status and row["uscc"] in register.sent.rows:
            batches.mark(conn, row["uscc"], "withdrawn" if status == "withdrawn" else "refused")
            out.append(register.number(register.claims.uscc.index(row["uscc"])))
    return out


def _journal(
    conn: Connection, workspace: Workspace, changed: dict[str, dict[str, list[Any]]], now: datetime, name: str
) -> None:
    grounds = {u: (c.get("grounds") or [None, None])[1] for u, c in changed.items()}
    why = "；".join(sorted({g for g in grounds.values() if g}))
    told = {u: {OFFICIAL.get(f, f): v for f, v in c.items()} for u, c in changed.items()}
    append(
        conn, Entry(now, workspace.who, "review", name, {"changed": told, "seals": seals(conn, "reviews", "sent")}, why)
    )


__all__ = ["Reviewed", "agree_all", "export", "review", "take_over"]
