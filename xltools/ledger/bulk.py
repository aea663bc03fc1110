"""Adding many rows at once: by COPY into PostgreSQL, by one prepared statement into SQLite."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import pyarrow as pa
import pyarrow.csv
from sqlalchemy import Connection, Table, Update, column, select
from sqlalchemy import table as named
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.sqlite import Insert
from sqlalchemy.exc import DBAPIError

from xltools.ledger.frames import kept, stored, written

_INCOMING = "incoming"
_SQLITE: Any = sqlite.dialect()


def insert(conn: Connection, table: Table, data: pa.Table) -> pa.Table:
    """Add the rows of `data`, whose columns are named as the table's; those it lacks stay blank.

    Returns the rows as they will be read. Raises ValueError for a column that the table does not have.
    """
    rows = kept(table, data)
    data = written(rows)
    if not data.num_rows:
        return rows
    if conn.dialect.name == "postgresql":
        _copy(conn, table.name, data)
    else:
        _many(conn, table, data, replace=False)
    return rows


def upsert(conn: Connection, table: Table, data: pa.Table) -> None:
    """Add rows, or replace those with the same primary key: every column that `data` has, no other."""
    data = stored(table, data)
    if not data.num_rows:
        return
    names = data.column_names
    if conn.dialect.name != "postgresql":
        _many(conn, table, data, replace=True)
        return
    quote = conn.dialect.identifier_preparer.quote
    conn.exec_driver_sql(f"CREATE TEMPORARY TABLE {_INCOMING} (LIKE {quote(table.name)}) ON COMMIT DROP")
    _copy(conn, _INCOMING, data)
    incoming = select(*named(_INCOMING, *map(column, names)).c)
    conn.execute(_or_replace(conn.dialect.name, table, names).from_select(names, incoming))
    conn.exec_driver_sql(f"DROP TABLE {_INCOMING}")


def execute(conn: Connection, statement: Update, names: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
    """A statement once for each row of values of its parameters `names`."""
    if conn.dialect.name == "postgresql":
        conn.execute(statement, [dict(zip(names, row, strict=True)) for row in rows])
        return
    compiled = statement.compile(dialect=_SQLITE)
    order = [names.index(n) for n in compiled.positiontup or ()]
    conn.exec_driver_sql(str(compiled), [tuple(row[i] for i in order) for row in rows])


def upsert_rows(conn: Connection, table: Table, values: Sequence[Mapping[str, Any]]) -> None:
    """The same for a few rows: dicts of stored values, all with the same keys."""
    if values:
        conn.execute(_or_replace(conn.dialect.name, table, list(values[0])), values)


def _or_replace(dialect: str, table: Table, names: Sequence[str]) -> Insert:
    make = postgresql.insert if dialect == "postgresql" else sqlite.insert
    statement: Insert = make(table)  # type: ignore[assignment]  # both dialects say it in the same words
    keys = [c.name for c in table.primary_key]
    new = {n: statement.excluded[n] for n in names if n not in keys}
    return statement.on_conflict_do_update(index_elements=keys, set_=new)


def _many(conn: Connection, table: Table, data: pa.Table, *, replace: bool) -> None:
    # Row dicts through SQLAlchemy cost four times as much as the insert itself.
    sql, order = _prepared(table, tuple(data.column_names), replace)
    columns = [data[n].to_pylist() for n in order]
    conn.exec_driver_sql(sql, list(zip(*columns, strict=True)))


@lru_cache(maxsize=256)  # the same few statements for every file that comes in
def _prepared(table: Table, names: tuple[str, ...], replace: bool) -> tuple[str, tuple[str, ...]]:
    """An insert as SQLite's driver takes it, and the order of its columns."""
    statement = _or_replace("sqlite", table, names) if replace else sqlite.insert(table)
    compiled = statement.compile(dialect=_SQLITE, column_keys=list(names))
    return str(compiled), tuple(compiled.positiontup or ())


def _copy(conn: Connection, name: str, data: pa.Table) -> None:
    quote = conn.dialect.identifier_preparer.quote
    columns = ", ".join(map(quote, data.column_names))
    # Every value is quoted and a blank is not, so that "" stays different from null.
    options = pyarrow.csv.WriteOptions(include_header=False, quoting_style="all_valid")
    buffer = pa.BufferOutputStream()
    pyarrow.csv.write_csv(data, buffer, options)
    sql = f"COPY {quote(name)} ({columns}) FROM STDIN (FORMAT csv)"
    psycopg: Any = conn.dialect.loaded_dbapi
    driver: Any = conn.connection.driver_connection
    try:
        with driver.cursor() as cursor, cursor.copy(sql) as copy:
            copy.write(buffer.getvalue())
    except psycopg.Error as error:
        raise DBAPIError(sql, None, error) from error
