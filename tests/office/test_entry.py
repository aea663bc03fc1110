"""What a button does (entry.run): the drawn workbook in a strict in-memory engine, real workspaces on SQLite."""

from __future__ import annotations

import contextlib
import multiprocessing
import re
import sqlite3
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import memory_engine
import pytest
import xlwings as xw
from entries import BOOK, Office, enrolled, office
from memory_engine import Cell
from workspaces import Bureau, customs_row, firm, firms, table, uscc

from xltools import ledger
from xltools.desk.book import workbook as desk_book
from xltools.office import booktables, entry, push

VERBS = ("collect", "customs", "assess", "submit", "verify", "sync")


@pytest.fixture(autouse=True)
def logs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Log files go away with the test."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


@pytest.fixture
def desk(tmp_path: Path) -> Office:
    return office(tmp_path)


def opinions(bureau: Bureau) -> dict[str, Any]:
    return {r["uscc"]: r["opinion"] for r in bureau.tables()["reviews"]}


def standing(desk: Office) -> dict[str, tuple[Any, Any]]:
    """What 测算 shows: (资格, the formula of 应缴保费) by firm's code."""
    return {r["统一社会信用代码"]: (r["资格"], r["应缴保费(元)"]) for r in desk.rows("测算")}


# ── what a press does ──


def test_a_press_takes_what_was_typed_does_the_work_and_shows_it(desk: Office) -> None:
    desk.type(2, 市级审核意见="同意", 审核人="王甲")
    said = desk.press("assess")
    assert said.startswith("✔ 2019-12-31 10:00 资格与保费测算：完成。测算 3 家企业：已安排 2，待审核 1")
    assert "取回 2 处改动" in said
    assert opinions(desk.bureau) == {uscc(1): "同意", uscc(2): "同意"}
    shown = standing(desk)
    assert [shown[uscc(n)][0] for n in (1, 2, 3)] == ["符合条件", "符合条件", "待审核"]
    assert all(formula.startswith("=IF(测算[[#This Row]") for _, formula in shown.values())
    assert [(r["排队号"], r["资金安排"]) for r in desk.rows("排队")] == [(1.0, "已安排"), (2.0, "已安排")]


def test_collected_firms_get_rows_of_their_own_and_codes_stay_text(desk: Office) -> None:
    desk.bureau.drop(firms(4, 5), "补报.xlsx", round=2)
    said = desk.press("collect")
    assert "收件 1 个文件：合格 2 行，必须改 0 处" in said
    rows = desk.rows("名册")
    assert [r["统一社会信用代码"] for r in rows] == [uscc(n) for n in (1, 2, 3, 4, 5)]
    assert [r["海关注册编码"] for r in rows] == [f"320696{n:04d}" for n in (1, 2, 3, 4, 5)]
    assert all(type(r["2018年出口额(美元)"]) is float for r in rows)
    assert desk.cell("名册", 4, "海关注册编码").number_format == "@"
    assert desk.cell("名册", 4, "材料齐全时间").number_format == desk.cell("名册", 0, "材料齐全时间").number_format
    assert desk.cell("测算", 4, "应缴保费(元)").formula == desk.cell("测算", 0, "应缴保费(元)").formula


def test_terms_that_an_amendment_changed_are_shown_as_values(desk: Office) -> None:
    """Rows sent before have the old rate: no formula over 方案表 may stand beside them, not even where nothing else moved."""
    desk.press("assess")
    assert standing(desk)[uscc(1)][1].startswith("=")
    (desk.bureau.root / "nantong-2019.变更.toml").write_text(
        f'[[amendment]]\nsince = {desk.bureau.today}\ndocument = "x"\nchange.plans.C.rate = 0.002\n', "utf-8"
    )
    assert desk.press("assess").startswith("✔")
    assert [standing(desk)[uscc(n)][1] for n in (1, 2)] == [10_500.0, None]
    assert not [h for row in desk.rows("测算") for h, v in row.items() if isinstance(v, str) and v.startswith("=")]
    assert next(r["费率"] for r in desk.rows("方案表") if r["方案"] == "C") == 0.002
    assert desk.rows("参数表")[0]["参数"] == "方案文本"
    (desk.bureau.root / "nantong-2019.变更.toml").unlink()
    desk.press("assess")
    assert standing(desk)[uscc(1)][1].startswith("="), "without the amendment it calculates again"


def test_the_same_as_the_command(desk: Office) -> None:
    desk.type(2, 市级审核意见="同意", 审核人="王甲")
    desk.press("assess")
    other = office(desk.bureau.root.parent / "别处")
    other.bureau.decide(2, 市级审核意见="同意", 审核人="王甲")
    assert desk.bureau.outcomes() == other.bureau.outcomes()


