"""The workbook's table of what districts add to the firms' own parts (配套表)."""

from __future__ import annotations

from decimal import Decimal

import pyarrow as pa

from xltools.catalogue.tables import table
from xltools.desk.book.contents.cells import money, shaped
from xltools.desk.year.topups import TopUps
from xltools.scheme import Scheme

PLACES = Decimal("1e-8")


def top_ups(scheme: Scheme, found: TopUps) -> pa.Table:
    """配套表: every policy to which a district's rule applies, in the order in which the district's money serves them."""
    rows = found.rows
    return shaped(
        table(scheme, "配套表"),
        {
            "受理编号": [r.number for r in rows],
            "企业名称": [r.name for r in rows],
            "所属区": [r.area for r in rows],
            "保险人": [r.insurer for r in rows],
            "方案": [r.plan for r in rows],
            "保单号": [r.policy_no for r in rows],
            "录入日期": pa.array([r.entered for r in rows], pa.date32()),
            "企业承担(元)": money([r.own for r in rows]),
            "配套比例": [r.share.quantize(PLACES) for r in rows],
            "配套(元)": money([r.fen for r in rows]),
            "资金安排": [r.state for r in rows],
        },
    )
