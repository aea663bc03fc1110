"""Seals (封存校验): hashes of what stands in the ledger, kept in the journal by whoever changed it.

The journal tells what was done, the tables what follows from it. A table changed behind the journal's back no longer
has the hash that the journal's last word on it holds.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
from sqlalchemy import BigInteger, Connection, Select, Table, select

from xltools.catalogue.bureau_tables import BureauTable, bureau_tables
from xltools.ledger import frames
from xltools.ledger.schema import FROM, TO, of

_SAID = {
    "claims": "各区申报行", "enterprises": "受理编号和首次收件时间", "batches": "报送批次", "sent": "报送行",
    "left_out": "没有读入的行",
}  # fmt: skip
"""What the ledger's own tables are called; the bureau's are called as they are declared."""
_PARTS = {"claims": "district", "left_out": "bureau"}
"""The columns by which the ledger's own tables are sealed part by part."""

Seals = dict[str, dict[str, str]]
"""Table -> key -> SHA-256 of its rows."""


def seals(
    conn: Connection, *tables: str, only: Mapping[str, Iterable[object]] | None = None, claims: pa.Table | None = None
) -> Seals:
    """The tables as they stand, for the `seals` of a journal entry; of those in `only` just these parts.

    `claims` are those that hold (:func:`ledger.claims.claims`), where they have been read already.
    """
    out: Seals = {}
    for name in tables:
        parts = (only or {}).get(name)
        keys = [str(k) for k in parts] if parts is not None else _keys(conn, name)
        read = claims if name == "claims" else None
        out[name] = {key: _hash(conn, name, key, read) for key in sorted(keys)}
    return out


@dataclass(frozen=True)
class Broken:
    """A table, or a part of one, that is not as the journal's last word on it left it."""

    table: str
    key: str
    when: str


def verify(conn: Connection) -> list[str]:
    """A sentence for every table, or part of one, that is not as the journal says it was left."""
    wrong = []
    for b in broken(conn):
        what = f"{_called(b.table)}{f'（{b.key}）' if b.key else ''}"
        wrong.append(f"{what}与日志不符：日志{b.when}之后被改动过。请用“备份”文件夹里的台账核对，并查明是谁改动的")
    return wrong


def broken(conn: Connection) -> list[Broken]:
    """The same as data."""
    left, when = _left(conn)
    return [
        Broken(name, key, when[name])
        for name, parts in left.items()
        for key in sorted({*parts, *_keys(conn, name)})
        if _hash(conn, name, key) != parts.get(key)
    ]


def again(conn: Connection, but: Iterable[Broken]) -> Seals:
    """New seals of all that was ever sealed, but of what was broken: a ledger that has grown has more columns."""
    not_these = {(b.table, b.key) for b in but}
    left, _ = _left(conn)
    out = seals(conn, *left)
    return {n: {k: h for k, h in parts.items() if (n, k) not in not_these} for n, parts in out.items()}


def _left(conn: Connection) -> tuple[Seals, dict[str, str]]:
    """The journal's last word on every table and part, and in which entry the table was last spoken of."""
    left: Seals = {}
    when: dict[str, str] = {}
    t = of(conn).journal
    for row in conn.execute(select(t.c.seq, t.c.at, t.c.detail).order_by(t.c.seq)):
        try:
            found = json.loads(row.detail).get("seals", {})
        except ValueError:
            continue  # the journal's own check names it
        for name, parts in found.items():
            left.setdefault(name, {}).update(parts)
            when[name] = f"第 {row.seq} 条（{row.at}）"
    return left, when


def _keys(conn: Connection, name: str) -> list[str]:
    part = _part(name)
    if not part:
        return [""]
    table = of(conn).metadata.tables[name]
    return [str(k) for k in conn.scalars(_holding(select(table.c[part]), table).distinct())]


def _part(name: str) -> str:
    """The column by which a table is sealed part by part; "" where it is sealed whole, under the key ""."""
    if name in _PARTS:
        return _PARTS[name]
    declared = _declared(name)
    return declared.part if declared else ""


def _declared(name: str) -> BureauTable | None:
    return next((t for t in bureau_tables().values() if t.kept_as == name), None)


def _called(name: str) -> str:
    declared = _declared(name)
    return declared.title if declared else _SAID[name]


def _holding(query: Select[Any], table: Table) -> Select[Any]:
    return query.where(table.c[TO].is_(None)) if TO in table.c else query


def _hash(conn: Connection, name: str, key: str, claims: pa.Table | None = None) -> str:
    table = of(conn).metadata.tables[name]
    # What stands in the database, in its order: an earlier version's ledger is sealed by the columns that it has.
    there: list[str] = conn.get_execution_options()["shape"].get(name) or [c.name for c in table.c]
    values = [table.c[c] for c in there if c in table.c and c not in (FROM, TO)]
    if claims is not None:  # in the order that they are sealed in
        return _hashed(claims.filter(pc.equal(claims[_part(name)], key)).select([c.name for c in values]))
    declared = _declared(name)
    if name == "claims":
        order = [table.c.uscc, table.c.district]
    elif declared and declared.kept == "merge":
        order = [table.c[k] for k in declared.key]
    else:
        order = list(table.primary_key.columns)
    query = _holding(select(*values), table).order_by(*(order or values))
    if part := _part(name):
        column = table.c[part]
        query = query.where(column == (int(key) if isinstance(column.type, BigInteger) else key))
    return _hashed(frames.read(conn, query))


def _hashed(rows: pa.Table) -> str:
    out = io.BytesIO()
    options = pyarrow.csv.WriteOptions(quoting_style="all_valid")
    pyarrow.csv.write_csv(rows, out, options)
    return hashlib.sha256(out.getvalue()).hexdigest()
