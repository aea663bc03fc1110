"""承保结果: an insurer's return matched with the rows sent, judged row by row, and taken over.

What a row leaves out stands as the return before it said; so a row is judged as the ledger will have it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from xltools.catalogue.bureau_tables import bureau_tables
from xltools.catalogue.columns import split_unit
from xltools.catalogue.words import figure, usd, yuan
from xltools.desk.bureau.marks import Marks
from xltools.desk.bureau.taking import Done, Loaded, Taking
from xltools.desk.inputs import kept
from xltools.desk.rules.changes import Change, accepted, became, bound
from xltools.desk.rules.layouts import layout_of
from xltools.desk.rules.losses import countries_in
from xltools.desk.rules.register import accept_number, as_changed, json_cells, schemes
from xltools.desk.rules.results import excluded, priced, rate_of, rates
from xltools.desk.rules.standing import committed
from xltools.desk.workspace import Workspace
from xltools.ledger import batches, bureau, fund
from xltools.roster.cells import Roster
from xltools.roster.text import folded
from xltools.scheme.countries import iso
from xltools.sheets.insurer.sentversion import batch_name

ANSWERS = (
    "policy_no", "entered", "system_fx", "actual_gross_fen", "actual_fiscal_fen", "actual_enterprise_fen", "start", "end",
    "ratio", "buyer_cents", "excluded", "payment", "paid", "payment_said", "refusal", "reason",
)  # fmt: skip
"""A row in which none of these is filled is no answer yet."""
GONE = {"withdrawn": "已撤回", "refused": "市局不同意", "moved": "已改投另一家保险人"}
"""States of rows for which no policy may come any more."""
OF_A_POLICY = ("entered", "actual_gross_fen", "actual_fiscal_fen")
"""What every policy must state."""


@dataclass(frozen=True)
class Row:
    """A row sent, as its return is matched and judged by; `no` and `day` are its batch's."""

    batch_id: int
    place: int
    insurer: str
    no: int
    day: date
    uscc: str
    status: batches.Status
    plan: str
    cells: str
    changes: list[Change]

    @property
    def title(self) -> str:
        return f"{self.insurer}第{self.no:02d}批"


def rows_sent(t: Taking) -> dict[str, list[Row]]:
    """Every row ever sent by its 受理编号, in the order of the batches, as the accepted changes have left it."""
    there = batches.batches(t.conn).to_pylist()
    known = {b["id"]: (b["no"], b["day"]) for b in there}
    wanted = accepted(t.conn, t.today)
    of_days = schemes(t.conn, there) if wanted else {}
    out: dict[str, list[Row]] = defaultdict(list)
    for r in batches.sent(t.conn).to_pylist():
        number, (no, day) = accept_number(t.workspace.scheme, r["arrival"]), known[r["batch_id"]]
        mine = bound(wanted[number], r["insurer"], day) if number in wanted else []
        if mine:
            r |= as_changed(of_days.get(r["batch_id"], t.workspace.scheme), r, mine)
        out[number].append(
            Row(r["batch_id"], r["place"], r["insurer"], no, day, r["uscc"], r["status"], r["plan"], r["cells"], mine)
        )
    t.known["sent"] = out
    return out


def headings(workspace: Workspace) -> dict[str, list[str]]:
    """What insurers call the columns in the layouts of their own sheets, by field of the table; without units."""
    ours = {c.field for c in bureau_tables()["issued"].column}
    out: dict[str, list[str]] = defaultdict(list)
    for insurer in workspace.scheme.insurers:
        for c in layout_of(workspace, insurer).columns:
            field = "payment_said" if c.field == "payment" else c.field
            if field in ours and (c.blank or field in ("case_no", "uscc", "name")):
                out[field].append(split_unit(c.heading)[0])
    return out


