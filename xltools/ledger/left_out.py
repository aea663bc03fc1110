"""Rows of the bureau's files that could not be used (没有读入的行): kept until a file brings that part of the table anew.

A row is kept with what it says of its firm and what is wrong with it. `part` is the part of the table that it belongs
to; where the row itself does not say so, all parts of its file, joined by `JOIN`: each of them may lack it.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import pyarrow as pa
from sqlalchemy import Connection, select, update

from xltools.ledger import bulk, frames
from xltools.ledger.history import held, next_seq
from xltools.ledger.schema import FROM, TO, of

JOIN = "、"
FIELDS = ("part", "file", "sheet", "row", "cell", "uscc", "customs_code", "name", "cents", "counted", "problems")
"""What is known of a row: `counted` ones are in the table, but for a cell that nobody understood; `problems` as JSON:
[code, field, value, more] each."""


def rows(conn: Connection, seq: int | None = None) -> pa.Table:
    """What is left out now, or was after journal entry `seq`, of all tables (`bureau`), in the order of reading."""
    t = of(conn).left_out
    query = select(t.c.bureau, *(t.c[f] for f in FIELDS))
    return frames.read(conn, held(query, t, seq).order_by(t.c.id))


def replace(conn: Connection, bureau: str, parts: Collection[str], data: pa.Table) -> bool:
    """Take over what a new file of these parts left out; what earlier files left out of them ends.

    `data` has the columns FIELDS. Returns whether anything changed.
    """
    t = of(conn).left_out
    seq, names = next_seq(conn), set(parts)
    there = conn.execute(held(select(t), t).where(t.c.bureau == bureau).order_by(t.c.id)).mappings().all()
    ended: list[int] = []
    fewer: list[dict[str, Any]] = []
    for row in there:
        left = [p for p in row["part"].split(JOIN) if p not in names]
        if JOIN.join(left) != row["part"]:
            ended.append(row["id"])
            fewer += [{**row, "part": JOIN.join(left)}] if left else []
    _end(conn, ended, seq)
    narrowed = pa.Table.from_pylist(fewer, schema=data.schema)
    new = pa.concat_tables([narrowed, data])
    first = frames.next_id(conn, t)
    for name, values in (("id", range(first, first + new.num_rows)), (FROM, [seq] * new.num_rows)):
        new = new.append_column(name, pa.array(values, pa.int64()))
    bulk.insert(conn, t, new.append_column("bureau", pa.array([bureau] * new.num_rows, pa.string())))
    return bool(ended or data.num_rows)


def settle(conn: Connection, bureau: str, uscc: Collection[str], names: Collection[str]) -> bool:
    """End what is left out of firms that were now entered by hand. Returns whether anything was."""
    t = of(conn).left_out
    there = conn.execute(held(select(t.c.id, t.c.uscc, t.c.name), t).where(t.c.bureau == bureau)).all()
    ended = [r.id for r in there if r.uscc in uscc or r.name in names]
    _end(conn, ended, next_seq(conn))
    return bool(ended)


def _end(conn: Connection, ids: list[int], seq: int) -> None:
    t = of(conn).left_out
    for i in range(0, len(ids), 10_000):
        conn.execute(update(t).where(t.c.id.in_(ids[i : i + 10_000])).values({TO: seq}))
