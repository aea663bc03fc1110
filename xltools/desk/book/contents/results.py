"""The workbook's tables about the insurers' returns (核对表 · 缴费表)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import pyarrow as pa

from xltools.catalogue.tables import table
from xltools.desk.book.contents.cells import cents_of, shaped
from xltools.desk.rules.changes import STATES
from xltools.desk.rules.results import OPEN, OVERDUE, Checked
from xltools.desk.rules.settlement import Part, Settled
from xltools.scheme import Scheme


def compared(scheme: Scheme, rows: Sequence[Checked]) -> pa.Table:
    """核对表: every row ever sent, what its policy should have cost and did, and what lies between."""
    of = table(scheme, "核对表")
    actual = [(r.result["actual_gross_fen"], r.result["actual_fiscal_fen"]) for r in rows]
    return shaped(
        of,
        {
            "受理编号": [r.number for r in rows],
            "企业名称": [r.cells.get("name") for r in rows],
            "保险人": [r.insurer for r in rows],
            "批次": pa.array([r.no for r in rows], pa.int64()),
            "方案": [r.plan for r in rows],
            "状态": [STATES[r.state] for r in rows],
            "应计保费(元)": _fen([r.gross_fen for r in rows]),
            "实际保费(元)": _fen([gross for gross, _ in actual]),
            "保费差(元)": _fen([_apart(gross, r.gross_fen) for r, (gross, _) in zip(rows, actual, strict=True)]),
            "应计财政(元)": _fen([r.fiscal_fen for r in rows]),
            "实际财政(元)": _fen([fiscal for _, fiscal in actual]),
            "财政差(元)": _fen([_apart(fiscal, r.fiscal_fen) for r, (_, fiscal) in zip(rows, actual, strict=True)]),
            "预估财政(元)": _fen([r.estimate_fen for r in rows]),
            "核算汇率": [None if r.rate is None else r.rate.quantize(Decimal("1e-8")) for r in rows],
            "录入日期": pa.array([r.result["entered"] for r in rows], pa.date32()),
            "保单号": [r.result["policy_no"] for r in rows],
            "差异说明": [r.result["reason"] for r in rows],
        },
    )


def payments_due(scheme: Scheme, rows: Sequence[Checked], day: date) -> pa.Table:
    """缴费表: the firms' own parts, overdue ones first, then by deadline."""
    order = {OVERDUE: 0, OPEN: 1}
    owed = [(r, r.due) for r in rows if r.due is not None and r.result["actual_enterprise_fen"]]
    owed.sort(key=lambda x: (order.get(x[1].state, 2), x[1].by or date.max, x[0].number))
    return shaped(
        table(scheme, "缴费表"),
        {
            "受理编号": [r.number for r, _ in owed],
            **{h: [r.cells.get(f) for r, _ in owed] for h, f in _FROM_CELLS.items()},
            "保险人": [r.insurer for r, _ in owed],
            "批次": pa.array([r.no for r, _ in owed], pa.int64()),
            "企业应缴(元)": _fen([r.result["actual_enterprise_fen"] for r, _ in owed]),
            "缴费截止": pa.array([d.by for _, d in owed], pa.date32()),
            "缴费状态": [d.state for _, d in owed],
            "逾期天数": pa.array([d.late(day) or None for _, d in owed], pa.int64()),
            "缴费日期": pa.array([r.result["paid"] for r, _ in owed], pa.date32()),
            "保单号": [r.result["policy_no"] for r, _ in owed],
        },
    )


def settlement(scheme: Scheme, rows: Sequence[Settled]) -> pa.Table:
    """清算表: every insurer's prepayment, what became of it and why."""
    columns = {
        "已付净额(元)": [r.paid for r in rows], "预估财政(元)": [r.estimate for r in rows], "家数影响(元)": [r.number for r in rows],
        "汇率影响(元)": [r.fx for r in rows], "核算差异(元)": [r.reckoning for r in rows], "实际财政(元)": [r.actual for r in rows],
        "终止保单承担(元)": [r.kept for r in rows], "其中已退回(元)": [r.refunded for r in rows],
        "未回执预估(元)": [r.open for r in rows], "结余(元)": [r.surplus for r in rows],
    }  # fmt: skip
    return shaped(
        table(scheme, "清算表"),
        {
            "保险人": [r.insurer for r in rows],
            "承保家数": pa.array([r.policies for r in rows], pa.int64()),
            **{h: _fen(v) for h, v in columns.items()},
        },
    )


def settlement_parts(scheme: Scheme, rows: Sequence[Part]) -> pa.Table:
    """清算分项表: the same money by plan, district and month of entry."""
    return shaped(
        table(scheme, "清算分项表"),
        {
            "分组": [r.group for r in rows],
            "项目": [r.value for r in rows],
            "保险人": [r.insurer for r in rows],
            "家数": pa.array([r.policies for r in rows], pa.int64()),
            "预估财政(元)": _fen([r.estimate for r in rows]),
            "汇率影响(元)": _fen([r.fx for r in rows]),
            "核算差异(元)": _fen([r.reckoning for r in rows]),
            "实际财政(元)": _fen([r.actual for r in rows]),
        },
    )


_FROM_CELLS = {"企业名称": "name", "所属区": "area", "联系人": "contact", "手机": "phone"}


def _apart(actual: int | None, should: int | None) -> int | None:
    return None if actual is None or should is None else actual - should


def _fen(values: Sequence[int | None]) -> pa.Array:
    return cents_of(pa.array(values, pa.int64()))
