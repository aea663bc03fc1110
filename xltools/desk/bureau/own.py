"""What single tables of the bureau decide beyond their declaration: a check before, an outcome after.

HEADINGS are more headings by field, where whoever fills the table in has a layout of its own. PREPARES fill in what a row leaves out because it follows from what it names. CHECKS add findings to the rows, before
anything is kept. OUTCOMES follow once it is kept: what is said, what the
journal keeps of it, and, by raising Refusal, that it must not be.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from xltools.catalogue.columns import by_field
from xltools.catalogue.words import usd, yuan
from xltools.desk.bureau import care, changes, losses, payments, refunds, results, support, upgrades, yearly
from xltools.desk.bureau.marks import Marks
from xltools.desk.bureau.references import not_there
from xltools.desk.bureau.taking import Done, Loaded, Taking
from xltools.desk.inputs import implausible, kept, known_by_code
from xltools.desk.rules.fxrisk import fx_risks
from xltools.desk.rules.fxrisk import told as rates
from xltools.desk.rules.register import Register, districts_in, load_register
from xltools.desk.rules.sent import accept_number
from xltools.desk.rules.standing import stand
from xltools.desk.transaction import looking
from xltools.desk.workspace import Workspace
from xltools.engine.applications import CUSTOMS
from xltools.ledger import batches, bureau, claims, firms, fund
from xltools.roster.choices import matcher
from xltools.scheme.readings import readings

# ── 海关数据 ──


def _check_customs(t: Taking) -> None:
    known_by_code(t.roster)


def _customs(t: Taking, done: Done) -> Loaded:
    cents, year = done.data["cents"], done.data["year"]
    totals = {str(y): int(pc.sum(cents.filter(pc.equal(year, y))).as_py() or 0) for y in done.parts}
    lines = [f"{y} 年：出口额 {usd(c)}" for y, c in totals.items()]
    detail: dict[str, Any] = {"years": done.parts, "cents": totals}
    entries = [(t.source, {"rows": done.data.num_rows, "parts": done.parts, "cents": totals}, "")]
    register = load_register(t.conn, t.workspace, t.today)
    base = t.workspace.scheme.base_year.value
    if register.decisions.figures is None or base not in register.decisions.figures.years:
        lines.append(f"没有基年 {base} 的数据：出口额仍按企业申报")
        return Loaded(0, lines, detail, entries)
    present = {u for u, p in zip(register.claims.uscc, register.decisions.figures.present, strict=True) if p}
    waiting = {
        u for u, bits in zip(register.claims.uscc, register.decisions.left.bits.tolist(), strict=True) if bits & CUSTOMS
    }
    absent = sorted({*register.claims.uscc} - present - waiting)
    differs = {r for f in register.claims.findings.items if f.code == "CUSTOMS_DIFFERS" for r in f.rows.tolist()}
    lines.append(f"台账企业中海关没有记录的 {len(absent)} 家（待核实），与申报数不一致的 {len(differs)} 家")
    if waiting:
        lines.append(
            f"台账企业中可能有出口没有读入的 {len(waiting)} 家（待核实）：{'、'.join(_numbers(register, waiting))}"
        )
    more = {"absent": absent, "differs": len(differs), "incomplete": sorted(waiting)}
    return Loaded(0, lines, detail | more, entries)


def _numbers(register: Register, codes: set[str]) -> list[str]:
    """受理编号 of some firms."""
    return list(dict.fromkeys(register.number(i) for i, u in enumerate(register.claims.uscc) if u in codes))


# ── 在保名单 ──


def _check_inforce(t: Taking) -> None:
    """An insurer may be written in any of its ways; one that is not the platform's is kept as it is written."""
    known = matcher(by_field(t.workspace.scheme)["insurer"], t.workspace.scheme)
    names = [known(n) or n if n else None for n in t.roster.text["insurer"].to_pylist()]
    t.roster.text["insurer"] = pa.array(names, pa.string())


