"""Rows of a checked file as claims for the ledger: which of them can enter, and in what form."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from xltools.catalogue.columns import roster_columns
from xltools.roster.cells import Roster
from xltools.roster.repeated import spread

Ints = npt.NDArray[np.int64]


def enterable(roster: Roster) -> Ints:
    """Rows with a code by which they can be kept, the first of each code: no error on the code but DUPLICATE."""
    bad = np.zeros(len(roster), dtype=bool)
    for item in roster.findings.items:
        if item.kind.severity == "error" and item.field in ("", "uscc") and item.code != "DUPLICATE":
            bad[item.rows] = True
    rows = np.flatnonzero(~bad & ~roster.blank("uscc"))
    codes = roster.text["uscc"].take(pa.array(rows)).to_pylist()
    seen: dict[str, int] = {}
    for row, code in zip(rows.tolist(), codes, strict=True):
        seen.setdefault(code, row)
    return np.array(sorted(seen.values()), dtype=np.int64)


def claim_table(roster: Roster, rows: Ints, district: str, file_id: int) -> pa.Table:
    """The rows as the ledger keeps them: catalogue fields, and their problems as JSON [code, field, value, more]."""
    place = pa.array(rows)
    n = len(rows)
    columns: dict[str, Any] = {}
    for column in roster_columns(roster.scheme):
        if column.kind in ("serial", "check"):
            continue
        if column.kind == "amount":
            amounts = roster.amounts[column.field]
            columns[column.field] = pa.array(amounts.cents[rows], mask=~amounts.known[rows])
        elif column.kind in ("date", "datetime"):
            moments = pa.array(roster.times[column.field][rows], pa.timestamp("s"))
            columns[column.field] = pc.cast(moments, pa.date32()) if column.kind == "date" else moments
        else:
            columns[column.field] = spread(roster.text[column.field].take(place))
    problems = problem_lists(roster, rows)
    errors = roster.findings.mask()[rows]
    return pa.table(
        columns
        | {
            "district": pa.array([district] * n, pa.string()),
            "file_id": pa.array([file_id] * n, pa.int64()),
            "row": pa.array(roster.cells.rows[rows]),
            "has_error": pa.array(errors),
            "problems": pa.array([json.dumps(p, ensure_ascii=False) if p else "[]" for p in problems], pa.string()),
        }
    )


def problem_lists(roster: Roster, rows: Ints) -> list[list[list[str]]]:
    """Per row its problems as [code, field, value, more]."""
    index = {int(row): i for i, row in enumerate(rows)}
    out: list[list[list[str]]] = [[] for _ in rows]
    for said in roster.findings.said():
        if said.row in index:
            out[index[said.row]].append([said.finding.code, said.finding.field, said.value, said.more])
    return out