def test_sent_rows_show_and_the_files_lie_in_their_folder(desk: Office) -> None:
    said = desk.press("submit")
    assert "报送 1 批，共 1 家" in said
    assert [r["企业名称"] for r in desk.rows("报送")] == [firm(1)["name"]]
    assert len(desk.bureau.submitted()) == 1


def test_a_pool_that_the_latest_rate_would_break_is_sent_from_after_a_yes_for_one_press(desk: Office) -> None:
    desk.bureau.load("fx", {"保险人": "中国信保", "月份": "2019-09", "汇率": 3_000.01, "来源": "试"})
    said = desk.press("submit")
    assert said[:1] == "✘"
    assert "超出资金盘子 15.00 元" in said
    assert desk.bureau.submitted() == []
    desk.name("接受汇率风险", "是")
    assert desk.press("submit")[:1] == "✔"
    assert (len(desk.bureau.submitted()), desk.named("接受汇率风险")) == (1, None)
    assert desk.bureau.journal()[-1]["detail"]["fx_accepted"]["overdraft_fen"] == 1_500


def test_any_press_takes_the_yes_away(desk: Office) -> None:
    desk.name("接受汇率风险", "是")
    desk.press("sync")
    assert desk.named("接受汇率风险") is None


def test_customs_files_are_read_from_their_folder_once(desk: Office) -> None:
    folder = desk.bureau.root / "资料"
    folder.mkdir(exist_ok=True)
    table(folder / "海关2018.xlsx", [customs_row(n, 2018, "美国", 4_000_000) for n in (1, 2, 3)])
    assert "读入 1 个文件" in desk.press("customs")
    assert [r["出口额(美元)"] for r in desk.rows("测算")] == [4_000_000.0] * 3
    assert "以前都读过，没有变化" in desk.press("customs")


def test_a_row_typed_below_a_table_that_the_office_program_did_not_take_in_counts(desk: Office) -> None:
    before = len(desk.rows("汇率表"))
    desk.below("汇率表", "中国信保", "2019-09", 7.0883, "系统")
    said = desk.press("sync")
    assert "汇率：取回 2 处改动" in said
    assert [(r["insurer"], r["month"], r["rate"]) for r in desk.bureau.tables()["fx"]] == [
        ("中国信保", "2019-09", "7.0883")
    ]
    assert len(desk.rows("汇率表")) == max(before, 1)
    assert desk.rows("汇率表")[0]["月份"] == "2019-09"
    desk.below("汇率表", "人保财险", "2019-09", 7.0879, "系统")
    desk.press("sync")
    assert [r["保险人"] for r in desk.rows("汇率表")] == ["中国信保", "人保财险"]


@pytest.mark.parametrize("verb", VERBS)
def test_a_second_press_changes_nothing_more(desk: Office, verb: str) -> None:
    desk.type(2, 市级审核意见="同意", 审核人="王甲")
    desk.press(verb)
    cells, rows, kept = desk.everything(), desk.bureau.tables(), desk.bureau.tree()
    desk.file.writes.clear()
    desk.press(verb)
    assert desk.everything() == cells
    assert desk.bureau.tables() == rows
    assert desk.bureau.tree() == kept
    places = {desk.file.names[n][1:] for n in ("状态栏", "更新于", "提示")}
    assert {w for w in desk.file.writes if w not in {f"首页!R{y}C{x}:R{y}C{x}" for y, x in places}} == set()


@pytest.mark.parametrize(
    ("value", "formula", "was"),
    [
        (6.9, "", "试算用过 6.90"),
        (6.9, "=6.5+0.4", "试算用过 =6.5+0.4"),
        (None, "", "原来空着"),
        ("七块", "", "试算用过 七块"),
    ],
    ids=["another rate", "a formula", "nothing", "text"],
)
def test_a_budget_rate_that_was_tried_out_goes_back(desk: Office, value: Any, formula: str, was: str) -> None:
    title, row, column = desk.file.names["预算汇率"]
    cell = desk.file.page(title).cell(row, column)
    cell.value, cell.formula = value, formula
    kept = desk.bureau.tables()
    said = desk.press("sync")
    assert f"预算汇率已恢复为 7.00（{was}）" in said
    assert "本工作簿已更新，尚未保存" in said
    assert (cell.value, cell.formula) == (7.0, "")
    assert desk.bureau.tables() == kept
    desk.file.writes.clear()
    assert "已恢复" not in desk.press("sync")
    assert f"{title}!R{row}C{column}:R{row}C{column}" not in desk.file.writes


