"""The bureau's tables (登记表) in the ledger: appended, merged by their key, or replaced part by part, as declared.

Rows are never changed in place: one that no longer holds ends (`to_seq`) with the journal entry that ended it, and what
takes its place begins there (`from_seq`). So the state at any entry of the journal can be asked for.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Connection, Select, Table, bindparam, select, update

from xltools.catalogue.bureau_tables import bureau_tables
from xltools.ledger import bulk, frames
from xltools.ledger.history import held, next_seq
from xltools.ledger.schema import FROM, TO, of

Changed = dict[tuple[Any, ...], dict[str, list[Any]]]
"""Key -> field -> [old, new], days and moments as ISO text."""


def rows(conn: Connection, name: str, seq: int | None = None) -> pa.Table:
    """The rows that hold now, or that held after journal entry `seq`: the declared columns, `id` first where rows are
    appended; by key, or by the part that they replace.

    Text string, amounts and numbers int64, days date32, moments timestamp[s]; blank is null.
    """
    table = of(conn).bureau[name]
    return frames.read(conn, held(_values(table), table, seq).order_by(*_order(name, table)))


def append(conn: Connection, name: str, data: pa.Table) -> list[int]:
    """Add rows, numbered on; returns their numbers."""
    table = of(conn).bureau[name]
    first = frames.next_id(conn, table)
    numbers = list(range(first, first + data.num_rows))
    bulk.insert(conn, table, _begun(conn, data.add_column(0, "id", pa.array(numbers, pa.int64()))))
    return numbers


def merge(conn: Connection, name: str, data: pa.Table) -> Changed:
    """Take over the filled cells of each row; a blank leaves what stands. Rows of one key count in their order."""
    declared = bureau_tables()[name]
    table, keys = of(conn).bureau[name], declared.key
    fields = [c.field for c in declared.own]
    data, there = _filled(frames.stored(table, data)), frames.written(rows(conn, name))
    given, stands = _tuples(data, keys), {key: i for i, key in enumerate(_tuples(there, keys))}
    twice = {key for key, n in Counter(given).items() if n > 1}
    fresh = np.array([key not in stands and key not in twice for key in given], dtype=bool)
    alone = bool(declared.sheet) or len(fields) == len(keys)  # where rows are added, a key alone is one
    said = _differs(data, there, pa.array([stands.get(key) for key in given], pa.int64()), keys)
    added = data.filter(pa.array(fresh & (said | alone)))
    changed = _told(added, keys)

    # Row by row only what alters a row that stands, or comes twice.
    some = ~fresh & (said | np.array([key in twice for key in given], dtype=bool))
    now: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in data.filter(pa.array(some)).to_pylist():
        key = tuple(row[k] for k in keys)
        if key not in now:
            one = there.slice(stands[key], 1).to_pylist()[0] if key in stands else dict.fromkeys(fields)
            now[key] = one | dict(zip(keys, key, strict=True))
        old = now[key]
        for field, value in row.items():
            if field in keys or value is None or old[field] == value:
                continue
            before = changed.setdefault(key, {}).setdefault(field, [old[field], None])
            before[1] = old[field] = value
        if key not in stands and alone:
            changed.setdefault(key, {})
    if changed:
        seq = next_seq(conn)
        _end(conn, table, keys, [k for k in changed if k in stands], seq)
        bulk.insert(conn, table, _begun(conn, added))
        if altered := [{**row, FROM: seq} for k, row in now.items() if k in changed]:
            conn.execute(table.insert(), altered)
    return {key: changed[key] for key in dict.fromkeys(given) if key in changed}


def replace(conn: Connection, name: str, data: pa.Table, emptied: Sequence[Any] = ()) -> list[Any]:
    """Put `data` in place of all rows that share its values of the declared part; those `emptied` lose all rows.

    Returns these values, sorted.
    """
    table, part = of(conn).bureau[name], bureau_tables()[name].part
    values = sorted({*pc.unique(data[part]).to_pylist(), *emptied})
    ending = table.c[part].in_(values), table.c[TO].is_(None)
    conn.execute(update(table).where(*ending).values({TO: next_seq(conn)}))
    bulk.insert(conn, table, _begun(conn, data))
    return values


def _filled(data: pa.Table) -> pa.Table:
    """Rows whose empty texts are blank."""
    texts = {
        n: pc.if_else(pc.equal(data[n], ""), None, data[n]) for n in data.column_names if data[n].type == pa.string()
    }
    return pa.table({n: texts.get(n, data[n]) for n in data.column_names})


def _tuples(data: pa.Table, keys: Sequence[str]) -> list[tuple[Any, ...]]:
    return list(zip(*(data[k].to_pylist() for k in keys), strict=True))


def _differs(data: pa.Table, there: pa.Table, at: pa.Array, keys: Sequence[str]) -> npt.NDArray[np.bool_]:
    """Rows of which a filled cell is not what stands in the row `at`."""
    out = np.zeros(data.num_rows, dtype=bool)
    for name in data.column_names:
        if name not in keys:
            new = pc.fill_null(pc.not_equal(data[name], there[name].take(at)), True)
            out |= np.asarray(pc.and_(data[name].is_valid(), new))
    return out


def _told(added: pa.Table, keys: Sequence[str]) -> Changed:
    """What new rows say, cell by cell."""
    out: list[dict[str, list[Any]]] = [{} for _ in range(added.num_rows)]
    for name in added.column_names:
        if name not in keys and added[name].null_count < added.num_rows:
            for one, value in zip(out, added[name].to_pylist(), strict=True):
                if value is not None:
                    one[name] = [None, value]
    return dict(zip(_tuples(added, keys), out, strict=True))


def _values(table: Table) -> Select[Any]:
    return select(*(c for c in table.c if c.name not in (FROM, TO)))


def _order(name: str, table: Table) -> list[Any]:
    declared = bureau_tables()[name]
    if declared.kept == "append":
        return [table.c["id"]]
    first = [*declared.key] if declared.kept == "merge" else [declared.part]
    return [table.c[f] for f in dict.fromkeys([*first, *(c.field for c in declared.own)])]


def _begun(conn: Connection, data: pa.Table) -> pa.Table:
    return data.append_column(FROM, pa.array([next_seq(conn)] * data.num_rows, pa.int64()))


def _end(conn: Connection, table: Table, keys: Sequence[str], values: Sequence[tuple[Any, ...]], seq: int) -> None:
    if not values:
        return
    same = [table.c[k] == bindparam(f"key_{k}") for k in keys]
    ended: list[Mapping[str, Any]] = [{f"key_{k}": v for k, v in zip(keys, one, strict=True)} for one in values]
    conn.execute(update(table).where(*same, table.c[TO].is_(None)).values({TO: seq}), ended)
