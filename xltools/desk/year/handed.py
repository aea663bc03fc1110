"""Lists that are handed on (名单): the white list for each bank, and for each alert the firms to tell."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from functools import partial
from pathlib import Path

import pyarrow as pa

from xltools.catalogue.words import usd
from xltools.desk.errors import Refusal
from xltools.desk.rules.alerts import EXCLUDED, OPEN, Affected, Alerts, affected
from xltools.desk.rules.financing import Total, WhiteList, totals, white_list
from xltools.desk.rules.register import load_register
from xltools.desk.transaction import looking
from xltools.desk.workspace import Workspace
from xltools.files import reason, renew
from xltools.ledger import bureau
from xltools.scheme.countries import short_names
from xltools.sheets.letters import handed

WHITE, WARN = "白名单", "预警"
"""Folders of the lists, below the workspace."""
_TEXT, _DAY, _MONEY = pa.string(), pa.date32(), pa.decimal128(18, 2)


# ── 白名单 ──


@dataclass(frozen=True)
class ForBanks:
    """The white list of a day, and the banks that have returned loans before."""

    found: WhiteList
    banks: list[str]


def for_banks(workspace: Workspace, *, today: date) -> ForBanks:
    """Of the ledger as it stands. Raises Refusal."""
    with looking(workspace) as conn:
        found = white_list(conn, load_register(conn, workspace, today), today)
        banks = sorted(set(bureau.rows(conn, "financing")["bank"].to_pylist()))
    return ForBanks(found, banks)


def write_white(workspace: Workspace, table: pa.Table, banks: Iterable[str], *, today: date) -> list[Path]:
    """Write the list once for each bank, or once without a name where none is known; returns the paths. Raises Refusal."""
    scheme = workspace.scheme
    out = []
    for bank in list(banks) or [""]:
        said = [
            ("给谁", bank or "（未写银行）"),
            ("什么日子", f"{today}；名单只在当天有效，用前请要新的"),
            ("范围", "当天融资授权有效、平台保单在保的企业；没有授权的企业一家也不在内"),
            ("用途", "只用于出口信用保险保单融资；联系人和手机是个人信息，请勿另作他用或转给他人"),
            (
                "请银行反馈",
                "借据号、放款额、放款日、到期日、利率、余额、是否逾期，和融资项下保险金额（美元）；用“融资反馈”表",
            ),
            ("出具", scheme.policyholder),
        ]
        name = f"{scheme.title}_融资白名单_{_safe(bank) + '_' if bank else ''}{today:%Y%m%d}.xlsx"
        out.append(_put(workspace, WHITE, name, f"{scheme.title}　融资白名单", "融资白名单", table, said))
    return out


def financed(workspace: Workspace, *, today: date) -> list[Total]:
    """What banks have lent, as the ledger stands. Raises Refusal."""
    with looking(workspace) as conn:
        return totals(conn, load_register(conn, workspace, today))


def shown(rows: Sequence[Total]) -> list[dict[str, object]]:
    """The totals as a table for people."""
    return [
        {
            "口径": r.by, "名称": r.name, "企业": r.firms, "笔数": r.loans, "放款(万元)": f"{_wan(r.lent)}",
            "余额(万元)": f"{_wan(r.balance)}", "融资项下保险金额(万美元)": f"{_wan(r.insured)}",
            "平均利率": "—" if r.rate is None else f"{(r.rate * 100).quantize(Decimal('0.01'), ROUND_HALF_UP)}%", "逾期": r.overdue,
        }
        for r in rows
    ]  # fmt: skip


# ── 预警 ──


def warned(workspace: Workspace, *, today: date) -> Alerts:
    """Every alert with the insured firms that it concerns. Raises Refusal."""
    with looking(workspace) as conn:
        return affected(conn, load_register(conn, workspace, today))


def write_warnings(workspace: Workspace, found: Alerts) -> list[Path]:
    """One list an alert of the firms not told yet, ready to be read back as 预警告知; returns the paths. Raises Refusal."""
    out = []
    for alert in found.alerts:
        rows = [r for r in found.of(alert["no"]) if r.state == OPEN]
        if not rows:
            continue
        names = short_names()
        said = [
            ("预警", " ".join(filter(None, (alert["no"], f"{alert['day']}", alert["level"])))),
            ("国别、买方", " ".join(filter(None, (names.get(alert["country"] or ""), alert["buyer"])))),
            ("内容", alert["content"] or ""),
            ("来源", alert["source"] or ""),
            (
                "怎么用",
                "逐家告知后填“告知日期”“方式”“告知人”，文件名以“预警告知”开头放进“资料”文件夹读回；没有填的行请删去",
            ),
        ]
        name = f"预警告知_{_safe(alert['no'])}.xlsx"
        title = f"{workspace.scheme.title}　风险预警 {alert['no']}"
        out.append(_put(workspace, WARN, name, title, "预警告知", to_tell(rows), said))
    return out


def to_tell(rows: Sequence[Affected]) -> pa.Table:
    """The firms to tell of one alert, with blanks for day, way and person."""
    return pa.table(
        {
            "预警号": pa.array([r.alert["no"] for r in rows], _TEXT),
            "企业": pa.array([r.firm.uscc for r in rows], _TEXT),
            "企业名称": pa.array([r.firm.name for r in rows], _TEXT),
            "所属区": pa.array([r.firm.area for r in rows], _TEXT),
            "联系人": pa.array([r.firm.contact for r in rows], _TEXT),
            "手机": pa.array([r.firm.phone for r in rows], _TEXT),
            "对该国出口额": pa.array([None if r.cents is None else usd(r.cents) for r in rows], _TEXT),
            "依据": pa.array([r.grounds for r in rows], _TEXT),
            "承保提示": pa.array([EXCLUDED if r.excluded else None for r in rows], _TEXT),
            "告知日期": pa.nulls(len(rows), _DAY),
            "方式": pa.nulls(len(rows), _TEXT),
            "告知人": pa.nulls(len(rows), _TEXT),
        }
    )


# ── 共用 ──


def _put(
    workspace: Workspace, folder: str, name: str, title: str, sheet: str, table: pa.Table, said: Sequence[tuple[str, str]]
) -> Path:  # fmt: skip
    path = workspace.root / folder / name
    try:
        path.parent.mkdir(exist_ok=True)
        renew(path, partial(handed.write, title=title, sheet=sheet, table=table, said=said))
    except OSError as e:
        raise Refusal(f"写不了 {path}（{reason(e)}）；文件是否正在 Excel 中打开？") from e
    return path


def _safe(text: str) -> str:
    """A text as part of a file's name."""
    return re.sub(r'[\\/:*?"<>|\s]+', "_", text).strip("._")[:40] or "未命名"


def _wan(hundredths: int) -> str:
    """Hundredths as ten-thousands with two places, half up."""
    return f"{(hundredths + 5000) // 10_000 / 100:,.2f}"