def prepare(t: Taking) -> None:
    """Find the row sent that each row is about, and fill in insurer and batch; rows that answer nothing are passed."""
    roster = t.roster
    _split_payment(roster)
    nothing = np.ones(len(roster), dtype=bool)
    for field in ANSWERS:
        nothing &= ~_filled(roster, field)
    roster.passed = nothing if roster.passed is None else roster.passed | nothing
    sent, marks = rows_sent(t), Marks(roster)
    columns = {f: roster.text[f].to_pylist() for f in ("case_no", "insurer", "batch", "uscc")}
    of_file = batch_name(t.path) if t.path else None
    if of_file and of_file.scheme == t.workspace.scheme.id:
        for i in range(len(roster)):
            columns["insurer"][i] = columns["insurer"][i] or of_file.insurer
            columns["batch"][i] = columns["batch"][i] or of_file.number.lstrip("0")
    for i in np.flatnonzero(~roster.passed).tolist():
        if not columns["case_no"][i]:
            continue
        columns["case_no"][i] = case = folded(columns["case_no"][i]).replace(" ", "").upper()
        there, insurer, batch = sent.get(case, []), columns["insurer"][i], columns["batch"][i]
        mine = [r for r in there if insurer in (None, r.insurer) and batch in (None, str(r.no))]
        if not mine:
            more = f"，报送过的是{'、'.join(r.title for r in there)}" if there else ""
            marks.add(i, "NEVER_SENT", "batch" if there and batch else "case_no", more)
            continue
        row = next((r for r in mine if r.status in ("sent", "issued")), mine[-1])
        columns["insurer"][i], columns["batch"][i] = row.insurer, str(row.no)
        if columns["uscc"][i] not in (None, row.uscc):
            marks.add(
                i, "CASE_OF_OTHER", "uscc", f"{case} 是 {row.uscc} {json_cells({'cells': row.cells}).get('name')}"
            )
        else:
            columns["uscc"][i] = row.uscc
    for field, values in columns.items():
        roster.text[field] = pa.array(values, pa.string())
    marks.record()


def _filled(roster: Roster, field: str) -> np.ndarray:
    if field in roster.amounts:
        return roster.amounts[field].known | roster.findings.mask(fields=(field,))
    if field in roster.times:
        return ~np.isnat(roster.times[field]) | roster.findings.mask(fields=(field,))
    return ~roster.blank(field) | roster.findings.mask(fields=(field,))


_DATE = re.compile(r"((?:19|20)[0-9]{2})\s?[-/.年]?\s?([0-9]{1,2})\s?[-/.月]?\s?([0-9]{1,2})\s?日?")
_WORDS = (
    ("已解除", "已解除"),
    ("解除", "已解除"),
    ("退保", "已解除"),
    ("未缴", "待缴费"),
    ("待缴", "待缴费"),
    ("已缴", "已缴费"),
    ("缴", "已缴费"),
)


def _split_payment(roster: Roster) -> None:
    """企业缴费状态/日期 of our own sheet is one cell (domain: 已缴费 2019-10-12): state and day apart."""
    marks = Marks(roster)
    state, paid = roster.text["payment"].to_pylist(), roster.times["paid"].copy()
    for i, said in enumerate(roster.text["payment_said"].to_pylist()):
        if not said:
            continue
        day = _DATE.search(said)
        word = next((meant for word, meant in _WORDS if word in said), "已缴费" if day else "")
        try:
            if day and np.isnat(paid[i]):
                paid[i] = np.datetime64(date(*map(int, day.groups())), "s")
        except ValueError:
            word = ""
        if not word:
            marks.add(i, "PAYMENT_UNCLEAR", "payment_said")
        state[i] = state[i] or word or None
    for i in np.flatnonzero(~np.isnat(paid)).tolist():
        state[i] = state[i] or "已缴费"
    roster.text["payment"], roster.times["paid"] = pa.array(state, pa.string()), paid
    marks.record()


def check(t: Taking) -> None:
    """Judge each row as the ledger will have it."""
    judge = _Judge(t)
    wrong = t.roster.findings.mask()
    if t.roster.passed is not None:
        wrong |= t.roster.passed
    for i in np.flatnonzero(~wrong).tolist():
        judge.row(i)
    judge.amounts()
    judge.marks.record()


