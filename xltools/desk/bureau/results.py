"""承保结果: an insurer's return matched with the rows sent, judged row by row, and taken over.

What a row leaves out stands as the return before it said; so a row is judged as the ledger will have it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from xltools.catalogue.bureau_tables import bureau_tables
from xltools.catalogue.columns import split_unit
from xltools.catalogue.words import figure, usd, yuan
from xltools.desk.bureau.marks import Marks
from xltools.desk.bureau.taking import Done, Loaded, Taking
from xltools.desk.inputs import kept
from xltools.desk.rules.changes import Change, became
from xltools.desk.rules.frozen import frozen
from xltools.desk.rules.layouts import layout_of
from xltools.desk.rules.losses import countries_in
from xltools.desk.rules.results import PRICED, RETURNED, excluded, priced, rates, rates_of
from xltools.desk.rules.sent import SentRows, json_cells, sent_rows
from xltools.desk.rules.standing import committed
from xltools.desk.workspace import Workspace
from xltools.ledger import batches, bureau, fund
from xltools.ledger.schema import LIVE
from xltools.roster.cells import Roster
from xltools.roster.problems import Mask
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


def sent_of(t: Taking) -> SentRows:
    """Every row ever sent, read once for all steps."""
    if "sent" not in t.known:
        t.known["sent"] = sent_rows(t.conn, t.workspace.scheme, t.today)
    found: SentRows = t.known["sent"]
    return found


def rows_sent(t: Taking) -> dict[str, list[Row]]:
    """The same by 受理编号, in the order of the batches, where single rows are asked about."""
    sent = sent_of(t)
    out: dict[str, list[Row]] = defaultdict(list)
    fields = ("batch_id", "place", "insurer", "no", "day", "uscc", "status", "plan", "cells")
    rows = zip(*(sent.table[f].to_pylist() for f in fields), strict=True)
    for i, (number, row) in enumerate(zip(sent.table["number"].to_pylist(), rows, strict=True)):
        out[number].append(Row(**dict(zip(fields, row, strict=True)), changes=sent.changes.get(i, [])))
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
    marks, columns = Marks(roster), {f: roster.text[f].to_pylist() for f in ("case_no", "insurer", "batch", "uscc")}
    of_file = batch_name(t.path) if t.path else None
    if of_file and of_file.scheme == t.workspace.scheme.id:
        for i in range(len(roster)):
            columns["insurer"][i] = columns["insurer"][i] or of_file.insurer
            columns["batch"][i] = columns["batch"][i] or of_file.number.lstrip("0")
    asked = [i for i in np.flatnonzero(~roster.passed).tolist() if columns["case_no"][i]]
    for i in asked:
        columns["case_no"][i] = folded(columns["case_no"][i]).replace(" ", "").upper()
    sent = sent_of(t).table
    at = np.full(len(roster), -1, dtype=np.int64)
    at[asked] = matched(sent, *([columns[f][i] for i in asked] for f in ("case_no", "insurer", "batch")))
    t.known["at"] = at
    where = (
        sent.select(["insurer", "no", "uscc", "cells"]).take(pa.array(np.maximum(at[asked], 0))) if len(sent) else sent
    )
    others: dict[str, list[Row]] | None = None
    insurers, numbers, codes = (where[f].to_pylist() for f in ("insurer", "no", "uscc"))
    for k, i in enumerate(asked):
        case = columns["case_no"][i]
        if at[i] < 0:
            others = rows_sent(t) if others is None else others
            there = others.get(case, [])
            more = f"，报送过的是{'、'.join(r.title for r in there)}" if there else ""
            marks.add(i, "NEVER_SENT", "batch" if there and columns["batch"][i] else "case_no", more)
            continue
        columns["insurer"][i], columns["batch"][i] = insurers[k], str(numbers[k])
        if columns["uscc"][i] not in (None, codes[k]):
            name = json_cells({"cells": where["cells"][k].as_py()}).get("name")
            marks.add(i, "CASE_OF_OTHER", "uscc", f"{case} 是 {codes[k]} {name}")
        else:
            columns["uscc"][i] = codes[k]
    for field, values in columns.items():
        roster.text[field] = pa.array(values, pa.string())
    marks.record()


def matched(
    sent: pa.Table, cases: Sequence[str], insurers: Sequence[str | None], numbers: Sequence[str | None]
) -> npt.NDArray[np.int64]:
    """The row of `sent` that each return is about, -1 where there is none: of those of its 受理编号, and of its insurer
    and batch where it names them, the first that is out, else the last."""
    known = sent["number"].combine_chunks().dictionary_encode()
    code = pc.fill_null(pc.index_in(pa.array(cases, pa.string()), value_set=known.dictionary), -1).to_numpy()
    its = known.indices.to_numpy()
    order, n = np.argsort(its, kind="stable"), len(sent)
    first, count = np.searchsorted(its[order], code), np.bincount(its, minlength=1)[code] * (code >= 0)
    pair = np.repeat(np.arange(len(cases)), count)
    row = order[np.repeat(first - np.cumsum(count) + count, count) + np.arange(count.sum())]
    fits = np.ones(len(row), dtype=bool)
    for said, of in ((insurers, sent["insurer"]), (numbers, sent["no"].cast(pa.string()))):
        wanted = pa.array(said, pa.string()).take(pa.array(pair))
        fits &= np.asarray(pc.fill_null(pc.equal(wanted, of.combine_chunks().take(pa.array(row))), True))
    pair, row = pair[fits], row[fits]
    out = np.asarray(pc.is_in(sent["status"], value_set=pa.array(LIVE)))[row]
    best = np.full(len(cases), -1, dtype=np.int64)
    np.maximum.at(best, pair, np.where(out, 2 * n - row, row))  # rows that are out stand above n, the first one highest
    return np.where(best > n, 2 * n - best, best)


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
    wrong = t.roster.findings.mask()
    if t.roster.passed is not None:
        wrong |= t.roster.passed
    judge = _Judge(t)
    counted = judge.policies(~wrong & (judge.at >= 0))
    judge.days(counted)
    judge.amounts(*judge.rates(counted))
    judge.marks.record()


class _Judge:
    """What a return's rows are compared with, and the findings so far: `given` as they came, `old` as they stood, `whole`
    as they will stand, `sent` the rows that they are about, `at` these rows' places; all along the roster."""

    def __init__(self, t: Taking) -> None:
        self.t, self.marks = t, Marks(t.roster)
        self.all, self.at = sent_of(t), t.known["at"]
        place = pa.array(self.at, mask=self.at < 0)
        self.sent = self.all.table.select(["number", "insurer", "day", "status", "plan", "batch_id"]).take(place)
        self.cells = frozen(self.all.table["cells"], "limit_cents", *PRICED).take(place)
        self.before = bureau.rows(t.conn, "issued")
        self.given = kept(t.roster, "issued")
        t.known["before"], t.known["stood"] = self.before, {key: i for i, key in enumerate(_keys(self.before))}
        self.old = self.before.take(pa.array([t.known["stood"].get(key) for key in _keys(self.given)], pa.int64()))
        names = self.given.column_names
        self.whole = {f: pc.coalesce(self.given[f], self.old[f]).combine_chunks() for f in names}

    def policies(self, rows: Mask) -> Mask:
        """Whether a policy may have come for these rows; returns those that are to be reckoned again."""
        given, v, mark = self.given, self.whole, self.marks.on
        policy, had = v["policy_no"].to_pylist(), _same(self.old["policy_no"], v["policy_no"])
        has, named_now = _says(v["policy_no"]), _says(given["policy_no"])
        both = rows & _says(given["refusal"]) & has
        mark(both & named_now, "RETURN_BOTH", "refusal", lambda i: policy[i])
        mark(both & ~named_now, "REFUSED_ISSUED", "refusal", lambda i: policy[i])
        answers = [f for f in ANSWERS if f in given.column_names and f not in ("reason", "refusal")]
        some = np.logical_or.reduce([_says(given[f]) for f in answers])
        mark(rows & ~both & ~has & ~_says(v["refusal"]) & some, "POLICY_MISSING", "policy_no")
        rows = rows & ~both & has
        for state, word in GONE.items():
            gone = rows & _is(self.sent["status"], state) & ~had
            mark(gone, "RELEASED_ISSUED", "policy_no", lambda _, word=word: word)  # type: ignore[misc]
        declined = rows & _is(self.sent["status"], "declined")
        by_case = rows_sent(self.t) if declined.any() else {}
        for i in np.flatnonzero(declined).tolist():
            if live := [r for r in by_case[self.sent["number"][i].as_py()] if r.status in LIVE]:
                self.marks.add(i, "ISSUED_ELSEWHERE", "policy_no", live[0].title)
        self._doubled(rows)
        lacking = {f: rows & ~np.asarray(v[f].is_valid()) for f in OF_A_POLICY}
        missing = np.logical_or.reduce(list(lacking.values()))
        heading = {f: self.t.of.at(f).heading for f in OF_A_POLICY}
        mark(
            missing, "ISSUED_INCOMPLETE", "policy_no",
            lambda i: "、".join(heading[f] for f in OF_A_POLICY if lacking[f][i]),
        )  # fmt: skip
        rows = rows & ~missing
        before = self.old["policy_no"]
        mark(
            rows & np.asarray(before.is_valid()) & ~had, "RETURN_CHANGED", "policy_no", lambda i: str(before[i].as_py())
        )
        return rows

    def _doubled(self, rows: Mask) -> None:
        """Policies that two firms' rows name, in the ledger or in the file."""
        both = pa.concat_tables([x.select(["policy_no", "case_no"]) for x in (self.before, self.given)])
        both = both.filter(pc.and_(both["policy_no"].is_valid(), both["case_no"].is_valid()))
        both = both.group_by(["policy_no", "case_no"]).aggregate([])
        counts = both["policy_no"].value_counts()
        twice = counts.field("values").filter(pc.greater(counts.field("counts"), 1))
        if not len(twice):
            return
        cases: dict[str, set[str]] = defaultdict(set)
        for policy, case in zip(
            *(both.filter(pc.is_in(both["policy_no"], twice))[c].to_pylist() for c in both.column_names), strict=True
        ):
            cases[policy].add(case)
        policy, own = self.whole["policy_no"], self.given["case_no"]
        self.marks.on(
            rows & np.asarray(pc.is_in(policy, value_set=twice)), "POLICY_TWICE", "policy_no",
            lambda i: "、".join(sorted(cases[policy[i].as_py()] - {own[i].as_py()})),
        )  # fmt: skip

    def days(self, rows: Mask) -> None:
        """Days of entry and of cover; the limit and the countries that a policy states."""
        v, mark, cover, today = self.whole, self.marks.on, self.t.workspace.scheme.cover, self.t.today
        entered, start, end, sent = (
            np.asarray(c).astype("datetime64[D]") for c in (v["entered"], v["start"], v["end"], self.sent["day"])
        )
        mark(rows & (entered > np.datetime64(today)), "ENTERED_LATER", "entered", lambda _: f"{today}")
        early = rows & (entered < sent) & ~(entered > np.datetime64(today))
        mark(early, "ENTERED_EARLIER", "entered", lambda i: f"{sent[i]}")
        first, last = np.datetime64(cover.start.value), np.datetime64(cover.end.value)
        for field, day in (("start", start), ("end", end)):
            mark(rows & ((day < first) | (day > last)), "POLICY_OUTSIDE", field, lambda _: f"{first} 至 {last}")
        mark(rows & (entered > end), "POLICY_OUTSIDE", "entered", lambda i: f"终保 {end[i]}")
        limit = self.cells["limit_cents"]
        other = np.asarray(v["limit_cents"].is_valid()) & ~_same(limit, v["limit_cents"])
        mark(rows & other, "LIMIT_DIFFERS", "limit_cents", lambda i: figure(limit[i].as_py() or 0))
        for i in np.flatnonzero(rows & np.asarray(v["excluded"].is_valid())).tolist():
            if unknown := [n for n in countries_in(v["excluded"][i].as_py()) if iso(n) is None]:
                self.marks.add(i, "EXCLUDED_UNKNOWN", "excluded", "、".join(unknown))

    def rates(self, rows: Mask) -> tuple[Mask, list[Decimal | None]]:
        """The rate of each row (五（二）: that of insurer and month of entry), and the rows that have one."""
        v, mark, insurer = self.whole, self.marks.on, self.sent["insurer"]
        counted, loaded = rates_of(v["entered"], insurer, v["system_fx"], rates(self.t.conn))
        there, known = (np.array([x is not None for x in of], dtype=bool) for of in (counted, loaded))
        own = {x: Decimal(x) for x in pc.unique(v["system_fx"]).to_pylist() if x}
        said = [own.get(x) for x in v["system_fx"].to_pylist()]
        differ = np.array([x is not None and x != y for x, y in zip(said, loaded, strict=True)], dtype=bool)

        def month(i: int) -> str:
            return f"{v['entered'][i].as_py():%Y-%m}"

        def whose(i: int) -> str:
            return f"{insurer[i].as_py()} {month(i)}"

        mark(rows & ~there, "RATE_MISSING", "system_fx", whose)
        mark(rows & there & ~known, "RATE_UNCONFIRMED", "system_fx", whose)
        mark(rows & known & differ, "RATE_DIFFERS", "system_fx", lambda i: f"{month(i)} 为 {loaded[i]}")
        return rows & there, counted

    def amounts(self, rows: Mask, fx: list[Decimal | None]) -> None:
        """Every premium once more, by the rate of insurer and month of entry (五（二）); not a fen may be apart."""
        place = np.flatnonzero(rows)
        some = pa.array(place, pa.int64())
        lines = pa.table({f: self.sent[f] for f in ("batch_id", "plan")} | {f: self.cells[f] for f in PRICED}).take(
            some
        )
        p = priced(self.t.workspace.scheme, self.all.schemes, lines, [fx[i] for i in place.tolist()])
        gross, fiscal, own = (self.whole[f"actual_{x}_fen"].take(some) for x in ("gross", "fiscal", "enterprise"))
        known, own = np.asarray(own.is_valid()), own.fill_null(0).to_numpy().copy()
        gross, fiscal = gross.to_numpy(), fiscal.to_numpy()
        fill = ~np.asarray(self.given["actual_enterprise_fen"].is_valid())[place] & (gross >= fiscal)
        amounts = self.t.roster.amounts["actual_enterprise_fen"]
        own[fill] = amounts.cents[place[fill]] = (gross - fiscal)[fill]
        known |= fill
        amounts.known[place[fill]] = True
        apart = ~known | (gross != fiscal + own)
        reason = _says(self.whole["reason"])[place]
        for k in np.flatnonzero(apart).tolist():
            said = f"{figure(int(fiscal[k]))} + {figure(int(own[k]))}"
            self.marks.add(int(place[k]), "AMOUNTS_APART", "actual_gross_fen", said)
        for field, code, should, said in (
            ("actual_gross_fen", "PREMIUM_DIFFERS", p.gross_fen, gross),
            ("actual_fiscal_fen", "FISCAL_DIFFERS", p.fiscal_fen, fiscal),
        ):
            for k in np.flatnonzero(~apart & ~reason & (should != said)).tolist():
                is_, must = int(said[k]), int(should[k])
                way = "多" if is_ > must else "少"
                more = f"应为 {figure(must)}（汇率 {fx[place[k]]}），{way} {figure(abs(is_ - must))}"
                self.marks.add(int(place[k]), code, field, more)


