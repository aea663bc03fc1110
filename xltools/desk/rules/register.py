"""The register (台账名册): every claim in the ledger as checked rows, with what the bureau knows beside them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Connection

from xltools.catalogue.columns import roster_columns
from xltools.desk.rules.amended import Unbooked, refuse_clashes, unbooked
from xltools.desk.rules.applications import Customs, compare_with_customs
from xltools.desk.rules.changes import (
    RECODE,
    RENAME,
    renamed,
)
from xltools.desk.rules.left_out import LeftOut, left_out
from xltools.desk.rules.sent import Sent, accept_number, load_sent
from xltools.desk.workspace import Workspace
from xltools.engine.customs import CustomsFigures
from xltools.ledger import bureau, claims, firms, fund, schemetexts
from xltools.ledger.left_out import rows as left_rows
from xltools.roster import across
from xltools.roster.cells import Amounts, Times
from xltools.roster.problems import Findings
from xltools.scheme import Scheme

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Claims:
    """What the districts reported: one row per claim (a firm as one district reported it), by arrival and district.

    `text`, `amounts` and `times` are by field of the catalogue; everything has as many rows as `uscc`.
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

    def __len__(self) -> int:
        return len(self.uscc)


@dataclass(frozen=True)
class Decisions:
    """What the bureau decided and what it knows by itself: reviews, lists, policies in force, customs, pools.

    `review` and `policies` are by unified social credit code, `lists` the codes on each list, `pools` fen by insurer;
    `sizes` are by code as determined for the latest year (企业规模), where they were.
    `figures` are those of the claims by `customs`, `left` the rows of its files that could not be used. `inforce_missing` are the insurers that sent no list. `latest` is the
    month and rate of the latest loaded exchange rate by insurer.
    """

    review: dict[str, dict[str, Any]]
    policies: dict[str, list[dict[str, Any]]]
    inforce_missing: list[str]
    lists: dict[str, set[str]]
    sizes: dict[str, str]
    customs: Customs | None
    figures: CustomsFigures | None
    left: LeftOut
    pools: dict[str, int]
    latest: dict[str, tuple[str, Decimal]]


@dataclass(frozen=True)
class Register:
    """Everything that bears on eligibility on one day."""

    day: date
    claims: Claims
    decisions: Decisions
    sent: Sent
    scheme_changes: list[str] | None = None
    """Keys in which the scheme's text differs from the one that the ledger was last written by; None: in none."""
    unbooked: list[Unbooked] = field(default_factory=list)
    """What amendments change of the pools and the fund account does not have."""

    @property
    def scheme(self) -> Scheme:
        return self.claims.scheme

    def __len__(self) -> int:
        return len(self.claims)

    @property
    def firms(self) -> int:
        """How many firms: several districts may report the same one."""
        return len(set(self.claims.uscc))

    def number(self, i: int) -> str:
        """The firm's 受理编号, e.g. NT2019-0137."""
        return accept_number(self.scheme, int(self.claims.arrival[i]))


def load_register(
    conn: Connection, workspace: Workspace, day: date, seq: int | None = None, *, claimed: pa.Table | None = None
) -> Register:
    """Everything in the ledger that bears on eligibility on `day`, with all problems across files found.

    With `seq` as it stood after that entry of the journal (see `ledger.history.seq_at`): what followed is as if it had
    not happened. `claimed` are the claims that held then, where they have been read already. The scheme is that of
    `day`. Raises LedgerError; AmendmentRefused where a batch contradicts the amendments.
    """
    workspace = workspace.on(day)
    review = {r["uscc"]: r for r in bureau.rows(conn, "review", seq).to_pylist()}
    held = claims.claims(conn, seq) if claimed is None else claimed
    its_claims = _claims(_standing_claims(held, review), firms.enterprises(conn), workspace.scheme)
    decisions = _decisions(conn, workspace, day, its_claims, review, seq)
    changes = schemetexts.changes(conn, workspace.ledger.source) if seq is None else None
    sent = load_sent(conn, workspace.scheme, day, seq, review=review)
    refuse_clashes(workspace.year, sent.batches.to_pylist(), sent.schemes)
    lacking = unbooked(workspace.year, day, bureau.rows(conn, "fund", seq)) if workspace.scheme.amended else []
    register = Register(day, its_claims, decisions, sent, changes, lacking)
    _across(register)
    return register


