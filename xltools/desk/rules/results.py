"""Results (承保结果): what the insurers' returns say became of the rows sent, and what each policy should have cost."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
from sqlalchemy import Connection

from xltools.desk.rules.register import Returned, Sent, accept_number, json_cells
from xltools.engine import money
from xltools.engine.money import Ints, Price, Terms
from xltools.ledger import batches, bureau
from xltools.scheme import Scheme

PAID, OPEN, OVERDUE, ENDED = "已缴费", "待缴费", "逾期", "已解除"
"""What became of the firm's own part of the premium (缴费状态)."""
Rates = Mapping[tuple[str, str], Decimal]
"""RMB per US dollar by insurer and month of entry (2019-10)."""


def rates(conn: Connection, seq: int | None = None) -> dict[tuple[str, str], Decimal]:
    """The loaded rates (五（二）: 保险人保单录入当月系统汇率)."""
    table = bureau.rows(conn, "fx", seq)
    columns = (table[c].to_pylist() for c in ("insurer", "month", "rate"))
    return {(insurer, month): Decimal(rate) for insurer, month, rate in zip(*columns, strict=True)}


def rate_of(result: Returned, insurer: str, known: Rates) -> Decimal | None:
    """The rate that a policy counts by: the loaded one of its month of entry; where none is loaded, the return's own."""
    loaded = known.get((insurer, f"{result['entered']:%Y-%m}")) if result["entered"] else None
    return loaded or (Decimal(result["system_fx"]) if result["system_fx"] else None)


def priced(
    scheme: Scheme, schemes: Mapping[int, Scheme], rows: Sequence[Mapping[str, Any]], fx: Sequence[Decimal]
) -> Price:
    """What rows sent cost at their rates, on the terms on which they were sent (五（二）); arrays along `rows`.

    `rows` have batch_id, plan, and of their frozen cells exports_cents, rate and fiscal_share; `schemes` are those of the
    batches' days.
    """
    exports = np.array([r["exports_cents"] for r in rows], dtype=np.int64)
    groups: dict[Any, list[int]] = {}
    for i, (row, rate) in enumerate(zip(rows, fx, strict=True)):
        groups.setdefault((row["batch_id"], row["plan"], row["rate"], row["fiscal_share"], rate), []).append(i)
    out = [np.zeros(len(rows), dtype=np.int64) for _ in range(5)]
    for (batch, plan, rate, share, of), places in groups.items():
        at: Ints = np.array(places, dtype=np.int64)
        p = money.price(exports[at], frozen_terms(schemes.get(batch, scheme), plan, rate, share), of)
        for column, part in zip(
            out, (p.premium_cents, p.gross_fen, p.fiscal_fen, p.enterprise_fen, p.limit_cents), strict=True
        ):
            column[at] = part
    return Price(*out)


def frozen_terms(scheme: Scheme, plan: str, rate: str, share: str) -> Terms:
    """The terms on which a row was sent: its own frozen rate and share, the rest its plan's in the scheme of that day."""
    return replace(money.terms(scheme.plan(plan)), rate=Decimal(rate), share=Decimal(share))


@dataclass(frozen=True)
class Checked:
    """A row that was ever sent beside what its return says: `cells` as they were frozen, money in fen (None: nobody
    knows yet), `due` the firm's own part."""

    number: str
    insurer: str
    no: int
    plan: str
    state: batches.Status
    estimate_fen: int
    cells: Mapping[str, Any]
    result: Returned
    rate: Decimal | None
    gross_fen: int | None
    fiscal_fen: int | None
    due: Due | None


NONE: Returned = defaultdict(lambda: None)
"""No return yet."""


def checked(conn: Connection, scheme: Scheme, out: Sent, day: date) -> list[Checked]:
    """Every row ever sent, by batch and place, reckoned again where a policy was issued (五（二）)."""
    known = rates(conn)
    numbers = dict(zip(*(out.batches[c].to_pylist() for c in ("id", "no")), strict=True))
    rows = out.every
    cells = [json_cells(r) for r in rows]
    results = [out.results.get((r["batch_id"], r["place"]), NONE) for r in rows]
    fx = [rate_of(v, r["insurer"], known) if v["policy_no"] else None for r, v in zip(rows, results, strict=True)]
    asked = [i for i, rate in enumerate(fx) if rate is not None]
    lines = [cells[i] | {"batch_id": rows[i]["batch_id"], "plan": rows[i]["plan"]} for i in asked]
    p = priced(scheme, out.schemes, lines, [rate for rate in fx if rate is not None])
    money_of = dict(zip(asked, zip(p.gross_fen.tolist(), p.fiscal_fen.tolist(), strict=True), strict=True))
    return [
        Checked(
            accept_number(scheme, r["arrival"]), r["insurer"], numbers[r["batch_id"]], r["plan"], r["status"],
            r["fiscal_fen"], cells[i], results[i], fx[i], *money_of.get(i, (None, None)),
            due(scheme, results[i], day),
        )
        for i, r in enumerate(rows)
    ]  # fmt: skip


@dataclass(frozen=True)
class Due:
    """The firm's own part of one policy (四（二）备注: 企业各自承担): until when, and what became of it on a day."""

    by: date | None
    state: str

    def late(self, day: date) -> int:
        """Days since the deadline, 0 where it is not overdue."""
        return (day - self.by).days if self.by and self.state == OVERDUE else 0


def due(scheme: Scheme, result: Returned, day: date) -> Due | None:
    """None where the firm has nothing to pay. The deadline counts from the day of entry (`payment_days`)."""
    if result["payment"] == ENDED:
        return Due(None, ENDED)
    if not result["actual_enterprise_fen"] or not result["policy_no"]:
        return None
    limit = scheme.payment_days
    by = result["entered"] + timedelta(days=int(limit.value)) if limit and result["entered"] else None
    if result["payment"] == PAID:
        return Due(by, PAID)
    return Due(by, OVERDUE if by and day > by else OPEN)


def excluded(codes: Iterable[str], exports: Mapping[str, int]) -> tuple[int, int]:
    """Of a firm's exports in cents by country those to countries that its policy does not cover, and all of them."""
    out = set(codes)
    return sum(c for country, c in exports.items() if country in out), sum(exports.values())
