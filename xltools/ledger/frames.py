"""Rows of the ledger as Arrow tables and back, in bulk; the columns' types stand in the schema."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import (
    JSON,
    Column,
    ColumnElement,
    Connection,
    ScalarSelect,
    Select,
    Table,
    Text,
    cast,
    func,
    literal,
    select,
)


def read(conn: Connection, query: Select[Any]) -> pa.Table:
    """The result of a select of our tables' columns.

    Text is string, amounts and numbers int64, flags bool, days date32, moments timestamp[s]; blank is null.
    """
    columns = list(query.selected_columns)
    types = [getattr(c, "element", c).info["arrow"] for c in columns]
    result = conn.execute(query)
    rows = result.cursor.fetchall()  # as the driver has them: rows of objects would cost as much again
    result.close()
    values: Iterable[Sequence[Any]] = zip(*rows, strict=True) if rows else [()] * len(columns)
    arrays = [_typed(v, t) for v, t in zip(values, types, strict=True)]
    return pa.Table.from_arrays(arrays, names=[c.name for c in columns])


def among(conn: Connection, column: Column[str], values: Sequence[str]) -> ColumnElement[bool]:
    """Whether a text column is one of the values, which travel as one: neither database takes any number of them."""
    texts = literal(json.dumps(list(values)), Text)
    if conn.dialect.name == "postgresql":
        return column.in_(select(func.json_array_elements_text(cast(texts, JSON))))
    return column.in_(select(func.json_each(texts).table_valued("value").c.value))


def kept(table: Table, data: pa.Table) -> pa.Table:
    """The rows as they will be read again: no NUL in text.

    Raises ValueError for a column that the table does not have, ArrowInvalid for a value that its type cannot hold.
    """
    unknown = [n for n in data.column_names if n not in table.c]
    if unknown:
        raise ValueError(f"{table.name} has no column {', '.join(unknown)}")
    return pa.table({n: _without_nul(data[n].cast(table.c[n].info["arrow"])) for n in data.column_names})


def stored(table: Table, data: pa.Table) -> pa.Table:
    """The same in the types that the database stores: ISO text for days and moments."""
    return written(kept(table, data))


def written(data: pa.Table) -> pa.Table:
    """Rows as they will be read (:func:`kept`) in the types that the database stores."""
    columns = zip(data.column_names, data.columns, strict=True)
    return pa.table({n: c.cast(pa.string()) if pa.types.is_temporal(c.type) else c for n, c in columns})


def _without_nul(column: pa.ChunkedArray) -> pa.ChunkedArray:
    if not pa.types.is_string(column.type) or not any(b"\0" in _bytes(chunk) for chunk in column.chunks):
        return column
    return pc.replace_substring(column, "\0", "")


def _bytes(texts: pa.StringArray) -> bytes:
    data = texts.buffers()[2]
    return bytes(data) if data is not None else b""


def rows(table: Table, data: pa.Table) -> list[dict[str, Any]]:
    """The same row by row."""
    found: list[dict[str, Any]] = stored(table, data).to_pylist()
    return found


def one(conn: Connection, query: Select[Any]) -> dict[str, Any] | None:
    """The first row of a select as a dict of stored values, or None."""
    found = conn.execute(query).mappings().first()
    return dict(found) if found is not None else None


def next_id(conn: Connection, table: Table) -> int:
    """The number for the next row: without gaps, since there is one writer and nothing is numbered twice."""
    key = next(iter(table.primary_key))
    return int(conn.scalar(select(func.coalesce(func.max(key), 0)))) + 1  # type: ignore[arg-type]


def numbered_on(table: Table) -> ScalarSelect[int]:
    """The same as the value of a single row's insert."""
    key = next(iter(table.primary_key))
    return select(func.coalesce(func.max(key), 0) + 1).scalar_subquery()


def storable(text: str) -> str:
    """Text that both databases and UTF-8 can hold: no NUL, no halves of a character."""
    return text.replace("\0", "").encode("utf-8", "replace").decode("utf-8")


def _typed(values: Sequence[Any], type_: pa.DataType) -> pa.Array:
    if pa.types.is_date32(type_) or pa.types.is_timestamp(type_):
        return pa.array(values, pa.string()).cast(type_)
    if pa.types.is_boolean(type_):  # SQLite has none
        return pa.array(values).cast(type_)
    return pa.array(values, type_)
