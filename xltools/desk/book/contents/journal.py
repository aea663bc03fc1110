"""日志表: what was done, newest first, in Chinese sentences; and who last changed a cell."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import pyarrow as pa
from sqlalchemy import Connection, Row, func, select

from xltools.catalogue.bureau_tables import BureauColumn, BureauTable, bureau_tables
from xltools.catalogue.kinds import KINDS
from xltools.catalogue.tables import table
from xltools.catalogue.words import figure, usd, yuan
from xltools.desk.book.contents.cells import shaped
from xltools.ledger.schema import of as tables_of
from xltools.scheme import Scheme

SHOWN = 2_000
"""So many entries stand in the workbook; the ledger keeps all."""
NAMED = 5
"""So many firms are named one by one; of more only the number is told."""

VERBS = {
    "init": "建工作区",
    "collect": "收件",
    "submit": "报送",
    "issued": "承保结果",
    "grow": "台账升级",
    "scheme": "方案文本",
}
"""What is told of the verbs that are not a table's own."""
OFFICIAL = {"审核人": "审核人"}
"""Fields of a review that the journal calls otherwise than the catalogue."""


def journal(conn: Connection, scheme: Scheme) -> pa.Table:
    """日志表: the last entries, newest first, at most `SHOWN`."""
    t = tables_of(conn).journal
    rows = conn.execute(select(t).order_by(t.c.seq.desc()).limit(SHOWN)).all()
    return shaped(
        table(scheme, "日志表"),
        {
            "序号": pa.array([r.seq for r in rows], pa.int64()),
            "时间": pa.array([r.at for r in rows], pa.string()).cast(pa.timestamp("s")),
            "经办人": [r.who for r in rows],
            "动作": [_called(r.verb) for r in rows],
            "对象": [r.subject for r in rows],
            "内容": [_told(r, scheme) for r in rows],
            "校验": [r.hash[:12] for r in rows],
        },
    )


def count(conn: Connection) -> int:
    """How many entries the journal has."""
    return int(conn.scalar(select(func.count()).select_from(tables_of(conn).journal)) or 0)


def changed_by(conn: Connection, verb: str) -> Callable[[Callable[[dict[str, Any]], bool]], str]:
    """A function that tells who last did `verb` on what its argument recognises in an entry's detail, and when.

    The journal is read when it is first asked; "" when nobody did.
    """
    entries: list[tuple[str, dict[str, Any]]] = []

    def ask(touches: Callable[[dict[str, Any]], bool]) -> str:
        if not entries:
            t = tables_of(conn).journal
            rows = conn.execute(select(t).where(t.c.verb == verb).order_by(t.c.seq.desc())).all()
            entries.extend((f"{r.who} {r.at[:16]}", _detail(r)) for r in rows)
        return next((said for said, detail in entries if touches(detail)), "")

    return ask


def _detail(row: Row[Any]) -> dict[str, Any]:
    try:
        found = json.loads(row.detail)
    except ValueError:  # `verify` names it
        return {}
    return found if isinstance(found, dict) else {}


def _called(verb: str) -> str:
    return bureau_tables()[verb].journal if verb in bureau_tables() else VERBS.get(verb, verb)


def _told(row: Row[Any], scheme: Scheme) -> str:
    detail = _detail(row)
    tell = _SENTENCES.get(row.verb)
    try:
        if tell:
            said = tell(detail, scheme)
        elif row.verb in bureau_tables():
            said = _table(detail, bureau_tables()[row.verb])
        else:
            said = ""
    except (KeyError, TypeError, ValueError, AttributeError, ArithmeticError):  # of a later version: `verify` judges
        said = ""
    why = row.why if row.why and row.why not in said else ""
    return "；".join(filter(None, (said, f"依据 {why}" if why else "")))


def _init(d: dict[str, Any], scheme: Scheme) -> str:
    return "、".join(f"{n} 期初 {yuan(f)}" for n, f in d["fund"].items())


def _collect(d: dict[str, Any], scheme: Scheme) -> str:
    if "codes" in d:
        return f"拒收：{'、'.join(d['codes'])}"
    round_ = f"第 {d['round']} 轮，" if d.get("round") else ""
    said = (
        f"{d['district']}，{round_}{d['rows']} 行，合格 {d['good']} 行，新增 {d['new']} 家，更新 {len(d['changed'])} 家"
    )
    return said + (f"，待定变更 {len(d['pending'])} 家" if d["pending"] else "")


def _customs(d: dict[str, Any], scheme: Scheme) -> str:
    years = "、".join(f"{y} 年 {usd(c)}" for y, c in d["cents"].items())
    return f"{d['rows']:,} 行；{years}"


def _table(d: dict[str, Any], of: BureauTable) -> str:
    """What was done to one of the bureau's tables; entries of earlier versions named their parts in other words."""
    if "changed" in d:
        return _changes(d["changed"], of)
    parts = d.get("parts") or d.get("lists") or d.get("insurers") or []
    return "，".join(filter(None, ("、".join(map(str, parts)), f"共 {d['rows']:,} 行")))


def _changes(changed: Mapping[str, Any], of: BureauTable) -> str:
    if not changed:
        return "没有变化"
    if len(changed) > NAMED:
        return f"{len(changed)} {'家' if of.key == ('uscc',) else '行'}"
    kinds = {c.field: c for c in of.column}
    out = []
    for key, fields in changed.items():
        if isinstance(fields, list):  # a rate, in entries of earlier versions
            fields = {"rate": fields}
        own = [f for f in fields if f in kinds or f in OFFICIAL] or list(fields)
        out.append(f"{key} " + "、".join(_change(kinds.get(f), f, fields[f]) for f in own))
    return "；".join(out)


def _change(column: BureauColumn | None, field: str, change: list[Any]) -> str:
    was, new = (_shown(column, v) for v in change)
    return f"{column.heading if column else OFFICIAL.get(field, field)} {was} → {new}"


def _shown(column: BureauColumn | None, value: Any) -> str:
    if value is None:
        return "（空）"
    return figure(value) if column and KINDS[column.kind].money else str(value)


def _fund(d: dict[str, Any], scheme: Scheme) -> str:
    way = " → ".join((d["source"] or "（财政）", d["target"] or "（财政）"))
    return f"{d['day']} {way} {yuan(d['fen'])}，文号 {d['document'] or '（无）'}"


def _grow(d: dict[str, Any], scheme: Scheme) -> str:
    new = [n for n, columns in d["tables"].items()]
    return f"台账由旧版升级，补上 {len(new)} 张表里缺的表和列；原来的台账在“备份”文件夹"


def _scheme(d: dict[str, Any], scheme: Scheme) -> str:
    keys = "、".join(d["changed"][:NAMED]) + (f" 等 {len(d['changed'])} 处" if len(d["changed"]) > NAMED else "")
    return f"方案文本 {d['old'][:12]} → {d['new'][:12]}" + (f"，改了 {keys}" if keys else "")


def _submit(d: dict[str, Any], scheme: Scheme) -> str:
    fx = d.get("fx_accepted")
    yes = f"；接受汇率风险：汇率 {fx['rate']}（{fx['month']}）时缺口 {yuan(fx['overdraft_fen'])}" if fx else ""
    return f"第{d['batch']:02d}批，{d['rows']} 家，财政扶持 {yuan(d['fiscal_fen'])}{yes}"


_SENTENCES: dict[str, Callable[[dict[str, Any], Scheme], str]] = {
    "init": _init, "collect": _collect, "customs": _customs, "fund": _fund, "grow": _grow, "scheme": _scheme, "submit": _submit,
}  # fmt: skip