def test_without_the_cell_of_the_budget_rate_a_press_works_all_the_same(desk: Office) -> None:
    del desk.file.names["预算汇率"]
    assert desk.press("sync").startswith("✔")


def test_rows_with_wrapped_text_that_changed_are_fitted_in_one_call_and_no_others(desk: Office) -> None:
    desk.bureau.drop([*firms(4), {**firm(5), "phone": "一三八", "email": "不知道"}], "补报.xlsx", round=2)
    desk.press("collect")
    fitted = {p.name: p.fitted for p in desk.file.pages if p.fitted}
    assert fitted.keys() == {"问题", "日志"}
    assert len(desk.rows("问题")) > 1
    assert all(str(desk.cell("问题", y, "打开").formula).startswith("=") for y in range(len(desk.rows("问题"))))
    _, (top, _, bottom, _) = desk.place("问题")
    assert fitted["问题"] == [(top + 1, bottom)]
    assert [len(calls) for calls in fitted.values()] == [1, 1]
    for page in desk.file.pages:
        page.fitted.clear()
    desk.press("sync")
    assert [p.name for p in desk.file.pages if p.fitted] == []


@pytest.mark.parametrize(
    ("was", "rows", "new"),
    [
        ("abc", "abc", (0, 0)), ("abc", "abX", (2, 3)), ("abcd", "aXcY", (1, 4)), ("abc", "abcde", (3, 5)),
        ("abcde", "abc", (3, 5)), ("", "ab", (0, 2)), ("ab", "", (0, 2)),
    ],
    ids=["nothing", "the last", "from the first to the last", "more", "fewer", "all new", "all gone"],
)  # fmt: skip
def test_which_rows_are_new(desk: Office, was: str, rows: str, new: tuple[int, int]) -> None:
    spec = next(t for t in shown_tables(desk) if t.name == "日志表")
    wide = len(spec.headings)
    there = [[letter] * wide for letter in was]
    found = booktables.Found(
        spec, desk.book.sheets["日志"], desk.book.sheets["日志"].tables["日志表"], spec.headings, there, 5, 1, 9
    )
    assert push._new(push.Change(found, [[letter] * wide for letter in rows], 9, {})) == new


def shown_tables(desk: Office) -> Any:
    return desk_book.tables(desk.bureau.workspace.scheme)


def test_a_program_that_cannot_fit_rows_is_no_reason_to_stop(desk: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Any, axis: str | None = None) -> None:
        raise memory_engine.ExcelError("no")

    monkeypatch.setattr(memory_engine.Range, "autofit", refuse)
    desk.bureau.drop(firms(4), "补报.xlsx", round=2)
    assert desk.press("collect").startswith("✔")
    assert len(desk.rows("日志表")) > 1


def test_while_it_works_nothing_flickers_and_the_status_bar_tells_how_far_it_is(desk: Office) -> None:
    desk.press("sync")
    found = desk.settings
    assert (found.screen_updating, found.calculation) == (True, "automatic")
    assert found.bar[0] == "刷新：读取本工作簿 …"
    assert found.bar[-1] is False


def test_who_calculates_by_hand_still_sees_the_right_sums(desk: Office) -> None:
    desk.settings.calculation = "manual"
    desk.press("sync")
    assert (desk.settings.calculation, desk.settings.calculated) == ("manual", 1)


# ── the phase shows at most eight sheets ──

PHASES = {
    "chosen on 首页": ("测算报送", {"首页", "测算", "排队", "报送", "资金", "汇率", "一企一页", "说明"}),
    "nothing chosen: what the ledger says": (
        None,
        {"首页", "企业名册", "测算", "问题", "一企一页", "参数", "名单", "说明"},
    ),
    "a word that is no phase: what the ledger says": (
        "忙",
        {"首页", "企业名册", "测算", "问题", "一企一页", "参数", "名单", "说明"},
    ),
}


@pytest.mark.parametrize(("chosen", "shown"), PHASES.values(), ids=PHASES.keys())
def test_the_sheets_of_the_phase_are_shown(desk: Office, chosen: str | None, shown: set[str]) -> None:
    desk.name("阶段", chosen)
    desk.file.pages.append(memory_engine.Page("我的备忘"))
    desk.press("sync")
    assert {p.name for p in desk.file.pages if p.visible} == {*shown, "我的备忘"}
    assert desk.named("阶段") == (chosen if chosen == "测算报送" else "审核")


