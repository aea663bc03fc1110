"""The workbook's tables (平台工作簿的内容): each against what another command says about the same ledger."""

from __future__ import annotations

import csv
import re
from collections import Counter
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from books import opened
from pydantic import BaseModel
from workspaces import (
    HERE,
    NOW,
    SCHEME,
    THERE,
    Bureau,
    Row,
    at,
    bureau_in,
    cells,
    firm,
    firms,
    own_scheme,
    policy,
    pools,
    prepared,
    uscc,
)

from xltools.catalogue.tables import tables
from xltools.desk.book import workbook as book
from xltools.desk.book.contents import scheme as book_scheme
from xltools.desk.book.contents.baseline import read, rows_of
from xltools.desk.book.contents.cells import text_of, texts
from xltools.ledger import Entry, writing
from xltools.ledger.journal import append
from xltools.scheme import load
from xltools.scheme.model import Figure, Scheme


def year(made: Bureau) -> None:
    """A bureau in the middle of its year: every kind of row there is."""
    made.drop(
        [
            firm(1), firm(2, exports=450_000, wish=None), firm(3, exports="约300万"), firm(4, opinion=None, received=None),
            firm(5, insured="已投保"), firm(6, exports=1_000_000), firm(7, wish="B", copay="是"), firm(8, wish="C"),
            firm(9, size="大型"), firm(10, insurer="人保财险"), firm(11, received=at(3)), firm(12, uscc="123"),
            firm(13, area="其他"), firm(14, wish="B"),
        ],
        district=HERE,
    )  # fmt: skip
    made.drop(
        [firm(20, area=THERE), firm(1, area=THERE, received=at(500)), firm(21, area=THERE, priorities="4")],
        district=THERE,
    )
    made.collect()
    made.load("inforce", policy(30, "中国信保"), policy(31, "人保财险"))
    made.load(
        "lists",
        {"名单": "品牌名单", "统一社会信用代码": uscc(21), "企业名称": "甲", "来源": "苏商", "日期": date(2019, 1, 1)},
    )
    made.load("fx", {"保险人": "中国信保", "月份": "2019-09", "汇率": "7.0883", "来源": "通知"})
    made.review({"统一社会信用代码": uscc(1), "撤回": THERE})
    made.agree(1, 2, 7)
    made.submit()
    made.agree(9, 10, 11, 21)
    made.decide(11, **{"核定出口额(美元)": "4,000,000.10", "核定依据": "报关单", "审批依据": "纪要"})
    made.move("调剂", "中国信保", "人保财险", "1,000.50")
    made.sent_in([firm(1, phone="13800000099", exports=6_000_000)], HERE, round=2)


@pytest.fixture
def office(tmp_path: Path) -> Bureau:
    return prepared(tmp_path, year)


@pytest.fixture
def shown(office: Bureau) -> dict[str, list[Row]]:
    found = book.contents(office.workspace, now=NOW, today=office.today)
    return {n: t.to_pylist() for n, t in found.tables.items()}


def assessed(office: Bureau, folder: Path) -> list[dict[str, str]]:
    """`assess -o` as CSV, verbatim."""
    out = folder / "测算.csv"
    assert office.cli("assess", "-o", out).code in (0, 1)
    with out.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def text(value: Any) -> str:
    return "" if value is None else str(value)


def number(value: str) -> Decimal | None:
    return Decimal(value) if value else None


# ── every table ──


def test_every_table_of_the_catalogue_has_its_very_schema(office: Bureau) -> None:
    found = book.contents(office.workspace, now=NOW, today=office.today)
    assert {t.name: t.schema for t in tables(SCHEME)} == {n: t.schema for n, t in found.tables.items()}
    for table in found.tables.values():
        blank = [f.name for f in table.schema if pa.types.is_string(f.type) and "" in table[f.name].to_pylist()]
        assert blank == []