class _Judge:
    """What a return's rows are compared with, and the findings so far."""

    def __init__(self, t: Taking) -> None:
        self.t, self.marks = t, Marks(t.roster)
        self.sent = rows_sent(t)
        self.schemes = schemes(t.conn, batches.batches(t.conn).to_pylist())
        self.rates = rates(t.conn)
        self.before = {key(r): r for r in bureau.rows(t.conn, "issued").to_pylist()}
        given = kept(t.roster, "issued")
        self.given: list[dict[str, Any]] = given.to_pylist()
        self.whole = [
            {**self.before.get(key(g), {}), **{f: v for f, v in g.items() if v is not None}} for g in self.given
        ]
        self.numbers: dict[str, set[tuple[str, str, str]]] = defaultdict(set)
        for r in [*self.before.values(), *self.given]:
            if r["policy_no"]:
                self.numbers[r["policy_no"]].add(key(r))
        self.priced: list[tuple[int, Row, Decimal]] = []

    def row(self, i: int) -> None:
        """What is wrong with one row by itself; where its premium can be reckoned again, it will be."""
        g, old, mark = self.given[i], self.before.get(key(self.given[i]), {}), self.marks.add
        v = defaultdict(lambda: None, self.whole[i])
        sent = next(r for r in self.sent[g["case_no"]] if (r.insurer, r.no) == (g["insurer"], g["batch"]))
        policy = v["policy_no"]
        if g["refusal"] and policy:
            mark(i, "RETURN_BOTH" if g["policy_no"] else "REFUSED_ISSUED", "refusal", policy)
            return
        if not policy:
            if not v["refusal"] and any(g[f] for f in ANSWERS if f in g and f not in ("reason", "refusal")):
                mark(i, "POLICY_MISSING", "policy_no")
            return
        if sent.status in GONE and old.get("policy_no") != policy:
            mark(i, "RELEASED_ISSUED", "policy_no", GONE[sent.status])
        elif sent.status == "declined" and (
            live := [r for r in self.sent[g["case_no"]] if r.status in ("sent", "issued")]
        ):
            mark(i, "ISSUED_ELSEWHERE", "policy_no", live[0].title)
        if others := sorted({k[0] for k in self.numbers[policy]} - {g["case_no"]}):
            mark(i, "POLICY_TWICE", "policy_no", "、".join(others))
        if missing := [self.t.of.at(f).heading for f in OF_A_POLICY if v[f] is None]:
            mark(i, "ISSUED_INCOMPLETE", "policy_no", "、".join(missing))
            return
        if old.get("policy_no") not in (None, policy):
            mark(i, "RETURN_CHANGED", "policy_no", old["policy_no"])
        self._days(i, v, sent)
        self._rate(i, v, sent)
        if v["limit_cents"] is not None and v["limit_cents"] != json_cells({"cells": sent.cells}).get("limit_cents"):
            mark(i, "LIMIT_DIFFERS", "limit_cents", figure(json_cells({"cells": sent.cells}).get("limit_cents") or 0))
        if unknown := [n for n in countries_in(v["excluded"]) if iso(n) is None]:
            mark(i, "EXCLUDED_UNKNOWN", "excluded", "、".join(unknown))

    def _days(self, i: int, v: Mapping[str, Any], sent: Row) -> None:
        cover, today = self.t.workspace.scheme.cover, self.t.today
        if v["entered"] > today:
            self.marks.add(i, "ENTERED_LATER", "entered", f"{today}")
        elif v["entered"] < sent.day:
            self.marks.add(i, "ENTERED_EARLIER", "entered", f"{sent.day}")
        for field in ("start", "end"):
            if v[field] and not cover.start.value <= v[field] <= cover.end.value:
                self.marks.add(i, "POLICY_OUTSIDE", field, f"{cover.start.value} 至 {cover.end.value}")
        if v["end"] and v["entered"] > v["end"]:
            self.marks.add(i, "POLICY_OUTSIDE", "entered", f"终保 {v['end']}")

    def _rate(self, i: int, v: Mapping[str, Any], sent: Row) -> None:
        month = f"{v['entered']:%Y-%m}"
        loaded, rate = self.rates.get((sent.insurer, month)), rate_of(v, sent.insurer, self.rates)
        if rate is None:
            self.marks.add(i, "RATE_MISSING", "system_fx", f"{sent.insurer} {month}")
            return
        if loaded is None:
            self.marks.add(i, "RATE_UNCONFIRMED", "system_fx", f"{sent.insurer} {month}")
        elif v["system_fx"] and Decimal(v["system_fx"]) != loaded:
            self.marks.add(i, "RATE_DIFFERS", "system_fx", f"{month} 为 {loaded}")
        self.priced.append((i, sent, rate))

    def amounts(self) -> None:
        """Every premium once more, by the rate of insurer and month of entry (五（二）); not a fen may be apart."""
        wanted = [(i, r, fx) for i, r, fx in self.priced]
        lines = [line_of(r) for _, r, _ in wanted]
        p = priced(self.t.workspace.scheme, self.schemes, lines, [fx for _, _, fx in wanted])
        amounts = self.t.roster.amounts["actual_enterprise_fen"]
        for k, (i, _, fx) in enumerate(wanted):
            v = defaultdict(lambda: None, self.whole[i])
            gross, fiscal, own = v["actual_gross_fen"], v["actual_fiscal_fen"], v["actual_enterprise_fen"]
            if self.given[i]["actual_enterprise_fen"] is None and gross >= fiscal:
                own = gross - fiscal
                amounts.cents[i], amounts.known[i] = own, True
            if own is None or gross != fiscal + own:
                self.marks.add(i, "AMOUNTS_APART", "actual_gross_fen", f"{figure(fiscal)} + {figure(own or 0)}")
                continue
            for field, code, should, said in (
                ("actual_gross_fen", "PREMIUM_DIFFERS", int(p.gross_fen[k]), gross),
                ("actual_fiscal_fen", "FISCAL_DIFFERS", int(p.fiscal_fen[k]), fiscal),
            ):
                if should != said and not v["reason"]:
                    more = f"应为 {figure(should)}（汇率 {fx}），{'多' if said > should else '少'} {figure(abs(said - should))}"
                    self.marks.add(i, code, field, more)