def _inforce(t: Taking, done: Done) -> Loaded:
    register = load_register(t.conn, t.workspace, t.today)
    hit = len({u for u in register.claims.uscc if u in register.decisions.policies})
    lines = [f"{'、'.join(done.parts)}：{done.data.num_rows} 张保单，台账企业中在名单上的 {hit} 家"]
    if register.decisions.inforce_missing:
        lines.append(f"还没有在保名单的保险人：{'、'.join(register.decisions.inforce_missing)}")
    return Loaded(0, lines, {"insurers": done.parts, "missing": register.decisions.inforce_missing, "hit": hit})


# ── 汇率 ──


def _fx(t: Taking, done: Done) -> Loaded:
    rates = {" ".join(key): fields["rate"] for key, fields in done.changed.items() if "rate" in fields}
    lines = [f"{k}：{new}" + (f"（原为 {was}）" if was else "") for k, (was, new) in rates.items()] or ["没有变化"]
    odd = {implausible(t.workspace.scheme, Decimal(r)) for r in done.data["rate"].to_pylist() if r} - {""}
    return Loaded(0, lines + sorted(odd), {"changed": rates})


# ── 资金 ──


def _check_fund(t: Taking) -> None:
    """A movement says a giver and a taker as its kind has them; what comes back of policies is entered by itself; and
    none takes from a pool what is committed, on any day from today on."""
    pools = [i.name for i in t.workspace.scheme.insurers]
    rows, marks, wrong = kept(t.roster, "fund"), Marks(t.roster), t.roster.findings.mask()
    moves: dict[int, fund.Movement] = {}
    before = bureau.rows(t.conn, "fund")
    there = set(map(fund.key, fund.movements(before)))
    for i in np.flatnonzero(~wrong).tolist():
        (m,) = fund.movements(rows.slice(i, 1))
        if m.document.startswith(fund.OF_POLICY):
            marks.add(i, "FUND_BY_ITSELF", "document")
        elif said := fund.wrong(m, pools):
            marks.add(i, "FUND_SENSE", "kind" if m.fen else "fen", said)
        elif fund.key(m) not in there:
            there.add(fund.key(m))
            moves[i] = m
    for i, said in _below(t, before, moves):
        marks.add(i, "FUND_BELOW", "fen", said)
    marks.record()


def _below(t: Taking, before: pa.Table, moves: dict[int, fund.Movement]) -> Iterator[tuple[int, str]]:
    """The movements, the last of a file first, without which no pool falls below what is committed; and what it would
    have. They leave `moves`."""
    names = [i.name for i in t.workspace.scheme.insurers]
    if not any(m.source for m in moves.values()):
        return
    committed = {m.insurer: m.committed for m in stand(load_register(t.conn, t.workspace, t.today)).money}
    days = sorted({t.today, *(d for d in before["day"].to_pylist() if d > t.today)} | {m.day for m in moves.values()})
    for day in (d for d in days if d >= t.today):
        was = fund.balance(before, names, day)
        for pool in names:
            taking = [i for i, m in moves.items() if m.source == pool and m.day <= day]
            while taking:
                fen = was[pool] + sum(
                    m.fen * ((m.target == pool) - (m.source == pool)) for m in moves.values() if m.day <= day
                )
                if fen >= min(was[pool], committed[pool]):
                    break
                yield (
                    taking[-1],
                    (f"{day} {pool}的盘子将只有 {yuan(fen)}，少于已报送和已承保占用的 {yuan(committed[pool])}"),
                )
                del moves[taking.pop()]


