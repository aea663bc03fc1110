"""Statistics and evaluation as pages (统计和评估的文件): from figures to what stands in cells."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xltools.catalogue.words import exact
from xltools.desk.errors import Refusal
from xltools.desk.transaction import looking
from xltools.desk.workspace import Workspace
from xltools.desk.year.forms import forms
from xltools.desk.year.progress import FIGURES
from xltools.desk.year.statistics import COUNTS, MEASURES, Correction
from xltools.engine.growth import half_up, per_cent, share, tenth
from xltools.files import reason, renew
from xltools.ledger import bureau
from xltools.scheme import Scheme
from xltools.sheets.reports import evaluationbook, statisticsbook
from xltools.sheets.reports.book import Page
from xltools.sheets.reports.statisticsbook import COVERAGE, Statistics
from xltools.sheets.write.grid import NONE, Ratio, Value

if TYPE_CHECKING:
    from xltools.desk.year.cutoff import Report
    from xltools.desk.year.evaluate import Evaluated

FOLDER = "评估"
"""Where the evaluation lies in the workspace."""
GROWN = ("firms", "small", "insured_cents", "indemnity_cents", "financed_fen")
"""Measures whose growth is shown, and those of the insurers' other lines."""
MEASURE_WIDTHS = (9, 9, 19, 16, 16, 17, 19)


def put(path: Path, write: Callable[[Path], None]) -> str:
    """Write a file and return the hash of its bytes; one that is there and says otherwise is set aside. Raises Refusal."""
    try:
        path.parent.mkdir(exist_ok=True)
        renew(path, write)
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as e:
        raise Refusal(f"写不了 {path}（{reason(e)}）；文件是否正在 Excel 中打开？") from e


def ratio(of: Fraction | None) -> Value:
    """A ratio as a cell shows it, "—" where there is none."""
    return NONE if of is None else Ratio(tenth(of))


def amount(value: int | None, measure: str) -> Value:
    """A figure in its own unit: a count, or dollars or yuan to the cent; "—" where it is not counted."""
    if value is None:
        return NONE
    return value if measure in COUNTS else exact(value)


def statistics(path: Path, r: Report) -> None:
    """Write 统计_….xlsx."""
    pages = [_lines(r), _coverage(r), _targets(r), _tasks(r), _others(r)]
    if r.corrections:
        pages.append(_corrections(r, r.corrections))
    statisticsbook.write(path, Statistics(f"{r.title}统计", pages, len(r.coverage)))


def corrected(path: Path, r: Report, since: Sequence[Correction]) -> None:
    """Write what has changed since a report was frozen, as a workbook of its own."""
    statisticsbook.write(path, Statistics(f"{r.title}统计更正", [_corrections(r, since)]))


def _dated(r: Report) -> str:
    at = r.frozen
    state = f"定数于 {at.day}（第 {at.number} 版），按日志第 {at.seq} 条为止的台账" if r.is_frozen else "没有定数"
    return f"截至 {at.cutoff}；{state}。"


def _lines(r: Report) -> Page:
    notes = [
        _dated(r),
        "企业、小微、承保金额、财政扶持按截止日有效的保单；月份一组是当月新增。市场组按基年海关出口额，资金和融资不分市场。",
        "同比的底数：" + ("上年度工作区同一天" if r.frozen.before else "保险人在“承保统计”报的统保平台上年同月；没有报的写“—”") + "。",
    ]  # fmt: skip
    if r.empty_markets:
        notes.append(f"这一天没有成员的市场组：{'、'.join(r.empty_markets)}（见市场组文件）。")
    rows: list[list[Value]] = [
        [
            x.group,
            x.item,
            *(amount(x.values.get(m), m) for m in MEASURES),
            *(ratio(x.growth(m)) for m in GROWN),
        ]
        for x in r.lines
    ]
    grown = [f"{MEASURES[m].partition('(')[0]}同比" for m in GROWN]
    widths = (9, 24, *MEASURE_WIDTHS, *(10,) * len(GROWN))
    return Page("统计", f"{r.title}\n统计", notes, ["分组", "项目", *MEASURES.values(), *grown], widths, rows)