def test_an_empty_ledger_gives_a_workbook_with_parameters_and_pools(tmp_path: Path) -> None:
    office = bureau_in(tmp_path)
    found = book.contents(office.workspace, now=NOW, today=office.today)
    counts = {n: t.num_rows for n, t in found.tables.items() if t.num_rows}
    assert counts.keys() == {
        "资金池",
        "清算表",
        "试算表",
        "达标表",
        "漏斗表",
        "资金账",
        "国别组表",
        "方案表",
        "参数表",
        "区表",
        "口径表",
        "自评表",
        "日志表",
        "阶段表",
        "按钮表",
        "基准",
    }
    assert found.facts["阶段"] == "template"


def test_the_same_ledger_gives_the_same_contents(office: Bureau) -> None:
    one, two = (book.contents(office.workspace, now=NOW, today=office.today) for _ in range(2))
    assert one.facts == two.facts
    assert all(one.tables[n].equals(two.tables[n]) for n in one.tables)


# ── 测算 and 排队 against `assess -o` ──

MONEY = ("应缴保费(元)", "财政扶持(元)", "企业承担(元)", "应缴保费(美元)", "最高赔偿限额(美元)", "费率", "汇率")
WORDS = (
    "受理编号",
    "企业名称",
    "资格",
    "方案",
    "保险人",
    "资金安排",
    "优先",
    "统一社会信用代码",
    "所属区",
    "说明代码",
    "说明",
)


def test_outcomes_are_those_of_assess_cell_by_cell(office: Bureau, shown: dict[str, list[Row]], tmp_path: Path) -> None:
    rows, other = shown["测算"], assessed(office, tmp_path)
    assert len(rows) == len(other) == 15
    for mine, theirs in zip(rows, other, strict=True):
        assert {h: text(mine[h]) for h in WORDS} == {h: theirs[h] for h in WORDS}
        assert {h: mine[h] for h in MONEY} == {h: number(theirs[h]) for h in MONEY}
        assert [text(mine[h]) for h in ("排队号", "池内序号")] == [theirs[h] for h in ("排队号", "池内序号")]


def test_frozen_rows_carry_their_rate_and_what_was_sent(shown: dict[str, list[Row]]) -> None:
    rows = {r["受理编号"]: r for r in shown["测算"]}
    assert {n: r["锁定汇率"] for n, r in rows.items() if r["锁定汇率"] is not None} == {
        f"NT2019-000{n}": Decimal("7.00000000") for n in (1, 2, 7)
    }
    assert rows["NT2019-0001"]["出口额(美元)"] == Decimal("5000000.00")  # the district's new figure is pending
    assert (rows["NT2019-0001"]["资格"], rows["NT2019-0001"]["资金安排"]) == ("符合条件", "已报送")
    assert rows["NT2019-0011"]["出口额(美元)"] == Decimal("4000000.10")


def test_the_queue_is_assess_in_order_with_its_running_sum(
    office: Bureau, shown: dict[str, list[Row]], tmp_path: Path
) -> None:
    other = sorted((r for r in assessed(office, tmp_path) if r["排队号"]), key=lambda r: int(r["排队号"]))
    running: Counter[str] = Counter()
    assert [r["受理编号"] for r in shown["排队"]] == [r["受理编号"] for r in other]
    for mine, theirs in zip(shown["排队"], other, strict=True):
        running[theirs["保险人"]] += int(Decimal(theirs["财政扶持(元)"]) * 100)
        assert mine["池内累计(元)"] * 100 == running[theirs["保险人"]]
        same = ("保险人", "方案", "优先", "资金安排", "企业名称")
        assert {h: mine[h] for h in same} == {h: theirs[h] for h in same}
    assert {r["资金安排"] for r in shown["排队"]} == {"已报送", "已安排"}
    assert shown["排队"][0]["材料齐全时间"] == at(1)


# ── 名册 ──


