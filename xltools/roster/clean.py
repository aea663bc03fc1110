"""From cells as text to cleaned, typed columns; every change is reported, nothing is guessed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from xltools.catalogue.columns import MONEY, Column, roster_columns
from xltools.roster import amounts, choices, dates, phones, text
from xltools.roster.cells import Amounts, Cells, Roster, Times
from xltools.roster.problems import Findings, Mask
from xltools.roster.repeated import Texts, spread
from xltools.roster.utf8 import DIGITS, UPPER, beginnings
from xltools.roster.values import error_rows
from xltools.scheme import Scheme

_CODE = r"[a-z\s\-'`‘’]"
_PHONE = r"[^0-9]|^86|^00"


class _How(NamedTuple):
    """The function that cleans a cell, and for `text.clean` what else it may change and what it never does."""

    clean: Callable[[str], str] = text.folded
    suspect: str = ""
    plain: bytes = text.PLAIN
    begin: Mask | None = None


_HOW = {
    "text": _How(text.plain),
    "serial": _How(suspect=r"^\d+\.0+$", plain=DIGITS),
    "uscc": _How(text.code, _CODE, UPPER),
    "customs_code": _How(text.code, _CODE, UPPER),
    "phone": _How(phones.clean, _PHONE, DIGITS, beginnings("86", "00")),
    "email": _How(lambda v: text.folded(v).replace(" ", ""), " "),
    "year": _How(suspect=r"\D", plain=DIGITS),
    "month": _How(suspect=r"\D", plain=DIGITS),
    **dict.fromkeys(("firm", "sent", "entry", "file"), _How(text.plain)),
    **dict.fromkeys(("whole", "rate", "country", "percent", "currency", "code", "policy"), _How()),
}
"""By kind."""
_CHOICES = ("choice", "choices", "yes_no")
_REPEATED = ("text", *_CHOICES)
"""Kinds whose texts stay repeated where they came so; what is different in every row is spread."""


def clean(cells: Cells, scheme: Scheme, columns: Sequence[Column] | None = None) -> Roster:
    """The roster with every column of the catalogue, and a finding for each cell that could not be read."""
    n = len(cells)
    columns = roster_columns(scheme) if columns is None else columns
    findings = Findings(n, file=list(cells.problems), headings={c.field: c.heading for c in columns})
    roster = Roster(scheme, columns, cells, {}, {}, {}, findings, {})
    blank = pa.nulls(n, pa.string())
    for column in columns:
        if column.kind == "check":
            continue
        raw = cells.columns.get(column.field)
        if raw is not None:
            if wrong := sorted({*error_rows(raw), *cells.errors.get(column.field, ())}):
                roster.errors[column.field] = wrong
            raw = _without(raw, wrong + cells.no_value.get(column.field, []))
        changed = _column(roster, column, blank if raw is None else raw, there=raw is not None)
        if changed.size:
            roster.cleaned[column.field] = changed
    return roster


def _without(raw: Texts, rows: list[int]) -> Texts:
    if not rows:
        return raw
    where = np.zeros(len(raw), dtype=bool)
    where[rows] = True
    return pc.if_else(pa.array(where), None, raw)


def _column(roster: Roster, column: Column, raw: Texts, *, there: bool) -> npt.NDArray[np.int64]:
    """Type one column; returns the rows that cleaning changed."""
    n, field = len(roster), column.field
    if column.kind not in _REPEATED:
        raw = spread(raw)
    changed: Mask = np.zeros(n, dtype=bool)
    if column.kind in MONEY:
        if there:
            money = MONEY[column.kind] if column.kind != "money" else ""
            parsed = amounts.parse(raw, roster.cells.units[field], lambda: _numbers(roster.cells, field), money)
            roster.amounts[field], changed = parsed.amounts, parsed.tidied
            for code, where in parsed.wrong.items():
                changed = changed | _nothing(roster, column, raw, where)
                roster.found(code, field, where)
        else:
            roster.amounts[field] = Amounts(np.zeros(n, dtype=np.int64), changed)
    elif column.kind in ("date", "datetime"):
        since = dates.earliest(column, roster.scheme)
        roster.times[field], wrong, changed = dates.parse(raw, since) if there else (_no_times(n), changed, changed)
        if column.kind == "date":
            roster.times[field] = roster.times[field].astype("datetime64[D]").astype("datetime64[s]")
        changed = changed | _nothing(roster, column, raw, wrong)
        if wrong.any():
            shown, why = zip(*(dates.why(v, since) for v in roster.raw(field, wrong)), strict=True)
            roster.findings.add("DATE_INVALID", field, wrong, shown, why)
    elif column.kind in _CHOICES:
        roster.text[field], wrong, changed = choices.match(raw, column, roster.scheme)
        changed = changed | _nothing(roster, column, raw, wrong)
        if wrong.any():
            more = [choices.hint(v, column, roster.scheme) for v in roster.raw(field, wrong)]
            roster.found("CHOICE", field, wrong, more)
    else:
        cleaned, changed = text.clean(raw, *_HOW[column.kind])
        if there and column.kind != "serial" and (column.required != "yes" or column.kind == "text"):
            nothing = text.saying_nothing(cleaned)
            if nothing.any():
                cleaned, changed = pc.if_else(pa.array(nothing), None, cleaned), changed | nothing
                roster.nothing[field] = np.flatnonzero(nothing)
        roster.text[field] = cleaned
    return np.flatnonzero(changed)


def _nothing(roster: Roster, column: Column, raw: Texts, wrong: Mask) -> Mask:
    """The cells of an optional column that are wrong only because they say that there is nothing: no longer wrong."""
    out: Mask = np.zeros(len(raw), dtype=bool)
    if column.required != "yes" and wrong.any():
        out[wrong] = [text.says_nothing(v) for v in raw.filter(pa.array(wrong)).to_pylist()]
        if out.any():
            wrong &= ~out
            roster.nothing[column.field] = np.flatnonzero(out)
    return out


def _no_times(n: int) -> Times:
    return np.full(n, np.datetime64("NaT"), dtype="datetime64[s]")


def _numbers(cells: Cells, field: str) -> Mask:
    return cells.is_number(field) if cells.is_number else np.zeros(len(cells), dtype=bool)
