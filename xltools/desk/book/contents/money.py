"""The workbook's tables about money and progress (报送 · 资金池 · 区表 · 方案保险人表)."""

from __future__ import annotations

import json
from typing import Any

import pyarrow as pa
from sqlalchemy import Connection

from xltools.catalogue.columns import by_field
from xltools.catalogue.tables import table
from xltools.desk.book.contents.cells import cents_of, money, shaped
from xltools.desk.rules import status
from xltools.desk.rules.changes import STATES
from xltools.desk.rules.fxrisk import fx_risks
from xltools.desk.rules.register import Register
from xltools.desk.rules.sent import accept_number, json_cells
from xltools.desk.rules.standing import Standing
from xltools.desk.workspace import SUBMITTED, Workspace
from xltools.ledger import batches, files
from xltools.scheme import Scheme


def sent(conn: Connection, workspace: Workspace, register: Register) -> pa.Table:
    """报送: every row that was ever sent, by batch and place."""
    kept = {b["id"]: b for b in batches.batches(conn).to_pylist()}
    rows = batches.sent(conn).to_pylist()
    waiting = pending(register)
    of = table(workspace.scheme, "报送")
    own = [kept[r["batch_id"]] for r in rows]
    return shaped(
        of,
        {
            "批次": pa.array([b["no"] for b in own], pa.int64()),
            "报送日期": pa.array([b["day"] for b in own], pa.date32()),
            "保险人": [r["insurer"] for r in rows],
            "受理编号": [accept_number(workspace.scheme, int(r["arrival"])) for r in rows],
            "企业名称": [json_cells(r).get("name") for r in rows],
            "方案": [r["plan"] for r in rows],
            "应缴保费(元)": money([r["gross_fen"] for r in rows]),
            "财政扶持(元)": money([r["fiscal_fen"] for r in rows]),
            "状态": [STATES[r["status"]] for r in rows],
            "校验码": [b["code"] for b in own],
            "待定变更": [waiting.get(r["uscc"]) for r in rows],
            "文件": [f"{SUBMITTED}/{b['file']}" for b in own],
        },
    )


def pending(register: Register) -> dict[str, str]:
    """By code what districts' newer files would change on rows that are out: which cells, not their contents."""
    fields = by_field(register.scheme)
    out: dict[str, list[str]] = {}
    for p in register.sent.pending:
        changed = "、".join(fields[f].heading if f in fields else f for f in json.loads(p["changes"]))
        out.setdefault(p["uscc"], []).append(f"{p['district']} {p['at']:%Y-%m-%d}：{changed}")
    return {u: "；".join(said) for u, said in out.items()}


def pools(standing: Standing) -> pa.Table:
    """资金池: 已落实 is what issued policies take, 预估占用 what rows sent and rows arranged take by estimate; and the
    rate at which the pool breaks, beside the latest loaded one and what that would leave."""
    held, risks = standing.money, fx_risks(standing)
    return shaped(
        table(standing.register.scheme, "资金池"),
        {
            "保险人": [m.insurer for m in held],
            "资金盘子(元)": money([m.pool for m in held]),
            "已落实(元)": money([m.issued for m in held]),
            "预估占用(元)": money([m.sent + m.arranged for m in held]),
            "可用(元)": money([m.free for m in held]),
            "临界汇率": [x.break_even for x in risks],
            "最新汇率": [x.rate for x in risks],
            "汇率月份": [x.month or None for x in risks],
            "按最新汇率余额(元)": cents_of(pa.array([x.left_fen for x in risks], pa.int64())),
        },
    )


def cuts(scheme: Scheme) -> pa.Table:
    """试算表: a row an insurer; all else are formulas."""
    return shaped(table(scheme, "试算表"), {"保险人": [i.name for i in scheme.insurers]})


def by_district(conn: Connection, workspace: Workspace, standing: Standing) -> pa.Table:
    """区表: how many files and firms of each district, and where these stand."""
    came = [f for f in files.files(conn).to_pylist() if f["outcome"] != "refused"]
    rows = status.by_district(standing.register, status.states_of(standing), came)
    return _of_rows(table(workspace.scheme, "区表"), rows)


def by_plan(standing: Standing) -> pa.Table:
    """方案保险人表: firms and fiscal money by plan and insurer."""
    rows = status.by_plan(standing)
    of = table(standing.register.scheme, "方案保险人表")
    fen = money([r["财政扶持(分)"] for r in rows])
    counted = {h: pa.array([r[h] for r in rows], of.schema.field(h).type) for h in of.headings[:-1]}
    return shaped(of, counted | {of.headings[-1]: fen})


def _of_rows(of: Any, rows: list[dict[str, Any]]) -> pa.Table:
    return shaped(of, {h: pa.array([r[h] for r in rows], of.schema.field(h).type) for h in of.headings})
