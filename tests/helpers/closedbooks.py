"""A closed platform workbook: an office with three firms, what its staff typed, and that the workbook shows the ledger."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from workspaces import Bureau, Row, firms, uscc

from xltools.catalogue.tables import tables
from xltools.desk.book import workbook as book
from xltools.desk.book.contents.cells import book_texts, texts
from xltools.sheets.platform import closed

NAME = "平台工作簿.xlsm"


def three(made: Bureau) -> None:
    made.drop(firms(1, 2, 3))
    made.collect()
    made.agree(3)
    made.load("fx", {"保险人": "中国信保", "月份": "2019-08", "汇率": 7.0883, "来源": "通知"})
    made.load(
        "lists",
        {"名单": "品牌名单", "统一社会信用代码": uscc(1), "企业名称": "甲", "来源": "苏商", "日期": date(2019, 1, 1)},
    )


def shows(office: Bureau, *, but: str = "") -> None:
    """The workbook shows the ledger: every cell of every table, but those that a formula computes."""
    wanted = book.contents(office.workspace, now=office.now, today=office.today).tables
    found = closed.tables(office.root / NAME)
    for of in (t for t in tables(office.workspace.scheme) if t.name != but):
        there = found[of.name]
        assert (of.name, there.headings) == (of.name, of.headings)
        rows = [r for r in there.rows if any(v is not None for v in r)]
        for x, c in enumerate(of.columns):
            if not c.formula and of.name not in ("日志表", "基准"):
                mine = book_texts([r[x] for r in rows], c.kind)
                assert (of.name, c.heading, mine) == (
                    of.name,
                    c.heading,
                    texts(wanted[of.name][c.heading], c.kind).to_pylist(),
                )


def decide(rows: dict[str, list[Row]]) -> None:
    rows["名册"][0]["市级审核意见"] = "同意"
    rows["名册"][0]["审核日期"] = date(2019, 10, 8)
    rows["资金账"].append(
        {
            "日期": date(2019, 10, 1),
            "类型": "追加",
            "转入": "中国信保",
            "金额(元)": Decimal("0.10"),
            "文号": "批1号",
            "审批人": "局长",
        }
    )
    rows["汇率表"][0]["汇率"] = Decimal("7.12345678")
    rows["名单表"].append({"名单": "基地名单", "企业名称": "乙", "来源": "名录", "统一社会信用代码": uscc(2)})
