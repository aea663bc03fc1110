"""What the bureau brings besides the districts' files: customs data, policies in force, lists, exchange rates."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Connection, Table, delete, select

from xltools.ledger import bulk, frames
from xltools.ledger.journal import canonical
from xltools.ledger.schema import of


def replace_customs(conn: Connection, data: pa.Table, sha256: str, name: str, at: datetime) -> list[int]:
    """Take a customs extract (海关数据): each year in it replaces what was there for that year.

    `data`: year int64, uscc, customs_code, name, country (ISO alpha-2), cents int64 USD cents. Returns the years.
    """
    t = of(conn)
    years = _replace(conn, t.customs, "year", data)
    load = {
        "id": frames.next_id(conn, t.customs_loads), "sha256": sha256, "name": frames.storable(name),
        "at": f"{at:%Y-%m-%d %H:%M:%S}", "years": canonical(years), "rows": data.num_rows,
    }  # fmt: skip
    conn.execute(t.customs_loads.insert(), load)
    return years


def customs(conn: Connection) -> pa.Table:
    """The extract in force, by year, code and country; the columns of `replace_customs`."""
    t = of(conn).customs
    return frames.read(conn, select(t).order_by(t.c.year, t.c.uscc, t.c.customs_code, t.c.country))


def customs_loads(conn: Connection) -> pa.Table:
    """The extracts ever taken, in order: id, sha256, name, at timestamp[s], years (JSON text), rows."""
    t = of(conn).customs_loads
    return frames.read(conn, select(t).order_by(t.c.id))


def replace_inforce(conn: Connection, data: pa.Table) -> list[str]:
    """Take lists of policies in force (在保清单): each insurer in `data` replaces its own. Returns the insurers.

    `data`: insurer, uscc, name, policy_no, nature (自主/市统保/省统保), start and end date32.
    """
    return _replace(conn, of(conn).inforce, "insurer", data)


def inforce(conn: Connection) -> pa.Table:
    """Policies in force, by insurer and code; an insurer without a row has not sent its list."""
    t = of(conn).inforce
    return frames.read(conn, select(t).order_by(t.c.insurer, t.c.uscc, t.c.policy_no))


def replace_lists(conn: Connection, data: pa.Table, emptied: Sequence[str] = ()) -> list[str]:
    """Take lists (名单) behind the priorities: each list in `data` replaces itself, those `emptied` lose all rows.

    Returns their names.

    `data`: list, uscc, name, source, day date32.
    """
    t = of(conn).lists
    conn.execute(delete(t).where(t.c.list.in_(list(emptied))))
    return sorted({*_replace(conn, t, "list", data), *emptied})


def lists(conn: Connection) -> pa.Table:
    """The lists, by list, code and name."""
    t = of(conn).lists
    return frames.read(conn, select(t).order_by(t.c.list, t.c.uscc, t.c.name))


def put_fx(conn: Connection, data: pa.Table) -> None:
    """Set exchange rates (汇率) by insurer and month: insurer, month `2019-09`, rate as decimal text, source."""
    bulk.upsert(conn, of(conn).fx, data)


def fx(conn: Connection) -> pa.Table:
    """Exchange rates by insurer and month; `rate` is the decimal as it was given, RMB for one USD."""
    t = of(conn).fx
    return frames.read(conn, select(t).order_by(t.c.insurer, t.c.month))


def _replace(conn: Connection, table: Table, by: str, data: pa.Table) -> list[Any]:
    """Put `data` in place of all rows that share its values in column `by`; returns those values, sorted."""
    values = sorted(pc.unique(data[by]).to_pylist())
    conn.execute(delete(table).where(table.c[by].in_(values)))
    bulk.insert(conn, table, data)
    return values
