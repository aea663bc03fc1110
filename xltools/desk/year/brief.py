"""`brief` (简报): one page for the leader, from the statistics of a day: progress, districts, money, who waits, claims."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import numpy as np

from xltools.catalogue.words import exact, wan, yuan
from xltools.desk.rules.losses import Cases
from xltools.desk.rules.status import states_of
from xltools.desk.transaction import changing
from xltools.desk.workspace import Workspace
from xltools.desk.year.cutoff import Report
from xltools.desk.year.papers import put, ratio
from xltools.engine import clocks
from xltools.engine.growth import half_up, per_cent
from xltools.engine.periods import months
from xltools.ledger import Entry
from xltools.ledger.journal import append
from xltools.scheme import Scheme
from xltools.sheets.reports import briefdoc, briefpage
from xltools.sheets.reports.briefpage import Bars, Brief
from xltools.sheets.write.formats import PERCENT_TENTH
from xltools.sheets.write.grid import Value

FOLDER = "简报"
"""Where it lies in the workspace."""
WAITING = "候补"
MOST = 4
"""Targets that the page has room for."""


def brief(workspace: Workspace, r: Report, found: Cases, said: Sequence[str] = ()) -> Brief:
    """The page of a report; `found` are the claims as they stand, `said` what else there is to tell."""
    total = r.total.values
    pools = sum(m.pool for m in r.facts.standing.money)
    waiting = _waiting(r)
    paid = int(found.paid[found.platform].sum())
    figures = [
        ("参保企业", f"{total['firms']:,} 家"),
        ("其中小微企业", f"{total['small']:,} 家"),
        ("承保金额", f"{wan(exact(total['insured_cents']), 0)} 万美元"),
        ("覆盖面（参保÷应保）", per_cent(r.covered)),
        ("财政扶持（实际）", f"{wan(exact(total['fiscal_fen']), 2)} 万元"),
        ("占资金盘子", per_cent(Fraction(total["fiscal_fen"], pools) if pools else None)),
        ("赔款", f"{wan(exact(paid), 2)} 万美元"),
        ("融资额", f"{wan(exact(total['financed_fen']), 2)} 万元"),
    ]
    charts = [
        _progress(workspace.scheme, r),
        _districts(r),
        _money(r, pools),
        _claims(found) if len(found) else waiting,
    ]
    lines = [*said, *_sentences(r, waiting, found)]
    at = r.frozen
    dated = f"截至 {at.cutoff}" + (f"（{at.day} 定数，第 {at.number} 版）" if r.is_frozen else "")
    return Brief(workspace.scheme.title, workspace.scheme.policyholder, dated, figures, charts, lines)


def write(workspace: Workspace, r: Report, b: Brief) -> list[Path]:
    """简报_YYYYMMDD.xlsx and .docx. Raises Refusal."""
    stem = workspace.root / FOLDER / f"简报_{r.frozen.cutoff:%Y%m%d}"
    out = [stem.with_suffix(".xlsx"), stem.with_suffix(".docx")]
    put(out[0], lambda to: briefpage.write(to, b))
    put(out[1], lambda to: briefdoc.write(to, b))
    return out


def keep(workspace: Workspace, r: Report, b: Brief, now: datetime) -> None:
    """Journal the page: the platform workbook shows it until the next one. Raises Refusal."""
    detail = {"dated": b.dated, "figures": [list(pair) for pair in b.figures], "said": list(b.said)}
    with changing(workspace, now) as conn:
        append(conn, Entry(now, workspace.who, "brief", f"截至{r.frozen.cutoff}", detail))


def _progress(scheme: Scheme, r: Report) -> Bars:
    """Targets that can be measured; without any the figures that the scheme planned with (五（一）)."""
    known = [(t.indicator, t.progress) for t in r.targets if t.progress is not None][:MOST]
    known = known or _planned(scheme, r)
    return Bars(
        "完成进度（对目标或测算数）", [n.partition("(")[0] for n, _ in known], [("完成", [ratio(p) for _, p in known])],
        number=PERCENT_TENTH, empty="还没有登记目标",
    )  # fmt: skip


def _planned(scheme: Scheme, r: Report) -> list[tuple[str, Fraction]]:
    of_unit = {
        "家": ("企业", "firms", 1),
        "美元": ("承保额", "insured_cents", 100),
        "元": ("扶持资金", "fiscal_fen", 100),
    }
    by_plan = {x.item: x.values for x in r.lines if x.group == "方案"}
    out = []
    for p in scheme.planning:
        word, measure, scale = of_unit.get(p.figure.unit, ("", "", 1))
        if word and p.figure.value:
            reached = sum(by_plan[plan][measure] for plan in p.plans if plan in by_plan)
            out.append((f"{'、'.join(p.plans)} {word}", Fraction(reached, scale) / Fraction(p.figure.value)))
    return out


def _districts(r: Report) -> Bars:
    areas = [x for x in r.coverage if x[1] or x[2]]
    series: list[tuple[str, list[Value]]] = [("参保", [n for _, n, _ in areas])]
    if r.coverage_known:
        series.append(("应保", [m for _, _, m in areas]))
    return Bars("各区企业（家）", [_short(a) for a, _, _ in areas], series)


def _short(area: str) -> str:
    """A district's name as far as a chart has room for it."""
    return area if len(area) <= 6 else area[:5] + "…"


