"""理赔: claims, decisions, payments and recoveries as insurers report them month by month, judged row by row.

A row is judged as the ledger will have it: what it leaves out stands as an earlier report said. One that is wrong is left
out with its cell named, and the others are taken.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa

from xltools.catalogue.words import figure, usd
from xltools.desk.bureau.marks import Marks
from xltools.desk.bureau.results import named
from xltools.desk.bureau.taking import Done, Loaded, Taking
from xltools.desk.inputs import kept
from xltools.desk.rules.losses import (
    PLATFORM,
    REFUSED,
    Policy,
    cases,
    countries_in,
    in_order,
    policies,
    ratio_of,
    reckon,
)
from xltools.desk.rules.sent import load_sent
from xltools.engine import clocks
from xltools.engine.clocks import LATE, STATES, UNKNOWN
from xltools.engine.indemnity import NO_LIMIT
from xltools.engine.money import half_up
from xltools.engine.terms import scaled
from xltools.ledger import bureau, firms
from xltools.roster import codes
from xltools.scheme.clocks import Clocks
from xltools.scheme.countries import iso

ORDER = (("known", "noticed"), ("noticed", "filed"), ("filed", "accepted"), ("shipped", "due"))
"""Dates of a claim of which the second never lies before the first."""
HAPPENED = ("shipped", "known", "noticed", "filed", "complete", "accepted")


def check_claims(t: Taking) -> None:
    """A claim is on a policy of its own firm and insurer; its days are in order; its documents are there when it says so."""
    marks, known = Marks(t.roster), _policies(t)
    rules = t.workspace.data("clocks", Clocks)
    listed = set(firms.enterprises(t.conn)["uscc"].to_pylist())
    calendar, heading = t.workspace.calendar(), {c.field: c.heading for c in t.of.column}
    begun: dict[int, date] = {}
    for i, given, v in _whole(t, "claims", ("claim_no",)):
        platform = v["client"] == rules.decision.client
        policy = known.get(v["policy_no"])
        if v["firm"] not in listed and (platform or not _is_code(v["firm"])):
            marks.add(i, "CLAIM_FIRM", "firm", "，统保企业要先在台账里" if platform else "")
            continue
        if policy is None or (platform and policy.kind != PLATFORM):
            marks.add(i, "CLAIM_POLICY" if platform else "CLAIM_POLICY_OWN", "policy_no")
            if platform:
                continue
        elif (policy.uscc, policy.insurer) != (v["firm"], v["insurer"]):
            marks.add(i, "CLAIM_OTHERS", "policy_no", f"{policy.insurer}给 {policy.uscc} 的")
            continue
        for first, second in ORDER:
            if v[first] and v[second] and v[second] < v[first]:
                marks.add(i, "CLAIM_DATES", second if given[second] else first, f"{heading[first]} {v[first]}，{heading[second]} {v[second]}")  # fmt: skip
        for field in HAPPENED:
            if v[field] and v[field] > t.today:
                marks.add(i, "CLAIM_LATER", field, f"{v[field]}，今天 {t.today}")
        lacking = [
            d for f in ("basic", "mandate") for d in getattr(rules.documents, f) if d not in (v[f] or "").split(",")
        ]
        if v["complete"] and lacking:
            marks.add(i, "CLAIM_PAPERS", "complete" if given["complete"] else "basic", "、".join(lacking))
        if v["loss_cents"] is not None and v["invoice_cents"] is not None and v["loss_cents"] > v["invoice_cents"]:
            marks.add(i, "LOSS_ABOVE_INVOICE", "loss_cents", figure(v["invoice_cents"]))
        if policy:
            _cover(marks, i, v, policy)
        if platform and v["accepted"] and v["complete"]:
            begun[i] = max(v["accepted"], v["complete"])
    _, there = clocks.ends(calendar, np.array([*begun.values()], dtype="datetime64[D]"), rules.decision)
    for i in np.array([*begun], dtype=np.int64)[~there].tolist():
        marks.add(i, "CALENDAR_MISSING", "accepted", f"{calendar.first.year} 至 {calendar.last.year} 年")
    marks.record()


def _cover(marks: Marks, i: int, v: Mapping[str, Any], policy: Policy) -> None:
    """Whether the policy covers this shipment, this country and this much (domain §4 #29: the day of shipment counts)."""
    if v["shipped"] and policy.start and policy.end and not policy.start <= v["shipped"] <= policy.end:
        marks.add(i, "CLAIM_UNCOVERED", "shipped", f"{v['shipped']}，保险期间 {policy.start} 至 {policy.end}")
    if v["country"] and v["country"] in {iso(n) for n in countries_in(policy.excluded)}:
        marks.add(i, "CLAIM_EXCLUDED", "country", policy.excluded)
    if v["loss_cents"] is not None and policy.limit_cents is not None and v["loss_cents"] > policy.limit_cents:
        marks.add(i, "CLAIM_ABOVE_LIMIT", "loss_cents", figure(policy.limit_cents))


def _is_code(text: str) -> bool:
    alphabet, digit, _ = codes.uscc(pa.array([text], pa.string()))
    return len(text) == 18 and not alphabet[0] and not digit[0]


def claims_outcome(t: Taking, done: Done) -> Loaded:
    """How many claims there are, and which decisions are late."""
    lines = [f"更新 {len(done.changed)} 件" if done.changed else "没有变化"]
    return Loaded(0, lines + _standing(t), {"changed": len(done.changed)})


def _standing(t: Taking) -> list[str]:
    found = cases(t.conn, t.workspace.data("clocks", Clocks), t.workspace.calendar(), t.today)
    lines = [
        f"案件共 {len(found)} 件，已决定 {int((~np.isnat(found.decided)).sum())} 件，已付赔款 {usd(found.paid.sum())}"
    ]
    for code, said in ((LATE, "决定期限已过、还没有决定的"), (UNKNOWN, f"{STATES[UNKNOWN]}、算不出决定期限的")):
        late = found.table.filter(pa.array(found.state == code))["claim_no"].to_pylist()
        lines += [f"{said} {len(late)} 件：{named(late)}"] if late else []
    return lines


# ── 决定 ──


def prepare_decisions(t: Taking) -> None:
    """A ratio that is left out is the policy's. What may be paid is worked out with the check, which knows what is left."""
    known, claims = _policies(t), _claims(t)
    ratio = t.roster.text["ratio"].to_pylist()
    before = {(r["claim"], str(r["no"])): r["ratio"] for r in bureau.rows(t.conn, "decisions").to_pylist()}
    rows = zip(*(t.roster.text[f].to_pylist() for f in ("claim", "no", "conclusion")), strict=True)
    for i, (claim, no, conclusion) in enumerate(rows):
        policy = known.get((claims.get(claim) or {}).get("policy_no") or "")
        if ratio[i] is None and before.get((claim, no)) is None and policy and policy.ratio and conclusion != REFUSED:
            ratio[i] = f"{policy.ratio.normalize():f}"
    t.roster.text["ratio"] = pa.array(ratio, pa.string())


def check_decisions(t: Taking) -> None:
    """A decision comes after acceptance, says what it is, and pays no more than is left of any limit (domain §4 #25)."""
    marks, claims, known = Marks(t.roster), _claims(t), _policies(t)
    mine: dict[int, dict[str, Any]] = {}
    for i, given, v in _whole(t, "decisions", ("claim", "no")):
        if _decision(marks, i, given, v, claims[v["claim"]], known, t):
            mine[i] = v
    news = {(v["claim"], v["no"]) for v in mine.values()}
    there = [r for r in bureau.rows(t.conn, "decisions").to_pylist() if (r["claim"], r["no"]) not in news]
    amounts = t.roster.amounts["indemnity_cents"]
    while True:  # of each policy the first that asks for too much goes out, then it is reckoned again
        places = [list(mine)[k] for k in in_order(list(mine.values()))]
        rows = [*(there[k] for k in in_order(there)), *(mine[i] for i in places)]
        r, first = reckon(rows, claims, known), len(there)
        above: dict[str, tuple[int, int]] = {}
        for n, i in enumerate(places, first):
            said = mine[i]["indemnity_cents"]
            if said is not None and said > r.take[n] and mine[i]["conclusion"] != REFUSED:
                above.setdefault(claims[mine[i]["claim"]]["policy_no"], (i, int(r.left[n])))
        for i, left in above.values():
            marks.add(i, "INDEMNITY_ABOVE_LIMIT", "indemnity_cents", figure(left))
            del mine[i]
        if not above:
            break
    for n, i in enumerate(places, first):
        row = mine[i]
        if row["conclusion"] == REFUSED:
            continue
        should = int(r.product[n]) if r.left[n] == NO_LIMIT else min(int(r.product[n]), int(r.left[n]))
        if row["indemnity_cents"] is None:
            amounts.cents[i], amounts.known[i] = r.take[n], True
        elif r.product[n] >= 0 and row["indemnity_cents"] != should:
            marks.add(i, "INDEMNITY_DIFFERS", "indemnity_cents", figure(should))
    marks.record()


def _decision(
    marks: Marks, i: int, given: Mapping[str, Any], v: Mapping[str, Any], claim: Mapping[str, Any],
    known: Mapping[str, Policy], t: Taking,
) -> bool:  # fmt: skip
    """What is wrong with one decision by itself; whether it can be reckoned."""
    if claim["accepted"] is None or v["day"] < claim["accepted"]:
        marks.add(i, "DECISION_EARLY", "day", f"决定日 {v['day']}，受理日 {claim['accepted'] or '还没有'}")
        return False
    if v["day"] > t.today:
        marks.add(i, "CLAIM_LATER", "day", f"{v['day']}，今天 {t.today}")
        return False
    refused = v["conclusion"] == REFUSED
    if refused != (v["refusal"] is not None):
        marks.add(
            i,
            "DECISION_REFUSAL",
            "refusal" if v["refusal"] else "conclusion",
            "要写拒赔原因" if refused else "不能有拒赔原因",
        )
        return False
    if refused:
        return True
    ratio = ratio_of(v, known.get(claim["policy_no"]))
    lacking = [
        h for h, there in (("核定损失", v["loss_cents"] is not None), ("赔偿比例", ratio is not None)) if not there
    ]
    if lacking and v["indemnity_cents"] is None:
        marks.add(i, "DECISION_INCOMPLETE", "conclusion", "、".join(lacking))
        return False
    if claim["loss_cents"] is not None and (v["loss_cents"] or 0) > claim["loss_cents"]:
        marks.add(i, "DECISION_ABOVE_LOSS", "loss_cents", figure(claim["loss_cents"]))
    return True


def decisions_outcome(t: Taking, done: Done) -> Loaded:
    lines = [f"更新 {len(done.changed)} 次决定" if done.changed else "没有变化"]
    return Loaded(0, lines + _standing(t), {"changed": len(done.changed)})


# ── 赔款 ──


def prepare_indemnities(t: Taking) -> None:
    """Without a number it is the first decision's; the yuan follow from dollars and rate, half up."""
    roster = t.roster
    roster.text["no"] = pa.array([n or "1" for n in roster.text["no"].to_pylist()], pa.string())
    cents, fen = roster.amounts["cents"], roster.amounts["fen"]
    for i, rate in enumerate(roster.text["fx"].to_pylist()):
        if rate and cents.known[i] and not fen.known[i]:
            fen.cents[i], fen.known[i] = _yuan(int(cents.cents[i]), rate), True


def check_indemnities(t: Taking) -> None:
    """Nothing is paid that was not decided, nor more than that (003 十二)."""
    marks, there = Marks(t.roster), bureau.rows(t.conn, "indemnities").to_pylist()
    decided = {(r["claim"], r["no"]): r for r in bureau.rows(t.conn, "decisions").to_pylist()}
    paid: Counter[tuple[str, int]] = Counter()
    for r in there:
        paid[r["claim"], r["no"]] += r["cents"]
    before = {tuple(r[f] for f in t.of.key) for r in there}
    wrong = t.roster.findings.mask()
    for i, v in enumerate(kept(t.roster, "indemnities").to_pylist()):
        if wrong[i] or tuple(v[f] for f in t.of.key) in before:
            continue
        key = v["claim"], v["no"]
        decision = decided.get(key)
        if decision is None or decision["conclusion"] == REFUSED or decision["day"] > v["day"]:
            why = (
                "没有这一次决定"
                if decision is None
                else REFUSED
                if decision["conclusion"] == REFUSED
                else f"决定日 {decision['day']}"
            )
            marks.add(i, "PAID_UNDECIDED", "claim" if decision is None else "day", f"第 {v['no']} 次，{why}")
            continue
        left = (decision["indemnity_cents"] or 0) - paid[key]
        if v["cents"] > left:
            marks.add(i, "PAID_ABOVE", "cents", figure(left))
            continue
        if v["fx"] and v["fen"] is not None and v["fen"] != _yuan(v["cents"], v["fx"]):
            marks.add(i, "PAID_YUAN", "fen", figure(_yuan(v["cents"], v["fx"])))
        paid[key] += v["cents"]
    marks.record()


def _yuan(cents: int, rate: str) -> int:
    """Fen of so many US cents, half up."""
    num, digits = scaled(Decimal(rate))
    return int(half_up(cents * num, 10**digits))


def indemnities_outcome(t: Taking, done: Done) -> Loaded:
    lines = [f"登记 {len(done.added)} 笔"] if done.added else []
    return Loaded(0, lines + _standing(t), {"added": len(done.added)})


# ── 追回 ──


def check_recoveries(t: Taking) -> None:
    """What came back is shared out to the cent: costs, the firm's part, the insurer's."""
    marks, wrong = Marks(t.roster), t.roster.findings.mask()
    for i, v in enumerate(kept(t.roster, "recoveries").to_pylist()):
        parts = [v[f] for f in ("cost_cents", "firm_cents", "insurer_cents")]
        if not wrong[i] and any(p is not None for p in parts) and sum(p or 0 for p in parts) != v["cents"]:
            marks.add(i, "RECOVERY_SPLIT", "cents", figure(sum(p or 0 for p in parts)))
    marks.record()


def recoveries_outcome(t: Taking, done: Done) -> Loaded:
    """What came back in all, and what is not shared out yet."""
    rows = bureau.rows(t.conn, "recoveries").to_pylist()
    lines = [f"登记 {len(done.added)} 笔"] if done.added else []
    lines.append(f"追回共 {usd(sum(r['cents'] for r in rows))}，归企业 {usd(sum(r['firm_cents'] or 0 for r in rows))}")
    open_ = [r["claim"] for r in rows if r["firm_cents"] is None and r["insurer_cents"] is None]
    lines += [f"还没有写分配的 {len(open_)} 笔：{named(open_)}"] if open_ else []
    return Loaded(0, lines, {"added": len(done.added)})


# ── 共用 ──


def _whole(t: Taking, name: str, key: tuple[str, ...]) -> list[tuple[int, dict[str, Any], dict[str, Any]]]:
    """The rows without an error so far: place, what was given, and the row as the ledger will have it."""
    before = {tuple(r[k] for k in key): r for r in bureau.rows(t.conn, name).to_pylist()}
    wrong, out = t.roster.findings.mask(severity="error"), []
    for i, g in enumerate(kept(t.roster, name).to_pylist()):
        if not wrong[i]:
            old = before.get(tuple(g[k] for k in key), {})
            out.append((i, g, {f: old.get(f) if x is None else x for f, x in g.items()}))
    return out


def _claims(t: Taking) -> dict[str, dict[str, Any]]:
    return _once(t, "claims", lambda: {r["claim_no"]: r for r in bureau.rows(t.conn, "claims").to_pylist()})


def _policies(t: Taking) -> dict[str, Policy]:
    def read() -> dict[str, Policy]:
        return policies(t.conn, t.workspace.scheme, load_sent(t.conn, t.workspace.scheme, t.today))

    return _once(t, "policies", read)


def _once(t: Taking, name: str, read: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """What is read of the ledger once for all steps."""
    if name not in t.known:
        t.known[name] = read()
    found: dict[str, Any] = t.known[name]
    return found