@pytest.mark.parametrize(
    ("chosen", "verb", "then"),
    [
        ("审核", "assess", "测算报送"),
        ("全年", "assess", "测算报送"),
        ("全年", "collect", "收件"),
        ("审核", "collect", "审核"),
        ("全年", "submit", "全年"),
    ],
)
def test_a_button_shows_the_sheets_that_come_next(desk: Office, chosen: str, verb: str, then: str) -> None:
    desk.name("阶段", chosen)
    desk.press(verb)
    assert desk.named("阶段") == then


def test_a_protected_workbook_keeps_its_view_and_the_work_is_done(desk: Office) -> None:
    desk.name("阶段", "测算报送")
    desk.file.structure_protected = True
    desk.type(2, 市级审核意见="同意", 审核人="王甲")
    said = desk.press("sync")
    assert said.startswith("✔")
    assert "工作表没有按“阶段”显示" in said
    assert opinions(desk.bureau)[uscc(2)] == "同意"


# ── bad input: a sentence each, nothing lost ──


def rename_heading(desk: Office) -> None:
    desk.cell("名册", -1, "市级审核意见").value = "市级意见"


def delete_sheet(name: str) -> Callable[[Office], None]:
    def damage(desk: Office) -> None:
        desk.file.pages.remove(desk.file.page(name))

    return damage


def delete_table(name: str) -> Callable[[Office], None]:
    def damage(desk: Office) -> None:
        page, _ = desk.place(name)
        del page.tables[name]

    return damage


def insert_column(desk: Office) -> None:
    """Between the columns of 名册, with the office's own remarks."""
    page, place = desk.place("名册")
    top, left, bottom, right = place
    for y in range(top, bottom + 1):
        for x in range(right, left + 4, -1):
            page.cells[y, x + 1] = page.cell(y, x)
        page.cells[y, left + 5] = Cell("我的记号" if y == top else f"记{y}")
    page.tables["名册"] = [top, left, bottom, right + 1]


def formula(desk: Office) -> None:
    desk.cell("名册", desk.firm(3), "审核日期").formula = "=TODAY()"


def text_in_number(desk: Office) -> None:
    desk.type(3, **{"核定出口额(美元)": "约三百万", "核定依据": "海关函"})


def no_choice(desk: Office) -> None:
    desk.type(3, 市级审核意见="也许")


REFUSED = {
    "a heading that staff renamed": (
        rename_heading,
        ["名册", "找不到表头“市级审核意见”", "是不是改成了“市级意见”", "改回"],
    ),
    "the sheet 企业名册 deleted": (delete_sheet("企业名册"), ["找不到表“名册”", "请从备份找回"]),
    "the table 名册 turned into cells": (delete_table("名册"), ["找不到表“名册”"]),
    "a formula where a value belongs": (formula, ["企业名册!", "“审核日期”里是公式", "选择性粘贴"]),
    "text in a number cell": (text_in_number, ["企业名册!", "约三百万"]),
    "a word that is no choice": (no_choice, ["企业名册!", "也许"]),
}
"""What is wrong with 名册, and what is said; other tables go on."""


@pytest.mark.parametrize(("damage", "said"), REFUSED.values(), ids=REFUSED.keys())
def test_a_table_that_cannot_be_taken_is_named_and_left_as_typed_and_the_others_go_on(
    desk: Office, damage: Callable[[Office], None], said: list[str]
) -> None:
    desk.type(2, 市级审核意见="同意", 审核人="王甲")
    desk.below("汇率表", "中国信保", "2019-09", 7.0883, "系统")
    damage(desk)
    there = "名册" in {t for p in desk.file.pages for t in p.tables}
    typed = desk.rows("名册") if there else None
    told = desk.press("sync")
    assert told.startswith("⚠ 2019-12-31 10:00 刷新：完成，有要处理的问题。")
    assert [s for s in said if s not in told] == []
    assert (desk.rows("名册") if there else None) == typed
    assert opinions(desk.bureau) == {uscc(1): "同意"}
    assert desk.bureau.tables()["fx"][0]["rate"] == "7.0883"
    assert "Traceback" not in told


def test_once_mended_what_was_typed_is_taken(desk: Office) -> None:
    desk.type(2, 市级审核意见="同意", 审核人="王甲")
    rename_heading(desk)
    desk.press("sync")
    desk.cell("名册", -1, "市级意见").value = "市级审核意见"
    assert desk.press("sync").startswith("✔")
    assert opinions(desk.bureau) == {uscc(1): "同意", uscc(2): "同意"}


NOT_SHOWN = {
    "a sheet that only shows": (delete_sheet("国别组"), "工作表“国别组”不见了"),
    "a table that only shows": (delete_table("排队"), "工作表“排队”里的表“排队”不见了"),
    "a column put between ours": (insert_column, "多出列 F4“我的记号”"),
}


