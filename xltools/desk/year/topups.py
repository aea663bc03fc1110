"""`topups` (区级配套): what each district adds to the firms' own parts, from its own money and by its own rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Connection

from xltools.catalogue.words import exact
from xltools.desk.errors import Refusal
from xltools.desk.rules.results import PAID, checked
from xltools.desk.rules.sent import sent_rows
from xltools.desk.transaction import looking
from xltools.desk.workspace import Workspace
from xltools.engine import topup
from xltools.files import reason, renew
from xltools.ledger import bureau, fund
from xltools.sheets.letters import payees

FOLDER = "区级配套"
"""Where the districts' lists are put, below the workspace."""
GRANTED, SHORT, UNPAID = "已安排", "区资金不足", "企业未缴费"
"""What becomes of a top-up (资金安排)."""


@dataclass(frozen=True)
class TopUp:
    """One policy's top-up; money in fen. `state` is GRANTED, SHORT or UNPAID, `document` the district's."""

    number: str
    name: str
    uscc: str
    area: str
    insurer: str
    plan: str
    policy_no: str
    entered: date
    own: int
    share: Decimal
    cap: int | None
    fen: int
    state: str
    document: str


@dataclass(frozen=True)
class TopUps:
    """The policies to which some district's rule applies, area by area in the order in which they are served; fen that
    each area has put up and has left."""

    rows: list[TopUp]
    pools: dict[str, int]
    left: dict[str, int]


def top_ups(workspace: Workspace, *, today: date) -> TopUps:
    """Of the ledger as it stands. Raises Refusal."""
    with looking(workspace) as conn:
        rows = checked(conn, workspace.scheme, sent_rows(conn, workspace.scheme, today), today)
        return of_rows(conn, rows, today)


def of_rows(conn: Connection, rows: pa.Table, today: date) -> TopUps:
    """The same where the results are known already (:func:`results.checked`)."""
    rules = bureau.rows(conn, "topup_rules").to_pylist()
    pools = fund.district_pools(bureau.rows(conn, "district_funds").to_pylist(), today)
    names = sorted({*pools, *(r["area"] for r in rules)})
    owed = rows.filter(pc.and_(pc.equal(rows["status"], "issued"), rows["due_state"].is_valid())).to_pylist()
    found = [(r, rule) for r in owed if (rule := rule_for(rules, r)) is not None]
    found.sort(key=lambda f: (names.index(f[1]["area"]), f[0]["entered"], f[0]["number"]))
    shares = [Decimal(rule["share"]) for _, rule in found]
    own = np.array([r["actual_enterprise_fen"] for r, _ in found], dtype=np.int64)
    fen = topup.due(own, shares, [rule["cap_fen"] for _, rule in found])
    paid = np.array([r["due_state"] == PAID for r, _ in found], dtype=bool)
    area = np.array([names.index(rule["area"]) for _, rule in found], dtype=np.int64)
    served = topup.serve(
        fen[paid], area[paid], np.flatnonzero(paid), np.array([pools.get(n, 0) for n in names], dtype=np.int64)
    )
    granted = np.zeros(len(found), dtype=bool)
    granted[paid] = served.granted
    states = np.where(granted, GRANTED, np.where(paid, SHORT, UNPAID)).tolist()
    return TopUps(
        [
            TopUp(
                r["number"], r["name"] or "", r["uscc"] or "", rule["area"], r["insurer"], r["plan"], r["policy_no"],
                r["entered"], int(o), share, rule["cap_fen"], int(f), state, rule["document"],
            )
            for (r, rule), o, share, f, state in zip(found, own, shares, fen, states, strict=True)
        ],
        {n: pools.get(n, 0) for n in names},
        dict(zip(names, served.left.tolist(), strict=True)),
    )  # fmt: skip


def rule_for(rules: Sequence[Mapping[str, Any]], row: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The district's rule that holds for a policy: of its area and plan, on the day on which it was entered."""
    day = row["entered"]
    mine = [x for x in rules if x["area"] == row["area"] and x["plan"] == row["plan"] and day is not None]
    return next((x for x in mine if x["since"] <= day and (x["until"] is None or day <= x["until"])), None)


def write(workspace: Workspace, found: TopUps, *, today: date) -> list[Path]:
    """One list a district of whom it pays what; one that is there and says otherwise is set aside. Raises Refusal."""
    folder, out = workspace.root / FOLDER, []
    try:
        for area in found.pools:
            mine = [r for r in found.rows if r.area == area and r.state == GRANTED]
            if mine:
                folder.mkdir(exist_ok=True)
                path = folder / f"{area}_区级配套_{today:%Y%m%d}.xlsx"
                title, documents = workspace.scheme.title, "、".join(dict.fromkeys(r.document for r in mine))
                paper = partial(
                    payees.write,
                    title=f"{title}\n{area}区级配套明细表",
                    grounds=f"依据：{documents}",
                    table=table(mine),
                )
                renew(path, paper)
                out.append(path)
    except OSError as e:
        raise Refusal(f"写不了 {folder}（{reason(e)}）；文件是否正在 Excel 中打开？") from e
    return out


def table(rows: Sequence[TopUp]) -> pa.Table:
    """区级配套明细: money decimal128(18,2), share decimal128(9,6)."""
    yuan = pa.decimal128(18, 2)
    return pa.table(
        {
            "受理编号": [r.number for r in rows],
            "企业名称": [r.name for r in rows],
            "统一社会信用代码": [r.uscc for r in rows],
            "保险人": [r.insurer for r in rows],
            "方案": [r.plan for r in rows],
            "保单号": [r.policy_no for r in rows],
            "录入日期": pa.array([r.entered for r in rows], pa.date32()),
            "企业承担(元)": pa.array([exact(r.own) for r in rows], yuan),
            "配套比例": pa.array([r.share for r in rows], pa.decimal128(9, 6)),
            "配套(元)": pa.array([exact(r.fen) for r in rows], yuan),
        }
    )
