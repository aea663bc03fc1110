"""The ledger's tables (台账表), derived from a scheme: one definition for SQLite and PostgreSQL.

Amounts are integers: USD cents and RMB fen. Days and moments are ISO text (`2019-09-05`,
`2019-09-05 09:37:12`), so that they sort, and read the same in any tool that opens the file.
Every column's `info["arrow"]` is the type in which `frames` hands it out.
"""

from __future__ import annotations

from dataclasses import dataclass
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

from xltools.catalogue.columns import roster_columns
from xltools.scheme import Scheme

VERSION = 1
"""Version of the tables below; a ledger of a later one is not opened."""

LIVE = ("sent", "issued")
"""States of a sent row (报送状态) that hold fiscal money; the others are refused and withdrawn."""

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
    reviews: Table
    customs: Table
    customs_loads: Table
    inforce: Table
    lists: Table
    fx: Table
    fund: Table
    batches: Table
    sent: Table

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
        "reviews": _reviews(m),
        "customs": Table(
            "customs", m,
            _int("year", must=True), _text("uscc"), _text("customs_code"), _text("name"), _text("country"),
            _int("cents", must=True), Index("ix_customs_year_uscc", "year", "uscc"),
        ),
        "customs_loads": Table(
            "customs_loads", m,
            _id(), _text("sha256", must=True), _text("name"), _moment("at", must=True), _text("years"), _int("rows"),
        ),
        "inforce": Table(
            "inforce", m,
            _text("insurer", must=True), _text("uscc"), _text("name"), _text("policy_no"), _text("nature"),
            _day("start"), _day("end"), Index("ix_inforce_uscc", "uscc"),
        ),
        "lists": Table(
            "lists", m,
            _text("list", must=True), _text("uscc"), _text("name"), _text("source"), _day("day"),
            Index("ix_lists_uscc", "uscc"),
        ),
        "fx": Table(
            "fx", m,
            _text("insurer", key=True), _text("month", key=True), _text("rate", must=True), _text("source"),
        ),
        "fund": Table(
            "fund", m,
            _id(), _day("day", must=True), _text("kind", must=True), _text("source", must=True),
            _text("target", must=True), _int("fen", must=True), _text("document"), _text("approver"), _text("remark"),
        ),
        "batches": Table(
            "batches", m,
            _id(), _text("insurer", must=True), _int("no", must=True), _day("day", must=True),
            _moment("at", must=True), _text("who"), _text("file"), _text("sha256", must=True), _text("code"),
            _text("columns"), UniqueConstraint("insurer", "no"),
        ),
        "sent": _sent(m),
    }  # fmt: skip
    return Tables(scheme=scheme, metadata=m, **made)


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
    """The current row of each firm as one district reported it, error rows included."""
    kinds = {c.field: c.kind for c in roster_columns(scheme)}
    make: dict[str, Any] = {"amount": _int, "date": _day, "datetime": _moment}
    own = [make.get(kinds[f], _text)(f) for f in claim_fields(scheme) if f != "uscc"]
    return Table(
        "claims", m,
        _text("uscc", key=True), _text("district", key=True), _file_id(), _int("row", must=True),
        _flag("has_error", must=True), _text("problems", must=True), *own,
    )  # fmt: skip


def _reviews(m: MetaData) -> Table:
    """The bureau's decisions (市级审核) on a firm; every field but the key may be blank."""
    return Table(
        "reviews", m,
        _text("uscc", key=True), _text("opinion"), _text("reviewer"), _day("reviewed"), _text("grounds"),
        _text("insurer"), _text("policy"), _text("priorities"), _int("exports_cents"), _text("exports_grounds"),
        _moment("confirm_received"), _int("draw"), _text("withdrawn"), _text("remark"),
    )  # fmt: skip


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
