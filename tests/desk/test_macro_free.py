"""The macro-free way: the files that are double-clicked, really run, and 处理结果.xlsx read back cell by cell."""

from __future__ import annotations

import multiprocessing
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import astuple
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import openpyxl
import pytest
from books import booked, drawn, patched
from bundles import exec_of, laid_out, on_linux
from pages import loaded, page_of
from python_calamine import CalamineWorkbook
from splicebooks import edited
from workspaces import Bureau, customs_row, firm, firms, prepared, table, uscc

from xltools import ledger
from xltools.catalogue.phases import all_phases, phase_of
from xltools.catalogue.tables import tables
from xltools.cli import press as cli
from xltools.desk import steps
from xltools.desk.book import workbook as book
from xltools.desk.errors import Refusal
from xltools.desk.press import double_click
from xltools.desk.press import setup as macro_free_setup
from xltools.desk.steps import numbered, pressed
from xltools.desk.told import Note, Place, Told
from xltools.desk.workspace import init
from xltools.sheets.write import resultbook
from xltools.sheets.write.resultbook import Result, Trouble

PROTECTED = b'<workbookProtection lockStructure="1"/>'
BOOK, RESULT = "平台工作簿.xlsm", "处理结果.xlsx"
TODAY = "2019-12-31"
pytestmark = pytest.mark.filterwarnings("ignore:Print area")  # openpyxl on areas of whole columns


def sheets(path: Path) -> dict[str, list[list[Any]]]:
    found = CalamineWorkbook.from_path(path)
    return {name: found.get_sheet_by_name(name).to_python() for name in found.sheet_names}


def told(path: Path) -> tuple[str, dict[str, str], list[str], list[list[Any]], list[str]]:
    """(title, facts, lines, problems, what comes next) of a result."""
    s = sheets(path)
    assert list(s) == ["结果", "问题", "下一步"]
    done = s["结果"]
    at = next(i for i, r in enumerate(done) if r[0] == "序号")
    assert [r[0] for r in done[at + 1 :] if r[0] != ""] == list(range(1, len(done) - at))
    problems = [r for r in s["问题"][1:] if isinstance(r[0], float)]
    assert s["问题"][0] == ["序号", "程度", "文件", "工作表", "单元格", "问题", "怎么办"]
    return (
        done[0][0], {r[0]: r[1] for r in done[1:at] if r[0]}, [r[1] for r in done[at + 1 :]],
        [r[1:] for r in problems], [r[1] for r in s["下一步"][1:]],
    )  # fmt: skip


# ── the files, really run ──