def _claims(table: pa.Table, known: pa.Table, scheme: Scheme) -> Claims:
    known = known.take(pc.index_in(table["uscc"], value_set=known["uscc"]))
    order = np.argsort(known["arrival"].to_numpy(), kind="stable")
    table, known = table.take(order), known.take(order)
    text, amounts, times = _columns(table, scheme)
    findings = Findings(table.num_rows, headings={c.field: c.heading for c in roster_columns(scheme)})
    _own_problems(findings, table["problems"].to_pylist())
    return Claims(
        scheme=scheme,
        text=text,
        amounts=amounts,
        times=times,
        findings=findings,
        uscc=table["uscc"].to_pylist(),
        district=table["district"].to_pylist(),
        file_id=table["file_id"].to_numpy(),
        row=table["row"].to_numpy(),
        arrival=known["arrival"].to_numpy(),
        first_received=known["first_received"].to_numpy(),
    )


def _decisions(
    conn: Connection, workspace: Workspace, day: date, its_claims: Claims, review: dict[str, dict[str, Any]],
    seq: int | None,
) -> Decisions:  # fmt: skip
    codes = new_codes(conn, workspace.scheme)
    extract = bureau.rows(conn, "customs", seq)
    if codes:
        extract = extract.set_column(extract.column_names.index("uscc"), "uscc", as_known(extract["uscc"], codes))
    base = workspace.scheme.base_year.value
    text, table = its_claims.text, left_rows(conn, seq)
    former = _former(conn, workspace.scheme) if table.num_rows else {}
    left = left_out(
        table, its_claims.uscc, text["customs_code"].to_pylist(), text["name"].to_pylist(),
        (base, base - 1), former,
    )  # fmt: skip
    customs = Customs(extract, workspace.groups, left) if extract.num_rows else None
    return Decisions(
        review=review,
        policies=_policies(conn, codes, seq),
        inforce_missing=_missing_lists(conn, workspace.scheme, seq),
        lists=_lists(conn, codes, seq),
        sizes=sizes_of(conn, seq),
        customs=customs,
        figures=customs.figures(its_claims) if customs else None,
        left=left,
        pools=fund.pools(conn, day, seq),
        latest=_latest(conn, seq),
    )


def names_ever(conn: Connection, scheme: Scheme) -> list[tuple[str, str]]:
    """Code and name, of every name under which a firm was ever claimed or that an accepted change gave it."""
    return claims.names_ever(conn) + renamed_firms(conn, scheme)


def new_codes(conn: Connection, scheme: Scheme) -> dict[str, str]:
    """The code by which the ledger knows a firm, by every code that an accepted change gave it (换代码)."""
    return {new: uscc for uscc, new in renamed_firms(conn, scheme, RECODE)}


def as_known(codes: Any, new: Mapping[str, str]) -> Any:
    """A column of codes with the ledger's own in place of new ones."""
    if not new or not pc.any(pc.is_in(codes, pa.array(list(new), pa.string()))).as_py():
        return codes
    return pa.array([new.get(u, u) for u in codes.to_pylist()], pa.string())


def renamed_firms(conn: Connection, scheme: Scheme, kind: str = RENAME) -> list[tuple[str, str]]:
    """The ledger's code of a firm and the new name (or, of that kind, code) of every accepted change."""
    if not (new := renamed(conn, kind)):
        return []
    known = firms.enterprises(conn)
    codes = dict(
        zip((accept_number(scheme, n) for n in known["arrival"].to_pylist()), known["uscc"].to_pylist(), strict=True)
    )
    return [(codes[case], name) for case, name in new if case in codes]


