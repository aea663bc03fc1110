"""Claims of a new file beside those that its district has in the ledger: what is new, and what differs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Mask = npt.NDArray[np.bool_]

_BESIDE = ("uscc", "district", "file_id", "row", "problems", "has_error")
"""Columns of a claim that are none of the firm's fields."""


@dataclass(frozen=True)
class Compared:
    """Masks over the rows of `new`; `old` has as many, blank where the district had not claimed the firm."""

    new: pa.Table
    old: pa.Table
    known: Mask
    differs: Mask
    """In at least one of the firm's fields; a firm that was not known differs."""
    worse: Mask
    """Rows with an error where the district had one without."""

    def fields(self, i: int) -> tuple[dict[str, Any], dict[str, Any]]:
        """The firm's fields of row `i`, before and now, as the journal holds them: text and integers."""
        return _plain(self.old, i), _plain(self.new, i)


def compare(new: pa.Table, claimed: pa.Table) -> Compared:
    """`new` beside what the district claims (see `ledger.claims.claims`)."""
    place = pc.index_in(new["uscc"], value_set=claimed["uscc"])
    known = place.is_valid()
    differs = pc.invert(known)
    if pc.any(known).as_py():
        old = claimed.take(place)
        for name in (n for n in new.column_names if n not in _BESIDE):
            was, now = old[name], new[name].cast(old[name].type)
            same = pc.or_(pc.fill_null(pc.equal(was, now), False), pc.and_(was.is_null(), now.is_null()))
            differs = pc.or_(differs, pc.invert(same))
    else:
        old = pa.table({f.name: pa.nulls(new.num_rows, f.type) for f in claimed.schema})
    worse = pc.and_not(new["has_error"], pc.fill_null(old["has_error"], True))
    return Compared(new, old, _mask(known), _mask(differs), _mask(worse))


def _mask(values: pa.ChunkedArray) -> Mask:
    return np.asarray(values.to_numpy(), dtype=bool)


def _plain(table: pa.Table, i: int) -> dict[str, Any]:
    row = table.slice(i, 1).to_pylist()[0]
    return {k: v if v is None or isinstance(v, str | int) else str(v) for k, v in row.items() if k not in _BESIDE}
