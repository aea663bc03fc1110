"""汇率表: new rows and changed rates are set like `fx`."""

from __future__ import annotations

from datetime import date, datetime

import pyarrow as pa
from sqlalchemy import Connection

from xltools.catalogue.tables import BookTable
from xltools.desk.book.contents import inputs as book_inputs
from xltools.desk.book.contents import journal as book_journal
from xltools.desk.book.contents.baseline import Base, Cells
from xltools.desk.book.contents.cells import editable, keys_of, texts
from xltools.desk.book.pull.compare import Found, Sides, compare
from xltools.desk.book.pull.given import FILE, Given, canonical, check, errors, formulas, repeated
from xltools.desk.book.pull.pulled import Ignored
from xltools.desk.bureau.load import fx_rows, put_fx
from xltools.desk.workspace import Workspace
from xltools.ledger import reference

GONE = "汇率不能删，只能改；更新后这一行会补回来"


def look(conn: Connection, workspace: Workspace, g: Given, base: Base | None, today: date) -> Found:
    """New and changed rates."""
    roster = check(g, workspace.scheme, today)
    values = {c.heading: canonical(roster, g, c) for c in editable(g.of)}
    keys = ["|".join(k) for k in zip(*(values[h] for h in g.of.key), strict=True)]
    sides = Sides(base, cells(book_inputs.rates(conn, workspace), g.of))
    columns = [c for c in editable(g.of) if c.heading not in g.of.key]
    ask = book_journal.changed_by(conn, "fx")

    def who(key: str, heading: str) -> str:
        return ask(lambda d: key.replace("|", " ") in d.get("changed", {}))

    labels = [k.replace("|", " ") for k in keys]
    found = compare(g, columns, values, keys, labels, sides, who, clearing=True)
    found.problems += [*repeated(g, keys, {}), *formulas(g, editable(g.of))]
    for key in sorted((base.cells if base else {}).keys() & sides.ledger.keys() - set(keys)):
        found.ignored.append(Ignored(g.of.name, g.book.sheet, "", key.replace("|", " "), "整行", "在册", "", GONE))
    new = {i for i, k in enumerate(keys) if k not in sides.ledger and (base is None or k not in base.cells)}
    if rows := sorted({*found.rows, *new}):
        some = g.take(rows)
        found.problems += errors(some, check(some, workspace.scheme, today))
    return found


def apply(conn: Connection, workspace: Workspace, g: Given, found: Found, now: datetime, today: date) -> list[str]:
    """Set the rates; a cell that was not typed keeps what the ledger has. Raises Refusal."""
    data = fx_rows(FILE, check(g.take(found.rows), workspace.scheme, today)).to_pylist()
    kept = {(r["insurer"], r["month"]): r for r in reference.fx(conn).to_pylist()}
    for i, row in zip(found.rows, data, strict=True):
        there = kept.get((row["insurer"], row["month"]))
        for heading, field in (("汇率", "rate"), ("来源", "source")):
            if there and i not in found.typed.get(heading, ()):
                row[field] = there[field]
    names = ("insurer", "month", "rate", "source")
    rows = pa.table({n: pa.array([r[n] for r in data], pa.string()) for n in names})
    return put_fx(conn, workspace, rows, FILE, now)[0]


def cells(contents: pa.Table, of: BookTable) -> Cells:
    """A table that staff fill in, as canonical text by key and heading."""
    keys = keys_of(contents, of, tidy=True)
    out: Cells = {k: {} for k in keys}
    for c in editable(of):
        for key, value in zip(keys, texts(contents[c.heading], c.kind, tidy=True).to_pylist(), strict=True):
            if value:
                out[key][c.heading] = value
    return out
