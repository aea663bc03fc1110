"""Finance on policies (融资): which firms banks may be told of, what banks lent, and what credit reports are left.

Only a firm with a dated authorisation valid on the day and a policy in force is told of (domain §12); loans and the insured
amount behind them are two measures (§17.6). Credit reports: 003 六.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from sqlalchemy import Connection

from xltools.desk.rules.losses import PLATFORM, UPGRADE, Policy, policies
from xltools.desk.rules.register import Register
from xltools.desk.rules.sent import json_cells
from xltools.desk.rules.services import Firm, insured
from xltools.engine.money import half_up
from xltools.ledger import bureau
from xltools.scheme.services import Services

YES = "是"
WHOLE = "合计"
BLANK = "未写明"
BY = {"银行": "bank", "产品": "product", "渠道": "channel", "所属区": "area"}
"""By what loans are added up, beside all of them."""
PLACES = Decimal("1e-8")


# ── 授权与白名单 ──


def authorised(conn: Connection, day: date) -> dict[str, dict[str, Any]]:
    """The latest authorisation of each firm that is valid on `day`: signed by then, not run out."""
    out: dict[str, dict[str, Any]] = {}
    for r in bureau.rows(conn, "authorisations").to_pylist():
        if valid(r, day) and (r["firm"] not in out or r["day"] > out[r["firm"]]["day"]):
            out[r["firm"]] = r
    return out


def valid(authorisation: Mapping[str, Any], day: date) -> bool:
    """Whether an authorisation holds on that day, its last one included."""
    return bool(authorisation["day"] <= day <= (authorisation["until"] or date.max))


@dataclass(frozen=True)
class Listed:
    """A firm of the white list (白名单) with the policy that a bank may lend on; money in US cents."""

    firm: Firm
    policy: Policy
    exports: int
    priority: str
    upgraded: bool
    authorised: date
    until: date | None


@dataclass(frozen=True)
class WhiteList:
    """Who is on it, and why so many insured firms are not: without a valid authorisation, without a policy in force."""

    rows: list[Listed]
    unauthorised: int
    out_of_force: int


def white_list(conn: Connection, register: Register, day: date) -> WhiteList:
    """Of the ledger as it stands, for one day."""
    known, granted = policies(conn, register.scheme, register.sent), authorised(conn, day)
    upgrades = {p.uscc for p in known.values() if p.kind == UPGRADE and _holds(p, day)}
    rows: list[Listed] = []
    unauthorised = out_of_force = 0
    for firm in insured(register):
        policy = known.get(firm.policy_no)
        if policy is None or policy.kind != PLATFORM or not _holds(policy, day):
            out_of_force += 1
        elif (grant := granted.get(firm.uscc)) is None:
            unauthorised += 1
        else:
            cells = json_cells(register.sent.rows[firm.uscc])
            rows.append(
                Listed(
                    firm, policy, int(cells.get("exports_cents") or 0), str(cells.get("priority") or ""),
                    firm.uscc in upgrades, grant["day"], grant["until"],
                )
            )  # fmt: skip
    return WhiteList(rows, unauthorised, out_of_force)


def _holds(policy: Policy, day: date) -> bool:
    return (policy.start or date.min) <= day <= (policy.end or date.max)


# ── 银行的反馈 ──


@dataclass(frozen=True)
class Total:
    """Loans of one bank, product, channel or area, or all: firms, loans, and money in fen; `insured` US cents behind
    them, `rate` the average weighted by the loans (None: no rate is known), rounded half up to eight places."""

    by: str
    name: str
    firms: int
    loans: int
    credit: int
    lent: int
    balance: int
    insured: int
    relent: int
    rate: Decimal | None
    overdue: int
    overdue_balance: int


def totals(conn: Connection, register: Register) -> list[Total]:
    """All loans, then by bank, product, channel and area; none where there are no returns."""
    rows = bureau.rows(conn, "financing").to_pylist()
    if not rows:
        return []
    area = dict(zip(register.claims.uscc, register.claims.text["area"].to_pylist(), strict=True))
    for r in rows:
        r["area"] = area.get(r["firm"])
    out = [_total(WHOLE, WHOLE, rows)]
    for by, field in BY.items():
        groups: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for r in rows:
            groups[r[field] or BLANK].append(r)
        out += [_total(by, name, groups[name]) for name in sorted(groups, key=lambda n: (n == BLANK, n))]
    return out


def _total(by: str, name: str, rows: Iterable[Mapping[str, Any]]) -> Total:
    rows = list(rows)
    lines: dict[tuple[str, str], int] = defaultdict(int)
    for r in rows:  # one credit line serves several loans of a firm with a bank
        key = r["bank"], r["firm"]
        lines[key] = max(lines[key], r["credit_fen"] or 0)
    late = [r for r in rows if r["overdue"] == YES]
    rated = [r for r in rows if r["rate"] is not None and r["loan_fen"]]
    weight = sum(r["loan_fen"] for r in rated)
    rate = None
    if weight:
        mean = sum(Fraction(r["rate"]) * r["loan_fen"] for r in rated) / weight
        rate = (Decimal(half_up(mean.numerator * 10**8, mean.denominator)) * PLACES).quantize(PLACES)
    return Total(
        by, name, len({r["firm"] for r in rows}), len(rows), sum(lines.values()), _sum(rows, "loan_fen"),
        _sum(rows, "balance_fen"), _sum(rows, "insured_cents"),
        _sum([r for r in rows if r["relending"] == YES], "loan_fen"), rate, len(late), _sum(late, "balance_fen"),
    )  # fmt: skip


def _sum(rows: Iterable[Mapping[str, Any]], field: str) -> int:
    return sum(r[field] or 0 for r in rows)


# ── 资信报告 ──


@dataclass(frozen=True)
class Reports:
    """Credit reports of a firm: `exports` in US cents (None: not known), whether it has the basic ones, how many of both
    classes it has had in the policy year, and how many extra ones are left (None: the quota is not set)."""

    uscc: str
    name: str
    area: str
    exports: int | None
    entitled: bool | None
    enrolled: bool
    basic: int
    extra: int
    left: int | None
    last: date | None


def reports(conn: Connection, register: Register, words: Services, today: date) -> list[Reports]:
    """Of every insured firm, and of whoever else has had one, within the policy year up to `today`."""
    credit = words.credit
    cover = register.scheme.cover
    used: Counter[tuple[str, str]] = Counter()
    last: dict[str, date] = {}
    for r in bureau.rows(conn, "credit_reports").to_pylist():
        if cover.holds(r["day"]) and r["day"] <= today:
            used[r["firm"], r["free"]] += 1
            last[r["firm"]] = max(r["day"], last.get(r["firm"], r["day"]))
    firms = {f.uscc: f for f in insured(register)}
    exports = exports_of(register)
    names = dict(zip(register.claims.uscc, register.claims.text["name"].to_pylist(), strict=True))
    areas = dict(zip(register.claims.uscc, register.claims.text["area"].to_pylist(), strict=True))
    out = []
    for uscc in sorted({*firms, *last}):
        extra = used[uscc, credit.extra]
        quota = (credit.quota.value if credit.quota else None) if uscc in firms else 0
        out.append(
            Reports(
                uscc, names.get(uscc) or "", areas.get(uscc) or "", exports(uscc), entitled(words, exports(uscc)),
                uscc in firms, used[uscc, credit.basic], extra, None if quota is None else max(quota - extra, 0),
                last.get(uscc),
            )
        )  # fmt: skip
    return out


def entitled(words: Services, exports: int | None) -> bool | None:
    """Whether a firm with so many cents of exports has the basic reports, the limit included; None where nobody knows."""
    return None if exports is None else exports <= words.credit.exports.value * 100


def exports_of(register: Register) -> Callable[[str], int | None]:
    """Base-year exports in US cents by code: as customs have them where their figures are there, else as declared."""
    from xltools.desk.rules.standing import applications

    a = applications(register)
    known = {
        u: int(x) for u, x, yes in zip(register.claims.uscc, a.exports.tolist(), a.exports_known.tolist(), strict=True) if yes
    }  # fmt: skip
    return known.get
