"""口径表: how each unclear clause is taken, and what the other reading would change, as it was last computed.

The workbook is shown anew after every press; the readings are weighed when somebody asks for it, and the journal keeps
what came out.
"""

from __future__ import annotations

import json

import pyarrow as pa
from sqlalchemy import Connection, select

from xltools.catalogue.tables import table
from xltools.desk.book.contents.cells import shaped
from xltools.ledger.schema import of as tables_of
from xltools.scheme import Scheme
from xltools.scheme.readings import readings

NOT_YET = "还没有测算：按“口径确认单”"


def shown(conn: Connection, scheme: Scheme) -> pa.Table:
    """One row a reading."""
    known, (day, effects) = readings(scheme), _last(conn)
    return shaped(
        table(scheme, "口径表"),
        {
            "序号": pa.array([r.no for r in known], pa.int64()),
            "条款": [r.clause for r in known],
            "不明之处": [r.question for r in known],
            "本方案的理解": [r.taken for r in known],
            "另一种理解": [r.other for r in known],
            "另一种理解会改变": [effects.get(str(r.no), NOT_YET) for r in known],
            "测算于": [day if str(r.no) in effects else None for r in known],
        },
    )


def _last(conn: Connection) -> tuple[str, dict[str, str]]:
    """Day and effects of the last time that the readings were weighed."""
    t = tables_of(conn).journal
    for row in conn.execute(select(t.c.at, t.c.detail).where(t.c.verb == "readings").order_by(t.c.seq.desc())):
        try:
            found = json.loads(row.detail).get("effects")
        except (ValueError, AttributeError):  # `verify` names it
            continue
        if isinstance(found, dict):
            return str(row.at)[:10], found
    return "", {}
