"""`customs`, `inforce`, `lists`, `fx`, `fund` (市局资料)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from xltools.cli.common import FILE, Context, verb, yuan

if TYPE_CHECKING:
    from xltools.desk.bureau.load import Loaded


def _load(c: Context, load: Callable[..., Loaded], path: Path, dry_run: bool) -> None:
    found = load(c.workspace(), path, now=c.now, today=c.today, dry_run=dry_run)
    c.data = {"rows": found.rows, "lines": found.lines, **found.detail}
    c.say(
        f"{path.name}：{found.rows:,} 行" + ("（试做，没有记入）" if dry_run else ""),
        *(f"  {line}" for line in found.lines),
    )


@verb("customs", dry_run=True)
@click.argument("file", type=FILE, metavar="文件")
def customs(c: Context, file: Path, dry_run: bool) -> None:
    """海关数据：统一社会信用代码（或海关注册编码）· 企业名称 · 年度或年月 · 国别 · 出口额(美元)。

    以海关数据为准，申报数只作比较；同一年度再次读入，替换该年度。
    """
    from xltools.desk.bureau import load as bureau

    _load(c, bureau.customs, file, dry_run)


@verb("inforce", dry_run=True)
@click.argument("file", type=FILE, metavar="文件")
def inforce(c: Context, file: Path, dry_run: bool) -> None:
    """在保名单：统一社会信用代码 · 企业名称 · 保险人 · 保单号 · 保单性质 自主/市统保/省统保 · 起保日期 · 终保日期。"""
    from xltools.desk.bureau import load as bureau

    _load(c, bureau.inforce, file, dry_run)


@verb("lists", dry_run=True)
@click.argument("file", type=FILE, metavar="文件")
def lists(c: Context, file: Path, dry_run: bool) -> None:
    """优先条件的名单：名单 · 统一社会信用代码 · 企业名称 · 来源 · 日期。"""
    from xltools.desk.bureau import load as bureau

    _load(c, bureau.lists, file, dry_run)


@verb("fx", dry_run=True)
@click.argument("file", type=FILE, metavar="文件")
def fx(c: Context, file: Path, dry_run: bool) -> None:
    """汇率：保险人 · 月份 · 汇率 · 来源。按保单录入当月系统汇率结算，此前按预算汇率预估。"""
    from xltools.desk.bureau import load as bureau

    _load(c, bureau.fx, file, dry_run)


@verb("fund", dry_run=True)
@click.argument("file", type=FILE, required=False, metavar="[文件]")
def fund(c: Context, file: Path | None, dry_run: bool) -> None:
    """资金：读入资金变动（日期 · 类型 · 转出 · 转入 · 金额(元) · 文号 · 审批人 · 备注）；不写文件则查看资金台账。"""
    from xltools.desk.bureau import load as bureau

    if file:
        _load(c, bureau.fund_entries, file, dry_run)
        return
    entries, money = bureau.fund_account(c.workspace(), today=c.today)
    c.data = {"entries": entries, "pools": money}
    c.table("资金台账", [_shown(e) for e in entries])
    c.table(f"{c.today} 盘子", [{"保险人": n, "金额(元)": yuan(f)} for n, f in money.items()])


def _shown(e: dict[str, Any]) -> dict[str, str]:
    return {
        "日期": str(e["day"]), "类型": e["kind"], "转出": e["source"], "转入": e["target"], "金额(元)": yuan(e["fen"]),
        "文号": e["document"] or "", "审批人": e["approver"] or "", "备注": e["remark"] or "",
    }  # fmt: skip
