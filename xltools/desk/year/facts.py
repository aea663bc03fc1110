"""What a statistic counts (统计底数): policies, indemnities and loans of the platform up to a cut-off, by journal sequence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Connection

from xltools.desk.reach.prospects import of_register
from xltools.desk.rules.register import Register, load_register
from xltools.desk.rules.standing import Standing, stand
from xltools.desk.workspace import Workspace
from xltools.desk.year.members import SMALL, members, recorded
from xltools.ledger import bureau

PLATFORM = "统保"
"""客户类型 of a claim under a platform policy."""
ELSEWHERE = "不在平台"
"""Of an indemnity or a loan whose firm has no policy of the platform."""
LOANS = {"firm": pa.string(), "lent": pa.date32(), "loan_fen": pa.int64(), "insured_cents": pa.int64()}
REFUSED = 3
"""The first outcomes of `engine.assess.STATUSES`: firms that the platform is not for."""


@dataclass(frozen=True)
class Facts:
    """Arrow tables, money int64: `policies` (`members` with `small` 0 or 1 and `month` of entry), `indemnities` (uscc, day, month,
    cents, country, and the policy's area, plan, insurer), `loans` (uscc, day, month, fen, cents, and the same),
    `exports` (uscc, country, cents: base-year exports of these firms, none without an extract), `tags` (uscc, tag).

    `entitled` and `insured` are firms by area: whom the scheme is for, and who is on it.
    """

    cutoff: date
    policies: pa.Table
    indemnities: pa.Table
    loans: pa.Table
    exports: pa.Table
    tags: pa.Table
    entitled: Mapping[str, int]
    insured: Mapping[str, int]
    entitled_known: bool
    standing: Standing


def facts(conn: Connection, workspace: Workspace, cutoff: date, seq: int | None = None) -> Facts:
    """As the ledger stands, or stood after that entry of the journal. Raises LedgerError, Refusal."""
    workspace = workspace.on(cutoff)
    register = load_register(conn, workspace, cutoff, seq)
    ours = members(register, cutoff)
    small = np.array([s in SMALL for s in ours["size"].to_pylist()], dtype=np.int64)
    policies = ours.append_column("small", pa.array(small)).append_column("month", _month(ours["entered"]))
    standing = stand(register)
    entitled, known = _entitled(conn, workspace, register, standing, ours)
    return Facts(
        cutoff, policies, _indemnities(conn, policies, cutoff, seq), _loans(conn, policies, cutoff, seq),
        _exports(register, policies), _tags(conn, cutoff, seq), entitled, Counter(ours["area"].to_pylist()), known, standing,
    )  # fmt: skip


def _month(days: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.strftime(days.cast(pa.timestamp("s")), format="%Y-%m")


def _up_to(rows: pa.Table, field: str, cutoff: date) -> pa.Table:
    return rows.filter(pc.less_equal(rows[field], cutoff))


def _placed(rows: pa.Table, policies: pa.Table) -> pa.Table:
    """The rows with area, plan and insurer of their firm's policy."""
    place = pc.index_in(rows["uscc"], value_set=policies["uscc"].combine_chunks(), skip_nulls=True)
    for field in ("area", "plan", "insurer"):
        rows = rows.append_column(field, pc.fill_null(policies[field].take(place.combine_chunks()), ELSEWHERE))
    return rows


def _indemnities(conn: Connection, policies: pa.Table, cutoff: date, seq: int | None) -> pa.Table:
    """What was paid on claims of platform firms."""
    claims = bureau.rows(conn, "claims", seq)
    claims = claims.filter(pc.equal(claims["client"], PLATFORM))
    paid = _up_to(bureau.rows(conn, "indemnities", seq), "day", cutoff)
    place = pc.index_in(paid["claim"], value_set=claims["claim_no"].combine_chunks(), skip_nulls=True)
    paid, place = paid.filter(pc.is_valid(place)), place.drop_null().combine_chunks()
    rows = {
        "uscc": claims["firm"].take(place),
        "day": paid["day"],
        "month": _month(paid["day"]),
        "cents": paid["cents"],
        "country": claims["country"].take(place),
    }
    return _placed(pa.table(rows), policies)


def _loans(conn: Connection, policies: pa.Table, cutoff: date, seq: int | None) -> pa.Table:
    """What banks lent on policies: the loan, and the insured amount behind it."""
    loans = _up_to(recorded(conn, "financing", LOANS, seq), "lent", cutoff)
    rows = {
        "uscc": loans["firm"],
        "day": loans["lent"],
        "month": _month(loans["lent"]),
        "fen": pc.fill_null(loans["loan_fen"], 0),
        "cents": pc.fill_null(loans["insured_cents"], 0),
    }
    return _placed(pa.table(rows), policies)


def _exports(register: Register, policies: pa.Table) -> pa.Table:
    """Base-year exports of the platform's firms by country."""
    if register.decisions.customs is None:
        text = pa.array([], pa.string())
        return pa.table({"uscc": text, "country": text, "cents": pa.array([], pa.int64())})
    extract = register.decisions.customs.extract
    mine = pc.is_in(extract["uscc"], value_set=policies["uscc"].combine_chunks(), skip_nulls=True)
    base = pc.equal(extract["year"], register.scheme.base_year.value)
    return extract.filter(pc.and_(mine, base)).select(["uscc", "country", "cents"])


def _tags(conn: Connection, cutoff: date, seq: int | None) -> pa.Table:
    """Tags that hold on the day, as 类别·标签."""
    rows = bureau.rows(conn, "tags", seq)
    last = pc.fill_null(rows["until"], cutoff)
    rows = rows.filter(pc.and_(pc.less_equal(rows["since"], cutoff), pc.greater_equal(last, cutoff)))
    called = pc.binary_join_element_wise(rows["kind"], rows["tag"], "·")
    return pa.table({"uscc": rows["uscc"], "tag": called})


def _entitled(
    conn: Connection, workspace: Workspace, register: Register, standing: Standing, ours: pa.Table
) -> tuple[dict[str, int], bool]:
    """Firms by area whom the scheme is for: those still to be won, and those that applied and were not refused by it.

    The other is False where no extract tells who is still to be won.
    """
    found = of_register(conn, workspace, register)
    area = {f.uscc: f.area for f in found.firms}
    refused = {
        register.claims.uscc[i] for i, s in zip(standing.rows, standing.outcomes.status, strict=True) if s < REFUSED
    }
    claimed = dict(zip(register.claims.uscc, register.claims.text["area"].to_pylist(), strict=True))
    area |= {u: a for u, a in claimed.items() if u not in refused}
    area |= dict(zip(ours["uscc"].to_pylist(), ours["area"].to_pylist(), strict=True))
    return dict(Counter(a for a in area.values() if a)), found.loaded
