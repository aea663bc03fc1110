"""Rows of a file that are wholly the same (完全相同的行): both count, and that they are the same is said."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from xltools.roster.cells import Cells, Roster
from xltools.roster.problems import FileProblem

SHOWN = 5
"""Groups of rows that are named; of more only the number is told."""


def alike(roster: Roster) -> None:
    """One warning for all rows that are the same in every column, those that we do not read among them."""
    cells = roster.cells
    groups = repeated([*cells.columns.values(), *cells.unread.values()], len(cells))
    if groups:
        named = "；".join("、".join(_place(cells, i) for i in group) for group in groups[:SHOWN])
        more = named + ("；……" if groups[SHOWN:] else "")
        first = groups[0][0]
        place = f"A{cells.rows[first]}"
        said = FileProblem("ROWS_ALIKE", value=str(len(groups)), more=more, cell=place, sheet=cells.part(first).sheet)
        roster.findings.file.append(said)


def repeated(columns: Sequence[pa.StringArray], n: int) -> list[list[int]]:
    """Groups of rows that are the same in all columns (of `n` rows each), by their first rows.

    Column by column only those rows are looked at that were the same so far: few are after the amounts.
    """
    rows: npt.NDArray[np.int64] = np.arange(n)
    group = np.zeros(n, dtype=np.int64)
    for column in sorted(columns, key=lambda c: -len(c.slice(0, 1_000).unique())):
        if not rows.size:
            break
        coded = column.take(pa.array(rows)).dictionary_encode()
        value = coded.indices.fill_null(len(coded.dictionary)).to_numpy().astype(np.int64)
        _, group, count = np.unique(
            group * (len(coded.dictionary) + 1) + value, return_inverse=True, return_counts=True
        )
        several = count[group] > 1
        rows, group = rows[several], group[several]
    order = np.argsort(group, kind="stable")
    found = np.split(rows[order], np.flatnonzero(np.diff(group[order])) + 1) if rows.size else []
    return sorted(g.tolist() for g in found)


def _place(cells: Cells, i: int) -> str:
    row = f"第 {cells.rows[i]} 行"
    return f"“{cells.part(i).sheet}”{row}" if cells.parts else row
