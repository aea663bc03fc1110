"""Losses (理赔): claims with what became of them, the policies that they fall under, and what each decision may pay.

Clocks of a claim are those of `scheme.clocks`; the decision's runs for platform firms alone (003 十二), the green channel
is the self-insured firms' (003 十一).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Connection

from xltools.desk.rules.sent import Sent, json_cells
from xltools.engine import clocks, indemnity
from xltools.engine.clocks import Codes, Ints
from xltools.engine.deadlines import Calendar, Days, Mask
from xltools.engine.indemnity import NO_LIMIT, Level
from xltools.engine.terms import minor
from xltools.ledger import bureau
from xltools.roster.text import folded
from xltools.scheme import Scheme
from xltools.scheme.clocks import Clocks

REFUSED = "拒赔"
PLATFORM, UPGRADE, OWN = "平台保单", "升级保单", "自主保单"
DAYS = ("shipped", "due", "known", "noticed", "filed", "complete", "accepted")
"""Dates of a claim, by field."""


@dataclass(frozen=True)
class Policy:
    """A policy that the ledger knows: whose, and what it pays at most (US cents; None: not known)."""

    number: str
    kind: str
    uscc: str
    insurer: str
    start: date | None = None
    end: date | None = None
    limit_cents: int | None = None
    buyer_cents: int | None = None
    ratio: Decimal | None = None
    basis: str = "policy_year"
    excluded: str = ""


def policies(conn: Connection, scheme: Scheme, sent: Sent) -> dict[str, Policy]:
    """Every policy by its number: the platform's as returned (limit and ratio of the plan where the return leaves them out),
    the firms' own upgrades, and those of the insurers' lists."""
    out = {
        r["policy_no"]: Policy(r["policy_no"], OWN, r["uscc"], r["insurer"], r["start"], r["end"])
        for r in bureau.rows(conn, "inforce").to_pylist()
        if r["policy_no"]
    }
    for r in bureau.rows(conn, "upgrade").to_pylist():
        out[r["policy_no"]] = Policy(
            r["policy_no"], UPGRADE, r["firm"], r["insurer"], r["start"], r["end"], r["limit_cents"]
        )
    for row in sent.every:
        v = sent.results.get((row["batch_id"], row["place"]))
        if v is None or not v["policy_no"]:
            continue
        plan = sent.schemes.get(row["batch_id"], scheme).plan(row["plan"])
        limit = v["limit_cents"]
        if limit is None:
            limit = json_cells(row).get("limit_cents")
        ratio = v["ratio"] or (plan.indemnity_ratio.value if plan.indemnity_ratio else None)
        buyer = v["buyer_cents"]
        if buyer is None and plan.buyer_limit:
            buyer = minor(plan.buyer_limit.value)
        out[v["policy_no"]] = Policy(
            v["policy_no"], PLATFORM, row["uscc"], row["insurer"], v["start"] or scheme.cover.start.value,
            v["end"] or scheme.cover.end.value, limit, buyer, None if ratio is None else Decimal(ratio), plan.limit_basis,
            v["excluded"] or "",
        )  # fmt: skip
    return out


_BETWEEN = re.compile(r"[、,，;；/\s]+")


def countries_in(text: str | None) -> list[str]:
    """The countries that 不承保国别 lists, as written; 无 is none."""
    return [n for n in _BETWEEN.split(text or "") if n and n not in ("无", "-", "—")]


# ── what a decision may pay ──


@dataclass(frozen=True)
class Reckoned:
    """Decisions in the order in which they use up the limits: the amount of each in US cents (`take`: at most what is
    left), what was left before it (`NO_LIMIT`: no limit), and loss × ratio (`product`, −1 where not known)."""

    take: Ints
    left: Ints
    product: Ints


def reckon(
    rows: Sequence[Mapping[str, Any]], claims: Mapping[str, Mapping[str, Any]], known: Mapping[str, Policy]
) -> Reckoned:
    """Decisions (fields of their table, in their order) against the limits of case, buyer and policy year.

    A stated indemnity is taken as stated, another one is loss × ratio; refusals take nothing.
    """
    n = len(rows)
    of = [claims.get(r["claim"], {}) for r in rows]
    policy = [known.get(c.get("policy_no") or "") for c in of]
    ratio = [ratio_of(r, p) for r, p in zip(rows, policy, strict=True)]
    loss = np.array([r["loss_cents"] or 0 for r in rows], dtype=np.int64)
    product = indemnity.wanted(loss, [x if x is not None else Decimal(0) for x in ratio])
    unknown = np.array([x is None or r["loss_cents"] is None for x, r in zip(ratio, rows, strict=True)], dtype=bool)
    refused = np.array([r["conclusion"] == REFUSED for r in rows], dtype=bool)
    said = np.array([-1 if r["indemnity_cents"] is None else r["indemnity_cents"] for r in rows], dtype=np.int64)
    want = np.where(refused, 0, np.where(said >= 0, said, product))
    cases = [(c.get("policy_no"), buyer(c), r["claim"]) for c, r in zip(of, rows, strict=True)]
    levels = []
    for basis, wide in (("case", 3), ("buyer", 2), ("policy_year", 1)):
        limits = [_limit(p, basis) for p in policy]
        levels.append(Level(_numbered([c[:wide] for c in cases]), np.array(limits, dtype=np.int64)))
    take = indemnity.indemnities(want, levels)
    left = np.full(n, NO_LIMIT, dtype=np.int64)
    for level in levels:
        mine = indemnity.left_before(take, level)
        left = np.where((left == NO_LIMIT) | ((mine != NO_LIMIT) & (mine < left)), mine, left)
    return Reckoned(take, left, np.where(unknown, -1, product))


def in_order(rows: Sequence[Mapping[str, Any]]) -> list[int]:
    """The places of decisions in the order in which they use up the limits: by day, claim and number."""
    return sorted(range(len(rows)), key=lambda i: (rows[i]["day"], rows[i]["claim"], rows[i]["no"]))


def ratio_of(decision: Mapping[str, Any], policy: Policy | None) -> Decimal | None:
    """The share of the loss that is paid (赔偿比例): the decision's own, else the policy's."""
    if decision["ratio"] is not None:
        return Decimal(decision["ratio"])
    return policy.ratio if policy else None


def buyer(claim: Mapping[str, Any]) -> str:
    """A buyer as two claims on it are told to be on the same."""
    return "".join(folded(claim.get("buyer") or "").upper().split())


def _limit(policy: Policy | None, basis: str) -> int:
    if policy is None:
        return NO_LIMIT
    found = [policy.limit_cents] if policy.basis == basis else []
    if basis == "buyer":
        found.append(policy.buyer_cents)
    return min((int(x) for x in found if x is not None), default=NO_LIMIT)


def _numbered(keys: Sequence[Any]) -> Ints:
    place: dict[Any, int] = {}
    return np.array([place.setdefault(k, len(place)) for k in keys], dtype=np.int64)


# ── claims and their clocks ──


@dataclass(frozen=True)
class Cases:
    """All claims by their number, as the ledger has them (`table`), with arrays along them.

    Days are datetime64[D], NaT where blank; amounts US cents. `start` is when the insurer's time for deciding began
    (accepted, and all documents there), `decided` its first decision, `ends`, `known` and `state` its clock.
    """

    table: pa.Table
    days: Mapping[str, Days]
    platform: Mask
    green: Mask
    start: Days
    decided: Days
    ends: Days
    known: Mask
    state: Codes
    indemnity: Ints
    paid: Ints
    paid_on: Days
    recovered: Ints
    refused: Mask

    def __len__(self) -> int:
        return int(self.table.num_rows)


def cases(conn: Connection, rules: Clocks, calendar: Calendar, today: date) -> Cases:
    """Every claim in the ledger with its decisions, payments and recoveries; the clock as it stands on `today`."""
    table = bureau.rows(conn, "claims")
    n, day = table.num_rows, np.datetime64(today, "D")
    dates = {f: _days(table[f]) for f in DAYS}
    decisions, paid, back = (bureau.rows(conn, t) for t in ("decisions", "indemnities", "recoveries"))
    counted = decisions if rules.decision.refusal else decisions.filter(pc.not_equal(decisions["conclusion"], REFUSED))
    decided = _first(table, counted, n)
    platform = _is(table["client"], rules.decision.client)
    start = clocks.later(dates["accepted"], dates["complete"])
    start = np.where(platform, start, clocks.NAT)
    ends, known = clocks.ends(calendar, start, rules.decision)
    given = decisions.filter(pc.not_equal(decisions["conclusion"], REFUSED))
    amount = pc.fill_null(table["loss_cents"], minor(rules.green.value) + 1).to_numpy()
    return Cases(
        table, dates, platform, _is(table["client"], rules.green.client) & (amount <= minor(rules.green.value)), start,
        decided, ends, known, clocks.states(ends, known, decided, day, rules.soon.value),
        _sums(table, given, "indemnity_cents", n), _sums(table, paid, "cents", n), _first(table, paid, n),
        _sums(table, back, "cents", n), _only_refused(table, decisions, n),
    )  # fmt: skip


def _days(column: pa.ChunkedArray) -> Days:
    out: Days = column.to_numpy().astype("datetime64[D]") if len(column) else np.zeros(0, dtype="datetime64[D]")
    return out


def _is(column: pa.ChunkedArray, value: str) -> Mask:
    return np.asarray(pc.fill_null(pc.equal(column, value), fill_value=False), dtype=bool)


def _places(table: pa.Table, of: pa.Table) -> Ints:
    """For rows that name a claim, its place in the table."""
    place = pc.index_in(of["claim"], value_set=table["claim_no"].combine_chunks())
    out: Ints = pc.fill_null(place, 0).to_numpy().astype(np.int64)
    return out


def _first(table: pa.Table, of: pa.Table, n: int) -> Days:
    """The first day of each claim's rows."""
    out = np.full(n, clocks.NAT)
    place, day = _places(table, of), _days(of["day"])
    order = np.lexsort((day, place))
    mine, first = np.unique(place[order], return_index=True)
    out[mine] = day[order][first]
    return out


def _sums(table: pa.Table, of: pa.Table, field: str, n: int) -> Ints:
    out = np.zeros(n, dtype=np.int64)
    np.add.at(out, _places(table, of), pc.fill_null(of[field], 0).to_numpy())
    return out


def _only_refused(table: pa.Table, of: pa.Table, n: int) -> Mask:
    """Claims that were decided, and never otherwise than by a refusal."""
    place, refused = _places(table, of), _is(of["conclusion"], REFUSED)
    some, other = (np.bincount(p, minlength=n) > 0 for p in (place, place[~refused]))
    return some & ~other
