"""Who is still to be won (动员): firms of the customs extract that are entitled and have not applied.

The rules are the engine's own, with no review in their way: whoever they find 符合条件 could be on the platform (二（一）).
A firm with a policy in force or above the bands is never among them; one in the gap is referred to the provincial
platform; one whose figures may be incomplete, or who cannot be told from its code, waits.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Connection

from xltools.catalogue.reasons import having
from xltools.desk.rules.left_out import left_out
from xltools.desk.rules.register import Register, as_known, load_register, new_codes
from xltools.desk.transaction import looking
from xltools.desk.workspace import Workspace
from xltools.engine.applications import AGREED, Applications, Ints, nothing
from xltools.engine.assess import ELIGIBLE, TO_CLARIFY, Funds, Outcomes, assess
from xltools.engine.customs import figures
from xltools.ledger import bureau
from xltools.roster.across import inforce_status
from xltools.scheme import Scheme
from xltools.scheme.countries import short_names
from xltools.scheme.model import Area, Outside

NOWHERE, OUTSIDE = "未分区", "平台外"
"""Of firms whose code names no area that is known; and of those whose code names one outside the platform."""
ENOUGH = 1 << 60
"""Fen: nobody is kept out by money here."""


@dataclass(frozen=True)
class Firm:
    """A firm to be won; money in fen at the budget rate, exports in US cents; `market` is where most of them go."""

    uscc: str
    name: str
    area: str
    exports: int
    plan: str
    limit: int
    gross: int
    fiscal: int
    own: int
    market: str
    notified: bool


@dataclass(frozen=True)
class Step:
    """One area's funnel: entitled by customs, told of it, applied, insured, and using a cover of their own."""

    area: str
    entitled: int
    notified: int
    applied: int
    insured: int
    using: int


@dataclass(frozen=True)
class Prospects:
    """Firms still to be won and firms to refer, both by area and code; the funnel by area; how many wait to be told.

    `outside` would be entitled but for their code, which names an area outside the platform (二（一）): the list to look
    at, since firms move; nobody invites them.
    """

    firms: list[Firm]
    referred: list[Firm]
    funnel: list[Step]
    waiting: int
    loaded: bool
    outside: list[Firm] = field(default_factory=list)


def prospects(workspace: Workspace, *, today: date) -> Prospects:
    """Of the ledger as it stands. Raises Refusal."""
    with looking(workspace) as conn:
        return of_register(conn, workspace, load_register(conn, workspace, today))


def of_register(conn: Connection, workspace: Workspace, register: Register) -> Prospects:
    """The same where the register is known already."""
    scheme = workspace.scheme
    customs = register.decisions.customs
    base = scheme.base_year.value
    told = _told(conn, scheme)
    if customs is None or register.decisions.figures is None or base not in register.decisions.figures.years:
        return Prospects([], [], _funnel(scheme, register, [], told, conn), 0, False)
    extract = customs.extract.filter(pc.equal(customs.extract["year"], base))
    firms = _firms(extract)
    claimed = pa.array(sorted(set(register.claims.uscc)), pa.string())
    by_code = pa.array(sorted({c for c in register.claims.text["customs_code"].to_pylist() if c}), pa.string())
    applied = pc.or_(pc.is_in(firms["uscc"], claimed), pc.is_in(firms["customs_code"], by_code))
    firms = firms.filter(pc.invert(applied)).combine_chunks()
    a = _applications(register, scheme, firms, customs.groups, customs.extract)
    many = [ENOUGH] * len(scheme.insurers)
    out = assess(scheme, a, [scheme.fx.budget.value] * len(many), Funds(many, ENOUGH))
    markets = _markets(extract)
    waits = int((out.status == TO_CLARIFY).sum())
    listed = _listed(scheme, firms, a, out, np.flatnonzero(out.status == ELIGIBLE), markets, told)
    referred = _listed(scheme, firms, a, out, np.flatnonzero(having(out.reasons, "BAND_GAP")), markets, told)
    out_of_it = {x.name for x in scheme.outside}
    outside = [f for f in listed if f.area in out_of_it]
    funnel = _funnel(scheme, register, listed, told, conn)
    inside = [f for f in listed if f.area not in out_of_it]
    return Prospects(inside, referred, funnel, waits, True, outside)


def _firms(extract: pa.Table) -> pa.Table:
    """Every firm of the extract: uscc, customs_code, name; those without a code by their customs code alone."""
    coded = extract.filter(pc.is_valid(extract["uscc"]))
    one = [("customs_code", "min"), ("name", "first")]
    known = coded.group_by("uscc", use_threads=False).aggregate(one)
    known = known.rename_columns([c.removesuffix("_min").removesuffix("_first") for c in known.column_names])
    bare = extract.filter(pc.is_null(extract["uscc"]))
    bare = bare.filter(pc.invert(pc.is_in(bare["customs_code"], known["customs_code"].combine_chunks())))
    rest = bare.group_by("customs_code", use_threads=False).aggregate([("name", "first")])
    fields = ["uscc", "customs_code", "name"]
    more = pa.table(
        {"uscc": pa.nulls(rest.num_rows, pa.string()), "customs_code": rest["customs_code"], "name": rest["name_first"]}
    )
    return pa.concat_tables([known.select(fields), more.select(fields)])


