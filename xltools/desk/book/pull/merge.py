"""Tables that are merged by their key (按键合并): cells typed in the workbook are taken over one by one, as a file's are.

The bureau's decisions stand among the districts' rows (名册), one decision for all rows of a firm; other such tables
have a sheet of their own, where staff add rows too.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import numpy as np
from sqlalchemy import Connection

from xltools.catalogue.bureau_tables import bureau_tables
from xltools.catalogue.tables import BookTable
from xltools.desk.book.contents import inputs, journal
from xltools.desk.book.contents.baseline import Base, Cells
from xltools.desk.book.contents.cells import editable, texts
from xltools.desk.book.pull.compare import Found, Sides, compare
from xltools.desk.book.pull.given import FILE, Given, canonical, check, errors, formulas, repeated
from xltools.desk.book.pull.pulled import Ignored
from xltools.desk.bureau.load import only, take
from xltools.desk.bureau.own import OFFICIAL
from xltools.desk.workspace import Workspace

GONE = "这张表的行不能删，只能改；更新后这一行会补回来"


def look(conn: Connection, workspace: Workspace, g: Given, base: Base | None, today: date) -> Found:
    """What was typed: changed cells, and new rows where the table has a sheet of its own."""
    of, declared = g.of, bureau_tables()[g.of.input]
    roster = check(g, workspace.scheme, today)
    values = {c.heading: canonical(roster, g, c) for c in editable(of)}
    if of.grows:
        keys = ["|".join(k) for k in zip(*(values[h] for h in of.key), strict=True)]
        labels = [k.replace("|", " ") for k in keys]
    else:
        keys = [k or "" for k in roster.text[declared.key[0]].to_pylist()]
        labels = _labels(g)
    columns = [c for c in editable(of) if not of.grows or c.heading not in of.key]
    cleared = {c.heading for c in columns if of.grows and declared.at(c.field).required}
    fields = {c.heading: OFFICIAL.get(c.field, c.field) for c in columns}
    ask = journal.changed_by(conn, of.input)

    def who(key: str, heading: str) -> str:
        return ask(lambda d: _touches(d, key.replace("|", " "), fields[heading]))

    sides = Sides(base, ledger(conn, workspace, of))
    found = compare(g, columns, values, keys, labels, sides, who, clearing=cleared)
    found.problems += formulas(g, editable(of))
    new: set[int] = set()
    if of.grows:
        found.problems += repeated(g, keys, {})
        for key in sorted((base.cells if base else {}).keys() & sides.ledger.keys() - set(keys)):
            found.ignored.append(Ignored(of.name, g.book.sheet, "", key.replace("|", " "), "整行", "在册", "", GONE))
        new = {i for i, k in enumerate(keys) if k not in sides.ledger and (base is None or k not in base.cells)}
    elif base is not None:
        found.problems += repeated(g, g.keys(), {k: len(v) for k, v in base.rows.items()})
    if rows := sorted({*found.rows, *new}):
        some = g.take(rows)
        found.problems += errors(some, check(some, workspace.scheme, today))
    return found


def apply(conn: Connection, workspace: Workspace, g: Given, found: Found, now: datetime, today: date) -> list[str]:
    """Take the typed cells over; a cell that was not typed keeps what the ledger has. Raises BadInput and Refusal."""
    declared = bureau_tables()[g.of.input]
    some = g.take(found.rows)
    place = {i: k for k, i in enumerate(found.rows)}
    typed = {}
    for c in editable(g.of):
        mask = np.zeros(len(some), dtype=bool)
        mask[[place[i] for i in found.typed.get(c.heading, ())]] = True
        typed[c.field] = mask
    roster = check(some, workspace.scheme, today)
    return take(conn, workspace, declared, roster, FILE, now=now, today=today, shape=only(declared, typed)).lines


def ledger(conn: Connection, workspace: Workspace, of: BookTable) -> Cells:
    """What the ledger has of the bureau's columns, as canonical text by key and heading; only filled cells."""
    if of.grows:
        return inputs.cells(inputs.shown(conn, workspace.scheme, of), of)
    kept = inputs.beside(conn, workspace.scheme, of)
    out: Cells = {u: {} for u in kept[kept.column_names[0]].to_pylist()}
    for c in editable(of):
        for u, value in zip(out, texts(kept[c.heading], c.kind, tidy=True).to_pylist(), strict=True):
            if value:
                out[u][c.heading] = value
    return out


def _touches(detail: dict[str, Any], key: str, field: str) -> bool:
    """Whether an entry of the journal changed that cell; entries of earlier versions named no fields of a rate."""
    changed = detail.get("changed", {}).get(key)
    return isinstance(changed, list) or (isinstance(changed, dict) and field in changed)


def _labels(g: Given) -> list[str]:
    named = tuple(h for h in ("受理编号", "企业名称") if h in g.places) or g.of.key
    pairs = zip(*(g.values(h) for h in named), strict=True)
    return [" ".join(str(v) for v in pair if v is not None) for pair in pairs]