@pytest.mark.parametrize(("damage", "said"), NOT_SHOWN.values(), ids=NOT_SHOWN.keys())
def test_a_table_that_cannot_be_shown_anew_is_named_and_what_was_typed_is_taken(
    desk: Office, damage: Callable[[Office], None], said: str
) -> None:
    desk.type(2, 市级审核意见="同意", 审核人="王甲")
    damage(desk)
    told = desk.press("assess")
    assert said in told
    assert opinions(desk.bureau) == {uscc(1): "同意", uscc(2): "同意"}
    assert standing(desk)[uscc(2)][0] == "符合条件"
    again = desk.bureau.tables()
    desk.press("assess")
    assert desk.bureau.tables() == again


def test_a_workbook_of_an_older_version_shows_the_columns_that_it_has_and_is_told_how_to_get_the_others(
    desk: Office,
) -> None:
    page, (top, left, bottom, right) = desk.place("汇率表")
    assert page.cells[top, right].value == "来源"
    for y in range(top, bottom + 1):
        page.cells.pop((y, right), None)
    page.tables["汇率表"] = [top, left, bottom, right - 1]
    desk.bureau.load("fx", {"保险人": "中国信保", "月份": "2019-09", "汇率": 7.0883, "来源": "系统"})
    for _ in range(2):  # 基准 does not vouch for a column that is not there
        told = desk.press("sync")
        assert told.startswith("✔"), told
        assert "工作表“汇率”的表“汇率表”还没有列“来源”，其余各列已更新。请存盘并关闭本工作簿，再双击“6刷新”" in told
        assert desk.rows("汇率表") == [{"保险人": "中国信保", "月份": "2019-09", "汇率": 7.0883}]
    assert [r["source"] for r in desk.bureau.tables()["fx"]] == ["系统"]


def test_their_own_column_keeps_its_cells(desk: Office) -> None:
    insert_column(desk)
    mine = [r["我的记号"] for r in desk.rows("名册")]
    desk.bureau.drop(firms(4), "补报.xlsx", round=2)
    desk.press("collect")
    assert [r["我的记号"] for r in desk.rows("名册")] == mine


def turn(desk: Office) -> None:
    """Sort 名册 the other way round."""
    page, (top, left, bottom, right) = desk.place("名册")
    swapped = [[page.cells.pop((y, x), Cell()) for x in range(left, right + 1)] for y in range(top + 1, bottom + 1)]
    for y, row in enumerate(reversed(swapped), top + 1):
        page.cells |= {(y, x): c for x, c in enumerate(row, left)}
    assert desk.firm(3) == 0


def test_sorted_rows_are_told_apart_by_their_key(desk: Office) -> None:
    turn(desk)
    desk.type(3, 市级审核意见="不同意", 审核人="王甲", 审批依据="材料不实")
    desk.press("sync")
    assert opinions(desk.bureau) == {uscc(1): "同意", uscc(3): "不同意"}
    assert [desk.firm(n) for n in (1, 2, 3)] == [2, 1, 0]  # as they were sorted


def test_a_filter_stays_while_rows_change_under_it(desk: Office) -> None:
    page, _ = desk.place("名册")
    page.filtered.add("名册")
    desk.press("sync")
    desk.bureau.drop(firms(4), "补报.xlsx", round=2)
    desk.press("collect")
    assert len(desk.rows("名册")) == 4
    assert page.filtered == {"名册"}


def test_rows_and_columns_put_in_around_and_within_a_table(desk: Office) -> None:
    page, (top, left, bottom, right) = desk.place("名册")
    moved = {(y + 3 + (y > top + 1), x + 2): c for (y, x), c in page.cells.items()}
    page.cells.clear()
    page.cells |= moved
    page.tables["名册"] = [top + 3, left + 2, bottom + 4, right + 2]
    desk.type(3, 市级审核意见="同意", 审核人="王甲")
    assert desk.press("sync").startswith("✔")
    assert opinions(desk.bureau) == {uscc(1): "同意", uscc(3): "同意"}
    assert desk.place("名册")[1] == [top + 3, left + 2, bottom + 3, right + 2]
    assert [r["统一社会信用代码"] for r in desk.rows("名册")] == [uscc(n) for n in (1, 2, 3)]


