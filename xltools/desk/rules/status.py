"""`status` (进度): a picture of the scheme: who has sent what, what waits on whom, where the money is."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

import numpy as np
from sqlalchemy import Connection

from xltools.catalogue.words import yuan
from xltools.desk.rules import left_out
from xltools.desk.rules.amended import entries
from xltools.desk.rules.changes import called, many
from xltools.desk.rules.fxrisk import FxRisk, fx_risks
from xltools.desk.rules.outcome_table import FUNDED, funded
from xltools.desk.rules.register import Register, load_register
from xltools.desk.rules.review_sheet import waits_for_policy
from xltools.desk.rules.sent import Sent
from xltools.desk.rules.standing import Money, Standing, stand, waiting_on
from xltools.desk.transaction import looking
from xltools.desk.workspace import Workspace
from xltools.engine.assess import ELIGIBLE, STATUSES, TO_MEND
from xltools.ledger import files

OUT = "已报送"
COUNTED = dict.fromkeys((*STATUSES[:3], "已解除"), "不参加") | {"待改派": "待核实"}
"""States that are counted under another word, district by district."""


@dataclass(frozen=True)
class Status:
    """Counts and money (fen); tables are lists of rows ready to be shown."""

    scheme: str
    day: date
    firms: int
    claims: int
    by_status: dict[str, int]
    districts: list[dict[str, Any]]
    silent: list[str]
    plans: list[dict[str, Any]]
    money: list[Money]
    risks: list[FxRisk]
    total_fen: int
    total_free_fen: int
    waiting: dict[str, int]
    ties: list[str]
    pending: list[dict[str, str]]
    changes: list[str]
    """Changes that wait for the bureau's opinion, those that districts' files wish for among them."""
    pending_told: str
    inforce_missing: list[str]
    left_out: list[str]
    customs_loaded: bool
    if_agreed_fen: int
    if_agreed_firms: int
    if_agreed_waiting: int
    planning: list[str]
    unbooked: list[str]
    """Changes of pools by an amendment that the fund account does not have."""

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {"day": self.day.isoformat()}


def status(workspace: Workspace, *, today: date) -> Status:
    """The state of the scheme on that day. Raises Refusal when the ledger cannot be read."""
    with looking(workspace) as conn:
        register = load_register(conn, workspace, today)
        sent_files = _files(conn)
    standing = stand(register)
    agreed = stand(register, assume_approved=True)
    states = states_of(standing)
    rows = by_district(register, states, sent_files)
    eligible = agreed.outcomes.queued
    base = workspace.scheme.base_year.value
    return Status(
        scheme=workspace.scheme.title,
        day=today,
        firms=register.firms,
        claims=len(register),
        by_status=dict(Counter(states)),
        districts=rows,
        silent=[d["区"] for d in rows if not d["文件"]],
        plans=by_plan(standing),
        money=standing.money,
        risks=fx_risks(standing),
        total_fen=standing.total_fen,
        total_free_fen=standing.total_free,
        waiting=_waiting(standing),
        ties=_ties(standing),
        pending=[{"统一社会信用代码": p["uscc"], "区": p["district"]} for p in register.sent.pending],
        changes=list(map(called, register.sent.waiting)),
        pending_told=pending_told(register.sent),
        inforce_missing=register.decisions.inforce_missing,
        left_out=[text for _, text in left_out.told(register.decisions.left.table)],
        customs_loaded=register.decisions.figures is not None and base in register.decisions.figures.years,
        if_agreed_fen=int(agreed.outcomes.fiscal_fen[eligible].sum()),
        if_agreed_firms=int(eligible.sum()),
        if_agreed_waiting=int((eligible & ~agreed.outcomes.arranged).sum()),
        planning=soft_limits(standing),
        unbooked=entries(register.unbooked),
    )


def pending_told(sent: Sent) -> str:
    """What waits for the bureau's opinion, "" where nothing does; districts' wishes of a ledger of before are no changes
    of a kind yet."""
    wished = {c["case_no"] for c in sent.waiting if c["asked_by"] == "区"}
    n = len(sent.waiting) + (0 if wished else len(sent.pending))
    named = f"：{many(sent.waiting)}" if sent.waiting else ""
    return f"待定变更 {n} 处，没有改动报送内容{named}；在“变更”表填市局意见" if n else ""


def counted(firms: int, claims: int) -> str:
    """How many firms there are; and how many claims, where several districts reported the same one."""
    return f"{firms} 家企业" if claims == firms else f"{firms} 家企业、{claims} 份申报（有的几个区都报了）"


def states_of(standing: Standing) -> list[str]:
    """Per row of the register one word: its 资格, or for eligible rows `FUNDED`, or 已报送."""
    out = [OUT] * len(standing.register)
    o = standing.outcomes
    words = funded(standing.applications.take(standing.rows), o).tolist()
    for j, i in enumerate(standing.rows.tolist()):
        s = int(o.status[j])
        out[i] = FUNDED[words[j]] if s == ELIGIBLE else STATUSES[s]
    return out


def soft_limits(standing: Standing) -> list[str]:
    """The scheme's planning figures for fiscal money that sent and eligible rows exceed: they only warn."""
    scheme, o = standing.register.scheme, standing.outcomes
    spent: Counter[str] = Counter()
    for row in standing.register.sent.rows.values():
        spent[row["plan"]] += row["fiscal_fen"]
    for j in np.flatnonzero((o.status == ELIGIBLE) & o.arranged).tolist():
        spent[scheme.plans[int(o.plan[j])].id] += int(o.fiscal_fen[j])
    said = []
    for p in scheme.planning:
        if p.figure.unit == "元" and (total := sum(spent[x] for x in p.plans)) > p.figure.value * 100:
            said.append(f"{p.title} {p.figure.value:,.0f} 元，现为 {yuan(total)}（测算数，只作提示）")
    return said


