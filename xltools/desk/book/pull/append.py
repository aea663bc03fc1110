"""Tables that only grow (只增不改): new rows at the end are entered; what was entered before is never changed."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Connection

from xltools.catalogue.bureau_tables import bureau_tables
from xltools.catalogue.tables import NUMBER
from xltools.desk.book.contents import inputs
from xltools.desk.book.contents.baseline import Base
from xltools.desk.book.contents.cells import editable, texts
from xltools.desk.book.pull.compare import Found
from xltools.desk.book.pull.given import FILE, Given, check, errors, formulas, repeated
from xltools.desk.book.pull.pulled import Edit, Ignored
from xltools.desk.bureau.load import take
from xltools.desk.workspace import Workspace

AGAIN = "已有同样的一笔，没有重复记入"
WHOLE, NEW = "整行", "新的一笔"


def look(conn: Connection, workspace: Workspace, g: Given, base: Base | None, today: date) -> Found:
    """New rows as edits; changed and missing old ones as ignored."""
    of, columns, declared = g.of, editable(g.of), bureau_tables()[g.of.input]
    why = f"{of.name}只增不改；要更正请另记一笔"
    kept = inputs.shown(conn, workspace.scheme, of)
    shown = {c.heading: texts(kept[c.heading], c.kind).to_pylist() for c in columns}
    place = {str(n): j for j, n in enumerate(kept[NUMBER].to_pylist())}
    known = place.keys() if base is None else base.rows.keys() & place.keys()
    numbers = g.keys()
    found = Found()
    found.problems += repeated(g, [n if n in known else "" for n in numbers], {})
    typed = {c.heading: g.texts(c) for c in columns}
    same = [declared.at(f).heading for f in declared.key] or [c.heading for c in columns]
    there = set(zip(*(shown[h] for h in same), strict=True))
    for i, number in enumerate(numbers):
        if number not in known:
            said = " ".join(filter(None, (typed[c.heading][i] for c in columns)))
            if tuple(typed[h][i] for h in same) in there:
                found.ignored.append(Ignored(of.name, g.book.sheet, g.cell(i), NEW, WHOLE, "", said, AGAIN))
            elif said:
                found.edits.append(Edit(of.name, g.book.sheet, g.cell(i), NEW, WHOLE, "", said))
                found.typed.setdefault(WHOLE, set()).add(i)
            continue
        for c in columns:
            was, now = shown[c.heading][place[number]], typed[c.heading][i]
            if was != now:
                where = (of.name, g.book.sheet, g.cell(i, c.heading), f"第 {number} 笔", c.heading)
                found.ignored.append(Ignored(*where, was, now, why))
    for number in sorted(known - set(numbers), key=int):
        found.ignored.append(Ignored(of.name, g.book.sheet, "", f"第 {number} 笔", WHOLE, "在账上", "", why))
    if found.rows:
        some = g.take(found.rows)
        found.problems += [*formulas(some, columns), *errors(some, check(some, workspace.scheme, today))]
    return found


def apply(conn: Connection, workspace: Workspace, g: Given, found: Found, now: datetime, today: date) -> list[str]:
    """Enter the new rows that are not there yet; returns lines. Raises BadInput and Refusal."""
    roster = check(g.take(found.rows), workspace.scheme, today)
    return take(conn, workspace, bureau_tables()[g.of.input], roster, FILE, now=now, today=today).lines