def test_growing_over_somebodys_cells_is_refused_before_anything_is_written(desk: Office) -> None:
    page, (_, left, bottom, _) = desk.place("测算")
    page.cell(bottom + 2, left + 1).value = "我的合计"
    before = desk.everything()
    desk.bureau.drop(firms(4, 5), "补报.xlsx", round=2)
    said = desk.press("collect")
    assert said.startswith("✘ 2019-12-31 10:00 收件：没办成。")
    assert f"工作表“测算”的表“测算”要增加到 5 行，但表下面 B{bottom + 2} 起有别的内容" in said
    assert "台账里的事已办好" in said
    assert desk.everything() == before
    assert len(desk.bureau.tables()["claims"]) == 5
    del page.cells[bottom + 2, left + 1]
    assert desk.press("sync").startswith("✔")
    assert len(desk.rows("测算")) == 5


def test_a_colleagues_edit_is_not_overwritten(desk: Office) -> None:
    desk.bureau.decide(2, 市级审核意见="不同意", 审核人="李乙", 审批依据="超范围")
    desk.type(2, 市级审核意见="同意", 审核人="王甲")
    said = desk.press("sync")
    assert said.startswith("⚠")
    for part in ("冲突 企业名册!", firm(2)["name"], "市级审核意见", "“同意”", "“不同意”", "没有覆盖"):
        assert part in said
    assert opinions(desk.bureau)[uscc(2)] == "不同意"
    assert desk.rows("名册")[desk.firm(2)]["市级审核意见"] == "不同意"
    (kept,) = (desk.bureau.root / "备份").glob("没有取回_*.txt")
    assert "“同意”" in kept.read_text("utf-8-sig")


def test_what_is_typed_in_a_districts_column_is_named_and_not_taken(desk: Office) -> None:
    desk.type(2, 企业名称="改了名字的公司")
    said = desk.press("sync")
    assert "没有取回 企业名册!" in said
    assert "区里填的内容请由区里改正" in said
    assert desk.rows("名册")[desk.firm(2)]["企业名称"] == firm(2)["name"]


# ── the file, its folder, the ledger ──


def _hold(root: Path, ready: Any, done: Any) -> None:
    from xltools.desk.workspace import open_workspace

    workspace = open_workspace(root, "李乙")
    from workspaces import NOW

    with ledger.writing(workspace.ledger, root, "李乙", NOW):
        ready.set()
        done.wait(30)


def test_a_ledger_that_somebody_else_writes_to_is_said_with_the_name(desk: Office) -> None:
    desk.type(2, 市级审核意见="同意", 审核人="王甲")
    before, rows = desk.everything(), desk.bureau.tables()
    context = multiprocessing.get_context("fork")
    ready, done = context.Event(), context.Event()
    holder = context.Process(target=_hold, args=(desk.bureau.root, ready, done))
    holder.start()
    try:
        assert ready.wait(20)
        said = desk.press("sync")
    finally:
        done.set()
        holder.join()
    assert "李乙 正在操作台账" in said
    assert "请等对方完成后再试" in said
    assert desk.bureau.tables() == rows
    typed = [r["市级审核意见"] for r in desk.rows("名册")]
    assert typed == ["同意", "同意", None]
    assert before == desk.everything()
    assert desk.press("sync").startswith("✔")
    assert opinions(desk.bureau)[uscc(2)] == "同意"


def gone(desk: Office) -> None:
    desk.name("工作区", None)
    (desk.bureau.root / "xltools.toml").unlink()


def gone_from_cell(desk: Office) -> None:
    (desk.bureau.root / "xltools.toml").unlink()
    desk.name("工作区", str(desk.bureau.root / "没有了"))


def elsewhere_without(desk: Office) -> None:
    desk.file.path = str(desk.bureau.root.parent / BOOK)
    desk.name("工作区", str(desk.bureau.root.parent))


def unsaved(desk: Office) -> None:
    desk.file.path = "工作簿1"


def cloud(desk: Office) -> None:
    desk.file.path = f"https://d.docs.live.net/abc/{BOOK}"


def no_ledger(desk: Office) -> None:
    (desk.bureau.root / "台账.db").unlink()


def damaged_ledger(desk: Office) -> None:
    (desk.bureau.root / "台账.db").write_bytes(b"SQLite format 3\0" + b"\x07" * 9000)


def other_scheme(desk: Office) -> None:
    (desk.bureau.root / "xltools.toml").write_text('scheme = "nantong-2031"\nledger = "台账.db"\n', "utf-8")


def anothers(desk: Office) -> None:
    """As if the workbook had been copied here from another workspace."""
    with contextlib.closing(sqlite3.connect(desk.bureau.root / "台账.db")) as ledger, ledger:
        ledger.execute("UPDATE meta SET value = '0123456789abcdef' WHERE key = 'id'")