def _coverage(r: Report) -> Page:
    total = "合计", sum(n for _, n, _ in r.coverage), sum(m for _, _, m in r.coverage)
    rows: list[list[Value]] = [
        [area, insured, *((entitled, ratio(share(insured, entitled))) if r.coverage_known else (NONE, NONE))]
        for area, insured, entitled in (*r.coverage, total)
    ]
    notes = [
        _dated(r),
        "应保：基年海关数据里符合条件、还没有申请的，和申请后没有被判为不符合条件的。"
        + ("" if r.coverage_known else "还没有基年海关数据，不知道应保多少。"),
    ]
    return Page(
        COVERAGE,
        f"{r.title}\n{COVERAGE}",
        notes,
        ["区", "参保(家)", "应保(家)", "覆盖面"],
        (26, 16, 16, 16),
        rows,
        landscape=False,
    )


def _targets(r: Report) -> Page:
    rows: list[list[Value]] = [
        [t.indicator, t.period, _plain(t.figure), _plain(t.reached), ratio(t.progress), t.grounds, t.responsible, t.why]
        for t in r.targets
    ]
    heads = ["指标", "期间", "目标值", "完成", "进度", "依据", "责任单位", "说明"]
    return Page("目标", f"{r.title}\n目标进度", [_dated(r)], heads, (26, 16, 20, 20, 10, 26, 24, 26), rows)


def _plain(value: Fraction | None) -> Value:
    """A figure in the indicator's own unit: whole where it is, else to two decimals half up."""
    if value is None:
        return NONE
    return int(value) if value.denominator == 1 else Decimal(half_up(value * 100)).scaleb(-2)


def _tasks(r: Report) -> Page:
    rows: list[list[Value]] = [
        [
            t["no"],
            t["measure"],
            t["grounds"],
            t["responsible"],
            _day(t["due"]),
            t["progress"],
            _day(t["done"]),
            t["evidence"],
        ]
        for t in r.tasks
    ]
    heads = ["任务号", "措施", "依据", "责任单位", "期限", "进度", "完成日期", "佐证"]
    return Page("任务", f"{r.title}\n任务进度", [_dated(r)], heads, (9, 50, 18, 22, 12, 10, 12, 34), rows)


def _day(value: Any) -> str | None:
    return f"{value}" if value else None


def _others(r: Report) -> Page:
    grown = [m for m in FIGURES if m != "premium_fen"]
    rows: list[list[Value]] = [
        [
            x.insurer, x.line, x.month, *(amount(x.values.get(m), m) for m in FIGURES),
            *(ratio(x.growth(m)) for m in grown),
        ]
        for x in r.others
    ]  # fmt: skip
    heads = ["保险人", "业务线", "月份", *FIGURES.values(), *(f"{FIGURES[m].partition('(')[0]}同比" for m in grown)]
    notes = [_dated(r), "当年1月到该月的累计数，保险人所报；同比同上年同月的累计数比。"]
    return Page(
        "其他业务", f"{r.title}\n其他业务", notes, heads, (10, 22, 9, 8, 8, 19, 17, 16, 17, *(9,) * len(grown)), rows
    )


def _corrections(r: Report, since: Sequence[Correction]) -> Page:
    rows: list[list[Value]] = [
        [c.group, c.item, MEASURES[c.measure], amount(c.was, c.measure), amount(c.now, c.measure),
         amount(None if c.was is None or c.now is None else c.now - c.was, c.measure)]
        for c in since
    ]  # fmt: skip
    notes = [
        f"截至 {r.frozen.cutoff} 的统计，定数以后的登记改变了的数；“现在”按日志第 {r.frozen.seq} 条为止的台账。",
    ]
    heads = ["分组", "项目", "数", "定数时", "现在", "差"]
    return Page("更正", f"{r.title}\n统计更正", notes, heads, (10, 26, 24, 20, 20, 20), rows, landscape=False)


# ── 评估 ──


def write_evaluation(workspace: Workspace, e: Evaluated) -> Path:
    """绩效评估_YYYYMMDD.xlsx, with what the bureau has filled in. Raises Refusal."""
    with looking(workspace) as conn:
        typed = {r["indicator"]: r for r in bureau.rows(conn, "selfreview").to_pylist()}
    path = workspace.root / FOLDER / f"绩效评估_{e.day:%Y%m%d}.xlsx"
    put(path, lambda to: evaluation(to, workspace.scheme, e, typed))
    return path


