"""Targets (目标) with what has been reached of them, and the insurers' other lines (承保统计) with their growth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from xltools.desk.year.facts import Facts
from xltools.engine.growth import growth, share
from xltools.engine.periods import Period, period, year_before
from xltools.scheme import Scheme

PLATFORM = "统保平台"
"""The line (业务线) whose rows are the platform's own figures of earlier years."""
FIGURES = {
    "firms": "家数", "small": "小微家数", "insured_cents": "保险金额(美元)", "premium_fen": "保费(元)", "indemnity_cents": "赔款(美元)",
    "financed_fen": "融资额(元)",
}  # fmt: skip
"""What insurers report of a line, by field, and how it is headed."""
AREAS = "覆盖面(%)"
ALL_LINES = "各业务线承保金额(美元)"
STOCKS = {
    "统保企业(家)": "firms",
    "小微企业(家)": "small",
    "承保金额(美元)": "insured_cents",
    "财政扶持(元)": "fiscal_fen",
}
"""Targets measured by the policies entered up to the period's end."""
FLOWS = {"赔款(美元)": "cents", "融资额(元)": "fen", "融资项下保险金额(美元)": "cents"}
"""Targets measured by what was paid or lent within the period, and the column that is summed."""
MEASURED = (*STOCKS, *FLOWS, AREAS, ALL_LINES)
"""Targets that the ledger can measure."""


@dataclass(frozen=True)
class OtherLine:
    """An insurer's cumulative figures of one line at the latest month up to the cut-off; `base` those of the same month a
    year before. US cents, fen and counts by field."""

    insurer: str
    line: str
    month: str
    values: Mapping[str, int]
    base: Mapping[str, int]

    def growth(self, field: str) -> Fraction | None:
        now, base = self.values.get(field), self.base.get(field)
        return None if now is None or base is None else growth(now, base)


@dataclass(frozen=True)
class Target:
    """A target and how far it is reached: `figure` and `reached` in the indicator's own unit; None where nobody can say."""

    indicator: str
    period: str
    figure: Fraction
    reached: Fraction | None
    grounds: str
    responsible: str
    why: str = ""

    @property
    def progress(self) -> Fraction | None:
        return None if self.reached is None or not self.figure else self.reached / self.figure


def other_lines(rows: pa.Table, cutoff: date) -> list[OtherLine]:
    """Of the table `other_lines`: by insurer and line the latest month up to the cut-off; the platform's own rows are no line."""
    latest: dict[tuple[str, str], dict[str, Any]] = {}
    known: dict[tuple[str, str, str], dict[str, Any]] = {}
    for r in rows.to_pylist():
        known[r["insurer"], r["line"], r["month"]] = r
        if r["line"] != PLATFORM and r["month"] <= f"{cutoff:%Y-%m}":
            key = r["insurer"], r["line"]
            if key not in latest or latest[key]["month"] < r["month"]:
                latest[key] = r
    return [
        OtherLine(*key, r["month"], _filled(r), _filled(known.get((*key, _year_back(r["month"])), {})))
        for key, r in sorted(latest.items())
    ]


def platform_base(rows: pa.Table, cutoff: date) -> dict[str, dict[str, int]]:
    """The platform's own figures a year before, by insurer and "" for all of them: of the cut-off's month."""
    month = f"{year_before(cutoff):%Y-%m}"
    out: dict[str, dict[str, int]] = {}
    for r in rows.to_pylist():
        if r["line"] == PLATFORM and r["month"] == month:
            found = _filled(r)
            out[r["insurer"]] = found
            whole = out.setdefault("", {})
            for field, value in found.items():
                whole[field] = whole.get(field, 0) + value
    return out


def _filled(row: Mapping[str, Any]) -> dict[str, int]:
    return {f: row[f] if not isinstance(row[f], str) else int(row[f]) for f in FIGURES if row.get(f) is not None}


def _year_back(month: str) -> str:
    return f"{int(month[:4]) - 1}{month[4:]}"


def targets(rows: pa.Table, f: Facts, lines: pa.Table, scheme: Scheme) -> list[Target]:
    """Every target with what the facts say of it, up to the cut-off."""
    cover = scheme.cover.start.value, scheme.cover.end.value
    out = []
    for r in rows.to_pylist():
        within = period(r["period"], cover)
        figure = Fraction(r["figure"])
        common = (r["grounds"] or "", r["responsible"] or "")
        if within is None or r["indicator"] not in MEASURED:
            why = "系统不会算这个指标" if within else "期间看不懂"
            out.append(Target(r["indicator"], r["period"], figure, None, *common, why))
        elif within.first > f.cutoff:
            out.append(Target(r["indicator"], within.name, figure, None, *common, "期间还没有开始"))
        else:
            reached, why = _reached(r["indicator"], within, f, lines)
            out.append(Target(r["indicator"], within.name, figure, reached, *common, why))
    return out


def _reached(indicator: str, within: Period, f: Facts, lines: pa.Table) -> tuple[Fraction | None, str]:
    last = min(within.last, f.cutoff)
    policies = f.policies.filter(pc.less_equal(f.policies["entered"], last))
    if indicator == AREAS:
        whole = sum(f.entitled.values())
        found = share(policies.num_rows, whole) if f.entitled_known else None
        return (None if found is None else found * 100), "" if found is not None else "没有基年海关数据，不知道应保多少"
    if indicator == ALL_LINES:
        return _all_lines(within, last, policies, lines)
    if indicator in STOCKS:
        field = STOCKS[indicator]
        n = policies.num_rows if field == "firms" else _sum(policies[field])
        return Fraction(n, 1 if field in ("firms", "small") else 100), ""
    paid = f.indemnities if indicator.startswith("赔款") else f.loans
    mine = paid.filter(pc.and_(pc.greater_equal(paid["day"], within.first), pc.less_equal(paid["day"], last)))
    return Fraction(_sum(mine[FLOWS[indicator]]), 100), ""


def _all_lines(within: Period, last: date, policies: pa.Table, lines: pa.Table) -> tuple[Fraction | None, str]:
    """The platform and the insurers' other lines: each line's latest month within the period's last year."""
    found = [x for x in other_lines(lines, last) if x.month >= f"{max(within.first, date(last.year, 1, 1)):%Y-%m}"]
    if not found:
        return None, "保险人还没有报这个期间的承保统计"
    other = sum(x.values.get("insured_cents", 0) for x in found)
    return Fraction(other + _sum(policies["insured_cents"]), 100), f"承保统计到 {max(x.month for x in found)}"


def _sum(column: pa.ChunkedArray) -> int:
    return int(pc.sum(column).as_py() or 0)


def late_tasks(rows: Sequence[Mapping[str, Any]], day: date) -> list[str]:
    """Numbers of tasks whose term has passed and that are not done."""
    return [r["no"] for r in rows if r["due"] and r["due"] < day and r["progress"] in ("未开始", "进行中")]
