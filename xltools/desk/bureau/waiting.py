"""Changes that wait for the bureau's opinion (待定变更): listed, and accepted or refused firm by firm, by whatever name.

An opinion is taken as one that stands in a file of changes is: the same checks, the same consequences.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
from sqlalchemy import Connection

from xltools.catalogue.bureau_tables import bureau_tables
from xltools.catalogue.kinds import KINDS
from xltools.desk.bureau.load import Loaded, only, take
from xltools.desk.bureau.references import FEW, KNOWN, not_there, written
from xltools.desk.enrol.wishes import Wishes
from xltools.desk.errors import BadInput, Refusal
from xltools.desk.rules.changes import FIELD, Change, called, personal, waiting
from xltools.desk.rules.sent import accept_number, json_cells, load_sent
from xltools.desk.transaction import changing, looking
from xltools.desk.workspace import Workspace
from xltools.ledger import Entry, firms
from xltools.ledger.journal import append
from xltools.ledger.seals import seals
from xltools.roster import inputs
from xltools.roster.cells import Cells

EVERY = "全部"
"""In place of a firm: every one."""
SUBJECT = "待定变更"
HIDDEN = "（见“变更”）"
"""In place of personal data (个人信息)."""


@dataclass(frozen=True)
class Waiting:
    """A change that waits, whose it is, and what the row sent has now ("" of personal data)."""

    change: Change
    name: str
    now: str

    @property
    def shown(self) -> dict[str, str]:
        c = self.change
        return {
            "受理编号": c["case_no"], "企业名称": self.name, "类型": c["kind"], "项目": c["item"], "现在": self.now,
            "变更后": HIDDEN if personal(c) else c["new"] or "", "申请方": c["asked_by"], "申请日期": f"{c['asked']}",
            "依据": c["grounds"],
        }  # fmt: skip


def bring_in(workspace: Workspace, *, now: datetime, today: date) -> None:
    """What waited in a ledger of an earlier version becomes changes of a kind. Raises Refusal."""
    with looking(workspace) as conn:
        there = Wishes(conn, workspace, today).old
    if not there:
        return
    with changing(workspace, now) as conn:
        wishes = Wishes(conn, workspace, today)
        found = wishes.carry(now)
        if wishes.write():
            detail = {"rows": 0, "changed": {}, "wishes": list(map(called, found.new)), "seals": seals(conn, "change")}
            append(conn, Entry(now, workspace.who, "change", SUBJECT, detail))


def listed(workspace: Workspace, *, today: date) -> list[Waiting]:
    """Everything that waits, by 受理编号. Raises Refusal."""
    with looking(workspace) as conn:
        rows = waiting(conn)
        sent = load_sent(conn, workspace.scheme, today).every if rows else []
    known = {accept_number(workspace.scheme, r["arrival"]): r for r in sent}
    out = []
    for c in rows:
        row = known.get(c["case_no"], {})
        cells = json_cells(row) if row else {}
        now = (cells | {"plan": row.get("plan"), "insurer": row.get("insurer")}).get(FIELD.get(c["item"], ""))
        if isinstance(now, int):
            now = f"{Decimal(now).scaleb(-2):,.2f}"
        out.append(Waiting(c, cells.get("name", ""), HIDDEN if personal(c) else now or ""))
    return out


def decide(
    workspace: Workspace, opinion: str, whom: Sequence[str], by: str, *, what: Collection[str] = (), now: datetime,
    today: date, dry_run: bool = False,
) -> Loaded:  # fmt: skip
    """Accept (接受) or refuse (不接受) what waits of these firms: by name, also a former one, code or 受理编号; with `what`
    only changes of these kinds or items. All of it or nothing. Raises Refusal, naming what cannot be."""
    of = bureau_tables()["change"]
    with changing(workspace, now, dry_run=dry_run) as conn:
        cases = _cases(conn, workspace, whom)
        there = [c for c in waiting(conn) if cases is None or c["case_no"] in cases]
        rows = [c for c in there if not what or c["kind"] in what or c["item"] in what]
        lacking = [name for case, name in (cases or {}).items() if case not in {c["case_no"] for c in rows}]
        if lacking or not rows:
            kinds = f"（{'、'.join(what)}）" if what else ""
            raise Refusal(f"{'、'.join(lacking) or EVERY}：没有等市局意见的变更{kinds}；用 --waiting 看有哪些")
        decided = [{**c, "opinion": opinion, "decided_by": by} for c in rows]
        columns = {
            c.field: pa.array([_written(r[c.field], money=bool(KINDS[c.kind].money)) for r in decided], pa.string())
            for c in of.own
        }
        units = {c.field: Decimal(1) for c in of.own if KINDS[c.kind].money}
        places = {f: i for i, f in enumerate(columns)}
        cells = Cells(SUBJECT, "", columns, places, units, np.arange(1, len(rows) + 1, dtype=np.int64))
        roster = inputs.check(cells, workspace.scheme, of.name, today)
        all_of = np.ones(len(rows), dtype=bool)
        shape: Callable[[pa.Table], pa.Table] = only(of, {"opinion": all_of, "decided_by": all_of})
        try:
            found = take(conn, workspace, of, roster, SUBJECT, now=now, today=today, shape=shape)
        except BadInput as e:
            wrong = (f"{called(rows[p.row - 1])}：{p.sentence}" for p in e.placed if p.severity == "error")
            raise Refusal(f"没有记入。{'；'.join(wrong)}") from e
    return found


def _cases(conn: Connection, workspace: Workspace, whom: Sequence[str]) -> dict[str, str] | None:
    """受理编号 by the name that was given; None is everyone. Raises Refusal where a name is nobody's, or several firms'."""
    if EVERY in whom:
        return None
    known = KNOWN["firm"](conn, workspace, bureau_tables()["change"].at("case_no"))
    table = firms.enterprises(conn).select(["uscc", "arrival"]).to_pylist()
    numbers = {r["uscc"]: accept_number(workspace.scheme, r["arrival"]) for r in table}
    out: dict[str, str] = {}
    for k, name in enumerate(whom):
        meant = known.get(written(name), frozenset())
        if not meant:
            raise Refusal(f"“{name}”找不到：{not_there('台账', written(name), known if k < FEW else ())}")
        if len(meant) > 1:
            raise Refusal(f"“{name}”不止一家：{'、'.join(sorted(numbers[u] for u in meant))}；请写受理编号")
        out[numbers[next(iter(meant))]] = name
    return out


def _written(value: Any, *, money: bool) -> str:
    if value is None:
        return ""
    return str(Decimal(value).scaleb(-2)) if money else str(value)
