"""Services, warnings, finance and credit reports (服务、预警、融资、资信) on their way into the ledger.

A row that is wrong is left out with its cell named, and the others are taken.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from xltools.catalogue.words import figure, usd, yuan
from xltools.desk.bureau.marks import Marks
from xltools.desk.bureau.taking import Done, Loaded, Taking
from xltools.desk.inputs import kept
from xltools.desk.rules.financing import entitled, exports_of, reports, valid
from xltools.desk.rules.losses import policies
from xltools.desk.rules.register import load_register
from xltools.desk.rules.sent import load_sent
from xltools.desk.rules.services import answered, insured, morning, served
from xltools.ledger import bureau, firms
from xltools.ledger.schema import LIVE
from xltools.roster import codes
from xltools.roster.problems import Mask
from xltools.scheme.clocks import Clocks
from xltools.scheme.countries import OTHER
from xltools.scheme.services import UNSET, Services

AFTER = ("answered", "onsite", "closed")
"""Moments of a service that lie behind the one at which the firm asked."""


# ── 服务 ──


def check_services(t: Taking) -> None:
    """A service is for an enrolled firm (events are for others as well), it has happened, and answers follow questions."""
    roster, words = t.roster, t.workspace.data("services", Services)
    firm, kind = roster.text["firm"], roster.text["kind"]
    event, asks = (_among(kind, words.kinds(what)) for what in ("event", "asks"))
    blank = roster.blank("firm")
    roster.found("SERVICE_FOR_NOBODY", "firm", blank & ~event & ~roster.blank("kind"))
    enrolled = _among(firm, _enrolled(t))
    coded = _are_codes(firm)
    stranger = ~blank & np.where(event, ~(_among(firm, _known(t)) | coded), ~enrolled)
    roster.found("SERVICE_FIRM", "firm", stranger)
    asked = roster.times["asked"]
    for field in AFTER:
        roster.found("SERVICE_EARLY", field, roster.times[field] < asked)
    now = morning(t.today)
    for field in ("day", "asked", *AFTER):
        roster.found("SERVICE_LATER", field, roster.times[field] > now)
    roster.found("SERVICE_UNASKED", "kind", asks & np.isnat(asked))


def services_outcome(t: Taking, done: Done) -> Loaded:
    """What is still owed, and how quickly firms were answered."""
    register = load_register(t.conn, t.workspace, t.today)
    rules = t.workspace.data("clocks", Clocks)
    had = served(t.conn, register, rules, t.workspace.data("services", Services), t.today)
    within = answered(t.conn, rules, morning(t.today))
    lines = [f"登记 {len(done.added)} 次"] if done.added else []
    spans = [(k, s) for k, s in enumerate(had.spans) if s[0] <= t.today]
    for k, (first, last) in spans[-1:]:
        lines.append(f"本季（{first} 至 {last}）还欠电话回访 {int((had.calls_owed[:, k] > 0).sum())} 家")
    lines.append(f"全年还欠拜访 {int((had.visits_owed > 0).sum())} 家（依存重点国别的 {int(had.dependent.sum())} 家）")
    for what, of in (("答复", within.answer), ("上门", within.onsite)):
        kept_, missed, running = within.count(of)
        lines.append(f"24 小时内{what}：按时 {kept_} 件，超时 {missed} 件，还在时限内 {running} 件")
    return Loaded(0, lines, {"added": len(done.added)})


# ── 预警 ──


def check_alerts(t: Taking) -> None:
    """An alert is about a country that there is, or a buyer."""
    roster = t.roster
    country = roster.text["country"]
    nowhere = roster.blank("country") & roster.blank("buyer") & ~roster.has("country", "COUNTRY")
    there = {r["no"] for r in bureau.rows(t.conn, "alerts").to_pylist() if r["country"] or r["buyer"]}
    nowhere &= ~_among(roster.text["no"], there)  # what is left out stands as it was said
    roster.found("ALERT_NOWHERE", "country", nowhere | _among(country, {OTHER}))


def check_alerted(t: Taking) -> None:
    """Nobody is told of an alert before there is one."""
    marks = Marks(t.roster)
    since = {r["no"]: r["day"] for r in bureau.rows(t.conn, "alerts").to_pylist()}
    for i, v in enumerate(kept(t.roster, "alerted").to_pylist()):
        if v["alert"] in since and v["day"] and v["day"] < since[v["alert"]]:
            marks.add(i, "ALERTED_EARLY", "day", f"{since[v['alert']]}")
    marks.record()


# ── 融资 ──


def check_financing(t: Taking) -> None:
    """A loan is to a firm that has authorised it, on a policy of its own and within its term; no more is left than lent."""
    marks = Marks(t.roster)
    register = load_sent(t.conn, t.workspace.scheme, t.today)
    known = policies(t.conn, t.workspace.scheme, register)
    granted: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for r in bureau.rows(t.conn, "authorisations").to_pylist():
        granted[r["firm"]].append(r)
    before = {(r["bank"], r["loan_no"]): r for r in bureau.rows(t.conn, "financing").to_pylist()}
    wrong = t.roster.findings.mask(severity="error")
    for i, given in enumerate(kept(t.roster, "financing").to_pylist()):
        if wrong[i]:
            continue
        old = before.get((given["bank"], given["loan_no"]), {})
        v = {f: old.get(f) if x is None else x for f, x in given.items()}
        day: date = v["lent"] or t.today
        if not any(valid(a, day) for a in granted[v["firm"]]):
            marks.add(i, "LOAN_UNAUTHORISED", "firm", f"{day}")
            continue
        if v["lent"] and v["lent"] > t.today:
            marks.add(i, "LOAN_LATER", "lent", f"{t.today}")
        if v["balance_fen"] is not None and v["loan_fen"] is not None and v["balance_fen"] > v["loan_fen"]:
            marks.add(i, "LOAN_BALANCE", "balance_fen", figure(v["loan_fen"]))
        policy = known.get(v["policy_no"] or "")
        if v["policy_no"] and (policy is None or policy.uscc != v["firm"]):
            marks.add(i, "LOAN_POLICY", "policy_no", "台账里没有" if policy is None else f"是 {policy.uscc} 的")
        elif policy and v["lent"] and not (policy.start or date.min) <= v["lent"] <= (policy.end or date.max):
            marks.add(i, "LOAN_OUTSIDE", "lent", f"{policy.start or ''} 至 {policy.end or ''}")
    marks.record()


def financing_outcome(t: Taking, done: Done) -> Loaded:
    """Both measures: loans, and the insured amount behind them (domain §17.6)."""
    rows = bureau.rows(t.conn, "financing")
    lent, insured_ = (int(pc.sum(rows[f]).as_py() or 0) for f in ("loan_fen", "insured_cents"))
    many = len(pc.unique(rows["firm"]))
    lines = [f"更新 {len(done.changed)} 笔" if done.changed else "没有变化"]
    lines.append(f"共 {rows.num_rows} 笔、{many} 家：放款 {yuan(lent)}，融资项下保险金额 {usd(insured_)}")
    return Loaded(0, lines, {"changed": len(done.changed)})


# ── 资信 ──


def check_reports(t: Taking) -> None:
    """Basic reports are for firms up to the limit, extra ones for enrolled firms and within the quota (003 六)."""
    marks, words = Marks(t.roster), t.workspace.data("services", Services)
    credit = words.credit
    register = load_register(t.conn, t.workspace, t.today)
    exports = exports_of(register)
    members, known = {f.uscc for f in insured(register)}, _known(t)
    cover = register.scheme.cover
    there = bureau.rows(t.conn, "credit_reports").to_pylist()
    used = Counter(r["firm"] for r in there if r["free"] == credit.extra and cover.holds(r["day"]))
    before = {tuple(r[f] for f in t.of.key) for r in there}
    coded, wrong = _are_codes(t.roster.text["firm"]), t.roster.findings.mask(severity="error")
    for i, v in enumerate(kept(t.roster, "credit_reports").to_pylist()):
        if wrong[i] or tuple(v[f] for f in t.of.key) in before:
            continue
        if v["free"] == credit.extra:
            if v["firm"] not in members:
                marks.add(i, "CREDIT_FIRM", "firm")
                continue
            if cover.holds(v["day"]):
                used[v["firm"]] += 1
                if credit.quota and used[v["firm"]] > credit.quota.value:
                    marks.add(
                        i,
                        "CREDIT_QUOTA",
                        "free",
                        f"{credit.quota.value} {credit.quota.unit}，这是第 {used[v['firm']]} 份",
                    )
        elif v["firm"] not in known and not coded[i]:
            marks.add(i, "CREDIT_STRANGER", "firm")
        elif entitled(words, exports(v["firm"])) is False:
            marks.add(
                i, "CREDIT_EXPORTS", "firm", f"{usd(exports(v['firm']) or 0)}，{usd(int(credit.exports.value * 100))}"
            )
    marks.record()


def reports_outcome(t: Taking, done: Done) -> Loaded:
    """How many were used, and what is left."""
    words = t.workspace.data("services", Services)
    rows = reports(t.conn, load_register(t.conn, t.workspace, t.today), words, t.today)
    credit = words.credit
    lines = [f"登记 {len(done.added)} 份"] if done.added else []
    left = f"还剩 {sum(r.left or 0 for r in rows)} 份" if credit.quota else f"每家几份{UNSET}"
    lines.append(
        f"本保险年度：{credit.basic} {sum(r.basic for r in rows)} 份，{credit.extra} {sum(r.extra for r in rows)} 份，{left}"
    )
    return Loaded(0, lines, {"added": len(done.added)})


# ── 共用 ──


def _enrolled(t: Taking) -> set[str]:
    """Firms that are on the platform: sent to an insurer, or insured."""
    rows = load_sent(t.conn, t.workspace.scheme, t.today).rows
    return {u for u, r in rows.items() if r["status"] in LIVE}


def _known(t: Taking) -> set[str]:
    return set(firms.enterprises(t.conn)["uscc"].to_pylist())


def _among(column: Any, values: Any) -> Mask:
    return np.asarray(pc.is_in(column, value_set=pa.array(sorted(values), pa.string()), skip_nulls=True))


def _are_codes(column: Any) -> Mask:
    """Which texts are unified social credit codes."""
    filled = pc.fill_null(column, "")
    alphabet, digit, _ = codes.uscc(filled)
    return np.asarray(pc.equal(pc.utf8_length(filled), 18)) & ~np.asarray(alphabet) & ~np.asarray(digit)
