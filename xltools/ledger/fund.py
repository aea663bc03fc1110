"""The fund (资金台账): dated movements of fiscal money between pools; a pool of a day is the sum up to it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

import pyarrow as pa
from sqlalchemy import Connection

from xltools.catalogue.words import yuan
from xltools.ledger import bureau
from xltools.ledger.errors import LedgerError
from xltools.ledger.schema import of
from xltools.scheme import Scheme

SCHEMA = pa.schema(
    [("day", pa.date32()), ("kind", pa.string()), ("source", pa.string()), ("target", pa.string()), ("fen", pa.int64())]
    + [(n, pa.string()) for n in ("document", "approver", "remark")]
)
KINDS = ("期初", "追加", "调剂", "收回", "退回")
TAKEN_BACK = "收回"


@dataclass(frozen=True)
class Movement:
    """Money (`fen`, above zero) from pool `source` to pool `target`; "" stands for the treasury outside."""

    day: date
    kind: str
    source: str
    target: str
    fen: int
    document: str = ""
    approver: str = ""
    remark: str = ""


def opening(scheme: Scheme) -> list[Movement]:
    """The scheme's own pools as first entries (期初), dated so that they are there from the beginning."""
    day = scheme.acceptance.start.value
    return [
        Movement(day, "期初", "", i.name, int(i.pool.value * 100), scheme.document, "", "方案") for i in scheme.insurers
    ]


def add(conn: Connection, movements: Sequence[Movement]) -> None:
    """Append movements. Raises LedgerError, naming the first that cannot be; whether a pool has the money
    is not asked here."""
    pools = [i.name for i in of(conn).scheme.insurers]
    for place, m in enumerate(movements, 1):
        if said := wrong(m, pools):
            raise LedgerError(f"资金变动第 {place} 笔（{m.day} {m.kind} {yuan(m.fen)}）：{said}")
    bureau.append(conn, "fund", pa.Table.from_pylist([asdict(m) for m in movements], schema=SCHEMA))


def pools(conn: Connection, day: date, seq: int | None = None) -> dict[str, int]:
    """Fiscal money in fen of each insurer's pool (资金盘子) on that day, its own movements included; with `seq` by what
    was entered up to that entry of the journal."""
    return balance(bureau.rows(conn, "fund", seq), [i.name for i in of(conn).scheme.insurers], day)


def balance(entered: pa.Table, names: Sequence[str], day: date) -> dict[str, int]:
    """The same from movements (the columns of `fund`), for the pools of these names."""
    out = dict.fromkeys(names, 0)
    for row in entered.select(["day", "source", "target", "fen"]).to_pylist():
        if row["day"] <= day:
            if row["target"]:
                out[row["target"]] += row["fen"]
            if row["source"]:
                out[row["source"]] -= row["fen"]
    return out


def district_pools(movements: Iterable[Mapping[str, Any]], day: date) -> dict[str, int]:
    """Each district's own money in fen on a day (区级资金), from rows of `district_funds`: apart from the city's pools."""
    out: dict[str, int] = {}
    for m in movements:
        if m["day"] <= day:
            out[m["area"]] = out.get(m["area"], 0) + (-m["fen"] if m["kind"] == TAKEN_BACK else m["fen"])
    return out


def movements(entered: pa.Table) -> list[Movement]:
    """Rows of the account (the columns of `fund`) as movements."""
    fields = ("day", "kind", "source", "target", "fen", "document", "approver", "remark")
    rows = zip(*(entered[f].to_pylist() for f in fields), strict=True)
    return [
        Movement(day, kind, source or "", target or "", fen, *(v or "" for v in rest))
        for day, kind, source, target, fen, *rest in rows
    ]


def fund(conn: Connection) -> pa.Table:
    """All movements as they were entered: id, day date32, kind, source, target, fen int64, document, approver,
    remark."""
    return bureau.rows(conn, "fund")


def wrong(m: Movement, pools: Sequence[str]) -> str:
    """Why a movement cannot be, "" where it can."""
    if m.kind not in KINDS:
        return f"类型只能是{'、'.join(KINDS)}"
    if m.fen <= 0:
        return "金额必须大于零"
    for side in (m.source, m.target):
        if side and side not in pools:
            return f"没有“{side}”这个资金盘子。可用的：{'、'.join(pools)}"
    if m.kind == "调剂" and not (m.source and m.target and m.source != m.target):
        return "调剂须填转出和转入两个不同的资金盘子"
    if m.kind in ("期初", "追加") and (m.source or not m.target):
        return f"{m.kind}只填转入，转出留空"
    if m.kind == "收回" and (m.target or not m.source):
        return "收回只填转出，转入留空"
    if m.kind == "退回" and bool(m.source) == bool(m.target):
        return "退回须在转出和转入中恰填一个"
    return ""
