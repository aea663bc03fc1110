"""The register (台账名册): every claim in the ledger as checked rows, with what the bureau knows beside them."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Connection

from xltools.catalogue.columns import catalogue
from xltools.desk.rules.applications import Customs, compare_with_customs
from xltools.desk.workspace import Workspace
from xltools.engine.customs import CustomsFigures
from xltools.ledger import batches, bureau, claims, firms, fund
from xltools.ledger.schema import LIVE
from xltools.roster import across
from xltools.roster.cells import Amounts, Times
from xltools.roster.problems import Findings
from xltools.scheme import Scheme

Ints = npt.NDArray[np.int64]


@dataclass
class Register:
    """One row per claim (a firm as one district reported it), by arrival number and district.

    `review` and `policies` are by unified social credit code; `sent` are the rows that are out, by code.
    `last_number` is the highest 排队号 ever sent: none is given twice.
    """

    scheme: Scheme
    text: dict[str, pa.StringArray]
    amounts: dict[str, Amounts]
    times: dict[str, Times]
    findings: Findings
    uscc: list[str]
    district: list[str]
    file_id: Ints
    row: Ints
    arrival: Ints
    first_received: Times
    review: dict[str, dict[str, Any]]
    policies: dict[str, list[dict[str, Any]]]
    inforce_missing: list[str]
    lists: dict[str, set[str]]
    customs: Customs | None
    figures: CustomsFigures | None
    pools: dict[str, int]
    sent: dict[str, dict[str, Any]]
    batches: pa.Table
    pending: list[dict[str, Any]]
    last_number: int
    latest: dict[str, tuple[str, Decimal]] = field(default_factory=dict)
    """By insurer the month and rate of its latest loaded exchange rate."""

    def __len__(self) -> int:
        return len(self.uscc)

    @property
    def firms(self) -> int:
        """How many firms: several districts may report the same one."""
        return len(set(self.uscc))

    def number(self, i: int) -> str:
        """The firm's 受理编号, e.g. NT2019-0137."""
        return accept_number(self.scheme, int(self.arrival[i]))


def accept_number(scheme: Scheme, arrival: int) -> str:
    """受理编号: the scheme's prefix and the arrival number."""
    return f"{scheme.prefix}-{arrival:04d}"


def load_register(conn: Connection, workspace: Workspace, day: date) -> Register:
    """Everything in the ledger that bears on eligibility on `day`, with all problems across files found."""
    scheme = workspace.scheme
    review = {r["uscc"]: r for r in bureau.rows(conn, "review").to_pylist()}
    table = _standing_claims(claims.claims(conn), review)
    known = firms.enterprises(conn)
    arrivals = dict(zip(known["uscc"].to_pylist(), known["arrival"].to_pylist(), strict=True))
    arrival = np.array([arrivals[u] for u in table["uscc"].to_pylist()], dtype=np.int64)
    order = np.argsort(arrival, kind="stable")
    table, arrival = table.take(pa.array(order)), arrival[order]
    text, amounts, times = _columns(table, scheme)
    n = table.num_rows
    findings = Findings(n, headings={c.field: c.heading for c in catalogue(scheme)})
    _own_problems(findings, table["problems"].to_pylist())
    uscc = table["uscc"].to_pylist()
    first = dict(zip(known["uscc"].to_pylist(), known["first_received"].to_pylist(), strict=True))
    register = Register(
        scheme, text, amounts, times, findings, uscc, table["district"].to_pylist(),
        table["file_id"].to_numpy(), table["row"].to_numpy(), arrival,
        np.array([first[u] for u in uscc], dtype="datetime64[s]"),
        review, _policies(conn), _missing_lists(conn, scheme), _lists(conn), None, None,
        fund.pools(conn, day), _live(conn), batches.batches(conn),
        [p for p in claims.pending(conn).to_pylist() if p["decided"] is None],
        max(batches.sent(conn)["queue_no"].to_pylist(), default=0), _latest(conn),
    )  # fmt: skip
    extract = bureau.rows(conn, "customs")
    if extract.num_rows:
        register.customs = Customs(extract, workspace.groups)
        register.figures = register.customs.figures(register)
    _across(register)
    return register


def withdrawn(conn: Connection) -> dict[str, str]:
    """What 撤回 says, by code, where it says anything."""
    rows = bureau.rows(conn, "review").select(["uscc", "withdrawn"]).to_pylist()
    return {r["uscc"]: r["withdrawn"] for r in rows if r["withdrawn"]}


def districts_in(withdrawn: str) -> set[str]:
    """The districts that a review's 撤回 names."""
    return set(filter(None, re.split(r"[、,，;；\s]+", withdrawn)))


