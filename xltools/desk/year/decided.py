"""Claims of platform firms (统保案件) and the working days in which they were decided (003 十二, reading 37)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

import numpy as np
from sqlalchemy import Connection

from xltools.desk.workspace import Workspace
from xltools.engine import deadlines
from xltools.ledger import bureau

PLATFORM = "统保"
DAYS = 15


@dataclass
class Decided:
    """How many claims were decided in time or late (overdue ones among them), wait within their time, and what firms say;
    `cases` claim, firm, name and what is wrong; `unknown` what keeps a claim from being judged."""

    days: int = DAYS
    in_time: int = 0
    late: int = 0
    waiting: int = 0
    pleased: int = 0
    displeased: int = 0
    cases: list[tuple[str, str, str, str]] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)


def platform_claims(conn: Connection, workspace: Workspace, first: date, today: date) -> Decided:
    """Claims of platform firms accepted since `first`, as they stand today. The time begins when a claim is accepted and its
    documents are complete, whichever is later; the first decision ends it."""
    out = Decided()
    decisions: dict[str, date] = {}
    for r in bureau.rows(conn, "decisions").select(["claim", "day"]).to_pylist():
        if r["day"] and r["day"] <= today:
            decisions[r["claim"]] = min(r["day"], decisions.get(r["claim"], r["day"]))
    fields = ["claim_no", "firm", "client", "accepted", "complete", "satisfied"]
    rows = [r for r in bureau.rows(conn, "claims").select(fields).to_pylist() if r["client"] == PLATFORM]
    begun = [r for r in rows if r["accepted"] and r["complete"] and first <= max(r["accepted"], r["complete"]) <= today]
    start = np.array([max(r["accepted"], r["complete"]) for r in begun], dtype="datetime64[D]")
    last, known = deadlines.after(deadlines.calendar(), start, np.full(len(begun), DAYS))
    for r, end, sure in zip(begun, last.tolist(), known.tolist(), strict=True):
        no, firm, day = r["claim_no"], r["firm"] or "", decisions.get(r["claim_no"])
        if not sure:
            out.unknown.append(f"案件 {no} 日历缺失")
        elif day is None and today <= end:
            out.waiting += 1
        elif day is None or day > end:
            out.late += 1
            out.cases.append((no, firm, "", f"应在 {end} 前决定，" + (f"{day} 才决定" if day else "还没有决定")))
        else:
            out.in_time += 1
    for r in rows:
        out.pleased += r["satisfied"] in ("满意", "基本满意")
        if r["satisfied"] == "不满意":
            out.displeased += 1
            out.cases.append((r["claim_no"], r["firm"] or "", "", "企业不满意"))
    return out
