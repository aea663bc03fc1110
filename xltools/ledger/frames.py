"""Rows of the ledger as Arrow tables and back, in bulk; the columns' types stand in the schema."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Connection, Select, Table, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.sqlite import Insert


def read(conn: Connection, query: Select[Any]) -> pa.Table:
    """The result of a select of our tables' columns.

    Text is string, amounts and numbers int64, flags bool, days date32, moments timestamp[s]; blank is null.
    """
    columns = list(query.selected_columns)
    types = [getattr(c, "element", c).info["arrow"] for c in columns]
    rows = conn.execute(query).all()
    values: Iterable[Sequence[Any]] = zip(*rows, strict=True) if rows else [()] * len(columns)
    arrays = [_typed(v, t) for v, t in zip(values, types, strict=True)]
    return pa.Table.from_arrays(arrays, names=[c.name for c in columns])


def insert(conn: Connection, table: Table, data: pa.Table) -> None:
    """Add the rows of `data`, whose columns are named as the table's; those it lacks stay blank."""
    if data.num_rows:
        conn.execute(table.insert(), rows(table, data))


def upsert(conn: Connection, table: Table, data: pa.Table) -> None:
    """Add rows, or replace those with the same primary key: every column that `data` has."""
    upsert_rows(conn, table, rows(table, data))


def upsert_rows(conn: Connection, table: Table, values: Sequence[Mapping[str, Any]]) -> None:
    """The same from dicts of stored values, all with the same keys."""
    if not values:
        return
    make = postgresql.insert if conn.dialect.name == "postgresql" else sqlite.insert
    statement: Insert = make(table)  # type: ignore[assignment]  # both dialects say it in the same words
    keys = [c.name for c in table.primary_key]
    new = {n: statement.excluded[n] for n in values[0] if n not in keys}
    conn.execute(statement.on_conflict_do_update(index_elements=keys, set_=new), values)


def rows(table: Table, data: pa.Table) -> list[dict[str, Any]]:
    """The rows as the database stores them: ISO text for days and moments, no NUL in text.

    Raises ValueError for a column that the table does not have, and for a value that does not fit its type.
    """
    unknown = [n for n in data.column_names if n not in table.c]
    if unknown:
        raise ValueError(f"{table.name} has no column {', '.join(unknown)}")
    columns = [_stored(data[n], table.c[n].info["arrow"]) for n in data.column_names]
    names = data.column_names
    return [dict(zip(names, values, strict=True)) for values in zip(*columns, strict=True)]


def one(conn: Connection, query: Select[Any]) -> dict[str, Any] | None:
    """The first row of a select as a dict of stored values, or None."""
    found = conn.execute(query).mappings().first()
    return dict(found) if found is not None else None


def next_id(conn: Connection, table: Table) -> int:
    """The number for the next row: without gaps, since there is one writer and nothing is numbered twice."""
    key = next(iter(table.primary_key))
    return int(conn.scalar(select(func.coalesce(func.max(key), 0)))) + 1  # type: ignore[arg-type]


def storable(text: str) -> str:
    """Text that both databases and UTF-8 can hold: no NUL, no halves of a character."""
    return text.replace("\0", "").encode("utf-8", "replace").decode("utf-8")


def _typed(values: Sequence[Any], type_: pa.DataType) -> pa.Array:
    if pa.types.is_date32(type_) or pa.types.is_timestamp(type_):
        return pa.array(values, pa.string()).cast(type_)
    return pa.array(values, type_)


def _stored(column: pa.ChunkedArray, type_: pa.DataType) -> list[Any]:
    column = column.cast(type_)
    if pa.types.is_string(type_):
        column = pc.replace_substring(column, "\0", "")
    elif pa.types.is_date32(type_) or pa.types.is_timestamp(type_):
        column = column.cast(pa.string())
    values: list[Any] = column.to_pylist()
    return values
