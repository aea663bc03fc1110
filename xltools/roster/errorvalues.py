"""Excel's error values (错误值), be they its own or their text, as .csv files and pasted values have it."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from xltools.roster.text import content

ERRORS = (
    "#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A", "#GETTING_DATA", "#SPILL!", "#CALC!", "#FIELD!",
    "#BLOCKED!", "#CONNECT!", "#UNKNOWN!", "#BUSY!",
)  # fmt: skip


def error_rows(raw: pa.StringArray) -> list[int]:
    """Rows of a column of cells with an error value; most columns have no `#` anywhere, which is quickly seen."""
    if b"#" not in content(raw):
        return []
    hits = pc.fill_null(pc.is_in(raw, value_set=pa.array(ERRORS)), False)
    rows: list[int] = np.flatnonzero(np.asarray(hits)).tolist()
    return rows
