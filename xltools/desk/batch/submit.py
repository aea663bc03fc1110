"""`submit` (报送): one workbook an insurer and batch, rows sent once, frozen, provable years later."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
from sqlalchemy import Connection

from xltools.desk.batch.changes import Noticed, notices
from xltools.desk.batch.unknown import UnknownBatches, unknown
from xltools.desk.errors import Refusal
from xltools.desk.rules.amended import entries
from xltools.desk.rules.changes import corrected
from xltools.desk.rules.fxrisk import FxRefused, FxRisk, fx_risks
from xltools.desk.rules.layouts import layout_of
from xltools.desk.rules.outcome_table import RATE
from xltools.desk.rules.register import load_register
from xltools.desk.rules.sent import refuse_contradiction
from xltools.desk.rules.standing import Standing, stand
from xltools.desk.transaction import changing, looking
from xltools.desk.workspace import Workspace
from xltools.engine import cover, money
from xltools.ledger import Entry, batches, outbox, schemetexts
from xltools.ledger.journal import append
from xltools.ledger.seals import seals
from xltools.scheme import Scheme
from xltools.scheme.model import Insurer
from xltools.sheets.insurer import sheet
from xltools.sheets.insurer.layout import Column, Layout

TYPES = {
    "case_no": pa.string(), "name": pa.string(), "uscc": pa.string(), "customs_code": pa.string(),
    "area": pa.string(), "contact": pa.string(), "phone": pa.string(), "plan": pa.string(), "limit_cents": pa.int64(),
    "rate": RATE, "exports_cents": pa.int64(), "premium_cents": pa.int64(), "minimum": pa.bool_(),
    "fiscal_share": RATE, "fx": RATE, "gross_fen": pa.int64(), "fiscal_fen": pa.int64(),
    "enterprise_fen": pa.int64(), "received": pa.timestamp("s"), "reviewed": pa.date32(), "remark": pa.string(),
    "cover": pa.string(), "cover_start": pa.date32(), "cover_end": pa.date32(),
}  # fmt: skip
"""What a row sent consists of; the layout chooses from it."""
COVER = ("cover", "cover_start", "cover_end")
"""Not kept with rows sent before the scheme could say more than one start: those state the scheme's own period."""


@dataclass(frozen=True)
class Submitted:
    """One batch: where it lies, how much it holds, its 校验码."""

    insurer: str
    number: int
    file: str
    rows: int
    fiscal_fen: int
    enterprise_fen: int
    code: str


def submit(
    workspace: Workspace, *, now: datetime, today: date, insurer: str = "", dry_run: bool = False,
    accept_fx: bool = False,
) -> tuple[list[Submitted], list[Noticed], Standing]:  # fmt: skip
    """Send what is arranged and not yet out, one batch an insurer (or just to `insurer`); and tell each insurer the
    accepted changes that it has not been told.

    Running it again sends nothing twice. Raises Refusal; UnknownBatches where 报送/ holds a batch that the ledger does
    not know, AmendmentRefused where batches contradict the amendments, and then nothing at all is written, not even the
    day's backup; FxRefused where the scheme's `fx_guard`
    refuses, a pool that is to be sent from would break at its insurer's latest loaded rate, and `accept_fx` does not
    accept that; Refusal where the fund account has more in a pool than an amendment's document gives it.
    """
    workspace = workspace.on(today)
    scheme = workspace.scheme
    wanted = [i for i in scheme.insurers if not insurer or insurer in (i.id, i.name, *i.aliases)]
    if not wanted:
        raise Refusal(f"没有保险人 {insurer}；本平台的保险人：{'、'.join(i.name for i in scheme.insurers)}")
    with looking(workspace) as conn:
        if there := unknown(conn, workspace):
            raise UnknownBatches(there)
        refuse_contradiction(conn, workspace)
    done = []
    with changing(workspace, now, dry_run=dry_run) as conn:
        standing = stand(load_register(conn, workspace, today))
        sending = [(one, rows) for one in wanted if (rows := _rows(standing, one)).num_rows]
        _refuse_unbooked(standing, [one.name for one, _ in sending])
        guarded = _guarded(standing, [one.name for one, _ in sending])
        if guarded and not accept_fx:
            raise FxRefused(list(guarded.values()))
        for one, rows in sending:
            done.append(_batch(conn, workspace, one, rows, now, today, guarded.get(one.name)))
        told = notices(conn, workspace, standing.register, wanted, now=now, today=today)
    return done, told, standing


