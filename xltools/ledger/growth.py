"""A ledger of an earlier version grows (升级): missing tables and columns are made with the first write, never by reading.

What a ledger was made with is recorded in it (`meta`, key `shape`). What it has now is compared with that, so that a
table changed by hand is named; and with what this program knows, so that a later version's ledger is refused.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, MetaData, Table, inspect
from sqlalchemy.schema import CreateColumn

from xltools.ledger import meta
from xltools.ledger.errors import LedgerError
from xltools.ledger.schema import FROM, VERSION, Tables

Shape = dict[str, list[str]]
"""Table -> its columns in the database's order."""

_FIRST: Shape = {
    "meta": ["key", "value"],
    "journal": ["seq", "at", "who", "verb", "subject", "detail", "why", "prev", "hash"],
    "outbox": ["id", "temp", "final", "sha256"],
    "published": ["final", "actual", "sha256"],
    "files": ["id", "sha256", "name", "district", "round", "at", "outcome", "rows", "good", "errors", "warnings",
              "returned_as", "whole"],
    "enterprises": ["arrival", "uscc", "first_at", "first_received"],
    "claims": ["uscc", "district", "file_id", "row", "has_error", "problems"],
    "pending": ["uscc", "district", "file_id", "row", "at", "changes", "decided"],
    "reviews": ["uscc", "opinion", "reviewer", "reviewed", "grounds", "insurer", "policy", "priorities", "exports_cents",
                "exports_grounds", "confirm_received", "draw", "withdrawn", "remark"],
    "customs": ["year", "uscc", "customs_code", "name", "country", "cents"],
    "customs_loads": ["id", "sha256", "name", "at", "years", "rows"],
    "inforce": ["insurer", "uscc", "name", "policy_no", "nature", "start", "end"],
    "lists": ["list", "uscc", "name", "source", "day"],
    "fx": ["insurer", "month", "rate", "source"],
    "fund": ["id", "day", "kind", "source", "target", "fen", "document", "approver", "remark"],
    "batches": ["id", "insurer", "no", "day", "at", "who", "file", "sha256", "code", "columns"],
    "sent": ["batch_id", "place", "uscc", "arrival", "plan", "insurer", "fiscal_fen", "enterprise_fen", "gross_fen",
             "premium_cents", "fx", "queue_no", "cells", "status", "actual_fiscal_fen"],
}  # fmt: skip
"""Version 1 (released as 0.2.0), which recorded only the fields of its claims."""

SHAPE = "shape"
"""Key of `meta`: the recorded shape, as JSON."""
SINCE = "history_from"
"""Key of `meta`: the journal entry from which on rows have a beginning; "" in a ledger that had it from the start."""


def wanted(tables: Tables) -> Shape:
    """What this program's ledger consists of."""
    return {t.name: [c.name for c in t.c] for t in tables.metadata.sorted_tables}


def record(conn: Connection, tables: Tables) -> None:
    """Keep the shape that the ledger has from now on."""
    meta.put(conn, SHAPE, json.dumps(wanted(tables), ensure_ascii=False, sort_keys=True))
    meta.put(conn, "schema_version", str(VERSION))


def there(conn: Connection) -> Shape:
    """What stands in the database, in one question."""
    if conn.dialect.name == "sqlite":
        asked = "SELECT t.name, c.name FROM main.sqlite_master t, pragma_table_info(t.name, 'main') c WHERE t.type = 'table' ORDER BY t.name, c.cid"
    else:
        asked = "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = current_schema() ORDER BY table_name, ordinal_position"
    out: Shape = {}
    for table, column in conn.exec_driver_sql(asked):
        out.setdefault(table, []).append(column)
    return out


