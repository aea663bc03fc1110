"""What the ledger knows of the firms: read once, kept current as a collection's files enter, written once at the end.

However many files come, the ledger is asked once.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Connection

from xltools.desk.rules.register import new_codes, withdrawn
from xltools.ledger import batches, claims, firms
from xltools.scheme import Scheme


class Known:
    """Firms that are `out` with an insurer, what was `said` of those that left by code, the ledger's own of new
    `codes`, and what districts claim."""

    def __init__(self, conn: Connection, scheme: Scheme) -> None:
        self.out, self.said, self.codes = batches.out(conn), withdrawn(conn), new_codes(conn, scheme)
        there = claims.claims(conn)
        self._there, self._none = there, there.slice(0, 0)
        self._claims = {
            district: there.filter(pc.equal(there["district"], district))
            for district in pc.unique(there["district"]).to_pylist()
        }
        self._names: dict[str, dict[str, str]] = {}
        self._entered: list[pa.Table] = []
        self._received: dict[str, datetime | None] = {}

    def claims(self, district: str, usccs: Collection[str]) -> pa.Table:
        """What the district claims of these firms, and of others, in no order (see `ledger.claims.claims`)."""
        return self._none if self.names(district).keys().isdisjoint(usccs) else self._of(district)

    def _of(self, district: str) -> pa.Table:
        return self._claims.get(district, self._none)

    def names(self, district: str) -> dict[str, str]:
        """The names of the firms that the district claims, by code."""
        if district not in self._names:
            self._names[district] = _names(self._of(district))
        return self._names[district]

    def enter(self, district: str, rows: pa.Table) -> None:
        """The district claims these firms from now on, in these words."""
        there, named = self._of(district), self.names(district)
        new = pa.table({f.name: _column(rows, f) for f in self._none.schema})
        names = _names(new)
        if not named.keys().isdisjoint(names):
            there = there.filter(pc.invert(pc.is_in(there["uscc"], value_set=new["uscc"])))
        self._claims[district] = pa.concat_tables([there, new])
        named |= names
        self._entered.append(new)

    def arrive(self, usccs: list[str], received: list[datetime | None]) -> None:
        """These firms came, each with its 材料齐全时间; the first time that one has counts."""
        for uscc, time in zip(usccs, received, strict=True):
            self._received[uscc] = self._received.get(uscc) or time

    def write(self, conn: Connection, at: datetime) -> pa.Table:
        """Put all of it into the ledger; returns every claim that now holds, as `ledger.claims.claims` does."""
        new = pa.concat_tables([self._none, *self._entered])
        place = pa.array(range(new.num_rows), pa.int64())  # of a firm that came twice the last row counts
        last = new.append_column("place", place).group_by(["uscc", "district"]).aggregate([("place", "max")])
        entered = claims.put_claims(conn, new.take(last["place_max"].sort()))
        times = pa.array(self._received.values(), pa.timestamp("s"))
        firms.arrivals(conn, pa.array(self._received, pa.string()), times, at)
        keys = ["uscc", "district"]
        stay = (
            self._there.join(entered.select(keys), keys, join_type="left anti") if self._there.num_rows else self._none
        )
        every = pa.concat_tables([stay, entered])
        return every.sort_by([("uscc", "ascending"), ("district", "ascending")]).combine_chunks()


def _column(rows: pa.Table, field: pa.Field) -> pa.ChunkedArray:
    if field.name in rows.column_names:
        return rows[field.name].cast(field.type)
    return pa.chunked_array([pa.nulls(rows.num_rows, field.type)])


def _names(claims: pa.Table) -> dict[str, str]:
    return dict(zip(claims["uscc"].to_pylist(), claims["name"].to_pylist(), strict=True))
