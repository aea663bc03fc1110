"""`review` (审核): the bureau's decisions on firms, and the rows that still wait for one."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa

from xltools.desk.bureau.load import load_table
from xltools.desk.bureau.own import OFFICIAL
from xltools.desk.rules.register import load_register
from xltools.desk.rules.review_sheet import POLICY, export, waits_for_policy, warnings_of
from xltools.desk.rules.standing import stand
from xltools.desk.transaction import changing
from xltools.desk.workspace import Workspace
from xltools.engine.assess import TO_REVIEW
from xltools.ledger import Entry, bureau
from xltools.ledger.journal import append
from xltools.ledger.seals import seals


@dataclass(frozen=True)
class Reviewed:
    """What a review changed: firms, lines for people, and the firms left over with why."""

    changed: int
    lines: list[str]
    left: list[dict[str, str]] = field(default_factory=list)


def review(workspace: Workspace, path: Path, *, now: datetime, today: date, dry_run: bool = False) -> Reviewed:
    """Take over a review table; only its filled cells count. Raises Refusal, and BadInput naming each wrong cell."""
    found = load_table(workspace, "review", path, now=now, today=today, dry_run=dry_run)
    return Reviewed(found.detail["changed"], found.lines)


def agree_all(workspace: Workspace, by: str, *, now: datetime, today: date, dry_run: bool = False) -> Reviewed:
    """Agree to every row that its district agreed to and that has no warning; name the rest."""
    with changing(workspace, now, dry_run=dry_run) as conn:
        register = load_register(conn, workspace, today)
        standing = stand(register)
        rows = standing.rows[standing.outcomes.awaits_bureau & (standing.outcomes.status == TO_REVIEW)]
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
        changed = bureau.merge(conn, "review", data)
        told = {u: {OFFICIAL.get(f, f): v for f, v in fields.items()} for (u,), fields in changed.items()}
        sealed = seals(conn, "reviews")
        append(conn, Entry(now, workspace.who, "review", "全部同意", {"changed": told, "seals": sealed}))
    lines = [f"同意 {len(changed)} 家"]
    if left:
        lines.append(f"另有 {len(left)} 家有提示，请逐家审核")
    return Reviewed(len(changed), lines, left)


__all__ = ["Reviewed", "agree_all", "export", "review"]
