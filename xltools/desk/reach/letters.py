"""The papers of 动员: one workbook a district with its list and a page a firm, and the list for the provincial platform."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from functools import partial
from pathlib import Path

import pyarrow as pa

from xltools.catalogue.words import exact, short, usd, wan, yuan
from xltools.desk.errors import Refusal
from xltools.desk.reach.prospects import Firm, Prospects
from xltools.desk.workspace import Workspace
from xltools.files import reason, renew
from xltools.scheme import Scheme
from xltools.sheets.letters import invitation
from xltools.sheets.write.bulk import Sheet, fitted, write_table

FOLDER = "动员"
"""Where the papers are put, below the workspace."""
YUAN = pa.decimal128(18, 2)


def write(workspace: Workspace, found: Prospects, *, today: date) -> list[Path]:
    """Write a workbook a district, the list of firms to refer and that of those registered outside the platform; one that
    is there and says otherwise is set aside."""
    folder, title, office = workspace.root / FOLDER, workspace.scheme.title, workspace.scheme.policyholder
    out = []
    try:
        folder.mkdir(exist_ok=True)
        for area in dict.fromkeys(f.area for f in found.firms):
            mine = [f for f in found.firms if f.area == area]
            path = folder / f"{area}_动员名单_{today:%Y%m%d}.xlsx"
            pages = [invitation.Page(f.name, f.uscc, lines(workspace.scheme, f)) for f in mine]
            renew(path, partial(invitation.write, title=title, office=office, table=table(mine), pages=pages))
            out.append(path)
        if found.referred:
            table_ = referred(found.referred, today)
            path = folder / f"转介名单_{today:%Y%m%d}.xlsx"
            renew(path, partial(write_table, sheets=[Sheet("转介名单", table_, fitted(table_))]))
            out.append(path)
        if found.outside:
            table_ = table(found.outside)
            path = folder / f"平台外登记_核对名单_{today:%Y%m%d}.xlsx"
            renew(path, partial(write_table, sheets=[Sheet("核对名单", table_, fitted(table_))]))
            out.append(path)
    except OSError as e:
        raise Refusal(f"写不了 {folder}（{reason(e)}）；文件是否正在 Excel 中打开？") from e
    return out


def lines(scheme: Scheme, f: Firm) -> list[str]:
    """What a firm is told: what it costs, what it covers, for which market, until when (四（二）)."""
    cost = (
        "保费全部由财政承担，企业免费"
        if not f.own
        else f"保费 {yuan(f.gross)}，财政承担 {yuan(f.fiscal)}，企业自缴 {yuan(f.own)}"
    )
    market = f"您的主要市场是{f.market}。" if f.market else ""
    covered = f"最高赔偿限额 {wan(exact(f.limit), 2)} 万美元" if f.limit else "最高赔偿限额见保单"
    return [
        f"贵企业{scheme.base_year.value}年出口 {usd(f.exports)}，符合方案{f.plan}。{cost}（按预算汇率 {short(Decimal(scheme.fx.budget.value), 4)} 预估）。",
        f"{covered}，保障{scheme.cover.start.value}至{scheme.cover.end.value}之间出口的应收账款。{market}",
        "请向所在区商务部门领取申请表；资金先到先得，按收到齐全材料的时间排队。",
        "已经投保短期出口信用保险的企业，不在本平台范围。",
    ]


def table(firms: Sequence[Firm]) -> pa.Table:
    """动员名单: money decimal128(18,2)."""
    return pa.table(
        {
            "企业名称": [f.name for f in firms],
            "统一社会信用代码": [f.uscc for f in firms],
            "所属区": [f.area for f in firms],
            "出口额(美元)": _money([f.exports for f in firms]),
            "方案": [f.plan for f in firms],
            "最高赔偿限额(美元)": _money([f.limit for f in firms]),
            "保费(元)": _money([f.gross for f in firms]),
            "财政承担(元)": _money([f.fiscal for f in firms]),
            "企业承担(元)": _money([f.own for f in firms]),
            "主要市场": [f.market for f in firms],
            "已通知": ["是" if f.notified else "" for f in firms],
        }
    )


def referred(firms: Sequence[Firm], today: date) -> pa.Table:
    """转介名单, with the columns that the provincial platform answers in."""
    n = len(firms)
    return pa.table(
        {
            "统一社会信用代码": [f.uscc for f in firms],
            "企业名称": [f.name for f in firms],
            "所属区": [f.area for f in firms],
            "出口额(美元)": _money([f.exports for f in firms]),
            "主要市场": [f.market for f in firms],
            "转介日期": pa.array([today] * n, pa.date32()),
            "省级平台答复": pa.nulls(n, pa.string()),
            "答复日期": pa.nulls(n, pa.date32()),
        }
    )


def _money(hundredths: Sequence[int]) -> pa.Array:
    return pa.array([exact(v) for v in hundredths], YUAN)
