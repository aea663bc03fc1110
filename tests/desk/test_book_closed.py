"""`book` and `sync` on a closed workbook: drawn once, updated afterwards, whole or not at all, nothing typed is lost."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter
from books import booked as run
from books import drawn, opened, patched
from closedbooks import NAME, decide, shows, three
from converting import convert
from openpyxl.utils import range_boundaries
from pages import page_of
from spliceoracle import members
from workspaces import Bureau, Row, expect_unchanged, firms, prepared, uscc

from xltools.catalogue.tables import tables
from xltools.desk.book import workbook as book
from xltools.desk.book.pull import pull as edits
from xltools.desk.errors import Refusal
from xltools.desk.steps import by_command
from xltools.desk.told import named
from xltools.desk.workspace import init
from xltools.sheets.ooxml.refused import Refused
from xltools.sheets.platform import closed

pytestmark = pytest.mark.filterwarnings("ignore:Print area")  # openpyxl on areas of whole columns
DISTRICTS = ("模板", "报送", "填报")
"""Words for districts: no answer to somebody who opened the bureau's own workbook."""


@pytest.fixture
def office(tmp_path: Path) -> Bureau:
    return prepared(tmp_path, three)


def test_a_new_workbook_shows_the_ledger(office: Bureau) -> None:
    before = office.tables()
    done = run(office)
    assert (done.path, done.pulled) == (office.root / NAME, None)
    shows(office)
    assert office.tables() == before
    with zipfile.ZipFile(done.path) as file:
        assert "xl/vbaProject.bin" in file.namelist()


