"""Adding many rows at once: by COPY into PostgreSQL, by one prepared statement into SQLite."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.csv
from sqlalchemy import Connection, Table, column, select
from sqlalchemy import table as named
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.sqlite import Insert
from sqlalchemy.exc import DBAPIError

from xltools.ledger.frames import stored

_INCOMING = "incoming"


def insert(conn: Connection, table: Table, data: pa.Table) -> None:
    """Add the rows of `data`, whose columns are named as the table's; those it lacks stay blank.

    Raises ValueError for a column that the table does not have.
    """
    data = stored(table, data)
    if not data.num_rows:
        return
    if conn.dialect.name == "postgresql":
        _copy(conn, table.name, data)
    else:
        _many(conn, sqlite.insert(table), data)


def upsert(conn: Connection, table: Table, data: pa.Table) -> None:
    """Add rows, or replace those with the same primary key: every column that `data` has, no other."""
    data = stored(table, data)
    if not data.num_rows:
        return
    names = data.column_names
    if conn.dialect.name != "postgresql":
        _many(conn, _or_replace(conn, table, names), data)
        return
    quote = conn.dialect.identifier_preparer.quote
    conn.exec_driver_sql(f"CREATE TEMPORARY TABLE {_INCOMING} (LIKE {quote(table.name)}) ON COMMIT DROP")
    _copy(conn, _INCOMING, data)
    incoming = select(*named(_INCOMING, *map(column, names)).c)
    conn.execute(_or_replace(conn, table, names).from_select(names, incoming))
    conn.exec_driver_sql(f"DROP TABLE {_INCOMING}")


def upsert_rows(conn: Connection, table: Table, values: Sequence[Mapping[str, Any]]) -> None:
    """The same for a few rows: dicts of stored values, all with the same keys."""
    if values:
        conn.execute(_or_replace(conn, table, list(values[0])), values)


def _or_replace(conn: Connection, table: Table, names: Sequence[str]) -> Insert:
    make = postgresql.insert if conn.dialect.name == "postgresql" else sqlite.insert
    statement: Insert = make(table)  # type: ignore[assignment]  # both dialects say it in the same words
    keys = [c.name for c in table.primary_key]
    new = {n: statement.excluded[n] for n in names if n not in keys}
    return statement.on_conflict_do_update(index_elements=keys, set_=new)


def _many(conn: Connection, statement: Insert, data: pa.Table) -> None:
    # Row dicts through SQLAlchemy cost four times as much as the insert itself.
    compiled = statement.compile(dialect=conn.dialect, column_keys=data.column_names)
    columns = [data[n].to_pylist() for n in compiled.positiontup or ()]
    conn.exec_driver_sql(str(compiled), list(zip(*columns, strict=True)))


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
