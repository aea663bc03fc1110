"""Tax rebate (退税): every indemnity that was paid, and the dated rule by which it counts as foreign exchange received.

Where no rule holds the row says so and decides nothing; of a loss that was paid in part both amounts are shown (domain
§10, §17.3).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from sqlalchemy import Connection

from xltools.desk.rules.register import Register
from xltools.engine import clocks, rebate
from xltools.engine.deadlines import Days
from xltools.engine.rebate import NONE
from xltools.ledger import bureau
from xltools.scheme.rebates import RebateRules, Rule

OPEN = "不作结论"
COUNTS, IN_TIME, BY_PAPERS = "赔款视为收汇", "赔款视为收汇，在收汇期限以内", "过了收汇期限，按清单留存材料后视同收汇"


@dataclass(frozen=True)
class Rebate:
    """One payment: its rows of the three tables, the firm's name, the rule (None: none holds), the last day for receiving
    foreign exchange (None: the rule does not say), and what follows, in words."""

    payment: Mapping[str, Any]
    claim: Mapping[str, Any]
    decision: Mapping[str, Any]
    name: str
    rule: Rule | None
    by: date | None
    conclusion: str
    note: str

    @property
    def kept(self) -> str:
        """For how long papers are kept."""
        keep = self.rule.keep if self.rule else None
        return f"{keep.value} {keep.unit}" if keep else ""

    @property
    def evidence(self) -> str:
        """The papers that tax offices usually ask for (domain §10)."""
        document = self.decision.get("document")
        return "；".join(
            [f"保单 {self.claim['policy_no']}", f"赔付决定书 {document}" if document else "赔付决定书",
             f"到账凭证 {self.payment['voucher']}"]
        )  # fmt: skip


def rebates(conn: Connection, register: Register, rules: RebateRules) -> list[Rebate]:
    """Every payment by claim and day."""
    payments = sorted(bureau.rows(conn, "indemnities").to_pylist(), key=lambda r: (r["claim"], r["day"], r["voucher"]))
    claims = {r["claim_no"]: r for r in bureau.rows(conn, "claims").to_pylist()}
    decisions = {(r["claim"], r["no"]): r for r in bureau.rows(conn, "decisions").to_pylist()}
    names = dict(zip(register.claims.uscc, register.claims.text["name"].to_pylist(), strict=True))
    of = [claims[r["claim"]] for r in payments]
    exported, contract = (_days([c[f] for c in of]) for f in ("shipped", "due"))
    paid = _days([r["day"] for r in payments])
    held = rebate.holding(rules.rule, exported, paid)
    by = rebate.collect_by(rules.rule, held, exported, contract)
    out = []
    for k, (payment, claim) in enumerate(zip(payments, of, strict=True)):
        rule = rules.rule[held[k]] if held[k] != NONE else None
        decision = decisions.get((payment["claim"], payment["no"]), {})
        last = None if np.isnat(by[k]) else by[k].item()
        conclusion, note = _said(rules, rule, claim, payment, decision, last)
        out.append(Rebate(payment, claim, decision, names.get(claim["firm"]) or "", rule, last, conclusion, note))
    return out


def _said(
    rules: RebateRules, rule: Rule | None, claim: Mapping[str, Any], payment: Mapping[str, Any], decision: Mapping[str, Any],
    by: date | None,
) -> tuple[str, str]:  # fmt: skip
    if rule is None:
        return (
            (OPEN, rules.silent) if claim["shipped"] else (f"{OPEN}：没有出运日期", "不知道适用哪一条，请补上出运日期")
        )
    conclusion = COUNTS if by is None else IN_TIME if payment["day"] <= by else BY_PAPERS
    notes = [rule.says]
    loss = decision.get("loss_cents")
    if loss is not None and payment["cents"] < loss:
        notes.append(rules.uncovered)
    return conclusion, "；".join(notes)


def collect_by(rules: RebateRules, exported: Days, contract: Days, today: date) -> Days:
    """The last day for receiving foreign exchange for goods exported on those days, by the rules of `today`; blank where
    none says a day."""
    held = rebate.holding(rules.rule, exported, np.full(len(exported), np.datetime64(today, "D")))
    return rebate.collect_by(rules.rule, held, exported, contract)


def _days(values: list[date | None]) -> Days:
    return np.array([clocks.NAT if v is None else v for v in values], dtype="datetime64[D]")
