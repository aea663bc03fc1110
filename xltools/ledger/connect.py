"""Creating and opening a ledger: a SQLite file (台账.db) or a PostgreSQL database, with the same code."""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, inspect, make_url, text
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import NullPool

from xltools.files import reason
from xltools.ledger import durable, fund, growth, meta, schema
from xltools.ledger.errors import LedgerError, told
from xltools.ledger.growth import Shape, lacks
from xltools.ledger.journal import Entry, append
from xltools.ledger.schema import Tables, tables
from xltools.ledger.schemetexts import keep_text
from xltools.ledger.seals import seals
from xltools.scheme import Scheme
from xltools.scheme.texts import digest

# Not WAL: it needs shared memory, which network drives do not have. TRUNCATE with FULL flushes the emptied
# journal too, so that a power cut right after a commit cannot bring the journal, and so the old state, back;
# DELETE with FULL can, and then a file would be published that the ledger knows nothing of.
_PRAGMAS = ("journal_mode=TRUNCATE", "synchronous=FULL", "fullfsync=ON", "foreign_keys=ON")
_WAIT = 30  # seconds that a commit waits for readers, and a reader for a commit


@dataclass(frozen=True)
class Ledger:
    """An open ledger (台账): `path` is its file, None for PostgreSQL; `where` names it in messages.

    `source` is the text of its scheme. `shape` is what stands in the database; where that is an earlier version's, the
    first write makes what is missing (`growth`).
    """

    engine: Engine
    tables: Tables
    path: Path | None
    where: str
    source: str
    shape: Shape

    @property
    def is_older(self) -> bool:
        """Whether it still lacks something that this version has."""
        return bool(lacks(self.shape, self.tables))


def create(where: str | Path, scheme: Scheme, source: str, who: str, now: datetime) -> Ledger:
    """A new ledger: tables, the scheme's id and hash, and the fund's first entries (期初), in one transaction.

    `source` is the text of the scheme file. Raises LedgerError where something is already there.
    """
    url, path = _target(where)
    if path is None:
        return _create(_open(url, None, scheme, source), source, who, now)
    if path.exists():
        raise LedgerError(f"{path}：这里已经有台账，不会覆盖", "请直接使用，或换一个文件夹新建")
    temp = durable.temporary(path)
    try:
        temp.touch(exist_ok=False)
        _create(replace(_open(url, temp, scheme, source), where=str(path)), source, who, now)
        durable.sync_file(temp)
        durable.move(temp, path)
        durable.sync_folder(path.parent)
    except FileExistsError as error:
        raise LedgerError(f"{path}：刚刚被别的程序建立了", "请直接使用，或换一个文件夹新建") from error
    except OSError as error:
        raise LedgerError(f"{path}：建不了台账（{reason(error)}）", "请检查文件夹是否存在、能否写入") from error
    finally:
        temp.unlink(missing_ok=True)
        temp.with_name(temp.name + "-journal").unlink(missing_ok=True)
    ledger = _open(url, path, scheme, source)
    ledger.shape.update(growth.wanted(ledger.tables))
    return ledger


def open_ledger(where: str | Path, scheme: Scheme, source: str) -> Ledger:
    """The ledger in a file, or at a `postgresql://` URL; one of an earlier version is as good as one of this.

    `source` is the text of the scheme file. Raises LedgerError when there is none, when it belongs to another scheme or
    to a later xltools, when its tables were changed by hand, when the scheme lacks columns that it has, and when the
    file is no ledger or damaged.
    """
    url, path = _target(where)
    if path is not None and not path.is_file():
        raise LedgerError(f"{path}：没有台账", "请先在工作区运行 xltools init，或用 -C 指明工作区")
    ledger = _open(url, path, scheme, source)
    with reading(ledger) as conn:
        if not inspect(conn).has_table("meta"):
            raise LedgerError(f"{ledger.where}：不是 xltools 的台账", "请核对位置，或先运行 xltools init")
        _check(conn, ledger)
    return ledger


@contextmanager
def reading(ledger: Ledger) -> Iterator[Connection]:
    """A connection that sees one state of the ledger throughout and cannot change it."""
    with told(ledger.where), ledger.engine.connect() as conn:
        _overlaid(conn, ledger)
        if ledger.path is None:
            conn = conn.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        with conn.begin():
            if ledger.path is not None:
                conn.exec_driver_sql("PRAGMA query_only=ON")
            yield conn


def _overlaid(conn: Connection, ledger: Ledger) -> None:
    """Let an earlier version's ledger look like one of this version, for as long as the connection lasts."""
    if not ledger.shape or not ledger.is_older:
        return
    with conn.begin():  # somebody may have written meanwhile
        ledger.shape.update(growth.looked_at(conn, ledger.tables, ledger.where))
    if not ledger.is_older:
        return
    driver: Any = conn.connection.driver_connection
    with closing(driver.cursor()) as cursor:
        for statement in growth.overlay(ledger.shape, ledger.tables, "main" if ledger.path else ""):
            cursor.execute(statement)
    if ledger.path is None:
        driver.commit()