def _keys(rows: pa.Table) -> list[tuple[Any, ...]]:
    """What rows of the table are known by."""
    return list(zip(*(rows[f].to_pylist() for f in RETURNED), strict=True))


def _says(column: pa.ChunkedArray) -> Mask:
    """Rows whose cell is neither blank nor nothing (0)."""
    if pa.types.is_date32(column.type):
        return np.asarray(column.is_valid())
    return np.asarray(pc.fill_null(pc.not_equal(column, "" if pa.types.is_string(column.type) else 0), False))


def _is(column: pa.ChunkedArray, value: str) -> Mask:
    return np.asarray(pc.fill_null(pc.equal(column, value), False))


def _same(one: pa.ChunkedArray, other: pa.ChunkedArray) -> Mask:
    """Rows on which both are known and equal."""
    return np.asarray(pc.fill_null(pc.equal(one, other), False))


def outcome(t: Taking, done: Done) -> Loaded:
    """What became of the rows sent: refused ones give their money back, issued ones count by their actual amount; what
    a pool then lacks, and which firms mostly export where their policy does not cover them."""
    sent, stood, new = sent_of(t), t.known["stood"], _became(t, done)
    rows = zip(*(sent.table[f].to_pylist() for f in ("number", "insurer", "no")), strict=True)
    place = {key: i for i, key in enumerate(rows)}
    statuses, batch, line = (sent.table[f].to_pylist() for f in ("status", "batch_id", "place"))
    changes: list[batches.Became] = []
    counts = {"issued": 0, "declined": 0, "released": 0}
    declined, released = [], []
    for one in done.changed:
        i, result = place[one], new[one]
        before: batches.Status = statuses[i] if statuses[i] in GONE else "sent"
        status, fen = became(result, sent.changes.get(i, ()), before)
        if status in counts:
            counts[status] += 1
        if (result["policy_no"] or result["refusal"]) and status != before:
            changes.append(batches.Became(batch[i], line[i], status, fen))
        if status != statuses[i] and status == "declined":
            declined.append(one[0])
        if status != statuses[i] and status == "released":
            released.append(one[0])
    batches.become(t.conn, changes)
    all_ = f"承保 {counts['issued']:,} 家，拒保 {counts['declined']:,} 家，已解除 {counts['released']:,} 家"
    lines = [all_ if done.changed else "没有变化"]
    if declined:
        lines.append(
            f"保险人拒保、资金已释放的 {len(declined)} 家：{named(declined)}；企业同意改投另一家保险人的，"
            "登记变更“换保险人”，原来的次序保留"
        )
    if released:
        lines.append(f"保单已解除、财政资金已退回盘子的 {len(released)} 家：{named(released)}")
    asked = {place[k]: countries_in(new[k]["excluded"]) for k in done.changed if new[k]["excluded"]}
    lines += _apart(t) + _uncovered(t, sent.table, asked) + _gaps(t)
    corrected = {
        " ".join(map(str, k)): done.changed[k]
        for k in done.changed.keys() & stood.keys()
        if any(was is not None for was, _ in done.changed[k].values())
    }
    detail = {"rows": done.data.num_rows, "new": len(done.changed) - len(corrected), "changed": corrected, **counts}
    return Loaded(0, lines, {**counts, "changed": len(done.changed)}, [(t.source, detail, "")], ("sent",))