def _refuse_unbooked(standing: Standing, sending: list[str]) -> None:
    """Nothing is sent from a pool in which the account has more than an amendment's document gives it. Raises Refusal."""
    found = [u for u in standing.register.unbooked if u.missing < 0 and u.insurer in sending]
    if found:
        documents = {u.document for u in found}
        raise Refusal("；".join(entries([u for u in standing.register.unbooked if u.document in documents])))


def _guarded(standing: Standing, sending: list[str]) -> dict[str, FxRisk]:
    """Of the insurers that something goes to, those whose pool would break, where the scheme wants a yes for that."""
    if standing.register.scheme.fx_guard.value != "refuse" or not sending:
        return {}
    return {x.insurer: x for x in fx_risks(standing) if x.overdraft_fen and x.insurer in sending}


def _rows(standing: Standing, insurer: Insurer) -> pa.Table:
    """The arranged rows of an insurer in queue order, with their queue number beside the sheet's columns."""
    r, out, scheme = standing.register, standing.outcomes, standing.register.scheme
    k = scheme.insurers.index(insurer)
    a = standing.applications
    mine = np.flatnonzero(out.arranged & (a.insurer[standing.rows] == k))
    mine = mine[np.argsort(out.number[mine])]
    lines: list[dict[str, Any]] = []
    off = [Decimal(0), *(x.off.value for x in scheme.reductions)]
    starts = cover.starts(scheme, r.claims.times["received"])
    for j in mine.tolist():
        i = int(standing.rows[j])
        plan = scheme.plans[int(out.plan[j])]
        terms = money.terms(plan, off[int(a.reduction[i]) + 1])
        review = r.decisions.review.get(r.claims.uscc[i]) or {}
        text = {f: r.claims.text[f][i].as_py() for f in ("name", "customs_code", "area", "contact", "phone", "remark")}
        text |= corrected(r.sent.changes.get(r.number(i), ()), text)
        lines.append(
            text
            | {
                "case_no": r.number(i), "uscc": r.claims.uscc[i], "plan": plan.id, "limit_cents": int(out.limit_cents[j]),
                "rate": terms.rate.quantize(Decimal("1e-8")), "exports_cents": int(a.exports[i]),
                "premium_cents": int(out.premium_cents[j]),
                "minimum": terms.minimum_cents > 0 and int(out.premium_cents[j]) == terms.minimum_cents
                and a.exports[i] * terms.rate < terms.minimum_cents,
                "fiscal_share": terms.share.quantize(Decimal("1e-8")), "fx": standing.fx[k].quantize(Decimal("1e-8")),
                "gross_fen": int(out.gross_fen[j]), "fiscal_fen": int(out.fiscal_fen[j]),
                "enterprise_fen": int(out.enterprise_fen[j]), "received": r.claims.times["received"][i].item(),
                "reviewed": review.get("reviewed"),
                "cover": cover.words(scheme, starts[i].item()), "cover_start": starts[i].item(),
                "cover_end": scheme.cover.end.value,
                "queue_no": int(out.number[j]) + standing.first_number, "arrival": int(r.claims.arrival[i]),
                "priority": "是" if out.priority[j] else "否",
            }
        )  # fmt: skip
    kinds = TYPES | {"queue_no": pa.int64(), "arrival": pa.int64(), "priority": pa.string()}
    return pa.table({n: pa.array([line[n] for line in lines], t) for n, t in kinds.items()})