def test_the_roster_has_a_row_a_claim_with_what_the_district_sent(office: Bureau, shown: dict[str, list[Row]]) -> None:
    rows = [(r["统一社会信用代码"], r["所属区"]) for r in shown["名册"]]
    claims = [
        (r["uscc"], r["area"]) for r in office.tables()["claims"] if (r["uscc"], r["district"]) != (uscc(1), THERE)
    ]
    assert sorted(rows) == sorted(claims)
    one = next(r for r in shown["名册"] if r["统一社会信用代码"] == uscc(7))
    given = firm(7, wish="B", copay="是")
    assert (one["企业名称"], one["海关注册编码"], one["手机"], one["申请方案"], one["承诺自缴保费"], one["材料齐全时间"]) == (
        given["name"], given["customs_code"], str(given["phone"]), "B", "是", given["received"],
    )  # fmt: skip
    assert one["2018年出口额(美元)"] == Decimal(given["exports"])


def test_the_bureaus_columns_are_its_decisions(shown: dict[str, list[Row]]) -> None:
    one = next(r for r in shown["名册"] if r["统一社会信用代码"] == uscc(11))
    assert {h: one[h] for h in ("市级审核意见", "核定出口额(美元)", "核定依据", "审批依据", "分配保险人")} == {
        "市级审核意见": "同意", "核定出口额(美元)": Decimal("4000000.10"), "核定依据": "报关单", "审批依据": "纪要",
        "分配保险人": None,
    }  # fmt: skip


def test_what_is_to_be_decided_is_what_the_review_table_asks(
    office: Bureau, shown: dict[str, list[Row]], tmp_path: Path
) -> None:
    out = tmp_path / "待审.xlsx"
    office.cli("review", "--export", out)
    headings, *rows = cells(out, "市级审核")
    asked = {r[headings.index("受理编号")]: (r[headings.index("待办")], r[headings.index("提示")]) for r in rows}
    mine = {r["受理编号"]: (r["待办"], r["提示"]) for r in shown["名册"] if r["待办"]}
    assert mine == asked
    assert mine


# ── 问题 ──


def test_every_problem_that_stands_is_there_with_its_file_and_cell(tmp_path: Path) -> None:
    office = bureau_in(tmp_path)
    rows = [firm(1), firm(2, exports="约5万"), firm(3, uscc="123"), firm(4, phone="12"), firm(5, size="大型")]
    office.drop(rows, "崇川.xlsx")
    (office.root / "收件" / "坏.xlsx").write_bytes(b"PK\x03\x04" + b"x" * 100)
    said = [(r.name, p.cell, p.code, p.message) for r in office.collect() for p in r.placed]
    found = book.contents(office.workspace, now=NOW, today=office.today).tables["问题"].to_pylist()
    assert sorted((r["文件"], r["单元格"] or "", r["代码"], r["问题"]) for r in found) == sorted(said)
    assert len(found) == 5
    assert [r["级别"] for r in found] == ["必须改"] * 4 + ["提示"]
    for row in found:
        assert (office.root / row["路径"]).is_file()
        assert row["怎么办"]
    heading = {r["代码"]: r["列"] for r in found}
    assert (heading["AMOUNT_TEXT"], heading["SIZE_LARGE"]) == ("2018年出口额(美元)", "企业规模")


def test_a_corrected_file_takes_its_problems_away(tmp_path: Path) -> None:
    office = bureau_in(tmp_path)
    office.drop([firm(1, exports="约5万"), firm(3, uscc="123")])
    office.collect()
    office.sent_in(firms(1, 3), round=2)
    assert book.contents(office.workspace, now=NOW, today=office.today).tables["问题"].num_rows == 0


def test_a_file_without_problems_lies_in_the_backup_and_a_returned_one_in_its_folder(tmp_path: Path) -> None:
    office = bureau_in(tmp_path)
    office.drop([firm(5, size="大型")], "大.xlsx")
    office.drop([firm(6, exports="约5万", area=THERE)], "退.xlsx", THERE)
    office.collect()
    found = book.contents(office.workspace, now=NOW, today=office.today).tables["问题"].to_pylist()
    assert {r["文件"]: r["路径"].split("/")[0] for r in found} == {"大.xlsx": "备份", "退.xlsx": "退回"}


# ── money and progress ──


