"""What the bureau's own tables hold now (市局填的内容), as the workbook's tables show it.

The same functions tell what is drawn and what a pull compares with.
"""

from __future__ import annotations

from decimal import Decimal

import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Connection

from xltools.catalogue.bureau_tables import BureauColumn, bureau_tables
from xltools.catalogue.kinds import KINDS
from xltools.catalogue.tables import NUMBER, TYPES, BookTable, table
from xltools.desk.book.contents.baseline import Cells
from xltools.desk.book.contents.cells import cents_of, editable, keys_of, shaped, texts
from xltools.desk.rules.sent import accept_number
from xltools.desk.workspace import Workspace
from xltools.ledger import batches, bureau
from xltools.scheme import Scheme


def shown(conn: Connection, scheme: Scheme, of: BookTable) -> pa.Table:
    """A table that shows one of the bureau's as it is, in the catalogue's types; 序号 is a row's number in the ledger."""
    declared = bureau_tables()[of.input]
    kept = bureau.rows(conn, declared.name)
    columns = {c.heading: _as_shown(kept[c.field], c) for c in declared.own}
    columns |= {c.heading: _firms(conn, scheme, kept) for c in declared.column if c.shows}
    return shaped(of, columns | ({NUMBER: kept["id"]} if declared.kept == "append" else {}))


def _firms(conn: Connection, scheme: Scheme, kept: pa.Table) -> list[str | None]:
    """The name with which the firm of each row's 受理编号 was sent last."""
    names = batches.names(conn, {int(n) for c in kept["case_no"].to_pylist() if (n := c.rpartition("-")[2]).isdigit()})
    by_case = {accept_number(scheme, arrival): name for arrival, name in names.items()}
    return [by_case.get(case) for case in kept["case_no"].to_pylist()]


def _as_shown(kept: pa.ChunkedArray, c: BureauColumn) -> pa.ChunkedArray | pa.Array:
    kind = KINDS[c.kind]
    if kind.money:
        return cents_of(kept)
    if kind.shown in ("fx", "rate"):
        exact = [None if v is None else Decimal(v).quantize(Decimal("1e-8")) for v in kept.to_pylist()]
        return pa.array(exact, TYPES[kind.shown])
    return kept


def cells(contents: pa.Table, of: BookTable) -> Cells:
    """A table that staff fill in, as canonical text by key and heading; only filled cells."""
    keys = keys_of(contents, of, tidy=True)
    out: Cells = {k: {} for k in keys}
    for c in editable(of):
        for key, value in zip(keys, texts(contents[c.heading], c.kind, tidy=True).to_pylist(), strict=True):
            if value:
                out[key][c.heading] = value
    return out


def reviewed(conn: Connection, workspace: Workspace) -> pa.Table:
    """What the bureau has decided: column uscc, then its columns of 名册 by heading, in the catalogue's types."""
    return beside(conn, workspace.scheme, table(workspace.scheme, "名册"))


def beside(conn: Connection, scheme: Scheme, of: BookTable) -> pa.Table:
    """What the bureau filled in beside rows that are not its own: the key's column by its field, then its columns by heading."""
    declared = bureau_tables()[of.input]
    kept, key = bureau.rows(conn, of.input), declared.key[0]
    columns = {key: kept[key]}
    for c in editable(of):
        columns[c.heading] = _as_shown(kept[c.field], declared.at(c.field)).cast(TYPES[c.kind])
    return pa.table(columns)


def review_cells(reviewed: pa.Table, usccs: pa.Array) -> dict[str, pa.Array]:
    """The decisions along these codes, by heading; blank where nothing is decided."""
    place = pc.index_in(usccs, value_set=reviewed["uscc"].combine_chunks(), skip_nulls=True)
    return {h: reviewed[h].combine_chunks().take(place) for h in reviewed.column_names[1:]}
