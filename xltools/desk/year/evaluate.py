"""`evaluate` (绩效评估): the criteria of 七 judged from the ledger, each with its figures, and the firms behind them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from fractions import Fraction
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Connection

from xltools.catalogue.words import usd, yuan
from xltools.desk.rules.losses import cases
from xltools.desk.rules.paid import paid
from xltools.desk.rules.register import load_register
from xltools.desk.transaction import changing, looking
from xltools.desk.workspace import Workspace
from xltools.desk.year.control import Exports, exports
from xltools.desk.year.members import among, members, recorded
from xltools.engine import clocks
from xltools.engine import evaluation as judge
from xltools.engine.growth import growth, mean, per_cent, share
from xltools.engine.periods import quarters
from xltools.ledger import Entry, bureau, fund
from xltools.ledger.journal import append
from xltools.scheme import evaluation as standards
from xltools.scheme.clocks import Clocks
from xltools.scheme.evaluation import Criterion, Evaluation

AVERAGE = "全市同类企业出口增幅(%)"
"""The target (目标) by which the bureau gives the city's own average; it stands for the control group."""
PLEASED, DISPLEASED = ("满意", "基本满意"), ("不满意",)
SERVED = ("visits", "calls", "seminars", "complaints")
"""Criteria of which nobody can say how far they are reached before services are recorded."""
_TEXT, _DAY = pa.string(), pa.date32()
SERVICES = {"day": _DAY, "kind": _TEXT, "topic": _TEXT, "event": _TEXT, "firm": _TEXT, "area": _TEXT, "content": _TEXT}
ALERTS, ALERTED = {"no": _TEXT, "day": _DAY}, {"alert": _TEXT, "firm": _TEXT, "day": _DAY}
"""What is read of the tables of the firms' services and warnings."""
SHOWN = 3
"""Names that a sentence gives; all of them stand in the workbook."""


@dataclass(frozen=True)
class Judged:
    """One criterion: what it asks, how it stands, the figures behind it, and what is missing where nobody can say."""

    key: str
    clause: str
    text: str
    standard: str
    verdict: str
    figures: str
    missing: str = ""
    degree: Fraction | None = None
    """How far it is reached, for the chart."""

    @property
    def told(self) -> dict[str, str]:
        """As the journal and `--json` have it."""
        return {f: getattr(self, f) for f in ("key", "clause", "text", "standard", "verdict", "figures", "missing")}


@dataclass(frozen=True)
class Case:
    """A firm, claim or alert behind a criterion: what is wrong with it."""

    clause: str
    uscc: str
    name: str
    area: str
    what: str


@dataclass(frozen=True)
class Budget:
    """Money of the year in fen: planned, as changed within the year, and paid out."""

    opening: int
    whole: int
    paid: int


@dataclass(frozen=True)
class Evaluated:
    """The whole: `over` once the policy year has ended; `facts` by measure (`scheme.evaluation`): what was to be reached,
    what was."""

    day: date
    over: bool
    standards: Evaluation
    judged: list[Judged]
    cases: list[Case]
    exports: Exports
    members: pa.Table
    budget: Budget
    facts: dict[str, tuple[str, str]]

    def at(self, key: str) -> Judged:
        return next(j for j in self.judged if j.key == key)


def evaluate(workspace: Workspace, *, today: date) -> Evaluated:
    """Of the ledger as it stands. Raises Refusal."""
    rules = workspace.data(standards.NAME, Evaluation)
    with looking(workspace) as conn:
        register = load_register(conn, workspace, today)
        ours = members(register, today)
        e = _Evaluation(conn, workspace, rules, ours, today)
        emerging = {c for g in workspace.groups.values() for c in g.members}
        windows = exports(conn, workspace.scheme, register, ours, rules.growth, emerging)
        judged = [
            e.visits(), e.calls(), e.seminars(), e.alerts(), e.complaints(), e.claims(workspace), e.growth(windows),
            e.emerging(windows),
        ]  # fmt: skip
        if not e.services.num_rows:
            judged = [replace(j, degree=None) if j.key in SERVED else j for j in judged]
        budget = _budget(conn, workspace, today)
    return Evaluated(today, e.over, rules, judged, e.cases, windows, ours, budget, e.facts(judged, budget))


def keep(workspace: Workspace, e: Evaluated, now: datetime) -> None:
    """Journal what was judged: the platform workbook shows it until it is judged anew. Raises Refusal."""
    facts = {m: list(pair) for m, pair in e.facts.items()}
    detail = {"day": f"{e.day}", "over": e.over, "criteria": [j.told for j in e.judged], "facts": facts}
    with changing(workspace, now) as conn:
        append(conn, Entry(now, workspace.who, "evaluate", f"{e.day}", detail))