def key(row: Mapping[str, Any]) -> tuple[str, str, str]:
    """What a row of the table is known by: 受理编号, insurer, batch."""
    return row["case_no"], row["insurer"], row["batch"]


def line_of(row: Row) -> dict[str, Any]:
    """A row sent as `results.priced` takes it."""
    cells = json_cells({"cells": row.cells})
    return {f: cells[f] for f in ("exports_cents", "rate", "fiscal_share")} | {
        "batch_id": row.batch_id,
        "plan": row.plan,
    }


def outcome(t: Taking, done: Done) -> Loaded:
    """What became of the rows sent: refused ones give their money back, issued ones count by their actual amount; what
    a pool then lacks, and which firms mostly export where their policy does not cover them."""
    new = {key(r): r for r in bureau.rows(t.conn, "issued").to_pylist()}
    sent = {(case, r.insurer, r.no): r for case, rows in rows_sent(t).items() for r in rows}
    changes: list[batches.Became] = []
    counts = {"issued": 0, "declined": 0, "released": 0}
    declined, released = [], []
    for one in done.changed:
        row, result = sent[one], new[one]
        before = row.status if row.status in ("refused", "withdrawn", "moved") else "sent"
        status, fen = became(result, row.changes, before)
        if status in counts:
            counts[status] += 1
        if (result["policy_no"] or result["refusal"]) and status != before:
            changes.append(batches.Became(row.batch_id, row.place, status, fen))
        if status != row.status and status == "declined":
            declined.append(one[0])
        if status != row.status and status == "released":
            released.append(one[0])
    batches.become(t.conn, changes)
    lines = [f"承保 {counts['issued']:,} 家，拒保 {counts['declined']:,} 家，已解除 {counts['released']:,} 家"]
    if not done.changed:
        lines = ["没有变化"]
    if declined:
        lines.append(
            f"保险人拒保、资金已释放的 {len(declined)} 家：{named(declined)}；企业同意改投另一家保险人的，"
            "登记变更“换保险人”，原来的次序保留"
        )
    if released:
        lines.append(f"保单已解除、财政资金已退回盘子的 {len(released)} 家：{named(released)}")
    lines += _apart(t) + _uncovered(t, [sent[k] for k in done.changed], [new[k] for k in done.changed]) + _gaps(t)
    corrected = {
        " ".join(map(str, k)): fields
        for k, fields in done.changed.items()
        if any(was is not None for was, _ in fields.values())
    }
    detail = {"rows": done.data.num_rows, "new": len(done.changed) - len(corrected), "changed": corrected, **counts}
    return Loaded(0, lines, {**counts, "changed": len(done.changed)}, [(t.source, detail, "")], ("sent",))


