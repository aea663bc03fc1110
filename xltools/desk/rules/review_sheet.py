"""The review table to fill in (待审表): every row on which the bureau has something to decide, and what to decide by."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from xltools.catalogue.bureau_tables import columns_of
from xltools.catalogue.reasons import codes, having, reasons_by_code
from xltools.catalogue.words import exact, figure
from xltools.desk.errors import Refusal
from xltools.desk.rules.register import Register, load_register
from xltools.desk.rules.standing import Standing, stand
from xltools.desk.transaction import looking
from xltools.desk.workspace import Workspace
from xltools.engine import plans, priorities
from xltools.engine.applications import Applications
from xltools.engine.assess import ELIGIBLE, TO_CLARIFY, TO_MEND, TO_REVIEW
from xltools.files import reason
from xltools.sheets.write.bulk import Column, Sheet, write_table

POLICY = "请市局确认政策导向（方案须经确认）"
FIRST = "请市局确认政策导向（{clause}的优先须经确认）"
BESIDE = (
    "受理编号",
    "所属区",
    "待办",
    "提示",
    "出口额(美元)",
    "申报方案",
    "申报优先条件",
    "区报政策导向",
    "区报材料齐全时间",
)
"""What stands beside the columns to fill in; it is not read back."""


def export(workspace: Workspace, path: Path, *, today: date) -> int:
    """Write the rows that still need a decision; returns how many. Raises Refusal."""
    with looking(workspace) as conn:
        register = load_register(conn, workspace, today)
    standing = stand(register)
    todo = to_decide(standing)
    columns = columns_of(workspace.scheme, "review")
    text: dict[str, list[str | None]] = {n: [] for n in BESIDE[:2]}
    text |= {c.heading: [] for c in columns} | {n: [] for n in BESIDE[2:]}
    warned = warnings_of(register)
    for i, why in todo.items():
        known = register.decisions.review.get(register.claims.uscc[i]) or {}
        for c in columns:
            text[c.heading].append(_shown(known.get(c.field), c.kind))
        text["统一社会信用代码"][-1] = register.claims.uscc[i]
        text["企业名称"][-1] = register.claims.text["name"][i].as_py()
        for name, value in zip(BESIDE, _beside(standing, i, why, warned.get(i, "")), strict=True):
            text[name].append(value)
    table = pa.table({k: pa.array(v, pa.string()) for k, v in text.items()})
    wide = {"企业名称": 30, "待办": 36, "提示": 48, "统一社会信用代码": 21}
    looks = [Column(wide.get(name, max(12, min(20, 2 * len(name) + 2)))) for name in text]
    try:
        write_table(path, [Sheet("市级审核", table, looks, freeze_columns=4)])
    except OSError as e:
        raise Refusal(f"写不了 {path}（{reason(e)}）") from e
    return len(todo)


def to_decide(standing: Standing) -> dict[int, str]:
    """Row of the register -> what the bureau has to do about it, in Chinese, in the register's order."""
    r, out = standing.register, standing.outcomes
    earlier = {row for f in r.claims.findings.items if f.code == "RECEIVED_EARLIER" for row in f.rows.tolist()}
    policy, first = waits_for_policy(standing), priority_waits_for_policy(standing)
    clause = "、".join(p.clause for p in r.scheme.priorities if p.kind == "key_dependent")
    tied, declined = out.tied, having(out.reasons, "INSURER_DECLINED")
    todo: dict[int, str] = {}
    for j, i in enumerate(standing.rows.tolist()):
        said = []
        if out.status[j] in (TO_REVIEW, TO_CLARIFY) or tied[j] or declined[j]:
            said += [reasons_by_code()[c].sentence for c in codes(int(out.reasons[j]))]
        if i in earlier:
            said.append("材料齐全时间早于首次收件，请确认收件时间并写依据")
        if policy[j]:
            said.append(POLICY)
        elif first[j]:
            said.append(FIRST.format(clause=clause))
        if said:
            todo[i] = "；".join(said)
    return todo


def waits_for_policy(standing: Standing) -> npt.NDArray[np.bool_]:
    """Rows not yet out whose district proposes the policy tick, on which a plan turns and the bureau has not spoken."""
    r, out = standing.register, standing.outcomes
    a, might, proposed = _if_confirmed(standing)
    turns = np.zeros(len(a), dtype=bool)
    for k, plan in enumerate(r.scheme.plans):
        if plan.entitlement.policy_tick and plan.entitlement.policy_tick.value:
            wanted = (a.wish == k) | (a.wish == -1)
            turns |= wanted & plans.entitled(r.scheme, plan, might, out.band)
    waits: npt.NDArray[np.bool_] = proposed & turns & (out.status >= TO_MEND) & ~a.has_error
    return waits


def priority_waits_for_policy(standing: Standing) -> npt.NDArray[np.bool_]:
    """Rows in review or eligible whose priority turns on the policy tick that the bureau has not given (二（一）)."""
    status = standing.outcomes.status
    _, might, proposed = _if_confirmed(standing)
    turns = priorities.met(standing.register.scheme, might) & ~standing.outcomes.priority
    return np.asarray(proposed & turns & ((status == TO_REVIEW) | (status == ELIGIBLE)), dtype=bool)


def _if_confirmed(standing: Standing) -> tuple[Applications, Applications, npt.NDArray[np.bool_]]:
    """The rows not yet out as they are, as they would be with every policy tick, and for which of them the district
    proposes it while the bureau has not spoken."""
    r = standing.register
    a = standing.applications.take(standing.rows)
    ticks = np.array([v == "是" for v in r.claims.text["policy"].to_pylist()], dtype=bool)[standing.rows]
    review = r.decisions.review
    silent = np.array(
        [not (review.get(r.claims.uscc[i]) or {}).get("policy") for i in standing.rows.tolist()], dtype=bool
    )
    return a, replace(a, policy=np.ones(len(a), dtype=bool)), ticks & silent


def warnings_of(register: Register) -> dict[int, str]:
    """Row -> its warnings as Chinese sentences."""
    said: dict[int, list[str]] = {}
    for found in register.claims.findings.said():
        if found.kind.severity == "warning":
            said.setdefault(found.row, []).append(found.message)
    return {row: "；".join(lines) for row, lines in said.items()}


def _beside(standing: Standing, i: int, why: str, warned: str) -> tuple[str | None, ...]:
    r, a = standing.register, standing.applications
    received = r.claims.times["received"][i]
    return (
        r.number(i),
        r.claims.text["area"][i].as_py(),
        why,
        warned,
        figure(a.exports[i]) if a.exports_known[i] else "未知",
        r.claims.text["wish"][i].as_py() or "（未填）",
        r.claims.text["priorities"][i].as_py(),
        r.claims.text["policy"][i].as_py(),
        None if np.isnat(received) else str(received).replace("T", " "),
    )


def _shown(value: Any, kind: str) -> str | None:
    if value is None:
        return None
    return str(exact(value)) if kind == "amount" else str(value)