class _Evaluation:
    """The criteria, one after the other; what is read of the ledger is read once."""

    def __init__(self, conn: Connection, workspace: Workspace, rules: Evaluation, ours: pa.Table, today: date) -> None:
        scheme = workspace.scheme
        self.conn, self.scheme, self.rules, self.ours, self.today = conn, scheme, rules, ours, today
        self.first, self.last = scheme.cover.start.value, scheme.cover.end.value
        self.over = today > self.last
        self.services = self._within(recorded(conn, "services", SERVICES))
        self.cases: list[Case] = []

    def _within(self, rows: pa.Table) -> pa.Table:
        """Rows of the policy year up to today."""
        to = min(self.today, self.last)
        return rows.filter(pc.and_(pc.greater_equal(rows["day"], self.first), pc.less_equal(rows["day"], to)))

    def _kind(self, kinds: Sequence[str]) -> pa.Table:
        return self.services.filter(among(self.services["kind"], kinds))

    def _blank(self) -> str:
        return "" if self.services.num_rows else "服务记录里还没有本保险年度的记录"

    def _case(self, of: Criterion, where: Iterable[int], what: str) -> None:
        uscc, name, area = (self.ours[c].to_pylist() for c in ("uscc", "name", "area"))
        self.cases += [Case(of.clause, uscc[i], name[i], area[i] or "", what) for i in where]

    def visits(self) -> Judged:
        """七（一）1, readings 40 and 41."""
        of = self.rules.visits
        asked = Fraction(of.key_share.value)
        exports, key = (self.ours[c].to_numpy() for c in ("exports", "key"))
        known = self.ours["key_known"].to_numpy(zero_copy_only=False)
        dependent = known & (exports > 0) & (key * asked.denominator >= exports * asked.numerator)
        if of.policy_tick.value:
            dependent &= self.ours["policy"].to_numpy(zero_copy_only=False)
        mine = np.flatnonzero(dependent)
        counts = self._visit_days()[mine]
        verdict = judge.visited(counts, of.each.value, of.twice.value, of.twice_share.value, over=self.over)
        none = self._blank()
        if none and verdict == judge.FAILED:
            verdict = judge.OPEN
        reached, twice = int((counts >= of.each.value).sum()), int((counts >= of.twice.value).sum())
        n = len(mine)
        self._case(of, mine[counts < of.each.value], f"全年拜访不足 {of.each.value} 次")
        unclear = np.flatnonzero(~known)
        self._case(of, unclear, "对重点国别的出口额不明，没有计入")
        figures = (
            f"重点国别依存度 {per_cent(asked)} 以上的 {n} 家：拜访过 {of.each.value} 次以上 {reached} 家"
            f"（{per_cent(share(reached, n))}），{of.twice.value} 次以上 {twice} 家（{per_cent(share(twice, n))}）"
        )
        standard = f"每家至少 {of.each.value} 次；其中 {per_cent(Fraction(of.twice_share.value))} 以上的企业达到 {of.twice.value} 次"
        return Judged(
            "visits", of.clause, of.text, standard, verdict, figures,
            "" if verdict != judge.OPEN else none or ("没有依存重点国别的参保企业" if not n else self._running()),
            share(reached, n),
        )  # fmt: skip

    def _visit_days(self) -> np.ndarray:
        """Days on which each firm was visited: two people on one day are one visit."""
        rows = self._kind(self.rules.kinds.visit)
        days = rows.group_by(["firm", "day"], use_threads=False).aggregate([])
        return _counts(days["firm"], self.ours["uscc"])

    def calls(self) -> Judged:
        """七（一）2, reading 39: the quarters of the policy year."""
        of = self.rules.calls
        spans = quarters(self.first, self.last)
        rows = self._kind(self.rules.kinds.call)
        entered = self.ours["entered"].to_numpy().astype("datetime64[D]")
        entered = np.where(np.isnat(entered), np.datetime64(self.first), entered)
        counts, owed = [], []
        for first, last in spans:
            part = rows.filter(pc.and_(pc.greater_equal(rows["day"], first), pc.less_equal(rows["day"], last)))
            counts.append(_counts(part["firm"], self.ours["uscc"]))
            held = (np.datetime64(last) - np.maximum(entered, np.datetime64(first))).astype(np.int64) + 1
            begun = first <= self.today
            owed.append((held >= of.least_days.value) & begun)
        calls, due = np.column_stack(counts), np.column_stack(owed)
        ended = np.array([last < self.today for _, last in spans], dtype=bool)
        verdict, none = judge.called(calls, due, ended, of.each.value, over=self.over), self._blank()
        if none and verdict == judge.FAILED:
            verdict = judge.OPEN
        lacks = due & (calls < of.each.value)
        said = []
        for k, (first, last) in enumerate(spans):
            want, got = int(due[:, k].sum()), int((due[:, k] & ~lacks[:, k]).sum())
            if want:
                said.append(
                    f"{first:%Y-%m}至{last:%Y-%m} 应访 {want} 家，已访 {got} 家（{per_cent(share(got, want))}）"
                )
        if not none:
            for k, (first, last) in enumerate(spans):
                if ended[k]:
                    self._case(of, np.flatnonzero(lacks[:, k]), f"{first:%Y-%m}至{last:%Y-%m} 没有电话回访")
        return Judged(
            "calls", of.clause, of.text, f"每家每季度至少 {of.each.value} 次", verdict, "；".join(said) or "还没有应回访的企业",
            "" if verdict != judge.OPEN else none or self._running(), share(int((due & ~lacks).sum()), int(due.sum())),
        )  # fmt: skip

    def seminars(self) -> Judged:
        """七（一）3: events, by area."""
        of = self.rules.seminars
        rows = self._kind(self.rules.kinds.seminar)
        areas: dict[str, str] = {}
        for r in rows.select(["event", "day", "topic", "area", "firm"]).to_pylist():
            name = r["event"] or f"{r['day']} {r['topic'] or ''} {r['area'] or ''}"
            if not r["firm"] or name not in areas:
                areas[name] = r["area"] or areas.get(name, "")
        n, by_area = len(areas), Counter(areas.values())
        verdict, none = judge.enough(n, of.each.value, over=self.over), self._blank()
        if none and verdict == judge.FAILED:
            verdict = judge.OPEN
        listed = "、".join(f"{a or '不分区'} {k}" for a, k in sorted(by_area.items()))
        missing = [a.name for a in self.scheme.areas_on(self.first) if a.name not in by_area]
        figures = (
            f"{n} 场"
            + (f"（{listed}）" if listed else "")
            + (f"；没有开过的区：{'、'.join(missing)}" if n and missing else "")
        )
        return Judged(
            "seminars", of.clause, of.text, f"全年至少 {of.each.value} 场", verdict, figures,
            "" if verdict != judge.OPEN else none or self._running(), _up_to(n, of.each.value),
        )  # fmt: skip

    def alerts(self) -> Judged:
        """七（一）4: 及时 needs a number of days that the source does not give."""
        of = self.rules.alerts
        rows = self._within(recorded(self.conn, "alerts", ALERTS))
        told = recorded(self.conn, "alerted", ALERTED)
        first: dict[str, date] = {}
        for alert, day in zip(told["alert"].to_pylist(), told["day"].to_pylist(), strict=True):
            if day and day <= self.today:
                first[alert] = min(day, first.get(alert, day))
        known = rows.select(["no", "day"]).to_pylist()
        lag = np.array([(first[r["no"]] - r["day"]).days if r["no"] in first else -1 for r in known], dtype=np.int64)
        lag = np.where((lag < 0) & np.array([r["no"] in first for r in known], dtype=bool), 0, lag)
        since = np.array([(self.today - r["day"]).days for r in known], dtype=np.int64)
        limit = of.days.value if of.days else None
        verdict = judge.told_in_time(lag, since, limit, over=self.over)
        n = len(known)
        sent = int((lag >= 0).sum())
        average = f"，平均 {mean(int(lag[lag >= 0].sum()), sent)} 天" if sent else ""
        figures = f"风险预警 {n} 条，已告知企业 {sent} 条{average}；告知企业 {told.num_rows} 家次"
        for r, x, s in zip(known, lag.tolist(), since.tolist(), strict=True):
            if x < 0:
                self.cases.append(Case(of.clause, "", f"预警 {r['no']}", "", f"{r['day']} 发布，{s} 天还没有告知企业"))
            elif limit is not None and x > limit:
                self.cases.append(Case(of.clause, "", f"预警 {r['no']}", "", f"{r['day']} 发布，{x} 天后才告知企业"))
        missing = ""
        if verdict == judge.OPEN:
            missing = (
                "原文没有写明几天算及时（未查到）；在评估标准文件的 [alerts] 写 days 后可判断" if limit is None
                else "还没有登记过风险预警" if not n else self._running()
            )  # fmt: skip
        standard = "及时发布" + (f"（{limit} 天以内）" if limit is not None else "（天数未查到）")
        return Judged("alerts", of.clause, of.text, standard, verdict, figures, missing, share(sent, n))

    def complaints(self) -> Judged:
        """七（一）5."""
        of = self.rules.complaints
        rows, advice = self._kind(self.rules.kinds.complaint), self._kind(self.rules.kinds.advice)
        n = rows.num_rows
        verdict, none = judge.at_most(n, of.most.value, over=self.over), self._blank()
        if none:
            verdict = judge.OPEN
        names = dict(zip(self.ours["uscc"].to_pylist(), self.ours["name"].to_pylist(), strict=True))
        for r in rows.select(["day", "firm", "content", "area"]).to_pylist():
            firm = r["firm"] or ""
            self.cases.append(
                Case(of.clause, firm, names.get(firm, ""), r["area"] or "", f"{r['day']} 投诉：{r['content'] or ''}")
            )
        firms = len({f for f in advice["firm"].to_pylist() if f})
        figures = f"投诉 {n} 件；风控咨询等 {advice.num_rows} 次，{firms} 家企业"
        return Judged(
            "complaints", of.clause, of.text, f"投诉不超过 {of.most.value} 件", verdict, figures,
            "" if verdict != judge.OPEN else none or self._running(), Fraction(int(n <= of.most.value)),
        )  # fmt: skip

    def claims(self, workspace: Workspace) -> Judged:
        """七（一）6: decisions within the working days of 003 十二 (reading 37), and what firms say."""
        of, rules = self.rules.claims, workspace.data("clocks", Clocks)
        found = cases(self.conn, rules, workspace.calendar(), self.today)
        within = (
            found.platform & (found.start >= np.datetime64(self.first)) & (found.start <= np.datetime64(self.today))
        )

        def count(*states: int) -> int:
            return int((within & np.isin(found.state, states)).sum())

        kept, late, waiting = (
            count(*s) for s in ((clocks.KEPT,), (clocks.MISSED, clocks.LATE), (clocks.RUNNING, clocks.SOON))
        )
        pleased = [
            found.platform & np.isin(found.table["satisfied"].to_pylist(), words) for words in (PLEASED, DISPLEASED)
        ]
        glad, sad = (int(mask.sum()) for mask in pleased)
        verdict = judge.settled_in_time(kept, late, sad, of.share.value, of.displeased.value, waiting, over=self.over)
        unknown = count(clocks.UNKNOWN)
        if unknown and verdict == judge.PASSED:
            verdict = judge.OPEN
        rows = found.table.to_pylist()
        names = dict(zip(self.ours["uscc"].to_pylist(), self.ours["name"].to_pylist(), strict=True))
        for i in np.flatnonzero((within & np.isin(found.state, (clocks.MISSED, clocks.LATE))) | pleased[1]).tolist():
            day = "还没有决定" if np.isnat(found.decided[i]) else f"{found.decided[i]} 决定"
            what = "企业不满意" if pleased[1][i] else f"应在 {found.ends[i]} 前决定，{day}"
            uscc = rows[i]["firm"] or ""
            self.cases.append(Case(of.clause, uscc, names.get(uscc, ""), "", f"案件 {rows[i]['claim_no']}：{what}"))
        days, n = rules.decision, kept + late
        figures = (
            f"统保案件受理且单证齐备 {n + waiting + unknown} 件：{days.value} 个{days.unit}内决定 {kept} 件"
            f"（{per_cent(share(kept, n))}），超期 {late} 件，未到期 {waiting} 件；满意 {glad} 件，不满意 {sad} 件"
        )
        missing = ""
        if verdict == judge.OPEN:
            missing = f"日历缺失 {unknown} 件" if unknown else self._running() if n + waiting else "没有受理的统保案件"
        standard = f"{days.value} 个{days.unit}内决定的占 {per_cent(Fraction(of.share.value))}，不满意不超过 {of.displeased.value} 件"
        return Judged("claims", of.clause, of.text, standard, verdict, figures, missing, share(kept, n))

    def growth(self, found: Exports) -> Judged:
        """七（二）1: against the control group, or the city's average as the bureau gives it."""
        of = self.rules.growth
        average = self._average()
        verdict = judge.grew_no_less(found.ours, found.theirs, average, known=found.known)
        mine = growth(found.ours.now, found.ours.before)
        other = average if average is not None else growth(found.theirs.now, found.theirs.before)
        against = "市局给的全市同类企业平均" if average is not None else f"对照组 {found.group.num_rows} 家"
        figures = (
            f"平台企业 {self.ours.num_rows} 家：本年度 {usd(found.ours.now)}，上年同期 {usd(found.ours.before)}，"
            f"增幅 {per_cent(mine)}；{against}增幅 {per_cent(other)}"
        )
        if average is None:
            figures += f"（{usd(found.theirs.now)}，上年同期 {usd(found.theirs.before)}）"
        return Judged(
            "growth", of.clause, of.text, "增幅不低于同区间、同区域未参保企业的整体增幅", verdict, figures,
            self._windows_missing(found) if verdict == judge.OPEN else "",
        )  # fmt: skip

    def emerging(self, found: Exports) -> Judged:
        """七（二）2."""
        of = self.rules.emerging
        verdict = judge.share_no_less(found.now, found.before, known=found.known)
        shares = [share(s.emerging, s.total) for s in (found.now, found.before)]
        figures = f"新兴市场占比：本年度 {per_cent(shares[0])}，上年同期 {per_cent(shares[1])}"
        unknown = found.now.unknown + found.before.unknown
        if unknown:
            figures += f"；国别不明的出口 {usd(unknown)}"
        missing = self._windows_missing(found) if verdict == judge.OPEN else ""
        if verdict == judge.OPEN and found.known and unknown:
            missing = "国别不明的出口决定结论，请补全国别"
        return Judged("emerging", of.clause, of.text, "占比不低于上年同期", verdict, figures, missing)

    def _average(self) -> Fraction | None:
        rows = bureau.rows(self.conn, "targets").to_pylist()
        said = [r["figure"] for r in rows if r["indicator"] == AVERAGE and r["period"] == "保险年度"]
        return Fraction(said[-1]) / 100 if said and said[-1] else None

    def _windows_missing(self, found: Exports) -> str:
        if found.missing:
            months = (
                f"{found.missing[0]}……{found.missing[-1]}" if len(found.missing) > SHOWN else "、".join(found.missing)
            )
            return f"分月海关数据缺 {len(found.missing)} 个月：{months}"
        if found.incomplete:
            return f"{len(found.incomplete)} 家参保企业有没有读入的行：{_some(found.incomplete)}"
        return "上年同期没有出口，算不出"

    def _running(self) -> str:
        return f"保险年度到 {self.last} 为止，还没有结束"

    def facts(self, judged: Sequence[Judged], budget: Budget) -> dict[str, tuple[str, str]]:
        """What the forms show, by measure: what was to be reached, what was."""
        of = {j.key: (j.standard, j.figures) for j in judged}
        insured = int(pc.sum(self.ours["insured_cents"]).as_py() or 0)
        fiscal = int(pc.sum(self.ours["fiscal_fen"]).as_py() or 0)
        plan = {
            unit: sum(p.figure.value for p in self.scheme.planning if p.figure.unit == unit) for unit in ("家", "美元")
        }
        return of | {
            "firms": (f"{plan['家']:,.0f} 家" if plan["家"] else "", f"{self.ours.num_rows:,} 家"),
            "insured": (f"{plan['美元']:,.0f} 美元" if plan["美元"] else "", usd(insured)),
            "fiscal": (f"不超过 {yuan(budget.whole)}", yuan(fiscal)),
        }


def _budget(conn: Connection, workspace: Workspace, today: date) -> Budget:
    scheme = workspace.scheme
    opening = int(scheme.total.value * 100)
    moved = sum(fund.pools(conn, today).values()) - sum(int(i.pool.value * 100) for i in scheme.insurers)
    return Budget(opening, opening + moved, sum(paid(bureau.rows(conn, "payments")).values()))


def _counts(firm: pa.ChunkedArray, wanted: pa.ChunkedArray) -> np.ndarray:
    """How often each of the wanted firms occurs."""
    place = pc.index_in(firm, value_set=wanted.combine_chunks(), skip_nulls=True).drop_null().to_numpy()
    return np.bincount(place, minlength=len(wanted)).astype(np.int64)


def _up_to(n: int, least: int) -> Fraction:
    return Fraction(1) if n >= least else Fraction(n, least)


def _some(names: Sequence[Any]) -> str:
    return "、".join(map(str, names[:SHOWN])) + (f" 等 {len(names)} 家" if len(names) > SHOWN else "")
