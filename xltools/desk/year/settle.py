"""`settle` (清算): the year's money insurer by insurer, and the papers to pay it or to have it back (五（二）)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
from sqlalchemy import Connection

from xltools.desk.errors import Refusal
from xltools.desk.memory import searched_rarely
from xltools.desk.rules.paid import paid, shortfalls
from xltools.desk.rules.register import load_sent
from xltools.desk.rules.results import Checked, checked
from xltools.desk.rules.settlement import Part, Settled, back, ended, issued, parts, settled
from xltools.desk.transaction import looking
from xltools.desk.workspace import Workspace
from xltools.files import reason, unused
from xltools.ledger import bureau, fund
from xltools.scheme import Scheme
from xltools.sheets.letters import application

FOLDER = "清算"
"""Where the papers are put, below the workspace."""
PREPAY, SETTLE = "预付", "清算"
GROUNDS = {
    PREPAY: "保费扶持资金采取预付方式，一次性直接支付至保险人指定账户；按资金盘子（{clause}）",
    SETTLE: "实际保费支出=出口额×费率×汇率，汇率以保险人保单录入当月系统汇率为准；按已承保的实际财政承担（{clause}）",
}


@dataclass(frozen=True)
class Settlement:
    """The money as it stands: insurers, parts, rows behind them, and what is short."""

    insurers: list[Settled]
    parts: list[Part]
    rows: list[Checked]
    short: list[str]
    refunds: dict[str, int]
    """Fen that came back of ended policies, by the fund's documents."""


def settlement(workspace: Workspace, *, today: date) -> Settlement:
    """Of the ledger as it stands. Raises Refusal."""
    with looking(workspace) as conn, searched_rarely():
        rows = checked(conn, workspace.scheme, load_sent(conn, workspace.scheme, today), today)
        net = paid(bureau.rows(conn, "payments"))
        short = shortfalls(conn, workspace.scheme)
        came = fund.refunds(bureau.rows(conn, "fund"))
    scheme = workspace.scheme
    return Settlement(settled(scheme, rows, net, came), parts(scheme, rows), rows, short, came)


def apply_for(workspace: Workspace, kind: str, found: Settlement, *, today: date) -> Path:
    """Write the payment application of that kind into 清算/; returns its path. Raises Refusal."""
    scheme = workspace.scheme
    with looking(workspace) as conn:
        accounts = _accounts(conn)
        pools, came = fund.pools(conn, today), fund.refunded(bureau.rows(conn, "fund"))
    lines = []
    for insurer, one in zip(scheme.insurers, found.insurers, strict=True):
        planned = pools[insurer.name] - came.get(insurer.name, 0)  # what came back lies with the insurer already
        basis = planned if kind == PREPAY else one.actual + one.kept
        firms = sum(r.insurer == insurer.name and r.state in ("sent", "issued") for r in found.rows)
        lines.append(
            application.Line(
                insurer.full_name, firms if kind == PREPAY else one.policies, basis, one.paid, basis - one.paid,
                *accounts.get(insurer.name, ("", "", "")),
            )
        )  # fmt: skip
    over = {id(r): r.result["actual_fiscal_fen"] - back(r, found.refunds) for r in ended(found.rows)}
    if kind == PREPAY:
        rows = [r for r in found.rows if r.state in ("sent", "issued")]
    else:
        rows = [*issued(found.rows), *(r for r in ended(found.rows) if over[id(r)])]
    paper = application.Application(
        kind, scheme.title, scheme.policyholder, GROUNDS[kind].format(clause=scheme.fx.clause), today, workspace.who,
        lines, _policies(scheme, rows, over),
    )  # fmt: skip
    folder = workspace.root / FOLDER
    path = folder / f"{scheme.title}_{kind}付款申请_{today:%Y%m%d}.xlsx"
    try:
        folder.mkdir(exist_ok=True)
        path = unused(path)
        application.write(path, paper)
    except OSError as e:
        raise Refusal(f"写不了 {path}（{reason(e)}）") from e
    return path


def _accounts(conn: Connection) -> dict[str, tuple[str, str, str]]:
    """The account by insurer, of several the last one named."""
    rows = bureau.rows(conn, "accounts").to_pylist()
    return {r["insurer"]: (r["holder"], r["bank"], r["account"]) for r in rows}


def _policies(scheme: Scheme, rows: Sequence[Checked], over: Mapping[int, int]) -> pa.Table:
    """企业投保明细表: money decimal128(18,2), in the order in which it was sent, ended policies behind; their fiscal part is
    what stays spent (`over`, by row)."""
    yuan = pa.decimal128(18, 2)

    def money(values: Sequence[Any]) -> pa.Array:
        return pa.array([None if v is None else Decimal(v).scaleb(-2) for v in values], yuan)

    names = {i.name: i.full_name for i in scheme.insurers}
    return pa.table(
        {
            "受理编号": [r.number for r in rows],
            "企业名称": [str(r.cells.get("name") or "") for r in rows],
            "统一社会信用代码": [str(r.cells.get("uscc") or "") for r in rows],
            "所属区": [str(r.cells.get("area") or "") for r in rows],
            "保险人": [names.get(r.insurer, r.insurer) for r in rows],
            "方案": [r.plan for r in rows],
            "保单号": pa.array([r.result["policy_no"] for r in rows], pa.string()),
            "录入日期": pa.array([r.result["entered"] for r in rows], pa.date32()),
            "上年出口额(美元)": money([r.cells["exports_cents"] for r in rows]),
            "费率": pa.array([Decimal(r.cells["rate"]) for r in rows], pa.decimal128(18, 8)),
            "汇率": pa.array([r.rate or Decimal(r.cells["fx"]) for r in rows], pa.decimal128(18, 8)),
            "保费(元)": money([_or(r.result["actual_gross_fen"], r.cells["gross_fen"]) for r in rows]),
            "财政承担(元)": money([over.get(id(r), _or(r.result["actual_fiscal_fen"], r.estimate_fen)) for r in rows]),
            "企业承担(元)": money([_or(r.result["actual_enterprise_fen"], r.cells["enterprise_fen"]) for r in rows]),
        }
    )


def _or(actual: int | None, estimate: int) -> int:
    return estimate if actual is None else actual
