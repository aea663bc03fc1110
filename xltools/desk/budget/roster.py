"""Firms for the budget's distribution (出口额分布): from a roster file, or from the workspace's register."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np

from xltools.desk.errors import Refusal
from xltools.desk.rules.applications import declared
from xltools.desk.rules.quote import quote
from xltools.desk.rules.register import load_register
from xltools.desk.rules.sent import json_cells
from xltools.desk.rules.standing import stand
from xltools.desk.transaction import looking
from xltools.desk.workspace import Workspace
from xltools.engine.assess import ELIGIBLE
from xltools.engine.budget.classes import Firms
from xltools.scheme import Scheme


@dataclass(frozen=True)
class Known:
    """The firms that count, where they come from, and how many rows there were."""

    firms: Firms
    source: str
    rows: int

    @property
    def note(self) -> str:
        counted = len(self.firms.exports)
        left = self.rows - counted
        return f"{self.source}：{self.rows:,} 家，符合条件 {counted:,} 家计入分布" + (
            f"，其余 {left:,} 家不符合条件或有差错，未计入" if left else ""
        )


def from_file(path: Path, scheme: Scheme, *, today: date) -> Known:
    """The firms of a roster that are 符合条件, rows not yet reviewed taken as approved, as `quote` has them.

    Raises Refusal.
    """
    found = quote(path, scheme, today=today, assume_approved=True)
    a = declared(found.roster, today)
    rows = np.flatnonzero(found.outcomes.status == ELIGIBLE)
    firms = Firms(found.outcomes.plan[rows], a.insurer[rows], a.reduction[rows], a.exports[rows])
    return _some(Known(firms, path.name, len(found.roster)))


def from_ledger(workspace: Workspace, *, today: date) -> Known:
    """The register's firms that are 符合条件 (not yet reviewed taken as approved) or already sent. Raises Refusal.

    The budget knows the present plans alone: firms sent in one that an amendment dropped are left out, and counted in
    the source's name.
    """
    with looking(workspace) as conn:
        register = load_register(conn, workspace, today)
    standing = stand(register, assume_approved=True)
    a, o = standing.applications, standing.outcomes
    ok = o.status == ELIGIBLE
    rows = standing.rows[ok]
    plans, insurers = [p.id for p in register.scheme.plans], [i.name for i in register.scheme.insurers]
    every = [i for i, u in enumerate(register.claims.uscc) if u in register.sent.rows]
    out = [i for i in every if register.sent.rows[register.claims.uscc[i]]["plan"] in plans]
    less = f"（不含方案已停办的 {len(every) - len(out)} 家）" if len(out) < len(every) else ""
    sent = [register.sent.rows[register.claims.uscc[i]] for i in out]
    parts = (
        (o.plan[ok], [plans.index(k["plan"]) for k in sent]),
        (a.insurer[rows], [insurers.index(k["insurer"]) for k in sent]),
        (a.reduction[rows], a.reduction[out].tolist()),
        (a.exports[rows], [json_cells(k)["exports_cents"] for k in sent]),
    )
    firms = Firms(*(np.concatenate([there, np.array(more, dtype=np.int64)]) for there, more in parts))
    return _some(Known(firms, f"台账 {today}{less}", register.firms))


def _some(known: Known) -> Known:
    if not len(known.firms.exports):
        raise Refusal(f"{known.source}：没有符合条件的企业，做不出分布；请先核对名册，或不用名册按平均测算")
    return known
