"""Claims for tests (理赔): a claim, its decision, payment and recovery as insurers report them."""

from __future__ import annotations

from datetime import date
from typing import Any

from workspaces import uscc

PAPERS = {"基本贸易单证": "贸易合同,商业发票,运输单据,报关单", "委托追讨单证": "委托追偿合同,授权委托书"}
Row = dict[str, Any]


def claim(number: int = 1, **more: Any) -> Row:
    """Goods shipped on 2019-10-08, due on 2020-01-06, not paid; accepted with all documents on 2020-04-28."""
    return {
        "案件号": f"LP-{number}", "保单号": f"SCH{number:06d}", "企业": uscc(number), "保险人": "中国信保", "客户类型": "统保",
        "买方": "ACME LLC", "国别": "美国", "出运日期": date(2019, 10, 8), "发票金额(美元)": 90000, "应付款日": date(2020, 1, 6),
        "风险类型": "拖欠", "知悉日": date(2020, 1, 20), "报损日": date(2020, 2, 3), "可损金额(美元)": 80000,
        "索赔申请日": date(2020, 4, 20), **PAPERS, "单证齐备日": date(2020, 4, 24), "受理日": date(2020, 4, 28),
    } | more  # fmt: skip


def decision(number: int = 1, **more: Any) -> Row:
    return {
        "案件号": f"LP-{number}", "第几次": 1, "决定日": date(2020, 5, 20), "结论": "足额", "核定损失(美元)": 80000,
    } | more  # fmt: skip


def payment(number: int = 1, **more: Any) -> Row:
    return {
        "案件号": f"LP-{number}", "第几次": 1, "支付日": date(2020, 5, 27), "赔款金额(美元)": 64000, "到账凭证": "P1",
    } | more  # fmt: skip


def recovery(**more: Any) -> Row:
    return {
        "案件号": "LP-1", "追回日": date(2020, 5, 30), "追回金额(美元)": 1000, "追偿费用(美元)": 100, "归企业(美元)": 180,
        "归保险人(美元)": 720, "到账凭证": "R1",
    } | more  # fmt: skip