def test_pools_and_progress_are_those_of_status(office: Bureau, shown: dict[str, list[Row]]) -> None:
    told = office.cli("status", "--json").json
    for mine, theirs in zip(shown["资金池"], told["money"], strict=True):
        cents = {h: int(v * 100) for h, v in mine.items() if h.endswith("(元)") and v is not None}
        cents.pop("按最新汇率余额(元)", None)  # see test_fx_guard.py
        assert cents == {
            "资金盘子(元)": theirs["pool"], "已落实(元)": theirs["issued"],
            "预估占用(元)": theirs["sent"] + theirs["arranged"],
            "可用(元)": theirs["pool"] - theirs["issued"] - theirs["sent"] - theirs["arranged"],
        }  # fmt: skip
    assert shown["区表"] == told["districts"]
    plans = [{h: v for h, v in r.items() if h != "财政扶持(元)"} for r in shown["方案保险人表"]]
    fen = [int(r["财政扶持(元)"] * 100) for r in shown["方案保险人表"]]
    assert [p | {"财政扶持(分)": f} for p, f in zip(plans, fen, strict=True)] == told["plans"]


def test_the_account_shows_every_movement_with_its_number(shown: dict[str, list[Row]]) -> None:
    assert [(r["序号"], r["类型"], r["转出"], r["转入"], r["金额(元)"]) for r in shown["资金账"]] == [
        (1, "期初", None, "中国信保", Decimal("4500000.00")), (2, "期初", None, "人保财险", Decimal("500000.00")),
        (3, "调剂", "中国信保", "人保财险", Decimal("1000.50")),
    ]  # fmt: skip


def test_rows_sent_are_those_of_the_sheets(office: Bureau, shown: dict[str, list[Row]]) -> None:
    rows = shown["报送"]
    assert [(r["受理编号"], r["保险人"], r["批次"], r["状态"]) for r in rows] == [
        (f"NT2019-000{n}", "中国信保", 1, "已报送") for n in (1, 2, 7)
    ]
    (name,) = {r["文件"] for r in rows}
    assert name == f"报送/{office.submitted()[0]}"
    (code,) = {r["校验码"] for r in rows}
    assert code in {str(v) for row in cells(office.root / name, "汇总") for v in row}
    assert {r["受理编号"] for r in rows if r["待定变更"]} == {"NT2019-0001"}
    assert "手机" in rows[0]["待定变更"]
    assert "13800000099" not in rows[0]["待定变更"]


def test_a_withdrawn_row_says_so(office: Bureau) -> None:
    office.decide(2, 撤回="是")
    found = book.contents(office.workspace, now=NOW, today=office.today).tables
    assert [r["状态"] for r in found["报送"].to_pylist()] == ["已报送", "已撤回", "已报送"]
    assert "NT2019-0002" not in found["排队"]["受理编号"].to_pylist()


# ── the scheme ──


def figures_of(model: BaseModel, place: str) -> set[str]:
    """Every place of a Figure in the model of a scheme, whether this scheme has it or not."""
    out = set()
    for name, info in type(model).model_fields.items():
        out |= _in(info.annotation, f"{place}.{name}" if place else name)
    return out


def _in(annotation: Any, place: str) -> set[str]:
    if isinstance(annotation, type) and issubclass(annotation, Figure):
        return {place}
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return set().union(*(_in(i.annotation, f"{place}.{n}") for n, i in annotation.model_fields.items()))
    return set().union(*(_in(a, place) for a in getattr(annotation, "__args__", ())))


def test_every_number_that_a_scheme_may_have_is_called_something_in_chinese() -> None:
    assert figures_of(SCHEME, "") == set(book_scheme.WORDS)


def test_every_number_of_the_scheme_stands_there_once_in_chinese(shown: dict[str, list[Row]]) -> None:
    rows = shown["参数表"]
    assert len({r["参数"] for r in rows}) == len(rows) == 55
    said = {r["参数"]: (r["值"], r["单位"], r["条款"]) for r in rows}
    assert said["方案B 费率"] == ("0.1%", "出口额的比例", "四（二）方案B")
    assert said["方案D 最低保费"] == ("100", "美元/保单", "四（二）方案D备注")
    assert said["中国信保 资金盘子"] == ("4,500,000", "元", "五（一）")
    assert said["预算汇率"] == ("7.00", "元/美元", "原文未写明")
    assert said["排队次序"][0] == "先到先得，同一日内优先企业在前"
    assert said["重点国别"][0] == "美国"
    assert said["新兴市场"][0] == "拉美、非洲、中东、东欧、东南亚、中亚"
    assert said["方案C 须符合政策导向（市级确认）"][0] == "是"
    for row in rows:
        assert re.search("[一-鿿]", row["参数"])
        assert not re.search("[a-z]", row["参数"] + row["值"])
        assert row["条款"]


