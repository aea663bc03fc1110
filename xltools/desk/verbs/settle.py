"""`settle` (清算)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xltools.catalogue.words import figure
from xltools.desk.told import Note, Told
from xltools.desk.verb import Ask, Option, Verb

if TYPE_CHECKING:
    from xltools.desk.workspace import Workspace

VERB = Verb(
    "settle",
    "清算",
    "清算：预付与实际，结余或缺口，付款申请表",
    224,
    about="""清算：按回执的实际财政承担，各保险人的结余或缺口；汇率影响、家数影响、核算差异分开，加起来一分不差。

    付款申请表（申请表、收款账户、逐户明细）写在 清算/；加 --prepay 是预付的申请。""",
    changes=True,
    options=(Option("prepay", "预付申请：按资金盘子，一次付清", ("--prepay",), "yes"),),
    button="清算",
    presses="算出各保险人的结余或缺口，把清算付款申请表写进“清算”文件夹",
    phases=("settle",),
    phase="settle",
    looks=("清算",),
    next=("把付款申请表送财政部门，付款后{payments}登记",),
    idle=("还没有报送过企业；先{submit}",),
)


def run(workspace: Workspace, ask: Ask) -> Told:
    """The year's money as it stands, and the application for what is to be paid. Raises Refusal."""
    from xltools.desk.year.settle import PREPAY, SETTLE, apply_for, settlement

    found = settlement(workspace, today=ask.today)
    told = Told(data={"insurers": found.insurers, "parts": found.parts}, idle=not found.rows.num_rows)
    told.table(
        "清算（元）",
        [
            {
                "保险人": x.insurer, "已付净额": figure(x.paid), "承保": x.policies, "预估": figure(x.estimate),
                "家数影响": figure(x.number), "汇率影响": figure(x.fx), "核算差异": figure(x.reckoning),
                "实际": figure(x.actual), "终止保单承担": figure(x.kept), "已退回": figure(x.refunded), "未回执预估": figure(x.open), "结余": figure(x.surplus),
            }
            for x in found.insurers
        ],
    )  # fmt: skip
    told.table(
        "分项（元）",
        [
            {
                "分组": p.group, "项目": p.value, "保险人": p.insurer, "家数": p.policies, "预估": figure(p.estimate),
                "汇率影响": figure(p.fx), "核算差异": figure(p.reckoning), "实际": figure(p.actual),
            }
            for p in found.parts
        ],
    )  # fmt: skip
    for x in found.insurers:
        word = "结余" if x.surplus >= 0 else "缺口"
        told.say(
            f"{x.insurer}：已付 {figure(x.paid)}，实际 {figure(x.actual)}，未回执预估 {figure(x.open)}，"
            f"{word} {figure(abs(x.surplus))} 元，其中汇率影响 {figure(x.fx)} 元"
        )
        if x.ended:
            told.say(
                f"  已终止的保单：财政承担 {figure(x.ended)}，退回资金账 {figure(x.refunded)}，留在保险人 {figure(x.kept)} 元"
            )
    told.add(*(Note(text, "PAID_SHORT", "warning") for text in found.short))
    if found.rows.num_rows or ask["prepay"]:
        kind = PREPAY if ask["prepay"] else SETTLE
        if not ask.dry_run:
            path = apply_for(workspace, kind, found, today=ask.today)
            told.files = [path]
            told.say(f"{kind}付款申请表：{path.parent.name}/{path.name}")
    policies = sum(x.policies for x in found.insurers)
    told.sum_up(f"清算：已承保 {policies} 家" if found.rows.num_rows else "还没有报送过企业")
    return told
