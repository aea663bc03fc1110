"""Tables whose parts are replaced whole (整份替换): rows added, changed and deleted, the parts touched then replaced."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime
from typing import Any

import pyarrow as pa
from sqlalchemy import Connection

from xltools.catalogue.bureau_tables import bureau_tables
from xltools.desk.book.contents import inputs, journal
from xltools.desk.book.contents.baseline import Base
from xltools.desk.book.contents.cells import editable, keys_of
from xltools.desk.book.pull.compare import Found, Sides, Who, compare
from xltools.desk.book.pull.given import FILE, Given, canonical, check, errors, formulas, repeated
from xltools.desk.book.pull.pulled import Conflict, Edit, Problem
from xltools.desk.bureau.load import take
from xltools.desk.workspace import Workspace
from xltools.ledger import bureau

WHOLE = "整行"


def look(conn: Connection, workspace: Workspace, g: Given, base: Base | None, today: date) -> Found:
    """Rows added, changed and deleted since the workbook was updated."""
    of = g.of
    roster = check(g, workspace.scheme, today)
    values = {c.heading: canonical(roster, g, c) for c in editable(of)}
    keys = ["|".join(k) for k in zip(*(values[h] for h in of.key), strict=True)]
    contents = inputs.shown(conn, workspace.scheme, of)
    sides = Sides(base, inputs.cells(contents, of))
    columns = [c for c in editable(of) if c.heading not in of.key]
    ask = journal.changed_by(conn, of.input)
    part = of.key.index(bureau_tables()[of.input].at(bureau_tables()[of.input].part).heading)

    def who(key: str, heading: str) -> str:
        return ask(lambda d: key.split("|")[part] in (d.get("parts") or d.get("lists") or ()))

    labels = [k.replace("|", " ") for k in keys]
    found = compare(g, columns, values, keys, labels, sides, who, clearing={c.heading for c in columns})
    found.problems += [*repeated(g, keys, Counter(keys_of(contents, of, tidy=True))), *formulas(g, editable(of))]
    _deleted(g, keys, sides, found, who)
    new = {i for i, k in enumerate(keys) if k not in sides.ledger}
    if rows := sorted({*found.rows, *new}):
        some = g.take(rows)
        found.problems += errors(some, check(some, workspace.scheme, today))
    return found


def _deleted(g: Given, keys: list[str], sides: Sides, found: Found, who: Who) -> None:
    """Rows that were shown and are gone from the workbook; a conflict where a colleague changed them meanwhile."""
    if sides.base is None:
        return
    if sides.base.cells and not len(g):
        todo = f"要清空其中一份，请只删它的行；要全部清空，请{{{g.of.input}}}"
        found.problems.append(Problem(g.of.name, g.book.sheet, "", f"整张{g.of.name}都空了，没有照办", todo))
        return
    for key in sorted(sides.base.cells.keys() & sides.ledger.keys() - set(keys)):
        place = (g.of.name, g.book.sheet, "", key.replace("|", " "), WHOLE)
        if sides.base.cells[key] == sides.ledger[key]:
            found.edits.append(Edit(*place, "在名单上", ""))
            found.gone.add(key)
        else:
            now = " ".join(v for h, v in sides.ledger[key].items() if v != sides.base.cells[key].get(h))
            found.conflicts.append(Conflict(*place, "在名单上", "", now, who(key, WHOLE)))


def apply(conn: Connection, workspace: Workspace, g: Given, found: Found, now: datetime, today: date) -> list[str]:
    """Replace the parts that were touched: what the ledger has, with the rows as they were typed."""
    declared = bureau_tables()[g.of.input]
    part = declared.key.index(declared.part)
    roster = check(g.take(found.rows), workspace.scheme, today)
    gone_parts = {k.split("|")[part] for k in found.gone}
    there = bureau.rows(conn, declared.name)

    def key(row: dict[str, Any]) -> str:
        return "|".join("" if row[f] is None else str(row[f]) for f in declared.key)

    def whole(typed: pa.Table) -> pa.Table:
        rows = typed.to_pylist()
        touched = {str(r[declared.part]) for r in rows} | gone_parts
        kept = [r for r in there.to_pylist() if str(r[declared.part]) in touched and key(r) not in found.gone]
        place = {key(r): r for r in kept}
        for i, row in zip(found.rows, rows, strict=True):
            if key(row) not in place:
                kept.append(row)
                continue
            for c in editable(g.of):
                if i in found.typed.get(c.heading, ()):
                    place[key(row)][c.field] = row[c.field]
        return pa.Table.from_pylist(kept, schema=there.schema)

    emptied = [p for p in there[declared.part].unique().to_pylist() if str(p) in gone_parts]
    return take(conn, workspace, declared, roster, FILE, now=now, today=today, shape=whole, emptied=emptied).lines
