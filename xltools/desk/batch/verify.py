"""`verify` (全面核验): the journal, every amount, every sheet that was sent."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from xltools.catalogue.columns import roster_columns
from xltools.catalogue.words import figure, yuan
from xltools.desk.batch import changes
from xltools.desk.batch.submit import sent_batch
from xltools.desk.batch.unknown import WHAT_TO_DO, Unknown, unknown
from xltools.desk.errors import Refusal
from xltools.desk.progress import Progress, silent
from xltools.desk.rules.amended import AmendmentRefused
from xltools.desk.rules.changes import became, bound, came_back
from xltools.desk.rules.register import load_register
from xltools.desk.rules.sent import accept_number, scheme_of
from xltools.desk.rules.standing import Standing, stand
from xltools.desk.transaction import looking
from xltools.desk.workspace import RETURNED, SUBMITTED, Workspace, kept_as
from xltools.engine import money
from xltools.engine.assess import ELIGIBLE
from xltools.ledger import batches, bureau, files, fund, journal, outbox, seals
from xltools.ledger.inside import inside, noted
from xltools.scheme import Scheme
from xltools.sheets.insurer import sheet

CENT = Decimal("0.01")
FROZEN = ("uscc", "arrival", "queue_no", "plan", "gross_fen", "fiscal_fen", "enterprise_fen", "premium_cents")
"""What a row sent holds twice: in columns of its own, and among the cells that its sheet was made from."""


BEFORE: tuple[batches.Status, ...] = ("sent", "withdrawn", "refused")
"""What a row sent may be before its return and the accepted changes: out, or ended by the bureau's review."""


@dataclass
class Verified:
    """What was looked at, and everything that is not as it should be (empty: all is well)."""

    entries: int = 0
    amounts: int = 0
    sheets: int = 0
    wrong: list[str] = field(default_factory=list)
    pools: list[str] = field(default_factory=list)
    """Each pool's money as it adds up: fund − policies − sent − arranged = free."""
    money: list[str] = field(default_factory=list)
    """Pools below zero (资金缺口): no fault of the ledger, but somebody must act."""
    unknown: list[Unknown] = field(default_factory=list)
    """Batches in 报送/ that the ledger does not know; each is among `wrong` too."""


def verify(workspace: Workspace, *, today: date, progress: Progress = silent) -> Verified:
    """Recompute and compare everything; changes nothing. Raises Refusal when the ledger cannot be read."""
    found = Verified()
    with looking(workspace) as conn:
        progress("日志")
        found.wrong += [*map(str, journal.verify(conn)), *seals.verify(conn)]
        found.entries = journal.head(conn)[0]
        progress("金额")
        _sent(conn, workspace, found)
        _places(conn, workspace, found)
        found.unknown = unknown(conn, workspace)
        found.wrong += [f"{b}：台账里没有这一批，多半是放回了较旧的台账。{WHAT_TO_DO}" for b in found.unknown]
        standing = None
        try:
            standing = stand(load_register(conn, workspace, today))
        except AmendmentRefused as e:
            found.wrong.append(str(e))
        except (KeyError, ValueError, TypeError):
            if not found.wrong:
                raise
            found.wrong.append("台账被改动后已不能测算，其余没有核验")
            return found
        if standing:
            _current(standing, found)
            _states(standing, conn, found)
            _refunds(standing, conn, found)
        progress("报送表")
        _sheets(conn, workspace, found)
        found.wrong += changes.differences(conn, workspace)
    for pool in standing.money if standing else ():
        found.pools.append(
            f"{pool.insurer}：资金账 {figure(pool.pool)} − 保单 {figure(pool.issued)} − 已报送 {figure(pool.sent)}"
            f" − 已安排 {figure(pool.arranged)} = 可用 {figure(pool.free)} 元"
        )
        if pool.free < 0:
            found.money.append(f"{pool.insurer}资金缺口 {yuan(-pool.free)}")
    return found


