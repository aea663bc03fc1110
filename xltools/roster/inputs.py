"""The bureau's own tables (市局资料): cleaned and checked like a roster, with the few kinds that only they have."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal, InvalidOperation

import numpy as np
import pyarrow as pa

from xltools.catalogue.columns import input_columns
from xltools.roster import checks
from xltools.roster.cells import Cells, Roster
from xltools.roster.clean import clean
from xltools.roster.problems import Mask
from xltools.scheme import Scheme
from xltools.scheme.countries import iso

CODES = (checks.uscc_number, checks.uscc_length, checks.uscc_digits)
COMMON = (checks.total_row, checks.cell_error, checks.formula_without_value, checks.required)


def check(cells: Cells, scheme: Scheme, name: str, today: date) -> Roster:
    """Clean and check one of the bureau's tables; `name` as in inputs.toml.

    Columns of the kinds whole, rate, period and country hold their canonical text: `12`, `7.0883`, `2018` or
    `2018-09`, `US`; null where blank or wrong (then a finding says so).
    """
    roster = clean(cells, scheme, input_columns(scheme, name))
    for rule in COMMON:
        rule(roster, today)
    if "uscc" in roster.text:
        for rule in CODES:
            rule(roster, today)
    for column in roster.columns:
        if column.kind in KINDS:
            to, code = KINDS[column.kind]
            roster.text[column.field], wrong = _canonical(roster.text[column.field], to)
            roster.found(code, column.field, wrong)
    checks.only_totals(roster)
    return roster


def _canonical(values: pa.StringArray, to: Callable[[str], str | None]) -> tuple[pa.StringArray, Mask]:
    coded = values.dictionary_encode()
    meant = [to(v) for v in coded.dictionary.to_pylist()]
    bad = np.array([m is None for m in meant] + [False], dtype=bool)
    index = coded.indices.fill_null(len(meant)).to_numpy()
    return pa.array([*meant, None], pa.string()).take(pa.array(index)), bad[index]


def whole(text: str) -> str | None:
    """A positive whole number."""
    found = re.fullmatch(r"(\d{1,9})(\.0+)?", text)
    return str(int(found[1])) if found and int(found[1]) > 0 else None


def rate(text: str) -> str | None:
    """A positive decimal of at most 8 places, without trailing noise of a binary fraction."""
    try:
        value = Decimal(text)
    except InvalidOperation:
        return None
    if not value.is_finite() or not 0 < value < 10_000:
        return None
    near = value.quantize(Decimal("1e-8"))
    return format(near.normalize(), "f") if abs(near - value) < Decimal("1e-12") else None


def period(text: str) -> str | None:
    """A year, or a year and month.

    >>> period("201809"), period("2018年9月"), period("2018"), period("2018-13"), period("2018-09-01 00:00:00")
    ('2018-09', '2018-09', '2018', None, '2018-09')
    """
    text = re.sub(r"\.0+$", "", text.replace(" ", ""))
    if found := re.fullmatch(r"((?:19|20)\d\d)年?度?", text):
        return found[1]
    found = re.fullmatch(r"((?:19|20)\d\d)[-/.年]?(\d{1,2})月?(?:-01(?:00:00:00)?)?", text)
    return f"{found[1]}-{int(found[2]):02}" if found and 1 <= int(found[2]) <= 12 else None


KINDS: dict[str, tuple[Callable[[str], str | None], str]] = {
    "whole": (whole, "WHOLE"),
    "rate": (rate, "RATE"),
    "period": (period, "PERIOD"),
    "country": (iso, "COUNTRY"),
}
