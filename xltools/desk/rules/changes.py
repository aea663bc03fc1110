"""Changes after submission (变更): what was sent stays frozen; what counts is the frozen row with the accepted changes.

A change counts once the bureau has accepted it and its day has come; where a policy was issued, one that ends it counts
once the insurer has confirmed. Clauses 三 (insurers underwrite what the bureaus agreed to), 二（三） (money in order).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
from sqlalchemy import Connection

from xltools.catalogue.columns import personal_fields
from xltools.engine import money
from xltools.ledger import batches, bureau
from xltools.scheme import Scheme

Change = Mapping[str, Any]
"""A row of the table of changes, by the fields of its declaration."""
CORRECT, RENAME, RECODE, REPLAN, REINSURE = "更正", "更名", "换代码", "换方案", "换保险人"
WITHDRAW, REVOKE, SURRENDER = "撤回", "撤销", "退保"
ENDING: dict[str, batches.Status] = {WITHDRAW: "withdrawn", REVOKE: "refused", REINSURE: "moved", SURRENDER: "released"}
"""Kinds that end a row, and what it then is."""
STATES: dict[batches.Status, str] = {
    "sent": "已报送", "issued": "已承保", "declined": "已拒保", "released": "已解除", "moved": "已改派", "refused": "已取消",
    "withdrawn": "已撤回",
}  # fmt: skip
"""The words for what became of a row that was sent; all but the first two have given their money back."""
ITEMS = {
    "联系人": "contact", "手机": "phone", "出口额": "exports_cents", "海关注册编码": "customs_code", "所属区": "area",
}  # fmt: skip
"""What 更正 may change of a row: its name among people, and its field among the frozen cells."""
OTHER = "其他"
"""The item of a district's wish that touches nothing of what was sent (更正); the bureau takes note of it."""
ITEM = {
    RENAME: "企业名称",
    RECODE: "统一社会信用代码",
    REPLAN: "方案",
    REINSURE: "保险人",
    WITHDRAW: "整行",
    REVOKE: "整行",
    SURRENDER: "保单",
}
"""What the other kinds change."""
FIELD = ITEMS | {"企业名称": "name", "统一社会信用代码": "uscc", "方案": "plan", "保险人": "insurer"}


def accepted(conn: Connection, day: date, seq: int | None = None) -> dict[str, list[Change]]:
    """The changes that count on that day, by 受理编号, in the order of their effect."""
    rows = [r for r in bureau.rows(conn, "change", seq).to_pylist() if r["opinion"] == "接受" and since(r) <= day]
    out: dict[str, list[Change]] = {}
    for row in sorted(rows, key=lambda r: (since(r), r["asked"], r["kind"])):
        out.setdefault(row["case_no"], []).append(row)
    return out


def waiting(conn: Connection, seq: int | None = None) -> list[Change]:
    """The changes that wait for the bureau's opinion (待定), by 受理编号."""
    return [r for r in bureau.rows(conn, "change", seq).to_pylist() if not r["opinion"]]


def many(changes: Sequence[Change], most: int = 10) -> str:
    """Changes in short one behind the other, of many the first."""
    return "、".join(map(called, changes[:most])) + (f" 等 {len(changes):,} 条" if changes[most:] else "")


def personal(change: Change) -> bool:
    """Whether its content never enters the journal (个人信息)."""
    return ITEMS.get(change["item"]) in personal_fields()


def called(change: Change) -> str:
    """A change in short: whose, and what of it."""
    what = change["item"] if change["kind"] == CORRECT else change["kind"]
    return f"{change['case_no']} {what}"


def renamed(conn: Connection, kind: str = RENAME) -> list[tuple[str, str]]:
    """受理编号 and new name (or, of that kind, code) of every accepted change, whatever the day: readers know a firm by
    all its names and codes."""
    rows = bureau.rows(conn, "change").to_pylist()
    return [(r["case_no"], r["new"]) for r in rows if r["kind"] == kind and r["opinion"] == "接受"]


def since(change: Change) -> date:
    """The day from which a change counts (生效日)."""
    day = change["effective"] or change["asked"]
    assert isinstance(day, date)
    return day


def ends(change: Change, status: batches.Status) -> bool:
    """Whether an accepted change ends a row in that state: an issued one only when its insurer has confirmed."""
    if change["kind"] not in ENDING:
        return False
    return status == "sent" or (status == "issued" and change["confirmed"] is not None)


def bound(changes: Iterable[Change], insurer: str, day: date) -> list[Change]:
    """Of a firm's changes those that are about its row sent to that insurer on that day: a row sent later was made
    with them, and one that went to the insurer that the firm asked for is not ended by that wish."""
    return [c for c in changes if c["asked"] >= day and not (c["kind"] == REINSURE and c["new"] == insurer)]


