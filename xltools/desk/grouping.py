"""Grouped sums (分组合计) by pandas over Arrow's own types: integers stay integers. Outside the money path, and imported when
first asked for.

pyarrow looks for pandas at its first array, which would take longer than most of what an office asks for; `later` lets
it find none until somebody groups.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa

LIBRARY = "pandas"


class _NotYet:
    """Finds no pandas."""

    def find_spec(self, name: str, path: object = None, target: object = None) -> None:
        if name == LIBRARY:
            raise ModuleNotFoundError(f"{LIBRARY} comes with the first grouping", name=name)


_NOT_YET = _NotYet()


def later() -> None:
    """In this process pandas is imported by :func:`grouped` alone; for programs of ours, never for who imports us."""
    if LIBRARY not in sys.modules and _NOT_YET not in sys.meta_path:
        sys.meta_path.insert(0, _NOT_YET)


def allow() -> None:
    """From now on pandas may be imported."""
    if _NOT_YET in sys.meta_path:
        sys.meta_path.remove(_NOT_YET)


def grouped(
    table: pa.Table, by: Sequence[str], sums: Sequence[str] = (), distinct: Mapping[str, str] | None = None
) -> dict[Any, tuple[int, ...]]:
    """By the values of `by` (one value, or a tuple of several; rows with a blank are left out), sorted: the exact sums of int64
    columns, then the number of different values of each column of `distinct` where the flag that it names is 1 ("": all).
    """
    allow()
    import pandas

    columns = {n: pandas.arrays.ArrowExtensionArray(table[n]) for n in table.column_names}
    frame = pandas.DataFrame(columns, copy=False)
    groups = frame.groupby(list(by), sort=True, dropna=True)
    parts = [groups[n].sum() for n in sums]
    whole = groups.size()
    for column, flag in (distinct or {}).items():
        counted = frame[frame[flag] == 1] if flag else frame
        found = counted.groupby(list(by), sort=True, dropna=True)[column].nunique()
        parts.append(found.reindex(whole.index, fill_value=0))
    keys = [k[0] if len(by) == 1 and isinstance(k, tuple) else k for k in whole.index.tolist()]
    values = [[int(v) for v in part.tolist()] for part in parts]
    return dict(zip(keys, zip(*values, strict=True), strict=True)) if parts else dict.fromkeys(keys, ())
