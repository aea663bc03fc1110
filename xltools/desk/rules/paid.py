"""Money paid (已付): what really went to the insurers; what the pools plan is another thing (五（二）预付)."""

from __future__ import annotations

import pyarrow as pa
from sqlalchemy import Connection

from xltools.catalogue.words import yuan
from xltools.desk.rules.standing import committed
from xltools.ledger import batches, bureau, fund
from xltools.scheme import Scheme

BACK = "退回"
"""The kind of payment that comes back from the insurer."""


def paid(payments: pa.Table) -> dict[str, int]:
    """Net fen by insurer of the table of payments (columns insurer, kind, fen)."""
    out: dict[str, int] = {}
    for insurer, kind, fen in zip(*(payments[c].to_pylist() for c in ("insurer", "kind", "fen")), strict=True):
        out[insurer] = out.get(insurer, 0) + (-fen if kind == BACK else fen)
    return out


def shortfalls(conn: Connection, scheme: Scheme) -> list[str]:
    """A sentence for each insurer to which less was paid than the rows that are out with it need; none while nothing at
    all was entered as paid."""
    net = paid(bureau.rows(conn, "payments"))
    if not net:
        return []
    held, back = committed(scheme, batches.totals(conn)), fund.refunded(bureau.rows(conn, "fund"))
    needed = {name: sum(fen) - back.get(name, 0) for name, fen in held.items()}
    return [
        f"{name}：已报送和已承保共需 {yuan(fen)}，只付了 {yuan(net.get(name, 0))}，还差 {yuan(fen - net.get(name, 0))}"
        for name, fen in needed.items()
        if fen > net.get(name, 0)
    ]