def exact(
    exports: int, rate: Decimal, minimum: int, share: Decimal, fx: Decimal, cap: Decimal | None = None
) -> tuple[int, int]:
    """Gross and fiscal fen by decimal arithmetic, one row at a time: a second opinion on the engine's integers."""
    premium = max(Decimal(exports) / 100 * rate, Decimal(minimum) / 100)
    gross = (premium * fx).quantize(CENT, ROUND_HALF_UP)
    fiscal = (gross * share).quantize(CENT, ROUND_FLOOR)
    if cap is not None:
        fiscal = min(fiscal, (Decimal(exports) / 100 * fx * cap).quantize(CENT, ROUND_FLOOR))
    return int(gross * 100), int(fiscal * 100)


def _current(standing: Standing, found: Verified) -> None:
    """Every eligible row's money once more."""
    r, a, out = standing.register, standing.applications, standing.outcomes
    off = [Decimal(0), *(x.off.value for x in r.scheme.reductions)]
    for j, i in enumerate(standing.rows.tolist()):
        if out.status[j] != ELIGIBLE:
            continue
        t = money.terms(r.scheme.plans[int(out.plan[j])], off[int(a.reduction[i]) + 1])
        gross, fiscal = exact(
            int(a.exports[i]), t.rate, t.minimum_cents, t.share, standing.fx[int(a.insurer[i])], t.cap_of_exports
        )
        found.amounts += 1
        if (gross, fiscal) != (out.gross_fen[j], out.fiscal_fen[j]):
            found.wrong.append(f"{r.number(i)}：测算金额与复算不符（复算应缴 {gross} 分、财政 {fiscal} 分）")


def _sent(conn: Connection, workspace: Workspace, found: Verified) -> None:
    """Every row sent, from its own frozen figures."""
    kept = {b["id"]: b for b in batches.batches(conn).to_pylist()}
    insurers = {id_: b["insurer"] for id_, b in kept.items()}
    schemes = _schemes(conn, kept.values(), found)
    for row in batches.sent(conn).to_pylist():
        number = accept_number(workspace.scheme, row["arrival"])
        found.amounts += 1
        try:
            cells = json.loads(row["cells"])
            if row["batch_id"] in kept and row["batch_id"] not in schemes:
                continue  # told once for its batch
            t = money.terms(schemes[row["batch_id"]].plan(row["plan"]))
            gross, fiscal = exact(
                cells["exports_cents"], Decimal(cells["rate"]), t.minimum_cents, Decimal(cells["fiscal_share"]),
                Decimal(row["fx"]), t.cap_of_exports,
            )  # fmt: skip
            same = all(cells[f] == row[f] for f in FROZEN) and row["insurer"] == insurers[row["batch_id"]]
        except (ArithmeticError, KeyError, TypeError, ValueError):
            found.wrong.append(f"{number}：台账中的报送行读不出来，已被改动")
            continue
        if (row["gross_fen"], row["fiscal_fen"], row["enterprise_fen"]) != (gross, fiscal, gross - fiscal):
            found.wrong.append(f"{number}：台账中已报送的金额与复算不符（复算应缴 {gross} 分、财政 {fiscal} 分）")
        elif not same:
            found.wrong.append(f"{number}：台账中的报送行与报送时的内容不符")


def _states(standing: Standing, conn: Connection, found: Verified) -> None:
    """What became of each row sent once more, from the returns and the accepted changes."""
    r = standing.register
    raw = {(x["batch_id"], x["place"]): x for x in batches.sent(conn).to_pylist()}
    days = dict(zip(r.sent.batches["id"].to_pylist(), r.sent.batches["day"].to_pylist(), strict=True))
    for row in r.sent.every:
        place = row["batch_id"], row["place"]
        mine = bound(
            r.sent.changes.get(accept_number(r.scheme, row["arrival"]), ()), row["insurer"], days[row["batch_id"]]
        )
        kept = raw[place]["status"], raw[place]["actual_fiscal_fen"]
        ways = [became(r.sent.results.get(place), mine, before) for before in BEFORE]
        if kept not in ways:
            found.wrong.append(
                f"{accept_number(r.scheme, row['arrival'])}：台账中报送行的状态与回执和变更不符，已被改动"
            )