def test_plans_carry_the_rate_that_premiums_are_computed_with(tmp_path: Path) -> None:
    rows = {r["方案"]: r for r in book_scheme.plans(SCHEME).to_pylist()}
    assert (rows["D"]["费率"], rows["D"]["最低保费(美元)"], rows["D"]["财政比例"]) == (Decimal("0.0003"), 100, 1)
    assert (rows["A"]["最低保费(美元)"], rows["A"]["出口额上限(美元)"]) == (None, 30_000_000)
    rate = 'rate = { value = 0.001, unit = "出口额的比例", clause = "四（二）方案B" }'
    off = 'discount = { value = 0.2, unit = "费率的比例", clause = "中标文件" }'
    scheme: Scheme = load(own_scheme(tmp_path, (rate, f"{rate}\n{off}")))
    cut = next(r for r in book_scheme.plans(scheme).to_pylist() if r["方案"] == "B")
    assert cut["费率"] == Decimal("0.0008")
    assert "中标文件" in cut["条款"]


def test_country_groups_are_named_in_chinese(shown: dict[str, list[Row]]) -> None:
    rows = {(r["国别组"], r["代码"]): r for r in shown["国别组表"]}
    assert len(rows) == len(shown["国别组表"])
    assert rows["中亚", "KZ"]["国家和地区"] == "哈萨克斯坦"
    assert rows["东南亚", "VN"]["国家和地区"] == "越南"
    assert all(r["来源"] and r["算作新兴市场"] == "是" for r in rows.values())
    assert all(re.search("[一-鿿]", r["国家和地区"]) for r in rows.values())


# ── 日志 and 首页 ──


def test_the_journal_is_told_newest_first_in_chinese(office: Bureau, shown: dict[str, list[Row]]) -> None:
    rows, entries = shown["日志表"], office.journal()
    assert [r["序号"] for r in rows] == [e["seq"] for e in reversed(entries)]
    assert {r["动作"] for r in rows} == {"建工作区", "收件", "在保名单", "优先名单", "汇率", "审核", "报送", "资金"}
    assert all(r["内容"] for r in rows)
    assert all(e["hash"].startswith(r["校验"]) for r, e in zip(rows, reversed(entries), strict=True))
    told = {r["动作"]: r["内容"] for r in rows}
    assert told["汇率"] == "中国信保 2019-09 汇率 （空） → 7.0883、来源 （空） → 通知"
    assert told["资金"] == "2019-12-31 中国信保 → 人保财险 1,000.50 元，文号 批1号"
    assert "第01批，3 家" in told["报送"]


def test_a_long_journal_is_cut_and_says_so(office: Bureau) -> None:
    with writing(office.workspace.ledger, office.root, "王", NOW) as conn:
        for n in range(2_050):
            append(conn, Entry(NOW, "王", "review", f"{n}", {"changed": {}}))
    found = book.contents(office.workspace, now=NOW, today=office.today)
    entries = len(office.journal())
    assert found.tables["日志表"].num_rows == 2_000
    assert found.tables["日志表"]["序号"][0].as_py() == entries
    assert f"日志共 {entries:,} 条，工作簿里是最近 2,000 条，其余在台账里" in found.facts["提示"].split("\n")


