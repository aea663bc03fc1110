"""名单表: rows added, changed and deleted, each list then replaced like `lists`."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime
from typing import Any

import pyarrow as pa
from sqlalchemy import Connection

from xltools.desk.book.contents import inputs as book_inputs
from xltools.desk.book.contents import journal as book_journal
from xltools.desk.book.contents.baseline import Base
from xltools.desk.book.contents.cells import editable, keys_of
from xltools.desk.book.pull.compare import Found, Sides, Who, compare
from xltools.desk.book.pull.given import FILE, Given, canonical, check, errors, formulas, repeated
from xltools.desk.book.pull.pulled import Conflict, Edit, Problem
from xltools.desk.book.pull.rates import cells
from xltools.desk.bureau.load import list_rows, put_lists
from xltools.desk.workspace import Workspace
from xltools.ledger import reference

KEY = ("list", "name", "uscc")
"""Fields of a row's key, in the order in which the catalogue names them."""
WHOLE = "整行"
SCHEMA = pa.schema([(n, pa.string()) for n in ("list", "uscc", "name", "source")] + [("day", pa.date32())])


def look(conn: Connection, workspace: Workspace, g: Given, base: Base | None, today: date) -> Found:
    """Rows added, changed and deleted since the workbook was updated."""
    roster = check(g, workspace.scheme, today)
    values = {c.heading: canonical(roster, g, c) for c in editable(g.of)}
    keys = ["|".join(k) for k in zip(*(values[h] for h in g.of.key), strict=True)]
    contents = book_inputs.listed(conn, workspace)
    sides = Sides(base, cells(contents, g.of))
    columns = [c for c in editable(g.of) if c.heading not in g.of.key]
    ask = book_journal.changed_by(conn, "lists")

    def who(key: str, heading: str) -> str:
        return ask(lambda d: key.partition("|")[0] in d.get("lists", ()))

    labels = [k.replace("|", " ") for k in keys]
    found = compare(g, columns, values, keys, labels, sides, who, clearing=True)
    found.problems += [*repeated(g, keys, Counter(keys_of(contents, g.of, tidy=True))), *formulas(g, editable(g.of))]
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
        text = "整张名单表都空了，没有照办。要清空某个名单，请只删它的行；要全部清空，请用 xltools lists"
        found.problems.append(Problem(g.of.name, g.book.sheet, "", text))
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
    """Replace the lists that were touched: what the ledger has, with the rows as they were typed."""
    rows = list_rows(check(g.take(found.rows), workspace.scheme, today)).to_pylist()
    touched = {r["list"] for r in rows} | {k.partition("|")[0] for k in found.gone}
    kept = [r for r in reference.lists(conn).to_pylist() if r["list"] in touched and _key(r) not in found.gone]
    place = {_key(r): r for r in kept}
    for i, row in zip(found.rows, rows, strict=True):
        if _key(row) not in place:
            kept.append(row)
            continue
        for heading, field in (("来源", "source"), ("日期", "day")):
            if i in found.typed.get(heading, ()):
                place[_key(row)][field] = row[field]
    data = pa.Table.from_pylist(kept, schema=SCHEMA)
    names = data["list"].to_pylist()
    replaced = put_lists(conn, workspace, data, FILE, now, sorted(touched - set(names)))
    return [f"{n}：{names.count(n)} 家" for n in replaced]


def _key(row: dict[str, Any]) -> str:
    return "|".join(row[f] or "" for f in KEY)
