"""From checked rows to what the rules look at: whose figure counts, which cells are clean."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from xltools.catalogue.columns import OUTSIDE, by_field
from xltools.desk.rules.left_out import LeftOut
from xltools.engine.applications import AGREED, BLANK, CUSTOMS, DROPPED, REFUSED, RETURNED, Applications, nothing
from xltools.engine.customs import CustomsFigures, figures
from xltools.roster import across
from xltools.roster.cells import Amounts, Times
from xltools.roster.checks import emerging_sum
from xltools.roster.problems import Findings, Mask
from xltools.roster.repeated import Texts, each, places, spread
from xltools.roster.text import equals, mask
from xltools.scheme import Scheme
from xltools.scheme.countries import Group

OPINIONS = {"同意": AGREED, "不同意": REFUSED, "补正": RETURNED}


class Rows(Protocol):
    """Checked rows, from a file or from the ledger."""

    @property
    def scheme(self) -> Scheme: ...
    @property
    def text(self) -> dict[str, Texts]: ...
    @property
    def amounts(self) -> dict[str, Amounts]: ...
    @property
    def times(self) -> dict[str, Times]: ...
    @property
    def findings(self) -> Findings: ...
    def __len__(self) -> int: ...


@dataclass(frozen=True)
class Customs:
    """A customs extract (columns uscc, customs_code, year, country, cents), the scheme's country groups, and what was
    left out of the extract, along the rows that are asked about."""

    extract: pa.Table
    groups: Mapping[str, Group]
    left: LeftOut

    @property
    def incomplete(self) -> Mask:
        """Rows whose firm's figures may lack a row of the extract."""
        return self.left.bits & CUSTOMS > 0

    def figures(self, rows: Rows) -> CustomsFigures:
        """The figures of these rows' firms; rows of one firm (two districts' claims) all get its figures."""
        union = {c for g in self.groups.values() for c in g.members}
        scheme, uscc = rows.scheme, rows.text["uscc"]
        own = pa.array(np.arange(len(uscc)))
        first = pc.coalesce(pc.cast(pc.index_in(uscc, value_set=uscc, skip_nulls=True), pa.int64()), own).to_numpy()
        firms = np.unique(first)
        found = figures(
            self.extract,
            uscc.take(pa.array(firms)),
            rows.text["customs_code"].take(pa.array(firms)),
            scheme.base_year.value,
            scheme.key_countries.value,
            union,
        )
        place = np.searchsorted(firms, first)
        columns = {f.name: getattr(found, f.name) for f in fields(found)}
        return CustomsFigures(**{k: v[place] if isinstance(v, np.ndarray) else v for k, v in columns.items()})


def declared(rows: Rows, day: date, customs: Customs | None = None) -> Applications:
    """The applications as their own file (and the customs extract, if there is one) shows them on a day.

    The district's policy tick counts, no bureau opinion is asked for and no list is known, as in `quote`; a workspace
    replaces what the bureau knows better.
    """
    scheme, n = rows.scheme, len(rows)
    a = nothing(n)

    def clean(field: str) -> Mask:
        return ~rows.findings.mask(fields=(field,))

    def is_(field: str, value: str) -> Mask:
        return equals(rows.text[field], value) & clean(field)

    _declared_figures(rows, a, clean("exports"))
    if customs:
        _customs_figures(rows, a, customs, clean("uscc"))
        a["incomplete"] = customs.left.bits & CUSTOMS
    a["wish"] = _index(rows.text["wish"], [p.id for p in scheme.plans], -1)
    a["wish"][_dropped(rows, "wish") & clean("wish")] = DROPPED
    default = scheme.insurers.index(scheme.default_insurer)
    a["insurer"] = _index(rows.text["insurer"], [i.name for i in scheme.insurers], default)
    a["copay"] = is_("copay", "是")
    a["policy"] = is_("policy", "是")
    a["declared_insured"] = is_("insured", "已投保")
    a["outside"] = is_("area", OUTSIDE) | (_dropped(rows, "area") & clean("area"))
    a["district"] = _opinions(rows.text["opinion"], clean("opinion"))
    a["bureau"] = np.full(n, AGREED, dtype=np.int64)
    a["has_error"] = rows.findings.mask()
    a["received"] = rows.times["received"]
    a["reduction"] = reductions(scheme, day, spread(rows.text["size"]), spread(rows.text["tier"]), {})
    return Applications(**a)


