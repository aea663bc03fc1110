"""What the bureau's own inputs hold now (市局填的内容): review, fund, exchange rates and lists as the workbook's tables.

The same functions tell what is drawn and what a pull compares with.
"""

from __future__ import annotations

from decimal import Decimal

import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Connection

from xltools.catalogue.tables import TYPES, table
from xltools.desk.book.contents.cells import cents_of, shaped
from xltools.desk.workspace import Workspace
from xltools.ledger import fund, reference, reviews

EXPORTS = "exports"
"""The only field of a review that the ledger keeps under another name: exports_cents."""


def reviewed(conn: Connection, workspace: Workspace) -> pa.Table:
    """What the bureau has decided: column uscc, then its columns of 名册 by heading, in the catalogue's types."""
    kept = reviews.reviews(conn)
    columns = {"uscc": kept["uscc"]}
    for c in table(workspace.scheme, "名册").columns:
        if c.owner == "bureau":
            found = cents_of(kept["exports_cents"]) if c.field == EXPORTS else kept[c.field]
            columns[c.heading] = found.cast(TYPES[c.kind])
    return pa.table(columns)


def review_cells(reviewed: pa.Table, usccs: pa.Array) -> dict[str, pa.Array]:
    """The decisions along these codes, by heading; blank where nothing is decided."""
    place = pc.index_in(usccs, value_set=reviewed["uscc"].combine_chunks(), skip_nulls=True)
    return {h: reviewed[h].combine_chunks().take(place) for h in reviewed.column_names[1:]}


def movements(conn: Connection, workspace: Workspace) -> pa.Table:
    """资金账: every movement as it was entered; 序号 is its number in the ledger."""
    kept = fund.fund(conn)
    return shaped(
        table(workspace.scheme, "资金账"),
        {
            "日期": kept["day"], "类型": kept["kind"], "转出": kept["source"], "转入": kept["target"],
            "金额(元)": cents_of(kept["fen"]), "文号": kept["document"], "审批人": kept["approver"],
            "备注": kept["remark"], "序号": kept["id"],
        },
    )  # fmt: skip


def rates(conn: Connection, workspace: Workspace) -> pa.Table:
    """汇率表: by insurer and month."""
    kept = reference.fx(conn)
    exact = [Decimal(r).quantize(Decimal("1e-8")) for r in kept["rate"].to_pylist()]
    columns = {"保险人": kept["insurer"], "月份": kept["month"], "汇率": exact, "来源": kept["source"]}
    return shaped(table(workspace.scheme, "汇率表"), columns)


def listed(conn: Connection, workspace: Workspace) -> pa.Table:
    """名单表: by list, code and name."""
    kept = reference.lists(conn)
    columns = {
        "名单": kept["list"], "统一社会信用代码": kept["uscc"], "企业名称": kept["name"], "来源": kept["source"],
        "日期": kept["day"],
    }  # fmt: skip
    return shaped(table(workspace.scheme, "名单表"), columns)
