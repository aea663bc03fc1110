"""The rows that people fill in (花名册): first as they stand in the file, then cleaned and typed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from xltools.catalogue.columns import Column
from xltools.roster.letters import column_letters
from xltools.roster.problems import FileProblem, Findings, Mask, Placed, Said
from xltools.roster.repeated import Texts
from xltools.roster.values import as_shown
from xltools.scheme import Scheme

Times = npt.NDArray[np.datetime64]


@dataclass(frozen=True)
class Cells:
    """The roster's cells as text, column by column, `n` rows each; "" and null are blank cells.

    `rows` are the sheet rows (1-based). The text of an error value stands in `columns`; `no_value` holds, by field,
    the rows (0-based in the frame) of formulas without a value.
    `is_number(field)` tells which cells are stored as numbers; it may read the file once more.
    """

    file: str
    sheet: str
    columns: dict[str, Texts]
    places: Mapping[str, int]
    units: Mapping[str, Decimal]
    rows: npt.NDArray[np.int64]
    heading_row: int = 1
    no_value: dict[str, list[int]] = field(default_factory=dict)
    errors: dict[str, list[int]] = field(default_factory=dict)
    """Cells that the file itself calls error values, whatever their text, by field like `no_value`."""
    hidden: Mask | None = None
    merged: tuple[str, ...] = ()
    problems: tuple[FileProblem, ...] = ()
    version: dict[str, str] | None = None
    """The hidden 版本 sheet (item -> value), where the file has one."""
    is_number: Callable[[str], Mask] | None = None
    unread: Mapping[str, pa.StringArray] = field(default_factory=dict)
    """Columns under headings that we do not know, by their heading; only of the bureau's own files."""
    parts: Sequence[Cells] = ()
    """The sheets whose rows follow one another here, where there are several."""

    def __len__(self) -> int:
        return len(self.rows)

    def part(self, i: int) -> Cells:
        """The sheet on which row `i` of the frame stands."""
        for one in self.parts:
            if i < len(one):
                return one
            i -= len(one)
        return self


def unread_field(heading: str) -> str:
    """What a column that we do not know is called where its place is asked for: never as one of ours."""
    return f"?{heading}"


@dataclass(frozen=True)
class Amounts:
    """US dollars in cents (int64) with a mask of the rows whose figure is known."""

    cents: npt.NDArray[np.int64]
    known: Mask


@dataclass
class Roster:
    """Cleaned, typed rows; columns that the file lacks are blank.

    `text` holds texts (null = blank; names, remarks and choices may come as `repeated` ones), `amounts` cents, `times` datetime64[s] (NaT = blank; dates at 0:00).
    `cleaned` lists what cleaning changed, `errors` the cells with an error value, `nothing` those that only say that
    they are blank (`/`, 无): field -> rows.
    """

    scheme: Scheme
    columns: Sequence[Column]
    cells: Cells
    text: dict[str, Texts]
    amounts: dict[str, Amounts]
    times: dict[str, Times]
    findings: Findings
    cleaned: dict[str, npt.NDArray[np.int64]]
    errors: dict[str, list[int]] = field(default_factory=dict)
    own: bool = False
    """The bureau's own table: what to do is said to the bureau, not to a district."""
    passed: Mask | None = None
    """Rows that say of themselves that they do not count (进口)."""
    nothing: dict[str, npt.NDArray[np.int64]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.cells)

    def raw(self, field: str, where: Mask) -> list[str]:
        """The cells of a column as they were read, on the rows of a mask."""
        if field not in self.cells.columns:
            return [""] * int(where.sum())
        texts = self.cells.columns[field].take(pa.array(np.flatnonzero(where))).to_pylist()
        return [as_shown(v) if v else "" for v in texts]

    def found(
        self, code: str, field: str, where: Mask, more: list[str] | None = None, value_of: str | None = None
    ) -> None:
        """Record a problem on a column with the cells' own text as values."""
        if where.any():
            self.findings.add(code, field, where, self.raw(value_of or field, where), more or ())

    def blank(self, field: str) -> Mask:
        """Rows whose cell of a text column is blank after cleaning."""
        return np.asarray(self.text[field].is_null())

    def has(self, field: str, code: str) -> Mask:
        """Rows with that problem on that column; "" is a problem of the whole row."""
        out = np.zeros(len(self), dtype=bool)
        for item in self.findings.items:
            if item.code == code and item.field == field:
                out[item.rows] = True
        return out

    def understood(self, field: str) -> Mask:
        """Rows whose cell of a typed column has a value; the others are blank or wrong."""
        if field in self.amounts:
            return self.amounts[field].known
        return ~np.isnat(self.times[field]) if field in self.times else ~self.blank(field)

    def tidied(self) -> dict[str, list[str]]:
        """The cells that cleaning changed, by heading."""
        headings = {c.field: c.heading for c in self.columns}
        return {
            headings[field]: [
                f"{column_letters(self.cells.places[field] + 1)}{row}" for row in self.cells.rows[rows].tolist()
            ]
            for field, rows in self.cleaned.items()
        }

    def placed(self) -> list[Placed]:
        """Every problem at its place, file first, then by row and column; nothing is left out."""
        return placed(self.findings, self.cells, own=self.own)


def at_row(cells: Cells, said: Said, row: int, *, own: bool = False) -> Placed:
    """A finding on a row of the sheet (1-based), at its cell."""
    column, kind = cells.places.get(said.finding.field, 0), said.kind
    cell = f"{column_letters(column + 1)}{row}"
    field, hint = said.finding.field, kind.todo(own)
    return Placed(cells.file, cells.sheet, cell, row, field, kind.code, kind.severity, said.value, said.message, hint)


def placed(findings: Findings, cells: Cells, *, own: bool = False) -> list[Placed]:
    """Findings at their places in a file; with `own` what to do is said to the bureau itself."""
    out = [
        Placed(
            cells.file, p.sheet or cells.sheet, p.cell, 0, "", p.code, p.kind.severity, p.value, p.message,
            p.kind.todo(own),
        )
        for p in findings.file
    ]  # fmt: skip
    rows = sorted(findings.said(), key=lambda s: (s.row, cells.part(s.row).places.get(s.finding.field, 0)))
    return out + [at_row(cells.part(s.row), s, int(cells.rows[s.row]), own=own) for s in rows]
