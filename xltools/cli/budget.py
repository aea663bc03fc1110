"""`budget` (预算)."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import click

from xltools.cli.common import FILE, Context, verb, yuan

if TYPE_CHECKING:
    from xltools.desk.budget.model import Budget
    from xltools.desk.budget.roster import Known
    from xltools.scheme import Scheme


@verb("budget", dry_run=True)
@click.option("--scheme", "scheme_id", metavar="方案", help="方案编号或 .toml 文件（在工作区里可省，用工作区的方案）")
@click.option(
    "--scenario", type=FILE, metavar="文件", help="情景表：参数 · 值 · 说明（.xlsx / .csv），没写的参数按基准"
)
@click.option("--from-ledger", is_flag=True, help="按工作区台账里符合条件的企业测算，不用平均数")
@click.option("--roster", type=FILE, metavar="文件", help="按一份名册（填报表或同样列名的表）测算，不用平均数")
@click.option("--template", type=FILE, metavar="文件", help="写出情景表（.xlsx / .csv），改好后用 --scenario 读入")
@click.option("-o", "--out", type=FILE, metavar="文件", help="写出预算测算表 .xlsx（公式可以接着改）")
def budget(
    c: Context, scheme_id: str | None, scenario: Path | None, from_ledger: bool, roster: Path | None,
    template: Path | None, out: Path | None, dry_run: bool,
) -> None:  # fmt: skip
    """预算：开办以前，财政要花多少钱、各保险人的盘子够不够、汇率和参保面变了会怎样。

    与 budget_model.xlsx 同一套假设、同一结果；原文的测算数对不上的地方写明。
    """
    from xltools.desk.budget import model as desk
    from xltools.desk.errors import Refusal

    if dry_run:
        template = out = None
    if from_ledger and roster:
        raise Refusal("--from-ledger 和 --roster 只能用一个：前者取台账，后者取名册文件")
    scheme, known = _scheme_and_firms(c, scheme_id, from_ledger, roster)
    found = desk.budget(scheme, scenario=scenario, known=known, out=out)
    notes = list(found.notes)
    if template:
        said = desk.write_template(template, scheme, found.scenario.values)
        notes += [f"情景表：{template}", *([said] if said else [])]
    c.data = _data(found, out, template)
    _show(c, found)
    c.say(*notes)
    if out:
        c.say(f"测算表：{out}")


def _scheme_and_firms(
    c: Context, scheme_id: str | None, from_ledger: bool, roster: Path | None
) -> tuple[Scheme, Known | None]:
    from xltools.desk.budget import roster as budget_roster
    from xltools.desk.errors import Refusal
    from xltools.desk.workspace import CONFIG
    from xltools.scheme import load

    if from_ledger:
        workspace = c.workspace()
        if scheme_id and load(scheme_id) != workspace.scheme:
            raise Refusal(f"{workspace.root} 是 {workspace.scheme.id} 的工作区，不能按方案 {scheme_id} 测算")
        return workspace.scheme, budget_roster.from_ledger(workspace, today=c.today)
    if scheme_id:
        scheme = load(scheme_id)
    elif (c.folder / CONFIG).is_file():
        scheme = c.workspace().scheme
    else:
        raise Refusal("请用 --scheme 指明方案（如 nantong-2019，见 xltools schemes list），或在工作区里运行")
    return scheme, budget_roster.from_file(roster, scheme, today=c.today) if roster else None


def _show(c: Context, b: Budget) -> None:
    from xltools.desk.budget import tables

    c.say(f"{b.scheme.title}　预算测算", b.current)
    c.table("假设" + ("（与基准不同的）" if b.case.chosen != "base" else ""), tables.assumptions(b))
    for title, rows in tables.estimate(b):
        c.table(title, rows)
    c.table("资金盘子", tables.pools(b))
    c.table("几种情景", tables.scenarios(b))
    for title, rows in tables.sensitivity(b):
        c.table(f"敏感性：{title}，万元，▲ 超出总盘子", rows)
    if b.known:
        c.table("分布：同一批企业，两种算法", tables.distribution(b))
    for title, rows in tables.checked(b):
        c.table(f"核对（按基准值）：{title}", rows)
    if b.each:
        gross, fiscal = b.each
        whole = b.amount("now.fiscal")
        c.say(
            f"逐户试算：保费 {yuan(gross)} 元，财政扶持 {yuan(fiscal)} 元；按分布 {yuan(int(whole * 100))} 元，"
            f"相差 {yuan(int(whole * 100) - fiscal)} 元"
        )


def _data(b: Budget, out: Path | None, template: Path | None) -> dict[str, object]:
    from xltools.desk.budget import tables

    figures = {k: str(v) if isinstance(v, str) else number(v) for k, v in b.figures.items()}
    return {
        "scheme": b.scheme.id, "scenario": b.case.chosen, "method": b.method, "figures": figures,
        "checks": dict(tables.checked(b)), "notes": b.notes,
        "firm_by_firm": {"gross_fen": b.each[0], "fiscal_fen": b.each[1]} if b.each else None,
        "out": str(out) if out else None, "template": str(template) if template else None,
    }  # fmt: skip


def number(value: Fraction) -> str:
    """A figure as a decimal of at most ten places; money has at most two."""
    return f"{round(value * 10**10) / 10**10:.10f}".rstrip("0").rstrip(".")
