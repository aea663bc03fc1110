"""Verbs (动作) as declarations: one that is registered is a command with its options, and told in every skin."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from workspaces import Bureau, bureau_in, cli

from xltools.desk import steps
from xltools.desk.errors import Refusal
from xltools.desk.told import Note, Place, Told, joined, named
from xltools.desk.verb import Ask, Option, Verb, registered, verbs, with_buttons


def count(workspace: Any, ask: Ask) -> Told:
    """Counts what it is asked to."""
    if ask["many"] == 13:
        raise Refusal("不数 13", "请{verify}")
    told = Told(data={"many": ask["many"], "rate": ask["rate"], "files": ask["files"], "root": workspace.root.name})
    told.add(Note("少了一行", "SHORT", "error", Place("甲.xlsx", "表", "C5"), "请补上"))
    told.table("数", [{"家数": ask["many"], "金额(元)": "1.00"}])
    told.say("只在按钮处说", shown="press")
    told.sum_up(f"数了 {ask['many']} 家")
    told.code = 1
    return told


COUNT = Verb(
    "count", "清点", "清点：数一数", 55, about="清点：数一数有几家企业，没有别的事。", changes=True,
    options=(
        Option("files", kind="file", many=True, metavar="[文件]..."),
        Option("many", "数到几", ("--many",), "whole", "几", default=3, bounds=(1, 20)),
        Option("rate", "汇率是多少", ("--rate",), "rate", "汇率"),
        Option("how", "怎么数", ("--how",), metavar="方法", choices=("快", "慢"), default="快"),
    ),
    run=count,
)  # fmt: skip


@pytest.fixture
def bureau(tmp_path: Path) -> Bureau:
    return bureau_in(tmp_path)


def test_a_verb_that_is_registered_is_a_command_in_its_place_of_the_year() -> None:
    with registered(COUNT):
        said = cli("--help").out
        assert re.search("count +清点：数一数", said)
        ran = cli("count", "--help")
        assert ran.out.startswith("用法：xltools count")
        assert all(x in ran.out for x in ("--many 几", "[1 到 20]", "--dry-run", "-C 目录", "清点：数一数有几家企业"))
    assert not re.search("^ +count ", cli("--help").out, re.MULTILINE)
    assert cli("count").code == 2


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["--many", "21"], "--many 的值不对：21 应在 1 到 20 之间。用法见 xltools count --help"),
        (["--many", "x"], "x 不是整数"),
        (["--rate", "0"], "0 不是汇率"),
        (["--how", "中"], "--how 的值不对：中 不在可选的 '快', '慢' 之内"),
        (["--many"], "选项 --many 后面要写值"),
    ],
)
def test_wrong_values_are_told_in_chinese(bureau: Bureau, args: list[str], says: str) -> None:
    with registered(COUNT):
        ran = bureau.cli("count", *args)
    assert (ran.code, ran.out, says in ran.err) == (2, "", True), ran.err


def test_what_it_tells_is_shown_with_tables_and_as_json(bureau: Bureau) -> None:
    with registered(COUNT):
        ran = bureau.cli("count", "甲", "乙", "--many", "7", "--rate", "7.5")
        assert (ran.code, ran.err) == (1, "")
        assert "  [必须改] 甲.xlsx 表 C5：少了一行。请补上\n" in ran.out
        assert "家数" in ran.out
        assert "只在按钮处说" not in ran.out
        told = bureau.cli("count", "甲", "--many", "7", "--json").json
        assert told == {"exit": 1, "many": 7, "rate": None, "files": ["甲"], "root": bureau.root.name}
        stopped = bureau.cli("count", "--many", "13", "--json")
        assert (stopped.code, stopped.json["error"]) == (2, "不数 13。请运行 xltools verify")


def test_after_a_press_tables_are_not_told_and_the_outcome_is(bureau: Bureau) -> None:
    with registered(COUNT):
        told = bureau.press("count")
    assert told.lines == ["只在按钮处说", "数了 3 家"]
    assert [n.code for n in told.problems] == ["SHORT"]
    assert (told.code, told.outcome) == (1, "数了 3 家")


def test_options_are_what_they_are_where_nothing_is_said() -> None:
    assert COUNT.asked({}) == {"files": (), "many": 3, "rate": None, "how": "快"}
    assert COUNT.asked({"rate": Decimal(7)})["rate"] == 7


def test_the_verbs_stand_in_the_order_of_the_year_each_with_its_work() -> None:
    found = list(verbs().values())
    assert [v.year for v in found] == sorted({v.year for v in found})
    assert all(v.run for v in found)
    assert [v.name for v in with_buttons()] == [
        "collect", "customs", "assess", "submit", "verify", "sync", "doctor", "issued", "payments", "settle", "change", "upgrade",
        "claims", "rebate", "clocks", "prospects", "services", "alerts", "financing", "whitelist", "topups",
        "evaluate", "report", "brief", "readings", "sandbox",
    ]  # fmt: skip
    assert all(v.presses and v.title for v in with_buttons())


STEPS = {
    "by double click": (steps.by_double_click, "双击“5全面核验”", "双击“6刷新”", "运行 xltools fx"),
    "by button": (steps.by_button, "按“全面核验”", "按“刷新”", "运行 xltools fx"),
    "by command": (steps.by_command, "运行 xltools verify", "运行 xltools book", "运行 xltools fx"),
    "anyhow": (
        steps.anyhow, "双击“5全面核验”或运行 xltools verify", "双击“6刷新”或运行 xltools book", "运行 xltools fx",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("how", "verify", "book", "fx"), STEPS.values(), ids=STEPS.keys())
def test_a_step_is_called_as_it_is_done_where_it_is_told(how: steps.Telling, verify: str, book: str, fx: str) -> None:
    assert named("先{verify}，再{book}，再{fx}", how) == f"先{verify}，再{book}，再{fx}"


def test_braces_that_somebody_typed_stay() -> None:
    assert named("甲{1}公司{}乙{verify", steps.by_button) == "甲{1}公司{}乙{verify"
    assert named("{no_step}{nobody}", steps.by_button) == "{no_step}{nobody}"


NOTES = {
    "a sentence": (Note("好"), "好"),
    "with what to do": (Note("坏了", todo="请修"), "坏了。请修"),
    "a question": (Note("是不是？", todo="请改"), "是不是？请改"),
    "of a file": (Note("坏", "", "warning", Place("a.xlsx", "表", "C1")), "[提示] a.xlsx 表 C1：坏"),
    "of a cell of the workbook": (Note("坏", "", "error", Place("", "表", "C1"), label=""), "表!C1：坏"),
    "with a label": (
        Note("改了", "", "error", Place("", "表", "C1", "甲 备注"), label="冲突"),
        "冲突 表!C1 甲 备注：改了",
    ),
    "without a place": (Note("坏", "", "error"), "坏"),
}


@pytest.mark.parametrize(("note", "line"), NOTES.values(), ids=NOTES.keys())
def test_a_note_as_a_line(note: Note, line: str) -> None:
    assert note.line == line


def test_texts_are_joined_without_doubled_stops() -> None:
    assert [joined("甲。", "乙"), joined("甲", "")] == ["甲。乙", "甲"]
