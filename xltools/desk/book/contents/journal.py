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
from xltools.catalogue.words import figure
from xltools.desk.book.contents.cells import shaped
from xltools.desk.verb import verbs
from xltools.ledger.schema import of as tables_of
from xltools.scheme import Scheme

SHOWN = 2_000
"""So many entries stand in the workbook; the ledger keeps all."""
NAMED = 5
"""So many firms are named one by one; of more only the number is told."""

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
    if verb in bureau_tables():
        return bureau_tables()[verb].journal
    return OWN[verb][0] if verb in OWN else verbs()[verb].title if verb in verbs() else verb


def _told(row: Row[Any], scheme: Scheme) -> str:
    detail = _detail(row)
    verb = verbs().get(row.verb)
    try:
        if row.verb in OWN:
            said = OWN[row.verb][1](detail)
        elif verb and verb.journal:
            said = verb.journal(detail, scheme)
        else:
            said = _table(detail, bureau_tables()[row.verb]) if row.verb in bureau_tables() else ""
    except (KeyError, TypeError, ValueError, AttributeError, ArithmeticError):  # of a later version: `verify` judges
        said = ""
    said += _left_out(detail.get("left_out"))
    why = row.why if row.why and row.why not in said else ""
    return "；".join(filter(None, (said, f"依据 {why}" if why else "")))


def _table(d: dict[str, Any], of: BureauTable) -> str:
    """What was done to one of the bureau's tables; entries of earlier versions named their parts in other words."""
    if "changed" in d:
        return _changes(d["changed"], of)
    parts = d.get("parts") or d.get("lists") or d.get("insurers") or []
    return "，".join(filter(None, ("、".join(map(str, parts)), f"共 {d['rows']:,} 行")))


def _left_out(found: Any) -> str:
    """How many rows of a file could not be used."""
    if not isinstance(found, dict):
        return ""
    out, unknown = found.get("rows", 0) - found.get("counted", 0), found.get("counted", 0)
    return "".join([f"；没有读入 {out:,} 行" if out else "", f"；国别不明 {unknown:,} 行" if unknown else ""])


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


def _grow(d: dict[str, Any]) -> str:
    new = [n for n, columns in d["tables"].items()]
    return f"台账由旧版升级，补上 {len(new)} 张表里缺的表和列；原来的台账在“备份”文件夹"


def _scheme(d: dict[str, Any]) -> str:
    keys = "、".join(d["changed"][:NAMED]) + (f" 等 {len(d['changed'])} 处" if len(d["changed"]) > NAMED else "")
    return f"方案文本 {d['old'][:12]} → {d['new'][:12]}" + (f"，改了 {keys}" if keys else "")


def _notice(d: dict[str, Any]) -> str:
    return f"变更第{d['batch_of_changes']:02d}批，{d['rows']} 项，财政差额 {figure(d['fiscal_fen'])} 元"


OWN: dict[str, tuple[str, Callable[[dict[str, Any]], str]]] = {
    "grow": ("台账升级", _grow), "scheme": ("方案文本", _scheme), "notice": ("变更批次", _notice),
}  # fmt: skip
"""What the program does by itself: what it is called, and its sentence."""
