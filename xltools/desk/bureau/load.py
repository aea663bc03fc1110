"""The bureau's own inputs: customs data, policies in force, lists, exchange rates, fund (市局资料)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Connection

from xltools.catalogue.columns import by_field
from xltools.desk.enrol.inbox import digest
from xltools.desk.errors import Refusal
from xltools.desk.inputs import extract, implausible, read_customs, read_input, remarks
from xltools.desk.rules.register import load_register
from xltools.desk.rules.standing import stand
from xltools.desk.transaction import changing, looking
from xltools.desk.workspace import Workspace
from xltools.ledger import Entry, fund, reference
from xltools.ledger.journal import append
from xltools.ledger.seals import seals
from xltools.roster.cells import Roster
from xltools.roster.choices import matcher


@dataclass(frozen=True)
class Loaded:
    """What an input brought: rows, lines for people, and the problems that are only warnings."""

    rows: int
    lines: list[str]
    detail: dict[str, Any] = field(default_factory=dict)


def customs(workspace: Workspace, path: Path, *, now: datetime, today: date, dry_run: bool = False) -> Loaded:
    """Load a customs extract (海关数据); a year in it replaces what was loaded for that year. Raises Refusal."""
    roster = read_customs(path, workspace.scheme, today)
    data = extract(roster)
    with changing(workspace, now, dry_run=dry_run) as conn:
        before = load_register(conn, workspace, today)
        years = reference.replace_customs(conn, data, digest(path), path.name, now)
        after = load_register(conn, workspace, today)
        totals = {str(y): int(pc.sum(data["cents"].filter(pc.equal(data["year"], y))).as_py() or 0) for y in years}
        sealed = seals(conn, "customs", only={"customs": years})
        told = {"years": years, "rows": data.num_rows, "cents": totals, "seals": sealed}
        append(conn, Entry(now, workspace.who, "customs", path.name, told))
    lines = [f"{y} 年：出口额 {Decimal(c).scaleb(-2):,.2f} 美元" for y, c in totals.items()]
    base = workspace.scheme.base_year.value
    detail: dict[str, Any] = {"years": years, "cents": totals}
    if base not in years and not (before.decisions.figures and base in before.decisions.figures.years):
        lines.append(f"没有基年 {base} 的数据：出口额仍按企业申报")
    elif after.decisions.figures is not None:
        present = {u for u, p in zip(after.claims.uscc, after.decisions.figures.present, strict=True) if p}
        absent = sorted({*after.claims.uscc} - present)
        differs = {r for f in after.claims.findings.items if f.code == "CUSTOMS_DIFFERS" for r in f.rows.tolist()}
        lines.append(f"台账企业中海关没有记录的 {len(absent)} 家（待核实），与申报数不一致的 {len(differs)} 家")
        detail |= {"absent": absent, "differs": len(differs)}
    return Loaded(data.num_rows, lines + remarks(roster), detail)


def inforce(workspace: Workspace, path: Path, *, now: datetime, today: date, dry_run: bool = False) -> Loaded:
    """Load insurers' lists of policies in force (在保名单); each insurer's replaces its own. Raises Refusal."""
    roster = read_input(path, workspace.scheme, "inforce", today)
    known = matcher(by_field(workspace.scheme)["insurer"], workspace.scheme)
    insurers = [known(i) or i for i in roster.text["insurer"].to_pylist()]
    data = pa.table(
        {
            "insurer": pa.array(insurers, pa.string()),
            **{f: roster.text[f] for f in ("uscc", "name", "policy_no", "nature")},
            "start": _days(roster, "start"),
            "end": _days(roster, "end"),
        }
    )
    with changing(workspace, now, dry_run=dry_run) as conn:
        replaced = reference.replace_inforce(conn, data)
        register = load_register(conn, workspace, today)
        told = {
            "insurers": replaced, "rows": data.num_rows, "sha256": digest(path), "seals": seals(conn, "inforce"),
        }  # fmt: skip
        append(conn, Entry(now, workspace.who, "inforce", path.name, told))
    hit = len({u for u in register.claims.uscc if u in register.decisions.policies})
    lines = [f"{'、'.join(replaced)}：{data.num_rows} 张保单，台账企业中在名单上的 {hit} 家"]
    if register.decisions.inforce_missing:
        lines.append(f"还没有在保名单的保险人：{'、'.join(register.decisions.inforce_missing)}")
    return Loaded(
        data.num_rows,
        lines + remarks(roster),
        {"insurers": replaced, "missing": register.decisions.inforce_missing, "hit": hit},
    )


def lists(workspace: Workspace, path: Path, *, now: datetime, today: date, dry_run: bool = False) -> Loaded:
    """Load lists behind the priorities (名单); each list replaces itself. Raises Refusal."""
    roster = read_input(path, workspace.scheme, "lists", today)
    data = list_rows(roster)
    with changing(workspace, now, dry_run=dry_run) as conn:
        replaced = put_lists(conn, workspace, data, path.name, now)
    lines = [f"{n}：{data['list'].to_pylist().count(n)} 家" for n in replaced]
    nameless = int(roster.blank("uscc").sum())
    if nameless:
        lines.append(f"其中 {nameless} 家没有统一社会信用代码，不能自动确认，请在审核表“优先确认”中逐家勾选")
    return Loaded(data.num_rows, lines + remarks(roster), {"lists": replaced, "without_code": nameless})


def list_rows(roster: Roster) -> pa.Table:
    """Checked rows of lists as the ledger takes them."""
    return pa.table({**{f: roster.text[f] for f in ("list", "uscc", "name", "source")}, "day": _days(roster, "day")})


def put_lists(
    conn: Connection, workspace: Workspace, data: pa.Table, name: str, now: datetime, emptied: Sequence[str] = ()
) -> list[str]:
    """Each list in `data` replaces itself, those `emptied` are left without rows; the journal calls it `name`."""
    replaced = reference.replace_lists(conn, data, emptied)
    sealed = seals(conn, "lists", only={"lists": replaced})
    told = {"lists": replaced, "rows": data.num_rows, "seals": sealed}
    append(conn, Entry(now, workspace.who, "lists", name, told))
    return replaced


def fx(workspace: Workspace, path: Path, *, now: datetime, today: date, dry_run: bool = False) -> Loaded:
    """Load exchange rates by insurer and month of policy entry (汇率). Raises Refusal."""
    roster = read_input(path, workspace.scheme, "fx", today)
    data = fx_rows(path.name, roster)
    with changing(workspace, now, dry_run=dry_run) as conn:
        lines, changed = put_fx(conn, workspace, data, path.name, now)
    return Loaded(data.num_rows, (lines or ["没有变化"]) + remarks(roster), {"changed": changed})


def fx_rows(name: str, roster: Roster) -> pa.Table:
    """Checked rates as the ledger takes them. Raises Refusal for a year without its month."""
    data = pa.table({f: roster.text[f] for f in ("insurer", "month", "rate", "source")})
    for month in data["month"].to_pylist():
        if len(month) != 7:
            raise Refusal(f"{name}：月份 {month} 应写成 2019-09")
    return data


def put_fx(
    conn: Connection, workspace: Workspace, data: pa.Table, name: str, now: datetime
) -> tuple[list[str], dict[str, list[str | None]]]:
    """Set rates; returns lines to show, and {insurer and month: [old, new]}."""
    old = {(r["insurer"], r["month"]): r["rate"] for r in reference.fx(conn).to_pylist()}
    reference.put_fx(conn, data)
    changed = {
        f"{r['insurer']} {r['month']}": [old.get((r["insurer"], r["month"])), r["rate"]]
        for r in data.to_pylist()
        if old.get((r["insurer"], r["month"])) != r["rate"]
    }
    append(conn, Entry(now, workspace.who, "fx", name, {"changed": changed, "seals": seals(conn, "fx")}))
    lines = [f"{k}：{new}" + (f"（原为 {was}）" if was else "") for k, (was, new) in changed.items()]
    odd = {implausible(workspace.scheme, Decimal(r)) for r in data["rate"].to_pylist()} - {""}
    return lines + sorted(odd), changed


def fund_entries(workspace: Workspace, path: Path, *, now: datetime, today: date, dry_run: bool = False) -> Loaded:
    """Enter movements of fiscal money (资金); one that would leave a pool below what is committed is refused."""
    roster = read_input(path, workspace.scheme, "fund", today)
    moves = movements(roster)
    with changing(workspace, now, dry_run=dry_run) as conn:
        found = put_movements(conn, workspace, moves, path.name, now=now, today=today)
    return replace(found, lines=found.lines + remarks(roster))


def movements(roster: Roster) -> list[fund.Movement]:
    """Checked rows of the fund as movements."""
    return [
        fund.Movement(day, kind, source or "", target or "", fen, document or "", approver or "", remark or "")
        for day, kind, source, target, fen, document, approver, remark in zip(
            _days(roster, "day").to_pylist(),
            *(roster.text[f].to_pylist() for f in ("kind", "source_insurer", "target_insurer")),
            roster.amounts["amount"].cents.tolist(),
            *(roster.text[f].to_pylist() for f in ("document", "approver", "remark")),
            strict=True,
        )
    ]


def put_movements(
    conn: Connection, workspace: Workspace, moves: list[fund.Movement], name: str, *, now: datetime, today: date
) -> Loaded:
    """Enter the movements that are not there yet. Raises Refusal where a pool would fall below what is committed."""
    there = {_key(m) for m in fund.fund(conn).to_pylist()}
    again = [m for m in moves if _key(m.__dict__) in there]
    moves = [m for m in moves if _key(m.__dict__) not in there]
    committed = {m.insurer: m.committed for m in stand(load_register(conn, workspace, today)).money}
    days = sorted({today, *(d for d in (*fund.fund(conn)["day"].to_pylist(), *(m.day for m in moves)) if d > today)})
    before = [fund.pools(conn, d) for d in days]
    fund.add(conn, moves)
    for day, was in zip(days, before, strict=True):
        for pool, fen in fund.pools(conn, day).items():
            if fen < was[pool] and fen < committed[pool]:
                raise Refusal(
                    f"{name}：{day} {pool}的盘子将只有 {_yuan(fen)} 元，少于已报送和已承保占用的 "
                    f"{_yuan(committed[pool])} 元，没有记入"
                )
    pools, later = fund.pools(conn, today), fund.pools(conn, days[-1])
    sealed = seals(conn, "fund")
    for m in moves:
        detail = {"day": f"{m.day}", "source": m.source, "target": m.target, "fen": m.fen, "document": m.document}
        append(conn, Entry(now, workspace.who, "fund", m.kind, detail | {"seals": sealed}, m.document))
    lines = [
        f"{n}：{_yuan(fen)} 元" + (f"，{days[-1]} 起 {_yuan(later[n])} 元" if later[n] != fen else "")
        for n, fen in pools.items()
    ]
    if again:
        lines.append(f"{len(again)} 笔以前已经记过，没有重复记入")
    return Loaded(len(moves), lines, pools)


def fund_account(workspace: Workspace, *, today: date) -> tuple[list[dict[str, Any]], dict[str, int]]:
    """All movements as entered, and each pool's fen on that day. Raises Refusal."""
    with looking(workspace) as conn:
        return fund.fund(conn).to_pylist(), fund.pools(conn, today)


def _key(m: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(m[k] or "" for k in ("day", "kind", "source", "target", "fen", "document"))


def _yuan(fen: int) -> str:
    return f"{Decimal(fen).scaleb(-2):,.2f}"


def _days(roster: Roster, name: str) -> pa.Array:
    return pc.cast(pa.array(np.asarray(roster.times[name]), pa.timestamp("s")), pa.date32())