def became(
    result: Mapping[str, Any] | None, changes: Iterable[Change], before: batches.Status
) -> tuple[batches.Status, int | None]:
    """What a return and the changes bound to it make of a row sent that was in the state `before`; and the actual fiscal
    money of its policy in fen, of an ended one too: what came back of that stands in the fund (:func:`came_back`).

    A policy is issued until it is ended; a row without one is refused by its insurer where a reason is given.
    """
    status, fen = before, None
    if result is not None and result["policy_no"]:
        status, fen = "released" if result["payment"] == "已解除" else "issued", result["actual_fiscal_fen"]
    elif result is not None and result["refusal"]:
        status = "declined"
    for change in changes:
        if not ends(change, status):
            continue
        if status == "issued":
            status = "moved" if change["kind"] == REINSURE else "released"
        else:
            status = ENDING[change["kind"]]
    return status, fen


def came_back(result: Mapping[str, Any] | None, changes: Iterable[Change]) -> tuple[int, Change | None]:
    """The fiscal money in fen that came back of a row's policy, and the change that ended it (None: its return did).

    The insurer's return that the policy is dissolved (已解除) gives all of it back; a change that ends it, once the
    insurer has confirmed, what it says (退还财政), or all.
    """
    if result is None or not result["policy_no"]:
        return 0, None
    actual = int(result["actual_fiscal_fen"] or 0)
    if result["payment"] == "已解除":
        return actual, None
    ended = next((c for c in changes if ends(c, "issued")), None)
    if ended is None:
        return 0, None
    return (actual if ended["refund_fen"] is None else int(ended["refund_fen"])), ended


def changed(
    scheme: Scheme, cells: Mapping[str, Any], row: Mapping[str, Any], changes: Iterable[Change]
) -> dict[str, Any]:
    """The frozen row and cells with changes that do not end it: name, contacts, plan, and the money that follows.

    `row` has plan, fx and the amounts in fen; the result has the keys of both that may change. A premium reduction
    (保费优惠) of the frozen row stays, whatever the plan. Half up, once.
    """
    out: dict[str, Any] = {**cells, "plan": row["plan"]} | {f: row[f] for f in AMOUNTS}
    priced_anew = False
    for change in changes:
        field = FIELD.get(change["item"])
        if field is None or change["kind"] in ENDING:
            continue
        out[field] = cents(change["new"]) if field == "exports_cents" else change["new"]
        priced_anew |= field in ("plan", "exports_cents")
    if priced_anew:
        terms = _reduced(scheme, out["plan"], row["plan"], cells["rate"])
        p = money.price(np.array([out["exports_cents"]], dtype=np.int64), terms, Decimal(row["fx"]))
        out |= {
            "premium_cents": int(p.premium_cents[0]), "gross_fen": int(p.gross_fen[0]), "fiscal_fen": int(p.fiscal_fen[0]),
            "enterprise_fen": int(p.enterprise_fen[0]), "limit_cents": int(p.limit_cents[0]),
            "rate": f"{terms.rate.quantize(Decimal('1e-8'))}", "fiscal_share": f"{terms.share.quantize(Decimal('1e-8'))}",
        }  # fmt: skip
    return out


def _reduced(scheme: Scheme, plan: str, frozen_plan: str, frozen_rate: str) -> money.Terms:
    """The plan's terms with the reduction of the frozen row, off = 1 − frozen rate / its plan's rate (exact); the rate to
    eight places, as rows are frozen."""
    terms, before = money.terms(scheme.plan(plan)), money.terms(scheme.plan(frozen_plan))
    rate = Fraction(terms.rate) * Fraction(frozen_rate) / Fraction(before.rate)
    places = money.half_up(rate.numerator * PLACES, rate.denominator)
    return replace(terms, rate=Decimal(places) / PLACES)


PLACES = 10**8
"""The parts of one in which rates are frozen."""


def corrected(changes: Iterable[Change], fields: Iterable[str]) -> dict[str, str]:
    """What accepted changes make of these fields of a firm's row, the last one of each: a row that is sent again is made
    with them."""
    wanted = set(fields)
    return {f: str(c["new"]) for c in changes if (f := FIELD.get(c["item"], "")) in wanted and c["kind"] not in ENDING}


AMOUNTS = ("premium_cents", "gross_fen", "fiscal_fen", "enterprise_fen")
"""The amounts of a row sent."""


def cents(text: str) -> int:
    """US dollars as written, in cents. Raises ArithmeticError, ValueError for what is no such amount."""
    value = Decimal(text.replace(",", "").strip())
    whole = value * 100
    if not value.is_finite() or whole != whole.to_integral_value() or whole < 0:
        raise ValueError(text)
    return int(whole)


def wanted_insurer(changes: Sequence[Change]) -> str:
    """The insurer that a firm has agreed to go to last, "" where it has not (三)."""
    return next((str(c["new"]) for c in reversed(changes) if c["kind"] == REINSURE), "")
