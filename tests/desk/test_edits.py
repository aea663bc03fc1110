"""Pulling edits (取回): what the bureau typed goes into the ledger once, nobody's work is overwritten, nothing is lost."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from books import Book, opened
from workspaces import HERE, THERE, WHO, Bureau, firm, firms, prepared, uscc

from xltools.desk.book.pull.pulled import Pulled
from xltools.desk.errors import Refusal
from xltools.desk.workspace import Workspace
from xltools.ledger import writing

FX = {"保险人": "中国信保", "月份": "2019-09", "汇率": 7.0883, "来源": "保险人通知"}
MOVE = {
    "日期": datetime(2019, 10, 1), "类型": "调剂", "转出": "中国信保", "转入": "人保财险", "金额(元)": 1000.0,
    "文号": "批1号", "审批人": "局长",
}  # fmt: skip
LISTED = {"名单": "品牌名单", "统一社会信用代码": uscc(1), "企业名称": "南通示例0001进出口有限公司", "来源": "苏商2019"}


def three(made: Bureau) -> None:
    made.drop(firms(1, 2, 3))
    made.collect()
    made.load("lists", LISTED, LISTED | {"统一社会信用代码": uscc(2), "企业名称": "乙"}, LISTED | {"名单": "基地名单"})
    made.load("fx", {**FX, "月份": "2019-08"})


@pytest.fixture
def office(tmp_path: Path) -> Bureau:
    return prepared(tmp_path, three)


@pytest.fixture
def book(office: Bureau) -> Book:
    return opened(office)


def texts(found: Pulled, what: str) -> list[tuple[str, str, str]]:
    """(cell, column, value typed) of what was found."""
    return [(e.cell, e.column, e.typed) for e in getattr(found, what)]


def review_of(office: Bureau, number: int) -> dict[str, Any]:
    rows = [r for r in office.tables()["reviews"] if r["uscc"] == uscc(number)]
    return {k: v for k, v in rows[0].items() if v is not None and k != "uscc"} if rows else {}


def quiet(found: Pulled) -> bool:
    return not (found.applied or found.conflicts or found.ignored or found.problems or found.refused)


# ── review ──


def test_a_fresh_workbook_holds_nothing_that_was_typed(book: Book) -> None:
    before = book.office.tables()
    found = book.pull()
    assert quiet(found)
    assert found.lines == ["工作簿里没有新的改动"]
    assert book.office.tables() == before


DECISION = {
    "市级审核意见": "同意", "审核人": "张科", "审核日期": datetime(2019, 10, 8), "审批依据": "纪要7号",
    "分配保险人": "人保", "政策导向确认": "是", "优先确认": "4、3", "核定出口额(美元)": "5,000,000.50",
    "核定依据": "报关单", "确认收件时间": datetime(2019, 9, 5, 8, 0, 0), "同时收件次序": 2.0, "市级备注": " 已 核 ",
}  # fmt: skip
KEPT = {
    "opinion": "同意", "reviewer": "张科", "reviewed": "2019-10-08", "grounds": "纪要7号", "insurer": "人保财险",
    "policy": "是", "priorities": "3,4", "exports_cents": 500000050, "exports_grounds": "报关单",
    "confirm_received": "2019-09-05 08:00:00", "draw": 2, "remark": "已核",
}  # fmt: skip


def test_every_cell_of_a_decision_arrives_as_by_a_review_table(book: Book, tmp_path: Path) -> None:
    book.type("名册", uscc(2), **DECISION)
    found = book.pull()
    assert len(found.applied) == len(DECISION)
    assert review_of(book.office, 2) == KEPT
    other = prepared(tmp_path / "另", three)
    rest = {("备注" if h == "市级备注" else h): v for h, v in DECISION.items()}
    other.review({"统一社会信用代码": uscc(2)} | rest)
    assert review_of(other, 2) == KEPT
    mine, theirs = (o.journal()[-1] for o in (book.office, other))
    assert mine["detail"] == {
        k: v for k, v in theirs["detail"].items() if k != "sha256"
    }  # the workbook is no file that is read once
    assert (mine["verb"], mine["subject"], mine["who"], mine["why"]) == ("review", "平台工作簿", WHO, "纪要7号")


def test_a_second_pull_without_new_typing_changes_and_journals_nothing(book: Book) -> None:
    book.type("名册", uscc(1), 市级审核意见="同意", 审核人=WHO)
    book.add("资金账", **MOVE)
    book.add("汇率表", **FX)
    book.delete("名单表", "基地名单")
    assert len(book.pull().applied) == 2 + 1 + 2 + 1
    before = book.office.tables()
    assert not book.pull().applied  # the workbook could not be updated
    assert book.office.tables() == before
    assert quiet(book.update().pull())
    assert book.office.tables() == before


def test_a_dry_run_tells_and_changes_nothing(book: Book) -> None:
    book.type("名册", uscc(1), 市级审核意见="同意")
    book.add("资金账", **MOVE)
    before = book.office.tables()
    found = book.pull(dry_run=True)
    assert [(e.table, e.column) for e in found.applied] == [("名册", "市级审核意见"), ("资金账", "整行")]
    assert any("试做" in line for line in found.lines)
    assert book.office.tables() == before


# ── a workbook that was rearranged ──


def shuffled(b: Book) -> None:
    dice = random.Random(3)
    b.sort("名册", lambda row: dice.random())
    b.sort("名单表", lambda row: str(row[2]))


REARRANGED: dict[str, Callable[[Book], None]] = {
    "rows were sorted": shuffled,
    "a column of staff's own was put in": lambda b: b.insert_column("名册", 9, "我的记号"),
    "a column was moved to the front": lambda b: b.move_column("名册", "市级审核意见", 0),
    "the key stands last": lambda b: b.move_column("名册", "统一社会信用代码", len(b.tables["名册"].headings) - 1),
    "blank rows were put in": lambda b: b.tables["名册"].rows.insert(1, [None] * len(b.tables["名册"].headings)),
    "headings carry blanks and line breaks": lambda b: b.rename("名册", "市级审核意见", " 市级审核\n意见 "),
}


@pytest.mark.parametrize("how", REARRANGED.values(), ids=REARRANGED.keys())
def test_a_rearranged_table_is_read_all_the_same(book: Book, how: Callable[[Book], None]) -> None:
    book.type("名册", uscc(2), 市级审核意见="同意")
    how(book)
    found = book.pull()
    assert [(e.column, e.was, e.typed) for e in found.applied] == [("市级审核意见", "", "同意")]
    assert uscc(2) in {r["uscc"] for r in book.office.tables()["reviews"]}
    assert not found.ignored
    assert not found.problems


def test_a_cell_is_named_where_it_stands_now(book: Book) -> None:
    book.insert_column("名册", 0, "我的记号")
    book.sort("名册", lambda row: -int(str(row[1])[-4:]))
    book.type("名册", uscc(3), 市级审核意见="同意")
    assert texts(book.pull(), "applied") == [("K5", "市级审核意见", "同意")]


# ── conflicts ──


def colleague(office: Bureau, number: int, **cells: Any) -> None:
    """Somebody else decides by a review table meanwhile."""
    before, office.__dict__["workspace"] = office.workspace, _as(office, "李乙")
    office.decide(number, **cells)
    office.__dict__["workspace"] = before


def _as(office: Bureau, who: str) -> Workspace:
    return replace(office.workspace, who=who)


def test_a_colleagues_change_is_never_overwritten_and_both_are_named(book: Book) -> None:
    colleague(book.office, 1, 市级审核意见="不同意", 审核人="李乙")
    book.type("名册", uscc(1), 市级审核意见="同意", 审批依据="纪要")
    found = book.pull()
    (conflict,) = found.conflicts
    assert (conflict.column, conflict.typed, conflict.ledger, conflict.by) == (
        "市级审核意见", "同意", "不同意", "李乙 2019-12-31 10:00",
    )  # fmt: skip
    assert conflict.row == "NT2019-0001 南通示例0001进出口有限公司"
    assert "企业名册!J5" in str(conflict)
    assert texts(found, "applied") == [("M5", "审批依据", "纪要")]  # the cell beside it is nobody else's
    assert review_of(book.office, 1) == {"opinion": "不同意", "reviewer": "李乙", "grounds": "纪要"}
    kept = list((book.office.root / "备份").glob("没有取回_*.txt"))
    assert [str(conflict) in p.read_text("utf-8-sig") for p in kept] == [True]
    assert quiet(book.update().pull())


def test_a_colleagues_change_of_an_untouched_cell_is_no_conflict(book: Book) -> None:
    colleague(book.office, 1, 市级审核意见="不同意")
    book.type("名册", uscc(2), 市级审核意见="同意")
    found = book.pull()
    assert not found.conflicts
    assert [review_of(book.office, n)["opinion"] for n in (1, 2)] == ["不同意", "同意"]


def test_the_same_decision_by_two_people_is_no_conflict(book: Book) -> None:
    colleague(book.office, 1, 市级审核意见="同意")
    entries = len(book.office.journal())
    book.type("名册", uscc(1), 市级审核意见="同意")
    assert quiet(book.pull())
    assert len(book.office.journal()) == entries


def test_a_rate_that_a_colleague_set_meanwhile_is_a_conflict(book: Book) -> None:
    book.office.load("fx", {**FX, "月份": "2019-08", "汇率": 7.1})
    book.type("汇率表", "2019-08", 汇率=7.2)
    (conflict,) = book.pull().conflicts
    assert (conflict.row, conflict.typed, conflict.ledger) == ("中国信保 2019-08", "7.20000000", "7.10000000")
    assert conflict.by.startswith(WHO)
    assert [r["rate"] for r in book.office.tables()["fx"]] == ["7.1"]


def test_without_the_base_only_blank_cells_are_filled(book: Book) -> None:
    colleague(book.office, 1, 市级审核意见="同意")
    book.update()
    del book.tables["基准"]
    book.type("名册", uscc(1), 市级审核意见="不同意")
    book.type("名册", uscc(2), 市级审核意见="同意")
    found = book.pull()
    assert [(c.typed, c.ledger) for c in found.conflicts] == [("不同意", "同意")]
    assert [review_of(book.office, n)["opinion"] for n in (1, 2)] == ["同意", "同意"]
    assert any("基准" in line for line in found.lines)


# ── what a pull does not take, and names ──


@pytest.mark.parametrize(
    ("heading", "typed", "said"),
    [
        ("手机", "13900000009", "区里"),
        ("企业名称", "改了名", "区里"),
        ("2018年出口额(美元)", 1.0, "区里"),
        ("材料齐全时间", datetime(2019, 9, 1), "区里"),
        ("待办", "办好了", "自动"),
        ("受理编号", "NT2019-9999", "自动"),
        ("所属区", THERE, "区里"),
    ],
)
def test_a_cell_that_is_not_the_bureaus_is_ignored_and_named(book: Book, heading: str, typed: Any, said: str) -> None:
    was = book.cells("名册", uscc(2))[heading]
    before = book.office.tables()
    book.type("名册", uscc(2), **{heading: typed})
    (ignored,) = book.pull().ignored
    assert (ignored.column, ignored.row) == (heading, "NT2019-0002 南通示例0002进出口有限公司")
    assert ignored.cell.endswith("6")
    assert said in ignored.why
    assert (ignored.was == "") == (was is None)
    assert book.office.tables() == before


def test_typing_in_a_computed_table_is_named(book: Book) -> None:
    book.type("测算", uscc(2), 资格="符合条件")
    (ignored,) = book.pull().ignored
    assert (ignored.sheet, ignored.cell, ignored.was, ignored.typed) == ("测算", "C6", "待审核", "符合条件")


def test_a_colleagues_work_on_computed_columns_is_not_the_clerks_doing(book: Book) -> None:
    colleague(book.office, 2, 市级审核意见="同意")
    book.type("名册", uscc(1), 市级审核意见="同意")
    assert not book.pull().ignored


def test_a_deleted_row_of_a_firm_is_named_and_withdraws_nobody(book: Book) -> None:
    book.delete("名册", uscc(2))
    (ignored,) = book.pull().ignored
    assert "撤回" in ignored.why
    assert "NT2019-0002" in ignored.row
    assert uscc(2) in book.office.outcomes()


def test_an_emptied_cell_is_named_and_the_decision_stands(book: Book) -> None:
    book.office.decide(1, 市级审核意见="同意")
    book.update()
    book.type("名册", uscc(1), 市级审核意见=None)
    (ignored,) = book.pull().ignored
    assert (ignored.column, ignored.was, ignored.typed) == ("市级审核意见", "同意", "")
    assert review_of(book.office, 1)["opinion"] == "同意"


# ── what refuses a table whole, and only that table ──

WRONG: dict[str, tuple[Callable[[Book], None], str, str]] = {
    "text where a number belongs": (
        lambda b: b.type("名册", uscc(2), **{"核定出口额(美元)": "约三百万", "核定依据": "x"}), "Q6", "约三百万"),
    "a mark behind a figure": (
        lambda b: b.type("名册", uscc(2), **{"核定出口额(美元)": "3500000①", "核定依据": "x"}), "Q6", "3500000①"),
    "two figures in a cell": (
        lambda b: b.type("名册", uscc(2), **{"核定出口额(美元)": "300000\n200000", "核定依据": "x"}), "Q6", "300000↵200000"),
    "a time alone": (lambda b: b.type("名册", uscc(2), 审核日期=datetime(1899, 12, 31, 16, 30)), "L6", "只有时间"),
    "a date of another century": (lambda b: b.type("名册", uscc(2), 审核日期="1919-10-08"), "L6", "早于 1998 年"),
    "an opinion that is none": (lambda b: b.type("名册", uscc(2), 市级审核意见="可以"), "J6", "可以"),
    "an error value": (lambda b: b.type("名册", uscc(2), 市级审核意见="#REF!"), "J6", "#REF!"),
    "a figure without grounds": (lambda b: b.type("名册", uscc(2), **{"核定出口额(美元)": 5e6}), "Q6", "依据"),
    "a date that is none": (lambda b: b.type("名册", uscc(2), 审核日期="2019-02-30"), "L6", "2019-02-30"),
    "a formula": (lambda b: (b.type("名册", uscc(2), 市级审核意见="同意"), b.formula("名册", uscc(2), "市级审核意见"))[0], "J6", "公式"),
    "the same row twice": (lambda b: b.tables["名册"].rows.append(list(b.tables["名册"].rows[1])), "C6", "同一行"),
    "a firm that no district sent": (lambda b: b.add("名册", 统一社会信用代码=uscc(9), 市级审核意见="同意"), "C8", ""),
    "a withdrawal that says nothing": (lambda b: b.type("名册", uscc(2), 撤回="嗯"), "U6", "嗯"),
}  # fmt: skip


@pytest.mark.parametrize(("how", "cell", "said"), WRONG.values(), ids=WRONG.keys())
def test_a_wrong_cell_refuses_its_table_whole_and_the_others_go_on(
    book: Book, how: Callable[[Book], None], cell: str, said: str
) -> None:
    book.type("名册", uscc(1), 市级审核意见="同意")
    how(book)
    book.add("汇率表", **FX)
    found = book.pull()
    assert found.refused == {"名册"}
    assert cell in {p.cell for p in found.problems}
    assert any(said in p.text for p in found.problems if p.cell == cell)
    assert {e.table for e in found.applied} == {"汇率表"}
    assert book.office.tables()["reviews"] == []
    assert len(book.office.tables()["fx"]) == 2
    assert any("没有取回，也没有丢" in line for line in found.lines)


@pytest.mark.parametrize("heading", ["市级审核意见", "统一社会信用代码", "撤回"])
def test_a_renamed_heading_is_named_with_its_sheet_and_nothing_of_its_table_is_lost(book: Book, heading: str) -> None:
    book.type("名册", uscc(1), 市级审核意见="同意")
    book.rename("名册", heading, f"{heading}了")
    book.add("汇率表", **FX)
    found = book.pull()
    (problem,) = found.problems
    assert str(problem).startswith(f"企业名册：表“名册”里找不到表头“{heading}”（是不是改成了“{heading}了”？）")
    assert found.refused == {"名册"}
    assert book.office.tables()["reviews"] == []
    assert len(book.office.tables()["fx"]) == 2
    book.rename("名册", f"{heading}了", heading)
    assert texts(book.pull(), "applied") == [("J5", "市级审核意见", "同意")]


def test_two_columns_of_one_heading_are_not_guessed_between(book: Book) -> None:
    book.insert_column("名册", 0, "市级审核意见")
    (problem,) = book.pull().problems
    assert "两列“市级审核意见”" in problem.text


def test_a_deleted_table_is_named(book: Book) -> None:
    del book.tables["汇率表"]
    book.type("名册", uscc(1), 市级审核意见="同意")
    found = book.pull()
    assert (found.refused, len(found.applied)) == ({"汇率表"}, 1)
    assert "汇率表" in str(found.problems[0])


# ── firms that two districts claim ──


@pytest.fixture
def claimed(tmp_path: Path) -> Book:
    def two(made: Bureau) -> None:
        made.drop(firms(1, 2), district=HERE)
        made.drop([firm(1, area=THERE), firm(3, area=THERE)], district=THERE)
        made.collect()

    return opened(prepared(tmp_path, two))


def both(b: Book) -> list[int]:
    return [i for i, row in enumerate(b.tables["名册"].rows) if uscc(1) in row]


@pytest.mark.parametrize("rows", [[0], [1], [0, 1]], ids=["in the first row", "in the second", "in both alike"])
def test_a_firm_of_two_districts_is_decided_in_either_row(claimed: Book, rows: list[int]) -> None:
    for k in rows:
        claimed.type("名册", both(claimed)[k], 撤回=THERE)
    found = claimed.pull()
    assert not found.problems
    assert review_of(claimed.office, 1) == {"withdrawn": THERE}
    assert {u for u in claimed.office.outcomes() if uscc(1) in u} == {uscc(1)}


def test_rows_of_one_firm_that_contradict_each_other_refuse_the_table(claimed: Book) -> None:
    first, second = both(claimed)
    claimed.type("名册", first, 市级审核意见="同意")
    claimed.type("名册", second, 市级审核意见="不同意")
    found = claimed.pull()
    assert found.refused == {"名册"}
    assert {p.cell for p in found.problems} == {f"C{5 + first}", f"C{5 + second}"}
    assert claimed.office.tables()["reviews"] == []


def test_a_change_of_mind_in_one_row_is_no_contradiction(claimed: Book) -> None:
    claimed.office.decide(1, 市级审核意见="同意")
    claimed.update()
    claimed.type("名册", both(claimed)[1], 市级审核意见="不同意")
    assert not claimed.pull().problems
    assert review_of(claimed.office, 1) == {"opinion": "不同意"}


# ── the fund ──


def test_a_new_movement_is_entered_once_and_shown_with_its_number(book: Book) -> None:
    book.add("资金账", **MOVE)
    found = book.pull()
    assert [e.table for e in found.applied] == ["资金账"]
    assert [r["fen"] for r in book.office.tables()["fund"] if r["kind"] == "调剂"] == [100_000]
    assert book.office.journal()[-1]["verb"] == "fund"
    book.update()
    assert book.cells("资金账", "批1号")["序号"] == 3.0


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ({"金额(元)": "一千"}, "一千"),
        ({"金额(元)": -1.0}, ""),
        ({"金额(元)": "1 00"}, "1 00"),
        ({"日期": datetime(1899, 12, 31)}, "0（没有日期）"),
        ({"文号": None}, ""),
        ({"文号": "无"}, ""),
        ({"类型": "挪用"}, "挪用"),
        ({"转入": "中国信保"}, "不同的资金盘子"),
    ],
)
def test_a_wrong_movement_is_refused_in_words(book: Book, cells: dict[str, Any], said: str) -> None:
    book.add("资金账", **(MOVE | cells))
    before = book.office.tables()
    found = book.pull()
    assert found.refused == {"资金账"}
    assert any(said in p.text for p in found.problems)
    assert book.office.tables() == before


def test_a_transfer_below_what_is_committed_is_refused_and_the_rest_goes_on(book: Book) -> None:
    book.office.agree(1)
    book.office.submit()
    book.update()
    book.add("资金账", **(MOVE | {"金额(元)": 4_499_999.0}))
    book.type("名册", uscc(2), 市级审核意见="同意")
    found = book.pull()
    assert found.refused == {"资金账"}
    assert "少于已报送和已承保占用" in found.problems[0].text
    assert review_of(book.office, 2) == {"opinion": "同意"}


def test_old_movements_are_never_changed(book: Book) -> None:
    before = book.office.tables()
    book.type("资金账", 0, **{"金额(元)": 9_999_999.0})
    del book.tables["资金账"].rows[1]
    found = book.pull()
    assert [(i.column, i.typed) for i in found.ignored] == [("金额(元)", "9999999.00"), ("整行", "")]
    assert all("只增不改" in i.why for i in found.ignored)
    assert book.office.tables() == before


def test_a_new_row_with_a_number_of_its_own_is_still_new(book: Book) -> None:
    """A table that grows in Excel may count on in 序号; a colleague's entry may have that number by now."""
    book.office.move("追加", "", "中国信保", 500, document="批0号")
    book.add("资金账", 序号=3.0, **MOVE)
    assert len(book.pull().applied) == 1
    assert sorted(r["document"] for r in book.office.tables()["fund"] if r["id"] > 2) == ["批0号", "批1号"]


