"""Checks of the rows of one file: one rule, one short function, one problem code (核对).

A check looks at cleaned columns and records what it found; none changes a cell. Checks across files stand in
`across.py`. Rows that are only a total (合计) are judged by that alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

from xltools.roster.cells import Cells, Roster
from xltools.roster.check_codes import (
    customs_code_form,
    customs_code_length,
    email,
    phone,
    uscc_digits,
    uscc_length,
    uscc_number,
    uscc_region,
    uscc_registrar,
)
from xltools.roster.check_figures import (
    date_future,
    date_window,
    key_above_total,
    region_above_total,
    regions_sum_above,
    time_missing,
    unit_suspect,
    zero_exports,
)
from xltools.roster.check_rows import (
    cell_error,
    duplicate,
    formula_without_value,
    hidden_row,
    merged_cells,
    only_totals,
    required,
    size_large,
    total_row,
)
from xltools.roster.clean import clean
from xltools.roster.stack import alike, split, stack
from xltools.scheme import Scheme

Check = Callable[[Roster, date], None]

ROW_CHECKS: tuple[Check, ...] = (
    total_row, cell_error, formula_without_value, required, uscc_number, uscc_length, uscc_digits, uscc_registrar,
    uscc_region, customs_code_length, customs_code_form, phone, email, key_above_total, region_above_total,
    regions_sum_above, zero_exports, date_future, date_window, time_missing, size_large, hidden_row,
)  # fmt: skip
"""Checks that look at one row at a time; which file it stands in does not matter."""
FILE_CHECKS: tuple[Check, ...] = (unit_suspect, merged_cells, duplicate)
"""Checks that look at the rows of a file together; they know the total rows already."""


def check(cells: Cells, scheme: Scheme, today: date) -> Roster:
    """Clean the cells and run every check of a single file; the roster carries all findings."""
    return check_many([cells], scheme, today)[0]


def check_many(files: Sequence[Cells], scheme: Scheme, today: date) -> list[Roster]:
    """The same for several files, in their order, as fast as for one of as many rows."""
    out: dict[int, Roster] = {}
    for places in alike(files):
        group = [files[i] for i in places]
        stacked = clean(stack(group), scheme)
        for rule in ROW_CHECKS:
            rule(stacked, today)
        only_totals(stacked)
        for i, roster in zip(places, split(stacked, group), strict=True):
            for rule in FILE_CHECKS:
                rule(roster, today)
            out[i] = roster
    return [out[i] for i in range(len(files))]