def _dropped(rows: Rows, field: str) -> Mask:
    """Where something stands that is no choice of the scheme: it was one when the row came, and an amendment dropped it."""
    choices = pa.array(by_field(rows.scheme)[field].choices, pa.string())
    return each(
        rows.text[field], lambda texts: mask(pc.and_(pc.is_valid(texts), pc.invert(pc.is_in(texts, value_set=choices))))
    )


def _declared_figures(rows: Rows, a: dict[str, np.ndarray], clean: Mask) -> None:
    exports = rows.amounts["exports"]
    a["exports"], a["exports_known"] = exports.cents, exports.known & clean
    a["before"], a["before_known"] = rows.amounts["before"].cents, rows.amounts["before"].known
    a["key"], a["key_known"] = rows.amounts["key_exports"].cents, rows.amounts["key_exports"].known
    declared_sum = emerging_sum(rows.scheme, rows.amounts)
    a["emerging"] = declared_sum.cents
    a["emerging_known"] = declared_sum.known & exports.known & (declared_sum.cents <= exports.cents)


def _customs_figures(rows: Rows, a: dict[str, np.ndarray], customs: Customs, clean: Mask) -> None:
    """Customs figures are authoritative for every year that is loaded; a firm unknown to them has none."""
    seen = customs.figures(rows)
    year = rows.scheme.base_year.value
    if year in seen.years:
        a["exports"], a["exports_known"] = seen.exports, seen.present & clean
        a["key"], a["key_known"] = seen.key, seen.present
        a["emerging"], a["emerging_known"] = seen.emerging, seen.present
        a["customs_absent"] = ~seen.present & ~customs.incomplete
        a["unknown_country"] = seen.unknown_country
    if year - 1 in seen.years:
        a["before"], a["before_known"] = seen.before, seen.before_present
    a["exports_known"] &= ~customs.incomplete


def compare_with_customs(rows: Rows, seen: CustomsFigures, incomplete: Mask) -> None:
    """Warn where a declared figure lies further from customs than the tolerance, and of zero exports by customs; not
    where the figures of customs are incomplete."""
    seen = replace(seen, present=seen.present & ~incomplete, before_present=seen.before_present & ~incomplete)
    scheme, findings, amounts = rows.scheme, rows.findings, rows.amounts
    base = scheme.base_year.value
    if base in seen.years:
        across.customs_differs(findings, scheme, "exports", amounts["exports"], seen.exports, seen.present)
        across.customs_differs(findings, scheme, "key_exports", amounts["key_exports"], seen.key, seen.present)
        across.customs_zero(findings, amounts["exports"], seen.exports, seen.present)
    if base - 1 in seen.years:
        across.customs_differs(findings, scheme, "before", amounts["before"], seen.before, seen.before_present)


def _index(values: Texts, names: list[str], blank: int) -> np.ndarray:
    """Index of each value among names, `blank` where there is none; int64."""
    texts = values.dictionary if isinstance(values, pa.DictionaryArray) else values
    found = pc.index_in(texts, value_set=pa.array(names, pa.string()), skip_nulls=True)
    index = np.asarray(found.fill_null(blank), dtype=np.int64)
    return np.append(index, blank)[places(values)] if isinstance(values, pa.DictionaryArray) else index


def _opinions(values: Texts, clean: Mask) -> np.ndarray:
    index = _index(values, list(OPINIONS), len(OPINIONS))
    return np.where(clean, np.array([*OPINIONS.values(), BLANK])[index], BLANK)


def reductions(
    scheme: Scheme, day: date, size: pa.StringArray, tier: pa.StringArray, listed: Mapping[str, Mask]
) -> np.ndarray:
    """Index of the largest reduction (保费优惠) that holds on the day and fits each firm's size, tier and lists; -1 for
    none. `listed`: who stands on a list, by its name; on a list that is not there nobody does."""
    n = len(size)
    best = np.full(n, -1, dtype=np.int64)
    for i in sorted(range(len(scheme.reductions)), key=lambda i: scheme.reductions[i].off.value):
        rule = scheme.reductions[i]
        fits = np.full(n, rule.holds(day))
        for column, values in ((size, rule.sizes), (tier, rule.tiers)):
            if values:
                fits &= mask(pc.is_in(column, value_set=pa.array(list(values), pa.string())))
        if rule.list:
            fits &= listed.get(rule.list, np.zeros(n, dtype=bool))
        best[fits] = i
    return best
