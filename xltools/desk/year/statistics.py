"""Statistics (统计) from the facts: measures by period, district, plan, insurer, market group and tag, with growth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import pyarrow as pa
import pyarrow.compute as pc

from xltools.desk.grouping import grouped
from xltools.desk.year.facts import Facts
from xltools.desk.year.members import among
from xltools.engine.growth import growth

MEASURES = {
    "firms": "企业(家)", "small": "小微(家)", "insured_cents": "承保金额(美元)", "fiscal_fen": "财政扶持(元)",
    "indemnity_cents": "赔款(美元)", "financed_fen": "融资额(元)", "financed_cents": "融资项下保险金额(美元)",
}  # fmt: skip
"""What is counted, and how it is headed; counts, US cents and fen."""
COUNTS = ("firms", "small")
TOTAL, MONTH, AREA, PLAN, INSURER, MARKET, TAG = "合计", "月份", "区", "方案", "保险人", "市场组", "标签"


@dataclass(frozen=True)
class Line:
    """One row of the statistics: `values` by measure, `base` those of the same period a year before; what is not counted
    for this group, or not known, is absent."""

    group: str
    item: str
    values: Mapping[str, int]
    base: Mapping[str, int]

    def growth(self, measure: str) -> Fraction | None:
        """Year-on-year; None where the base is zero or not known."""
        base = self.base.get(measure)
        now = self.values.get(measure)
        return None if base is None or now is None else growth(now, base)


def lines(now: Facts, markets: Mapping[str, frozenset[str]], before: Facts | None = None) -> list[Line]:
    """All groups up to the cut-off; by month what was added in it. `before` are the facts of a year before."""
    mine = _counted(now, markets)
    if before is None:
        return mine
    base = {_key(x, years=1): x for x in _counted(before, markets)}
    return [replace(x, base=base[(x.group, x.item)].values if (x.group, x.item) in base else {}) for x in mine]


def _key(line: Line, years: int) -> tuple[str, str]:
    """A line by its group and item, a month moved on by so many years."""
    if line.group != MONTH:
        return line.group, line.item
    return line.group, f"{int(line.item[:4]) + years}{line.item[4:]}"


def _counted(f: Facts, markets: Mapping[str, frozenset[str]]) -> list[Line]:
    scheme = f.standing.register.scheme
    out = [Line(TOTAL, TOTAL, _everything(f), {})]
    orders: dict[str, Sequence[str]] = {
        AREA: [a.name for a in scheme.areas_of_year],
        PLAN: [p.id for p in scheme.plans],
        INSURER: [i.name for i in scheme.insurers],
    }
    for group, field in ((MONTH, "month"), (AREA, "area"), (PLAN, "plan"), (INSURER, "insurer")):
        out += _by(f, group, field, orders.get(group, ()))
    out += [Line(MARKET, title, _in_market(f, members), {}) for title, members in markets.items()]
    for tag in sorted(set(f.tags["tag"].to_pylist())):
        firms = f.tags.filter(pc.equal(f.tags["tag"], tag))["uscc"].to_pylist()
        out.append(Line(TAG, tag, _everything(_only(f, firms)), {}))
    return out


def _everything(f: Facts) -> dict[str, int]:
    """All measures of all rows."""
    sums = {"insured_cents": "insured_cents", "fiscal_fen": "fiscal_fen"}
    out = {"firms": f.policies.num_rows, "small": _sum(f.policies["small"])}
    out |= {m: _sum(f.policies[c]) for m, c in sums.items()}
    out |= {"indemnity_cents": _sum(f.indemnities["cents"])}
    return out | {"financed_fen": _sum(f.loans["fen"]), "financed_cents": _sum(f.loans["cents"])}


def _sum(column: pa.ChunkedArray) -> int:
    return int(pc.sum(column).as_py() or 0)


def _by(f: Facts, group: str, field: str, order: Sequence[str]) -> list[Line]:
    policies = grouped(f.policies, [field], ["small", "insured_cents", "fiscal_fen"], {"uscc": ""})
    indemnities = grouped(f.indemnities, [field], ["cents"])
    loans = grouped(f.loans, [field], ["fen", "cents"])
    names = [*order, *sorted({*policies, *indemnities, *loans} - {*order})]
    out = []
    for name in names:
        small, insured, fiscal, firms = policies.get(name, (0, 0, 0, 0))
        values = dict(
            zip(
                MEASURES,
                (firms, small, insured, fiscal, *indemnities.get(name, (0,)), *loans.get(name, (0, 0))),
                strict=True,
            )
        )
        out.append(Line(group, name, values, {}))
    return out


def _in_market(f: Facts, members: frozenset[str]) -> dict[str, int]:
    """Firms that exported there in the base year, these exports, and indemnities on claims there; money of the budget and
    loans belong to no market. Of a group without members nothing can be said."""
    if not members:
        return {}
    rows = f.exports.filter(among(f.exports["country"], members))
    firms = pc.unique(rows.filter(pc.greater(rows["cents"], 0))["uscc"])
    mine = f.policies.filter(pc.is_in(f.policies["uscc"], value_set=firms))
    claims = f.indemnities.filter(among(f.indemnities["country"], members))
    return {
        "firms": mine.num_rows, "small": _sum(mine["small"]), "insured_cents": _sum(rows["cents"]),
        "indemnity_cents": _sum(claims["cents"]),
    }  # fmt: skip


def _only(f: Facts, firms: Sequence[str]) -> Facts:
    """What concerns these firms."""

    def mine(rows: pa.Table) -> pa.Table:
        return rows.filter(among(rows["uscc"], [u for u in firms if u]))

    return replace(f, policies=mine(f.policies), indemnities=mine(f.indemnities), loans=mine(f.loans))


@dataclass(frozen=True)
class Correction:
    """One figure that is another one since the report was frozen."""

    group: str
    item: str
    measure: str
    was: int | None
    now: int | None


def corrections(was: Sequence[Line], now: Sequence[Line]) -> list[Correction]:
    """What later entries have made of a frozen report's own figures, in its order; the new lines behind."""
    old = {(x.group, x.item): x.values for x in was}
    new = {(x.group, x.item): x.values for x in now}
    out = []
    for key in dict.fromkeys([*old, *new]):
        for measure in MEASURES:
            pair = old.get(key, {}).get(measure), new.get(key, {}).get(measure)
            if pair[0] != pair[1]:
                out.append(Correction(*key, measure, *pair))
    return out
