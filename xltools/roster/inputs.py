"""The bureau's own tables (市局资料): cleaned and checked like a roster, with the few kinds that only they have."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from xltools.catalogue.bureau_tables import bureau_tables, columns_of
from xltools.catalogue.columns import MONEY, Column
from xltools.roster import checks, guards
from xltools.roster.asides import totals
from xltools.roster.cells import Cells, Roster
from xltools.roster.clean import clean
from xltools.roster.dates import papers_since
from xltools.roster.problems import Mask
from xltools.roster.repeated import each
from xltools.roster.text import mask
from xltools.scheme import Scheme
from xltools.scheme.countries import iso

FIGURES = (*MONEY, "date", "datetime", "rate", "whole", "percent")
REMARKS = ("remark", "grounds", "exports_grounds", "source", "document")
"""Where people write what they like."""
CODES = (checks.uscc_number, checks.uscc_length, checks.uscc_digits)
COMMON = (
    checks.cell_error, checks.formula_without_value, checks.required, checks.digits_lost, checks.amount_like_date,
)  # fmt: skip


def check(cells: Cells, scheme: Scheme, name: str, today: date) -> Roster:
    """Clean and check one of the bureau's tables; `name` as it is declared.

    Columns of the kinds in CANONICAL hold their canonical text: `12`, `7.0883`, `2018-09`, `US`; null where blank or
    wrong (then a finding says so).
    """
    roster = clean(cells, scheme, columns_of(scheme, name))
    roster.own = True
    total_rows(roster)
    for rule in COMMON:
        rule(roster, today)
    if "uscc" in roster.text:
        for rule in CODES:
            rule(roster, today)
    for column in roster.columns:
        if column.kind in CANONICAL:
            _make_canonical(roster, column)
    for c in bureau_tables()[name].column:
        if c.after and c.field in roster.times:
            _in_order(roster, c.field, c.after)
    checks.only_totals(roster)
    roster.passed = guards.check(roster, bureau_tables()[name].guard)
    return roster


def _make_canonical(roster: Roster, column: Column) -> None:
    field, (to, problem) = column.field, CANONICAL[column.kind]
    written = roster.text[field]
    values, wrong = _canonical(written, to)
    why: dict[str, Mask] = {"": wrong & ~roster.has(field, "DIGITS_LOST")}
    if column.kind in ("month", "year"):
        since = papers_since(roster.scheme).year
        why[f"（早于 {since} 年）"] = mask(pc.less(values, str(since)))
    if column.kind == "month":
        either = mask(pc.match_substring_regex(written, r"^\d{4}\.1$"))
        if either.any() and roster.cells.is_number:
            either = either & roster.cells.is_number(field)
        why["（分不清是 1 月还是 10 月）"] = either
    for more, where in why.items():
        roster.found(problem, field, where, [more] * int(where.sum()))
        if more and where.any():
            values = pc.if_else(pa.array(where), None, values)
    roster.text[field] = values


def _in_order(roster: Roster, later: str, first: str) -> None:
    """No end before its start; a day that is not known is neither."""
    begin, end = roster.times[first], roster.times[later]
    early = end < begin
    heading = next(c.heading for c in roster.columns if c.field == first)
    days = begin[early].astype("datetime64[D]").astype(str).tolist()
    roster.found("DATE_INVALID", later, early, [f"（早于“{heading}”{day}）" for day in days])


def total_rows(r: Roster) -> None:
    """A row that adds up others says so in any cell that is no figure: 合计 for a code, 小计 for a country."""
    labels: dict[int, str] = {}
    for column in r.columns:
        raw = r.cells.columns.get(column.field)
        if raw is None or column.kind in FIGURES or column.field in REMARKS:
            continue
        hit = each(raw, totals)
        if hit.any():
            for row, text in zip(np.flatnonzero(hit).tolist(), r.raw(column.field, hit), strict=True):
                labels.setdefault(row, text)
    if labels:
        where = np.zeros(len(r), dtype=bool)
        where[list(labels)] = True
        r.findings.add("TOTAL_ROW", "", where, [labels[row] for row in sorted(labels)])


def _canonical(values: pa.StringArray, to: Callable[[str], str | None]) -> tuple[pa.StringArray, Mask]:
    coded = values.dictionary_encode()
    meant = [to(v) for v in coded.dictionary.to_pylist()]
    bad = np.array([m is None for m in meant] + [False], dtype=bool)
    index = coded.indices.fill_null(len(meant)).to_numpy()
    return pa.array([*meant, None], pa.string()).take(pa.array(index)), bad[index]


def whole(text: str) -> str | None:
    """A positive whole number."""
    found = re.fullmatch(r"([0-9]{1,9})(\.0+)?", text)
    return str(int(found[1])) if found and int(found[1]) > 0 else None


def rate(text: str) -> str | None:
    """A positive decimal of at most 8 places, without trailing noise of a binary fraction."""
    if not re.fullmatch(r"[0-9]{1,4}(\.[0-9]+)?", text):
        return None
    value = Decimal(text)
    if not value:
        return None
    near = value.quantize(Decimal("1e-8"))
    return format(near.normalize(), "f") if abs(near - value) < Decimal("1e-12") else None


def year(text: str) -> str | None:
    """The year of a year, or of a year and month.

    >>> year("201809"), year("2018年9月"), year("2018"), year("2018-13"), year("2018-09-01 00:00:00")
    ('2018', '2018', '2018', None, '2018')
    """
    found = re.fullmatch(r"((?:19|20)[0-9]{2})(?:\.0+)?\s?年?度?", text)
    return found[1] if found else (month(text) or "")[:4] or None


def month(text: str) -> str | None:
    """A year and month.

    >>> month("201809"), month("2018年9月"), month("2018"), month("2018-13"), month("2018-09-01 00:00:00")
    ('2018-09', '2018-09', None, None, '2018-09')
    """
    text = re.sub(r"\s?([-/.年月])\s?", r"\1", re.sub(r"(?<=[0-9]{6})\.0+$", "", text))
    found = re.fullmatch(r"((?:19|20)[0-9]{2})[-/. 年]?([0-9]{1,2})月?(?:-01(?: 00:00:00)?)?", text)
    return f"{found[1]}-{int(found[2]):02}" if found and 1 <= int(found[2]) <= 12 else None


def percent(text: str) -> str | None:
    """A share as a fraction: `90%` and 0.9 are the same; 90 may mean either and is asked about.

    >>> percent("90%"), percent("0.9"), percent("1"), percent("90"), percent("-1%")
    ('0.9', '0.9', '1', None, None)
    """
    found = re.fullmatch(r"([0-9]{1,3}(?:\.[0-9]{1,8})?|\.[0-9]{1,8})\s?(%?)", text)
    if found is None:
        return None
    value = Decimal(found[1]) / (100 if found[2] else 1)
    near = value.quantize(Decimal("1e-8"))
    return format(near.normalize(), "f") if near <= 1 and abs(near - value) < Decimal("1e-12") else None


def currency(text: str) -> str | None:
    """A currency by its code (ISO 4217), or by the names that offices use.

    >>> currency("usd"), currency("人民币"), currency("美金"), currency("元宝")
    ('USD', 'CNY', 'USD', None)
    """
    import pycountry

    said = text.upper()
    said = CURRENCIES.get(said, said)
    return said if len(said) == 3 and pycountry.currencies.get(alpha_3=said) is not None else None


def code(text: str) -> str | None:
    """A number that somebody gave: a policy, a case, a document. Letters in capitals, no spaces."""
    said = re.sub(r"\s", "", text).upper()
    return said if re.fullmatch(r"[0-9A-Z\u4e00-\u9fff〔〕（）()\[\]./_-]{1,60}", said) else None


def file_name(text: str) -> str | None:
    """The name of a file in the workspace: no drive, no way out of the folder."""
    said = text.replace("\\", "/").strip("/")
    parts = said.split("/")
    bad = any(p in ("", ".", "..") or re.search(r'[<>:"|?*\x00-\x1f]', p) for p in parts)
    return None if bad or text.startswith(("/", "\\")) else said


CURRENCIES = {
    "人民币": "CNY", "元": "CNY", "RMB": "CNY", "美元": "USD", "美金": "USD", "欧元": "EUR", "日元": "JPY",
    "英镑": "GBP", "港元": "HKD", "港币": "HKD",
}  # fmt: skip

CANONICAL: dict[str, tuple[Callable[[str], str | None], str]] = {
    "whole": (whole, "WHOLE"),
    "rate": (rate, "RATE"),
    "year": (year, "PERIOD"),
    "month": (month, "MONTH"),
    "percent": (percent, "PERCENT"),
    "country": (iso, "COUNTRY"),
    "currency": (currency, "CURRENCY"),
    "code": (code, "CODE_SHAPE"),
    "policy": (code, "CODE_SHAPE"),
    "file": (file_name, "FILE_NAME"),
}
"""By kind: what makes a cell's text canonical (None: it is wrong), and the problem that it then is."""