def _fund(t: Taking, done: Done) -> Loaded:
    """The pools as they are now and will be."""
    names = [i.name for i in t.workspace.scheme.insurers]
    after = fund.fund(t.conn)
    moves = fund.movements(done.data)
    days = sorted({t.today, *(d for d in after["day"].to_pylist() if d > t.today)})
    now, later = fund.balance(after, names, t.today), fund.balance(after, names, days[-1])
    risks = {x.insurer: x for x in fx_risks(stand(load_register(t.conn, t.workspace, t.today)))}
    lines = [
        f"{n}：{yuan(fen)}" + (f"，{days[-1]} 起 {yuan(later[n])}" if later[n] != fen else "") + f"，{rates(risks[n])}"
        for n, fen in now.items()
    ]
    lines += _perhaps_twice(done.before, moves)
    told = [
        (m.kind, {"day": f"{m.day}", "source": m.source, "target": m.target, "fen": m.fen, "document": m.document}, m.document)
        for m in moves
    ]  # fmt: skip
    return Loaded(0, lines, now, told)


def _perhaps_twice(before: pa.Table | None, moves: Sequence[fund.Movement]) -> list[str]:
    """Refunds typed in by hand that look like one which was entered by itself."""
    own = [m for m in fund.movements(before) if m.document.startswith(fund.OF_POLICY)] if before is not None else []
    return [
        f"提示：{m.document} 退回 {yuan(m.fen)}，和自动记入的“{o.document}”同一保险人、同一金额，请核对是否重复；重复的另记一笔“退回”转出"
        for m in moves
        if m.kind == fund.BACK and m.target
        for o in own
        if (o.target, o.fen) == (m.target, m.fen)
    ]


def fund_account(workspace: Workspace, *, today: date) -> tuple[list[dict[str, Any]], dict[str, int]]:
    """All movements as entered, and each pool's fen on that day. Raises Refusal."""
    with looking(workspace) as conn:
        return fund.fund(conn).to_pylist(), fund.pools(conn, today)


# ── 审核 ──

GROUNDED = {"exports_cents": "exports_grounds", "confirm_received": "grounds"}
"""Decisions that must state their grounds, and where."""
OFFICIAL = {"reviewer": "审核人"}
"""Who decided belongs in the journal: an official act, unlike the district's contact persons of the same field."""


def _check_review(t: Taking) -> None:
    """Firms must be known, fixed figures and times must have grounds; a withdrawal says 是, or which of several
    districts' claims it is, or 否 where it was a mistake."""
    roster, known = t.roster, set(firms.enterprises(t.conn)["uscc"].to_pylist())
    there = roster.text["uscc"].to_pylist()
    unknown = np.array([u is not None and u not in known for u in there], dtype=bool)
    roster.found("UNKNOWN_FIRM", "uscc", unknown & ~roster.findings.mask(fields=("uscc",)))
    for what, grounds in GROUNDED.items():
        given = roster.amounts[what].known if what in roster.amounts else ~np.isnat(roster.times[what])
        roster.found("GROUNDS_MISSING", what, given & roster.blank(grounds))
    claimed: dict[str | None, set[str]] = {}
    for row in claims.claims(t.conn).select(["uscc", "district"]).to_pylist():
        claimed.setdefault(row["uscc"], set()).add(row["district"])
    said = zip(there, roster.text["withdrawn"].to_pylist(), strict=True)
    wrong = np.array(
        [w not in (None, "是", "否") and not districts_in(w) < claimed.get(u, set()) for u, w in said], dtype=bool
    )
    more = "（填“是”；几个区都报了的，填其中撤回申报的区名；填错了的改为“否”）"
    roster.found("CHOICE", "withdrawn", wrong, [more] * int(wrong.sum()))


def _review(t: Taking, done: Done) -> Loaded:
    """A sent firm that is refused or withdrawn gives its money back."""
    lines = [f"更新 {len(done.changed)} 家"]
    unsigned = int(
        (~t.roster.blank("opinion") & (t.roster.blank("reviewer") | np.isnat(t.roster.times["reviewed"]))).sum()
    )
    if unsigned:
        lines.append(f"{unsigned} 家的审核意见没有审核人或审核日期，请补上：报送表上有审核日期")
    released, issued = _released(t, done.data)
    if released:
        lines.append(f"释放资金 {len(released)} 家：{'、'.join(released)}；它们已在报送表里，请通知保险人不要承保")
    if issued:
        lines.append(f"已承保的 {len(issued)} 家：{'、'.join(issued)}；保险人退保、回执写明“已解除”以后才释放资金")
    changed = {u: {OFFICIAL.get(f, f): v for f, v in fields.items()} for (u,), fields in done.changed.items()}
    grounds = {fields["grounds"][1] for fields in done.changed.values() if "grounds" in fields} - {None, ""}
    told = (t.source, {"changed": changed}, "；".join(sorted(grounds)))
    return Loaded(0, lines, {"changed": len(done.changed)}, [told], ("sent",))


