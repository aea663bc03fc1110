"""名册: what the bureau typed about firms, taken over by the same operation as a review table (`review`)."""

from __future__ import annotations

from datetime import date, datetime

import numpy as np
from sqlalchemy import Connection

from xltools.catalogue.tables import table
from xltools.desk.book.contents import inputs as book_inputs
from xltools.desk.book.contents import journal as book_journal
from xltools.desk.book.contents.baseline import Base, Cells
from xltools.desk.book.contents.cells import editable, texts
from xltools.desk.book.pull.compare import Found, Sides, compare
from xltools.desk.book.pull.given import FILE, Given, canonical, check, errors, formulas, repeated
from xltools.desk.book.pull.pulled import Problem
from xltools.desk.bureau.review import OFFICIAL, take_over
from xltools.desk.errors import BadInput
from xltools.desk.workspace import Workspace

JOURNAL = {"exports": "exports_cents", **OFFICIAL}
"""Fields that the journal of reviews calls otherwise."""


def look(conn: Connection, workspace: Workspace, g: Given, base: Base | None, today: date) -> Found:
    """What was typed, by firm; rows of one firm that several districts report show the same decisions."""
    columns = editable(g.of)
    roster = check(g, workspace.scheme, today)
    values = {c.heading: canonical(roster, g, c) for c in columns}
    keys = [u or "" for u in roster.text["uscc"].to_pylist()]
    fields = {c.heading: JOURNAL.get(c.field, c.field) for c in columns}
    ask = book_journal.changed_by(conn, "review")

    def who(uscc: str, heading: str) -> str:
        return ask(lambda d: fields[heading] in d.get("changed", {}).get(uscc, {}))

    found = compare(g, columns, values, keys, _labels(g), Sides(base, ledger(conn, workspace)), who)
    found.problems += formulas(g, columns)
    if base is not None:
        found.problems += repeated(g, g.keys(), {k: len(v) for k, v in base.rows.items()})
    if found.rows:
        some = g.take(found.rows)
        found.problems += errors(some, check(some, workspace.scheme, today))
    return found


def apply(conn: Connection, workspace: Workspace, g: Given, found: Found, now: datetime, today: date) -> list[str]:
    """Take the typed cells over; returns lines. Raises BadInput as `review` does."""
    some = g.take(found.rows)
    roster = check(some, workspace.scheme, today)
    place = {i: k for k, i in enumerate(found.rows)}
    typed = {}
    for c in editable(g.of):
        mask = np.zeros(len(some), dtype=bool)
        mask[[place[i] for i in found.typed.get(c.heading, ())]] = True
        typed[c.field] = mask
    return take_over(conn, workspace, roster, FILE, now=now, today=today, typed=typed).lines


def problems_of(g: Given, e: BadInput) -> list[Problem]:
    """The cells that a review names, as problems of the table."""
    return [Problem(g.of.name, g.book.sheet, p.cell, p.sentence) for p in e.placed]


def ledger(conn: Connection, workspace: Workspace) -> Cells:
    """The bureau's decisions as canonical text, by code and heading."""
    kept = book_inputs.reviewed(conn, workspace)
    out: Cells = {u: {} for u in kept["uscc"].to_pylist()}
    for c in editable(table(workspace.scheme, "名册")):
        for u, value in zip(out, texts(kept[c.heading], c.kind, tidy=True).to_pylist(), strict=True):
            if value:
                out[u][c.heading] = value
    return out


def _labels(g: Given) -> list[str]:
    pairs = zip(g.values("受理编号"), g.values("企业名称"), strict=True)
    return [" ".join(str(v) for v in pair if v is not None) for pair in pairs]