def _former(conn: Connection, scheme: Scheme) -> dict[str, list[str]]:
    """The same by code."""
    out: dict[str, list[str]] = {}
    for uscc, name in names_ever(conn, scheme):
        out.setdefault(uscc, []).append(name)
    return out


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
    left = {u: districts for u, r in review.items() if (districts := districts_in(r["withdrawn"] or ""))}
    if not left:
        return table
    both = zip(table["uscc"].to_pylist(), table["district"].to_pylist(), strict=True)
    return table.filter(pa.array([district not in left.get(uscc, ()) for uscc, district in both], pa.bool_()))


def _columns(table: pa.Table, scheme: Scheme) -> tuple[dict[str, pa.StringArray], dict[str, Amounts], dict[str, Times]]:
    text: dict[str, pa.StringArray] = {}
    amounts: dict[str, Amounts] = {}
    times: dict[str, Times] = {}
    n = table.num_rows
    for column in roster_columns(scheme):
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


def _policies(conn: Connection, codes: Mapping[str, str], seq: int | None) -> dict[str, list[dict[str, Any]]]:
    out: dict[str, list[dict[str, Any]]] = {}
    for row in bureau.rows(conn, "inforce", seq).to_pylist():
        out.setdefault(codes.get(row["uscc"], row["uscc"]), []).append(row)
    return out


def _missing_lists(conn: Connection, scheme: Scheme, seq: int | None) -> list[str]:
    """The scheme's insurers that have not sent a list of policies in force."""
    there = set(bureau.rows(conn, "inforce", seq)["insurer"].to_pylist())
    return [i.name for i in scheme.insurers if i.name not in there]


def _lists(conn: Connection, codes: Mapping[str, str], seq: int | None) -> dict[str, set[str]]:
    out: dict[str, set[str]] = {}
    for row in bureau.rows(conn, "lists", seq).to_pylist():
        if uscc := row["uscc"] or row["firm"]:
            out.setdefault(row["list"], set()).add(codes.get(uscc, uscc))
    return out


def sizes_of(conn: Connection, seq: int | None = None) -> dict[str, str]:
    """The size of each firm as it was determined for the latest year, by the ledger's code (工信部联企业〔2011〕300号)."""
    rows = sorted(bureau.rows(conn, "sizes", seq).to_pylist(), key=lambda r: int(r["year"]))
    return {r["firm"]: r["size"] for r in rows if r["size"]}


def _latest(conn: Connection, seq: int | None) -> dict[str, tuple[str, Decimal]]:
    rates = sorted(bureau.rows(conn, "fx", seq).to_pylist(), key=lambda r: str(r["month"]))
    return {r["insurer"]: (r["month"], Decimal(r["rate"])) for r in rates}


def _across(register: Register) -> None:
    """Find the problems across files: they join the findings of the claims."""
    c, d = register.claims, register.decisions
    confirmed = np.array([(d.review.get(u) or {}).get("confirm_received") for u in c.uscc], dtype="datetime64[s]")
    across.two_districts(c.findings, c.uscc, c.district)
    across.received_earlier(c.findings, c.times["received"], c.first_received, confirmed)
    across.same_and_similar_names(c.findings, c.uscc, c.text["name"])
    across.sizes_differ(c.findings, c.uscc, c.text["size"], d.sizes)
    across.inforce_policies(c.findings, c.uscc, c.text["insured"], d.policies)
    if d.customs and d.figures:
        compare_with_customs(c, d.figures, d.customs.incomplete)
        across.customs_name(c.findings, c.text["name"], _customs_names(c, d.customs))


def _customs_names(c: Claims, customs: Customs) -> pa.StringArray:
    extract = customs.extract
    place = pc.index_in(pa.array(c.uscc, pa.string()), value_set=extract["uscc"].combine_chunks(), skip_nulls=True)
    return extract["name"].combine_chunks().take(place)