def _batch(
    conn: Connection, workspace: Workspace, insurer: Insurer, rows: pa.Table, now: datetime, today: date,
    accepted: FxRisk | None,
) -> Submitted:  # fmt: skip
    scheme, layout = workspace.scheme, layout_of(workspace, insurer)
    number = batches.next_no(conn, insurer.name)
    final = workspace.submitted / sheet.file_name(scheme, insurer, number, today)
    proof = sheet.write_batch(
        outbox.stage(conn, workspace.root, final), scheme=scheme, insurer=insurer, layout=layout, number=number,
        day=today, rows=rows.select(list(TYPES)), who=workspace.who,
    )  # fmt: skip
    entry = batches.Batch(
        insurer.name, number, today, now, workspace.who, final.name, proof.sha256,
        [layout.name, *(json.dumps(asdict(c), ensure_ascii=False) for c in layout.columns)],
        schemetexts.current(conn),
    )  # fmt: skip
    batches.add_batch(conn, entry, _frozen(rows, insurer))
    totals = proof.totals
    detail: dict[str, Any] = {
        "batch": number, "rows": totals.rows, "fiscal_fen": totals.fiscal_fen, "sha256": proof.sha256,
        "firms": rows["uscc"].to_pylist(), "seals": seals(conn, "batches", "sent"),
    }  # fmt: skip
    if accepted:
        detail["fx_accepted"] = {
            "month": accepted.month, "rate": str(accepted.rate), "overdraft_fen": accepted.overdraft_fen,
        }  # fmt: skip
    append(conn, Entry(now, workspace.who, "submit", insurer.name, detail))
    return Submitted(
        insurer.name, number, final.name, totals.rows, totals.fiscal_fen, totals.enterprise_fen, proof.code
    )


def _frozen(rows: pa.Table, insurer: Insurer) -> pa.Table:
    """The rows as the ledger keeps them: `cells` is everything that the sheet was made from."""
    cells = [json.dumps(thaw_out(line), ensure_ascii=False, sort_keys=True) for line in rows.to_pylist()]
    n = rows.num_rows
    return pa.table(
        {
            "place": pa.array(range(1, n + 1), pa.int64()),
            **{f: rows[f] for f in ("uscc", "arrival", "plan", "fiscal_fen", "enterprise_fen", "gross_fen")},
            "premium_cents": rows["premium_cents"],
            "insurer": pa.array([insurer.name] * n, pa.string()),
            "fx": pa.array([format(v.normalize(), "f") for v in rows["fx"].to_pylist()], pa.string()),
            "queue_no": rows["queue_no"],
            "cells": pa.array(cells, pa.string()),
        }
    )


def thaw_out(line: dict[str, Any]) -> dict[str, Any]:
    """A row as JSON holds it: decimals and moments as text."""
    return {k: v if v is None or isinstance(v, bool | int | str) else str(v) for k, v in line.items()}


def sent_batch(scheme: Scheme, batch: dict[str, Any], rows: list[dict[str, Any]]) -> sheet.Batch:
    """A batch as it was sent, from the ledger alone: what its sheet is compared with; a field that its rows lack is
    blank. `scheme` is the one of that day (see `register.scheme_of`)."""
    lines = [json.loads(r["cells"]) for r in sorted(rows, key=lambda r: int(r["place"]))]
    back: dict[pa.DataType, Callable[[Any], Any]] = {
        pa.timestamp("s"): datetime.fromisoformat, pa.date32(): date.fromisoformat, RATE: Decimal,
    }  # fmt: skip
    columns = {}
    for name, kind in TYPES.items():
        if name in COVER and not any(name in v for v in lines):
            continue
        to = back.get(kind, lambda v: v)
        columns[name] = pa.array([None if v.get(name) is None else to(v[name]) for v in lines], kind)
    name, *laid_out = json.loads(batch["columns"])
    layout = Layout(name, "", tuple(Column(**json.loads(c)) for c in laid_out))
    insurer = next(i for i in scheme.insurers if i.name == batch["insurer"])
    return sheet.Batch(scheme, insurer, layout, batch["no"], batch["day"], pa.table(columns), batch["who"])


__all__ = ["Submitted", "sent_batch", "submit"]
