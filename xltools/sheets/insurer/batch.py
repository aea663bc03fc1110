"""What one batch (批次) to an insurer says, before it is a workbook: its table, its proof, its summary.

The proof is a SHA-256 over the table as CSV (`csvfile.csv_bytes`): UTF-8, LF, RFC 4180, headings included, the
insurer's blank columns excluded, since they will be filled. Money in 元 or 美元 has two decimals, other decimals
as many as they need (350.5 万美元, rate 0.0003, share 0.5), dates 2019-09-05, times 2019-09-05 09:37:12, ticks 是/否.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from xltools.scheme import Scheme
from xltools.scheme.model import Insurer
from xltools.sheets.insurer.layout import KEY, Column, Kind, Layout
from xltools.sheets.write.csvfile import csv_bytes

TOTALS = ("plan", "exports_cents", "premium_cents", "fiscal_fen", "enterprise_fen")
"""Columns that the summary adds up; the rows must have them whatever the layout shows."""

_AMOUNT = (pa.int64(), (pa.types.is_int64,))
_RATIO = (pa.decimal128(18, 8), (pa.types.is_decimal,))
_TYPES: dict[Kind, tuple[Any, tuple[Callable[[Any], bool], ...]]] = {
    "number": (pa.int64(), (pa.types.is_integer,)),
    "text": (pa.string(), (pa.types.is_string, pa.types.is_large_string, pa.types.is_dictionary)),
    "usd": _AMOUNT,
    "rmb": _AMOUNT,
    "percent": _RATIO,
    "fx": _RATIO,
    "flag": (pa.bool_(), (pa.types.is_boolean,)),
    "date": (pa.date32(), (pa.types.is_date32,)),
    "datetime": (pa.timestamp("s"), (pa.types.is_timestamp,)),
}
"""The type that a kind of column has, and which types of the rows are taken for it."""


@dataclass(frozen=True)
class Totals:
    """Sums over some rows: exports and premium in US cents, the rest in fen."""

    rows: int
    exports_cents: int
    premium_cents: int
    gross_fen: int
    fiscal_fen: int
    enterprise_fen: int


@dataclass(frozen=True)
class BatchProof:
    """What proves a batch years later: the hash of its rows (64 hex digits, lower case), its sums, by plan too."""

    sha256: str
    totals: Totals
    by_plan: dict[str, Totals]

    @property
    def code(self) -> str:
        """校验码: the first 12 digits of the hash."""
        return self.sha256[:12]

    @property
    def rows(self) -> int:
        return self.totals.rows


@dataclass(frozen=True)
class Batch:
    """A batch as it is sent. `rows` has a column for each own field of the layout and those of `TOTALS`:

    text as string, `_cents` and `_fen` as int64, rates and shares as decimal128 fractions, ticks as bool, dates
    as date32, times as timestamp[s]. 序号, 平台年度, 名义投保人 and the cover are the scheme's where rows lack them.
    """

    scheme: Scheme
    insurer: Insurer
    layout: Layout
    number: int
    day: date
    rows: pa.Table
    who: str = ""

    @property
    def title(self) -> str:
        return f"第{self.number:02d}批"


def data(batch: Batch) -> pa.Table:
    """The rows as they are sent, one column an own column of the layout, headings as names. No blank columns.

    Amounts become decimal128(18, 2 + the unit's power), rates decimal128(18, 8), ticks 是/否. Raises ValueError
    for a missing column, a type that is not the field's, and a row key that is blank or stands there twice.
    """
    rows = batch.rows
    if missing := [n for n in TOTALS if n not in rows.column_names]:
        raise ValueError(f"报送数据缺少列：{'、'.join(missing)}")
    columns = [(column, _typed(batch, column)) for column in batch.layout.own]
    keys = next(values for column, values in columns if column.field == KEY)
    if keys.null_count or pc.any(pc.equal(keys, "")).as_py() or len(pc.unique(keys)) != len(keys):
        raise ValueError("报送数据的受理编号有空白或重复")
    return pa.table({column.heading: _shown(column, values) for column, values in columns})


def proof(batch: Batch, table: pa.Table) -> BatchProof:
    """The proof of a batch whose :func:`data` is `table`."""
    plans = batch.rows["plan"].to_pylist()
    sums = {name: batch.rows[name].to_numpy() for name in TOTALS[1:]}
    every = np.ones(len(plans), dtype=bool)
    by_plan = {p.id: _totals(sums, np.array([x == p.id for x in plans], dtype=bool)) for p in batch.scheme.plans}
    return BatchProof(hashlib.sha256(csv_bytes(table)).hexdigest(), _totals(sums, every), by_plan)


def _totals(sums: dict[str, npt.NDArray[np.int64]], where: npt.NDArray[np.bool_]) -> Totals:
    exports, premium, fiscal, enterprise = (int(sums[name][where].sum()) for name in TOTALS[1:])
    return Totals(int(where.sum()), exports, premium, fiscal + enterprise, fiscal, enterprise)


def _typed(batch: Batch, column: Column) -> pa.ChunkedArray:
    kind, taken = _TYPES[column.kind]
    if column.field not in batch.rows.column_names:
        return pa.chunked_array([pa.array(_from_scheme(batch, column.field), kind)])
    values = batch.rows[column.field]
    if not any(fits(values.type) for fits in (*taken, pa.types.is_null)):
        raise ValueError(f"报送数据的列 {column.field} 应为 {kind}，现为 {values.type}")
    return values.cast(kind)


def _from_scheme(batch: Batch, field: str) -> list[object]:
    cover = batch.scheme.cover
    start, end = cover.start.value, cover.end.value
    n = batch.rows.num_rows
    constant = {
        "year": batch.scheme.year, "policyholder": batch.scheme.policyholder, "cover": f"{start} 至 {end}",
        "cover_start": start, "cover_end": end,
    }  # fmt: skip
    if field == "no":
        return list(range(1, n + 1))
    if field == "gross_fen":
        return list(pc.add(batch.rows["fiscal_fen"], batch.rows["enterprise_fen"]).to_pylist())
    if field not in constant:
        raise ValueError(f"报送数据缺少列：{field}")
    return [constant[field]] * n


def _shown(column: Column, values: pa.ChunkedArray) -> pa.ChunkedArray:
    if column.kind == "flag":
        return pc.if_else(values, "是", "否")
    if column.kind in ("usd", "rmb"):
        return pa.chunked_array([_scaled(values, 2 + column.power)])
    return values


def _scaled(values: pa.ChunkedArray, scale: int) -> pa.Array:
    """int64 over 10**scale as decimal128(18, scale): the same digits, only the point set."""
    array = values.combine_chunks()
    whole = pc.fill_null(array, 0).to_numpy(zero_copy_only=False)
    words = np.stack([whole, whole >> 63], axis=1)  # low and high half of 128 bits
    valid = pa.array(array.is_valid().to_numpy(zero_copy_only=False)).buffers()[1]
    return pa.Array.from_buffers(pa.decimal128(18, scale), len(array), [valid, pa.py_buffer(words.tobytes())])
