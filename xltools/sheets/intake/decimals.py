"""Numbers with all their digits (小数位): the reader of texts writes nine decimals and no more.

A numeric cell is the decimal of its 15 significant digits. With six digits before the point nine decimals are all of
them; numbers with fewer, and more decimals, are noted by the scan, and asked for at the reader that gives numbers.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from io import BytesIO

import numpy as np
import pyarrow as pa

from xltools.roster.utf8 import sizes
from xltools.roster.values import text
from xltools.sheets.intake.found import Scan

_MOMENT = len("2019-09-05 09:37:12")
_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")


def exact(
    made: bytes, sheet: str, columns: Sequence[pa.StringArray], seen: Scan, renumbered: Mapping[int, int]
) -> list[pa.StringArray]:
    """The sheet's columns, from row 1 and column A, with the numbers in full that were cut.

    Days are numbers in a file as well: they have been read as days. `renumbered` are rows that `made` has elsewhere.
    """
    rows, places = seen.fine
    if renumbered:
        rows = np.array([renumbered.get(row, row) for row in rows.tolist()], np.int32)
    cut: dict[int, list[int]] = {}
    for column in (c for c in np.unique(places).tolist() if c < len(columns)):
        mine = rows[places == column] - 1
        mine = mine[mine < len(columns[column])]
        texts = columns[column].take(pa.array(mine))
        if (sizes(texts) < _MOMENT).any():
            both = zip(mine.tolist(), texts.to_pylist(), strict=True)
            cut[column] = [row for row, said in both if said and _NUMBER.fullmatch(said)]
    out = list(columns)
    if not any(cut.values()):
        return out
    import python_calamine

    book = python_calamine.CalamineWorkbook.from_filelike(BytesIO(made))
    cells = book.get_sheet_by_name(sheet).to_python(skip_empty_area=False)
    for column, mine in cut.items():
        values = out[column].to_pylist()
        for row in mine:
            if isinstance(value := cells[row][column], float):
                values[row] = text(value)
        out[column] = pa.array(values, pa.string())
    return out