def has_left(withdrawn: str | None, district: str) -> bool:
    """Whether the bureau has withdrawn the firm, or this district's claim to it, by what 撤回 says."""
    return withdrawn == "是" or district in districts_in(withdrawn or "")


def _standing_claims(table: pa.Table, review: dict[str, dict[str, Any]]) -> pa.Table:
    """Claims without those of a district whose claim to the firm the bureau has withdrawn."""
    gone = [
        d in districts_in(review.get(u, {}).get("withdrawn") or "")
        for u, d in zip(table["uscc"].to_pylist(), table["district"].to_pylist(), strict=True)
    ]
    return table.filter(pa.array([not g for g in gone], pa.bool_()))


def _columns(table: pa.Table, scheme: Scheme) -> tuple[dict[str, pa.StringArray], dict[str, Amounts], dict[str, Times]]:
    text: dict[str, pa.StringArray] = {}
    amounts: dict[str, Amounts] = {}
    times: dict[str, Times] = {}
    n = table.num_rows
    for column in catalogue(scheme):
        if column.field not in table.column_names:
            continue
        values = table[column.field].combine_chunks() if n else pa.array([], table.schema.field(column.field).type)
        if column.kind == "amount":
            amounts[column.field] = Amounts(values.fill_null(0).to_numpy(), np.asarray(values.is_valid()))
        elif column.kind in ("date", "datetime"):
            times[column.field] = (
                pc.cast(values, pa.timestamp("s")).to_numpy(zero_copy_only=False).astype("datetime64[s]")
            )
        else:
            text[column.field] = values
    return text, amounts, times


def _own_problems(findings: Findings, stored: list[str]) -> None:
    """The problems that the file itself showed, as they were kept with the claim: [code, field, value, more]."""
    grouped: dict[tuple[str, str], list[tuple[int, str, str]]] = {}
    for row, problems in enumerate(stored):
        if problems != "[]":
            for code, field, value, more in json.loads(problems):
                grouped.setdefault((code, field), []).append((row, value, more))
    for (code, field), entries in grouped.items():
        where = np.zeros(findings.n, dtype=bool)
        where[[e[0] for e in entries]] = True
        findings.add(code, field, where, [e[1] for e in entries], [e[2] for e in entries])


def _policies(conn: Connection) -> dict[str, list[dict[str, Any]]]:
    out: dict[str, list[dict[str, Any]]] = {}
    for row in bureau.rows(conn, "inforce").to_pylist():
        out.setdefault(row["uscc"], []).append(row)
    return out


def _missing_lists(conn: Connection, scheme: Scheme) -> list[str]:
    """The scheme's insurers that have not sent a list of policies in force."""
    there = set(bureau.rows(conn, "inforce")["insurer"].to_pylist())
    return [i.name for i in scheme.insurers if i.name not in there]


def _lists(conn: Connection) -> dict[str, set[str]]:
    out: dict[str, set[str]] = {}
    for row in bureau.rows(conn, "lists").to_pylist():
        if row["uscc"]:
            out.setdefault(row["list"], set()).add(row["uscc"])
    return out


def _latest(conn: Connection) -> dict[str, tuple[str, Decimal]]:
    rates = sorted(bureau.rows(conn, "fx").to_pylist(), key=lambda r: str(r["month"]))
    return {r["insurer"]: (r["month"], Decimal(r["rate"])) for r in rates}


def _live(conn: Connection) -> dict[str, dict[str, Any]]:
    return {r["uscc"]: r for r in batches.sent(conn).to_pylist() if r["status"] in LIVE}


def _across(r: Register) -> None:
    confirmed = np.array([(r.review.get(u) or {}).get("confirm_received") for u in r.uscc], dtype="datetime64[s]")
    across.two_districts(r.findings, r.uscc, r.district)
    across.received_earlier(r.findings, r.times["received"], r.first_received, confirmed)
    across.same_and_similar_names(r.findings, r.uscc, r.text["name"])
    across.inforce_policies(r.findings, r.uscc, r.text["insured"], r.policies)
    if not (r.figures and r.customs):
        return
    compare_with_customs(r, r.figures)
    across.customs_name(r.findings, r.text["name"], _customs_names(r))


def _customs_names(r: Register) -> pa.StringArray:
    assert r.customs is not None
    extract = r.customs.extract
    place = pc.index_in(pa.array(r.uscc, pa.string()), value_set=extract["uscc"].combine_chunks(), skip_nulls=True)
    return extract["name"].combine_chunks().take(place)
