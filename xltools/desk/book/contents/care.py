"""The workbook's tables of services, warnings, finance and credit reports (服务进度表 · 预警对象表 · 白名单表 · 融资汇总表 · 资信用量表)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from xltools.catalogue.tables import table
from xltools.desk.book.contents.cells import cents_of, money, shaped
from xltools.desk.rules.alerts import EXCLUDED, Affected
from xltools.desk.rules.financing import PLACES, Listed, Reports, Total
from xltools.desk.rules.services import Firm, Served
from xltools.scheme import Scheme
from xltools.scheme.countries import short_names
from xltools.scheme.services import UNSET, Services

QUARTERS = ("一季回访", "二季回访", "三季回访", "四季回访")


def progress(scheme: Scheme, had: Served) -> pa.Table:
    """服务进度表: what every insured firm has had, and is still owed."""
    n, firms = len(had.firms), had.firms
    calls = np.zeros((n, len(QUARTERS)), dtype=np.int64)
    some = min(len(QUARTERS), had.calls.shape[1])
    calls[:, :some] = had.calls[:, :some]
    owed = had.calls_owed.sum(axis=1)
    spans = [f"{first:%Y-%m}至{last:%Y-%m}" for first, last in had.spans]
    return shaped(
        table(scheme, "服务进度表"),
        {
            "企业名称": [f.name for f in firms],
            "统一社会信用代码": [f.uscc for f in firms],
            "所属区": [f.area for f in firms],
            "保险人": [f.insurer for f in firms],
            **{h: calls[:, k] for k, h in enumerate(QUARTERS)},
            "欠回访": owed,
            "拜访": had.visits,
            "欠拜访": had.visits_owed,
            "宣讲培训": had.events,
            "待答复": had.waiting,
            "最近一次": pa.array(had.last, pa.date32()),
            "还欠": [_lacking(had, i, spans) for i in range(n)],
        },
    )


def _lacking(had: Served, i: int, spans: Sequence[str]) -> str:
    owed = [f"回访 {spans[k]}" for k in np.flatnonzero(had.calls_owed[i]).tolist()]
    return "；".join(owed + (["拜访（依存重点国别）"] if had.visits_owed[i] else []))


def affected(scheme: Scheme, rows: Sequence[Affected]) -> pa.Table:
    """预警对象表: whom each alert concerns, those not told first."""
    names = short_names()
    return shaped(
        table(scheme, "预警对象表"),
        {
            "状态": [r.state for r in rows],
            **{h: [r.alert[f] for r in rows] for h, f in (("预警号", "no"), ("级别", "level"), ("买方", "buyer"))},
            "日期": pa.array([r.alert["day"] for r in rows], pa.date32()),
            "国别": [names.get(r.alert["country"] or "", "") for r in rows],
            **_firms([r.firm for r in rows]),
            "对该国出口额(美元)": cents_of(pa.array([r.cents for r in rows], pa.int64())),
            "依据": [r.grounds for r in rows],
            "承保提示": [EXCLUDED if r.excluded else None for r in rows],
            "告知日期": pa.array([r.told[0] if r.told else None for r in rows], pa.date32()),
            "方式": [r.told[1] if r.told else None for r in rows],
            "告知人": [r.told[2] if r.told else None for r in rows],
        },
    )


def white_list(scheme: Scheme, rows: Sequence[Listed]) -> pa.Table:
    """白名单表: the columns of domain §12."""
    return shaped(
        table(scheme, "白名单表"),
        {
            **_firms([r.firm for r in rows]),
            "保单号": [r.policy.number for r in rows],
            "保险人": [r.policy.insurer for r in rows],
            "起保日期": pa.array([r.policy.start for r in rows], pa.date32()),
            "终保日期": pa.array([r.policy.end for r in rows], pa.date32()),
            "最高赔偿限额(美元)": cents_of(pa.array([r.policy.limit_cents for r in rows], pa.int64())),
            "赔偿比例": [None if r.policy.ratio is None else r.policy.ratio.quantize(PLACES) for r in rows],
            "上年出口额(美元)": money([r.exports for r in rows]),
            "优先条件": [r.priority for r in rows],
            "升级保单": ["是" if r.upgraded else "否" for r in rows],
            "授权日期": pa.array([r.authorised for r in rows], pa.date32()),
            "授权有效期至": pa.array([r.until for r in rows], pa.date32()),
        },
    )


def financed(scheme: Scheme, rows: Sequence[Total]) -> pa.Table:
    """融资汇总表: both measures, of all loans and by bank, product, channel and area."""
    return shaped(
        table(scheme, "融资汇总表"),
        {
            "口径": [r.by for r in rows],
            "名称": [r.name for r in rows],
            "企业(家)": [r.firms for r in rows],
            "笔数": [r.loans for r in rows],
            "授信额度(元)": money([r.credit for r in rows]),
            "放款额(元)": money([r.lent for r in rows]),
            "余额(元)": money([r.balance for r in rows]),
            "融资项下保险金额(美元)": money([r.insured for r in rows]),
            "再贷款放款额(元)": money([r.relent for r in rows]),
            "平均利率": [r.rate for r in rows],
            "逾期(笔)": [r.overdue for r in rows],
            "逾期余额(元)": money([r.overdue_balance for r in rows]),
        },
    )


def credit(scheme: Scheme, rows: Sequence[Reports], words: Services) -> pa.Table:
    """资信用量表: what each firm may have, has had and has left."""
    quota = words.credit.quota
    granted = UNSET if quota is None else f"{quota.value}"
    return shaped(
        table(scheme, "资信用量表"),
        {
            "企业名称": [r.name for r in rows],
            "统一社会信用代码": [r.uscc for r in rows],
            "所属区": [r.area for r in rows],
            "上年出口额(美元)": cents_of(pa.array([r.exports for r in rows], pa.int64())),
            "基础报告": [{True: "可以用", False: "超过上限", None: "出口额不明"}[r.entitled] for r in rows],
            "基础已用": [r.basic for r in rows],
            "统保额外": [granted if r.enrolled else "没有参保" for r in rows],
            "额外已用": [r.extra for r in rows],
            "额外还剩": [UNSET if r.left is None else f"{r.left}" for r in rows],
            "最近一次": pa.array([r.last for r in rows], pa.date32()),
        },
    )


def _firms(firms: Sequence[Firm]) -> dict[str, list[str]]:
    fields = {"企业名称": "name", "统一社会信用代码": "uscc", "所属区": "area", "联系人": "contact", "手机": "phone"}
    return {h: [getattr(f, field) for f in firms] for h, field in fields.items()}
