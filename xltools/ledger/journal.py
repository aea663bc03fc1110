"""The journal (日志): who did what, when and why, each entry chained to the one before by its hash.

hash = SHA-256 over the canonical JSON (sorted keys, UTF-8, no spaces) of
{seq, at, who, verb, subject, detail, why, prev}. The head is kept in `meta` as well, in the same
transaction, so that a tail that was cut off is noticed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from xltools.ledger import meta
from xltools.ledger.personal import guarded
from xltools.ledger.schema import of

START = "0" * 64
"""The hash before the first entry."""


@dataclass(frozen=True)
class Entry:
    """One thing that was done: `verb` is the command, `subject` what it was done to, `why` the grounds.

    `detail` holds JSON values; amounts are integers, and floats are refused.
    """

    at: datetime
    who: str
    verb: str
    subject: str = ""
    detail: Mapping[str, Any] = field(default_factory=dict)
    why: str = ""


def append(conn: Connection, *entries: Entry) -> int:
    """Add entries, without the personal data in them; returns the last one's number. Raises TypeError for a float."""
    seq, prev = head(conn)
    personal = of(conn).personal
    rows = []
    for entry in entries:
        seq += 1
        body: dict[str, Any] = {
            "seq": seq,
            "at": f"{entry.at:%Y-%m-%d %H:%M:%S}",
            "who": guarded(entry.who, personal),
            "verb": entry.verb,
            "subject": guarded(entry.subject, personal),
            "detail": guarded(dict(entry.detail), personal),
            "why": guarded(entry.why, personal),
            "prev": prev,
        }
        prev = _hash(body)
        rows.append(body | {"detail": canonical(body["detail"]), "hash": prev})
    if rows:
        conn.execute(of(conn).journal.insert(), rows)
        meta.put(conn, "journal", f"{seq} {prev}")
    return seq


def head(conn: Connection) -> tuple[int, str]:
    """Number and hash of the last entry; (0, START) in an empty journal."""
    seq, _, hash_ = (meta.get(conn, "journal") or f"0 {START}").partition(" ")
    return int(seq), hash_


@dataclass(frozen=True)
class Broken:
    """Where the chain does not hold: `text` with the place of the entry's own words (who, when, what) as `{0}`, which
    are `entry`, and what to do."""

    text: str
    entry: str = ""
    todo: str = "请从“备份”文件夹找出仍然完整的台账核对，并查明是谁改动的"

    @property
    def nameless(self) -> str:
        """What is so, without the entry's own words: they name people."""
        return self.text.format("")

    def __str__(self) -> str:
        return f"{self.text.format(f'（{self.entry}）' if self.entry else '')}。{self.todo}"


def verify(conn: Connection) -> list[Broken]:
    """The first entry that does not fit, or nothing: the chain is whole.

    Behind a broken link nothing can be said about the rest, so there is at most one.
    """
    t = of(conn).journal
    prev, seq = START, 0
    for row in conn.execute(select(t).order_by(t.c.seq)):
        seq += 1
        if row.seq != seq:
            return [Broken(f"日志第 {seq} 条缺失，其后直接是第 {row.seq} 条{{0}}", _named(row))]
        if row.prev != prev:
            return [Broken(f"日志第 {seq} 条{{0}}与前一条接不上：前一条或本条被改动或调换过", _named(row))]
        if row.hash != _rehash(row):
            return [Broken(f"日志第 {seq} 条{{0}}与它的校验值不符：记下之后被改动或调换过", _named(row))]
        prev = row.hash
    last, hash_ = head(conn)
    if last > seq:
        return [Broken(f"日志末尾少了第 {seq + 1} 条到第 {last} 条")]
    if (last, hash_) != (seq, prev):
        return [Broken(f"日志末尾与台账记的不符：台账记到第 {last} 条，日志有 {seq} 条，或末条校验值不同")]
    return []


def canonical(value: Any) -> str:
    """JSON with sorted keys and no spaces: the same text for the same value, always."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def _hash(body: Mapping[str, Any]) -> str:
    return hashlib.sha256(canonical(body).encode()).hexdigest()


def _rehash(row: Row[Any]) -> str:
    body = dict(row._mapping)
    del body["hash"]
    try:
        body["detail"] = json.loads(row.detail)
    except ValueError:
        return ""
    return _hash(body) if canonical(body["detail"]) == row.detail else ""


def _named(row: Row[Any]) -> str:
    return " ".join(filter(None, (row.at, row.who, row.verb, row.subject)))
