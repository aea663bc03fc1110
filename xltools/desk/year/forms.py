"""项目支出绩效目标表 and 绩效自评表 filled in as far as the ledger knows; what the bureau typed (自评) counts before that."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from xltools.catalogue.words import exact
from xltools.engine.growth import half_up, per_cent, share
from xltools.scheme import Scheme
from xltools.sheets.reports.formspage import Field, Forms, Row

if TYPE_CHECKING:
    from xltools.desk.year.evaluate import Evaluated

EXECUTION = "预算执行率"
"""The indicator by which the bureau may type the score of the execution."""
CARRIED, OTHER = "上年结转(元)", "其他资金(元)"


def forms(scheme: Scheme, e: Evaluated, typed: dict[str, dict[str, Any]]) -> Forms:
    """Both forms. The execution scores its points × rate, as the form says, at most its points."""
    b, points = e.budget, e.standards.points.execution.value
    rate = share(b.paid, b.whole)
    earned = None if rate is None else min(Decimal(half_up(rate * points * 100)).scaleb(-2), Decimal(points))
    given = typed.get(EXECUTION, {}).get("score")
    rows = [row(e, i.title, typed) for i in e.standards.indicator]
    scores = [_number(r.score.value) for r in rows] + [_number(given) if given else earned]
    weights = [_number(r.points.value) for r in rows] + [Decimal(points)]
    money = [
        (Field(exact(b.opening)), Field(exact(b.whole)), Field(exact(b.paid))),
        (Field(exact(b.opening)), Field(exact(b.whole)), Field(exact(b.paid))),
        *((Field(own=True), Field(_typed(typed, t), own=True), Field(own=True)) for t in (CARRIED, OTHER)),
    ]
    execution = Field(points), Field(per_cent(rate)), Field(_number(given) if given else earned, own=earned is None)
    return Forms(
        scheme.title, f"{scheme.year} 年度",
        {h.title: _head(scheme, h.title, h.fills, typed) for h in e.standards.head}, money, execution, rows,
        _whole(sum((w for w in weights if w is not None), Decimal(0))),
        sum((s for s in scores if s is not None), Decimal(0)) if None not in scores else None,
        "黄色格由市局填：在平台工作簿“自评表”里填，或填好“自评”表读入；指标和分值是本工具按方案拟定的，以财政批复的绩效目标为准。",
    )  # fmt: skip


def row(e: Evaluated, title: str, typed: dict[str, dict[str, Any]]) -> Row:
    """One third-level indicator: what the ledger knows, what was typed in its place, and what is still blank."""
    i = next(x for x in e.standards.indicator if x.title == title)
    own = typed.get(title, {})
    expected, actual = e.facts.get(i.measure, ("", ""))
    if i.measure in {j.key for j in e.judged}:
        judged = e.at(i.measure)
        actual = f"{judged.verdict}：{actual}"

    def field(name: str, known: str = "") -> Field:
        value = own.get(name)
        return Field(value or known or None, own=bool(value) or not known)

    points = own.get("points")
    return Row(
        i.first, i.second, i.title, field("expected", expected), field("actual", actual),
        Field(_number(points) if points else i.points, own=bool(points)), Field(_number(own.get("score")), own=True),
        Field(own.get("reason"), own=True),
    )  # fmt: skip


def _head(scheme: Scheme, title: str, fills: str, typed: dict[str, dict[str, Any]]) -> Field:
    known = {
        "title": scheme.title, "policyholder": scheme.policyholder,
        "cover": f"{scheme.cover.start.value} 至 {scheme.cover.end.value}", "": "",
    }[fills]  # fmt: skip
    value = _typed(typed, title)
    return Field(value or known or None, own=bool(value) or not known)


def _typed(typed: dict[str, dict[str, Any]], title: str) -> str | None:
    return typed.get(title, {}).get("actual") or None


def _number(value: Any) -> Decimal | None:
    if value is None or value == "":
        return None
    found: Decimal = _whole(Decimal(str(value)))
    return found


def _whole(value: Decimal) -> Any:
    """A whole number as such."""
    return int(value) if value == int(value) else value
