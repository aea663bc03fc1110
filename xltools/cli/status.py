"""`status` (进度): the scheme on one screen."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from xltools.cli.common import Context, verb, yuan

if TYPE_CHECKING:
    from xltools.desk.rules.standing import Money

BAR = 40
PARTS = (("issued", "█", "已承保"), ("sent", "▓", "已报送"), ("arranged", "▒", "已安排"))


@verb("status")
def status(c: Context) -> None:
    """进度：各区报了没有、卡在谁手里、资金还剩多少、假如全部同意要花多少。"""
    from xltools.desk.rules.fxrisk import told, warnings
    from xltools.desk.rules.status import counted
    from xltools.desk.rules.status import status as run

    found = run(c.workspace(), today=c.today)
    c.data = found.as_json()
    c.say(f"{found.scheme}  {found.day}  共 {counted(found.firms, found.claims)}")
    c.table("各区", found.districts)
    if found.silent:
        c.say(f"还没有报来的区：{'、'.join(found.silent)}")
    plans = [
        {**{k: v for k, v in p.items() if k != "财政扶持(分)"}, "财政扶持(元)": yuan(p["财政扶持(分)"])}
        for p in found.plans
    ]
    c.table("方案和保险人", plans)
    c.say("资金（" + "  ".join(f"{mark} {name}" for _, mark, name in PARTS) + "  ░ 可用）")
    for m, risk in zip(found.money, found.risks, strict=True):
        c.say(f"  {m.insurer} {bar(m)} {yuan(m.pool - m.free)} / {yuan(m.pool)} 元，可用 {yuan(m.free)}")
        c.say(f"    {told(risk)}")
    c.say(f"  合计可用 {yuan(found.total_free_fen)} / {yuan(found.total_fen)} 元", *warnings(found.risks))
    c.table("等在谁那里", [{"谁：做什么": k, "家数": n} for k, n in found.waiting.items() if n])
    free = Decimal(found.total_fen - sum(m.committed for m in found.money) - found.if_agreed_fen)
    c.say(
        f"假如全部同意：符合条件 {found.if_agreed_firms} 家，财政扶持 {yuan(found.if_agreed_fen)} 元，"
        + (f"超出 {yuan(-int(free))} 元" if free < 0 else f"尚余 {yuan(int(free))} 元")
        + (f"，候补 {found.if_agreed_waiting} 家" if found.if_agreed_waiting else "")
    )
    if found.ties:
        c.say(f"同时收件待定次序：{'、'.join(found.ties)}")
    if found.pending:
        c.say(f"已报送企业的待定变更 {len(found.pending)} 处")
    if found.inforce_missing:
        c.say(f"还没有在保名单：{'、'.join(found.inforce_missing)}")
    if not found.customs_loaded:
        c.say("还没有基年海关数据：出口额按企业申报，为预估")
    c.say(*found.planning)


def bar(m: Money) -> str:
    """A pool as a bar of text: issued, sent, arranged, free."""
    if m.pool <= 0:
        return "░" * BAR
    out = ""
    for name, mark, _ in PARTS:
        out += mark * max(round(BAR * getattr(m, name) / m.pool), 1 if getattr(m, name) else 0)
    return out[:BAR].ljust(BAR, "░")
