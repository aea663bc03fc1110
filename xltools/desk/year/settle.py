"""`settle` (清算): the year's money insurer by insurer, and the papers to pay it or to have it back (五（二）)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Connection

from xltools.desk.errors import Refusal
from xltools.desk.memory import searched_rarely
from xltools.desk.rules.paid import paid, shortfalls
from xltools.desk.rules.results import Column, checked
from xltools.desk.rules.sent import sent_rows
from xltools.desk.rules.settlement import Part, Settled, back, ended, issued, parts, settled
from xltools.desk.transaction import looking
from xltools.desk.workspace import Workspace
from xltools.files import reason, renew
from xltools.ledger import bureau, fund
from xltools.ledger.schema import LIVE
from xltools.scheme import Scheme
from xltools.sheets.letters import application

FOLDER = "清算"
"""Where the papers are put, below the workspace."""
PREPAY, SETTLE = "预付", "清算"
GROUNDS = {
    PREPAY: "保费扶持资金采取预付方式，一次性直接支付至保险人指定账户；按资金盘子（{clause}）",
    SETTLE: "实际保费支出=出口额×费率×汇率，汇率以保险人保单录入当月系统汇率为准；按已承保的实际财政承担（{clause}）",
}


HUNDREDTH = pa.scalar(Decimal("0.01"), pa.decimal128(3, 2))


@dataclass(frozen=True)
class Settlement:
    """The money as it stands: insurers, parts, rows behind them (:func:`results.checked`), and what is short."""

    insurers: list[Settled]
    parts: list[Part]
    rows: pa.Table
    short: list[str]
    refunds: dict[str, int]
    """Fen that came back of ended policies, by the fund's documents."""


def settlement(workspace: Workspace, *, today: date) -> Settlement:
    """Of the ledger as it stands. Raises Refusal."""
    with looking(workspace) as conn, searched_rarely():
        rows = checked(conn, workspace.scheme, sent_rows(conn, workspace.scheme, today), today)
        net = paid(bureau.rows(conn, "payments"))
        short = shortfalls(conn, workspace.scheme)
        came = fund.refunds(bureau.rows(conn, "fund"))
    scheme = workspace.scheme
    return Settlement(settled(scheme, rows, net, came), parts(scheme, rows), rows, short, came)


def apply_for(workspace: Workspace, kind: str, found: Settlement, *, today: date) -> Path:
    """Write the payment application of that kind into 清算/; one that says otherwise is set aside. Raises Refusal."""
    scheme = workspace.scheme
    with looking(workspace) as conn:
        accounts = _accounts(conn)
        pools, came = fund.pools(conn, today), fund.refunded(bureau.rows(conn, "fund"))
    out = found.rows.filter(pc.is_in(found.rows["status"], value_set=pa.array(LIVE)))
    lines = []
    for insurer, one in zip(scheme.insurers, found.insurers, strict=True):
        planned = pools[insurer.name] - came.get(insurer.name, 0)  # what came back lies with the insurer already
        basis = planned if kind == PREPAY else one.actual + one.kept
        firms = int(pc.sum(pc.equal(out["insurer"], insurer.name)).as_py() or 0)
        lines.append(
            application.Line(
                insurer.full_name, firms if kind == PREPAY else one.policies, basis, one.paid, basis - one.paid,
                *accounts.get(insurer.name, ("", "", "")),
            )
        )  # fmt: skip
    paper = application.Application(
        kind, scheme.title, scheme.policyholder, GROUNDS[kind].format(clause=scheme.fx.clause), today, workspace.who,
        lines, _policies(scheme, out if kind == PREPAY else _spent(found)),
    )  # fmt: skip
    folder = workspace.root / FOLDER
    path = folder / f"{scheme.title}_{kind}付款申请_{today:%Y%m%d}.xlsx"
    try:
        folder.mkdir(exist_ok=True)
        renew(path, lambda to: application.write(to, paper))
    except OSError as e:
        raise Refusal(f"写不了 {path}（{reason(e)}）") from e
    return path


def _accounts(conn: Connection) -> dict[str, tuple[str, str, str]]:
    """The account by insurer, of several the last one named."""
    rows = bureau.rows(conn, "accounts").to_pylist()
    return {r["insurer"]: (r["holder"], r["bank"], r["account"]) for r in rows}


def _spent(found: Settlement) -> pa.Table:
    """The rows for which money is spent: policies issued, and behind them ended ones by what of them stays spent."""
    over = ended(found.rows)
    stays = over["actual_fiscal_fen"].to_numpy() - back(over, found.refunds)
    at = over.column_names.index("actual_fiscal_fen")
    over = over.set_column(at, "actual_fiscal_fen", pa.array(stays, pa.int64())).filter(pa.array(stays != 0))
    return pa.concat_tables([issued(found.rows), over])


def _policies(scheme: Scheme, rows: pa.Table) -> pa.Table:
    """企业投保明细表: money decimal128(18,2), in the order in which it was sent."""
    names = pa.array([i.name for i in scheme.insurers])
    full = pa.array([i.full_name for i in scheme.insurers])
    rate = pa.decimal128(18, 8)
    return pa.table(
        {
            "受理编号": rows["number"],
            "企业名称": rows["name"].fill_null(""),
            "统一社会信用代码": rows["uscc"].fill_null(""),
            "所属区": rows["area"].fill_null(""),
            "保险人": pc.coalesce(full.take(pc.index_in(rows["insurer"], value_set=names)), rows["insurer"]),
            "方案": rows["plan"],
            "保单号": rows["policy_no"],
            "录入日期": rows["entered"],
            "上年出口额(美元)": _money(rows["exports_cents"]),
            "费率": rows["rate_sent"].cast(rate),
            "汇率": pc.coalesce(rows["rate"], rows["frozen_fx"].cast(rate)),
            "保费(元)": _money(pc.coalesce(rows["actual_gross_fen"], rows["frozen_gross_fen"])),
            "财政承担(元)": _money(pc.coalesce(rows["actual_fiscal_fen"], rows["estimate_fen"])),
            "企业承担(元)": _money(pc.coalesce(rows["actual_enterprise_fen"], rows["frozen_enterprise_fen"])),
        }
    )


def _money(hundredths: Column) -> Column:
    return pc.multiply(hundredths.cast(pa.decimal128(19, 0)), HUNDREDTH).cast(pa.decimal128(18, 2))
