"""The firms of the platform (参保企业) on a day: those whose policy was issued, with what statistics and evaluation ask."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Connection

from xltools.desk.rules.register import Register, as_known, new_codes
from xltools.desk.rules.sent import json_cells
from xltools.desk.rules.standing import applications
from xltools.ledger import bureau
from xltools.scheme import Scheme

SMALL = ("小型", "微型")
"""企业规模 of a small or micro firm (小微企业)."""
SCHEMA = pa.schema(
    [("uscc", pa.string()), ("name", pa.string()), ("area", pa.string()), ("plan", pa.string()),
     ("insurer", pa.string()), ("size", pa.string()), ("policy_no", pa.string()), ("entered", pa.date32()),
     ("insured_cents", pa.int64()), ("fiscal_fen", pa.int64()), ("exports", pa.int64()), ("key", pa.int64()),
     ("key_known", pa.bool_()), ("policy", pa.bool_())]
)  # fmt: skip


def members(register: Register, day: date) -> pa.Table:
    """A row a firm whose policy was entered up to `day` and holds, by code; the columns of SCHEMA.

    `insured_cents` are the base-year exports that its policy was priced by (五（二）), `fiscal_fen` what the budget really
    pays; `size` is the one determined by the standard, else the declared one; `exports` and `key` the base-year exports that count now, all and to key countries; `policy` the bureau's tick.
    """
    claims, sent = register.claims, register.sent
    first = {u: i for i, u in reversed(list(enumerate(claims.uscc)))}
    a = applications(register)
    names, areas, sizes = (claims.text[f].to_pylist() for f in ("name", "area", "size"))
    rows: list[dict[str, Any]] = []
    for uscc, row in sorted(sent.rows.items()):
        result = sent.results.get((row["batch_id"], row["place"]))
        entered = result["entered"] if result else None
        if row["status"] != "issued" or result is None or (entered and entered > day):
            continue
        cells, i = json_cells(row), first.get(uscc)
        actual = row["actual_fiscal_fen"]
        rows.append(
            {
                "uscc": uscc,
                "name": str(cells.get("name") or ""),
                "area": areas[i] if i is not None else str(cells.get("area") or ""),
                "plan": row["plan"],
                "insurer": row["insurer"],
                "size": register.decisions.sizes.get(uscc) or (sizes[i] if i is not None else None),
                "policy_no": result["policy_no"],
                "entered": entered,
                "insured_cents": int(cells["exports_cents"]),
                "fiscal_fen": row["fiscal_fen"] if actual is None else actual,
                "exports": int(a.exports[i]) if i is not None else int(cells["exports_cents"]),
                "key": int(a.key[i]) if i is not None else 0,
                "key_known": bool(a.key_known[i]) if i is not None else False,
                "policy": bool(a.policy[i]) if i is not None else False,
            }
        )
        names_now = names[i] if i is not None else None
        if names_now:
            rows[-1]["name"] = names_now
    return pa.Table.from_pylist(rows, schema=SCHEMA)


def recorded(conn: Connection, name: str, columns: Mapping[str, pa.DataType], seq: int | None = None) -> pa.Table:
    """Rows of one of the bureau's tables, these columns."""
    return bureau.rows(conn, name, seq).select(list(columns))


def coded(conn: Connection, scheme: Scheme, rows: pa.Table) -> pa.Table:
    """Rows of customs (columns uscc, customs_code) with codes as the ledger knows them."""
    if codes := new_codes(conn, scheme):
        return rows.set_column(rows.column_names.index("uscc"), "uscc", as_known(rows["uscc"], codes))
    return rows


def among(column: pa.ChunkedArray, values: Iterable[str]) -> pa.ChunkedArray:
    """Which texts are one of the values; a blank is none."""
    return pc.is_in(column, value_set=pa.array(sorted(set(values)), pa.string()), skip_nulls=True)


def sums(keys: pa.ChunkedArray, values: pa.ChunkedArray, wanted: pa.Array) -> np.ndarray:
    """Exact sums (int64) of the values by key, along the wanted keys; 0 where there is none."""
    place = pc.index_in(keys, value_set=wanted, skip_nulls=True).fill_null(-1).to_numpy()
    out = np.zeros(len(wanted), dtype=np.int64)
    mine = place >= 0
    np.add.at(out, place[mine], values.to_numpy()[mine])
    return out
