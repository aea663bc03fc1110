"""变更批次: accepted changes that their insurer has not been told, one workbook an insurer, each told once.

What was told stands in the journal (verb NOTICE): the changes by key, and the digest of the rows.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
from sqlalchemy import Connection, select

from xltools.desk.rules.changes import ENDING, FIELD, OTHER, REINSURE, Change, became, bound, came_back, changed, since
from xltools.desk.rules.register import Register
from xltools.desk.rules.sent import accept_number, json_cells
from xltools.desk.workspace import SUBMITTED, Workspace
from xltools.ledger import Entry, batches, outbox
from xltools.ledger.inside import inside, noted
from xltools.ledger.journal import append
from xltools.ledger.schema import of
from xltools.scheme.model import Insurer
from xltools.sheets.insurer import changebatch
from xltools.sheets.ooxml.refused import Refused

NOTICE = "notice"
"""What the journal calls a batch of changes."""


@dataclass(frozen=True)
class Noticed:
    """One batch of changes: how many, and the fiscal money that they move (负 = 释放)."""

    insurer: str
    number: int
    file: str
    rows: int
    fiscal_fen: int
    code: str


def notices(
    conn: Connection, workspace: Workspace, register: Register, wanted: list[Insurer], *, now: datetime, today: date
) -> list[Noticed]:
    """Write what these insurers have not been told yet."""
    told, numbers = _told(conn)
    out = []
    for insurer in wanted:
        lines = [(key, line) for key, line in _lines(conn, register, insurer.name) if key not in told]
        if not lines:
            continue
        number = numbers.get(insurer.name, 0) + 1
        rows = pa.Table.from_pylist([line for _, line in lines], schema=changebatch.SCHEMA)
        batch = changebatch.ChangeBatch(workspace.scheme, insurer, number, today, rows, workspace.who)
        final = workspace.submitted / changebatch.file_name(workspace.scheme, insurer, number, today)
        sha256 = changebatch.write(outbox.stage(conn, workspace.root, final), batch)
        fen = sum(int(line["财政差额(元)"] * 100) for _, line in lines if line["财政差额(元)"] is not None)
        detail: dict[str, Any] = {
            "batch_of_changes": number, "rows": len(lines), "fiscal_fen": fen, "sha256": sha256, "file": final.name,
            "changes": [list(key) for key, _ in lines],
        }  # fmt: skip
        append(conn, Entry(now, workspace.who, NOTICE, insurer.name, detail))
        out.append(Noticed(insurer.name, number, final.name, len(lines), fen, sha256[: batches.CODE]))
    return out


Key = tuple[str, str, str, str]
"""受理编号, kind, item and day of a change, as the journal keeps them."""


def key_of(change: Change) -> Key:
    return change["case_no"], change["kind"], change["item"], f"{change['asked']}"


def _told(conn: Connection) -> tuple[set[Key], dict[str, int]]:
    """The changes that went out, and the last number of each insurer's batches."""
    t = of(conn).journal
    told: set[Key] = set()
    numbers: dict[str, int] = {}
    for row in conn.execute(select(t.c.subject, t.c.detail).where(t.c.verb == NOTICE).order_by(t.c.seq)):
        detail = json.loads(row.detail)
        told |= {(a, b, c, d) for a, b, c, d in detail["changes"]}
        numbers[row.subject] = detail["batch_of_changes"]
    return told, numbers


def _lines(conn: Connection, register: Register, insurer: str) -> Iterator[tuple[Key, dict[str, Any]]]:
    """Each accepted change of the insurer's rows as a line of its list, in the order of batch and place."""
    known = {b["id"]: b for b in register.sent.batches.to_pylist()}
    for raw in batches.sent(conn).to_pylist():
        if raw["insurer"] != insurer or raw["batch_id"] not in known:  # a batch of this very moment has no changes yet
            continue
        number, batch = accept_number(register.scheme, raw["arrival"]), known[raw["batch_id"]]
        mine = bound(register.sent.changes.get(number, ()), insurer, batch["day"])
        scheme = register.sent.schemes.get(raw["batch_id"], register.scheme)
        result = register.sent.results.get((raw["batch_id"], raw["place"]))
        for k, change in enumerate(mine):
            if change["item"] == OTHER:
                continue  # nothing of what was sent
            before = changed(scheme, json_cells(raw), raw, mine[:k])
            status, _ = became(result, mine[:k], "sent")
            after, _ = became(result, mine[: k + 1], "sent")
            if change["kind"] in ENDING and after == status:
                continue  # still waits for the insurer, or ended before
            line = _line(change, insurer, before, changed(scheme, json_cells(raw), raw, mine[: k + 1]))
            if change["kind"] in ENDING:
                back = came_back(result, mine[: k + 1])[0] if status == "issued" else int(before["fiscal_fen"])
                line["财政差额(元)"] = _yuan(-back)
            yield key_of(change), line | {
                "原批次": f"第{batch['no']:02d}批", "原序号": raw["place"], "受理编号": number,
                "企业名称": before["name"], "统一社会信用代码": raw["uscc"],
            }  # fmt: skip


def _line(change: Change, insurer: str, before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    field = FIELD.get(change["item"], "")
    was, new = before.get(field), change["new"]
    if change["kind"] in ENDING:
        was = insurer if change["kind"] == REINSURE else None
        new = f"撤销（改投{change['new']}）" if change["kind"] == REINSURE else "撤销"
    elif field == "exports_cents":
        was, new = f"{_yuan(before[field]):,}", f"{_yuan(after[field]):,}"
    moved = after["fiscal_fen"] - before["fiscal_fen"]
    return {
        "类型": change["kind"], "项目": change["item"], "变更前": None if was is None else str(was), "变更后": new,
        "依据": change["grounds"], "生效日": since(change), "财政差额(元)": _yuan(moved) if moved else None,
    }  # fmt: skip


def _yuan(fen: int) -> Decimal:
    return Decimal(fen).scaleb(-2)


def differences(conn: Connection, workspace: Workspace) -> list[str]:
    """A sentence for every batch of changes that is not as it was sent."""
    t = of(conn).journal
    out: list[str] = []
    for text in conn.scalars(select(t.c.detail).where(t.c.verb == NOTICE).order_by(t.c.seq)):
        detail = json.loads(text)
        with noted(out):
            final = inside(workspace.root, f"{SUBMITTED}/{detail['file']}")
            path = outbox.placed(conn, workspace.root, final) or final
            try:
                same = changebatch.digest(changebatch.read(path)) == detail["sha256"]
            except (Refused, OSError, ValueError, ArithmeticError):
                out.append(f"{path.name} 不在或读不出来；报送时的工作簿应在“报送”文件夹里，请从备份找回")
                continue
            if not same:
                out.append(f"{path.name}：变更清单与报送时不同，请从备份找回原来的")
    return out
