"""Batches (批次) and the rows sent (报送行): frozen, and a firm is never out twice."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

import pyarrow as pa
from sqlalchemy import Connection, bindparam, func, select, update

from xltools.ledger import bulk, frames
from xltools.ledger.errors import LedgerError
from xltools.ledger.journal import canonical
from xltools.ledger.schema import LIVE, of

Status = Literal["sent", "issued", "declined", "released", "moved", "refused", "withdrawn"]
"""What became of a row sent (报送状态): out; a policy was issued; the insurer refused it; its policy ended again; the firm
went to the other insurer; the bureau refused the firm; the firm withdrew. See `schema.LIVE`."""
CODE = 12
"""Length of the 校验码: the beginning of the SHA-256 over the row data."""


@dataclass(frozen=True)
class Batch:
    """One sheet to one insurer; `sha256` is over its row data, `columns` its headings in order, `scheme_sha256`
    the text of the scheme by which it was made."""

    insurer: str
    no: int
    day: date
    at: datetime
    who: str
    file: str
    sha256: str
    columns: Sequence[str]
    scheme_sha256: str = ""


@dataclass(frozen=True)
class Became:
    """What became of the row at a place of a batch; `actual_fiscal_fen` of one with a policy, though it may have ended."""

    batch_id: int
    place: int
    status: Status
    actual_fiscal_fen: int | None = None


def next_no(conn: Connection, insurer: str) -> int:
    """The number of the insurer's next batch, from 1."""
    t = of(conn).batches
    return int(conn.scalar(select(func.coalesce(func.max(t.c.no), 0)).where(t.c.insurer == insurer)) or 0) + 1


def add_batch(conn: Connection, batch: Batch, rows: pa.Table) -> int:
    """Keep a batch with its rows, all `sent`; returns its id.

    `rows`: place, arrival, queue_no, fiscal_fen, enterprise_fen, gross_fen, premium_cents int64; uscc, plan,
    insurer, fx (decimal text), cells (JSON text). Raises LedgerError naming every firm that is already out.
    """
    t = of(conn)
    live = out(conn)
    counts = Counter(rows["uscc"].to_pylist())
    if again := sorted(u for u, n in counts.items() if u in live or n > 1):
        raise LedgerError(
            f"{batch.insurer}第 {batch.no} 批：以下企业已经报送过，不能重复报送：{'、'.join(again)}",
            "请重新测算后再报送",
        )
    id_ = frames.next_id(conn, t.batches)
    values = {
        "id": id_, "insurer": batch.insurer, "no": batch.no, "day": batch.day.isoformat(),
        "at": f"{batch.at:%Y-%m-%d %H:%M:%S}", "who": batch.who, "file": batch.file, "sha256": batch.sha256,
        "code": batch.sha256[:CODE], "columns": canonical(list(batch.columns)), "scheme_sha256": batch.scheme_sha256,
    }  # fmt: skip
    conn.execute(t.batches.insert(), values)
    n = rows.num_rows
    rows = rows.append_column("batch_id", pa.array([id_] * n, pa.int64()))
    bulk.insert(conn, t.sent, rows.append_column("status", pa.array(["sent"] * n, pa.string())))
    return id_


def mark(
    conn: Connection,
    uscc: str,
    status: Literal["refused", "withdrawn"],
) -> int:
    """Set what became of the firm's row that is out and not yet issued; returns how many there were (0 or 1)."""
    t = of(conn).sent
    return conn.execute(update(t).where(t.c.uscc == uscc, t.c.status == "sent").values(status=status)).rowcount


def become(conn: Connection, rows: Sequence[Became]) -> None:
    """Set what became of rows by their place, all at once."""
    t = of(conn).sent
    if rows:
        query = (
            update(t)
            .where(t.c.batch_id == bindparam("in_batch"), t.c.place == bindparam("at_place"))
            .values(status=bindparam("state"), actual_fiscal_fen=bindparam("fen"))
        )
        bulk.execute(
            conn,
            query,
            ("in_batch", "at_place", "state", "fen"),
            [(r.batch_id, r.place, r.status, r.actual_fiscal_fen) for r in rows],
        )


def batches(conn: Connection) -> pa.Table:
    """All batches in the order in which they were made."""
    t = of(conn).batches
    return frames.read(conn, select(t).order_by(t.c.id))


def sent_by(conn: Connection, seq: int) -> set[int]:
    """The ids of the batches that were sent up to that entry of the journal."""
    t, j = of(conn).batches, of(conn).journal
    told = conn.execute(select(j.c.subject, j.c.detail).where(j.c.verb == "submit", j.c.seq <= seq))
    known = {(subject, json.loads(detail)["batch"]) for subject, detail in told}
    return {b.id for b in conn.execute(select(t.c.id, t.c.insurer, t.c.no)) if (b.insurer, b.no) in known}


def out(conn: Connection) -> dict[str, str]:
    """The firms that are out (`schema.LIVE`): code -> state."""
    t = of(conn).sent
    return {r.uscc: r.status for r in conn.execute(select(t.c.uscc, t.c.status).where(t.c.status.in_(LIVE)))}


def names(conn: Connection, arrivals: Collection[int]) -> dict[int, str]:
    """The name with which each of these firms was sent last, by arrival number; none of one that was not."""
    t = of(conn).sent
    if not arrivals:
        return {}
    rows = conn.execute(select(t.c.arrival, t.c.cells).where(t.c.arrival.in_(sorted(arrivals))).order_by(t.c.batch_id))
    return {r.arrival: str(json.loads(r.cells).get("name") or "") for r in rows}


def sent(conn: Connection) -> pa.Table:
    """All rows ever sent, by batch and place; `status` tells which are out (`schema.LIVE`)."""
    t = of(conn).sent
    return frames.read(conn, select(t).order_by(t.c.batch_id, t.c.place))


def totals(conn: Connection) -> list[dict[str, Any]]:
    """The fiscal money of all rows ever sent, added up: insurer, status, `fiscal_fen`, and `actual_fiscal_fen`, None of
    those that have none."""
    t = of(conn).sent
    groups = t.c.insurer, t.c.status, t.c.actual_fiscal_fen.is_(None)
    query = select(*groups[:2], func.sum(t.c.fiscal_fen), func.sum(t.c.actual_fiscal_fen)).group_by(*groups)
    return [
        {
            "insurer": i,
            "status": s,
            "fiscal_fen": int(fen),
            "actual_fiscal_fen": None if actual is None else int(actual),
        }
        for i, s, fen, actual in conn.execute(query)
    ]
