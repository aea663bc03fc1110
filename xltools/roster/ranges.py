"""Ranges of a worksheet (区域) as a roster: cleaned, typed and checked cell by cell, as the cells of a file are."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import numpy as np

from xltools.catalogue.columns import MONEY, Column
from xltools.roster.amounts import nearest
from xltools.roster.cells import Amounts, Cells, Roster
from xltools.roster.checks import cell_error
from xltools.roster.clean import clean
from xltools.roster.values import texts
from xltools.scheme import Scheme


def read_ranges(scheme: Scheme, columns: Sequence[tuple[Column, Sequence[object]]]) -> Roster:
    """Columns of cells, cleaned, typed and checked cell by cell like those of a file; lengths are equal."""
    n = len(columns[0][1])
    quick = {c.field: sums for c, values in columns if c.kind in MONEY and (sums := _sums(values)) is not None}
    given = {c.field: texts(values) for c, values in columns if c.field not in quick}
    cells = Cells(
        "",
        "",
        {name: raw for name, (raw, _) in given.items()},
        {c.field: i for i, (c, _) in enumerate(columns)},
        {c.field: Decimal(1) for c, _ in columns},
        np.arange(1, n + 1),
        is_number=lambda name: given[name][1],
    )
    roster = clean(cells, scheme, [c for c, _ in columns])
    roster.amounts |= quick
    cell_error(roster, scheme.cover.start.value)
    return roster


def _sums(values: Sequence[object]) -> Amounts | None:
    """A column of doubles and blanks as amounts, where each is surely one: no text needs to be made of them."""
    if not set(map(type, values)) <= {float, int, type(None)}:
        return None
    numbers = np.array(values, dtype=np.float64)
    cents, sure = nearest(numbers, Decimal(1))
    return Amounts(cents, sure) if (sure | np.isnan(numbers)).all() else None


def messages(roster: Roster) -> dict[int, str]:
    """By row what is wrong with it and what to do: the first problem of severity error."""
    out: dict[int, str] = {}
    for said in roster.findings.said():
        if said.kind.severity == "error":
            out.setdefault(said.row, said.sentence)
    return out