def _money(r: Report, pools: int) -> Bars:
    """Fiscal money of the policies entered, month after month, beside the pools of the day."""
    days = [d for d in r.facts.policies["entered"].to_pylist() if d]
    if not days:
        return Bars("财政资金使用（万元）", [], [])
    names = months(min(days), r.frozen.cutoff)
    added: Counter[str] = Counter()
    for month, fen in zip(*(r.facts.policies[c].to_pylist() for c in ("month", "fiscal_fen")), strict=True):
        added[month] += fen
    run = np.cumsum([added[m] for m in names]).tolist()
    used: list[Value] = [_wan(v) for v in run]
    return Bars(
        "财政资金使用（万元，累计）", names, [("已使用", used), ("资金盘子", [_wan(pools)] * len(names))], line=True
    )


def _wan(hundredths: int) -> Decimal:
    """Fen in 万元, to one decimal half up."""
    return Decimal(half_up(Fraction(hundredths, 100_000))).scaleb(-1)


def _waiting(r: Report) -> Bars:
    s = r.facts.standing
    states = states_of(s)
    names = [i.name for i in s.register.scheme.insurers]
    of = s.applications.insurer.tolist()
    counts = Counter(of[i] for i, state in enumerate(states) if state == WAITING)
    values: list[Value] = [counts[k] for k in range(len(names))]
    return Bars("候补企业（家）", names, [(WAITING, values)])


def _claims(found: Cases) -> Bars:
    """Claims of platform firms by how far they are."""
    mine = found.platform
    accepted = mine & ~np.isnat(found.days["accepted"])
    decided = mine & ~np.isnat(found.decided)
    counts: list[Value] = [
        int(x.sum()) for x in (mine, accepted, decided, mine & (found.paid > 0), mine & found.refused)
    ]
    return Bars("理赔案件（件）", ["报损", "受理", "已决", "已付赔款", "拒赔"], [("案件", counts)])


def _sentences(r: Report, waiting: Bars, found: Cases) -> list[str]:
    out = []
    listed = [f"{n} {v} 家" for n, v in zip(waiting.names, waiting.series[0][1], strict=True) if v]
    out.append("候补：" + ("、".join(listed) if listed else "没有候补企业") + "。")
    short = [m for m in r.facts.standing.money if m.free < 0]
    out += [f"{m.insurer}资金缺口 {yuan(-m.free)}。" for m in short]
    late = found.platform & np.isin(found.state, (clocks.LATE, clocks.MISSED))
    if late.any():
        out.append(f"统保案件超期 {int(late.sum())} 件，见“期限”。")
    done = sum(t["progress"] == "已完成" for t in r.tasks)
    if r.tasks:
        out.append(f"任务 {len(r.tasks)} 项，已完成 {done} 项。")
    out += [
        f"{t.indicator}（{t.period}）目标 {_plain(t.figure)}，完成 {per_cent(t.progress)}。"
        for t in r.targets
        if t.progress is not None
    ][:MOST]
    if r.others:
        whole = sum(x.values.get("insured_cents", 0) for x in r.others)
        out.append(f"其他业务承保 {wan(exact(whole), 0)} 万美元（保险人报到 {max(x.month for x in r.others)}）。")
    return out


def _plain(value: Fraction) -> str:
    """A target in its own unit, to two decimals half up where it is not whole."""
    return f"{value.numerator:,}" if value.denominator == 1 else f"{Decimal(half_up(value * 100)).scaleb(-2):,}"
