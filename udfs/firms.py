"""What can be said of one firm from a few of its cells: its code, its plans (企业代码、可选方案)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import xlwings as xw

from udfs.arrays import Ranges, says_errors
from udfs.money import EXPORTS
from udfs.reading import SCHEME, read, scheme_of
from udfs.words import said
from xltools.engine import plans
from xltools.engine.applications import Applications, nothing
from xltools.engine.plans import shortfalls
from xltools.roster import checks
from xltools.roster.cells import Roster
from xltools.roster.ranges import messages
from xltools.roster.text import mask
from xltools.scheme import Scheme

KEY = "对重点国别的出口额（美元）；不填按未知处理"
POLICY = "政策导向：是 / 否；不填按否"
COPAY = "承诺自缴保费：是 / 否；不填按否"
CODE_CHECKS = (
    checks.uscc_number, checks.uscc_length, checks.uscc_digits, checks.uscc_registrar,
    checks.uscc_region,
)  # fmt: skip


@xw.func(category="统保平台")
@xw.arg("code", ndim=2, err_to_str=True, doc="统一社会信用代码，一格或一列（单元格须为文本格式）")
@xw.arg("scheme", doc=SCHEME)
@says_errors
def XT_USCC_CHECK(code, scheme=None):  # type: ignore[no-untyped-def]
    """核对统一社会信用代码：正确，或错在哪里；登记地、主体类型等疑点写在“正确”后面。"""
    chosen = scheme_of(scheme)
    ranges = Ranges(uscc=code)
    rows = read(chosen, ranges, "uscc")
    for check in CODE_CHECKS:
        check(rows, chosen.cover.start.value)
    out: list[Any] = ["正确"] * ranges.n
    for found in rows.findings.said():
        if found.kind.severity == "warning":
            out[found.row] += f"；{found.kind.level}：{found.kind.said()}"
    for row in np.flatnonzero(rows.blank("uscc")).tolist():
        out[row] = None
    return ranges.answer(out, messages(rows))


@xw.func(category="统保平台")
@xw.arg("exports", ndim=2, err_to_str=True, doc=EXPORTS)
@xw.arg("key_exports", ndim=2, err_to_str=True, doc=KEY)
@xw.arg("policy", ndim=2, err_to_str=True, doc=POLICY)
@xw.arg("scheme", doc=SCHEME)
@says_errors
def XT_ENTITLED(exports, key_exports=None, policy=None, scheme=None):  # type: ignore[no-untyped-def]
    """可以申请的方案；同一区间里不能申请的，写明差什么。不在区间的写明原因。"""
    chosen = scheme_of(scheme)
    ranges = Ranges(exports=exports, key_exports=key_exports, policy=policy)
    rows = read(chosen, ranges, "exports", "key_exports", "policy")
    a = _applications(rows)
    band = plans.bands(chosen, a.exports)
    missing = [pair for p in chosen.plans for pair in shortfalls(chosen, p, a, band)]
    key = band - plans.BELOW
    for where, _ in missing:
        key = key * 2 + where
    unique, first, index = np.unique(key, return_index=True, return_inverse=True)
    texts = [_entitled(chosen, int(band[i]), a.take(np.array([i])), band[i : i + 1]) for i in first.tolist()]
    out = np.array([*texts, None], dtype=object)[np.where(a.exports_known, index, len(unique))]
    return ranges.answer(out.tolist(), messages(rows))


def _entitled(scheme: Scheme, band: int, one: Applications, where: Any) -> str:
    if band < 0:
        return f"无：{_outside(scheme, band)}"
    may, not_yet = [], []
    for plan in (p for p in scheme.plans if p.band == scheme.bands[band].id):
        lacks = [text for hit, text in shortfalls(scheme, plan, one, where) if hit[0]]
        if lacks:
            not_yet.append(f"；{plan.id} 不可选：{'，'.join(lacks)}")
        else:
            may.append(plan.id)
    return ("、".join(may) or "无") + "".join(not_yet)


@xw.func(category="统保平台")
@xw.arg("exports", ndim=2, err_to_str=True, doc=EXPORTS)
@xw.arg("wish", ndim=2, err_to_str=True, doc="申请方案；不填按规定自动确定")
@xw.arg("key_exports", ndim=2, err_to_str=True, doc=KEY)
@xw.arg("policy", ndim=2, err_to_str=True, doc=POLICY)
@xw.arg("copay", ndim=2, err_to_str=True, doc=COPAY)
@xw.arg("scheme", doc=SCHEME)
@says_errors
def XT_PLAN(exports, wish=None, key_exports=None, policy=None, copay=None, scheme=None):  # type: ignore[no-untyped-def]
    """给予的方案：有申请的看够不够条件，没有申请的按规定确定；给不了的写明资格和原因。"""
    chosen = scheme_of(scheme)
    ranges = Ranges(exports=exports, wish=wish, key_exports=key_exports, policy=policy, copay=copay)
    rows = read(chosen, ranges, "exports", "wish", "key_exports", "policy", "copay")
    a = _applications(rows)
    band = plans.bands(chosen, a.exports)
    plan, unavailable, copay_missing = plans.choose(chosen, a, band)
    words = [
        *(p.id for p in chosen.plans), f"待补正：{said(chosen, 'COPAY_MISSING')}",
        f"待补正：{said(chosen, 'PLAN_UNAVAILABLE')}", f"待补正：{said(chosen, 'PLAN_UNAVAILABLE', 'COPAY_MISSING')}",
        *(f"不在出口额区间：{_outside(chosen, b)}" for b in (plans.BELOW, plans.GAP, plans.ABOVE)), None,
    ]  # fmt: skip
    last = len(chosen.plans)
    outcome = np.where(copay_missing, last, plan)
    outcome = np.where(unavailable, last + 1 + copay_missing, outcome)
    outcome = np.where(band < 0, last + 3 + band - plans.BELOW, outcome)
    outcome = np.where(a.exports_known, outcome, len(words) - 1)
    return ranges.answer(np.array(words, dtype=object)[outcome].tolist(), messages(rows))


def _outside(scheme: Scheme, band: int) -> str:
    return said(scheme, {plans.BELOW: "BAND_BELOW", plans.GAP: "BAND_GAP", plans.ABOVE: "BAND_ABOVE"}[band])


def _applications(rows: Roster) -> Applications:
    """Applications of which only these cells are known."""
    a = nothing(len(rows))
    for name in ("exports", "key"):
        figure = rows.amounts["key_exports" if name == "key" else name]
        a[name], a[f"{name}_known"] = figure.cents, figure.known
    for name in {"policy", "copay"} & rows.text.keys():
        a[name] = mask(pc.equal(rows.text[name], "是"))
    if "wish" in rows.text:
        ids = pa.array([p.id for p in rows.scheme.plans])
        a["wish"] = (
            pc.index_in(rows.text["wish"], value_set=ids, skip_nulls=True).fill_null(-1).to_numpy().astype(np.int64)
        )
    return Applications(**a)
