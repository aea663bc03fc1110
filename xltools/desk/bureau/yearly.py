"""Tables behind statistics and evaluation (标签、承保统计、目标、任务、自评、分月海关): what each decides beyond its declaration."""

from __future__ import annotations

import difflib
import re
from collections import defaultdict
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from xltools.catalogue.words import usd
from xltools.desk.bureau.marks import Marks
from xltools.desk.bureau.taking import Done, Loaded, Taking
from xltools.engine.periods import period
from xltools.ledger import bureau
from xltools.scheme import evaluation as standards
from xltools.scheme.evaluation import Evaluation

FOREVER = date.max
EXECUTION = "预算执行率"
"""The indicator of the forms that is not listed among the standards: the execution of the budget."""
MEASURED = (
    "统保企业(家)", "小微企业(家)", "承保金额(美元)", "财政扶持(元)", "赔款(美元)", "融资额(元)", "融资项下保险金额(美元)", "覆盖面(%)",
    "各业务线承保金额(美元)", "全市同类企业出口增幅(%)",
)  # fmt: skip
"""Targets (目标) that the ledger measures or compares with."""
MAY_FALL = "增幅"
"""In the name of a target that may be below zero."""


def check_tags(t: Taking) -> None:
    """Two rows of one firm's same tag must not hold on the same day."""
    marks, wrong = Marks(t.roster), t.roster.findings.mask()
    spans: dict[tuple[str, str, str], list[tuple[date, date, int]]] = defaultdict(list)
    mine = set()
    columns = [t.roster.text[f].to_pylist() for f in ("uscc", "kind", "tag")]
    days = [t.roster.times[f].astype("datetime64[D]").tolist() for f in ("since", "until")]
    for i, (key, since, until) in enumerate(zip(zip(*columns, strict=True), *days, strict=True)):
        if not wrong[i] and since:
            mine.add((*key, since))
            spans[key].append((since, until or FOREVER, i))
    for r in bureau.rows(t.conn, "tags").to_pylist():
        key = r["uscc"], r["kind"], r["tag"]
        if (*key, r["since"]) in mine:  # the same row once more: a blank 止 leaves what stands
            spans[key] = [
                (a, r["until"] if r["until"] and b == FOREVER and a == r["since"] else b, i) for a, b, i in spans[key]
            ]
        elif key in spans:
            spans[key].append((r["since"], r["until"] or FOREVER, -1))
    for (_, _, tag), there in spans.items():
        for since, until, i in there:
            other = next((x for x in there if x != (since, until, i) and x[0] <= until and since <= x[1]), None)
            if i >= 0 and other:
                marks.add(i, "TAG_OVERLAP", "since", f"{tag} {other[0]} 至 {_until(other[1])}")
    marks.record()


def _until(day: date) -> str:
    return "今" if day == FOREVER else f"{day}"


def check_lines(t: Taking) -> None:
    """Small firms are firms; a month that has not begun has no figures."""
    marks, wrong = Marks(t.roster), t.roster.findings.mask()
    columns = [
        t.roster.text[f].to_pylist() if f in t.roster.text else [None] * len(t.roster)
        for f in ("firms", "small", "month")
    ]
    for i, (firms, small, month) in enumerate(zip(*columns, strict=True)):
        if wrong[i]:
            continue
        if small and firms and int(small) > int(firms):
            marks.add(i, "SMALL_ABOVE", "small", firms)
        if month and month > f"{t.today:%Y-%m}":
            marks.add(i, "MONTH_AHEAD", "month")
    marks.record()


def check_months(t: Taking) -> None:
    """A month that has not begun has no exports."""
    months = t.roster.text["month"].to_pylist()
    now = f"{t.today:%Y-%m}"
    t.roster.found("MONTH_AHEAD", "month", np.array([bool(m) and m > now for m in months], dtype=bool))


def check_targets(t: Taking) -> None:
    """A target has a figure, a period that the calendar knows and that touches the scheme, and an indicator that can be
    measured."""
    marks, wrong = Marks(t.roster), t.roster.findings.mask()
    cover = t.workspace.scheme.cover.start.value, t.workspace.scheme.cover.end.value
    years = t.workspace.scheme.base_year.value, cover[1].year
    indicators, periods = (t.roster.text[f].to_pylist() for f in ("indicator", "period"))
    figures = t.roster.text["figure"].to_pylist() if "figure" in t.roster.text else [None] * len(t.roster)
    kept = []
    for i, (indicator, said, figure) in enumerate(zip(indicators, periods, figures, strict=True)):
        kept.append(figure)
        if wrong[i]:
            continue
        found = period(said, cover)
        if found is None:
            marks.add(i, "PERIOD_UNKNOWN", "period")
        elif found.last.year < years[0] or found.first.year > years[1]:
            marks.add(i, "PERIOD_OUTSIDE", "period", f"{years[0]} 至 {years[1]} 年")
        if not figure:
            marks.add(i, "TARGET_BLANK", "figure")
        elif (number := plain_number(figure, below_zero=MAY_FALL in indicator)) is None:
            marks.add(i, "TARGET_FIGURE", "figure")
        else:
            kept[-1] = number
        if indicator not in MEASURED:
            near = difflib.get_close_matches(indicator, MEASURED, 1, 0.5)
            marks.add(i, "TARGET_UNMEASURED", "indicator", f"；是否想写“{near[0]}”？" if near else "")
    marks.record()
    _put(t, "figure", kept)
    _put(t, "period", [p.name if said and (p := period(said, cover)) else said for said in periods])


