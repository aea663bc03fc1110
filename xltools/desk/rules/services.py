"""Services to the firms (服务): who is insured, what each firm has had and is still owed, how quickly firms were answered.

A firm is insured once its policy is issued; a quarter counts for it from the day on which its policy was entered
(004 七（一）1–2, domain §4 #39–40).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Connection

from xltools.desk.rules.register import Register
from xltools.desk.rules.standing import applications
from xltools.engine import plans, service
from xltools.engine.clocks import KEPT, LATE, MISSED, RUNNING, Codes, Ints
from xltools.engine.deadlines import Days, Mask
from xltools.engine.periods import quarters
from xltools.engine.service import Moments, Spans
from xltools.ledger import bureau
from xltools.scheme.clocks import Clocks
from xltools.scheme.services import Services

ON_SITE = "上门"
"""The channel of a request that wants somebody to come."""


@dataclass(frozen=True)
class Firm:
    """An insured firm: whom to call, its policy and since when it is covered."""

    uscc: str
    name: str
    area: str
    insurer: str
    policy_no: str
    since: date
    contact: str
    phone: str


def insured(register: Register) -> list[Firm]:
    """Firms whose policy was issued, by code."""
    claims, sent = register.claims, register.sent
    fields = [claims.text[f].to_pylist() for f in ("name", "area", "contact", "phone")]
    known = {u: of for u, *of in zip(claims.uscc, *fields, strict=True)}
    start, out = register.scheme.cover.start.value, []
    for uscc, row in sorted(sent.rows.items()):
        result = sent.results.get((row["batch_id"], row["place"]))
        if row["status"] != "issued" or result is None:
            continue
        name, area, contact, phone = (x or "" for x in known.get(uscc, [""] * 4))
        since = max(start, result["entered"] or start)
        out.append(Firm(uscc, name, area, row["insurer"], result["policy_no"] or "", since, contact, phone))
    return out


@dataclass(frozen=True)
class Served:
    """What the insured firms have had up to a day, along `firms`.

    `spans` are the quarters of the policy year; `calls`, `calls_owed` of shape `(n, quarters)`; `visits`, `visits_owed`,
    `events`, `waiting` (questions without an answer) of shape `(n,)`; `last` the day of the last service.
    """

    firms: list[Firm]
    spans: Spans
    calls: Ints
    calls_owed: Ints
    dependent: Mask
    visits: Ints
    visits_owed: Ints
    events: Ints
    waiting: Ints
    last: Days


def served(conn: Connection, register: Register, rules: Clocks, words: Services, today: date) -> Served:
    """Of the ledger as it stands, up to and with `today`."""
    firms = insured(register)
    cover = register.scheme.cover
    spans = quarters(cover.start.value, cover.end.value)
    year = [(cover.start.value, cover.end.value)]
    rows = bureau.rows(conn, "services")
    rows = rows.filter(pc.less_equal(rows["day"], today))
    codes = pa.array([f.uscc for f in firms], pa.string())

    def had(kinds: Iterable[str], of: Spans) -> Ints:
        some = rows.filter(_among(rows["kind"], kinds))
        return service.counts(_place(some["firm"], codes), _days(some["day"]), len(firms), of)

    since = np.array([f.since for f in firms], dtype="datetime64[D]")
    calls, visits = had(rules.calls.kinds, spans), had(rules.visits.kinds, year)
    depends = dependent(register, rules)
    of_key = np.array([f.uscc in depends for f in firms], dtype=bool)
    open_ = rows.filter(
        pc.and_(pc.is_valid(rows["asked"]), pc.and_(pc.is_null(rows["answered"]), pc.is_null(rows["onsite"])))
    )
    asking = _place(open_["firm"], codes)
    return Served(
        firms, spans, calls, service.owed(calls, rules.calls.value, service.due(since, spans, today)), of_key,
        visits[:, 0], service.owed(visits, rules.visits.value, service.due(since, year, today) & of_key[:, None])[:, 0],
        had(words.kinds("event"), year)[:, 0], np.bincount(asking[asking >= 0], minlength=len(firms)).astype(np.int64),
        service.latest(_place(rows["firm"], codes), _days(rows["day"]), len(firms)),
    )  # fmt: skip


def dependent(register: Register, rules: Clocks) -> set[str]:
    """Firms that depend on the key countries (重点国别依存度高): at least that share of their base year's exports."""
    a = applications(register)
    there = a.exports_known & a.key_known & (a.exports > 0)
    there &= plans.at_least(a.key, a.exports, rules.visits.share)
    return {u for u, yes in zip(register.claims.uscc, there.tolist(), strict=True) if yes}


@dataclass(frozen=True)
class Answered:
    """The two clocks of 003 十三 along `rows`: until when each was to be answered, and somebody there, and how it stands."""

    rows: pa.Table
    answer_by: Moments
    answer: Codes
    onsite_by: Moments
    onsite: Codes

    def count(self, of: Codes) -> tuple[int, int, int]:
        """How many were kept, were missed, and still run."""
        return int((of == KEPT).sum()), int(np.isin(of, (MISSED, LATE)).sum()), int((of == RUNNING).sum())


def answered(conn: Connection, rules: Clocks, now: np.datetime64) -> Answered:
    """Whatever a firm brought forward. Who came has answered; the second clock runs where somebody is to come."""
    rows = bureau.rows(conn, "services")
    rows = rows.filter(pc.is_valid(rows["asked"]))
    asked, said, came = (_moments(rows[f]) for f in ("asked", "answered", "onsite"))
    first = np.where(np.isnat(said), came, np.where(np.isnat(came), said, np.minimum(said, came)))
    wanted = np.asarray(_among(rows["channel"], [ON_SITE])) | ~np.isnat(came)
    by, state = service.answers(asked, first, now, rules.answers.value)
    coming = np.where(wanted, asked, np.datetime64("NaT", "s"))
    onsite_by, onsite = service.answers(coming, came, now, rules.onsite.value)
    return Answered(rows, by, state, onsite_by, onsite)


def morning(today: date) -> np.datetime64:
    """The moment up to which a day's list looks where only the day is given: its end."""
    return np.datetime64(today + timedelta(1), "s") - np.timedelta64(1, "s")


def _among(column: Any, values: Iterable[str]) -> Any:
    return pc.is_in(column, value_set=pa.array(sorted(values), pa.string()), skip_nulls=True)


def _place(column: Any, codes: pa.Array) -> Ints:
    found = pc.fill_null(pc.index_in(column, value_set=codes, skip_nulls=True), -1)
    return np.asarray(found).astype(np.int64)


def _days(column: Any) -> Days:
    return np.asarray(column.to_numpy(), dtype="datetime64[D]")


def _moments(column: Any) -> Moments:
    return np.asarray(column.to_numpy(), dtype="datetime64[s]")