@pytest.mark.parametrize(
    ("prepare", "phase"),
    [
        (lambda b: None, "template"),
        (lambda b: b.sent_in([firm(1, opinion=None, received=None)]), "enrol"),
        (lambda b: b.sent_in(firms(1)), "review"),
        (lambda b: (b.sent_in(firms(1)), b.agree(1)), "submit"),
        (lambda b: (b.sent_in(firms(1)), b.agree(1), b.submit()), "submit"),
    ],
    ids=["nothing yet", "waiting for the district", "waiting for the bureau", "arranged", "sent"],
)
def test_the_phase_is_what_the_office_is_doing(tmp_path: Path, prepare: Any, phase: str) -> None:
    office = bureau_in(tmp_path)
    prepare(office)
    facts = book.contents(office.workspace, now=NOW, today=office.today).facts
    assert facts["阶段"] == phase
    assert facts["今天"] == "2019-12-31"
    assert facts["更新于"] == "2019-12-31 10:00:00"


def test_hints_are_the_notes_of_assess_and_what_waits(office: Bureau) -> None:
    hints = book.contents(office.workspace, now=NOW, today=office.today).facts["提示"].split("\n")
    assert set(office.cli("assess", "--json").json["notes"]) <= set(hints)
    assert any(re.fullmatch("必须改的问题 [0-9]+ 处，见“问题”", h) for h in hints)
    assert any("待办" in h for h in hints)


def test_a_nought_of_a_rate_is_the_same_text_as_in_a_workbook() -> None:
    rates = pa.array([Decimal("0"), Decimal("7.0883"), None], pa.decimal128(18, 8))
    assert texts(rates, "fx").to_pylist() == ["0.00000000", "7.08830000", ""]
    assert text_of(0.0, "fx") == "0.00000000"


def test_ties_at_the_cut_are_told(tmp_path: Path) -> None:
    scheme = own_scheme(tmp_path, *pools(sinosure=15_000, total=515_000))
    office = bureau_in(tmp_path, scheme)
    office.sent_in(firms(1, 2, received=at(1)))
    office.agree(1, 2)
    found = book.contents(office.workspace, now=NOW, today=office.today)
    assert "NT2019-0001、NT2019-0002" in found.facts["提示"]
    assert [r["资金安排"] for r in found.tables["排队"].to_pylist()] == ["候补", "候补"]
    assert all("同一" in text(t) for t in found.tables["名册"]["待办"].to_pylist())


# ── 基准 ──


def test_the_base_holds_the_bureaus_filled_cells_and_a_digest_a_row(
    office: Bureau, shown: dict[str, list[Row]]
) -> None:
    base = read(rows_of(opened(office).tables))
    assert base["名册"].cells[uscc(11)] == {
        "市级审核意见": "同意", "审核人": "王甲", "核定出口额(美元)": "4000000.10", "核定依据": "报关单", "审批依据": "纪要",
    }  # fmt: skip
    assert base["汇率表"].cells == {
        "中国信保|2019-09": {"保险人": "中国信保", "月份": "2019-09", "汇率": "7.08830000", "来源": "通知"}
    }
    assert base["资金账"].rows.keys() == {"1", "2", "3"}
    assert base["名单表"].cells[f"品牌名单|甲|{uscc(21)}"]["日期"] == "2019-01-01"
    keys = Counter(f"{r['统一社会信用代码']}|{r['所属区'] or ''}" for r in shown["名册"])
    assert {k: len(v) for k, v in base["名册"].rows.items()} == dict(keys)
    assert all(base[t.name].whole for t in tables(SCHEME) if not t.input and t.name != "基准")
    assert isinstance(shown["排队"][0]["材料齐全时间"], datetime)


def test_computed_columns_hold_what_their_formulas_give(office: Bureau, shown: dict[str, list[Row]]) -> None:
    """保费整数 is the premium in the smallest unit that the formulas reckon with; 打开 links where there is a file."""
    rows = [r for r in shown["测算"] if r["费率"] is not None]
    assert rows
    scale = {r["保费整数"] / r["应缴保费(美元)"] for r in rows if r["应缴保费(美元)"] == r["出口额(美元)"] * r["费率"]}
    assert len(scale) == 1
    assert [r["受理编号"] for r in shown["测算"] if (r["保费整数"] is None) != (r["费率"] is None)] == []
    assert {(r["打开"], bool(r["路径"])) for r in shown["问题"]} == {("打开", True)}