STOPPED = {
    "a workbook of another workspace": (anothers, ["另一个工作区", "什么也没有取回", "放回原来的文件夹"]),
    "the folder is no workspace": (gone, ["这里不是工作区", "请把本工作簿放回工作区文件夹"]),
    "the folder that the cell names is gone": (
        gone_from_cell,
        ["首页“文件夹”格写的是", "文件夹找不到", "填上工作区现在的位置"],
    ),
    "the folder that the cell names is no workspace": (elsewhere_without, ["那里没有 xltools.toml"]),
    "a workbook that was never saved": (unsaved, ["还没有保存过", "请先把它保存在工作区文件夹里"]),
    "a workbook in the cloud": (cloud, ["在云端", "放到本机文件夹"]),
    "no ledger": (no_ledger, ["没有台账"]),
    "a damaged ledger": (damaged_ledger, ["台账", "备份"]),
    "a scheme that does not exist": (other_scheme, ["nantong-2031"]),
}


@pytest.mark.parametrize(("damage", "said"), STOPPED.values(), ids=STOPPED.keys())
def test_what_stops_a_press_is_a_sentence_and_nothing_is_changed(
    desk: Office, damage: Callable[[Office], None], said: list[str]
) -> None:
    desk.type(2, 市级审核意见="同意", 审核人="王甲")
    damage(desk)
    before, files = desk.everything(), desk.bureau.tree()
    desk.press("assess")
    assert desk.status.startswith("✘ 2019-12-31 10:00 资格与保费测算：没办成。")
    assert [s for s in said if s not in desk.status] == []
    assert desk.everything() == before
    assert desk.bureau.tree() == files


def test_a_workspace_that_was_moved_whole_is_worked_where_it_now_stands(desk: Office) -> None:
    desk.press("sync")
    new = desk.bureau.root.rename(desk.bureau.root.parent / "搬了家的 & 工作区")
    moved = Office(Bureau(new), memory_engine.copied(desk.file, new / BOOK))
    assert moved.press("sync").startswith("✔")
    assert moved.named("工作区") == str(new)


def test_a_workbook_that_lies_elsewhere_finds_the_workspace_by_its_cell(desk: Office) -> None:
    desk.press("sync")
    desk.file.path = str(desk.bureau.root.parent / BOOK)
    desk.type(2, 市级审核意见="同意", 审核人="王甲")
    assert desk.press("sync").startswith("✔")
    assert opinions(desk.bureau)[uscc(2)] == "同意"


def test_a_workbook_opened_read_only_says_that_it_cannot_be_saved(desk: Office) -> None:
    desk.file.read_only = True
    desk.type(2, 市级审核意见="同意", 审核人="王甲")
    said = desk.press("sync")
    assert "本工作簿是只读打开的（可能别人正开着它）" in said
    assert "存不回去" in said
    assert opinions(desk.bureau)[uscc(2)] == "同意"


def test_a_protected_sheet_is_a_sentence_and_the_next_press_mends_it(desk: Office) -> None:
    page, _ = desk.place("名册")
    page.protected = True
    desk.bureau.drop(firms(4), "补报.xlsx", round=2)
    said = desk.press("collect")
    assert said.startswith("✘")
    assert "台账里的事已办好，但本工作簿没有更新完" in said
    page.protected = False
    assert desk.press("sync").startswith("✔")
    assert len(desk.rows("名册")) == 4


