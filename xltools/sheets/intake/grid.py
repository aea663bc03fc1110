"""A sheet as a grid of text (表格原样), whatever kind of file it stood in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from xltools.roster.problems import FileProblem
from xltools.roster.repeated import Texts
from xltools.roster.values import text

IsHeading = Callable[[Iterable[Sequence[str]]], bool]
"""Whether the headings of the table in question stand among the first rows of a sheet."""


@dataclass
class Grid:
    """A sheet as text columns of equal length. `lines` are the sheet rows (1-based) of the grid's rows."""

    sheet: str
    columns: list[Texts]
    lines: npt.NDArray[np.int64]
    errors: list[tuple[int, int, str]] = field(default_factory=list)
    """Error values: sheet row (1-based), column (0-based), text."""
    no_value: list[tuple[int, int]] = field(default_factory=list)
    """Formulas that were never calculated: sheet row (1-based), column (0-based)."""
    hidden: npt.NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    merged: tuple[str, ...] = ()
    version: dict[str, str] | None = None
    problems: tuple[FileProblem, ...] = ()
    numbers: Callable[[int], npt.NDArray[np.int64]] | None = None
    """Sheet rows of a column (0-based) that hold numbers."""
    date1904: bool = False
    """Whether days are counted from 1904-01-01: cells without a date format hold the bare number of days."""

    def rows(self) -> Iterable[list[str]]:
        """Row by row, blank cells as ""."""
        return ([column[i].as_py() or "" for column in self.columns] for i in range(len(self.lines)))


def of_rows(sheet: str, rows: Sequence[Sequence[object]]) -> Grid:
    """A sheet's rows, values as `roster.values.text` takes them, short rows filled up with blanks; few cells cost little."""
    cells: list[tuple[list[int], list[str | None]]] = [([], []) for _ in range(max(map(len, rows), default=0))]
    for y, row in enumerate(rows):
        for (lines, texts), value in zip(cells, row, strict=False):
            if value != "":
                lines.append(y)
                texts.append(text(value))
    blank = pa.repeat(pa.scalar("", pa.string()), len(rows))
    columns = [_filled(blank, np.array(lines, np.int64), texts) if lines else blank for lines, texts in cells]
    return Grid(sheet, columns, np.arange(1, len(rows) + 1))


def _filled(blank: pa.StringArray, lines: npt.NDArray[np.int64], texts: list[str | None]) -> pa.StringArray:
    where = np.zeros(len(blank), dtype=bool)
    where[lines] = True
    return pc.replace_with_mask(blank, pa.array(where), pa.array(texts, pa.string()))


def contiguous(column: pa.Array | pa.ChunkedArray) -> pa.StringArray:
    """One contiguous array of strings."""
    chunks = column.chunks if isinstance(column, pa.ChunkedArray) else [column]
    return pa.concat_arrays([pc.cast(c, pa.string()) for c in chunks]) if chunks else pa.array([], pa.string())


def version_of(rows: Iterable[Sequence[object]]) -> dict[str, str]:
    """The items of a 版本 sheet: what stands in its first two columns."""
    pairs = ((text(r[0]), text(r[1]) or "") for r in rows if len(r) > 1)
    return {str(k).strip(): str(v).strip() for k, v in pairs if k}


def tables(grids: Sequence[Grid], is_heading: IsHeading) -> list[Grid]:
    """Those with the headings, in their order; the first one alone where none has them: it is said what it lacks."""
    return [grid for grid in grids if is_heading(grid.rows())] or list(grids[:1])
