"""What the cells mean: the scheme asked for, and columns read as a roster's are read."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import Any

from udfs.arrays import Ranges, Wrong, alone
from xltools.catalogue.bureau_tables import columns_of
from xltools.catalogue.columns import Column, by_field
from xltools.roster.cells import Roster
from xltools.roster.ranges import read_ranges
from xltools.scheme import Scheme, load, shipped

SCHEME = "方案编号，如 nantong-2019；只有一个方案时可不填"
"""Description of the last argument of most functions."""


def scheme_of(given: Any) -> Scheme:
    """The scheme of that id; with none given, the only one that is shipped. Raises Wrong, SchemeError."""
    name = alone(given, "方案编号")
    if name is None:
        there = shipped()
        if len(there) != 1:
            raise Wrong(f"请在最后一个参数写明方案编号（现有 {'、'.join(there)}）")
        name = there[0]
    return _load(str(name).strip())


def any_scheme() -> Scheme:
    """One of the schemes, for columns that are the same in all of them."""
    return _load(shipped()[0])


@lru_cache(maxsize=8)
def _load(name: str) -> Scheme:
    return load(name)


@lru_cache(maxsize=64)
def column(scheme: Scheme, field: str) -> Column:
    """A column of the roster, or what is like one: 优先 (是/否), 财政扶持(元), 汇率, 国别."""
    known = by_field(scheme)
    if field == "priority":
        return replace(known["policy"], field=field, heading="优先")
    if field == "plan":
        return replace(known["wish"], field=field, heading="方案")
    if field == "day":
        return replace(known["received"], field=field, heading="日期", kind="date", owner="bureau")
    if field == "fiscal":
        return replace(known["exports"], field=field, heading="财政扶持(元)", kind="yuan")
    if field == "fx":
        return next(c for c in columns_of(scheme, "fx") if c.field == "rate")
    return known[field]


def read(scheme: Scheme, ranges: Ranges, *fields: str) -> Roster:
    """The named arguments (named as the roster's fields) as checked columns."""
    return read_ranges(scheme, [(column(scheme, f), _yes(f, ranges.cells[f])) for f in fields])


def _yes(field: str, cells: list[Any]) -> list[Any]:
    """是 and 否 may be TRUE and FALSE, or 1 and 0."""
    if field not in ("priority", "policy", "copay") or set(map(type, cells)) <= {str, type(None)}:
        return cells
    return [v if isinstance(v, str) else {1: "是", 0: "否"}.get(v, v) for v in cells]
