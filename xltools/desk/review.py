"""`review` (审核): the bureau's decisions on firms, and the rows that still wait for one."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Connection

from xltools.desk.bureau_table import read_rows, refuse_errors, remarks
from xltools.desk.errors import Refusal
from xltools.desk.register import Register, districts_in, load_register
from xltools.desk.standing import stand
from xltools.desk.transaction import changing, looking
from xltools.desk.workspace import Workspace
from xltools.engine.assess import TO_CLARIFY, TO_REVIEW
from xltools.engine.reasons import bit, codes
from xltools.ledger import Entry, batches, claims, firms, reviews
from xltools.ledger.journal import append
from xltools.ledger.seals import seals
from xltools.roster.cells import Roster
from xltools.roster.columns import input_columns
from xltools.sheets.bulk import Column, Sheet, write_table

TEXTS = ("opinion", "reviewer", "grounds", "insurer", "policy", "priorities", "exports_grounds", "withdrawn", "remark")
GROUNDED = {"exports": "exports_grounds", "confirm_received": "grounds"}
"""Decisions that must state their grounds, and where."""
BESIDE = ("受理编号", "所属区", "待办", "提示")
"""Columns of the exported table that are only there to be read."""


OFFICIAL = {"reviewer": "审核人"}
"""Who decided belongs in the journal: an official act, unlike the district's contact persons of the same field."""


@dataclass(frozen=True)
class Reviewed:
    """What a review changed: firms, lines for people, and the firms left over with why."""

    changed: int
    lines: list[str]
    left: list[dict[str, str]] = field(default_factory=list)


def review(workspace: Workspace, path: Path, *, now: datetime, today: date, dry_run: bool = False) -> Reviewed:
    """Take over a review table; only its filled cells count. Raises Refusal, and BadInput naming each wrong cell."""
    roster = read_rows(path, workspace.scheme, "review", today)
    with changing(workspace, now, dry_run=dry_run) as conn:
        register = load_register(conn, workspace, today)
        _check(path, roster, register, conn)
        data = _table(roster)
        released = _release(conn, register, data)
        changed = reviews.merge_reviews(conn, data)
        _journal(conn, workspace, changed, now, path.name)
    lines = [f"更新 {len(changed)} 家"]
    if released:
        lines.append(f"释放资金 {len(released)} 家：{'、'.join(released)}")
    return Reviewed(len(changed), lines + remarks(roster, ours=BESIDE))