# ── rates ──


@pytest.mark.parametrize("month", ["2019-09", "201909", "2019年9月", datetime(2019, 9, 1), 201909.0, 2019.9], ids=str)
def test_a_new_rate_however_its_month_is_written(book: Book, month: Any) -> None:
    book.add("汇率表", **(FX | {"月份": month}))
    assert not book.pull().problems
    assert {(r["month"], r["rate"]) for r in book.office.tables()["fx"]} == {
        ("2019-08", "7.0883"),
        ("2019-09", "7.0883"),
    }
    assert quiet(book.update().pull())


def test_a_changed_rate_is_set_and_a_changed_source_leaves_the_rate(book: Book) -> None:
    book.type("汇率表", "2019-08", 汇率=7.1)
    book.pull()
    book.update()
    book.type("汇率表", "2019-08", 来源="更正")
    book.pull()
    (kept,) = book.office.tables()["fx"]
    assert (kept["rate"], kept["source"]) == ("7.1", "更正")
    assert book.office.verify().wrong == []


@pytest.mark.parametrize(
    "cells",
    [
        {"汇率": "七"},
        {"汇率": "7_0883"},
        {"汇率": None},
        {"月份": "2019"},
        {"月份": 2019.1},
        {"月份": "1919-09"},
        {"保险人": "平安"},
        {"来源": None},
    ],
)
def test_a_wrong_rate_is_refused(book: Book, cells: dict[str, Any]) -> None:
    book.add("汇率表", **(FX | cells))
    found = book.pull()
    assert found.refused == {"汇率表"}
    assert len(book.office.tables()["fx"]) == 1


