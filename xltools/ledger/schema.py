"""The ledger's tables (台账表), derived from a scheme: one definition for SQLite and PostgreSQL.

Amounts are integers: USD cents and RMB fen. Days and moments are ISO text (`2019-09-05`,
`2019-09-05 09:37:12`), so that they sort, and read the same in any tool that opens the file.
Every column's `info["arrow"]` is the type in which `frames` hands it out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, cast

import pyarrow as pa
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    ForeignKey,
    Index,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)

from xltools.catalogue.bureau_tables import BureauTable, bureau_tables
from xltools.catalogue.columns import roster_columns
from xltools.catalogue.kinds import KINDS
from xltools.scheme import Scheme

VERSION = 2
"""Version of the tables below; a ledger of a later one is not opened."""

LIVE = ("sent", "issued")
"""States of a sent row (`batches.Status`) that hold fiscal money; a firm has at most one such row."""

# PostgreSQL would sort by the server's language; byte order is what SQLite does, on every machine.
_TEXT = Text().with_variant(Text(collation="C"), "postgresql")
_ARROW: dict[str, pa.DataType] = {
    "text": pa.string(),
    "int": pa.int64(),
    "flag": pa.bool_(),
    "date": pa.date32(),
    "datetime": pa.timestamp("s"),
}
_NOT_KEPT = ("serial", "check")
FROM, TO = "from_seq", "to_seq"
"""The journal entry with which a row began, and the one that ended it (null: it holds)."""


@dataclass(frozen=True)
class Tables:
    """All tables of one scheme's ledger; each attribute is named as its table."""

    scheme: Scheme
    metadata: MetaData
    meta: Table
    journal: Table
    outbox: Table
    published: Table
    files: Table
    enterprises: Table
    claims: Table
    pending: Table
    customs_loads: Table
    batches: Table
    sent: Table
    schemes: Table
    left_out: Table
    bureau: Mapping[str, Table]
    """The bureau's tables, by the names under which they are declared."""

    @property
    def personal(self) -> frozenset[str]:
        """Fields whose values never enter the journal (个人信息)."""
        return frozenset(c.field for c in roster_columns(self.scheme) if c.personal)


def of(conn: Connection) -> Tables:
    """The tables of the ledger that this connection belongs to."""
    return cast(Tables, conn.get_execution_options()["ledger"])


def claim_fields(scheme: Scheme) -> tuple[str, ...]:
    """Fields of the catalogue that a claim keeps, in the catalogue's order; `uscc` is among them."""
    return tuple(c.field for c in roster_columns(scheme) if c.kind not in _NOT_KEPT)


@lru_cache(maxsize=8)
def tables(scheme: Scheme) -> Tables:
    """The tables of this scheme's ledger; the columns of `claims` follow its catalogue of columns."""
    m = MetaData()
    made = {
        "meta": Table("meta", m, _text("key", key=True), _text("value", must=True)),
        "journal": _journal(m),
        # Files that are written but not yet under their name: see outbox.py.
        "outbox": Table(
            "outbox", m, _id(), _text("temp", must=True), _text("final", must=True, unique=True), _text("sha256")
        ),
        "published": Table("published", m, _text("final", key=True), _text("actual"), _text("sha256")),
        "files": _files(m),
        "enterprises": Table(
            "enterprises", m,
            _int("arrival", key=True), _text("uscc", must=True, unique=True), _moment("first_at", must=True),
            _moment("first_received"),
        ),
        "claims": _claims(m, scheme),
        "pending": Table(
            "pending", m,
            _text("uscc", key=True), _text("district", key=True), _file_id(key=True), _int("row"),
            _moment("at", must=True), _text("changes", must=True), _text("decided"),
        ),
        "customs_loads": Table(
            "customs_loads", m,
            _id(), _text("sha256", must=True), _text("name"), _moment("at", must=True), _text("years"), _int("rows"),
        ),
        "batches": Table(
            "batches", m,
            _id(), _text("insurer", must=True), _int("no", must=True), _day("day", must=True),
            _moment("at", must=True), _text("who"), _text("file"), _text("sha256", must=True), _text("code"),
            _text("columns"), _text("scheme_sha256"), UniqueConstraint("insurer", "no"),
        ),
        "sent": _sent(m),
        "schemes": Table("schemes", m, _text("sha256", key=True), _text("text", must=True), _moment("at", must=True)),
        "left_out": Table(
            "left_out", m,
            _id(), _text("bureau", must=True), _text("part", must=True), _text("file"), _text("sheet"), _int("row"),
            _text("cell"), _text("uscc"), _text("customs_code"), _text("name"), _int("cents"),
            _flag("counted", must=True), _text("problems", must=True), _int(FROM), _int(TO),
        ),
    }  # fmt: skip
    bureau = {name: _bureau(m, of) for name, of in bureau_tables().items()}
    return Tables(scheme=scheme, metadata=m, bureau=bureau, **made)


