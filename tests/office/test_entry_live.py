"""The same presses in a live LibreOffice: the real workbook, real buttons, real recalculation."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import live
import pytest
import unobridge
import xlwings as xw
from entries import enrolled
from workspaces import Bureau, firms, prepared, uscc

from xltools.desk.book import workbook as desk
from xltools.sheets.platform.draw.workbook import draw

TIME = ("状态栏", "更新于", "提示")


@pytest.fixture(scope="module")
def running() -> Iterator[live.Office]:
    with live.office() as found:
        yield found


@pytest.fixture
def bureau(tmp_path: Path) -> Bureau:
    bureau = prepared(tmp_path, enrolled)
    shown = desk.contents(bureau.workspace, now=bureau.now, today=bureau.today)
    draw(bureau.root / "平台工作簿.xlsm", shown, vba=desk.macros("libreoffice"))
    return bureau


@pytest.fixture
def document(running: live.Office, bureau: Bureau) -> Iterator[live.Document]:
    found = running.open(bureau.root / "平台工作簿.xlsm")
    yield found
    found.close()


def rows(book: xw.Book, sheet: str, name: str) -> list[dict[str, Any]]:
    headings, *found = book.sheets[sheet].tables[name].range.options(ndim=2).value
    return [dict(zip(headings, row, strict=True)) for row in found]


def everything(book: xw.Book) -> dict[str, Any]:
    """Every table of every sheet, with formulas, and which sheets are shown."""
    return {
        s.name: (s.visible, {t.name: (t.range.options(ndim=2).value, t.range.formula) for t in s.tables})
        for s in book.sheets
    }


def test_a_press_takes_what_was_typed_and_the_amounts_are_calculated(document: live.Document, bureau: Bureau) -> None:
    book = document.book
    place = book.sheets["企业名册"].tables["名册"].data_body_range
    assert place is not None
    x = [r["市级审核意见"] for r in rows(book, "企业名册", "名册")]
    assert x == ["同意", None, None]
    column = list(rows(book, "企业名册", "名册")[0]).index("市级审核意见")
    book.sheets["企业名册"].range((place.row + 1, place.column + column)).value = "同意"
    bureau.drop(firms(4), "补报.xlsx", round=2)
    document.press("收件")
    assert document.status()[:1] == "✔"
    assert "收件 1 个文件：合格 1 行" in document.status()
    assert [r["统一社会信用代码"] for r in rows(book, "企业名册", "名册")] == [uscc(n) for n in (1, 2, 3, 4)]
    shown = {
        r["统一社会信用代码"]: (r["资格"], r["应缴保费(元)"], r["财政扶持(元)"]) for r in rows(book, "测算", "测算")
    }
    assert shown[uscc(2)] == ("符合条件", 10500.0, 10500.0)
    assert shown[uscc(4)] == ("待审核", None, None)
    assert {r["uscc"]: r["opinion"] for r in bureau.tables()["reviews"]} == {uscc(1): "同意", uscc(2): "同意"}
    before, kept = everything(book), bureau.tables()
    document.press("收件")
    assert everything(book) == before
    assert bureau.tables() == kept


def test_wrapped_rows_get_room_and_a_rate_that_was_tried_goes_back(document: live.Document, bureau: Bureau) -> None:
    book = document.book
    rate = book.names["预算汇率"].refers_to_range
    rate.sheet.range((rate.row, rate.column)).value = 6.9
    bureau.drop([{**firms(4)[0], "phone": "一三八零零零零零零零零，" * 9}, *firms(5)], "补报.xlsx", round=2)
    document.press("收件")
    said = document.status() + str(book.names["提示"].refers_to_range.value)
    assert "预算汇率已恢复为 7.00（试算用过 6.90）" in said
    assert rate.value == 7.0
    sheet = book.sheets["问题"]
    body = sheet.tables["问题"].data_body_range
    assert body is not None
    long = [len(str(max(row, key=lambda v: len(str(v))))) > 80 for row in body.options(ndim=2).value]
    high = [sheet.range((body.row + y, 1)).row_height for y in range(len(long))]
    assert True in long
    assert all((h > 30) if is_long else (h < 40) for h, is_long in zip(high, long, strict=True))


def test_nothing_typed_means_nothing_taken_and_nothing_written(document: live.Document, bureau: Bureau) -> None:
    kept = bureau.tables()
    before = everything(document.book)
    document.press("刷新")
    assert "工作簿里没有新的改动" in document.status()
    assert "没有取回" not in document.status()
    assert everything(document.book) == before
    assert bureau.tables() == kept


def sort_down(document: live.Document, sheet: str, table: str, field: int) -> None:
    """Sort as staff do by the arrow of a heading, largest first."""
    book, uno = document.book, unobridge.uno()
    cells = book.sheets[sheet].tables[table].range.impl.api
    key = uno.createUnoStruct("com.sun.star.table.TableSortField")
    key.Field, key.IsAscending = field, False
    given = {
        "SortFields": uno.Any("[]com.sun.star.table.TableSortField", (key,)), "ContainsHeader": True,
        "BindFormatsToContent": True,
    }  # fmt: skip
    asked = []
    for name, value in given.items():
        one = uno.createUnoStruct("com.sun.star.beans.PropertyValue")
        one.Name, one.Value = name, value
        asked.append(one)
    uno.invoke(cells, "sort", (tuple(asked),))


def marks(book: xw.Book, sheet: str, key: int, side: int) -> dict[str, tuple[Any, ...]]:
    """By what stands in column `key`: row, note, fill and the cell in column `side` of every row that has one."""
    page = book.sheets[sheet]
    notes = page.impl.api.Annotations
    there = {}
    for i in range(notes.Count):
        note = notes.getByIndex(i)
        there[note.Position.Row + 1] = note.String
    out = {}
    for row in range(1, 30):
        found = (there.get(row), page.range((row, 2)).color, page.range((row, side)).value)
        if any(found[:1]) or found[2]:
            out[str(page.range((row, key)).value)] = found
    return out


def test_rows_stay_as_staff_sorted_them_and_marks_stay_on_their_firm(document: live.Document, bureau: Bureau) -> None:
    book = document.book
    page = book.sheets["企业名册"]
    body = page.tables["名册"].data_body_range
    assert body is not None
    code = list(rows(book, "企业名册", "名册")[0]).index("统一社会信用代码")
    sort_down(document, "企业名册", "名册", 0)
    order = [r["统一社会信用代码"] for r in rows(book, "企业名册", "名册")]
    assert order == [uscc(n) for n in (3, 2, 1)]
    beside = body.column + body.shape[1] + 1
    y = body.row + 1  # firm 2
    page.range((y, 2)).color = (255, 0, 0)
    page.range((y, beside)).value = "等回话"
    page.impl.api.Annotations.insertNew(
        page.range((y, 2)).impl.api.getCellByPosition(0, 0).getCellAddress(), "电话问过"
    )
    before = marks(book, "企业名册", body.column + code, beside)
    assert before == {uscc(2): ("电话问过", (255, 0, 0), "等回话")}
    bureau.drop(firms(4), "补报.xlsx", round=2)
    document.press("收件")
    assert [r["统一社会信用代码"] for r in rows(book, "企业名册", "名册")] == [*order, uscc(4)]
    assert marks(book, "企业名册", body.column + code, beside) == before


def test_a_row_that_goes_takes_its_marks_and_leaves_the_others_theirs(document: live.Document, bureau: Bureau) -> None:
    book = document.book
    bureau.drop([{**firms(n)[0], "phone": f"一三{n}"} for n in (4, 5, 6)], "补报.xlsx", round=2)
    document.press("收件")
    page = book.sheets["问题"]
    body = page.tables["问题"].data_body_range
    assert body is not None
    shown = rows(book, "问题", "问题")
    at = {uscc_: n for n, r in enumerate(shown) for uscc_ in [r["受理编号"]] if "手机" in str(r)}
    assert len(at) == 3
    beside = body.column + body.shape[1] + 1
    first, _, last = sorted(at.values())
    for y, text in ((first, "第一家"), (last, "最后一家")):
        page.range((body.row + y, beside)).value = text
    bureau.drop(firms(4), "改正.xlsx", round=3)
    document.press("收件")
    left = [page.range((r, beside)).value for r in range(body.row, body.row + len(shown))]
    gone = len(shown) - len(rows(book, "问题", "问题"))
    assert gone == 1
    assert [v for v in left if v] == ["最后一家"]
    assert left.index("最后一家") == last - 1


def test_a_broken_table_and_a_folder_that_is_gone_are_sentences(document: live.Document, bureau: Bureau) -> None:
    head = document.book.sheets["企业名册"].tables["名册"].header_row_range
    assert head is not None
    column = head.options(ndim=1).value.index("市级审核意见")
    document.book.sheets["企业名册"].range((head.row, head.column + column)).value = "市级意见"
    document.press("刷新")
    assert document.status().startswith("⚠")
    assert "找不到表头“市级审核意见”" in document.status() + str(document.book.names["提示"].refers_to_range.value)
    os.rename(bureau.root / "xltools.toml", bureau.root / "走了.toml")
    document.press("刷新")
    assert document.status().startswith("✘")
    assert "这里不是工作区" in document.status() or "那里没有 xltools.toml" in document.status()
    os.rename(bureau.root / "走了.toml", bureau.root / "xltools.toml")


def test_the_self_check_speaks_of_the_open_workbook(document: live.Document, bureau: Bureau) -> None:
    document.press("自检")
    text = (bureau.root / "自检报告.txt").read_text("utf-8-sig")
    assert "可以正常使用" in document.status()
    assert "打开的程序    libreoffice，平台工作簿.xlsm" in text
    assert "LibreOffice 版的宏" in text
