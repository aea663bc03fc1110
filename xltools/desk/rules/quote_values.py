"""`quote` of a table that stands in an open workbook: the cells' values in, the contract's columns out (测算一张表)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from xltools.catalogue.columns import roster_columns
from xltools.desk.rules.applications import declared
from xltools.desk.rules.outcome_table import outcome_table
from xltools.desk.rules.quote import serials
from xltools.engine.assess import assess, opening_funds
from xltools.roster import asides, headings, values
from xltools.roster.cells import Cells
from xltools.roster.checks import check
from xltools.roster.problems import FileProblem, FileRefused
from xltools.roster.text import visible
from xltools.scheme import Scheme


@dataclass(frozen=True)
class Quoted:
    """The outcomes of the rows that are filled in, `rows` saying where those stand (0-based); and the heading row."""

    table: pa.Table
    rows: npt.NDArray[np.int64]
    heading_row: int


def quote_values(
    cells: Sequence[Sequence[Any]],
    scheme: Scheme,
    *,
    today: date,
    fx: Decimal | None = None,
    assume_approved: bool = False,
) -> Quoted:
    """Read, check, assess and price rows under the template's headings, as `quote` does with a file of them.

    `cells` are rows of equal width: floats, text, dates, booleans, None. Raises FileRefused where the headings are
    not the template's.
    """
    found = _cells(cells, scheme)
    roster = check(found, scheme, today)
    rate = scheme.fx.budget.value if fx is None else fx
    applications = declared(roster, today)
    outcomes = assess(
        scheme, applications, [rate] * len(scheme.insurers), opening_funds(scheme), assume_approved=assume_approved
    )
    estimated = [*([f"汇率按预算汇率 {rate}"] if fx is None else []), "出口额按企业申报"]
    table = outcome_table(
        scheme, applications, outcomes, roster.findings, serial=serials(roster),
        name=roster.text["name"], uscc=roster.text["uscc"], fx=[rate] * len(scheme.insurers), estimated=estimated,
    )  # fmt: skip
    return Quoted(table, found.rows - 1, found.heading_row - 1)


def _cells(rows: Sequence[Sequence[Any]], scheme: Scheme) -> Cells:
    columns = roster_columns(scheme)
    found = headings.find(([values.text(v) or "" for v in row] for row in rows), columns)
    kinds = {c.field: c for c in columns}
    below = [values.texts(column) for column in zip(*rows[found.row :], strict=True)]
    if not below:
        raise FileRefused([FileProblem("FILE_EMPTY", more="表头下面没有企业")])
    read = {f: below[x] for f, x in found.places.items() if kinds[f].kind != "check"}
    filled = np.zeros(len(rows) - found.row, dtype=bool)
    for name, (raw, _) in read.items():
        if kinds[name].kind != "serial" and not filled.all():
            filled |= visible(raw)
    filled &= ~asides.found([raw for raw, _ in below], {x: kinds[f] for f, x in found.places.items()}, filled)
    if not filled.any():
        raise FileRefused([FileProblem("FILE_EMPTY", more="表头下面没有企业")])
    if not filled.all():
        keep = pa.array(filled)
        read = {f: (raw.filter(keep), numeric[filled]) for f, (raw, numeric) in read.items()}
    return Cells(
        "",
        "",
        {name: raw for name, (raw, _) in read.items()},
        found.places,
        found.units,
        np.flatnonzero(filled) + found.row + 1,
        heading_row=found.row,
        problems=found.problems,
        is_number=lambda name: read[name][1] if name in read else np.zeros(int(filled.sum()), dtype=bool),
    )


def shown(table: pa.Table) -> list[list[Any]]:
    """The table's columns as a workbook wants them: money and rates as floats, blank as None."""
    return [_column(c.combine_chunks() if isinstance(c, pa.ChunkedArray) else c) for c in table.columns]


def _column(column: pa.Array) -> list[Any]:
    if pa.types.is_string(column.type):
        return list(column.to_pylist())
    if pa.types.is_dictionary(column.type):
        words = np.array([*column.dictionary.to_pylist(), None], dtype=object)
        index = column.indices.fill_null(len(words) - 1).to_numpy(zero_copy_only=False)
        return list(words[index].tolist())
    if pa.types.is_decimal(column.type):
        whole = np.frombuffer(column.buffers()[1], dtype=np.int64)[2 * column.offset :: 2][: len(column)]
        out = (whole / 10**column.type.scale).tolist()
    else:
        out = column.fill_null(0).to_numpy(zero_copy_only=False).tolist()
    for row in np.flatnonzero(np.asarray(column.is_null())).tolist():
        out[row] = None
    return list(out)