def evaluation(path: Path, scheme: Scheme, e: Evaluated, typed: dict[str, dict[str, Any]]) -> None:
    """Write 绩效评估_….xlsx; `typed` is what the bureau filled in, by indicator."""
    rows: list[list[Value]] = [[j.clause, j.text, j.standard, j.verdict, j.figures, j.missing] for j in e.judged]
    reached = [(j.clause, tenth(j.degree)) for j in e.judged if j.degree is not None]
    pairs = [("平台企业", e.exports.ours), ("对照组", e.exports.theirs)]
    growth = [evaluationbook.Growth(n, _wan(w.before), _wan(w.now)) for n, w in pairs if w.before or w.now]
    notes = [
        f"评估日 {e.day}；保险年度 {scheme.cover.start.value} 至 {scheme.cover.end.value}"
        + ("，已经结束。" if e.over else "，还没有结束：“尚不能定”的到期再评。"),
        "达标、未达标按台账的记录判断；“还缺什么”写明判断不了的原因。涉及的企业见“逐户”。",
    ]
    pages = [_cases(scheme, e), _group(scheme, e), _left(scheme, e)]
    evaluationbook.write(
        path,
        evaluationbook.Evaluation(
            scheme.title, scheme.policyholder, notes, rows, reached, growth, pages, forms(scheme, e, typed)
        ),
    )


def _wan(cents: int) -> Decimal:
    """US cents in 万美元, to two decimals half up."""
    return Decimal(half_up(Fraction(cents, 10_000))).scaleb(-2)


def _cases(scheme: Scheme, e: Evaluated) -> Page:
    rows: list[list[Value]] = [[c.clause, c.name, c.uscc, c.area, c.what] for c in e.cases]
    heads = ["条款", "企业（案件、预警）", "统一社会信用代码", "区", "情况"]
    return Page("逐户", f"{scheme.title}\n评估涉及的企业", ["没有达到的，逐家列出"], heads, (12, 36, 23, 20, 50), rows)


def _group(scheme: Scheme, e: Evaluated) -> Page:
    x = e.exports
    notes = [
        f"同类型企业（七（二）1）：基年出口额在参保企业所在的区间、登记地在参保企业所在的区、没有参保的 {x.group.num_rows} 家，"
        f"整体增幅 {per_cent(_grown(x.theirs.now, x.theirs.before))}。没有列入的见“未列入对照组”，写明原因。"
    ]
    if x.uncoded:
        notes.append(f"{'、'.join(x.uncoded)}没有行政区划代码，登记在那里的企业从代码上分不出来，没有列入。")
    heads = ["企业名称", "统一社会信用代码", "区", "基年出口额(美元)", "本保险年度(美元)", "上年同期(美元)", "增幅"]
    rows: list[list[Value]] = [
        [
            r["name"],
            r["uscc"],
            r["area"],
            exact(r["exports"]),
            exact(r["now"]),
            exact(r["before"]),
            ratio(_grown(r["now"], r["before"])),
        ]
        for r in x.group.to_pylist()
    ]
    return Page("对照组", f"{scheme.title}\n对照组", notes, heads, (36, 23, 20, 19, 19, 19, 10), rows)


def _grown(now: int, before: int) -> Fraction | None:
    return Fraction(now - before, before) if before else None


def _left(scheme: Scheme, e: Evaluated) -> Page:
    rows: list[list[Value]] = [
        [r["name"], r["uscc"], r["area"], exact(r["exports"]), exact(r["now"]), exact(r["before"]), r["why"]]
        for r in e.exports.firms.to_pylist()
        if r["why"]
    ]
    heads = [
        "企业名称",
        "统一社会信用代码",
        "区",
        "基年出口额(美元)",
        "本保险年度(美元)",
        "上年同期(美元)",
        "为什么没有列入",
    ]
    return Page(
        "未列入对照组",
        f"{scheme.title}\n未列入对照组的企业",
        ["海关数据里没有参保、又不作对照的企业"],
        heads,
        (36, 23, 16, 19, 19, 19, 34),
        rows,
    )
