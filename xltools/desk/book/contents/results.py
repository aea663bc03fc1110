"""The workbook's tables about the insurers' returns (核对表 · 缴费表)."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from xltools.catalogue.tables import table
from xltools.desk.book.contents.cells import cents_of, shaped
from xltools.desk.rules.changes import STATES
from xltools.desk.rules.results import OPEN, OVERDUE
from xltools.desk.rules.settlement import Part, Settled
from xltools.scheme import Scheme


def compared(scheme: Scheme, rows: pa.Table) -> pa.Table:
    """核对表: every row ever sent, what its policy should have cost and did, and what lies between; `rows` as
    :func:`rules.results.checked` has them."""
    gross, fiscal = (pc.subtract(rows[f"actual_{part}_fen"], rows[f"due_{part}_fen"]) for part in ("gross", "fiscal"))
    return shaped(
        table(scheme, "核对表"),
        {
            "受理编号": rows["number"],
            "企业名称": rows["name"],
            "保险人": rows["insurer"],
            "批次": rows["no"],
            "方案": rows["plan"],
            "状态": [STATES[state] for state in rows["status"].to_pylist()],
            "应计保费(元)": cents_of(rows["due_gross_fen"]),
            "实际保费(元)": cents_of(rows["actual_gross_fen"]),
            "保费差(元)": cents_of(gross),
            "应计财政(元)": cents_of(rows["due_fiscal_fen"]),
            "实际财政(元)": cents_of(rows["actual_fiscal_fen"]),
            "财政差(元)": cents_of(fiscal),
            "预估财政(元)": cents_of(rows["estimate_fen"]),
            "核算汇率": rows["rate"],
            "录入日期": rows["entered"],
            "保单号": rows["policy_no"],
            "差异说明": rows["reason"],
        },
    )


def payments_due(scheme: Scheme, rows: pa.Table) -> pa.Table:
    """缴费表: the firms' own parts, overdue ones first, then by deadline."""
    rows = rows.filter(pc.and_(rows["due_state"].is_valid(), pc.not_equal(rows["actual_enterprise_fen"], 0)))
    first = pc.fill_null(pc.index_in(rows["due_state"], value_set=pa.array([OVERDUE, OPEN])), 2)
    keys = [("first", "ascending"), ("due_by", "ascending"), ("number", "ascending")]
    rows = rows.append_column("first", first).sort_by(keys)
    return shaped(
        table(scheme, "缴费表"),
        {
            "受理编号": rows["number"],
            **{h: rows[f] for h, f in _FROM_CELLS.items()},
            "保险人": rows["insurer"],
            "批次": rows["no"],
            "企业应缴(元)": cents_of(rows["actual_enterprise_fen"]),
            "缴费截止": rows["due_by"],
            "缴费状态": rows["due_state"],
            "逾期天数": rows["late"].cast(pa.int64()),
            "缴费日期": rows["paid"],
            "保单号": rows["policy_no"],
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


def _fen(values: Sequence[int | None]) -> pa.Array:
    return cents_of(pa.array(values, pa.int64()))
