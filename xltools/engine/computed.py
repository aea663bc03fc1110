"""Computed columns of the bureau's tables (计算列): pure functions, arrays in, arrays out, exact.

A declaration names the function and the columns that it is given (`computed = "difference"`, `of = ["a", "b"]`).
Money and numbers are int64, days date32 or timestamp[s]; where anything that a value needs is blank, it is blank.
"""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa
import pyarrow.compute as pc

from xltools.engine.sizes import size


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


def excess(whole: pa.Array, part: pa.Array) -> pa.Array:
    """What `whole` exceeds `part` by, 0 where it does not (六（一）: max(0, 升级保单实际保费 − 平台已缴纳部分))."""
    return pc.max_element_wise(difference(whole, part), pa.scalar(0, pa.int64()), skip_nulls=False)


def limit_annexes(cents: pa.Array) -> pa.Array:
    """How many annexes a buyer limit in US cents needs (domain §17.5): above 500,000 dollars one, above 1,000,000 two."""
    first, second = (
        pc.cast(pc.greater(cents, pa.scalar(dollars * 100, pa.int64())), pa.int64()) for dollars in ANNEXES
    )
    return pc.add(first, second)


ANNEXES = (500_000, 1_000_000)
"""US dollars above which a buyer limit needs one annex more."""


COMPUTED: dict[str, Callable[..., pa.Array]] = {
    "total": total, "difference": difference, "days_between": days_between, "excess": excess, "limit_annexes": limit_annexes,
    "size": size,
}  # fmt: skip
"""Every function that a declaration may name."""
