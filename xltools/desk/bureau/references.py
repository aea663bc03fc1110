"""What a cell of the bureau's tables refers to (指代): a firm, a row sent, a policy, an entry of another table.

People write a firm's code, its 受理编号, its name or a former one; the ledger keeps the thing's own key.
"""

from __future__ import annotations

import difflib
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping

import numpy as np
import pyarrow as pa
from sqlalchemy import Connection

from xltools.catalogue.bureau_tables import BureauColumn, BureauTable, bureau_tables
from xltools.desk.rules.register import names_ever, new_codes
from xltools.desk.rules.sent import accept_number
from xltools.desk.workspace import Workspace
from xltools.ledger import batches, bureau, firms
from xltools.roster.cells import Roster
from xltools.roster.text import folded

FEW = 20
"""For so many unknown ones of a column it is asked what was meant; more are a column of something else."""
Known = Mapping[str, frozenset[str]]
"""What may be written, folded -> the keys that it may mean."""


def resolve(conn: Connection, workspace: Workspace, of: BureauTable, roster: Roster) -> None:
    """Put the key in place of what was written, in every column that refers to something; what is unknown, or may mean
    several, is a finding."""
    for column in of.column:
        if column.kind in KNOWN and column.field in roster.text:
            _resolve(roster, column, KNOWN[column.kind](conn, workspace, column), _where(column))


def _where(column: BureauColumn) -> str:
    if column.kind == "entry":
        return bureau_tables()[column.refers].title
    return {"firm": "台账", "sent": "报送的企业", "policy": "在保名单"}[column.kind]


def _resolve(roster: Roster, column: BureauColumn, known: Known, where: str) -> None:
    cells = roster.text[column.field].to_pylist()
    meant = [known.get(written(w), frozenset()) if w else frozenset() for w in cells]
    unknown = np.array([bool(w) and not m for w, m in zip(cells, meant, strict=True)], dtype=bool)
    if column.strangers:
        meant = [m if m or not w else frozenset({written(w)}) for w, m in zip(cells, meant, strict=True)]
        unknown[:] = False
    several = np.array([len(m) > 1 for m in meant], dtype=bool)
    gone = dict.fromkeys(written(cells[i]) for i in np.flatnonzero(unknown).tolist())
    near = {w: not_there(where, w, known if k < FEW else ()) for k, w in enumerate(gone)}
    more = [near[written(cells[i])] for i in np.flatnonzero(unknown).tolist()]
    roster.found("REFERENCE_UNKNOWN", column.field, unknown, more)
    roster.found("REFERENCE_SEVERAL", column.field, several, ["、".join(sorted(m)) for m in meant if len(m) > 1])
    roster.text[column.field] = pa.array([next(iter(m)) if len(m) == 1 else None for m in meant], pa.string())


def not_there(where: str, said: str, known: Collection[str]) -> str:
    """Where it was looked for in vain, and what may have been meant."""
    near = difflib.get_close_matches(said, known, 1, 0.6)
    return f"{where}里没有" + (f"；是否想写 {near[0]}？" if near else "")


def written(text: str) -> str:
    """What was written, as it is looked for."""
    return folded(text).replace(" ", "").upper()


def _grouped(pairs: list[tuple[str | None, str]]) -> Known:
    out: dict[str, set[str]] = defaultdict(set)
    for said, key in pairs:
        if said:
            out[written(said)].add(key)
    return {w: frozenset(keys) for w, keys in out.items()}


def _firms(conn: Connection, workspace: Workspace, column: BureauColumn) -> Known:
    """By code, 受理编号, and every name under which a firm was ever claimed."""
    known = firms.enterprises(conn)
    codes = known["uscc"].to_pylist()
    numbers = [accept_number(workspace.scheme, n) for n in known["arrival"].to_pylist()]
    named = [(name, uscc) for uscc, name in names_ever(conn, workspace.scheme)]
    return _grouped(
        [
            *new_codes(conn, workspace.scheme).items(),
            *zip(codes, codes, strict=True),
            *zip(numbers, codes, strict=True),
            *named,
        ]
    )


def _sent(conn: Connection, workspace: Workspace, column: BureauColumn) -> Known:
    rows = batches.sent(conn)
    pairs = list(zip(rows["uscc"].to_pylist(), rows["arrival"].to_pylist(), strict=True))
    return _grouped([(w, u) for u, n in pairs for w in (u, accept_number(workspace.scheme, n))])


def _policies(conn: Connection, workspace: Workspace, column: BureauColumn) -> Known:
    """Every policy number that any of the bureau's tables has in a column of its own."""
    numbers = {
        n
        for of in bureau_tables().values()
        for c in of.own
        if c.field == "policy_no" and c.kind != "policy"
        for n in bureau.rows(conn, of.name)[c.field].to_pylist()
    }
    return _grouped([(n, n) for n in numbers if n])


def _entries(conn: Connection, workspace: Workspace, column: BureauColumn) -> Known:
    """Rows of another table by their key; several parts stand one behind the other."""
    of = bureau_tables()[column.refers]
    rows = bureau.rows(conn, of.name)
    fields = of.key if of.kept == "merge" else ("id",) if of.kept == "append" else of.key or (of.part,)
    keys = [
        "|".join("" if v is None else str(v) for v in row)
        for row in zip(*(rows[f].to_pylist() for f in fields), strict=True)
    ]
    return _grouped([(w, k) for k in keys for w in (k, k.replace("|", " "))])


KNOWN: dict[str, Callable[[Connection, Workspace, BureauColumn], Known]] = {
    "firm": _firms, "sent": _sent, "policy": _policies, "entry": _entries,
}  # fmt: skip
