"""The cells of rows sent (报送行的原文), as they were frozen, column by column."""

from __future__ import annotations

import json
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

FIELDS: dict[str, pa.DataType] = {
    "name": pa.string(), "uscc": pa.string(), "area": pa.string(), "contact": pa.string(), "phone": pa.string(),
    "exports_cents": pa.int64(), "limit_cents": pa.int64(), "gross_fen": pa.int64(), "enterprise_fen": pa.int64(),
    "rate": pa.string(), "fiscal_share": pa.string(), "fx": pa.string(),
}  # fmt: skip
"""What is asked of them; amounts in cents and fen, decimals as text."""


def frozen(cells: pa.ChunkedArray, *fields: str) -> pa.Table:
    """These fields of many rows' `cells` (JSON objects, one a row); null where a row has none of that name."""
    import pyarrow.json

    schema = pa.schema([(f, FIELDS[f]) for f in fields])
    options = pyarrow.json.ParseOptions(explicit_schema=schema, unexpected_field_behavior="ignore")
    texts = cells.combine_chunks()
    lines = pc.binary_join(pa.ListArray.from_arrays([0, len(texts)], texts), "\n")
    try:
        found = pyarrow.json.read_json(pa.BufferReader(lines[0].as_buffer()), parse_options=options).select([*fields])
    except pa.ArrowInvalid:  # nothing, or a value of another type than its field's
        found = None
    if found is None or found.num_rows != len(cells):
        rows = [r if isinstance(r, dict) else {} for r in map(json.loads, texts.to_pylist())]
        found = pa.table({f: pa.array([_as(r.get(f), FIELDS[f]) for r in rows], FIELDS[f]) for f in fields})
    return found.combine_chunks()


def _as(value: Any, kind: pa.DataType) -> Any:
    return value if value is None else int(value) if pa.types.is_int64(kind) else str(value)
