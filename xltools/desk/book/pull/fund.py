"""资金账: new rows at the end are entered like `fund`; what was entered before is never changed (the account is append-only)."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Connection

from xltools.desk.book.contents import inputs as book_inputs
from xltools.desk.book.contents.baseline import Base
from xltools.desk.book.contents.cells import editable, texts
from xltools.desk.book.pull.compare import Found
from xltools.desk.book.pull.given import FILE, Given, check, errors, formulas, repeated
from xltools.desk.book.pull.pulled import Edit, Ignored
from xltools.desk.bureau.load import movements, put_movements
from xltools.desk.workspace import Workspace

NUMBER = "序号"
SAME = ("日期", "类型", "转出", "转入", "金额(元)", "文号")
"""What tells two movements apart, as `fund` sees it."""
AGAIN = "账上已有同样的一笔，没有重复记入"
WHY = "资金账只增不改；要更正请另记一笔"


def look(conn: Connection, workspace: Workspace, g: Given, base: Base | None, today: date) -> Found:
    """New rows as edits; changed and missing old ones as ignored."""
    of, columns = g.of, editable(g.of)
    kept = book_inputs.movements(conn, workspace)
    shown = {c.heading: texts(kept[c.heading], c.kind).to_pylist() for c in columns}
    place = {str(n): j for j, n in enumerate(kept[NUMBER].to_pylist())}
    known = place.keys() if base is None else base.rows.keys() & place.keys()
    numbers = g.keys()
    found = Found()
    found.problems += repeated(g, [n if n in known else "" for n in numbers], {})
    typed = {c.heading: g.texts(c) for c in columns}
    there = set(zip(*(shown[h] for h in SAME), strict=True))
    for i, number in enumerate(numbers):
        if number not in known:
            said = " ".join(filter(None, (typed[c.heading][i] for c in columns)))
            if tuple(typed[h][i] for h in SAME) in there:
                where = (of.name, g.book.sheet, g.cell(i), "新的一笔", "整行")
                found.ignored.append(Ignored(*where, "", said, AGAIN))
            elif said:
                found.edits.append(Edit(of.name, g.book.sheet, g.cell(i), "新的一笔", "整行", "", said))
                found.typed.setdefault("整行", set()).add(i)
            continue
        for c in columns:
            was, now = shown[c.heading][place[number]], typed[c.heading][i]
            if was != now:
                where = (of.name, g.book.sheet, g.cell(i, c.heading), f"第 {number} 笔", c.heading)
                found.ignored.append(Ignored(*where, was, now, WHY))
    for number in sorted(known - set(numbers), key=int):
        found.ignored.append(Ignored(of.name, g.book.sheet, "", f"第 {number} 笔", "整行", "在账上", "", WHY))
    if found.rows:
        some = g.take(found.rows)
        found.problems += [*formulas(some, columns), *errors(some, check(some, workspace.scheme, today))]
    return found


def apply(conn: Connection, workspace: Workspace, g: Given, found: Found, now: datetime, today: date) -> list[str]:
    """Enter the new rows that are not in the account yet; returns lines. Raises Refusal and LedgerError."""
    moves = movements(check(g.take(found.rows), workspace.scheme, today))
    return put_movements(conn, workspace, moves, FILE, now=now, today=today).lines