def _applications(
    register: Register, scheme: Scheme, firms: pa.Table, groups: Mapping[str, Any], extract: pa.Table
) -> Applications:
    """As if each of them had applied and everybody had agreed."""
    n = firms.num_rows
    uscc, code = (_one(firms[c]) for c in ("uscc", "customs_code"))
    union = {c for g in groups.values() for c in g.members}
    seen = figures(extract, uscc, code, scheme.base_year.value, scheme.key_countries.value, union)
    left = left_out(
        register.decisions.left.table, uscc.to_pylist(), code.to_pylist(), firms["name"].to_pylist(),
        (scheme.base_year.value,),
    )  # fmt: skip
    start = scheme.cover.start.value
    policies = register.decisions.policies
    a = nothing(n)
    a["exports"], a["exports_known"] = seen.exports, np.ones(n, dtype=bool)
    a["before"], a["before_known"] = seen.before, seen.before_present
    a["key"], a["key_known"] = seen.key, np.ones(n, dtype=bool)
    a["emerging"], a["emerging_known"] = seen.emerging, np.ones(n, dtype=bool)
    a["unknown_country"] = seen.unknown_country
    a["incomplete"] = left.bits
    a["customs_absent"] = np.asarray(uscc.is_null())  # whose policies they might have nobody can look up
    a["inforce"] = np.array(
        [inforce_status(policies.get(u or "", ()), start) for u in uscc.to_pylist()], dtype=np.int64
    )
    a["insurer"][:] = scheme.insurers.index(scheme.default_insurer)
    a["district"][:] = AGREED
    a["bureau"][:] = AGREED
    return Applications(**a)


def _one(column: pa.ChunkedArray) -> pa.StringArray:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def _markets(extract: pa.Table) -> dict[str, str]:
    """The country that most exports go to, by code; of equal ones the first in the order of their codes."""
    sums = extract.group_by(["uscc", "country"], use_threads=False).aggregate([("cents", "sum")])
    sums = sums.sort_by([("cents_sum", "descending"), ("country", "ascending")])
    names = short_names()
    out: dict[str, str] = {}
    for uscc, country in zip(sums["uscc"].to_pylist(), sums["country"].to_pylist(), strict=True):
        if uscc and country:
            out.setdefault(uscc, names.get(country, country))
    return out


def _listed(
    scheme: Scheme, firms: pa.Table, a: Applications, out: Outcomes, rows: Ints, markets: Mapping[str, str],
    told: set[str],
) -> list[Firm]:  # fmt: skip
    codes, names = firms["uscc"].to_pylist(), firms["name"].to_pylist()
    ok = out.status == ELIGIBLE
    found = []
    for i in rows.tolist():
        uscc = codes[i] or ""
        plan = scheme.plans[int(out.plan[i])].id if ok[i] else ""
        found.append(
            Firm(
                uscc, names[i] or "", area_of(scheme, uscc), int(a.exports[i]), plan, int(out.limit_cents[i]),
                int(out.gross_fen[i]), int(out.fiscal_fen[i]), int(out.enterprise_fen[i]), markets.get(uscc, ""),
                uscc in told,
            )
        )  # fmt: skip
    return sorted(found, key=lambda f: (f.area == NOWHERE, f.area, f.uscc))


def area_of(scheme: Scheme, uscc: str) -> str:
    """The area that registered the firm, by the third to eighth character of its code (a hint: firms move); one outside
    the platform by its name."""
    known: tuple[Area | Outside, ...] = (*scheme.areas_on(scheme.cover.start.value), *scheme.outside)
    return next((x.name for x in known if x.code and uscc[2:8] == x.code), NOWHERE)


def _told(conn: Connection, scheme: Scheme) -> set[str]:
    """Codes of the firms that were told of the platform."""
    column = as_known(bureau.rows(conn, "notices")["uscc"], new_codes(conn, scheme))
    return {u for u in column.to_pylist() if u}


def _funnel(scheme: Scheme, register: Register, firms: list[Firm], told: set[str], conn: Connection) -> list[Step]:
    """名单 → 通知 → 申请 → 保单 → 使用 by area; an applicant counts where it applied. Those outside the platform are one
    row, those of whom nobody knows the area another."""
    applied = dict(zip(register.claims.uscc, register.claims.district, strict=True))
    insured = {u for u, r in register.sent.rows.items() if r["status"] == "issued"}
    using = {u for u in bureau.rows(conn, "upgrade")["firm"].to_pylist() if u}
    out_of_it = {x.name for x in scheme.outside}
    area = {f.uscc: OUTSIDE if f.area in out_of_it else f.area for f in firms} | applied
    sets = [set(area), told & set(area), set(applied), insured, using]
    counts = [Counter(area[u] for u in s if u in area) for s in sets]
    names = [x.name for x in scheme.areas_on(scheme.cover.start.value)]
    last = (OUTSIDE, NOWHERE)
    names += [*sorted({a for c in counts for a in c} - {*names, *last}), *last]
    return [Step(n, *(c[n] for c in counts)) for n in names if n not in last or any(c[n] for c in counts)]