def _target(where: str | Path) -> tuple[URL, Path | None]:
    text = str(where)
    if "://" not in text:
        return URL.create("sqlite"), Path(where).absolute()
    try:
        url = make_url(text)
    except ArgumentError as error:
        raise LedgerError("台账的地址写法不对。应为 postgresql://用户@主机/数据库，或一个文件路径") from error
    if url.get_backend_name() not in ("postgresql", "postgres"):
        raise LedgerError(f"台账不支持 {url.get_backend_name()}", "请用文件路径（SQLite）或 postgresql:// 地址")
    return url.set(drivername="postgresql+psycopg"), None


def _open(url: URL, path: Path | None, scheme: Scheme, source: str) -> Ledger:
    made = tables(scheme)
    if path is None:
        args = {"connect_timeout": 10, "client_encoding": "utf8"}
        engine = create_engine(url, poolclass=NullPool, connect_args=args)
    else:
        # No pool: nothing keeps the file open between two operations, and a forked process shares nothing.
        engine = create_engine(url, poolclass=NullPool, creator=lambda: _sqlite(path))
        event.listen(engine, "begin", _begin)
    label = url.render_as_string(hide_password=True) if path is None else str(path)
    shape: Shape = {}
    return Ledger(engine.execution_options(ledger=made, shape=shape), made, path, label, source, shape)


def _sqlite(path: Path) -> sqlite3.Connection:
    if not path.is_file():  # sqlite3 would make an empty one
        raise LedgerError(f"{path}：台账文件不见了", "请检查是否被移走、改名，或网络盘已断开")
    found = sqlite3.connect(path, timeout=_WAIT, isolation_level=None)
    try:
        for pragma in _PRAGMAS:
            found.execute(f"PRAGMA {pragma}")
    except BaseException:
        found.close()
        raise
    return found


def _begin(conn: Connection) -> None:
    # A writer takes its lock at once: two that began by reading would both fail when they come to write.
    conn.exec_driver_sql("BEGIN IMMEDIATE" if conn.get_execution_options().get("writing") else "BEGIN")


def _create(ledger: Ledger, source: str, who: str, now: datetime) -> Ledger:
    scheme = ledger.tables.scheme
    with told(ledger.where), ledger.engine.connect() as conn, conn.begin():
        if ledger.path is None:
            if inspect(conn).has_table("meta"):
                raise LedgerError(f"{ledger.where}：这个数据库里已经有台账", "请直接使用，或换一个空的数据库")
            if conn.scalar(text("show server_encoding")) != "UTF8":
                raise LedgerError(f"{ledger.where}：数据库的编码不是 UTF8，存不全汉字", "请新建一个 UTF8 编码的数据库")
        ledger.tables.metadata.create_all(conn)
        sha256 = digest(source)
        meta.put(conn, meta.ID, secrets.token_hex(8))
        meta.put(conn, "scheme", scheme.id)
        meta.put(conn, "scheme_sha256", sha256)
        meta.put(conn, "created", f"{now:%Y-%m-%d %H:%M:%S}")
        meta.put(conn, "columns", ",".join(schema.claim_fields(scheme)))
        growth.record(conn, ledger.tables)
        ledger.shape.update(growth.wanted(ledger.tables))
        keep_text(conn, source, now)
        first = fund.opening(scheme)
        fund.add(conn, first)
        sealed = seals(conn, "fund")
        detail = {"scheme_sha256": sha256, "fund": {e.target: e.fen for e in first}, "seals": sealed}
        append(conn, Entry(now, who, "init", scheme.id, detail, scheme.document))
    return ledger


def _check(conn: Connection, ledger: Ledger) -> None:
    scheme = ledger.tables.scheme
    owner = meta.get(conn, "scheme")
    if owner != scheme.id:
        raise LedgerError(
            f"{ledger.where}：台账属于方案 {owner}，不是 {scheme.id}。每个平台年度各用一个工作区",
            "请到那个年度的工作区操作，或用 xltools init 新建",
        )
    less = sorted({*filter(None, (meta.get(conn, "columns") or "").split(","))} - {*schema.claim_fields(scheme)})
    if less:
        raise LedgerError(
            f"{ledger.where}：方案 {scheme.id} 的列与建立台账时不同（缺少：{'、'.join(less)}）。台账建立后不能减少国别组",
            "请恢复原来的方案文件",
        )
    ledger.shape.update(growth.looked_at(conn, ledger.tables, ledger.where))