@pytest.mark.parametrize("at", [0, 1, 2, 4, 16, 30])
def test_a_press_that_died_while_writing_is_never_taken_for_something_typed(
    desk: Office, at: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows were sorted, and stay so; two are added; the office program dies at the n-th write."""
    turn(desk)
    desk.type(3, 市级审核意见="不同意", 审核人="王甲", 审批依据="材料不实")
    desk.bureau.drop(firms(7, 5), "补报.xlsx", round=2)
    desk.bureau.decide(2, 市级审核意见="同意", 审核人="李乙")
    left = at
    write = memory_engine.Range._write

    def dying(self: Any, given: Any) -> Any:
        nonlocal left
        left -= 1
        if left < 0:
            raise memory_engine.ExcelError("gone")
        return write(self, given)

    with monkeypatch.context() as m:
        m.setattr(memory_engine.Range, "_write", dying)
        desk.press("collect")
    rows = desk.bureau.tables("meta")
    said = desk.press("sync")
    assert said.startswith("✔")
    assert "冲突" not in said
    assert "没有取回" not in said
    assert desk.bureau.tables("meta") == rows
    assert [r["统一社会信用代码"] for r in desk.rows("名册")] == [uscc(n) for n in (3, 2, 1, 7, 5)]
    assert [r["市级审核意见"] for r in desk.rows("名册")] == ["不同意", "同意", "同意", None, None]


# ── nothing but sentences ──


def test_without_its_cell_the_sentence_stays_in_the_status_bar(desk: Office) -> None:
    del desk.file.names["状态栏"]
    desk.press("sync")
    assert str(desk.settings.bar[-1]).startswith("✔ 2019-12-31 10:00 刷新：完成")


def test_a_verb_that_has_no_button(desk: Office) -> None:
    assert "没有叫 issue 的按钮" in desk.press("issue")


def test_a_fault_of_ours_is_a_sentence_and_a_log_without_values(desk: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = uscc(2)

    def broken(*args: Any) -> None:
        raise KeyError(secret)

    monkeypatch.setattr(push, "changes", broken)
    said = desk.press("sync")
    found = re.search(r"程序出错，没有做成（KeyError）。详细情况记在 (\S+?\.log)", said)
    assert found, said
    log = Path(found[1]).read_text("utf-8")
    assert "press.py" in log
    assert secret not in log + said


def test_a_missing_package_is_a_sentence(desk: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "xltools.office.opened", None)
    monkeypatch.delattr("xltools.office.opened", raising=False)  # there once anything has imported it
    assert "软件没有装全" in desk.press("sync")
    assert "请按“自检”" in desk.status


def test_what_excel_refuses_is_a_sentence() -> None:
    kind = type("com_error", (Exception,), {})
    said = entry.failure(kind(-2147352567, "Exception occurred."))
    assert said.startswith("Excel 没有接受这一步（工作表可能有保护、正在编辑单元格，或开着对话框）")


@pytest.mark.parametrize("error", [Exception("no caller"), OSError(2, "No such file"), ImportError("pywin32")])
def test_without_a_workbook_it_says_so_and_ends_so_that_the_macro_shows_it(
    monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    """xlwings' macro shows what stands in standard error only where the program ends with another code than 0."""

    def caller() -> xw.Book:
        raise error

    monkeypatch.setattr(xw.Book, "caller", caller)
    with pytest.raises(SystemExit) as caught:
        entry.run("sync")
    said = str(caught.value.code)  # a text: Python prints it to standard error and ends with 1
    assert re.fullmatch(r"找不到平台工作簿。请打开平台工作簿，在里面按按钮（详细情况记在 \S+\.log）", said)
    assert "。。" not in said


def test_long_stories_stand_in_the_notes_and_the_first_line_in_the_status() -> None:
    from datetime import datetime

    lines = [f"第 {n} 处要改：{'很长的说明' * 4}" for n in range(50)]
    words = entry.words("刷新", datetime(2019, 12, 31, 10, 0), 1, lines)
    assert words.status.endswith("共 50 条，详见下面“提示”。")
    assert len(words.status) < 260
    notes = entry.notes(words.notes, "等市局办理的企业 2 家").split("\n")
    assert notes[0] == lines[0]
    assert notes[-2:] == ["……还有 41 条，见“问题”和“日志”", "等市局办理的企业 2 家"]


def test_xlwings_pro_is_off() -> None:
    assert xw.__pro__ is False


# ── the smaller parts ──

CELLS = {
    "the same number": (7.0883, 7.0883, True),
    "a number to fifteen digits": (1063.25, 1063.2500000000002, True),
    "another cent": (1063.25, 1063.26, False),
    "blank and empty": (None, "", True),
    "nought and blank": (0.0, None, False),
    "text and number": ("1", 1.0, False),
}


@pytest.mark.parametrize(("a", "b", "same"), CELLS.values(), ids=CELLS.keys())
def test_cells_that_show_the_same(a: object, b: object, same: bool) -> None:
    assert push._equal(a, b) is same


def test_what_was_typed_is_read_with_its_place(desk: Office) -> None:
    from xltools.desk.book.workbook import tables

    desk.cell("名册", desk.firm(3), "审核日期").formula = "=TODAY()"
    found = booktables.read(desk.book, tables(desk.bureau.workspace.scheme))
    roster = found.tables["名册"].given
    x = roster.headings.index("审核日期")
    assert set(roster.formulas) == {(desk.firm(3), x)}
    assert (roster.sheet, roster.first_row, roster.first_column, len(roster.rows)) == ("企业名册", 5, 1, 3)
    assert found.broken == {}


def test_the_ledger_that_was_prepared_is_whole(desk: Office) -> None:
    with sqlite3.connect(desk.bureau.root / "台账.db") as conn:
        assert conn.execute("select count(*) from claims").fetchone() == (3,)
    assert enrolled.__doc__