def looked_at(conn: Connection, tables: Tables, where: str) -> Shape:
    """What stands in the database of our tables. Raises LedgerError where it was changed by hand, or is a later
    version's."""
    found, ours, recorded = there(conn), wanted(tables), _recorded(conn)
    version = meta.get(conn, "schema_version") or ""
    later = sorted(n for n, columns in recorded.items() if set(columns) - set(ours.get(n, ())))
    if later or (version.isdigit() and int(version) > VERSION):
        raise LedgerError(f"{where}：台账由更新版本的 xltools 写过", "请把本机的 xltools 升级到那个版本再用")
    wrong = []
    for name, columns in recorded.items():
        if name not in found:
            wrong.append(f"少了表 {name}")
            continue
        if gone := [c for c in columns if c not in found[name]]:
            wrong.append(f"表 {name} 少了 {'、'.join(gone)}")
        if more := [c for c in found[name] if c not in columns]:
            wrong.append(f"表 {name} 多了 {'、'.join(more)}")
    if wrong:
        raise LedgerError(
            f"{where}：台账的表被人改动过（{'；'.join(wrong)}）", "请用“备份”文件夹里的台账核对，并查明是谁改动的"
        )
    return {n: found[n] for n in ours if n in found}


def _recorded(conn: Connection) -> Shape:
    kept = meta.get(conn, SHAPE)
    if kept:
        found: Shape = json.loads(kept)
        return found
    fields = (meta.get(conn, "columns") or "").split(",")
    claims = _FIRST["claims"] + [f for f in fields if f and f != "uscc"]
    return _FIRST | {"claims": claims}


def lacks(shape: Shape, tables: Tables) -> dict[str, list[str]]:
    """Table -> columns that it lacks, all of them where there is no such table; empty: the ledger is of this version."""
    out = {n: [c for c in columns if c not in shape.get(n, ())] for n, columns in wanted(tables).items()}
    return {n: columns for n, columns in out.items() if columns or n not in shape}


def overlay(shape: Shape, tables: Tables, database: str) -> list[str]:
    """Statements that make an earlier ledger look like one of this version for as long as a connection lasts:
    temporary views before its tables, with blanks for what it lacks. `database` is where these stand ("": found by name)."""
    made = []
    place = f"{_quoted(database)}." if database else ""
    for name in lacks(shape, tables):
        table = tables.metadata.tables[name]
        cells = [
            _quoted(c.name) if c.name in shape.get(name, ()) else f"CAST(NULL AS {_type(c)}) AS {_quoted(c.name)}"
            for c in table.c
        ]
        source = f" FROM {place}{_quoted(name)}" if name in shape else " WHERE 1 = 0"
        made.append(f"CREATE TEMP VIEW {_quoted(name)} AS SELECT {', '.join(cells)}{source}")
    return made


def _type(column: Any) -> str:
    kind = column.type.python_type
    return {int: "BIGINT", bool: "BOOLEAN"}.get(kind, "TEXT")


def _quoted(name: str) -> str:
    return f'"{name}"'


def grow(conn: Connection, tables: Tables, shape: Shape) -> dict[str, list[str]]:
    """Make what is missing, within the transaction of the first write; returns what `lacks` had said.

    A table whose rows now begin and end is made anew and filled with what it held: nobody knows when those began.
    """
    missing = lacks(shape, tables)
    for name in missing:
        table = tables.metadata.tables[name]
        if name not in shape:
            table.create(conn)
        elif FROM in missing[name]:
            _anew(conn, table, shape[name])
        else:
            for column in missing[name]:
                definition = CreateColumn(table.c[column]).compile(dialect=conn.dialect)
                conn.exec_driver_sql(f"ALTER TABLE {_quoted(name)} ADD COLUMN {definition}")
    record(conn, tables)
    return missing


def _anew(conn: Connection, table: Table, columns: Sequence[str]) -> None:
    """The same rows in a table as it is declared now."""
    for index in inspect(conn).get_indexes(table.name):
        if index["name"]:
            conn.exec_driver_sql(f"DROP INDEX {_quoted(index['name'])}")
    m = MetaData()
    for other in table.metadata.sorted_tables:
        if other is not table:
            other.to_metadata(m)
    new = table.to_metadata(m, name=f"grown_{table.name}")
    new.create(conn)
    kept = ", ".join(_quoted(c) for c in columns if c in table.c)
    conn.exec_driver_sql(f"INSERT INTO {_quoted(new.name)} ({kept}) SELECT {kept} FROM {_quoted(table.name)}")
    conn.exec_driver_sql(f"DROP TABLE {_quoted(table.name)}")
    conn.exec_driver_sql(f"ALTER TABLE {_quoted(new.name)} RENAME TO {_quoted(table.name)}")
