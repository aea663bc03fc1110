"""`clocks` (期限): the morning's list of what lapses first, and a page for each firm that has something on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa

from xltools.desk.errors import Refusal
from xltools.desk.rules.clocks import Deadline, Kept, kept, listed, told, watched
from xltools.desk.rules.register import load_register
from xltools.desk.transaction import looking
from xltools.desk.workspace import Workspace
from xltools.engine.clocks import LATE, SOON, STATES
from xltools.files import reason, unused
from xltools.sheets.letters import deadlines

FOLDER = "期限"
"""Where the list is put, below the workspace."""


@dataclass(frozen=True)
class Clocked:
    """What runs, and how the decisions' time limit was kept from `first` to `last`. `waiting` are accepted claims whose
    papers are not complete, `green` open ones of the green channel (003 十一), which has no number of days."""

    rows: list[Deadline]
    kept: list[Kept]
    first: date
    last: date
    waiting: int
    green: int

    @property
    def late(self) -> list[Deadline]:
        return [d for d in self.rows if d.state == STATES[LATE]]

    @property
    def soon(self) -> list[Deadline]:
        return [d for d in self.rows if d.state == STATES[SOON]]

    @property
    def others(self) -> list[Deadline]:
        return [d for d in self.rows if d.state not in (STATES[LATE], STATES[SOON])]


def clocks(
    workspace: Workspace, *, today: date, every: bool = False, first: date | None = None, last: date | None = None
) -> Clocked:
    """Of the ledger as it stands; the period is the policy year where none is given. Raises Refusal."""
    cover = workspace.scheme.cover
    begin, end = first or cover.start.value, last or cover.end.value
    if end < begin:
        raise Refusal(f"期间不对：{begin} 至 {end}；终止日不能早于起始日")
    with looking(workspace) as conn:
        w = watched(conn, workspace, load_register(conn, workspace, today), today)
    c = w.cases
    waiting = int((c.platform & ~np.isnat(c.days["accepted"]) & np.isnat(c.days["complete"])).sum())
    green = int((c.green & np.isnat(c.decided)).sum())
    return Clocked(listed(w, every=every), kept(w, begin, end), begin, end, waiting, green)


def write(workspace: Workspace, found: Clocked, *, today: date) -> Path:
    """Write list and pages into 期限/; returns the path. Raises Refusal."""
    folder = workspace.root / FOLDER
    path = folder / f"期限_{today:%Y%m%d}.xlsx"
    scheme = workspace.scheme
    try:
        folder.mkdir(exist_ok=True)
        path = unused(path)
        deadlines.write(path, scheme.title, scheme.policyholder, today, table(found.rows), pages(found.rows))
    except OSError as e:
        raise Refusal(f"写不了 {path}（{reason(e)}）；文件是否正在 Excel 中打开？") from e
    return path


def table(rows: Sequence[Deadline]) -> pa.Table:
    """The list, in its order."""
    return pa.table(
        {
            "截止日": pa.array([d.end for d in rows], pa.date32()),
            "剩余天数": pa.array([d.left for d in rows], pa.int64()),
            "状态": [d.state for d in rows],
            "期限": [d.kind for d in rows],
            "企业名称": [d.name for d in rows],
            "对象": [d.subject for d in rows],
            "找谁": [d.who for d in rows],
            "联系人": [d.contact for d in rows],
            "手机": [d.phone for d in rows],
            "依据": [d.clause for d in rows],
            "说明": [d.note for d in rows],
            "统一社会信用代码": [d.uscc for d in rows],
        }
    )


def pages(rows: Sequence[Deadline]) -> list[deadlines.Page]:
    """A page a firm, in the order in which the firms' first deadlines lapse."""
    mine: dict[str, list[Deadline]] = {}
    for d in rows:
        mine.setdefault(d.uscc, []).append(d)
    out = []
    for uscc, of in mine.items():
        person = next((f"联系人：{d.contact}　手机：{d.phone}" for d in of if d.contact or d.phone), "")
        out.append(deadlines.Page(of[0].name or uscc, uscc, person, [told(d) for d in of]))
    return out