def plain_number(text: str, *, below_zero: bool = False) -> str | None:
    """A figure as it is typed, without separators; None where it is none, or not above zero.

    >>> plain_number("22,000"), plain_number("700亿"), plain_number("-3.20", below_zero=True), plain_number("0")
    ('22000', None, '-3.2', None)
    """
    said = text.replace(",", "").replace("，", "").replace(" ", "").removesuffix("%")
    if not re.fullmatch(r"-?[0-9]{1,15}(\.[0-9]{1,4})?", said):
        return None
    value = Decimal(said)
    return None if value <= 0 and not below_zero else f"{value.normalize():f}"


def _put(t: Taking, field: str, values: list[Any]) -> None:
    if field in t.roster.text:
        t.roster.text[field] = pa.array(values, pa.string())


def check_tasks(t: Taking) -> None:
    """What is done says what shows it; a day on which it was done belongs to what is done, and lies in the past."""
    marks, wrong = Marks(t.roster), t.roster.findings.mask()
    there = {r["no"]: r for r in bureau.rows(t.conn, "tasks").to_pylist()}
    numbers, progress = (t.roster.text[f].to_pylist() for f in ("no", "progress"))
    evidence = t.roster.text["evidence"].to_pylist() if "evidence" in t.roster.text else [None] * len(t.roster)
    blank = [None] * len(t.roster)
    done = t.roster.times["done"].astype("datetime64[D]").tolist() if "done" in t.roster.times else blank
    for i, (no, state, shown, day) in enumerate(zip(numbers, progress, evidence, done, strict=True)):
        if wrong[i]:
            continue
        if state == "已完成" and not (shown or there.get(no, {}).get("evidence")):
            marks.add(i, "TASK_UNSHOWN", "progress")
        if day and day > t.today:
            marks.add(i, "TASK_AHEAD", "done")
        elif day and state != "已完成":
            marks.add(i, "TASK_STATE", "done", state or "")
    marks.record()


def check_selfreview(t: Taking) -> None:
    """Only what the forms have can be filled in; a score is a number up to its points."""
    rules = t.workspace.data(standards.NAME, Evaluation)
    known = (*rules.titles, EXECUTION)
    points_of = {i.title: Decimal(i.points) for i in rules.indicator} | {
        EXECUTION: Decimal(rules.points.execution.value)
    }
    there = {r["indicator"]: r for r in bureau.rows(t.conn, "selfreview").to_pylist()}
    marks, wrong = Marks(t.roster), t.roster.findings.mask()
    names = t.roster.text["indicator"].to_pylist()
    typed = {
        f: t.roster.text[f].to_pylist() if f in t.roster.text else [None] * len(names) for f in ("points", "score")
    }
    for i, name in enumerate(names):
        if wrong[i]:
            continue
        if name not in known:
            near = difflib.get_close_matches(name, known, 1, 0.5)
            marks.add(i, "REVIEW_UNKNOWN", "indicator", f"；是否想写“{near[0]}”？" if near else "")
            continue
        most = points_of.get(name)
        own = typed["points"][i] or there.get(name, {}).get("points")
        if own:
            most = _points(own)
            if most is None and typed["points"][i]:
                marks.add(i, "REVIEW_FIGURE", "points", "分值")
        if score := typed["score"][i]:
            value = _points(score)
            if value is None or (most is not None and value > most):
                marks.add(i, "REVIEW_FIGURE", "score", f"得分，不超过 {most}" if most is not None else "得分")
    marks.record()


def _points(text: str) -> Decimal | None:
    return Decimal(text) if re.fullmatch(r"[0-9]{1,3}(\.[0-9]{1,2})?", text) else None


def months_outcome(t: Taking, done: Done) -> Loaded:
    """Which months are there now, in one line."""
    cents = int(pc.sum(done.data["cents"]).as_py() or 0)
    span = (
        f"{done.parts[0]} 至 {done.parts[-1]}，" if len(done.parts) > 1 else f"{done.parts[0]}，" if done.parts else ""
    )
    return Loaded(0, [f"{span}{len(done.parts)} 个月，出口额 {usd(cents)}"], {"parts": done.parts, "cents": cents})


OUTCOMES = {"monthly": months_outcome}
CHECKS = {
    "tags": check_tags, "other_lines": check_lines, "monthly": check_months, "targets": check_targets,
    "tasks": check_tasks, "selfreview": check_selfreview,
}  # fmt: skip
