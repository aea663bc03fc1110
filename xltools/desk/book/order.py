"""The order in which staff left the rows of a table (员工排好的次序): an update keeps it, what is new comes at the end."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pyarrow as pa

from xltools.catalogue.tables import BookTable, tables
from xltools.desk.book.contents.cells import book_texts, texts
from xltools.sheets.platform.closed import BookRows
from xltools.sheets.platform.contents import Contents


def as_left(shown: Contents, given: Mapping[str, BookRows]) -> tuple[Contents, dict[str, int]]:
    """The contents with every table's rows as they stand in the workbook, tables in an order of their own as they are;
    and by table how many rows are new and stand at its end although the ledger has them elsewhere."""
    out, new = dict(shown.tables), dict[str, int]()
    for of in tables(shown.scheme):
        if of.name in out and of.name in given and not (of.hidden or of.ordered or of.in_order):
            order = _order(out[of.name], of, given[of.name])
            if order is not None:
                out[of.name] = out[of.name].take(pa.array(order[0]))
                new |= {of.name: order[1]} if order[1] else {}
    return replace(shown, tables=out), new


def _order(rows: pa.Table, of: BookTable, given: BookRows) -> tuple[np.ndarray, int] | None:
    """The places of the rows as the workbook has them, and how many of them it has not; None where nothing moves.

    Rows that nothing tells apart count one after the other.
    """
    kinds = {c.heading: c.kind for c in of.columns if not c.formula}
    keys = of.key or tuple(kinds)
    at = {h: i for i, h in enumerate(given.headings)}
    if any(h not in at for h in keys):
        return None
    there = zip(*(book_texts([r[at[h]] for r in given.rows], kinds[h]) for h in keys), strict=True)
    waiting: dict[tuple[str, ...], deque[int]] = defaultdict(deque)
    for i, key in enumerate(zip(*(texts(rows[h], kinds[h]).to_pylist() for h in keys), strict=True)):
        waiting[key].append(i)
    kept = [waiting[key].popleft() for key in there if waiting.get(key)]
    rest = sorted(i for places in waiting.values() for i in places)
    order = np.array([*kept, *rest], dtype=np.int64)
    if (order == np.arange(len(order))).all():
        return None
    return order, len(rest) if kept and rest and rest[0] < max(kept) else 0