def test_a_deleted_rate_is_named_and_stays(book: Book) -> None:
    book.delete("汇率表", "2019-08")
    (ignored,) = book.pull().ignored
    assert ignored.row == "中国信保 2019-08"
    assert len(book.office.tables()["fx"]) == 1


def test_two_rows_for_one_month_are_refused(book: Book) -> None:
    book.add("汇率表", **FX)
    book.add("汇率表", **(FX | {"汇率": 7.1}))
    assert book.pull().refused == {"汇率表"}


# ── lists ──


def names(office: Bureau, name: str) -> list[str]:
    return sorted(r["name"] for r in office.tables()["lists"] if r["list"] == name)


FIRST = str(LISTED["企业名称"])


def test_rows_added_changed_and_deleted_replace_their_list_and_no_other(book: Book) -> None:
    book.add("名单表", **(LISTED | {"企业名称": "丙", "统一社会信用代码": uscc(3)}))
    book.type("名单表", "乙", 来源="更正", 日期=datetime(2019, 5, 1))
    found = book.pull()
    assert not found.problems
    assert names(book.office, "品牌名单") == ["丙", "乙", FIRST]
    (changed,) = (r for r in book.office.tables()["lists"] if r["name"] == "乙")
    assert (changed["source"], changed["day"]) == ("更正", "2019-05-01")
    assert book.office.journal()[-1]["detail"]["parts"] == ["品牌名单"]
    book.update()
    book.delete("名单表", "乙")
    assert [e.typed for e in book.pull().applied] == [""]
    assert names(book.office, "品牌名单") == ["丙", FIRST]
    assert names(book.office, "基地名单") == [FIRST]
    assert book.office.verify().wrong == []


