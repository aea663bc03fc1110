"""Computed columns of the bureau's tables (计算列): pure functions, arrays in, arrays out, exact.

A declaration names the function and the columns that it is given (`computed = "difference"`, `of = ["a", "b"]`).
Money and numbers are int64, days date32 or timestamp[s]; where anything that a value needs is blank, it is blank.
"""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa
import pyarrow.compute as pc


def total(*columns: pa.Array) -> pa.Array:
    """The sum of a row's values (合计). Raises ArrowInvalid where it would not fit into 64 bits."""
    out = columns[0]
    for column in columns[1:]:
        out = pc.add_checked(out, column)
    return out


def difference(whole: pa.Array, part: pa.Array) -> pa.Array:
    """What is left of `whole` without `part` (差额). Raises ArrowInvalid where it would not fit into 64 bits."""
    return pc.subtract_checked(whole, part)


def days_between(start: pa.Array, end: pa.Array) -> pa.Array:
    """Days from one date to another (相隔天数), negative where `end` is earlier."""
    first, last = (pc.cast(pc.cast(v, pa.date32()), pa.int32()) for v in (start, end))
    return pc.cast(pc.subtract(last, first), pa.int64())


COMPUTED: dict[str, Callable[..., pa.Array]] = {
    "total": total, "difference": difference, "days_between": days_between,
}  # fmt: skip
"""Every function that a declaration may name."""
