"""Cells of the workbook's tables: from the ledger's types to the catalogue's, and as canonical text (规范文字).

Canonical text is what tells whether somebody typed something: the same value has the same text, whether it comes
from the ledger, from an open workbook or from a closed one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from xltools.catalogue.tables import BookColumn, BookTable
from xltools.desk.rules.outcome_table import decimals
from xltools.roster.problems import Mask
from xltools.roster.text import clean, plain
from xltools.roster.values import from_serial, is_number, text, to_second


def shaped(table: BookTable, columns: Mapping[str, Any]) -> pa.Table:
    """The columns by heading as exactly the table that the catalogue wants; those not given are blank."""
    n = max((len(v) for v in columns.values()), default=0)
    arrays = []
    for field in table.schema:
        values = columns.get(field.name)
        arrays.append(pa.nulls(n, field.type) if values is None else _as(values, field.type))
    unknown = columns.keys() - set(table.headings)
    assert not unknown, unknown
    return pa.Table.from_arrays(arrays, schema=table.schema)


def money(cents: Any, known: Mask | None = None) -> pa.Array:
    """Cents or fen (int64) as decimal128(18,2); null where not known."""
    values = np.asarray(cents, dtype=np.int64)
    return decimals(values, np.ones(len(values), dtype=bool) if known is None else known)


def cents_of(column: pa.ChunkedArray | pa.Array) -> pa.Array:
    """A nullable int64 column of cents as decimal128(18,2)."""
    whole = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    return money(whole.fill_null(0).to_numpy(zero_copy_only=False), np.asarray(whole.is_valid()))


def _as(values: Any, kind: pa.DataType) -> pa.Array:
    if isinstance(values, pa.ChunkedArray):
        values = values.combine_chunks()
    if isinstance(values, pa.Array):
        if pa.types.is_string(kind):
            values = values.cast(kind)
            return pc.if_else(pc.equal(values, ""), None, values)
        return values.cast(kind)
    if pa.types.is_string(kind):
        values = [v or None for v in values]
    return pa.array(values, kind)


def texts(column: pa.ChunkedArray | pa.Array, kind: str, *, tidy: bool = False) -> pa.StringArray:
    """A column of the contents as canonical text; "" where blank.

    Amounts have two decimals, rates eight, days and moments are ISO. With `tidy` text is cleaned as the bureau's
    inputs are, so that it compares with what is read from them.
    """
    whole = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if kind == "text" and tidy:
        whole, _ = clean(whole, plain)
    elif kind == "text":
        whole = pc.replace_substring(pc.utf8_trim_whitespace(whole), "\r\n", "\n")
    said = pc.fill_null(whole.cast(pa.string()), "")
    return pc.if_else(pc.equal(said, "0E-8"), "0.00000000", said)  # how Arrow writes a nought of eight decimals


def text_of(value: object, kind: str) -> str:
    """A cell as xlwings or calamine give it as canonical text; what does not fit its kind stays as it stands."""
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return text(value) or ""
    if isinstance(value, datetime | date):
        return _moment(value, kind)
    if is_number(value):
        return _number(value, kind)
    return str(value).strip().replace("\r\n", "\n")


def _moment(value: datetime | date, kind: str) -> str:
    if isinstance(value, datetime):
        value = to_second(value)
        if kind == "date" or (kind != "datetime" and value.time() == datetime.min.time()):
            return f"{value:%Y-%m-%d}"
        return f"{value:%Y-%m-%d %H:%M:%S}"
    return f"{value:%Y-%m-%d} 00:00:00" if kind == "datetime" else f"{value:%Y-%m-%d}"


def _number(value: int | float | Decimal, kind: str) -> str:
    if kind in ("usd", "yuan"):
        return f"{value:.2f}"
    if kind in ("rate", "fx"):
        return f"{value:.8f}"
    if kind in ("date", "datetime") and (moment := from_serial(float(value))):
        return _moment(moment, kind)
    return text(value) or ""


def book_texts(values: Iterable[object], kind: str) -> list[str]:
    """`text_of` for a column; the same number or date is looked at once."""
    known: dict[tuple[type, object], str] = {}
    out = []
    for value in values:
        if value is None:
            out.append("")
        elif type(value) is str:
            out.append(text_of(value, kind) if "\r" in value else value.strip())
        else:
            key = (type(value), value)
            if key not in known:
                known[key] = text_of(value, kind)
            out.append(known[key])
    return out


def digests(columns: Sequence[Sequence[str]]) -> list[str]:
    """One short digest a row over columns of canonical text."""
    return [
        hashlib.blake2b("\x1f".join(row).encode("utf-8", "replace"), digest_size=8).hexdigest()
        for row in zip(*columns, strict=True)
    ]


def keys_of(table: pa.Table, of: BookTable, *, tidy: bool = False) -> list[str]:
    """The key of each row of the contents, its parts joined by `|`."""
    kinds = {c.heading: c.kind for c in of.columns}
    parts = [texts(table[h], kinds[h], tidy=tidy).to_pylist() for h in of.key]
    return ["|".join(row) for row in zip(*parts, strict=True)] if parts else [""] * table.num_rows


def others(of: BookTable) -> list[BookColumn]:
    """The columns that are not the bureau's and hold no formula: what a pull must not take."""
    return [c for c in of.columns if c.owner != "bureau" and not c.formula]


def editable(of: BookTable) -> list[BookColumn]:
    """The columns that the bureau fills in."""
    return [c for c in of.columns if c.owner == "bureau"]


def row_digests(table: pa.Table, of: BookTable) -> list[str]:
    """One digest a row of the contents over the other owners' cells."""
    columns = [texts(table[c.heading], c.kind).to_pylist() for c in others(of)]
    return digests(columns) if columns else [""] * table.num_rows


def whole_digest(rows: Iterable[str]) -> str:
    """A digest of rows in any order, from their digests: staff sort tables."""
    total = 0
    for row in rows:
        total = (total + int(row, 16)) % (1 << 64)
    return f"{total:016x}"