def named(numbers: list[str], most: int = 20) -> str:
    """受理编号 one behind the other, of many the first."""
    return "、".join(numbers[:most]) + (f" 等 {len(numbers):,} 家" if numbers[most:] else "")


def _apart(t: Taking) -> list[str]:
    """How many premiums are not what they should be."""
    n = int(
        (
            t.roster.has("actual_gross_fen", "PREMIUM_DIFFERS") | t.roster.has("actual_fiscal_fen", "FISCAL_DIFFERS")
        ).sum()
    )
    return [f"实际保费与应计不一致的 {n:,} 家，见“承保核对”；请与保险人核对，把原因写进“差异说明”"] if n else []


def _uncovered(t: Taking, sent: list[Row], results: list[dict[str, Any]]) -> list[str]:
    """Firms most of whose exports of the base year went to countries that their policy does not cover (四（二）附注)."""
    asked = [(r, countries_in(v["excluded"])) for r, v in zip(sent, results, strict=True) if v["excluded"]]
    if not asked:
        return []
    exports = exports_by_country(t, {r.uscc for r, _ in asked})
    out = []
    for row, names in asked:
        gone, whole = excluded((c for n in names if (c := iso(n))), exports.get(row.uscc, {}))
        if gone * 2 > whole:
            cells = json_cells({"cells": row.cells})
            out.append(f"{cells['case_no']} {cells['name']}（{usd(gone)}，占 {Decimal(gone) / Decimal(whole):.0%}）")
    said = "出口多半在不承保国别的"
    return [f"{said} {len(out)} 家，请提醒企业：{'；'.join(out)}"] if out else []


def exports_by_country(t: Taking, firms: set[str]) -> dict[str, dict[str, int]]:
    """Of these firms the base year's exports in cents by country, as customs has them."""
    table = bureau.rows(t.conn, "customs")
    base = t.workspace.scheme.base_year.value
    table = table.filter(pc.and_(pc.equal(table["year"], base), pc.is_in(table["uscc"], pa.array(sorted(firms)))))
    out: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for uscc, country, cents in zip(*(table[c].to_pylist() for c in ("uscc", "country", "cents")), strict=True):
        out[uscc][country or ""] += cents
    return out


def _gaps(t: Taking) -> list[str]:
    """Pools that no longer cover what is out (资金缺口)."""
    held, pools = committed(t.workspace.scheme, batches.sent(t.conn).to_pylist()), fund.pools(t.conn, t.today)
    return [
        f"{n}资金缺口 {yuan(sum(held[n]) - fen)}：补足以前不再安排新的企业"
        for n, fen in pools.items()
        if sum(held[n]) > fen
    ]