def agree_all(workspace: Workspace, by: str, *, now: datetime, today: date, dry_run: bool = False) -> Reviewed:
    """Agree to every row that its district agreed to and that has no warning; name the rest."""
    with changing(workspace, now, dry_run=dry_run) as conn:
        register = load_register(conn, workspace, today)
        standing = stand(register)
        waits = standing.outcomes.reasons & bit("AWAITING_BUREAU") != 0
        district = standing.outcomes.reasons & bit("AWAITING_DISTRICT") != 0
        rows = standing.rows[waits & ~district & (standing.outcomes.status == TO_REVIEW)]
        warned = register.findings.mask(severity="warning")
        returned = np.array(
            [(register.review.get(u) or {}).get("opinion") == "补正" for u in register.uscc], dtype=bool
        )
        fine = [int(i) for i in rows if not warned[i] and not returned[i]]
        names = register.findings.codes()
        left = [
            {
                "受理编号": register.number(int(i)),
                "企业名称": str(register.text["name"][int(i)]),
                "原因": names[int(i)] or "市级意见为补正",
            }
            for i in rows
            if warned[i] or returned[i]
        ]
        n = len(fine)
        data = pa.table(
            {
                "uscc": pa.array([register.uscc[i] for i in fine], pa.string()),
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


def export(workspace: Workspace, path: Path, *, today: date) -> int:
    """Write the rows that still need a decision as a review table to fill in; returns how many."""
    with looking(workspace) as conn:
        register = load_register(conn, workspace, today)
    standing = stand(register)
    out = standing.outcomes
    tied = out.reasons & bit("TIE_AT_CUT") != 0
    undecided = np.isin(out.status, (TO_REVIEW, TO_CLARIFY)) | tied
    earlier = {r for f in register.findings.items if f.code == "RECEIVED_EARLIER" for r in f.rows.tolist()}
    rows = [int(i) for i, u in zip(standing.rows, undecided, strict=True) if u or int(i) in earlier]
    place = {int(i): k for k, i in enumerate(standing.rows)}
    columns = input_columns(workspace.scheme, "review")
    text: dict[str, list[str | None]] = {c.heading: [] for c in columns}
    text = {BESIDE[0]: [], BESIDE[1]: [], **text, BESIDE[2]: [], BESIDE[3]: []}
    problems = register.findings.codes()
    for i in rows:
        known = register.review.get(register.uscc[i]) or {}
        for c in columns:
            text[c.heading].append(_shown(known.get("exports_cents" if c.field == "exports" else c.field), c.kind))
        text["统一社会信用代码"][-1] = register.uscc[i]
        text["企业名称"][-1] = register.text["name"][i].as_py()
        text["受理编号"].append(register.number(i))
        text["所属区"].append(register.text["area"][i].as_py())
        text["待办"].append("；".join(codes(int(out.reasons[place[i]]))))
        text["提示"].append(problems[i])
    table = pa.table({k: pa.array(v, pa.string()) for k, v in text.items()})
    looks = [Column(max(12, min(32, 2 * len(name) + 2))) for name in text]
    try:
        write_table(path, [Sheet("市级审核", table, looks, freeze_columns=4)])
    except OSError as e:
        raise Refusal(f"写不了 {path}（{e.strerror}）") from e
    return len(rows)


def _shown(value: Any, kind: str) -> str | None:
    if value is None:
        return None
    return f"{Decimal(value).scaleb(-2):.2f}" if kind == "amount" else str(value)


def _table(roster: Roster) -> pa.Table:
    known = roster.amounts["exports"]
    draw = roster.text["draw"].to_pylist()
    return pa.table(
        {
            "uscc": roster.text["uscc"],
            **{f: roster.text[f] for f in TEXTS},
            "reviewed": pc.cast(pa.array(roster.times["reviewed"], pa.timestamp("s")), pa.date32()),
            "confirm_received": pa.array(roster.times["confirm_received"], pa.timestamp("s")),
            "exports_cents": pa.array(known.cents, mask=~known.known),
            "draw": pa.array([int(d) if d else None for d in draw], pa.int64()),
        }
    )


def _check(path: Path, roster: Roster, register: Register, conn: Connection) -> None:
    """Firms must be known, fixed figures and times must have grounds; a withdrawal says 是, or which of several
    districts' claims it is."""
    known = set(firms.enterprises(conn)["uscc"].to_pylist())
    there = roster.text["uscc"].to_pylist()
    unknown = np.array([u is not None and u not in known for u in there], dtype=bool)
    roster.found("UNKNOWN_FIRM", "uscc", unknown & ~roster.findings.mask(fields=("uscc",)))
    for what, grounds in GROUNDED.items():
        given = roster.amounts[what].known if what in roster.amounts else ~np.isnat(roster.times[what])
        roster.found("GROUNDS_MISSING", what, given & roster.blank(grounds))
    claimed: dict[str | None, set[str]] = {}
    for row in claims.claims(conn).select(["uscc", "district"]).to_pylist():
        claimed.setdefault(row["uscc"], set()).add(row["district"])
    said = zip(there, roster.text["withdrawn"].to_pylist(), strict=True)
    wrong = np.array(
        [w not in (None, "是") and not districts_in(w) < claimed.get(u, set()) for u, w in said], dtype=bool
    )
    more = "（填“是”；几个区都报了的，填其中撤回申报的区名）"
    roster.found("CHOICE", "withdrawn", wrong, [more] * int(wrong.sum()))
    refuse_errors(path, roster)


def _release(conn: Connection, register: Register, data: pa.Table) -> list[str]:
    """A sent firm that is refused or withdrawn gives its money back; returns 受理编号."""
    out = []
    for row in data.select(["uscc", "opinion", "withdrawn"]).to_pylist():
        status = "withdrawn" if row["withdrawn"] == "是" else "refused" if row["opinion"] == "不同意" else None
        if status and row["uscc"] in register.sent:
            batches.mark(conn, row["uscc"], "withdrawn" if status == "withdrawn" else "refused")
            out.append(register.number(register.uscc.index(row["uscc"])))
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


__all__ = ["Reviewed", "agree_all", "export", "review"]