def _refunds(standing: Standing, conn: Connection, found: Verified) -> None:
    """What came back of each policy once more, from the returns and the accepted changes, against the fund's entries."""
    r = standing.register
    known = {b["id"]: (b["no"], b["day"]) for b in r.sent.batches.to_pylist()}
    due: dict[str, int] = {}
    for row in r.sent.every:
        number, (no, day) = accept_number(r.scheme, row["arrival"]), known[row["batch_id"]]
        mine = bound(r.sent.changes.get(number, ()), row["insurer"], day)
        if fen := came_back(r.sent.results.get((row["batch_id"], row["place"])), mine)[0]:
            due[fund.refund_document(number, row["insurer"], no)] = fen
    booked = fund.refunds(bureau.rows(conn, "fund"))
    for document in sorted(due.keys() | booked.keys()):
        if due.get(document, 0) != booked.get(document, 0):
            found.wrong.append(
                f"{document}：回执和变更应退回 {yuan(due.get(document, 0))}，资金账记了 {yuan(booked.get(document, 0))}"
            )


def _schemes(conn: Connection, there: Iterable[dict[str, Any]], found: Verified) -> dict[int, Scheme]:
    """The scheme of the day by batch; one whose text nobody has is told."""
    out: dict[int, Scheme] = {}
    for batch in there:
        try:
            out[batch["id"]] = scheme_of(conn, batch)
        except Refusal as e:
            found.wrong.append(str(e))
    return out


def _places(conn: Connection, workspace: Workspace, found: Verified) -> None:
    """Where the ledger says that files are."""
    found.wrong += outbox.astray(conn, workspace.root)
    for file in files.files(conn, attached=True).to_pylist():
        with noted(found.wrong):
            inside(workspace.root, kept_as(file["sha256"]))
        if file["returned_as"]:
            with noted(found.wrong):
                inside(workspace.root, f"{RETURNED}/{file['returned_as']}")


def _sheets(conn: Connection, workspace: Workspace, found: Verified) -> None:
    rows = batches.sent(conn).to_pylist()
    there = batches.batches(conn).to_pylist()
    schemes = _schemes(conn, there, Verified())
    for kept in there:
        found.sheets += 1
        if kept["id"] not in schemes:
            continue
        try:
            batch = sent_batch(schemes[kept["id"]], kept, [r for r in rows if r["batch_id"] == kept["id"]])
        except (ArithmeticError, KeyError, TypeError, ValueError, StopIteration):
            found.wrong.append(f"{kept['insurer']}第{kept['no']:02d}批：台账中的报送行读不出来，报送表无从比较")
            continue
        if sheet.proof_of(batch).sha256 != kept["sha256"]:
            found.wrong.append(f"{kept['insurer']}第{kept['no']:02d}批：台账中的报送行与报送时的校验码不符")
        path: Path | None = None
        with noted(found.wrong):
            final = inside(workspace.root, f"{SUBMITTED}/{kept['file']}")
            path = outbox.placed(conn, workspace.root, final) or final
        if path is None:
            continue
        fields = {c.field for c in roster_columns(workspace.scheme) if c.personal}
        personal = {c.heading for c in batch.layout.own if c.field in fields}
        found.wrong += [_told(path.name, d, d.heading in personal) for d in sheet.compare(path, batch)]


def _told(name: str, d: sheet.Difference, personal: bool) -> str:
    """A difference as a sentence; of personal data (个人信息) only the place."""
    place = "!".join(p for p in (d.sheet, d.cell) if p)
    if not place:  # the whole file: missing, or no workbook any more
        return f"{name} {d.found}；报送时的工作簿应在“报送”文件夹里，请从备份找回"
    heading = f"（{d.heading}）" if d.heading else ""
    if personal:
        return f"{name} {place}{heading}：与报送时不同"
    return f"{name} {place}{heading}：报送时为 {d.expected or '空白'}，现为 {d.found or '空白'}"


def as_json(found: Verified) -> dict[str, Any]:
    """For `--json`."""
    return {
        "journal": found.entries,
        "amounts": found.amounts,
        "sheets": found.sheets,
        "wrong": found.wrong,
        "unknown_batches": found.unknown,
        "pools": found.pools,
        "shortfalls": found.money,
    }
