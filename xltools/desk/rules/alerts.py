"""Alerts meet firms (预警对象): which insured firms a country's or a buyer's risk concerns, why, and who was told.

A country concerns whoever exported there in the base year by customs, has a buyer's limit there or a claim; a buyer whoever
has its name on a limit or a claim. Platform cover knows no buyers, so an alert on a buyer with its country also names the
firms that export there (003 四, 004 六（三）).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Connection

from xltools.desk.rules.losses import countries_in, policies
from xltools.desk.rules.register import Register
from xltools.desk.rules.services import Firm, insured
from xltools.ledger import bureau
from xltools.roster.text import folded
from xltools.scheme.countries import iso

CUSTOMS, LIMIT, CLAIM, PERHAPS = "海关出口", "买方限额", "理赔案件", "出口该国，买方待核"
TOLD, OPEN = "已告知", "未告知"
EXCLUDED = "保单不承保该国"


@dataclass(frozen=True)
class Affected:
    """A firm that an alert concerns: `cents` base-year exports to the country (None: not known), `grounds` why, `told` the
    day, way and person of the first time that it was told."""

    alert: Mapping[str, Any]
    firm: Firm
    cents: int | None
    grounds: str
    excluded: bool
    told: tuple[date, str, str] | None

    @property
    def state(self) -> str:
        return TOLD if self.told else OPEN


@dataclass(frozen=True)
class Alerts:
    """Every alert with the firms that it concerns, those not told first; `customs` whether customs data are there."""

    alerts: list[dict[str, Any]]
    rows: list[Affected]
    customs: bool

    def of(self, no: str) -> list[Affected]:
        return [r for r in self.rows if r.alert["no"] == no]


def affected(conn: Connection, register: Register) -> Alerts:
    """Of the ledger as it stands. Firms are insured ones alone."""
    alerts = sorted(bureau.rows(conn, "alerts").to_pylist(), key=lambda a: (a["day"], a["no"]), reverse=True)
    customs = register.decisions.customs
    if not alerts:
        return Alerts([], [], customs is not None)
    firms = {f.uscc: f for f in insured(register)}
    exports = _exports(register, firms, {a["country"] for a in alerts if a["country"]})
    buyers, there = _dealings(conn)
    barred = {
        p.uscc: {iso(n) for n in countries_in(p.excluded)}
        for p in policies(conn, register.scheme, register.sent).values()
        if p.excluded
    }
    said = _told(conn)
    rows: list[Affected] = []
    for alert in alerts:
        sold = exports.get(alert["country"] or "", {})
        named = buyers.get(name_of(alert["buyer"]), {}) if alert["buyer"] else {}
        mine: dict[str, list[str]] = defaultdict(list)
        for uscc in sold:
            mine[uscc].append(PERHAPS if alert["buyer"] else CUSTOMS)
        for uscc, why in (named if alert["buyer"] else there.get(alert["country"] or "", {})).items():
            mine[uscc] += sorted(why)
        for uscc, grounds in mine.items():
            if uscc in firms:
                if LIMIT in grounds or CLAIM in grounds:
                    grounds = [g for g in grounds if g != PERHAPS]
                rows.append(
                    Affected(
                        alert, firms[uscc], sold.get(uscc), "、".join(grounds),
                        alert["country"] in barred.get(uscc, ()), said.get((alert["no"], uscc)),
                    )
                )  # fmt: skip
    place = {a["no"]: k for k, a in enumerate(alerts)}
    rows.sort(key=lambda r: (r.told is not None, place[r.alert["no"]], -(r.cents or 0), r.firm.uscc))
    return Alerts(alerts, rows, customs is not None)


def name_of(buyer: str | None) -> str:
    """A buyer's name as it is compared: folded, upper case, without punctuation and spaces.

    >>> name_of("ACME, L.L.C."), name_of("Ａｃｍｅ llc")
    ('ACMELLC', 'ACMELLC')
    """
    return re.sub(r"[\W_]", "", folded(buyer or "")).upper()


def _exports(register: Register, firms: Mapping[str, Firm], countries: set[str]) -> dict[str, dict[str, int]]:
    """Base-year cents by country and firm, those above 0."""
    customs = register.decisions.customs
    if customs is None:
        return {}
    extract = customs.extract
    some = pc.and_(
        pc.equal(extract["year"], register.scheme.base_year.value),
        pc.and_(
            pc.is_in(extract["country"], value_set=pa.array(sorted(countries), pa.string()), skip_nulls=True),
            pc.is_in(extract["uscc"], value_set=pa.array(sorted(firms), pa.string()), skip_nulls=True),
        ),
    )
    sums = extract.filter(some).group_by(["country", "uscc"], use_threads=False).aggregate([("cents", "sum")])
    out: dict[str, dict[str, int]] = defaultdict(dict)
    for country, uscc, cents in zip(*(sums[c].to_pylist() for c in ("country", "uscc", "cents_sum")), strict=True):
        if cents and cents > 0:
            out[country][uscc] = cents
    return out


def _dealings(conn: Connection) -> tuple[dict[str, dict[str, set[str]]], dict[str, dict[str, set[str]]]]:
    """Whose limits and claims name a buyer, and a country: firms and grounds by name, and by country."""
    owner = {r["policy_no"]: r["firm"] for r in bureau.rows(conn, "upgrade").to_pylist()}
    found = [
        *((owner.get(r["upgrade"]), r["buyer"], r["country"], LIMIT) for r in bureau.rows(conn, "buyer_limits").to_pylist()),
        *((r["firm"], r["buyer"], r["country"], CLAIM) for r in bureau.rows(conn, "claims").to_pylist()),
    ]  # fmt: skip
    buyers: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    there: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for firm, buyer, country, why in found:
        if firm and name_of(buyer):
            buyers[name_of(buyer)][firm].add(why)
        if firm and country:
            there[country][firm].add(why)
    return buyers, there


def _told(conn: Connection) -> dict[tuple[str, str], tuple[date, str, str]]:
    """The first time that each firm was told of each alert."""
    out: dict[tuple[str, str], tuple[date, str, str]] = {}
    for r in sorted(bureau.rows(conn, "alerted").to_pylist(), key=lambda r: r["day"]):
        out.setdefault((r["alert"], r["firm"]), (r["day"], r["way"] or "", r["who"] or ""))
    return out