def _journal(m: MetaData) -> Table:
    return Table(
        "journal", m,
        _int("seq", key=True), _moment("at", must=True), _text("who", must=True), _text("verb", must=True),
        _text("subject", must=True), _text("detail", must=True), _text("why", must=True),
        _text("prev", must=True), _text("hash", must=True),
    )  # fmt: skip


def _files(m: MetaData) -> Table:
    return Table(
        "files", m,
        _id(), _text("sha256", must=True, unique=True), _text("name", must=True), _text("district"),
        _int("round"), _moment("at", must=True), _text("outcome", must=True), _int("rows"), _int("good"),
        _int("errors"), _int("warnings"), _text("returned_as"), _flag("whole"),
    )  # fmt: skip


def _claims(m: MetaData, scheme: Scheme) -> Table:
    """The rows of each firm as one district reported it, error rows included; those that hold have no end."""
    kinds = {c.field: c.kind for c in roster_columns(scheme)}
    make: dict[str, Any] = {"amount": _int, "date": _day, "datetime": _moment}
    own = [make.get(kinds[f], _text)(f) for f in claim_fields(scheme) if f != "uscc"]
    table = Table(
        "claims", m,
        _text("uscc", must=True), _text("district", must=True), _file_id(), _int("row", must=True),
        _flag("has_error", must=True), _text("problems", must=True), *own, _int(FROM), _int(TO),
    )  # fmt: skip
    _once(table, "uscc", "district")
    return table


def _bureau(m: MetaData, of: BureauTable) -> Table:
    """One of the bureau's tables as it is declared (`catalogue/bureau`)."""
    make: dict[str, Any] = {"text": _text, "int": _int, "date": _day, "datetime": _moment}
    must = of.key if of.kept == "merge" else (of.part,)
    own = [make[KINDS[c.kind].stored](c.field, must=c.field in must) for c in of.own]
    name = of.kept_as
    number = [_id()] if of.kept == "append" else []
    table = Table(name, m, *number, *own, _int(FROM), _int(TO))
    for field in (c.field for c in of.own if c.kind in ("uscc", "firm")):
        Index(f"ix_{name}_{field}", table.c[field])
    if of.kept == "merge":
        _once(table, *of.key)
    return table


def _once(table: Table, *keys: str) -> None:
    """The database itself refuses to hold two rows of one key at a time."""
    holds = table.c[TO].is_(None)
    columns = [table.c[k] for k in keys]
    Index(f"ix_{table.name}_once", *columns, unique=True, sqlite_where=holds, postgresql_where=holds)


def _sent(m: MetaData) -> Table:
    """Rows sent to insurers (报送), frozen as they were written."""
    table = Table(
        "sent", m,
        _int("batch_id", ForeignKey("batches.id"), key=True), _int("place", key=True), _text("uscc", must=True),
        _int("arrival", must=True), _text("plan", must=True), _text("insurer", must=True),
        _int("fiscal_fen", must=True), _int("enterprise_fen", must=True), _int("gross_fen", must=True),
        _int("premium_cents", must=True), _text("fx", must=True), _int("queue_no", must=True),
        _text("cells", must=True), _text("status", must=True), _int("actual_fiscal_fen"),
    )  # fmt: skip
    # The database itself refuses to hold one firm twice: a row is never sent twice.
    live = table.c.status.in_(LIVE)
    Index("ix_sent_once", table.c.uscc, unique=True, sqlite_where=live, postgresql_where=live)
    return table


def _column(
    name: str, kind: str, type_: Any, fk: ForeignKey | None, key: bool, must: bool, unique: bool
) -> Column[Any]:
    extra = [fk] if fk is not None else []
    return Column(
        name, type_, *extra, info={"arrow": _ARROW[kind]}, primary_key=key, nullable=not (must or key),
        unique=unique or None, autoincrement=False,
    )  # fmt: skip


def _text(name: str, *, key: bool = False, must: bool = False, unique: bool = False) -> Column[Any]:
    return _column(name, "text", _TEXT, None, key, must, unique)


def _int(name: str, fk: ForeignKey | None = None, *, key: bool = False, must: bool = False) -> Column[Any]:
    return _column(name, "int", BigInteger(), fk, key, must, False)


def _flag(name: str, *, must: bool = False) -> Column[Any]:
    return _column(name, "flag", Boolean(), None, False, must, False)


def _day(name: str, *, must: bool = False) -> Column[Any]:
    return _column(name, "date", _TEXT, None, False, must, False)


def _moment(name: str, *, must: bool = False) -> Column[Any]:
    return _column(name, "datetime", _TEXT, None, False, must, False)


def _id() -> Column[Any]:
    return _int("id", key=True)


def _file_id(*, key: bool = False) -> Column[Any]:
    return _int("file_id", ForeignKey("files.id"), key=key, must=True)
