"""`assess` (资格与保费测算): where every firm stands today, as a table and in figures."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from xltools.catalogue.words import yuan
from xltools.desk.rules import left_out
from xltools.desk.rules.amended import entries
from xltools.desk.rules.fxrisk import FxRisk, fx_risks, warnings
from xltools.desk.rules.outcome_table import write_result
from xltools.desk.rules.register import load_register
from xltools.desk.rules.standing import Money, Standing, stand, standing_table
from xltools.desk.rules.status import pending_told, soft_limits, states_of
from xltools.desk.told import Note
from xltools.desk.transaction import looking
from xltools.desk.workspace import Workspace

ROW = (
    "受理编号",
    "统一社会信用代码",
    "资格",
    "方案",
    "保险人",
    "排队号",
    "池内序号",
    "财政扶持(元)",
    "资金安排",
    "说明代码",
)
"""What `--json` tells of a row."""


@dataclass(frozen=True)
class Assessed:
    """Counts by outcome (of claims), the pools, and what somebody should know."""

    firms: int
    claims: int
    counts: dict[str, int]
    money: list[Money]
    risks: list[FxRisk]
    total_free_fen: int
    ties: list[str]
    notes: list[Note]
    rows: list[dict[str, Any]]
    has_errors: bool
    standing: Standing


def assess(workspace: Workspace, *, today: date, assume_approved: bool = False, out: Path | None = None) -> Assessed:
    """Assess every firm in the ledger; writes the whole table to `out` if given. Raises Refusal."""
    with looking(workspace) as conn:
        register = load_register(conn, workspace, today)
    standing = stand(register, assume_approved=assume_approved)
    table = standing_table(standing)
    said = write_result(out, table) if out else ""
    ties = [register.number(int(i)) for i in standing.rows[standing.outcomes.tied]]
    rows = [{k: v for k, v in r.items() if v is not None} for r in table.select(list(ROW)).to_pylist()]
    return Assessed(
        firms=register.firms,
        claims=len(register),
        counts=dict(Counter(states_of(standing))),
        money=standing.money,
        risks=fx_risks(standing),
        total_free_fen=standing.total_free,
        ties=ties,
        notes=[*notes(standing, ties, today), *([Note(said)] if said else [])],
        rows=rows,
        has_errors=bool(register.claims.findings.mask().any()),
        standing=standing,
    )


def notes(standing: Standing, ties: list[str], today: date) -> list[Note]:
    """What a person should know beside the figures."""
    r = standing.register
    over = r.scheme.cover.end.value
    out = [Note(f"平台的保险期已于 {over} 结束，今天是 {today}", "COVER_OVER")] if today > over else []
    out += [Note(f"预估：{'，'.join(standing.estimated)}", "ESTIMATED")] if standing.estimated else []
    if r.scheme_changes is not None:
        what = [k for k in r.scheme_changes if not k.endswith((".unit", ".clause", ".note"))] or r.scheme_changes
        keys = f"（改了 {'、'.join(what[:5])}{'……' if what[5:] else ''}）" if what else ""
        since = f"，{r.scheme.holds_since}" if r.scheme.holds_since else ""
        text = f"方案文本和台账上次用的不同{keys}{since}：本次已按新的算，下次写入台账时记入日志"
        out.append(Note(text, "SCHEME_CHANGED"))
    out += [Note(text, "POOL_UNBOOKED") for text in entries(r.unbooked)]
    if r.decisions.inforce_missing:
        text = f"还没有在保名单：{'、'.join(r.decisions.inforce_missing)}；“尚未投保”只按区里填报判断"
        out.append(Note(text, "INFORCE_MISSING"))
    out += [Note(text, "LEFT_OUT") for _, text in left_out.told(r.decisions.left.table)]
    if ties:
        text = f"资金用完处有 {len(ties)} 家同时收件，请按会议纪要或抽签填“同时收件次序”：{'、'.join(ties)}"
        out.append(Note(text, "TIE_AT_CUT"))
    for m in standing.money:
        if m.free < 0:
            out.append(Note(f"{m.insurer}资金缺口 {yuan(-m.free)}，不再安排新的企业", "SHORTFALL"))
    out += [Note(text, "FX_RISK") for text in warnings(fx_risks(standing))]
    if said := pending_told(r.sent):
        out.append(Note(said, "PENDING"))
    return out + [Note(text, "PLANNING") for text in soft_limits(standing)]
