"""Results (承保结果): what the insurers' returns say became of the rows sent, and what each policy should have cost."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Connection

from xltools.desk.rules.frozen import frozen
from xltools.desk.rules.sent import SentRows
from xltools.engine import money
from xltools.engine.money import Ints, Price, Terms
from xltools.ledger import bureau
from xltools.scheme import Scheme

PAID, OPEN, OVERDUE, ENDED = "已缴费", "待缴费", "逾期", "已解除"
"""What became of the firm's own part of the premium (缴费状态)."""
Rates = Mapping[tuple[str, str], Decimal]
"""RMB per US dollar by insurer and month of entry (2019-10)."""
Column: TypeAlias = "pa.Array | pa.ChunkedArray"
RETURNED = ("case_no", "insurer", "batch")
"""What a return is known by: 受理编号, insurer, number of the batch."""
EIGHT = Decimal("1e-8")


def rates(conn: Connection, seq: int | None = None) -> dict[tuple[str, str], Decimal]:
    """The loaded rates (五（二）: 保险人保单录入当月系统汇率)."""
    table = bureau.rows(conn, "fx", seq)
    columns = (table[c].to_pylist() for c in ("insurer", "month", "rate"))
    return {(insurer, month): Decimal(rate) for insurer, month, rate in zip(*columns, strict=True)}


def rates_of(entered: Column, insurer: Column, system_fx: Column, known: Rates) -> tuple[list[Decimal | None], ...]:
    """The rates that policies count by: the loaded one of insurer and month of entry; where none is loaded, the return's
    own. And the loaded ones alone. None where nobody knows one."""
    months = pc.strftime(entered, format="%Y-%m")
    loaded = [known.get(key) for key in zip(insurer.to_pylist(), months.to_pylist(), strict=True)]
    own = {text: Decimal(text) for text in pc.unique(system_fx).to_pylist() if text}
    return [fx or own.get(text) for fx, text in zip(loaded, system_fx.to_pylist(), strict=True)], loaded


PRICED = ("exports_cents", "rate", "fiscal_share")
"""What of a row's frozen cells its price follows from."""


def priced(scheme: Scheme, schemes: Mapping[int, Scheme], rows: pa.Table, fx: Sequence[Decimal | None]) -> Price:
    """What rows sent cost at their rates, on the terms on which they were sent (五（二）); arrays along `rows`, 0 where
    no rate is known.

    `rows` have batch_id and plan, and of their frozen cells those of PRICED; `schemes` are those of the batches' days.
    """
    exports = rows["exports_cents"].fill_null(0).to_numpy()
    keys = rows.select(["batch_id", "plan", "rate", "fiscal_share"])
    rates_there = {rate: k for k, rate in enumerate(dict.fromkeys(r for r in fx if r is not None))}
    keys = keys.append_column("fx", pa.array([None if r is None else rates_there[r] for r in fx], pa.int64()))
    out = [np.zeros(len(exports), dtype=np.int64) for _ in range(5)]
    rate_at = list(rates_there)
    groups = keys.append_column("row", pa.array(np.arange(len(exports)))).group_by(keys.column_names)
    for group in groups.aggregate([("row", "list")]).to_pylist():
        if group["fx"] is None:
            continue
        at: Ints = np.array(group["row_list"], dtype=np.int64)
        on = frozen_terms(schemes.get(group["batch_id"], scheme), group["plan"], group["rate"], group["fiscal_share"])
        p = money.price(exports[at], on, rate_at[group["fx"]])
        for column, part in zip(
            out, (p.premium_cents, p.gross_fen, p.fiscal_fen, p.enterprise_fen, p.limit_cents), strict=True
        ):
            column[at] = part
    return Price(*out)


def frozen_terms(scheme: Scheme, plan: str, rate: str, share: str) -> Terms:
    """The terms on which a row was sent: its own frozen rate and share, the rest its plan's in the scheme of that day."""
    return replace(money.terms(scheme.plan(plan)), rate=Decimal(rate), share=Decimal(share))


CELLS = ("name", "uscc", "area", "contact", "phone", *PRICED, "fx", "gross_fen", "enterprise_fen")
ANSWERED = (
    "policy_no", "entered", "end", "system_fx", "actual_gross_fen", "actual_fiscal_fen", "actual_enterprise_fen", "payment", "paid",
    "reason",
)  # fmt: skip


