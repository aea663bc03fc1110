"""The commands that load one of the bureau's tables (登记表), each made from its declaration."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from xltools.catalogue.bureau_tables import BureauTable, bureau_tables
from xltools.cli.common import FILE, Context, verb, yuan


def command(name: str) -> click.Command:
    """`xltools NAME 文件` for the table of that name."""
    of = bureau_tables()[name]

    def load_file(c: Context, file: Path | None, dry_run: bool) -> None:
        if file is None:
            _account(c)
            return
        from xltools.desk.bureau.load import load_table

        found = load_table(c.workspace(), name, file, now=c.now, today=c.today, dry_run=dry_run)
        c.data = {"rows": found.rows, "lines": found.lines, **found.detail}
        c.say(
            f"{file.name}：{found.rows:,} 行" + ("（试做，没有记入）" if dry_run else ""),
            *(f"  {line}" for line in found.lines),
        )

    load_file.__doc__ = _told(of)
    shown = name == "fund"
    argument = click.argument("file", type=FILE, required=not shown, metavar="[文件]" if shown else "文件")
    return verb(name, dry_run=True)(argument(load_file))


def _told(of: BureauTable) -> str:
    columns = " · ".join(c.heading for c in of.column if not c.computed)
    return f"{of.title}：{columns}。\n\n{of.about}。" if of.about else f"{of.title}：{columns}。"


def _account(c: Context) -> None:
    from xltools.desk.bureau.own import fund_account
    from xltools.desk.rules.fxrisk import risks_now, told

    entries, money = fund_account(c.workspace(), today=c.today)
    risks = risks_now(c.workspace(), today=c.today)
    c.data = {"entries": entries, "pools": money, "fx": risks}
    c.table("资金台账", [_shown(e) for e in entries])
    c.table(f"{c.today} 盘子", [{"保险人": n, "金额(元)": yuan(f)} for n, f in money.items()])
    c.say(*(f"{x.insurer}：{told(x)}" for x in risks))


def _shown(e: dict[str, Any]) -> dict[str, str]:
    return {
        "日期": str(e["day"]), "类型": e["kind"], "转出": e["source"] or "", "转入": e["target"] or "",
        "金额(元)": yuan(e["fen"]), "文号": e["document"] or "", "审批人": e["approver"] or "", "备注": e["remark"] or "",
    }  # fmt: skip
