"""`budget` (预算)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from xltools.catalogue.words import figure
from xltools.desk.errors import Refusal
from xltools.desk.told import Told
from xltools.desk.verb import Ask, Option, Verb

if TYPE_CHECKING:
    from fractions import Fraction

    from xltools.desk.budget.model import Budget
    from xltools.desk.budget.roster import Known
    from xltools.scheme import Scheme

SCENARIO = "情景表：参数 · 值 · 说明（.xlsx / .csv），没写的参数按基准"
VERB = Verb(
    "budget",
    "预算",
    "预算：开办前测算要花多少钱",
    200,
    about="""预算：开办以前，财政要花多少钱、各保险人的盘子够不够、汇率和参保面变了会怎样。

    与 budget_model.xlsx 同一套假设、同一结果；原文的测算数对不上的地方写明。""",
    where="folder",
    changes=True,
    options=(
        Option("scheme_id", "方案编号或 .toml 文件（在工作区里可省，用工作区的方案）", ("--scheme",), metavar="方案"),
        Option("scenario", SCENARIO, ("--scenario",), "file", "文件"),
        Option("from_ledger", "按工作区台账里符合条件的企业测算，不用平均数", ("--from-ledger",), "yes"),
        Option("roster", "按一份名册（填报表或同样列名的表）测算，不用平均数", ("--roster",), "file", "文件"),
        Option("template", "写出情景表（.xlsx / .csv），改好后用 --scenario 读入", ("--template",), "file", "文件"),
        Option("out", "写出预算测算表 .xlsx（公式可以接着改）", ("-o", "--out"), "file", "文件"),
    ),
)


def run(workspace: None, ask: Ask) -> Told:
    """Estimate what the scheme costs. Raises Refusal."""
    from xltools.desk.budget import model as desk

    template, out = (None, None) if ask.dry_run else (ask["template"], ask["out"])
    if ask["from_ledger"] and ask["roster"]:
        raise Refusal("--from-ledger 和 --roster 只能用一个：前者取台账，后者取名册文件")
    scheme, known = _scheme_and_firms(ask)
    found = desk.budget(scheme, scenario=ask["scenario"], known=known, out=out)
    notes = list(found.notes)
    if template:
        said = desk.write_template(template, scheme, found.scenario.values)
        notes += [f"情景表：{template}", *([said] if said else [])]
    told = Told(data=_data(found, out, template), files=[p for p in (template, out) if p])
    _show(told, found)
    told.say(*notes)
    if out:
        told.say(f"测算表：{out}")
    return told


def _scheme_and_firms(ask: Ask) -> tuple[Scheme, Known | None]:
    from xltools.desk.budget import roster as budget_roster
    from xltools.desk.workspace import CONFIG, open_workspace
    from xltools.scheme import load

    scheme_id, roster = ask["scheme_id"], ask["roster"]
    if ask["from_ledger"]:
        workspace = open_workspace(ask.folder, ask.who).on(ask.today)
        if scheme_id and load(scheme_id, ask.today) != workspace.scheme:
            raise Refusal(f"{workspace.root} 是 {workspace.scheme.id} 的工作区，不能按方案 {scheme_id} 测算")
        return workspace.scheme, budget_roster.from_ledger(workspace, today=ask.today)
    if scheme_id:
        scheme = load(scheme_id, ask.today)
    elif (ask.folder / CONFIG).is_file():
        scheme = open_workspace(ask.folder, ask.who).on(ask.today).scheme
    else:
        raise Refusal("请用 --scheme 指明方案（如 nantong-2019，见 xltools schemes list），或在工作区里运行")
    return scheme, budget_roster.from_file(roster, scheme, today=ask.today) if roster else None


def _show(told: Told, b: Budget) -> None:
    from xltools.desk.budget import tables

    told.say(f"{b.scheme.title}　预算测算", b.current)
    told.table("假设" + ("（与基准不同的）" if b.case.chosen != "base" else ""), tables.assumptions(b))
    for title, rows in tables.estimate(b):
        told.table(title, rows)
    told.table("资金盘子", tables.pools(b))
    told.table("几种情景", tables.scenarios(b))
    for title, rows in tables.sensitivity(b):
        told.table(f"敏感性：{title}，万元，▲ 超出总盘子", rows)
    if b.known:
        told.table("分布：同一批企业，两种算法", tables.distribution(b))
    for title, rows in tables.checked(b):
        told.table(f"核对（按基准值）：{title}", rows)
    if b.each:
        gross, fiscal = b.each
        whole = int(b.amount("now.fiscal") * 100)
        told.say(
            f"逐户试算：保费 {figure(gross)} 元，财政扶持 {figure(fiscal)} 元；按分布 {figure(whole)} 元，"
            f"相差 {figure(whole - fiscal)} 元"
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
