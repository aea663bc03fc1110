"""Wishes (待定变更): what a district's newer file would change of a row that was sent, never applied silently.

Each becomes a change of the matching kind that waits for 市局意见 (更名, 换方案, 更正 …); what touches nothing of what was
sent is one of its own (更正 · 其他). What waits, was refused or was accepted stays so until the district says something
else; what it takes back waits no longer. The fields themselves are kept beside (`ledger.claims.Pending`).
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from sqlalchemy import Connection

from xltools.catalogue.columns import by_field
from xltools.desk.enrol.compared import Compared
from xltools.desk.rules.changes import CORRECT, ITEM, OTHER, REINSURE, RENAME, REPLAN, REVOKE, Change, called
from xltools.desk.rules.sent import Sent, accept_number, json_cells, load_sent
from xltools.desk.workspace import Workspace
from xltools.ledger import bureau, claims, files

KINDS = {
    "name": (RENAME, ITEM[RENAME], "name"), "wish": (REPLAN, ITEM[REPLAN], "plan"),
    "insurer": (REINSURE, ITEM[REINSURE], "insurer"), "contact": (CORRECT, "联系人", "contact"),
    "phone": (CORRECT, "手机", "phone"), "exports": (CORRECT, "出口额", "exports_cents"),
    "customs_code": (CORRECT, "海关注册编码", "customs_code"), "area": (CORRECT, "所属区", "area"),
}  # fmt: skip
"""By field of a claim the kind and item of the change, and the field of the frozen row that it would change."""
DISTRICT = "区"
TAKEN_BACK, ENDED = "区里的新文件收回了", "报送的那一行已经结束，区里的新申报照常收下"
SCHEMA = pa.schema(
    [(n, pa.string()) for n in ("case_no", "kind", "item", "new", "asked_by", "grounds", "opinion", "decided_by", "remark")]
    + [("asked", pa.date32())]
)  # fmt: skip
Key = tuple[str, str, str, date]


@dataclass(frozen=True)
class Came:
    """The file that wishes came in, and when it was collected."""

    id: int
    name: str
    district: str
    at: datetime

    def row(self, number: int) -> str:
        """Where a wish stands: the grounds of the change (依据)."""
        return f"{self.district}报来的表 {self.name} 第 {number} 行"


@dataclass
class Found:
    """What one file wishes: codes of the firms with something that waits, the wishes that are new, those taken back."""

    waiting: list[str] = field(default_factory=list)
    new: list[Change] = field(default_factory=list)
    back: list[Change] = field(default_factory=list)


class Wishes:
    """The wishes of all districts' files of one collection; read once, written once."""

    def __init__(self, conn: Connection, workspace: Workspace, today: date) -> None:
        self._conn, self._workspace, self._today = conn, workspace, today
        self._live: dict[tuple[str, str], dict[str, Any]] = {}
        self._undecided: dict[tuple[str, str], Mapping[str, Any]] = {}
        self._touched: dict[Key, dict[str, Any]] = {}
        self._decided: dict[tuple[str, str], Literal["applied", "refused"] | None] = {}
        for p in claims.pending(conn).to_pylist():  # the last of a firm and district counts
            who = p["uscc"], p["district"]
            self._live.pop(who, None)
            self._undecided.pop(who, None)
            if p["decided"] != "dropped":
                self._live[who] = {f: new for f, (_, new) in json.loads(p["changes"]).items()}
                self._decided[who] = p["decided"]
                if p["decided"] is None:
                    self._undecided[who] = p

    @cached_property
    def _sent(self) -> Sent:
        return load_sent(self._conn, self._workspace.scheme, self._today)

    @cached_property
    def _rows(self) -> dict[str, dict[Key, dict[str, Any]]]:
        """Every change by 受理编号 and key."""
        out: dict[str, dict[Key, dict[str, Any]]] = defaultdict(dict)
        for row in bureau.rows(self._conn, "change").to_pylist():
            out[row["case_no"]][_key(row)] = row
        return out

    def look(self, out: npt.NDArray[np.bool_], beside: Compared, rows: npt.NDArray[np.int64], came: Came) -> Found:
        """What of a file's rows (along `beside`, on these sheet `rows`) is about firms that are `out`. A row with an
        error wishes nothing: its file goes back."""
        found, codes = Found(), beside.new["uscc"].to_pylist()
        wrong = np.asarray(beside.new["has_error"].to_numpy(), dtype=bool)
        some = out & ~wrong & beside.differs
        if self._live:
            some |= ~wrong & np.array([(u, came.district) in self._live for u in codes], dtype=bool)
        for i in np.flatnonzero(some).tolist():
            who = codes[i], came.district
            if not out[i]:
                self._end(who, found)
                continue
            before, after = beside.fields(i)
            self._one(who, before, after, bool(beside.known[i]), came, int(rows[i]), found)
            if self._open(self._case(codes[i]), came.district):
                found.waiting.append(codes[i])
        return found

    @property
    def old(self) -> list[tuple[tuple[str, str], Mapping[str, Any]]]:
        """What waits and is no change of a kind yet, as in ledgers of earlier versions."""
        return [
            (who, p)
            for who, p in self._undecided.items()
            if who[0] in self._sent.rows and not self._open(self._case(who[0]), who[1])
        ]

    def carry(self, now: datetime) -> Found:
        """What is `old` becomes changes of a kind."""
        found = Found()
        names: dict[int, str] = {}
        for who, p in self.old:
            names = names or {f["id"]: f["name"] for f in files.files(self._conn).to_pylist()}
            came = Came(p["file_id"], names.get(p["file_id"], ""), who[1], now)
            self._live.pop(who)
            said = json.loads(p["changes"])
            before, after = ({f: v[k] for f, v in said.items()} for k in (0, 1))
            self._one(who, before, after, any(v is not None for v in before.values()), came, p["row"] or 0, found)
        return found

    def write(self) -> bool:
        """Put the wishes into the ledger; whether there were any."""
        if self._touched:
            rows = [{n: r.get(n) for n in SCHEMA.names} for r in self._touched.values()]
            bureau.merge(self._conn, "change", pa.Table.from_pylist(rows, schema=SCHEMA))
        return bool(self._touched)

    def named(self, wishes: list[Change]) -> list[str]:
        """受理编号, firm and what, a line a firm."""
        if not wishes:
            return []
        names = {accept_number(self._workspace.scheme, r["arrival"]): json_cells(r)["name"] for r in self._sent.every}
        items: dict[str, list[str]] = defaultdict(list)
        for w in wishes:
            items[w["case_no"]].append(called(w).partition(" ")[2])
        return [f"{case} {names.get(case, '')} {'、'.join(of)}" for case, of in items.items()]

    def _case(self, uscc: str) -> str:
        row = self._sent.rows.get(uscc) or self._sent.ended[uscc]
        return accept_number(self._workspace.scheme, row["arrival"])

    def _open(self, case: str, district: str) -> list[dict[str, Any]]:
        return [r for r in self._rows[case].values() if not r["opinion"] and is_of(r, district)]

    def _one(
        self, who: tuple[str, str], before: Mapping[str, Any], after: Mapping[str, Any], known: bool, came: Came,
        number: int, found: Found,
    ) -> None:  # fmt: skip
        """One firm: `before` as the district claimed it (blank where it did not), `after` as it does now."""
        live = self._live.get(who, {})
        fresh = {f: v for f, v in after.items() if v != live.get(f, before.get(f))}
        if not fresh:
            return
        case, row = self._case(who[0]), self._sent.rows[who[0]]
        now = json_cells(row) | {"plan": row["plan"], "insurer": row["insurer"]}
        wished: set[str] = set()
        for f, value in fresh.items():
            if f not in KINDS:
                continue
            kind, item, of = KINDS[f]
            if value is None or value == now.get(of):
                self._back(case, kind, item, came.district, found)
            else:
                self._wish(case, kind, item, _text(f, value), came, number, found)
                wished.add(f)
        if "opinion" in fresh:
            if fresh["opinion"] == "不同意":
                self._wish(case, REVOKE, ITEM[REVOKE], None, came, number, found)
                wished.add("opinion")
            else:
                self._back(case, REVOKE, ITEM[REVOKE], came.district, found)
        differs = {f: v for f, v in after.items() if v != before.get(f)}
        others = [f for f in differs if f not in KINDS and not (f == "opinion" and f in wished)]
        if any(f not in KINDS for f in fresh):
            columns = by_field(self._workspace.scheme)
            said = "、".join(columns[f].heading for f in others if f in columns)
            said = said if known else f"{came.district}也报送了这家企业"
            if others:
                self._wish(case, CORRECT, OTHER, said, came, number, found)
            else:
                self._back(case, CORRECT, OTHER, came.district, found)
        kept = {f: v for f, v in after.items() if f in differs or f in wished}
        if not kept:
            claims.take_back(self._conn, *who)
            self._live.pop(who, None)
            return
        self._live[who] = kept
        changes = {f: [before.get(f), v] for f, v in kept.items()}
        claims.put_pending(self._conn, [claims.Pending(*who, came.id, number, came.at, changes)])
        if not self._open(case, came.district):  # nothing of it is new: it stays as it was decided
            claims.decide(self._conn, *who, self._decided.get(who) or "refused")
        else:
            self._decided[who] = None

    def _wish(
        self, case: str, kind: str, item: str, new: str | None, came: Came, number: int, found: Found
    ) -> None:  # fmt: skip
        """A change that waits: the district's own open one of that kind, else a new one; of two on one day the second
        has the next day that is free."""
        mine = self._rows[case]
        row = next((r for r in self._open(case, came.district) if (r["kind"], r["item"]) == (kind, item)), None)
        if row is None:
            asked = self._today
            while (case, kind, item, asked) in mine:
                asked += timedelta(days=1)
            row = {"case_no": case, "kind": kind, "item": item, "asked": asked, "asked_by": DISTRICT, "opinion": None}
            mine[_key(row)] = row
        row |= {"new": new, "grounds": came.row(number)}
        self._touched[_key(row)] = row
        found.new.append(row)

    def _back(self, case: str, kind: str, item: str, district: str, found: Found) -> None:
        for row in self._open(case, district):
            if (row["kind"], row["item"]) == (kind, item):
                self._close(row, district, TAKEN_BACK, found)

    def _end(self, who: tuple[str, str], found: Found) -> None:
        """The row is out no longer, and the district's claim enters: nothing waits."""
        if who[0] in self._sent.ended:
            for row in self._open(self._case(who[0]), who[1]):
                self._close(row, who[1], ENDED, found)
        claims.take_back(self._conn, *who)
        self._live.pop(who, None)

    def _close(self, row: dict[str, Any], district: str, why: str, found: Found) -> None:
        row |= {"opinion": "不接受", "decided_by": district, "remark": why}
        self._touched[_key(row)] = row
        found.back.append(row)


def is_of(change: Change, district: str) -> bool:
    """Whether a change is that district's wish."""
    return change["asked_by"] == DISTRICT and (change["grounds"] or "").startswith(f"{district}报来的表")


def _key(row: Mapping[str, Any]) -> Key:
    return row["case_no"], row["kind"], row["item"], row["asked"]


def _text(field: str, value: Any) -> str:
    return f"{Decimal(value).scaleb(-2):,.2f}" if field == "exports" else str(value)
