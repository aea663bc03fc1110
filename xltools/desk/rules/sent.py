"""What was sent (已报送): every row with the changes that count, the insurers' returns, and the scheme texts of their days."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Connection

from xltools.desk.errors import Refusal
from xltools.desk.rules.amended import refuse_clashes
from xltools.desk.rules.changes import (
    AMOUNTS,
    Change,
    accepted,
    became,
    bound,
    changed,
    waiting,
)
from xltools.desk.workspace import Workspace
from xltools.ledger import batches, bureau, claims, schemetexts
from xltools.ledger.schema import LIVE
from xltools.scheme import Scheme
from xltools.scheme.load import SchemeError, parse

Returned = Mapping[str, Any]
"""One row of the insurers' returns (承保结果), by the fields of its declaration."""


@dataclass(frozen=True)
class SentRows:
    """Every row ever sent, by batch and place, as columns.

    `table` has the ledger's columns and `number` (受理编号), `no` and `day` of the batch; plan, amounts and cells as the
    accepted changes have left them, and these by row in `changes`. `wanted` are all that count, by 受理编号; `schemes`
    those of the batches' days by batch id.
    """

    table: pa.Table
    changes: dict[int, list[Change]]
    wanted: dict[str, list[Change]]
    batches: pa.Table
    schemes: dict[int, Scheme]


@dataclass(frozen=True)
class Sent:
    """What is out: rows by code, their batches, and what districts would like to change in them (待定).

    `last_number` is the highest 排队号 ever sent: none is given twice. `schemes` are those of their days by batch id; a
    batch whose text nobody has any more has none there, and `verify` tells it. `results` are the insurers' returns by
    batch id and place; `ended` the last row of each firm that is no longer out; `every` all rows, in and out; `changes`
    those that count, by 受理编号: plan and amounts of all these rows are as they were sent, with the changes; `waiting`
    those that wait for the bureau's opinion. `lines` are `every` as columns.
    """

    rows: dict[str, dict[str, Any]]
    every: list[dict[str, Any]]
    batches: pa.Table
    pending: list[dict[str, Any]]
    last_number: int
    schemes: dict[int, Scheme]
    results: dict[tuple[int, int], Returned]
    ended: dict[str, dict[str, Any]]
    changes: dict[str, list[Change]]
    lines: SentRows
    waiting: list[Change]


def accept_number(scheme: Scheme, arrival: int) -> str:
    """受理编号: the scheme's prefix and the arrival number."""
    return f"{scheme.prefix}-{arrival:04d}"


def sent_rows(conn: Connection, scheme: Scheme, day: date, seq: int | None = None) -> SentRows:
    """Every row ever sent, with the changes accepted on `day`; with `seq` those sent up to that entry of the journal."""
    table, there = batches.sent(conn), batches.batches(conn)
    if seq is not None:
        known = pa.array(sorted(batches.sent_by(conn, seq)), pa.int64())
        there = there.filter(pc.is_in(there["id"], value_set=known))
        table = table.filter(pc.is_in(table["batch_id"], value_set=known))
    of_days, wanted = schemes(conn, there.to_pylist()), accepted(conn, day, seq)
    its_batch = pc.index_in(table["batch_id"], value_set=there["id"].combine_chunks())
    for name in ("no", "day"):
        table = table.append_column(name, there[name].take(its_batch))
    numbers = [accept_number(scheme, n) for n in table["arrival"].to_pylist()]
    table = table.append_column("number", pa.array(numbers, pa.string()))
    asked = np.flatnonzero(pc.is_in(table["number"], value_set=pa.array(list(wanted), pa.string())))
    changes = {}
    for i, row in zip(asked.tolist(), table.take(pa.array(asked, pa.int64())).to_pylist(), strict=True):
        if mine := bound(wanted[row["number"]], row["insurer"], row["day"]):
            changes[i] = mine
    if changes:
        rows = zip(changes.items(), table.take(pa.array(list(changes))).to_pylist(), strict=True)
        anew = {i: as_changed(of_days.get(r["batch_id"], scheme), r, mine) for (i, mine), r in rows}
        for k, name in enumerate(table.column_names):
            if name in ("plan", "cells", *AMOUNTS):
                values = table[name].to_pylist()
                for i, now in anew.items():
                    values[i] = now[name]
                table = table.set_column(k, name, pa.array(values, table[name].type))
    return SentRows(table, changes, wanted, there, of_days)


