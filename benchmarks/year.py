"""The year's money: a workspace whose firms are sent, the insurers' returns to all of them, and what taking these costs."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa

from benchmarks import roster
from xltools import ledger
from xltools.desk.batch.submit import submit
from xltools.desk.bureau.load import load_table
from xltools.desk.enrol.collect import collect
from xltools.desk.workspace import Workspace, init, open_workspace
from xltools.ledger import batches, claims
from xltools.scheme import load, source
from xltools.sheets.write.bulk import Sheet, write_table

NOW = datetime(2019, 12, 31, 9)
LATER = datetime(2020, 2, 20, 9)
FIRMS = 29_000
"""So many applications for some 22,000 firms that are sent."""
RATES = (Decimal("7.0533"), Decimal("7.0729"))
"""Of January and February, both insurers'."""


def make(folder: Path, firms: int) -> Workspace:
    """A workspace in `folder` in which about so many firms have been sent; pools that hold them all."""
    folder.mkdir(parents=True)
    text = source("nantong-2019")
    for was, new in (
        ("value = 4500000,", "value = 4500000000,"),
        ("value = 500000,", "value = 500000000,"),
        ("value = 5000000,", "value = 5000000000,"),
    ):
        text = text.replace(f"pool = {{ {was}", f"pool = {{ {new}").replace(f"total = {{ {was}", f"total = {{ {new}")
    (folder / "方案.toml").write_text(text, "utf-8")
    root = folder / "工作区"
    init(root, str(folder / "方案.toml"), now=NOW, who="王甲")
    room = open_workspace(root, "王甲")
    roster.write(room.inbox / "崇川区.xlsx", load("nantong-2019"), firms, area="崇川区", mistakes=False)
    collect(room, now=NOW, today=NOW.date())
    with ledger.reading(room.ledger) as conn:
        codes = claims.claims(conn)["uscc"].to_pylist()
    opinions = pa.table(
        {"统一社会信用代码": codes, "市级审核意见": ["同意"] * len(codes), "审核人": ["王甲"] * len(codes)}
    )
    write_table(folder / "审核.xlsx", [Sheet("审核", opinions)])
    load_table(room, "review", folder / "审核.xlsx", now=NOW, today=NOW.date())
    submit(room, now=NOW, today=NOW.date(), accept_fx=True)
    names = [i.name for i in room.scheme.insurers for _ in RATES]
    fx = {
        "保险人": names,
        "月份": ["2020-01", "2020-02"] * 2,
        "汇率": [str(r) for r in RATES] * 2,
        "来源": ["系统"] * 4,
    }
    write_table(folder / "汇率.xlsx", [Sheet("汇率", pa.table(fx))])
    load_table(room, "fx", folder / "汇率.xlsx", now=NOW, today=LATER.date())
    return room


def answers(room: Workspace, path: Path) -> int:
    """Returns to every row sent, as insurers write them: one in fifty is a fen too much, one in a hundred refused."""
    from xltools.desk.rules.results import priced
    from xltools.desk.rules.sent import accept_number, json_cells, schemes

    with ledger.reading(room.ledger) as conn:
        rows = batches.sent(conn).to_pylist()
        of_days = schemes(conn, batches.batches(conn).to_pylist())
    fx = [RATES[i % 2] for i in range(len(rows))]
    cells = [json_cells(r) | {"batch_id": r["batch_id"], "plan": r["plan"]} for r in rows]
    p = priced(room.scheme, of_days, pa.Table.from_pylist(cells), fx)
    day = [(datetime(2020, 1, 20) if i % 2 == 0 else datetime(2020, 2, 5)).date() for i in range(len(rows))]
    more = [int(i % 50 == 0) for i in range(len(rows))]
    refused = [i % 100 == 7 for i in range(len(rows))]

    def unless(values: list[object]) -> list[object]:
        return [None if no else v for v, no in zip(values, refused, strict=True)]

    def yuan(fen: list[int]) -> pa.Array:
        return pa.array(unless([Decimal(v).scaleb(-2) for v in fen]), pa.decimal128(18, 2))

    gross, fiscal, own = (a.tolist() for a in (p.gross_fen, p.fiscal_fen, p.enterprise_fen))
    table = pa.table(
        {
            "受理编号": [accept_number(room.scheme, r["arrival"]) for r in rows],
            "被保险人名称": [c["name"] for c in cells],
            "统一社会信用代码": [r["uscc"] for r in rows],
            "保单号": pa.array(unless([f"SCH{i:08d}" for i in range(len(rows))]), pa.string()),
            "保单录入日期": pa.array(unless(list(day)), pa.date32()),
            "系统汇率": pa.array(unless([v.quantize(Decimal("1e-8")) for v in fx]), pa.decimal128(18, 8)),
            "实际保费(元)": yuan([g + m for g, m in zip(gross, more, strict=True)]),
            "实际财政承担(元)": yuan([f + m for f, m in zip(fiscal, more, strict=True)]),
            "实际企业承担(元)": yuan(own),
            "起保日期": pa.array(unless([room.scheme.cover.start.value] * len(rows)), pa.date32()),
            "终保日期": pa.array(unless([room.scheme.cover.end.value] * len(rows)), pa.date32()),
            "拒保原因": pa.array(["买方风险" if no else None for no in refused], pa.string()),
        }
    )
    write_table(path, [Sheet("承保结果", table)])
    return len(rows)


def settle(room: Workspace, path: Path) -> Path:
    """The returns taken, settled, and the application with every policy written."""
    from xltools.desk.year.settle import SETTLE, apply_for, settlement

    load_table(room, "issued", path, now=LATER, today=LATER.date())
    found = settlement(room, today=LATER.date())
    return apply_for(room, SETTLE, found, today=LATER.date())
