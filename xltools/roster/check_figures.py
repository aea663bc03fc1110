"""Checks of amounts and dates (金额、日期)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import numpy as np

from xltools.catalogue.columns import region_fields
from xltools.roster.cells import Amounts, Roster
from xltools.roster.letters import column_letters
from xltools.roster.masks import has
from xltools.roster.problems import FileProblem
from xltools.scheme import Scheme

SUSPECT_MEDIAN = 5_000
SUSPECT_ROWS = 10
"""A column of at least so many figures whose median is below so many dollars is probably in 万美元."""


def key_above_total(r: Roster, today: date) -> None:
    _above_total(r, "key_exports", "KEY_ABOVE_TOTAL")


def region_above_total(r: Roster, today: date) -> None:
    for field in region_fields(r.scheme):
        _above_total(r, field, "REGION_ABOVE_TOTAL")


def regions_sum_above(r: Roster, today: date) -> None:
    total = r.amounts["exports"]
    sums = emerging_sum(r.scheme, r.amounts)
    r.found("REGIONS_SUM_ABOVE", "exports", total.known & sums.known & (sums.cents > total.cents))


def zero_exports(r: Roster, today: date) -> None:
    total = r.amounts["exports"]
    r.found("ZERO_EXPORTS", "exports", total.known & (total.cents == 0))


def unit_suspect(r: Roster, today: date) -> None:
    real = ~has(r, "", "TOTAL_ROW")
    for column in r.columns:
        if column.kind == "amount" and column.field in r.cells.places:
            amounts = r.amounts[column.field]
            values = amounts.cents[amounts.known & real & (amounts.cents > 0)]
            if values.size < SUSPECT_ROWS or np.count_nonzero(values < SUSPECT_MEDIAN * 100) * 2 < values.size:
                continue  # most files: their medians need no sorting
            if (median := float(np.median(values)) / 100) < SUSPECT_MEDIAN:
                cell = f"{column_letters(r.cells.places[column.field] + 1)}{r.cells.heading_row}"
                r.findings.file.append(
                    FileProblem("UNIT_SUSPECT", value=f"{median:,.2f}", heading=column.heading, cell=cell)
                )


def date_future(r: Roster, today: date) -> None:
    tomorrow = np.datetime64(today, "D") + 1
    for field in ("received", "reviewed"):
        r.found("DATE_FUTURE", field, r.times[field] >= tomorrow)


def date_window(r: Roster, today: date) -> None:
    window, when = r.scheme.acceptance, r.times["received"]
    early = when < np.datetime64(window.start.value, "D")
    late = when >= np.datetime64(window.end.value, "D") + 1
    r.found("DATE_WINDOW", "received", early | late)


def time_missing(r: Roster, today: date) -> None:
    when = r.times["received"]
    r.found("TIME_MISSING", "received", when == when.astype("datetime64[D]"))


def emerging_sum(scheme: Scheme, amounts: Mapping[str, Amounts]) -> Amounts:
    """Declared emerging-market exports in cents (blank columns as 0), known where any of the columns is filled."""
    parts = [amounts[f] for f in region_fields(scheme)]
    total = np.zeros(len(amounts["exports"].cents), dtype=np.int64)
    known = np.zeros(len(total), dtype=bool)
    for part in parts:
        total += np.minimum(part.cents, 10**17)
        known |= part.known
    return Amounts(total, known)


def _above_total(r: Roster, field: str, code: str) -> None:
    part, total = r.amounts[field], r.amounts["exports"]
    r.found(code, field, part.known & total.known & (part.cents > total.cents))
