"""Seals (封存校验): hashes of what stands in the ledger, kept in the journal by whoever changed it.

The journal tells what was done, the tables what follows from it. A table changed behind the journal's back no longer
has the hash that the journal's last word on it holds.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterable, Mapping

import pyarrow.csv
from sqlalchemy import Connection, select

from xltools.ledger import frames
from xltools.ledger.schema import of

_BY = {"claims": "district", "customs": "year", "inforce": "insurer", "lists": "list"}
"""Tables that are sealed part by part, and by which column; any other is sealed whole, under the key ""."""

_SAID = {
    "claims": "各区申报行", "enterprises": "受理编号和首次收件时间", "reviews": "市级审核", "customs": "海关数据",
    "inforce": "在保名单", "lists": "优先名单", "fx": "汇率", "fund": "资金台账", "batches": "报送批次", "sent": "报送行",
}  # fmt: skip

Seals = dict[str, dict[str, str]]
"""Table -> key -> SHA-256 of its rows."""


def seals(conn: Connection, *tables: str, only: Mapping[str, Iterable[object]] | None = None) -> Seals:
    """The tables as they stand, for the `seals` of a journal entry; of those in `only` just these parts."""
    out: Seals = {}
    for name in tables:
        parts = (only or {}).get(name)
        keys = [str(k) for k in parts] if parts is not None else _keys(conn, name)
        out[name] = {key: _hash(conn, name, key) for key in sorted(keys)}
    return out


def verify(conn: Connection) -> list[str]:
    """A sentence for every table, or part of one, that is not as the journal says it was left."""
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
    wrong = []
    for name, parts in left.items():
        for key in sorted({*parts, *_keys(conn, name)}):
            if _hash(conn, name, key) != parts.get(key):
                what = f"{_SAID[name]}{f'（{key}）' if key else ''}"
                wrong.append(
                    f"{what}与日志不符：日志{when[name]}之后被改动过。请用“备份”文件夹里的台账核对，并查明是谁改动的"
                )
    return wrong


def _keys(conn: Connection, name: str) -> list[str]:
    if name not in _BY:
        return [""]
    column = of(conn).metadata.tables[name].c[_BY[name]]
    return [str(k) for k in conn.scalars(select(column).distinct())]


def _hash(conn: Connection, name: str, key: str) -> str:
    table = of(conn).metadata.tables[name]
    query = select(table).order_by(*(table.primary_key or table.c))
    if name in _BY:
        column = table.c[_BY[name]]
        query = query.where(column == (int(key) if name == "customs" else key))
    out = io.BytesIO()
    options = pyarrow.csv.WriteOptions(quoting_style="all_valid")
    pyarrow.csv.write_csv(frames.read(conn, query), out, options)
    return hashlib.sha256(out.getvalue()).hexdigest()