def test_a_list_that_loses_all_its_rows_is_empty(book: Book) -> None:
    book.delete("名单表", "基地名单")
    book.pull()
    assert (names(book.office, "基地名单"), len(names(book.office, "品牌名单"))) == ([], 2)
    assert book.office.verify().wrong == []


def test_a_whole_table_of_lists_that_vanished_empties_nothing(book: Book) -> None:
    book.tables["名单表"].rows.clear()
    found = book.pull()
    assert found.refused == {"名单表"}
    assert len(book.office.tables()["lists"]) == 3


def test_a_colleagues_rows_survive_a_clerks_changes_of_the_same_list(book: Book) -> None:
    book.office.load("lists", LISTED, *(LISTED | {"企业名称": n, "统一社会信用代码": None} for n in ("乙2", "丁")))
    book.add("名单表", **(LISTED | {"企业名称": "丙", "统一社会信用代码": uscc(3)}))
    assert not book.pull().conflicts
    assert names(book.office, "品牌名单") == ["丁", "丙", "乙2", FIRST]


def test_a_row_changed_by_a_colleague_and_deleted_by_a_clerk_is_a_conflict(book: Book) -> None:
    book.office.load("lists", LISTED | {"来源": "新文件"}, LISTED | {"统一社会信用代码": uscc(2), "企业名称": "乙"})
    book.delete("名单表", uscc(1))
    book.sort("名单表", lambda row: str(row[0]))
    found = book.pull()
    assert [(c.row, c.ledger, c.by[:2]) for c in found.conflicts] == [(f"品牌名单 {FIRST} {uscc(1)}", "新文件", WHO)]
    assert FIRST in names(book.office, "品牌名单")


