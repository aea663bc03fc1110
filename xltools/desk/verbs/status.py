"""`status` (进度): the scheme on one screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xltools.catalogue.words import figure
from xltools.desk.told import Told
from xltools.desk.verb import Ask, Verb

if TYPE_CHECKING:
    from xltools.desk.rules.standing import Money
    from xltools.desk.workspace import Workspace

VERB = Verb(
    "status",
    "进度",
    "进度：一屏看清各区、方案、资金和待办",
    140,
    about="进度：各区报了没有、卡在谁手里、资金还剩多少、假如全部同意要花多少。",
)
BAR = 40
PARTS = (("issued", "█", "已承保"), ("sent", "▓", "已报送"), ("arranged", "▒", "已安排"))


def run(workspace: Workspace, ask: Ask) -> Told:
    """The scheme as it stands. Raises Refusal."""
    from xltools.desk.rules import status as rules
    from xltools.desk.rules.fxrisk import told as rates
    from xltools.desk.rules.fxrisk import warnings

    found = rules.status(workspace, today=ask.today)
    told = Told(data=found.as_json())
    told.say(f"{found.scheme}  {found.day}  共 {rules.counted(found.firms, found.claims)}")
    told.table("各区", found.districts)
    if found.silent:
        told.say(f"还没有报来的区：{'、'.join(found.silent)}")
    plans = [
        {**{k: v for k, v in p.items() if k != "财政扶持(分)"}, "财政扶持(元)": figure(p["财政扶持(分)"])}
        for p in found.plans
    ]
    told.table("方案和保险人", plans)
    told.say("资金（" + "  ".join(f"{mark} {name}" for _, mark, name in PARTS) + "  ░ 可用）")
    for m, risk in zip(found.money, found.risks, strict=True):
        told.say(f"  {m.insurer} {bar(m)} {figure(m.pool - m.free)} / {figure(m.pool)} 元，可用 {figure(m.free)}")
        told.say(f"    {rates(risk)}")
    told.say(
        f"  合计可用 {figure(found.total_free_fen)} / {figure(found.total_fen)} 元",
        *warnings(found.risks),
        *found.unbooked,
    )
    told.table("等在谁那里", [{"谁：做什么": k, "家数": n} for k, n in found.waiting.items() if n])
    free = found.total_fen - sum(m.committed for m in found.money) - found.if_agreed_fen
    told.say(
        f"假如全部同意：符合条件 {found.if_agreed_firms} 家，财政扶持 {figure(found.if_agreed_fen)} 元，"
        + (f"超出 {figure(-free)} 元" if free < 0 else f"尚余 {figure(free)} 元")
        + (f"，候补 {found.if_agreed_waiting} 家" if found.if_agreed_waiting else "")
    )
    if found.ties:
        told.say(f"同时收件待定次序：{'、'.join(found.ties)}")
    if found.pending_told:
        told.say(found.pending_told)
    if found.inforce_missing:
        told.say(f"还没有在保名单：{'、'.join(found.inforce_missing)}")
    told.say(*found.left_out)
    if not found.customs_loaded:
        told.say("还没有基年海关数据：出口额按企业申报，为预估")
    told.say(*found.planning)
    return told


def bar(m: Money) -> str:
    """A pool as a bar of text: issued, sent, arranged, free."""
    if m.pool <= 0:
        return "░" * BAR
    out = ""
    for name, mark, _ in PARTS:
        out += mark * max(round(BAR * getattr(m, name) / m.pool), 1 if getattr(m, name) else 0)
    return out[:BAR].ljust(BAR, "░")
