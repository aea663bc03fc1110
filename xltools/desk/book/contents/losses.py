"""The workbook's tables of claims and their clocks (视同收汇表 · 达标表 · 期限表)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import pyarrow as pa

from xltools.catalogue.tables import table
from xltools.desk.book.contents.cells import cents_of, shaped
from xltools.desk.rules.clocks import Deadline, Kept
from xltools.desk.rules.rebates import Rebate
from xltools.scheme import Scheme


def rebates(scheme: Scheme, rows: Sequence[Rebate]) -> pa.Table:
    """视同收汇表: every payment with its rule and both amounts."""
    return shaped(
        table(scheme, "视同收汇表"),
        {
            "案件号": [r.payment["claim"] for r in rows],
            "企业名称": [r.name for r in rows],
            "统一社会信用代码": [r.claim["firm"] for r in rows],
            **{h: [r.claim[f] for r in rows] for h, f in _OF_CLAIM.items()},
            "出口日期": _dates([r.claim["shipped"] for r in rows]),
            "发票金额(美元)": _cents([r.claim["invoice_cents"] for r in rows]),
            "核定损失(美元)": _cents([r.decision.get("loss_cents") for r in rows]),
            "赔款金额(美元)": _cents([r.payment["cents"] for r in rows]),
            "赔款支付日": _dates([r.payment["day"] for r in rows]),
            "折算汇率": [
                None if (x := r.payment["fx"]) is None else Decimal(x).quantize(Decimal("1e-8")) for r in rows
            ],
            "折人民币(元)": _cents([r.payment["fen"] for r in rows]),
            "合同最终收汇日": _dates([r.claim["due"] for r in rows]),
            "收汇截止": _dates([r.by for r in rows]),
            "赔付决定书号": [r.decision.get("document") for r in rows],
            "到账凭证": [r.payment["voucher"] for r in rows],
            "结论": [r.conclusion for r in rows],
            "适用规定": [r.rule.called if r.rule else None for r in rows],
            "单证留存": [r.kept for r in rows],
            "说明": [r.note for r in rows],
        },
    )


_OF_CLAIM = {
    "报关单号": "declaration",
    "发票号": "invoice",
    "合同号": "contract",
    "成交币种": "currency",
    "保单号": "policy_no",
}


def attained(scheme: Scheme, rows: Sequence[Kept]) -> pa.Table:
    """达标表: this policy year, the one before, and the change."""
    of = table(scheme, "达标表")
    return shaped(of, {f.name: pa.array([r.words[f.name] for r in rows], f.type) for f in of.schema})


def deadlines(scheme: Scheme, rows: Sequence[Deadline]) -> pa.Table:
    """期限表: what runs or is overdue, by what lapses first."""
    return shaped(
        table(scheme, "期限表"),
        {
            "截止日": _dates([r.end for r in rows]),
            "剩余天数": pa.array([r.left for r in rows], pa.int64()),
            "状态": [r.state for r in rows],
            "期限": [r.kind for r in rows],
            "企业名称": [r.name for r in rows],
            "对象": [r.subject for r in rows],
            "找谁": [r.who for r in rows],
            "联系人": [r.contact for r in rows],
            "手机": [r.phone for r in rows],
            "起算日": _dates([r.start for r in rows]),
            "依据": [r.clause for r in rows],
            "说明": [r.note for r in rows],
            "保险人": [r.insurer for r in rows],
            "统一社会信用代码": [r.uscc for r in rows],
        },
    )


def _dates(values: Sequence[date | None]) -> pa.Array:
    return pa.array(values, pa.date32())


def _cents(values: Sequence[int | None]) -> pa.Array:
    return cents_of(pa.array(values, pa.int64()))