def _files(conn: Connection) -> list[dict[str, Any]]:
    return [f for f in files.files(conn).to_pylist() if f["outcome"] != "refused"]


def by_district(register: Register, states: list[str], sent_files: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Per district how many files and firms there are, and where these stand."""
    names = [a.name for a in register.scheme.areas_of_year]
    names += sorted(set(register.claims.district) - set(names))
    rows = []
    for name in names:
        mine = Counter(COUNTED.get(s, s) for s, d in zip(states, register.claims.district, strict=True) if d == name)
        came = [f for f in sent_files if f["district"] == name]
        rows.append({"区": name, "文件": len(came), "企业": sum(mine.values()), **{k: mine[k] for k in COLUMNS}})
    return rows


COLUMNS = ("不参加", "待补正", "待核实", "待审核", "已安排", "候补", OUT)


def by_plan(standing: Standing) -> list[dict[str, Any]]:
    """Per plan and insurer the firms out, arranged and waiting, and the fiscal money of the first two in fen."""
    scheme, o, a = standing.register.scheme, standing.outcomes, standing.applications
    rows = []
    sent = standing.register.sent.rows.values()
    plans = dict.fromkeys(
        [*(p.id for p in scheme.plans), *(r["plan"] for r in sent)]
    )  # one may have been dropped since
    for k, plan in enumerate(plans):
        for m, insurer in enumerate(scheme.insurers):
            mine = (o.status == ELIGIBLE) & (o.plan == k) & (a.insurer[standing.rows] == m)
            out = [r for r in sent if r["plan"] == plan and r["insurer"] == insurer.name]
            if mine.any() or out:
                rows.append(
                    {
                        "方案": plan, "保险人": insurer.name, OUT: len(out), "已安排": int((mine & o.arranged).sum()),
                        "候补": int((mine & o.queued & ~o.arranged).sum()),
                        "财政扶持(分)": int(o.fiscal_fen[mine & o.arranged].sum()) + sum(r["fiscal_fen"] for r in out),
                    }
                )  # fmt: skip
    return rows


def _waiting(standing: Standing) -> dict[str, int]:
    counts = Counter(states_of(standing))
    on = waiting_on(standing)
    policy = int((waits_for_policy(standing) & (standing.outcomes.status == TO_MEND)).sum())
    return {
        "区：补正材料": counts["待补正"] - policy, "市局：确认政策导向": policy, "区：审核": on["区"], "市局：核实": counts["待核实"], "市局：审核": on["市局"],
        "市局：改派": counts["待改派"],
        "市局：报送": counts["已安排"], "资金": counts["候补"],
    }  # fmt: skip


def _ties(standing: Standing) -> list[str]:
    tied = standing.outcomes.tied
    return [standing.register.number(int(i)) for i in standing.rows[tied]]
