"""评估表, 自评表, 统计表 and 简报表: what was last evaluated, counted and told, as the journal keeps it.

The workbook is shown anew after every press; evaluation and statistics are made when somebody asks for them.
"""

from __future__ import annotations

import json
from fractions import Fraction
from typing import Any

import pyarrow as pa
from sqlalchemy import Connection, select

from xltools.catalogue.tables import table
from xltools.desk.book.contents.cells import cents_of, shaped
from xltools.desk.book.contents.inputs import beside
from xltools.desk.bureau.yearly import EXECUTION
from xltools.desk.workspace import Workspace
from xltools.engine.growth import growth, per_cent
from xltools.ledger.schema import of as tables_of
from xltools.scheme import Scheme
from xltools.scheme import evaluation as standards
from xltools.scheme.evaluation import Evaluation

CRITERIA = {
    "条款": "clause", "评估标准": "text", "怎样算达到": "standard", "结果": "verdict", "数据": "figures", "还缺什么": "missing",
}  # fmt: skip
MONEY = {
    "承保金额(美元)": "insured_cents", "财政扶持(元)": "fiscal_fen", "赔款(美元)": "indemnity_cents", "融资额(元)": "financed_fen",
}  # fmt: skip
COUNTS = {"企业(家)": "firms", "小微(家)": "small"}
GROWN = {
    "企业同比": "firms",
    "承保金额同比": "insured_cents",
    "赔款同比": "indemnity_cents",
    "融资额同比": "financed_fen",
}
HEAD = "表头"
"""First level of what stands at the head of the forms."""


def _last(conn: Connection, verb: str) -> dict[str, Any]:
    """What the journal keeps of the last time that this was done."""
    t = tables_of(conn).journal
    for row in conn.execute(select(t.c.detail).where(t.c.verb == verb).order_by(t.c.seq.desc())):
        try:
            found = json.loads(row.detail)
        except ValueError:  # `verify` names it
            continue
        if isinstance(found, dict):
            return found
    return {}


def judged(conn: Connection, scheme: Scheme) -> pa.Table:
    """评估表: one row a criterion."""
    last = _last(conn, "evaluate")
    rows = last.get("criteria", [])
    columns = {h: [r.get(f) for r in rows] for h, f in CRITERIA.items()}
    return shaped(table(scheme, "评估表"), columns | {"评估于": [last.get("day")] * len(rows)})


def review(conn: Connection, workspace: Workspace) -> pa.Table:
    """自评表: what the forms ask for, what the last evaluation knows, and what the bureau filled in."""
    rules = workspace.data(standards.NAME, Evaluation)
    facts = _last(conn, "evaluate").get("facts", {})
    rows: list[tuple[str, str, str, Any, Any, str]] = [
        (i.first, i.second, i.title, *(facts.get(i.measure) or (None, None)), str(i.points)) for i in rules.indicator
    ]
    rows.append(("预算执行", "", EXECUTION, None, None, str(rules.points.execution.value)))
    rows += [(HEAD, "", h.title, None, None, "") for h in rules.head]
    of = table(workspace.scheme, "自评表")
    typed = beside(conn, workspace.scheme, of)
    place = pa.compute.index_in(
        pa.array([r[2] for r in rows], pa.string()), value_set=typed["indicator"].combine_chunks(), skip_nulls=True
    )
    own = {h: typed[h].combine_chunks().take(place) for h in typed.column_names[1:]}
    heads = ("一级指标", "二级指标", "指标", "系统的指标值", "系统的完成值", "系统的分值")
    return shaped(of, {h: [r[k] for r in rows] for k, h in enumerate(heads)} | own)


def counted(conn: Connection, scheme: Scheme) -> pa.Table:
    """统计表: the lines of the last report."""
    last = _last(conn, "report")
    rows = last.get("lines", [])
    values, bases = [r[2] for r in rows], [r[3] for r in rows]
    columns: dict[str, Any] = {
        "截至": [last.get("cutoff")] * len(rows),
        "分组": [r[0] for r in rows],
        "项目": [r[1] for r in rows],
    }
    columns |= {h: pa.array([v.get(m) for v in values], pa.int64()) for h, m in COUNTS.items()}
    columns |= {h: cents_of(pa.array([v.get(m) for v in values], pa.int64())) for h, m in MONEY.items()}
    for heading, m in GROWN.items():
        columns[heading] = [per_cent(_grown(v.get(m), b.get(m))) for v, b in zip(values, bases, strict=True)]
    return shaped(table(scheme, "统计表"), columns)


def _grown(now: int | None, base: int | None) -> Fraction | None:
    return None if now is None or base is None else growth(now, base)


def told(conn: Connection, scheme: Scheme) -> pa.Table:
    """简报表: the figures and sentences of the last brief."""
    last = _last(conn, "brief")
    figures = [*last.get("figures", []), *(["", text] for text in last.get("said", []))]
    rows = [["时间", last["dated"]], *figures] if last else []
    of = table(scheme, "简报表")
    return shaped(
        of,
        {
            "序号": pa.array(range(1, len(rows) + 1), pa.int64()),
            "项目": [r[0] for r in rows],
            "内容": [r[1] for r in rows],
        },
    )