def test_without_macros_a_workbook_without_buttons_is_drawn(office: Bureau, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(book, "macros", lambda office="excel": None)
    done = run(office)
    assert done.path.name == "平台工作簿.xlsx"
    assert "没有宏" in done.lines[-1]
    assert page_of(done.path, "企业名册")["C5"].value == uscc(1)
    assert run(office).path == done.path


def test_what_was_typed_arrives_and_the_workbook_shows_it(office: Bureau) -> None:
    drawn(office, office.root / NAME, decide)
    done = run(office)
    assert done.pulled is not None
    assert {(e.table, e.column) for e in done.pulled.applied} == {
        ("名册", "市级审核意见"), ("名册", "审核日期"), ("资金账", "整行"), ("汇率表", "汇率"), ("名单表", "来源"),
    }  # fmt: skip
    assert [*done.pulled.ignored, *done.pulled.conflicts, *done.pulled.problems] == []
    found = office.tables()
    assert {r["uscc"]: (r["opinion"], r["reviewed"]) for r in found["reviews"]} == {
        uscc(1): ("同意", "2019-10-08"), uscc(3): ("同意", None),
    }  # fmt: skip
    assert [r["fen"] for r in found["fund"] if r["document"] == "批1号"] == [10]
    assert [r["rate"] for r in found["fx"]] == ["7.12345678"]
    shows(office)
    before = office.tables()
    again = run(office)
    assert again.lines[0] == "工作簿里没有新的改动"
    assert office.tables() == before


TYPED_BELOW = {
    "资金账": (date(2019, 10, 1), "追加", None, "中国信保", 70_000, "批9号", "局长"),
    "汇率表": ("人保财险", "2019-09", 7.0879, "通知"),
    "名单表": ("品牌名单", uscc(2), "乙", "苏商", date(2019, 1, 2)),
}


def typed_below(path: Path, away: int = 1) -> None:
    """Rows typed under each table that grows, by a program that does not take them into the table."""
    book = openpyxl.load_workbook(path, keep_vba=True)
    for page in book:
        for table in page.tables.values():
            left, _, _, bottom = range_boundaries(table.ref)
            for x, value in enumerate(TYPED_BELOW.get(table.displayName, ())):
                page.cell(bottom + away, left + x, value)
    book.save(path)


def test_rows_typed_right_below_a_table_count_as_they_do_for_the_buttons(office: Bureau) -> None:
    run(office)
    before = len(office.tables()["fund"])
    typed_below(office.root / NAME)
    done = run(office)
    assert done.pulled is not None
    assert [*done.pulled.problems, *done.pulled.conflicts] == []
    assert len(office.tables()["fund"]) == before + 1
    assert ("批9号", 7_000_000) in [(r["document"], r["fen"]) for r in office.tables()["fund"]]
    assert ("人保财险", "7.0879") in [(r["insurer"], r["rate"]) for r in office.tables()["fx"]]
    assert "乙" in [r["name"] for r in office.tables()["lists"]]
    shows(office)
    after = office.tables()
    assert run(office).lines[0] == "工作簿里没有新的改动"
    assert office.tables() == after


def test_rows_typed_below_a_table_that_are_wrong_are_named_and_stay(office: Bureau) -> None:
    run(office)
    typed_below(office.root / NAME)
    book = openpyxl.load_workbook(office.root / NAME, keep_vba=True)
    page = book["汇率"]
    bottom = range_boundaries(page.tables["汇率表"].ref)[3]
    page.cell(bottom + 1, 3, "七块")
    book.save(office.root / NAME)
    there = [c.value for c in page[bottom + 1]]
    done = run(office)
    assert done.pulled is not None
    assert [(p.sheet, p.cell) for p in done.pulled.problems] == [("汇率", f"C{bottom + 1}")]
    assert any(x.startswith("表“汇率表”没有更新，保持原样") for x in done.lines)
    after = page_of(office.root / NAME, "汇率")
    assert (after.tables["汇率表"].ref, [c.value for c in after[bottom + 1]]) == (page.tables["汇率表"].ref, there)
    shows(office, but="汇率表")


def test_what_stands_apart_below_a_table_is_somebodys_own(office: Bureau) -> None:
    run(office)
    typed_below(office.root / NAME, away=3)
    assert run(office).lines[0] == "工作簿里没有新的改动"
    page = page_of(office.root / NAME, "汇率")
    assert page.cell(range_boundaries(page.tables["汇率表"].ref)[3] + 3, 3).value == 7.0879


def test_the_ledger_grows_and_the_workbook_with_it(office: Bureau) -> None:
    run(office)
    office.sent_in(firms(*range(1, 30)), round=2)
    done = run(office)
    assert done.pulled is not None
    assert not done.pulled.ignored
    shows(office)


def test_the_workbook_of_the_morning_is_kept(office: Bureau) -> None:
    made = run(office)
    before = made.path.read_bytes()
    office.drop(firms(4), "新.xlsx")
    office.collect()
    run(office)
    run(office)
    (kept,) = office.workspace.backup.glob("平台工作簿_*")
    assert kept.name == f"平台工作簿_{office.now:%Y%m%d}.xlsm"
    assert kept.read_bytes() == before != made.path.read_bytes()


def test_a_dry_run_changes_nothing(office: Bureau) -> None:
    with expect_unchanged(office):
        assert run(office, dry_run=True).path == office.root / NAME
    drawn(office, office.root / NAME, decide)
    before = office.tables()
    data = (office.root / NAME).read_bytes()
    done = run(office, dry_run=True)
    assert done.pulled is not None
    assert len(done.pulled.applied) == 5
    assert (office.tables(), (office.root / NAME).read_bytes()) == (before, data)


@pytest.mark.parametrize(
    ("lock", "content", "said"),
    [
        (f"~${NAME}", b"\x04ABCD", "Excel 或 WPS"),
        (f".~lock.{NAME}#", "王甲,wang,PC-7,31.12.2019 10:00,file:///x;".encode(), "王甲 PC-7"),
    ],
    ids=["Excel's lock file", "LibreOffice's lock file"],
)
def test_a_workbook_that_is_open_is_left_alone(office: Bureau, lock: str, content: bytes, said: str) -> None:
    drawn(office, office.root / NAME, decide)
    (office.root / lock).write_bytes(content)
    with expect_unchanged(office), pytest.raises(Refusal, match="打开") as caught:
        run(office)
    assert said in str(caught.value)
    assert "在工作簿里按按钮" in str(caught.value)


def test_a_workbook_saved_meanwhile_is_not_overwritten_and_what_was_taken_is_told(
    office: Bureau, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = drawn(office, office.root / NAME, decide)
    real = book.contents

    def slow(*args: Any, **options: Any) -> Any:
        path.write_bytes(path.read_bytes() + b" ")
        return real(*args, **options)

    monkeypatch.setattr(book, "contents", slow)
    with pytest.raises(Refusal, match="刚刚被别人保存过") as caught:
        run(office)
    assert "已取回的 5 处改动记在台账里" in str(caught.value)
    assert path.read_bytes().endswith(b" ")


PATCHES: dict[str, tuple[str, str]] = {
    "text in a number cell": (' t="str"><v>约三百万</v></c>', "约三百万"),
    "an error value": (' t="e"><v>#REF!</v></c>', "#REF!"),
    "a formula": ("><f>1+1</f><v>5000000</v></c>", "公式"),
    "a formula without a value": ("><f>1+1</f></c>", "公式"),
}


@pytest.mark.parametrize(("xml", "said"), PATCHES.values(), ids=PATCHES.keys())
def test_a_wrong_cell_keeps_its_table_as_it_is_and_the_other_tables_go_on(office: Bureau, xml: str, said: str) -> None:
    path = drawn(office, office.root / NAME, decide)
    patched(path, "企业名册", "Q6", xml)
    typed = closed.tables(path)["名册"].rows
    before = members(path)
    done = run(office)
    assert done.pulled is not None
    assert done.pulled.refused == {"名册"}
    assert any(p.cell == "Q6" and said in p.text for p in done.pulled.problems)
    assert closed.tables(path)["名册"].rows == typed
    rest = len(tables(office.workspace.scheme)) - 1
    assert any(f"{rest} 张表已按台账更新，1 张保持原样" in line for line in done.lines)
    assert [row[2] for row in closed.tables(path)["汇率表"].rows] == [7.12345678]
    assert any(x.startswith("表“名册”没有更新，保持原样") for x in done.lines)
    shows(office, but="名册")
    (sheet,) = (n for n, d in before.items() if n.startswith("xl/worksheets/sheet") and xml.encode() in d)
    assert members(path)[sheet] == before[sheet]
    again = run(office)
    assert again.pulled is not None
    assert (again.pulled.refused, [*again.pulled.applied, *again.pulled.conflicts]) == ({"名册"}, [])
    assert [r["rate"] for r in office.tables()["fx"]] == ["7.12345678"]
    assert [r["uscc"] for r in office.tables()["reviews"]] == [uscc(3)]


def test_the_workbook_of_another_workspace_is_refused_and_nothing_of_it_is_taken(
    office: Bureau, tmp_path: Path
) -> None:
    other = Bureau(init(tmp_path / "另一个", "nantong-2019", now=office.now).root)
    three(other)
    drawn(other, office.root / NAME, decide)
    with expect_unchanged(office), pytest.raises(Refusal, match="是另一个工作区的"):
        run(office)


def without_number(path: Path) -> None:
    """A workbook of the first version: 基准 does not say whose it is."""
    with zipfile.ZipFile(path) as package:
        parts = {n: package.read(n) for n in package.namelist()}
    member = next(n for n, content in parts.items() if ">编号<".encode() in content)
    parts[member] = parts[member].replace(">台账<".encode(), b"><", 1)
    with zipfile.ZipFile(path, "w") as package:
        for name, content in parts.items():
            package.writestr(name, content)


def template(path: Path) -> None:
    shutil.copy(Path(__file__).resolve().parents[2] / "workbooks" / "platform_template.xlsm", path)


@pytest.mark.parametrize(
    ("change", "taken"),
    [(lambda path: None, 5), (without_number, 5), (template, 0)],
    ids=["the workspace was copied with it", "a workbook that does not say", "the template as delivered"],
)
def test_a_workbook_of_this_workspace_is_taken(
    office: Bureau, tmp_path: Path, change: Callable[[Path], None], taken: int
) -> None:
    drawn(office, office.root / NAME, decide)
    change(office.root / NAME)
    copy = Bureau(Path(shutil.copytree(office.root, tmp_path / "换了地方")))
    done = run(copy)
    assert done.pulled is not None
    assert len(done.pulled.applied) == taken
    shows(copy)


def test_asked_for_libreoffices_buttons_a_workbook_with_others_is_updated_and_says_that_they_stay(
    office: Bureau,
) -> None:
    run(office)
    vba = members(office.root / NAME)["xl/vbaProject.bin"]
    ran = office.cli("book", "--libreoffice")
    assert ran.code == 1
    assert [w for w in ("按钮没有换", "改名收好", "xltools book --libreoffice") if w not in ran.out] == []
    assert members(office.root / NAME)["xl/vbaProject.bin"] == vba
    shows(office)
    assert office.cli("book").code == 0


def test_libreoffices_own_workbook_is_updated_without_a_word_about_buttons(office: Bureau) -> None:
    for options in (["--libreoffice"], ["--libreoffice"], []):
        ran = office.cli("book", *options)
        assert (ran.code, "按钮" in ran.out) == (0, False)


def test_a_damaged_workbook_is_said_in_one_line(office: Bureau) -> None:
    (office.root / NAME).write_bytes(b"PK\x03\x04" + bytes(500))
    with expect_unchanged(office), pytest.raises(Refusal, match=NAME) as caught:
        run(office)
    said = named(str(caught.value), by_command)
    assert "\n" not in said
    assert [w for w in ("改名收好", "xltools book", "“备份”") if w not in said] == []
    assert [w for w in DISTRICTS if w in said] == []


def test_a_table_turned_into_a_range_is_named(office: Bureau) -> None:
    path = drawn(office, office.root / NAME, decide)
    with zipfile.ZipFile(path) as old:
        members = {n: old.read(n) for n in old.namelist()}
    (part,) = [n for n, d in members.items() if n.startswith("xl/tables/") and 'displayName="汇率表"'.encode() in d]
    with zipfile.ZipFile(path, "w") as file:
        for name, content in members.items():
            text = (
                content.replace('displayName="汇率表"'.encode(), 'displayName="别的"'.encode())
                if name == part
                else content
            )
            file.writestr(name, text)
    done = run(office)
    assert done.pulled is not None
    assert [*done.pulled.refused] == ["汇率表"]
    assert "找不到表“汇率表”" in "\n".join(done.lines)
    assert [*done.left] == ["汇率表"]
    assert "没有更新：工作表“汇率”里没有表“汇率表”，也没有地方放" in "\n".join(done.lines)
    assert uscc(1) in {r["uscc"] for r in office.tables()["reviews"]}


def test_tables_that_could_not_be_taken_back_keep_their_cells_and_their_base(office: Bureau) -> None:
    typed = opened(office)
    typed.type("名册", uscc(1), 市级审核意见="可以")
    office.decide(2, 市级审核意见="不同意")
    found = typed.pull()
    contents = book.contents(office.workspace, now=office.now, today=office.today)
    shown = book.kept(contents, found.refused, typed.tables)
    assert "名册" not in shown.tables
    rows = {(r["表"], r["键"], r["列"]): r["值"] for r in shown.tables["基准"].to_pylist()}
    assert ("名册", uscc(2), "市级审核意见") not in rows
    typed.tables["基准"] = replace(
        typed.tables["基准"], rows=[list(r.values()) for r in shown.tables["基准"].to_pylist()]
    )
    typed.type("名册", uscc(1), 市级审核意见="同意")
    later = typed.pull()
    assert [(e.row[:11], e.typed) for e in later.applied] == [("NT2019-0001", "同意")]
    assert not later.conflicts
    assert {r["uscc"]: r["opinion"] for r in office.tables()["reviews"]}[uscc(2)] == "不同意"


# ── the commands ──


def test_book_and_sync_say_what_they_did(office: Bureau) -> None:
    assert office.cli("sync").code == 2
    assert "先运行 xltools book" in office.cli("sync").err
    made = office.cli("book", "--json")
    assert (made.code, Path(made.json["book"]).name) == (0, NAME)
    drawn(office, office.root / NAME, decide)
    office.load("fx", {"保险人": "中国信保", "月份": "2019-08", "汇率": 7.5, "来源": "通知"})
    done = office.cli("sync", "--json")
    assert done.code == 1
    (conflict,) = done.json["conflicts"]
    assert (conflict["typed"], conflict["ledger"], conflict["column"]) == ("7.12345678", "7.50000000", "汇率")
    assert len(done.json["applied"]) == 4
    assert office.cli("sync").code == 0
    assert "没有新的改动" in office.cli("sync", "--dry-run").out


# ── the reader of closed tables ──


def own_book(path: Path, place: Callable[[Any], None]) -> Path:
    made = xlsxwriter.Workbook(path, {"default_date_format": "yyyy-mm-dd hh:mm:ss"})
    place(made)
    made.close()
    return path


def test_tables_are_found_by_name_wherever_they_stand(tmp_path: Path) -> None:
    def place(made: Any) -> None:
        made.add_worksheet("空")
        page = made.add_worksheet("某 表&")
        page.write("A1", "标题")
        page.add_table(
            "C5:E8", {"name": "甲表", "columns": [{"header": h} for h in ("列一", "列二", "列三")], "total_row": True}
        )
        page.write_row("C6", ["字", 1.5, True])
        page.write_datetime("C7", datetime(2019, 9, 5, 9, 30))
        page.write_formula("D7", "=1/0", None, "#DIV/0!")
        page.write_formula("E7", "=1+1", None, 2)
        page.add_table("G5:G6", {"name": "乙表", "columns": [{"header": "单列"}]})

    found = closed.tables(own_book(tmp_path / "甲.xlsx", place), ["甲表"])
    assert found.keys() == {"甲表", "乙表"}
    one = found["甲表"]
    assert (one.sheet, one.headings, one.first_row, one.first_column) == ("某 表&", ["列一", "列二", "列三"], 6, 3)
    assert one.rows == [["字", 1.5, True], [datetime(2019, 9, 5, 9, 30), "#DIV/0!", 2.0]]
    assert set(one.formulas) == {(1, 1), (1, 2)}
    assert (found["乙表"].rows, found["乙表"].formulas) == ([[None]], set())


def test_a_book_without_tables_has_none_and_a_text_file_is_refused(tmp_path: Path) -> None:
    assert closed.tables(own_book(tmp_path / "空.xlsx", lambda made: made.add_worksheet())) == {}
    (tmp_path / "乱.xlsx").write_text("x", "utf-8")
    with pytest.raises(Refused):
        closed.tables(tmp_path / "乱.xlsx")


def test_a_workbook_saved_by_libreoffice_is_pulled_alike(office: Bureau, tmp_path: Path) -> None:
    path = drawn(office, office.root / NAME, decide)
    saved = convert(path, tmp_path, "xlsm")
    mine, theirs = (
        edits.pull(
            office.workspace, book.read(p, office.workspace.scheme), now=office.now, today=office.today, dry_run=True
        )
        for p in (path, saved)
    )
    assert [str(e) for e in theirs.applied] == [str(e) for e in mine.applied]
    assert len(mine.applied) == 5
    assert [*theirs.ignored, *theirs.conflicts, *theirs.problems] == []


def test_json_names_a_change_of_a_personal_cell_without_what_stands_in_it(office: Bureau) -> None:
    def rename(rows: dict[str, list[Row]]) -> None:
        rows["名册"][0]["联系人"] = "钱乙"
        rows["名册"][0]["企业名称"] = "改名"

    drawn(office, office.root / NAME, rename)
    done = office.cli("sync", "--json", "--dry-run")
    assert (done.code, "钱乙" in done.out, "张三" in done.out) == (0, False, False)
    assert {(i["column"], i["typed"]) for i in done.json["ignored"]} == {("联系人", "…"), ("企业名称", "改名")}
    assert "钱乙" in office.cli("sync").out
