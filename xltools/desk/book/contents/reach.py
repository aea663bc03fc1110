"""The workbook's tables of whom the office has not reached yet (漏斗表 · 动员表)."""

from __future__ import annotations

import pyarrow as pa

from xltools.catalogue.tables import table
from xltools.desk.book.contents.cells import money, shaped
from xltools.desk.reach.prospects import Prospects
from xltools.scheme import Scheme


def funnel(scheme: Scheme, found: Prospects) -> pa.Table:
    """漏斗表: 名单 → 通知 → 申请 → 保单 → 使用 by area."""
    counted = {"名单": "entitled", "通知": "notified", "申请": "applied", "保单": "insured", "使用": "using"}
    counts = {h: pa.array([getattr(s, f) for s in found.funnel], pa.int64()) for h, f in counted.items()}
    return shaped(table(scheme, "漏斗表"), {"区": [s.area for s in found.funnel], **counts})


def firms(scheme: Scheme, found: Prospects) -> pa.Table:
    """动员表: each firm with what it would get."""
    rows = found.firms
    return shaped(
        table(scheme, "动员表"),
        {
            "统一社会信用代码": [f.uscc for f in rows],
            "企业名称": [f.name for f in rows],
            "所属区": [f.area for f in rows],
            "出口额(美元)": money([f.exports for f in rows]),
            "方案": [f.plan for f in rows],
            "最高赔偿限额(美元)": money([f.limit for f in rows]),
            "财政承担(元)": money([f.fiscal for f in rows]),
            "企业承担(元)": money([f.own for f in rows]),
            "主要市场": [f.market for f in rows],
            "已通知": ["是" if f.notified else None for f in rows],
        },
    )
