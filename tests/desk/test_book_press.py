"""Buttons (按钮): the same result as the command of that name, told in Chinese lines, never an exception."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from workspaces import Bureau, Row, bureau_in, cli, customs_row, firm, firms, policy, table, uscc

from xltools.desk.told import Told
from xltools.ledger import writing


@pytest.fixture
def office(tmp_path: Path) -> Bureau:
    return bureau_in(tmp_path)


@pytest.fixture
def twin(tmp_path: Path) -> Bureau:
    """Another workspace, worked by commands."""
    return bureau_in(tmp_path / "另一处")


def pressed(office: Bureau, verb: str, **options: Callable[..., None]) -> Told:
    return office.press(verb, **options)


def problems(found: Told) -> list[str]:
    return [n.line for n in found.problems]


def ledger(office: Bureau) -> dict[str, list[Row]]:
    """The ledger but for what depends on the moment or on folders."""
    found = office.tables("meta", "outbox", "published")
    for rows in found.values():
        for row in rows:
            for key in ("at", "hash", "prev", "detail", "first_at"):
                row.pop(key, None)
    return found


def test_a_whole_enrolment_by_buttons_is_the_one_by_commands(office: Bureau, twin: Bureau) -> None:
    rows = [firm(1), firm(2), firm(3, exports="约5万"), firm(4, size="大型")]
    office.drop(rows)
    table(office.root / "资料" / "海关2018.xlsx", [customs_row(n, 2018, "美国", 5_000_000) for n in (1, 2, 3, 4)])
    table(office.root / "资料" / "在保名单.xlsx", [policy(9, "中国信保"), policy(9, "人保财险")])
    for folder in ("收件", "资料"):  # the very bytes: a workbook says when it was made
        shutil.copytree(office.root / folder, twin.root / folder, dirs_exist_ok=True)
    codes = [pressed(office, v).code for v in ("collect", "customs", "assess")]
    office.agree(1, 2)
    codes += [pressed(office, v).code for v in ("submit", "verify")]
    other = [
        twin.cli(*a).code
        for a in (
            ["collect"], ["customs", twin.root / "资料" / "海关2018.xlsx"], ["inforce", twin.root / "资料" / "在保名单.xlsx"],
            ["assess"],
        )
    ]  # fmt: skip
    twin.agree(1, 2)
    other += [twin.cli("submit").code, twin.cli("verify").code]
    assert codes == [1, 0, 1, 0, 0]
    assert other == [1, 0, 0, 1, 0, 0]
    mine, theirs = ledger(office), ledger(twin)
    assert {n: r for n, r in mine.items() if n != "journal"} == {n: r for n, r in theirs.items() if n != "journal"}
    assert office.submitted() == twin.submitted()
    assert office.returned() == twin.returned()


def test_collecting_says_what_came_and_what_went_back(office: Bureau) -> None:
    office.drop([firm(1), firm(3, exports="约5万")])
    found = pressed(office, "collect")
    assert found.lines[-1] == "收件 1 个文件：合格 1 行，必须改 1 处，退回 1 个文件（在“退回”文件夹）"
    assert problems(found) == [
        "[必须改] 崇川区.xlsx 企业投保申请汇总表 H6：“2018年出口额(美元)”不是数字：约5万。请只填数字，单位在表头里"
    ]
    assert found.outcome == found.lines[-1]
    before = office.tables()
    again = pressed(office, "collect")
    assert (again.code, again.lines) == (0, ["另有 1 个文件以前收过，没有变化"])
    assert office.tables() == before


@pytest.mark.parametrize("verb", ["collect", "customs", "assess", "submit", "verify", "sync"])
def test_in_an_empty_workspace_every_button_ends_well_and_changes_nothing(office: Bureau, verb: str) -> None:
    before = office.tables()
    found = pressed(office, verb)
    assert found.code == 0
    assert office.tables() == before
    assert all("\n" not in line for line in found.lines)


@pytest.mark.parametrize("verb", ["collect", "submit"])
def test_who_is_writing_is_said_with_code_2(office: Bureau, verb: str) -> None:
    office.drop(firms(1))
    with writing(office.workspace.ledger, office.root, "李乙", office.now):
        found = pressed(office, verb)
    assert found.code == 2
    assert "李乙 正在操作台账" in found.lines[-1]


def test_progress_is_told(office: Bureau) -> None:
    office.drop(firms(1))
    said: list[str] = []

    def step(text: str, done: int = 0, total: int = 0) -> None:
        said.append(f"{text} {done}/{total}")

    for verb in ("collect", "assess", "submit", "verify"):
        pressed(office, verb, progress=step)
    assert {"读取和核对 0/1", "测算 0/1", "报送 0/1", "日志 0/0"} <= set(said)


def test_submitting_tells_the_batches_and_then_that_nothing_is_left(office: Bureau) -> None:
    office.sent_in(firms(1, 2))
    office.agree(1, 2)
    found = pressed(office, "submit")
    assert found.lines[-1] == "报送 1 批，共 2 家"
    assert any("中国信保第01批：2 家，财政扶持 21,000.00 元" in line for line in found.lines)
    assert "没有新的企业可报送" in pressed(office, "submit").lines[-1]


def test_verify_names_what_is_wrong_with_code_1(office: Bureau) -> None:
    office.sent_in(firms(1))
    office.agree(1)
    office.submit()
    office.tamper("UPDATE sent SET fiscal_fen = fiscal_fen + 1")
    found = pressed(office, "verify")
    assert found.code == 1
    assert problems(found) == office.cli("verify", "--json").json["wrong"]
    assert f"{len(found.problems)} 处不符" in found.lines[-1]


# ── 海关数据 ──


def put(office: Bureau, name: str, *rows: Row, minutes: int = 0) -> Path:
    (office.root / "资料").mkdir(exist_ok=True)
    path = table(office.root / "资料" / name, rows)
    os.utime(path, (1_570_000_000 + 60 * minutes,) * 2)
    return path


def test_files_are_read_once_in_the_order_in_which_they_were_made(office: Bureau) -> None:
    office.sent_in(firms(1))
    put(office, "海关B.xlsx", customs_row(1, 2018, "美国", 4_000_000), minutes=1)
    put(office, "海关A.xlsx", customs_row(1, 2018, "美国", 3_000_000), minutes=2)
    put(office, "在保名单.xlsx", policy(1, "中国信保"), minutes=3)
    found = pressed(office, "customs")
    assert (found.code, found.lines[-1]) == (0, "读入 3 个文件")
    assert {r["cents"] for r in office.tables()["customs"]} == {300_000_000}
    assert [r["uscc"] for r in office.tables()["inforce"]] == [uscc(1)]
    before = office.tables()
    again = pressed(office, "customs")
    assert again.lines == ["“资料”文件夹里的 3 个文件以前都读过，没有变化"]
    assert office.tables() == before


def test_other_files_of_the_folder_are_left_alone(office: Bureau) -> None:
    for name in ("~$海关.xlsx", "说明.xlsx", "海关.txt", "2018海关.xlsx"):
        put(office, name, customs_row(1, 2018, "美国", 1))
    assert "没有文件" in pressed(office, "customs").lines[0]


def test_a_wrong_file_is_named_cell_by_cell_and_the_next_one_is_read(office: Bureau) -> None:
    put(office, "海关1.xlsx", customs_row(1, 2018, "美国", "约一万"), minutes=1)
    put(office, "海关2.xlsx", customs_row(1, 2018, "美国", 1), minutes=2)
    found = pressed(office, "customs")
    assert (found.code, found.lines[-1]) == (2, "读入 1 个文件，1 个没有读入")
    (problem,) = problems(found)
    assert "海关1.xlsx" in problem
    assert "约一万" in problem
    assert len(office.tables()["customs"]) == 1


def test_a_workspace_from_before_gets_its_folder(office: Bureau) -> None:
    (office.root / "资料").rmdir()
    assert "请把海关数据放进去" in pressed(office, "customs").lines[0]
    assert (office.root / "资料").is_dir()


def test_init_makes_the_folder(tmp_path: Path) -> None:
    assert cli("init", tmp_path / "新", "--scheme", "nantong-2019").code == 0
    assert {p.name for p in (tmp_path / "新").iterdir() if p.is_dir()} == {"收件", "退回", "报送", "备份", "资料"}
