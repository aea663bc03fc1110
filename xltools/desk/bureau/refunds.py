"""Refunds (退回): what comes back of a policy that has ended is an entry of the fund, made with the return or the change that
says so.

A pool's free money is Σ fund − policies' actual amounts − ⌈sent × (1 + reserve)⌉ − arranged. A policy that has ended
keeps its actual amount in that; its refund is a movement 退回 into the pool, of that policy's own document. Whatever is
corrected later, the entries of a document add up to what came back: what lacks is added, what is too much goes out again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

from xltools.catalogue.words import yuan
from xltools.desk.bureau.results import Row, rows_sent
from xltools.desk.bureau.taking import Done, Loaded, Taking
from xltools.desk.rules.changes import came_back
from xltools.ledger import bureau, fund
from xltools.ledger.fund import Movement

RETURN = "保险人回执"


def booked(outcome: Callable[[Taking, Done], Loaded]) -> Callable[[Taking, Done], Loaded]:
    """That outcome of returns or changes, with what came back by them entered first; one entry of the journal tells both."""

    def both(t: Taking, done: Done) -> Loaded:
        t.known.pop("sent", None)  # read before the changes of this very file were there
        lines, kept, seals = book(t)
        found = outcome(t, done)
        (subject, detail, why), *rest = found.entries
        return replace(
            found, lines=[*found.lines, *lines], detail=found.detail | kept,
            entries=[(subject, detail | kept, why), *rest], seals=(*found.seals, *seals),
        )  # fmt: skip

    return both


def book(t: Taking) -> tuple[list[str], dict[str, Any], tuple[str, ...]]:
    """Enter what came back and is not entered yet; returns what to tell, what the journal keeps, and what to seal."""
    results = {(r["case_no"], r["insurer"], r["batch"]): r for r in bureau.rows(t.conn, "issued").to_pylist()}
    booked = fund.refunds(bureau.rows(t.conn, "fund"))
    moves = []
    for case, rows in rows_sent(t).items():
        for row in rows:
            if result := results.get((case, row.insurer, row.no)):
                document = fund.refund_document(case, row.insurer, row.no)
                if move := _move(row, result, document, booked.get(document, 0), t.today):
                    moves.append(move)
    if not moves:
        return [], {}, ()
    fund.add(t.conn, moves)
    lines = [
        f"资金账记入退回：{m.document.removeprefix(fund.OF_POLICY).strip()} {yuan(m.fen)}"
        + (f"转出{m.source}（更正）" if m.source else f"转入{m.target}")
        for m in moves[:FEW]
    ]
    lines += [f"……共 {len(moves):,} 笔"] if moves[FEW:] else []
    kept = [{"document": m.document, "source": m.source, "target": m.target, "fen": m.fen} for m in moves]
    return lines, {"refunds": kept}, ("fund",)


FEW = 20
"""So many are told one by one."""


def _move(row: Row, result: dict[str, Any], document: str, booked: int, today: date) -> Movement | None:
    back, change = came_back(result, row.changes)
    if back == booked:
        return None
    day = change["confirmed"] if change and back > booked else today
    by = (change["decided_by"] if change else "") or RETURN
    why = f"{change['kind'] if change else '已解除'}，保单 {result['policy_no']}"
    pools = ("", row.insurer) if back > booked else (row.insurer, "")
    return Movement(day, fund.BACK, *pools, abs(back - booked), document, by, why)