def double_clicked(
    bundle: Path, name: str, *, uri: bool = False, **environment: str
) -> subprocess.CompletedProcess[str]:
    """What a desktop does on a double click: %k is the file's path, or its URI; the folder stood in is another one."""
    path = bundle / f"{name}.desktop"
    place = f"file://{quote(str(path))}" if uri else str(path)
    given = [place if a == "%k" else a for a in exec_of(path)]
    return subprocess.run(
        given, cwd="/", env={**os.environ, "PATH": f"{bundle.parent}/bin:/usr/bin:/bin", **environment},
        stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    """The folder; a program that stands in for the desktop's opener writes down what it was given."""
    (tmp_path / "bin").mkdir()
    opener = tmp_path / "bin" / "xdg-open"
    opener.write_text(f'#!/bin/sh\nprintf "%s\\n" "$1" >> "{tmp_path}/opened"\n', "utf-8")
    opener.chmod(0o755)
    return on_linux(laid_out(tmp_path))


def opened(bundle: Path, count: int) -> list[str]:
    """What was opened; openers are not waited for, so it may take a moment."""
    path = bundle.parent / "opened"
    for _ in range(100):
        found = path.read_text("utf-8").splitlines() if path.exists() else []
        if len(found) >= count:
            return found
        subprocess.run(["sleep", "0.05"], check=True)
    return found


def test_before_there_is_a_workspace_every_file_says_what_to_do(bundle: Path) -> None:
    done = double_clicked(bundle, "1收件", uri=True)
    assert (done.returncode, done.stderr) == (2, "")
    title, facts, lines, problems, following = told(bundle / RESULT)
    assert title == "✘ 收件：没办成"
    assert facts["办理"] == "收件"
    assert facts["文件夹"] == str(bundle)
    assert lines == [
        f"{bundle}：这里还不是工作区（没有 xltools.toml）。请先双击“0建立工作区”，或把双击的文件放回工作区文件夹"
    ]
    assert problems == []
    assert following == ["还没有工作区：先双击“0建立工作区”"]
    assert opened(bundle, 1) == [str(bundle / RESULT)]


def test_the_first_steps_of_an_office_by_double_clicks_alone(bundle: Path) -> None:
    assert double_clicked(bundle, "0建立工作区").returncode == 0
    title, _, lines, problems, following = told(bundle / RESULT)
    assert (title, problems) == ("✔ 建立工作区：完成", [])
    assert lines[0] == f"已建立工作区 {bundle}"
    assert following[0] == "把各区报来的表放进“收件”文件夹，再双击“1收件”"
    office = Bureau(bundle)
    office.today = datetime.now().date()
    office.drop(firms(1, 2), "崇川区.xlsx")
    office.drop([firm(3, phone="12"), firm(4)], "通州区.xlsx", "通州区")
    done = double_clicked(bundle, "1收件")
    assert (done.returncode, done.stderr) == (1, "")
    title, _, lines, problems, following = told(bundle / RESULT)
    assert title == "⚠ 收件：完成，有要处理的问题"
    assert lines[0] == "崇川区.xlsx：收下，2 行，合格 2，新增 2，更新 0"
    assert "收件 2 个文件：合格 3 行，必须改 1 处，退回 1 个文件（在“退回”文件夹）" in lines
    (bad,) = [p for p in problems if p[0] == "必须改"]
    assert bad[1:3] == ["通州区.xlsx", "企业投保申请汇总表"]
    assert re.fullmatch(r"[A-Z]+5", bad[3])
    assert "手机" in bad[4] + bad[5]
    assert bad[5] != ""
    assert following[0].startswith("各区还没改好的，把“退回”文件夹里的文件发回各区；改好的放进“收件”文件夹")
    assert following[1].endswith("再双击“2海关数据”")
    assert sorted(r["统一社会信用代码"] for r in roster(bundle)) == sorted(uscc(n) for n in (1, 2, 3, 4))
    before = office.tables("journal")
    assert double_clicked(bundle, "1收件").returncode == 0
    title, _, lines, standing, again = told(bundle / RESULT)
    assert title == "✔ 收件：完成"
    assert "另有 2 个文件以前收过，没有变化" in lines
    assert [(p[0], p[1], p[3]) for p in standing] == [("必须改", "通州区.xlsx", bad[3])]
    assert again == following
    assert Bureau(bundle).tables("journal") == before


def test_every_other_file_does_its_own_work(bundle: Path) -> None:
    workspace(bundle)
    said = {
        "2海关数据": ("✔ 海关数据：完成", "请把海关数据放进去"),
        "3资格与保费测算": ("✔ 资格与保费测算：完成", "测算 3 家"),
        "4报送": ("✔ 报送：完成", "报送 1 批，共 1 家"),
        "5全面核验": ("✔ 全面核验：完成", "全部相符"),
        "6刷新": ("✔ 刷新：完成", "工作簿里没有新的改动"),
        "7自检": ("：完成", "自检报告："),
    }
    for name, (title, line) in said.items():
        done = double_clicked(bundle, name)
        assert done.returncode in (0, 1), done.stdout + done.stderr
        found = told(bundle / RESULT)
        assert title in found[0], name
        assert any(line in x for x in found[2]), (name, found[2])
    assert len(list((bundle / "报送").iterdir())) == 1
    assert (bundle / "自检报告.txt").is_file()
    assert len(opened(bundle, 6)) == 6


def workspace(bundle: Path) -> None:
    """A workspace of three firms in the folder, agreed to the first, with its own workbook."""
    shutil.copytree(prepared(bundle.parent, enrolled).root, bundle, dirs_exist_ok=True)


def roster(bundle: Path) -> list[dict[str, Any]]:
    """名册 of the closed workbook."""
    sheet = page_of(bundle / BOOK, "企业名册")
    head, *rows = ([c.value for c in r] for r in sheet[sheet.tables["名册"].ref])
    return [dict(zip(head, r, strict=True)) for r in rows if any(v is not None for v in r)]


# ── failures; the function itself ──


@pytest.fixture
def office(tmp_path: Path) -> Bureau:
    """A workspace of three firms, its workbook closed."""
    return prepared(tmp_path, enrolled)


def enrolled(office: Bureau) -> None:
    office.sent_in(firms(1, 2, 3))
    office.agree(1)
    booked(office)


def run(office: Bureau, verb: str, **more: Any) -> double_click.Done:
    return double_click.run(office.root, verb, now=office.now, today=office.today, who="王甲", **more)


def test_what_was_typed_in_the_closed_workbook_counts_and_shows(office: Bureau) -> None:
    def typed(rows: dict[str, list[dict[str, Any]]]) -> None:
        rows["名册"][1] |= {"市级审核意见": "同意", "审核人": "王甲"}

    drawn(office, office.root / BOOK, typed)
    done = run(office, "assess")
    assert (done.code, done.troubles) == (0, [])
    assert {r["uscc"]: r["opinion"] for r in office.tables()["reviews"]} == {uscc(1): "同意", uscc(2): "同意"}
    lines = told(office.root / RESULT)[2]
    assert any("取回 2 处改动" in x for x in lines)
    assert any(x.startswith("测算 3 家企业：已安排 2，待审核 1") for x in lines)
    shown = loaded(office.root / BOOK, "首页")
    title, cell = next(iter(shown.defined_names["状态栏"].destinations))
    assert "资格与保费测算" in shown[title][cell.replace("$", "").split(":")[0]].value
    again = run(office, "assess")
    assert not any("取回" in x for x in again.lines)


def test_typing_that_cannot_be_taken_is_a_problem_with_its_cell_and_stays(office: Bureau) -> None:
    def typed(rows: dict[str, list[dict[str, Any]]]) -> None:
        rows["名册"][1] |= {"市级审核意见": "可以"}

    drawn(office, office.root / BOOK, typed)
    done = run(office, "sync")
    assert done.code == 1
    title, _, lines, problems, following = told(office.root / RESULT)
    assert title == "⚠ 刷新：完成，有要处理的问题"
    assert any(p[:3] == ["必须改", BOOK, "企业名册"] and re.fullmatch(r"[A-Z]+6", p[3]) for p in problems), problems
    rest = len(tables(office.workspace.scheme)) - 1
    assert any(f"{rest} 张表已按台账更新，1 张保持原样" in x for x in lines)
    assert following == ["按本文件“问题”一页改好，再双击“6刷新”"]
    assert roster(office.root)[1]["市级审核意见"] == "可以"


def visible(office: Bureau) -> set[str]:
    book = loaded(office.root / BOOK, "首页")
    title, cell = next(iter(book.defined_names["阶段"].destinations))
    shown = {p.title for p in book if p.sheet_state == "visible"}
    assert shown >= set(phase_of(all_phases(), book[title][cell.replace("$", "")].value).sheets)
    return shown


def test_after_each_step_the_sheets_are_shown_that_come_next(office: Bureau, tmp_path: Path) -> None:
    fresh = Bureau(init(tmp_path / "新的", "nantong-2019", now=office.now).root)
    fresh.drop([*firms(1, 2), firm(3, phone="12")], "崇川区.xlsx")
    table(fresh.root / "资料" / "海关.xlsx", [customs_row(1, 2018, "美国", 5_000_000)])
    steps = []
    for verb in ("sync", "collect", "customs", "assess", "assess", "sync"):
        if len(steps) == 4:
            assert told(fresh.root / RESULT)[4][-1].startswith("在平台工作簿的“企业名册”里填审核意见")
            fresh.agree(1)
        steps.append((run(fresh, verb), visible(fresh)))
    assert [done.code for done, _ in steps] == [0, 1, 0, 1, 1, 0]
    assert [{"企业名册", "排队", "资金"} & shown for _, shown in steps] == [
        {"资金"}, {"企业名册"}, {"企业名册"}, {"企业名册"}, {"排队", "资金"}, {"排队", "资金"},
    ]  # fmt: skip
    assert all("首页" in shown and len(shown) <= 8 for _, shown in steps)
    assert [t.file for t in steps[3][0].troubles] == ["崇川区.xlsx"]
    assert len(list((fresh.root / "备份").glob("平台工作簿_*.xlsm"))) == 1
    home = loaded(fresh.root / BOOK, "首页")
    _, cell = next(iter(home.defined_names["工作区"].destinations))
    assert home["首页"][cell.replace("$", "").split(":")[0]].value == str(fresh.root)
    assert told(fresh.root / RESULT)[4][0].endswith("双击“3资格与保费测算”看结果；其他没有要做的")


@pytest.mark.parametrize(
    ("chosen", "verb", "shown"),
    [
        ("审核", "collect", {"企业名册", "测算", "问题", "一企一页", "参数", "名单", "说明"}),
        ("审核", "sync", {"企业名册", "测算", "问题", "一企一页", "参数", "名单", "说明"}),
        ("全年", "submit", {"企业名册", "测算", "报送", "资金", "汇率", "一企一页", "日志"}),
        ("随便", "sync", {"企业名册", "测算", "问题", "一企一页", "参数", "名单", "说明"}),
    ],
    ids=["a phase that shows what is next", "no step", "the whole year", "no phase at all: the ledger's"],
)
def test_a_phase_that_was_chosen_stays_while_it_shows_what_comes_next(
    office: Bureau, chosen: str, verb: str, shown: set[str]
) -> None:
    home = loaded(office.root / BOOK)
    _, cell = next(iter(home.defined_names["阶段"].destinations))
    patched(office.root / BOOK, "首页", cell.replace("$", ""), f' t="inlineStr"><is><t>{chosen}</t></is></c>')
    run(office, verb)
    assert visible(office) == {*shown, "首页"}


@pytest.mark.parametrize(
    ("verb", "says"),
    [
        ("collect", "把各区报来的表放进“收件”文件夹"), ("customs", "把海关统计放进“资料”文件夹"),
        ("assess", "里填审核意见"), ("submit", "没有要报送的"),
    ],
)  # fmt: skip
def test_with_nothing_to_do_it_with_the_next_step_says_what_is_missing(tmp_path: Path, verb: str, says: str) -> None:
    fresh = Bureau(init(tmp_path / "空的", "nantong-2019", now=datetime.now()).root)
    done = run(fresh, verb)
    assert (done.code, done.troubles) == (0, [])
    (line,) = told(fresh.root / RESULT)[4]
    assert says in line


def test_a_second_making_of_the_workspace_leads_on(office: Bureau) -> None:
    assert run(office, "init").code == 2
    (line,) = told(office.root / RESULT)[4]
    assert "接着双击“1收件”" in line


def test_a_step_that_was_not_done_and_a_protected_structure_leave_the_view(office: Bureau) -> None:
    before = visible(office)
    (office.root / "资料" / "海关.xlsx").write_bytes(b"none")
    assert run(office, "customs").code == 2
    assert visible(office) == before
    edited(office.root / BOOK, {"xl/workbook.xml": lambda x: x.replace(b"<bookViews>", PROTECTED + b"<bookViews>")})
    run(office, "assess")
    assert visible(office) == before


def test_the_sheet_that_lies_on_top_stays(office: Bureau) -> None:
    assert "名单" in visible(office)
    order = [p.title for p in loaded(office.root / BOOK)]
    on_top = b'activeTab="%d"' % order.index("名单")
    edited(
        office.root / BOOK,
        {"xl/workbook.xml": lambda x: x.replace(b"<workbookView ", b"<workbookView " + on_top + b" ")},
    )
    run(office, "assess")
    assert {"名单", "排队"} <= visible(office)


def hold(root: Path, ready: Any, done: Any) -> None:
    office = Bureau(root)
    with ledger.writing(office.workspace.ledger, root, "李乙", office.now):
        ready.set()
        done.wait(30)


@contextmanager
def held(root: Path) -> Iterator[None]:
    """Somebody else works in the ledger."""
    context = multiprocessing.get_context("fork")
    ready, done = context.Event(), context.Event()
    holder = context.Process(target=hold, args=(root, ready, done))
    holder.start()
    try:
        assert ready.wait(20)
        yield
    finally:
        done.set()
        holder.join()


def test_a_ledger_that_somebody_else_works_in_is_a_sentence(office: Bureau) -> None:
    before = (office.root / BOOK).read_bytes()
    with held(office.root):
        done = run(office, "collect")
    assert done.code == 2
    title, _, lines, _, _ = told(office.root / RESULT)
    assert title == "✘ 收件：没办成"
    assert any("李乙 正在操作台账" in x and "请等对方完成后再试" in x for x in lines)
    assert before[:4] == b"PK\x03\x04"


def test_while_somebody_else_works_that_is_said_once_and_no_file_is_called_bad(office: Bureau) -> None:
    for n, name in enumerate(("海关一.xlsx", "海关二.xlsx"), 2017):
        table(office.root / "资料" / name, [customs_row(1, n, "美国", 1_000)])
    with held(office.root):
        done = run(office, "customs")
    assert done.code == 2
    assert [x for x in done.lines if "正在操作台账" in x] == done.lines[:1]
    assert not any("海关一" in x or "没有读入" in x for x in done.lines)
    assert run(office, "customs").code == 0


DAMAGE = [
    ("a torn file", b"PK\x03\x04torn", "必须改"),
    ("a page saved as a workbook", b"<html>" * 50, "必须改"),
]


@pytest.mark.parametrize(("data", "degree"), [d[1:] for d in DAMAGE], ids=[d[0] for d in DAMAGE])
def test_a_damaged_file_in_the_inbox_is_named_and_the_others_are_read(office: Bureau, data: bytes, degree: str) -> None:
    (office.root / "收件" / "坏了 的.xlsx").write_bytes(data)
    office.drop(firms(4), "补报.xlsx", round=2)
    done = run(office, "collect")
    assert done.code == 1
    _, _, lines, problems, _ = told(office.root / RESULT)
    assert any(x.startswith("坏了 的.xlsx：拒收") for x in lines)
    assert any(p[0] == degree and p[1] == "坏了 的.xlsx" and p[4] and p[5] for p in problems), problems
    assert len(office.tables()["claims"]) == 4


STOPS = [
    ("a torn ledger", "台账.db", b"torn", "台账"),
    ("a configuration that cannot be read", "xltools.toml", b"scheme = ", "xltools.toml"),
    ("a torn workbook", BOOK, b"torn", BOOK),
]


@pytest.mark.parametrize(("name", "data", "said"), [s[1:] for s in STOPS], ids=[s[0] for s in STOPS])
def test_what_stops_everything_is_a_sentence_in_the_result(office: Bureau, name: str, data: bytes, said: str) -> None:
    (office.root / name).write_bytes(data)
    for verb in ("assess", "sync"):
        done = run(office, verb)
        assert done.code == 2
        title, _, lines, _, _ = told(office.root / RESULT)
        assert title.startswith("✘")
        assert said in lines[0]
        assert (office.root / name).read_bytes() == data


@pytest.mark.parametrize("lock", [f"~${BOOK}", f".~lock.{BOOK}#"], ids=["Excel", "LibreOffice"])
def test_an_open_workbook_is_left_alone_and_nothing_is_done(office: Bureau, lock: str) -> None:
    (office.root / lock).write_text(",李乙,PC,x;", "utf-8")
    office.drop(firms(4), "补报.xlsx", round=2)
    rows, before = office.tables(), (office.root / BOOK).read_bytes()
    assert run(office, "collect").code == 2
    assert "正在" in told(office.root / RESULT)[2][0]
    assert office.tables() == rows
    assert (office.root / BOOK).read_bytes() == before


def test_a_result_that_is_open_gets_another_name(office: Bureau) -> None:
    run(office, "verify")
    before = (office.root / RESULT).read_bytes()
    (office.root / f"~${RESULT}").write_bytes(b"")
    done = run(office, "verify")
    assert done.path == office.root / "处理结果_2.xlsx"
    assert told(done.path)[0] == "✔ 全面核验：完成"
    assert (office.root / RESULT).read_bytes() == before


def test_a_folder_that_cannot_be_written_gets_its_result_elsewhere(
    office: Bureau, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = resultbook.write

    def refuse(path: Path, result: Result) -> None:
        if path.parent == office.root:
            raise PermissionError(13, "Permission denied", str(path))
        real(path, result)

    (tmp_path / "临时").mkdir()
    monkeypatch.setattr(resultbook, "write", refuse)
    monkeypatch.setattr(double_click.tempfile, "gettempdir", lambda: str(tmp_path / "临时"))
    done = run(office, "verify")
    assert done.path == tmp_path / "临时" / RESULT
    monkeypatch.setattr(resultbook, "write", lambda path, result: (_ for _ in ()).throw(OSError(28, "No space")))
    assert run(office, "verify").path is None


def test_a_fault_of_ours_is_a_sentence_with_its_log(office: Bureau, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any, **__: Any) -> Any:
        raise ZeroDivisionError(uscc(1))

    monkeypatch.setattr(double_click, "press", broken)
    assert run(office, "assess").code == 2
    (line, *_) = told(office.root / RESULT)[2]
    assert line.startswith("程序出错，没有做成（ZeroDivisionError）。详细情况记在 ")
    log = Path(re.search(r"记在 (\S+?)，", line)[1])  # type: ignore[index]
    assert uscc(1) not in log.read_text("utf-8")
    log.unlink()


def test_an_unknown_verb_names_those_that_there_are(office: Bureau) -> None:
    assert run(office, "clean").code == 2
    assert "collect" in told(office.root / RESULT)[2][0]


# ── making the workspace ──


def test_a_second_making_of_the_workspace_changes_nothing(office: Bureau) -> None:
    before = office.tree()
    done = run(office, "init")
    assert done.code == 2
    assert "已经是一个工作区" in done.lines[0]
    after = office.tree()
    after.pop(RESULT)
    assert after == before


def test_an_unknown_scheme_leaves_the_folder_as_it_was(tmp_path: Path) -> None:
    done = double_click.run(
        tmp_path, "init", now=datetime(2019, 9, 1), today=datetime(2019, 9, 1).date(), scheme="sz-1999"
    )
    assert done.code == 2
    assert "sz-1999" in done.lines[0]
    assert [p.name for p in tmp_path.iterdir()] == [RESULT]


def test_the_delivered_workbook_is_drawn_anew_and_one_that_was_worked_in_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from xltools.desk.book.workbooks import draw_template

    path = tmp_path / BOOK
    draw_template(path, book.macros("excel"))
    assert macro_free_setup.untouched(path)
    shutil.copyfile(path, tmp_path / "other.xlsm")
    made = {"now": datetime(2019, 9, 1), "today": datetime(2019, 9, 1).date(), "who": "王甲"}
    lines = macro_free_setup.setup(tmp_path, "nantong-2019", **made).lines
    assert any(x.startswith("已生成") for x in lines)
    assert not macro_free_setup.untouched(path)
    assert not list(tmp_path.glob(".*模板"))

    def full(*_: Any, **__: Any) -> Any:
        raise Refusal("磁盘已满")

    other = tmp_path / "other"
    other.mkdir()
    shutil.copyfile(tmp_path / "other.xlsm", other / BOOK)
    monkeypatch.setattr(book, "draw", full)
    with pytest.raises(Refusal, match="磁盘已满"):
        macro_free_setup.setup(other, "nantong-2019", **made)
    assert macro_free_setup.untouched(other / BOOK)


# ── words ──

TOLD = {
    "of a file": (
        Note("校验位不对：91X", "", "error", Place("a.xlsx", "表", "C85"), "请核对"),
        ["必须改", "a.xlsx", "表", "C85", "校验位不对：91X", "请核对"],
    ),
    "of a whole file": (
        Note("没有版本", "", "warning", Place("a.csv"), "请用模板"), ["提示", "a.csv", "", "", "没有版本", "请用模板"],
    ),
    "of the workbook": (
        Note("重复", "", "error", Place("", "企业名册", "K6", "NT2019-0001 备注")),
        ["必须改", BOOK, "企业名册", "K6", "NT2019-0001 备注：重复", ""],
    ),
    "of no place": (Note("第 3 条日志不符", "", "error"), ["必须改", "", "", "", "第 3 条日志不符", ""]),
    "with another step": (
        Note("没有核验", "", "warning", todo="请{verify}"), ["提示", "", "", "", "没有核验", "请双击“5全面核验”"],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("note", "cells"), TOLD.values(), ids=TOLD.keys())
def test_a_problem_stands_in_its_columns(note: Note, cells: list[str]) -> None:
    done = double_click.Done("verify", Told([note], book=BOOK))
    assert [astuple(t) for t in done.troubles] == [tuple(cells)]


def test_every_verb_has_a_file_and_something_that_comes_next() -> None:
    verbs = [v.name for v in pressed()]
    assert [numbered(v) for v in verbs][:2] == ["0建立工作区", "1收件"]
    files = {numbered(v) for v in verbs}
    for verb in verbs:
        assert verb == "doctor" or steps.following(verb, 0)
        for line in [double_click.said(x) for code in (0, 1, 2) for x in steps.following(verb, code)]:
            assert set(re.findall(r"“(\d[^”]+)”", line)) <= files
            assert "{" not in line


def test_text_from_anywhere_never_becomes_a_formula_or_breaks_the_file(tmp_path: Path) -> None:
    nasty = Trouble("必须改", "=cmd|' /C calc'!A0", "\x0b表", "A1", "x" * 40_000, "@SUM(1)")
    resultbook.write(tmp_path / "r.xlsx", Result("=1+1", [("时间", "-1")], ["+1", "http://x"], [nasty], ["=2"]))
    loaded = openpyxl.load_workbook(tmp_path / "r.xlsx")
    assert {c.data_type for s in loaded for r in s.iter_rows() for c in r if c.value is not None} <= {"s", "n"}
    assert told(tmp_path / "r.xlsx")[3] == [["必须改", "=cmd|' /C calc'!A0", "表", "A1", "x" * 32_767, "@SUM(1)"]]


# ── the command behind the files ──


def test_nothing_is_opened_when_asked_not_to_and_an_opener_that_is_missing_is_no_failure(
    office: Bureau, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shown: list[Path] = []
    monkeypatch.setattr(cli, "show", shown.append)
    assert cli.main(["verify", "-C", str(office.root), "--today", TODAY, "--no-open"]) == 0
    assert shown == []
    assert cli.main(["verify", "-C", str(office.root), "--today", TODAY]) == 0
    assert shown == [office.root / RESULT]
    assert f"处理结果：{office.root / RESULT}" in capsys.readouterr().out
    monkeypatch.undo()
    monkeypatch.setenv("PATH", "")
    assert cli.main(["verify", "-C", str(office.root), "--today", TODAY]) == 0


def test_without_packages_there_is_still_a_page_to_read(tmp_path: Path) -> None:
    """A Python that has none of our packages: isolated, without the site's."""
    root = Path(cli.__file__).parents[2]
    code = f"import sys; sys.path.insert(0, {str(root)!r}); from xltools.cli.press import main; sys.exit(main(sys.argv[1:]))"
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code, "collect", "-C", str(tmp_path), "--no-open"],
        capture_output=True, text=True, check=False, env={"LANG": "C.UTF-8"},
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (2, "")
    text = (tmp_path / "处理结果.txt").read_text("utf-8-sig")
    assert text.startswith("没办成：软件没有装全（")
    assert "请双击“安装”" in text
