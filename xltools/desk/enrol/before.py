"""What the ledger knew before a collection, kept current as its files enter: it is read once, however many come."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import pyarrow as pa
import pyarrow.compute as pc


class Before:
    """Firms that are `out` with an insurer, what was `said` of those that left by code, and what districts claim."""

    def __init__(self, out: Collection[str], said: Mapping[str, str], claims: pa.Table) -> None:
        self.out, self.said = out, said
        self._none = claims.slice(0, 0)
        self._claims = {
            district: claims.filter(pc.equal(claims["district"], district))
            for district in pc.unique(claims["district"]).to_pylist()
        }
        self._names: dict[str, dict[str, str]] = {}

    def claims(self, district: str = "") -> pa.Table:
        """The district's claims in no order; all districts' by code and district, as `ledger.claims` reads them."""
        if district:
            return self._claims.get(district, self._none)
        every = pa.concat_tables([self._none, *self._claims.values()])
        return every.sort_by([("uscc", "ascending"), ("district", "ascending")]).combine_chunks()

    def names(self, district: str) -> dict[str, str]:
        """The names of the firms that the district claims, by code."""
        if district not in self._names:
            self._names[district] = _names(self.claims(district))
        return self._names[district]

    def entered(self, district: str, rows: pa.Table) -> None:
        """The district claims these firms from now on, in these words."""
        there, names = self.claims(district), self.names(district)
        again = pc.is_in(there["uscc"], value_set=rows["uscc"].combine_chunks())
        if pc.any(again).as_py():
            there = there.filter(pc.invert(again))
        self._claims[district] = pa.concat_tables([there, rows])
        self._names[district] = names | _names(rows)


def _names(claims: pa.Table) -> dict[str, str]:
    return dict(zip(claims["uscc"].to_pylist(), claims["name"].to_pylist(), strict=True))