def _became(t: Taking, done: Done) -> dict[tuple[Any, ...], dict[str, Any]]:
    """What the rows taken now say, by their keys: what was given, and of the rest what stood."""
    old = t.known["before"].take(pa.array([t.known["stood"].get(key) for key in _keys(done.data)], pa.int64()))
    fields = ("policy_no", "payment", "actual_fiscal_fen", "refusal", "excluded")
    rows = pa.table({f: pc.coalesce(done.data[f], old[f]) for f in fields})
    return dict(zip(_keys(done.data), rows.to_pylist(), strict=True))


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


def _uncovered(t: Taking, sent: pa.Table, asked: Mapping[int, list[str]]) -> list[str]:
    """Firms most of whose exports of the base year went to countries that their policy does not cover (四（二）附注);
    `asked` are these countries by row of `sent`."""
    if not asked:
        return []
    rows = sent.take(pa.array(list(asked))).to_pylist()
    exports = exports_by_country(t, {r["uscc"] for r in rows})
    out = []
    for row, names in zip(rows, asked.values(), strict=True):
        gone, whole = excluded((c for n in names if (c := iso(n))), exports.get(row["uscc"], {}))
        if gone * 2 > whole:
            cells = json_cells(row)
            out.append(f"{cells['case_no']} {cells['name']}（{usd(gone)}，占 {Decimal(gone) / Decimal(whole):.0%}）")
    return [f"出口多半在不承保国别的 {len(out)} 家，请提醒企业：{'；'.join(out)}"] if out else []


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
    held, pools = committed(t.workspace.scheme, batches.totals(t.conn)), fund.pools(t.conn, t.today)
    return [
        f"{n}资金缺口 {yuan(sum(held[n]) - fen)}：补足以前不再安排新的企业"
        for n, fen in pools.items()
        if sum(held[n]) > fen
    ]