def load_sent(
    conn: Connection,
    scheme: Scheme,
    day: date,
    seq: int | None = None,
    *,
    review: Mapping[str, Mapping[str, Any]] | None = None,
) -> Sent:
    """What is out on `day`, with the insurers' returns and the accepted changes; with `seq` as :func:`load_register`, and
    then by the reviews of that moment. Raises LedgerError."""
    lines = sent_rows(conn, scheme, day, seq)
    pending = [] if seq is not None else [p for p in claims.pending(conn).to_pylist() if p["decided"] is None]
    rows = lines.table.drop_columns(["number", "no", "day"]).to_pylist()
    keys = zip(*(lines.table[c].to_pylist() for c in ("number", "insurer", "no")), strict=True)
    said = {(r["case_no"], r["insurer"], r["batch"]): r for r in bureau.rows(conn, "issued", seq).to_pylist()}
    results: dict[tuple[int, int], Returned] = {}
    for i, (key, row) in enumerate(zip(keys, rows, strict=True)):
        if key in said:
            results[row["batch_id"], row["place"]] = said[key]
        if seq is not None:
            before: batches.Status = "withdrawn" if _released((review or {}).get(row["uscc"])) else "sent"
            row["status"], row["actual_fiscal_fen"] = became(said.get(key), lines.changes.get(i, ()), before)
    live = {r["uscc"]: r for r in rows if r["status"] in LIVE}
    return Sent(
        rows=live,
        every=rows,
        batches=lines.batches,
        pending=pending,
        last_number=max((r["queue_no"] for r in rows), default=0),
        schemes=lines.schemes,
        results=results,
        ended={r["uscc"]: r for r in rows if r["uscc"] not in live},
        changes=lines.wanted,
        waiting=waiting(conn, seq),
        lines=lines,
    )


def as_changed(scheme: Scheme, row: Mapping[str, Any], changes: list[Change]) -> dict[str, Any]:
    """What of a row sent is otherwise since these changes: plan, amounts and cells."""
    now = changed(scheme, json_cells(row), row, changes)
    own = {f: now[f] for f in ("plan", *AMOUNTS)}
    return own | {"cells": json.dumps(now, ensure_ascii=False, sort_keys=True)}


def json_cells(row: Mapping[str, Any]) -> dict[str, Any]:
    """The frozen row exactly as it was written."""
    found = json.loads(row["cells"])
    return found if isinstance(found, dict) else {}


def _released(review: Mapping[str, Any] | None) -> bool:
    """Whether the bureau's decision gives a sent row's money back."""
    return review is not None and (review["withdrawn"] == "是" or review["opinion"] == "不同意")


def scheme_of(conn: Connection, batch: dict[str, Any]) -> Scheme:
    """The scheme by whose text a batch was made; batches that name none are as old as the ledger.

    Raises Refusal where nobody has that text any more.
    """
    sha256 = batch["scheme_sha256"] or schemetexts.first(conn)
    text = schemetexts.text_of(conn, sha256)
    if text is None:
        raise Refusal(
            f"{batch['insurer']}第{batch['no']:02d}批：找不到报送那天的方案文本（{sha256[:12]}）。"
            "请用生成它的那个版本的 xltools 核验，或把那时的方案文件放回 scheme/released"
        )
    return parse(text, f"{batch['insurer']}第{batch['no']:02d}批的方案")


def refuse_contradiction(conn: Connection, workspace: Workspace) -> None:
    """Batches were sent by the amendments up to their days. Raises AmendmentRefused where one was not."""
    there = batches.batches(conn).to_pylist()
    refuse_clashes(workspace.year, there, schemes(conn, there))


def schemes(conn: Connection, there: list[dict[str, Any]]) -> dict[int, Scheme]:
    """By batch id; each text is read once."""
    read: dict[str, Scheme | None] = {}
    for batch in there:
        if batch["scheme_sha256"] not in read:
            read[batch["scheme_sha256"]] = None
            with suppress(Refusal, SchemeError):
                read[batch["scheme_sha256"]] = scheme_of(conn, batch)
    return {batch["id"]: scheme for batch in there if (scheme := read[batch["scheme_sha256"]])}