def checked(conn: Connection, scheme: Scheme, sent: SentRows, day: date) -> pa.Table:
    """Every row ever sent beside what its return says, by batch and place, reckoned again where a policy was issued
    (五（二）).

    Of the row number, insurer, no, plan, status, estimate_fen, and CELLS as they were frozen (`frozen_gross_fen`,
    `frozen_enterprise_fen`, `frozen_fx`, `rate_sent`); of its return ANSWERED, null where there is none yet; `rate` (decimal128(18,8)),
    due_gross_fen and due_fiscal_fen, null where nobody knows them yet; the firm's own part as :func:`due` has it.
    """
    rows, cells = sent.table.combine_chunks(), frozen(sent.table["cells"], *CELLS)
    said = bureau.rows(conn, "issued")
    place = {k: i for i, k in enumerate(zip(*(said[f].to_pylist() for f in RETURNED), strict=True))}
    keys = zip(*(rows[f].to_pylist() for f in ("number", "insurer", "no")), strict=True)
    said = said.select(list(ANSWERED)).take(pa.array([place.get(k) for k in keys], pa.int64()))
    issued = said["policy_no"].is_valid()
    entered, insurer, own = (_if(issued, c) for c in (said["entered"], rows["insurer"], said["system_fx"]))
    fx, _ = rates_of(entered, insurer, own, rates(conn))
    lines = pa.table({f: rows[f] for f in ("batch_id", "plan")} | {f: cells[f] for f in PRICED})
    p, unknown = priced(scheme, sent.schemes, lines, fx), np.array([r is None for r in fx], dtype=bool)
    frozen_as = {
        "gross_fen": "frozen_gross_fen",
        "enterprise_fen": "frozen_enterprise_fen",
        "fx": "frozen_fx",
        "rate": "rate_sent",
    }
    out = {f: rows[f] for f in ("number", "insurer", "no", "plan", "status")} | {"estimate_fen": rows["fiscal_fen"]}
    out |= {frozen_as.get(f, f): cells[f] for f in CELLS} | {f: said[f] for f in ANSWERED}
    out |= {"rate": pa.array([None if r is None else r.quantize(EIGHT) for r in fx], pa.decimal128(18, 8))}
    out |= {
        "due_gross_fen": pa.array(p.gross_fen, mask=unknown), "due_fiscal_fen": pa.array(p.fiscal_fen, mask=unknown),
    }  # fmt: skip
    return pa.table(out | due(scheme, said, day))


def due(scheme: Scheme, said: pa.Table, day: date) -> dict[str, Column]:
    """The firms' own parts (四（二）备注: 企业各自承担) on a day: `due_by` (date32), until when, counted from the day of entry
    (`payment_days`); `due_state`, what became of it, null where the firm has nothing to pay; `late` days, null where
    it is not overdue."""
    ended = pc.equal(said["payment"], ENDED).fill_null(False)
    owes = pc.and_(pc.not_equal(said["actual_enterprise_fen"], 0).fill_null(False), said["policy_no"].is_valid())
    limit = scheme.payment_days
    if limit:
        days = pc.add(said["entered"].cast(pa.int32()), pa.scalar(int(limit.value), pa.int32())).cast(pa.date32())
    else:
        days = pa.nulls(said.num_rows, pa.date32())
    by = _if(pc.and_(owes, pc.invert(ended)), days)
    over = pc.less(by, pa.scalar(day, pa.date32())).fill_null(False)
    paid = pc.equal(said["payment"], PAID).fill_null(False)
    state = pc.if_else(paid, PAID, pc.if_else(over, OVERDUE, OPEN))
    state = pc.if_else(ended, ENDED, _if(owes, state))
    late = pc.subtract(pa.scalar((day - date(1970, 1, 1)).days, pa.int32()), by.cast(pa.int32()))
    return {"due_by": by, "due_state": state, "late": _if(pc.equal(state, OVERDUE).fill_null(False), late)}


def _if(where: Column, values: Column) -> Column:
    return pc.if_else(where, values, pa.scalar(None, values.type))


def excluded(codes: Iterable[str], exports: Mapping[str, int]) -> tuple[int, int]:
    """Of a firm's exports in cents by country those to countries that its policy does not cover, and all of them."""
    out = set(codes)
    return sum(c for country, c in exports.items() if country in out), sum(exports.values())