@pytest.mark.parametrize("cells", [{"名单": "黑名单"}, {"来源": None}, {"统一社会信用代码": "91320602MA0000010X"}])
def test_a_wrong_row_of_a_list_is_refused(book: Book, cells: dict[str, Any]) -> None:
    book.add("名单表", **(LISTED | {"企业名称": "丙"} | cells))
    assert book.pull().refused == {"名单表"}
    assert len(book.office.tables()["lists"]) == 3


# ── somebody else is writing ──


def test_a_busy_ledger_is_said_and_nothing_is_taken(book: Book) -> None:
    book.type("名册", uscc(1), 市级审核意见="同意")
    office = book.office
    with writing(office.workspace.ledger, office.root, "李乙", office.now), pytest.raises(Refusal, match="李乙"):
        book.pull()
    assert office.tables()["reviews"] == []
    assert len(book.pull().applied) == 1


def test_the_journal_holds_no_float_and_no_personal_data(book: Book) -> None:
    book.type("名册", uscc(1), 市级备注="电话13800138000", 市级审核意见="同意")
    book.pull()
    assert "13800138000" not in json.dumps(book.office.journal(), ensure_ascii=False)
    assert review_of(book.office, 1)["remark"] == "电话13800138000"


def test_release_of_a_sent_firm_by_the_workbook_is_told(book: Book) -> None:
    book.office.agree(1)
    book.office.submit()
    book.update()
    book.type("名册", uscc(1), 撤回="是")
    found = book.pull()
    assert any("释放资金 1 家：NT2019-0001" in line for line in found.lines)
    assert [r["status"] for r in book.office.tables()["sent"]] == ["withdrawn"]