def _released(t: Taking, data: pa.Table) -> tuple[list[str], list[str]]:
    """受理编号 of the firms whose row was out and is no longer; and of those whose policy holds all the same."""
    numbers = dict(zip(*(firms.enterprises(t.conn)[c].to_pylist() for c in ("uscc", "arrival")), strict=True))
    out = batches.out(t.conn)
    released: dict[str, list[str]] = {"sent": [], "issued": []}
    for row in data.select(["uscc", "opinion", "withdrawn"]).to_pylist():
        if row["uscc"] in out and (row["withdrawn"] == "是" or row["opinion"] == "不同意"):
            batches.mark(t.conn, row["uscc"], "withdrawn" if row["withdrawn"] == "是" else "refused")
            number = accept_number(t.workspace.scheme, int(numbers[row["uscc"]]))
            released[out.pop(row["uscc"])].append(number)
    return released["sent"], released["issued"]


# ── 口径确认 ──


def _check_readings(t: Taking) -> None:
    """Only a reading that the scheme takes can be confirmed."""
    known = {str(r.no) for r in readings(t.workspace.scheme)}
    numbers, marks, wrong = t.roster.text["no"].to_pylist(), Marks(t.roster), t.roster.findings.mask(fields=("no",))
    for i, no in enumerate(numbers):
        if no and not wrong[i] and no not in known:
            marks.add(i, "REFERENCE_UNKNOWN", "no", not_there("口径表", no, known))
    marks.record()


HEADINGS: dict[str, Callable[[Workspace], dict[str, list[str]]]] = {"issued": results.headings}
PREPARES: dict[str, Callable[[Taking], None]] = {
    "issued": results.prepare,
    "change": changes.prepare,
    "upgrade": upgrades.prepare,
    "decisions": losses.prepare_decisions,
    "indemnities": losses.prepare_indemnities,
}
CHECKS: dict[str, Callable[[Taking], None]] = {
    "customs": _check_customs, "inforce": _check_inforce, "fund": _check_fund, "review": _check_review,
    "issued": results.check, "change": changes.check, "upgrade": upgrades.check, "payments": payments.check, "readings": _check_readings,
    "claims": losses.check_claims, "decisions": losses.check_decisions, "indemnities": losses.check_indemnities,
    "recoveries": losses.check_recoveries,
    "sizes": support.check_sizes, "topup_rules": support.check_rules, "district_funds": support.check_funds,
    "district_policies": support.check_policies,
    "services": care.check_services, "alerts": care.check_alerts, "alerted": care.check_alerted,
    "financing": care.check_financing, "credit_reports": care.check_reports,
    **yearly.CHECKS,
}  # fmt: skip
OUTCOMES: dict[str, Callable[[Taking, Done], Loaded]] = {
    "customs": _customs, "inforce": _inforce, "lists": support.lists_outcome, "fx": _fx, "fund": _fund, "review": _review,
    "issued": refunds.booked(results.outcome), "change": refunds.booked(changes.outcome), "upgrade": upgrades.outcome,
    "buyer_limits": upgrades.limits_outcome, "payments": payments.outcome,
    "claims": losses.claims_outcome, "decisions": losses.decisions_outcome, "indemnities": losses.indemnities_outcome,
    "recoveries": losses.recoveries_outcome, "sizes": support.sizes_outcome,
    "services": care.services_outcome, "financing": care.financing_outcome, "credit_reports": care.reports_outcome,
    **yearly.OUTCOMES,
}  # fmt: skip
