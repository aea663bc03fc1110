"""The clock of each firm (期限): every deadline that runs, what lapses first, and whom to call.

Nine kinds: the firm's own part of the premium, notice of loss, waiting, filing, the insurer's decision (003 十二), foreign
exchange by 30 April, the end of the policy, and what insurers owe every firm: calls, visits, answers (004 七（一）, 003 十三).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Connection

from xltools.catalogue.bureau_tables import bureau_tables
from xltools.catalogue.words import usd
from xltools.desk.rules import rebates
from xltools.desk.rules.losses import Cases, cases
from xltools.desk.rules.register import Register
from xltools.desk.rules.results import OPEN, OVERDUE, due
from xltools.desk.rules.standing import applications
from xltools.desk.workspace import Workspace
from xltools.engine import clocks, plans
from xltools.engine.clocks import IDLE, KEPT, LATE, MISSED, NAT, RUNNING, SOON, STATES, UNKNOWN, Attained, Codes
from xltools.engine.deadlines import Calendar, Days, Mask
from xltools.ledger import bureau
from xltools.scheme.clocks import UNFOUND, Clocks, Owed, Span
from xltools.scheme.rebates import RebateRules

Texts = npt.NDArray[np.object_]
FIRM, INSURER = "企业", "保险人"
PAYING, NOTICE, WAITING, FILING, DECIDING, COLLECTING, RENEWAL, CALL, VISIT, ANSWER = (
    "自缴保费", "报损", "等待期满", "索赔", "理赔决定", "收汇", "续保", "电话回访", "上门拜访", "答复",
)  # fmt: skip
SINCE = {"known": "知悉日", "due": "应付款日", "noticed": "报损日"}
NO_CALENDAR = Calendar(date.max, date.min, np.zeros(0, dtype="datetime64[D]"))
"""Where nothing is counted in working days."""
QUARTER = 3
"""Months of a quarter of the policy year (domain §4 #39)."""


@dataclass(frozen=True)
class Watch:
    """Deadlines of one kind, along what they are about: `subject` a claim or policy, whose, with which insurer. `calls`
    says who has to do it."""

    kind: str
    calls: str
    clause: str
    note: str
    subject: Texts
    uscc: Texts
    insurer: Texts
    start: Days
    end: Days
    state: Codes


@dataclass(frozen=True)
class Deadline:
    """One deadline that runs, as it is listed. `left` are calendar days, negative when overdue (None: not known)."""

    kind: str
    state: str
    end: date | None
    left: int | None
    uscc: str
    name: str
    subject: str
    insurer: str
    who: str
    contact: str
    phone: str
    start: date | None
    clause: str
    note: str


@dataclass(frozen=True)
class Kept:
    """How the decision's time limit was kept in a period, in figures as they are shown (`words` by heading)."""

    words: dict[str, str | int]


@dataclass(frozen=True)
class Watched:
    """Everything that is watched on a day, and how well the decision's time limit was kept."""

    watches: list[Watch]
    cases: Cases
    rules: Clocks
    calendar: Calendar
    today: date
    register: Register

    def attained(self, first: date, last: date) -> Attained:
        """Of the decisions whose time began from `first` to `last`."""
        c = self.cases
        of = (c.start >= np.datetime64(first, "D")) & (c.start <= np.datetime64(last, "D"))
        return clocks.attained(self.calendar, c.start, c.decided, c.state, of)


def watched(conn: Connection, workspace: Workspace, register: Register, today: date) -> Watched:
    """All clocks of the ledger as it stands. Raises Refusal where a data file of the office's is wrong."""
    rules, day = workspace.data("clocks", Clocks), np.datetime64(today, "D")
    there = bureau.rows(conn, "claims").num_rows
    calendar = workspace.calendar() if there else NO_CALENDAR
    found = cases(conn, rules, calendar, today)
    of = _policies(register, rules, today)
    if there:
        of += _claims(found, rules, calendar, day)
        of.append(_collecting(found, workspace.data("rebate_rules", RebateRules), rules, today))
    if "services" in bureau_tables():
        of += owed(bureau.rows(conn, "services"), register, rules, today)
    return Watched([w for w in of if len(w.end)], found, rules, calendar, today, register)


def kept(w: Watched, first: date, last: date) -> list[Kept]:
    """Attainment of the decisions that began in a period and in the same one a year before, and the change (004 七（一）6).

    Rates change in percentage points, averages in working days; — where there was nothing to measure.
    """
    before = [clocks.months_after(np.array([d], dtype="datetime64[D]"), -12)[0].item() for d in (first, last)]
    now, then = w.attained(first, last), w.attained(before[0], before[1])
    rate, days = clocks.change(now.rate, then.rate), clocks.change(now.average, then.average)
    points = "—" if rate is None else f"{clocks.signed(rate * 100)} 个百分点"
    return [
        _kept(
            f"{first} 至 {last}",
            clocks.percent(now.rate),
            clocks.tenths(now.average),
            [getattr(now, c) for c in COUNTED.values()],
        ),
        _kept(
            f"上期 {before[0]} 至 {before[1]}",
            clocks.percent(then.rate),
            clocks.tenths(then.average),
            [getattr(then, c) for c in COUNTED.values()],
        ),
        _kept("变化", points, clocks.signed(days), [getattr(now, c) - getattr(then, c) for c in COUNTED.values()]),
    ]


COUNTED = {"开始计时": "begun", "按期决定": "kept", "逾期": "missed", "进行中": "running", "日历缺失": "unknown"}


def _kept(title: str, rate: str, days: str, counts: Sequence[int]) -> Kept:
    return Kept({"期间": title, "达标率": rate, "平均工作日": days, **dict(zip(COUNTED, counts, strict=True))})


def listed(w: Watched, *, every: bool = False, uscc: str = "") -> list[Deadline]:
    """What runs or is overdue, of all or one firm, by what lapses first; without `every` only what ends within the days
    that the rules look ahead. What the calendar does not know comes last."""
    day = np.datetime64(w.today, "D")
    ahead = day + np.timedelta64(w.rules.ahead.value, "D")
    people = _people(w.register)
    out = []
    for x in w.watches:
        shown = np.isin(x.state, (RUNNING, SOON, LATE)) & ((x.end <= ahead) | every) | (x.state == UNKNOWN)
        if uscc:
            shown &= x.uscc == uscc
        for k in np.flatnonzero(shown).tolist():
            end = None if np.isnat(x.end[k]) else x.end[k].item()
            name, contact, phone = people.get(x.uscc[k], ("", "", ""))
            out.append(
                Deadline(
                    x.kind, STATES[x.state[k]], end, None if end is None else (end - w.today).days, x.uscc[k], name,
                    x.subject[k], x.insurer[k], x.insurer[k] if x.calls == INSURER else name or x.uscc[k],
                    contact if x.calls == FIRM else "", phone if x.calls == FIRM else "",
                    None if np.isnat(x.start[k]) else x.start[k].item(), x.clause, x.note,
                )
            )  # fmt: skip
    return sorted(out, key=lambda d: (d.end or date.max, d.kind, d.subject, d.uscc))


def told(d: Deadline) -> str:
    """One deadline as a line: until when, how it stands, what it is about, by which clause."""
    rest = "" if d.left is None else f"（已过 {-d.left} 天）" if d.left < 0 else f"（还有 {d.left} 天）"
    about = "" if d.subject == d.uscc else f" {d.subject}"
    return f"{d.end or STATES[UNKNOWN]} {d.state}{rest} {d.kind}{about}，找{d.who}：{d.note}（{d.clause}）"


def clock_lines(w: Watched, uscc: str) -> list[str]:
    """Everything that runs for a firm, in lines."""
    return [told(d) for d in listed(w, every=True, uscc=uscc)]


def claim_lines(w: Watched, uscc: str) -> list[str]:
    """A firm's claims, in lines: what was lost, what was decided and paid, and the decision's time limit."""
    c, out = w.cases, []
    for k in np.flatnonzero(_texts(c.table["firm"]) == uscc).tolist():
        row = c.table.slice(k, 1).to_pylist()[0]
        loss = f"，可损 {usd(row['loss_cents'])}" if row["loss_cents"] is not None else ""
        parts = [f"{row['claim_no']} {row['buyer'] or ''} {row['cause']}{loss}"]
        if c.green[k]:
            parts.append(f"绿色通道（{w.rules.green.clause}）")
        parts += [
            f"{word} {row[f]}" for word, f in (("报损", "noticed"), ("索赔", "filed"), ("受理", "accepted")) if row[f]
        ]
        if not np.isnat(c.decided[k]):
            parts.append(f"决定 {c.decided[k]} {'拒赔' if c.refused[k] else f'应赔 {usd(c.indemnity[k])}'}")
        if not np.isnat(c.ends[k]) or c.state[k] == UNKNOWN:
            parts.append(
                f"决定期限 {'' if np.isnat(c.ends[k]) else c.ends[k]}{STATES[c.state[k]]}（{w.rules.decision.clause}）"
            )
        if c.paid[k]:
            parts.append(f"已付 {usd(c.paid[k])}")
        if c.recovered[k]:
            parts.append(f"追回 {usd(c.recovered[k])}")
        out.append("；".join(parts))
    return out


def _people(register: Register) -> dict[str, tuple[str, str, str]]:
    """Name, contact person and telephone by code."""
    c = register.claims
    columns = (c.text[f].to_pylist() for f in ("name", "contact", "phone"))
    return {u: (n or "", who or "", phone or "") for u, n, who, phone in zip(c.uscc, *columns, strict=True)}


# ── claims ──


def _claims(c: Cases, rules: Clocks, calendar: Calendar, day: np.datetime64) -> list[Watch]:
    """Notice, waiting and filing by cause, and the decision."""
    cause = _texts(c.table["cause"])
    out = []
    for of in rules.cause:
        mine = cause == of.name
        if of.notice:
            out.append(_by_cause(c, mine, NOTICE, FIRM, of.notice, "noticed", rules, calendar, day))
        if of.filing:
            out.append(_by_cause(c, mine, FILING, FIRM, of.filing, "filed", rules, calendar, day))
        if of.waiting:
            waits = _by_cause(c, mine, WAITING, FIRM, of.waiting, "filed", rules, calendar, day)
            waits.state[waits.state == LATE] = KEPT  # it is over, nobody missed it
            out.append(waits)
    open_ = np.isin(c.state, (RUNNING, SOON, LATE, UNKNOWN))
    words = f"{rules.decision.value} 个{rules.decision.unit}，自受理且单证齐备起，次一工作日为第 1 天"
    out.append(_watch(c, open_, DECIDING, INSURER, rules.decision.clause, words, c.start, c.ends, c.state))
    return out


def _by_cause(
    c: Cases, mine: Mask, kind: str, calls: str, span: Span, done: str, rules: Clocks, calendar: Calendar, day: np.datetime64
) -> Watch:  # fmt: skip
    start = clocks.first_filled([c.days[f] for f in span.since])
    start = np.where(mine & np.isnat(c.days[done]), start, NAT)
    end, known = clocks.ends(calendar, start, span)
    state = clocks.states(end, known, np.full(len(end), NAT), day, rules.soon.value)
    words = (
        f"{span.value} {'个' if span.unit != '日' else ''}{span.unit}，自{'或'.join(SINCE[s] for s in span.since)}起"
    )
    if span.clause == UNFOUND:
        words += "；平台条款未查到，以保险人的条款为准"
    return _watch(c, mine & (state != IDLE), kind, calls, span.clause, words, start, end, state)


def _collecting(c: Cases, of: RebateRules, rules: Clocks, today: date) -> Watch:
    """Foreign exchange by the rule's day, for claims that nothing was paid on (domain §17.3)."""
    end = rebates.collect_by(of, c.days["shipped"], c.days["due"], today)
    state = clocks.states(end, np.ones(len(end), bool), c.paid_on, np.datetime64(today, "D"), rules.soon.value)
    clause = next((r.called for r in of.rule if r.due), "")
    words = "过期的，属于《视同收汇原因及举证材料清单》的留存材料"
    return _watch(
        c, ~np.isin(state, (IDLE, KEPT, MISSED)), COLLECTING, FIRM, clause, words, c.days["shipped"], end, state
    )


def _watch(
    c: Cases, of: Mask, kind: str, calls: str, clause: str, note: str, start: Days, end: Days, state: Codes
) -> Watch:
    some = c.table.filter(pa.array(of))
    subject, uscc, insurer = (_texts(some[f]) for f in ("claim_no", "firm", "insurer"))
    return Watch(kind, calls, clause, note, subject, uscc, insurer, start[of], end[of], state[of])


def _texts(column: Any) -> Texts:
    return np.array(column.to_pylist(), dtype=object)


# ── policies ──


def _policies(register: Register, rules: Clocks, today: date) -> list[Watch]:
    """The firm's own part of the premium (四（二）备注), and the end of each policy."""
    scheme, day, soon = register.scheme, np.datetime64(today, "D"), rules.soon.value
    rows: list[tuple[str, str, str]] = []
    entered: list[date | None] = []
    by: list[date | None] = []
    end: list[date | None] = []
    for row in register.sent.rows.values():
        v = register.sent.results.get((row["batch_id"], row["place"]))
        if v is not None and v["policy_no"] and row["status"] == "issued":
            rows.append((v["policy_no"], row["uscc"], row["insurer"]))
            part = due(scheme, v, today)
            entered.append(v["entered"])
            by.append(part.by if part and part.state in (OPEN, OVERDUE) else None)
            end.append(v["end"] or scheme.cover.end.value)
    subject, uscc, insurer = (np.array([r[k] for r in rows], dtype=object) for k in range(3))
    never, known = np.full(len(rows), NAT), np.ones(len(rows), dtype=bool)
    last, ends = _days(by), _days(end)
    state = clocks.states(last, known, never, day, soon)
    mine = state != IDLE
    limit = scheme.payment_days
    paying = Watch(
        PAYING, FIRM, limit.clause, f"{limit.value} {limit.unit}，自保单录入日起", subject[mine], uscc[mine], insurer[mine],
        _days(entered)[mine], last[mine], state[mine],
    )  # fmt: skip
    state = clocks.states(ends, known, never, day, soon)
    state[state == LATE] = KEPT
    words = "保单到期；要接着保的，及早办理"
    return [paying, Watch(RENEWAL, FIRM, scheme.cover.end.clause, words, subject, uscc, insurer, never, ends, state)]


def _days(values: Sequence[date | None]) -> Days:
    return np.array([NAT if v is None else v for v in values], dtype="datetime64[D]")


# ── services ──


def owed(served: pa.Table, register: Register, rules: Clocks, today: date) -> list[Watch]:
    """Calls and visits that the insurers still owe in this quarter or year, and questions that wait for an answer.

    `served` are services as they were recorded: kind, firm, insurer string; day date32; asked, answered, onsite
    timestamp[s].
    """
    out = [_answers(served, rules, today)]
    cover = register.scheme.cover
    if cover.holds(today):
        insured = {u: r for u, r in register.sent.rows.items() if r["status"] == "issued"}
        out.append(
            _services(served, insured, rules.calls, CALL, period(cover.start.value, QUARTER, today), rules, today)
        )
        depends = dependent(register, rules)
        some = {u: r for u, r in insured.items() if u in depends}
        out.append(_services(served, some, rules.visits, VISIT, (cover.start.value, cover.end.value), rules, today))
    return out


def period(first: date, months: int, today: date) -> tuple[date, date]:
    """The period of so many months, counted from `first`, in which `today` lies."""
    begin = np.array([first], dtype="datetime64[D]")
    passed = (today.year - first.year) * 12 + today.month - first.month - (today.day < first.day)
    k = passed // months * months
    return clocks.months_after(begin, k)[0].item(), clocks.months_after(begin, k + months)[0].item() - timedelta(1)


def dependent(register: Register, rules: Clocks) -> set[str]:
    """Firms that depend on the key countries (重点国别依存度高): at least that share of their base year's exports."""
    a = applications(register)
    there = a.exports_known & a.key_known & (a.exports > 0)
    there &= plans.at_least(a.key, a.exports, rules.visits.share)
    return {u for u, yes in zip(register.claims.uscc, there.tolist(), strict=True) if yes}


def _services(
    served: pa.Table, firms: dict[str, dict[str, Any]], rule: Owed, kind: str, within: tuple[date, date], rules: Clocks,
    today: date,
) -> Watch:  # fmt: skip
    first, last = within
    mine = pc.and_(
        pc.is_in(served["kind"], pa.array(rule.kinds)),
        pc.and_(pc.greater_equal(served["day"], first), pc.less_equal(served["day"], min(last, today))),
    )
    counts = served.filter(mine)["firm"].value_counts()
    had = {c["values"]: c["counts"] for c in counts.to_pylist()}
    open_ = [u for u in firms if had.get(u, 0) < rule.value]
    n = len(open_)
    end = np.full(n, np.datetime64(last, "D"))
    state = clocks.states(end, np.ones(n, dtype=bool), np.full(n, NAT), np.datetime64(today, "D"), rules.soon.value)
    insurer = np.array([firms[u]["insurer"] for u in open_], dtype=object)
    uscc = np.array(open_, dtype=object)
    words = f"每{rule.every}至少 {rule.value} 次，本期 {first} 至 {last}"
    return Watch(
        kind, INSURER, rule.clause, words, uscc, uscc, insurer, np.full(n, np.datetime64(first, "D")), end, state
    )


def _answers(served: pa.Table, rules: Clocks, today: date) -> Watch:
    """What firms asked, and nobody has answered (003 十三)."""
    some = served.filter(
        pc.and_(pc.is_valid(served["asked"]), pc.and_(pc.is_null(served["answered"]), pc.is_null(served["onsite"])))
    )
    asked = some["asked"].to_numpy().astype("datetime64[s]") if some.num_rows else np.zeros(0, dtype="datetime64[s]")
    end = (asked + np.timedelta64(rules.answers.value, "h")).astype("datetime64[D]")
    n = len(end)
    state = clocks.states(end, np.ones(n, dtype=bool), np.full(n, NAT), np.datetime64(today, "D"), rules.soon.value)
    subject, uscc, insurer = (_texts(pc.fill_null(some[f], "")) for f in ("kind", "firm", "insurer"))
    words, start = f"{rules.answers.value} {rules.answers.unit}以内答复、上门", asked.astype("datetime64[D]")
    return Watch(ANSWER, INSURER, rules.answers.clause, words, subject, uscc, insurer, start, end, state)
