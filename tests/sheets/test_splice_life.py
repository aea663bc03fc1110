"""What people do to a workbook in a year, and what the next update makes of it."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pytest
from pages import page_of
from splicebooks import contents, draw, edited
from spliceoracle import MAIN, forbidden, members, refs, sheet_root, table_root, wrong_cells

from xltools.sheets.ooxml.refused import Refused
from xltools.sheets.platform.contents import Contents
from xltools.sheets.platform.splice import plan as splice_job
from xltools.sheets.platform.splice.update import splice

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:openpyxl")
ROWS = {"资金池": 6, "清算表": 6, "达标表": 6, "方案表": 6}
BEFORE = contents(6)
AFTER = contents(9, seed=2, **ROWS)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "平台工作簿.xlsx"


def with_table(given: Contents, name: str, table: pa.Table) -> Contents:
    return replace(given, tables={**given.tables, name: table})


def shown(path: Path, table: str, heading: str) -> list[Any]:
    """A column of a table as openpyxl reads it."""
    sheet, (left, top, right, bottom) = refs(path)[table]
    page = page_of(path, sheet)
    place = next(c for c in range(left, right + 1) if page.cell(top, c).value == heading)
    return [page.cell(row, place).value for row in range(top + 1, bottom + 1)]


def left(path: Path, given: Contents, *words: str, tables: tuple[str, ...]) -> None:
    """The splice leaves these tables as they are, says why, and updates all the others."""
    was = {t: shown_rows(path, t) for t in tables if t in refs(path)}
    done = splice(path, given)
    said = "\n".join(s for reasons in done.left.values() for s in reasons)
    assert [w for w in words if w not in said] == [], said
    assert tuple(done.left) == tables
    assert {t: shown_rows(path, t) for t in was} == was
    rest = {n: t for n, t in given.tables.items() if n not in tables}
    assert wrong_cells(path, replace(given, tables=rest)) == []


def shown_rows(path: Path, table: str) -> list[tuple[Any, ...]]:
    """The cells of a table, headings too, as openpyxl reads them."""
    sheet, (left, top, right, bottom) = refs(path)[table]
    rows = page_of(path, sheet).iter_rows(top, bottom, left, right, values_only=True)
    return list(rows)


def refused(path: Path, given: Contents, *words: str) -> None:
    """The splice says all of that and changes nothing."""
    before, others = path.read_bytes(), sorted(p.name for p in path.parent.iterdir())
    with pytest.raises(Refused) as caught:
        splice(path, given)
    said = str(caught.value)
    assert [w for w in words if w not in said] == [], said
    assert said.endswith("文件没有改动。")
    assert path.read_bytes() == before
    assert sorted(p.name for p in path.parent.iterdir()) == others


# ── tables that moved, changed shape, or were arranged ──


@pytest.mark.parametrize(
    "at", [(3, 0), (0, 2), (20, 30)], ids=["rows inserted above", "columns inserted left", "both, far away"]
)
def test_a_table_that_moved_is_found_where_it_is(path: Path, at: tuple[int, int]) -> None:
    draw(path, BEFORE, at=at)
    copy = path.with_name("before.xlsx")
    copy.write_bytes(path.read_bytes())
    splice(path, AFTER)
    assert refs(path)["名册"][1][:2] == (1 + at[1], 4 + at[0])
    assert wrong_cells(path, AFTER) == []
    assert forbidden(copy, path, AFTER) == []


def test_columns_in_another_order_are_found_by_their_headings(path: Path) -> None:
    """Staff dragged 备注 to the front: a book whose table has it there is updated as it stands."""
    from dataclasses import replace

    import splicebooks

    given, catalogue = BEFORE, splicebooks.tables(BEFORE.scheme)
    moved = [replace(t, columns=(t.columns[-1], *t.columns[:-1])) if t.name == "名册" else t for t in catalogue]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(splicebooks, "tables", lambda _: moved)
        draw(path, given)
    splice(path, AFTER)
    page = page_of(path, "企业名册")
    assert page["A4"].value == catalogue[0].columns[-1].heading
    assert wrong_cells(path, AFTER) == []


def _filtered(part: bytes) -> bytes:
    opening, rest = part.split(b"<autoFilter ", 1)
    ref, rest = rest.split(b"/>", 1)
    inner = b'<filterColumn colId="3"><filters><filter val="x"/></filters></filterColumn>'
    order = b'<sortState ref="A5:AU10"><sortCondition ref="B5:B10"/></sortState>'
    return opening + b"<autoFilter " + ref + b">" + inner + b"</autoFilter>" + order + rest


def _hidden(*rows: int) -> Callable[[bytes], bytes]:
    def change(sheet: bytes) -> bytes:
        for row in rows:
            sheet = sheet.replace(f'<row r="{row}"'.encode(), f'<row r="{row}" hidden="1"'.encode())
        return sheet

    return change


def _hides(path: Path, sheet: str) -> list[str]:
    return [r.get("r") for r in sheet_root(path, sheet).iter(f"{MAIN}row") if r.get("hidden")]


def test_a_filter_and_an_order_stay_and_so_do_the_rows_that_they_hide(path: Path) -> None:
    draw(path, BEFORE)
    edited(path, {"xl/tables/table1.xml": _filtered, "xl/worksheets/sheet1.xml": _hidden(6, 8)})
    (said,) = splice(path, AFTER).lines
    assert said.startswith("平台工作簿.xlsx：各表已按台账更新")
    root = table_root(path, "名册")
    assert root.find(f"{MAIN}autoFilter").get("ref") == root.get("ref") == "A4:AU13"
    assert [f.get("colId") for f in root.iter(f"{MAIN}filterColumn")] == ["3"]
    assert [s.get("ref") for s in root.iter(f"{MAIN}sortState", f"{MAIN}sortCondition")] == ["A5:AU13", "B5:B13"]
    assert _hides(path, "企业名册") == ["6", "8"]
    assert wrong_cells(path, AFTER) == []


def test_a_table_in_an_order_of_its_own_is_sorted_no_longer_and_says_so(path: Path) -> None:
    draw(path, BEFORE)
    (member,) = (
        m for m, b in members(path).items() if m.startswith("xl/tables/") and 'displayName="排队"'.encode() in b
    )
    order = b'<sortState ref="A5:K10"><sortCondition ref="B5:B10"/></sortState>'
    edited(path, {member: lambda b: b.replace(b"<tableColumns", order + b"<tableColumns")})
    assert "排队：各行按平台的次序排列，原来的排序已取消" in splice(path, AFTER).lines
    assert [*table_root(path, "排队").iter(f"{MAIN}sortState")] == []


def test_rows_hidden_by_hand_stay_hidden_wherever_they_go(path: Path) -> None:
    draw(path, BEFORE, lambda _, sheets: sheets["企业名册"].write_string(39, 0, "表外"))
    edited(path, {"xl/worksheets/sheet1.xml": _hidden(7, 40)})
    splice(path, with_table(AFTER, "名册", AFTER.tables["名册"].take([4, 0, 1, 3, 2])))
    assert _hides(path, "企业名册") == ["9", "40"]  # the third firm is the last now


def test_what_staff_left_on_a_row_goes_with_its_firm(path: Path) -> None:
    """Notes, links, heights and cells on both sides; a block with merged cells is no row's, and stays."""

    def staff(book: Any, sheets: dict[str, Any]) -> None:
        page = sheets["企业名册"]
        for n in range(6):
            page.write_string(n + 4, 48, f"旁{n}")
            page.write_comment(n + 4, 1, f"批{n}", {"author": "王"})
            page.set_row(n + 4, 30 + 3 * n)
        page.write_formula(5, 49, "=A6&AW6")
        page.write_url(6, 50, "https://example.org/2")
        page.merge_range("BA6:BB8", "合并")

    draw(path, BEFORE, staff)
    wanted = with_table(AFTER, "名册", contents(9, seed=5).tables["名册"].take([8, 5, 1, 4, 0, 7, 2]))  # 3 has gone
    said = splice(path, wanted).lines
    page = page_of(path, "企业名册")
    rows = dict(enumerate((8, 5, 1, 4, 0, 7, 2), 5))
    own = {r: n for r, n in rows.items() if n < 6}
    assert {r: page.cell(r, 49).value for r in rows} == {r: f"旁{own[r]}" if r in own else None for r in rows}
    notes = {r: page.cell(r, 2).comment.text for r in rows if page.cell(r, 2).comment}
    assert notes == {r: f"批{n}" for r, n in own.items()}
    assert {r: page.row_dimensions[r].height for r in own} == {r: 30 + 3 * n for r, n in own.items()}
    assert (page["AX7"].value, page["AY11"].hyperlink.target) == ("=A7&AW7", "https://example.org/2")
    assert "BA6:BB8" in [str(m) for m in page.merged_cells.ranges]
    assert page["BA6"].value == "合并"
    gone = [s for s in said if "没有地方" in s]
    assert gone == [f"名册：第 8 行已不在表中，{what}3”没有地方放了，请记下" for what in ("旁边的“旁", "批注“批")]
    shapes = next(b for m, b in members(path).items() if "vmlDrawing" in m)
    assert sorted(int(n) for n in re.findall(rb"<x:Row>(\d+)", shapes)) == sorted(r - 1 for r in own)
    assert wrong_cells(path, wanted) == []


THREAD = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    '<ThreadedComments xmlns="http://schemas.microsoft.com/office/spreadsheetml/2018/threadedcomments">'
    '<threadedComment ref="B7" dT="2019-11-20T09:00:00.00" personId="{1}" id="{2}"><text>问过了</text></threadedComment>'
    "</ThreadedComments>"
)
RELATED = (
    b'<Relationship Id="rId99" Type="http://schemas.microsoft.com/office/2017/10/relationships/threadedComment" '
    b'Target="../threadedComments/threadedComment1.xml"/></Relationships>'
)


def test_a_thread_goes_with_its_firm(path: Path) -> None:
    draw(path, BEFORE, lambda _, sheets: sheets["企业名册"].write_comment(6, 1, "批", {"author": "王"}))
    with zipfile.ZipFile(path, "a") as book:
        book.writestr("xl/threadedComments/threadedComment1.xml", THREAD)
    edited(path, {"xl/worksheets/_rels/sheet1.xml.rels": lambda b: b.replace(b"</Relationships>", RELATED)})
    splice(path, with_table(AFTER, "名册", AFTER.tables["名册"].take([2, 0, 1])))
    assert b'ref="B5"' in members(path)["xl/threadedComments/threadedComment1.xml"]
    note = page_of(path, "企业名册")["B5"].comment
    assert note is not None
    assert note.text == "批"


def test_hidden_columns_filter_buttons_switched_off_and_the_look_of_the_table_stay(path: Path) -> None:
    def hide(book: Any, sheets: dict[str, Any]) -> None:
        sheets["企业名册"].set_column(3, 5, 12, None, {"hidden": True})

    draw(path, BEFORE, hide)
    off = {
        "xl/tables/table1.xml": lambda b: b.replace(b'<autoFilter ref="A4:AU10"/>', b"").replace(
            b"TableStyleLight9", b"TableStyleDark3"
        )
    }
    edited(path, off)
    splice(path, AFTER)
    assert sum(c.get("hidden") == "1" for c in sheet_root(path, "企业名册").iter(f"{MAIN}col")) == 1
    root = table_root(path, "名册")
    assert root.find(f"{MAIN}autoFilter") is None
    assert root.find(f"{MAIN}tableStyleInfo").get("name") == "TableStyleDark3"


def test_a_totals_row_moves_with_the_table(path: Path) -> None:
    totals = {"名册": {"受理编号": {"total_string": "合计"}, "2018年出口额(美元)": {"total_function": "sum"}}}
    draw(path, BEFORE, totals=totals)
    splice(path, AFTER)
    sheet, (_, top, _, bottom) = refs(path)["名册"]
    page = page_of(path, sheet)
    assert (bottom - top, table_root(path, "名册").get("totalsRowCount")) == (10, "1")
    assert page.cell(bottom, 1).value == "合计"
    assert page.cell(bottom, 5).value == "=SUBTOTAL(109,[2018年出口额(美元)])"
    assert [page.cell(row, 1).value for row in range(5, 14)] == AFTER.tables["名册"]["受理编号"].to_pylist()


# ── what staff added ──


def _notes(table: str, key: str) -> list[Any]:
    return [f"记：{v}" if n % 2 else None for n, v in enumerate(BEFORE.tables[table][key].to_pylist())]


def test_columns_of_the_staff_go_with_their_rows(path: Path) -> None:
    """Inside and right of the table; the rows come back in another order, one is gone, three are new."""
    key = "统一社会信用代码"
    added = {"名册": [(2, "我的备注", _notes("名册", key)), (99, "催办", [f"=LEN(名册[[#This Row],[{key}]])"] * 6)]}
    draw(path, BEFORE, added=added)
    rows = contents(9, seed=5).tables["名册"]
    wanted = with_table(AFTER, "名册", rows.take([8, 5, 1, 4, 0, 7, 3, 6]))  # 2 has gone
    said = splice(path, wanted).lines
    codes = wanted.tables["名册"][key].to_pylist()
    old = dict(zip(BEFORE.tables["名册"][key].to_pylist(), _notes("名册", key), strict=True))
    assert shown(path, "名册", "我的备注") == [old.get(c) for c in codes]
    assert shown(path, "名册", "催办") == [f"=LEN(名册[[#This Row],[{key}]])"] * 8
    assert wrong_cells(path, wanted) == []
    assert [s for s in said if "没有地方" in s] == []  # the row that has gone had no note


def test_what_staff_wrote_beside_a_row_that_is_gone_is_told(path: Path) -> None:
    key = "统一社会信用代码"
    draw(path, BEFORE, added={"名册": [(2, "我的备注", _notes("名册", key))]})
    wanted = with_table(AFTER, "名册", contents(9, seed=5).tables["名册"].take([8, 5]))
    lost = [v for v in _notes("名册", key) if v and not v.endswith("5")]
    said = splice(path, wanted).lines
    assert [s for s in said if "没有地方" in s] == [
        f"名册：第 {row} 行已不在表中，自加列“我的备注”里的“{text}”没有地方放了，请记下"
        for row, text in zip((6, 8), lost, strict=True)
    ]


def test_a_table_without_a_key_goes_by_everything_else_in_the_row(path: Path) -> None:
    draw(path, BEFORE, added={"问题": [(99, "已办", ["一", "二", "三", "四", "五", "六"])]})
    kept = BEFORE.tables["问题"].take([5, 0, 3])
    wanted = with_table(AFTER, "问题", pa.concat_tables([AFTER.tables["问题"].slice(0, 1), kept]))
    splice(path, wanted)
    assert shown(path, "问题", "已办") == [None, "六", "一", "四"]
    assert wrong_cells(path, wanted) == []


def test_formulas_of_the_staff_move_as_sorting_moves_them(path: Path) -> None:
    formulas = [f"=E{row}*2+$E$2+E{row - 1}" for row in range(5, 11)]
    draw(path, BEFORE, added={"名册": [(99, "两倍", formulas)]})
    wanted = with_table(AFTER, "名册", contents(6, seed=5).tables["名册"].take([3, 0]))
    splice(path, wanted)
    assert shown(path, "名册", "两倍") == ["=E5*2+$E$2+E4", "=E6*2+$E$2+E5"]


def test_shared_formulas_of_the_staff_are_written_out(path: Path) -> None:
    draw(path, BEFORE, added={"名册": [(99, "两倍", ["=E5*2", *[f"=E{row}*2" for row in range(6, 11)]])]})

    def share(sheet: bytes) -> bytes:
        sheet = sheet.replace(b"<f>E5*2</f>", b'<f t="shared" ref="AV5:AV10" si="0">E5*2</f>')
        for row in range(6, 11):
            sheet = sheet.replace(f"<f>E{row}*2</f>".encode(), b'<f t="shared" si="0"/>')
        return sheet

    edited(path, {"xl/worksheets/sheet1.xml": share})
    wanted = with_table(AFTER, "名册", contents(8, seed=5).tables["名册"].take([7, 4, 0, 2]))
    splice(path, wanted)
    assert shown(path, "名册", "两倍") == [f"=E{row}*2" for row in range(5, 9)]


def test_a_shared_formula_that_began_in_our_table_is_written_out_beside_it(path: Path) -> None:
    """Somebody dragged our formula out of the table: the first cell, with the text, is ours."""

    def beside(_: Any, sheets: dict[str, Any]) -> None:
        sheets["企业名册"].write_formula(4, 48, "=A5&B5")
        sheets["企业名册"].write_formula(4, 49, "=B5&C5")

    draw(path, BEFORE, beside)

    def share(sheet: bytes) -> bytes:
        sheet = sheet.replace(b"<f>A5&amp;B5</f>", b'<f t="shared" si="3"/>').replace(
            b"<f>B5&amp;C5</f>", b'<f t="shared" si="3"/>'
        )
        cell = sheet[sheet.index(b'<c r="AU5"') :]
        cell = cell[: min(p for p in (cell.find(b"/>") + 2, cell.find(b"</c>") + 4) if p > 4)]
        return sheet.replace(
            cell, b'<c r="AU5"><f t="shared" ref="AU5:AX5" si="3">IF(A5="","&lt;",A5)</f><v>0</v></c>', 1
        )

    edited(path, {"xl/worksheets/sheet1.xml": share})
    splice(path, AFTER)
    page = page_of(path, "企业名册")
    assert (page["AW5"].value, page["AX5"].value) == ('=IF(C5="","<",C5)', '=IF(D5="","<",D5)')
    assert wrong_cells(path, AFTER) == []


def test_cells_beside_and_below_a_table_row_heights_and_merged_cells_stay(path: Path) -> None:
    def staff(book: Any, sheets: dict[str, Any]) -> None:
        page = sheets["企业名册"]
        page.write_string(5, 50, "右边", book.add_format({"bg_color": "#00FF00"}))
        page.merge_range("AY9:AZ12", "合并")
        page.set_row(5, 51)
        page.set_row(9, 31.5)
        page.write_string(30, 1, "下面")

    draw(path, BEFORE, staff, at=(0, 0))
    copy = path.with_name("before.xlsx")
    copy.write_bytes(path.read_bytes())
    for given in (AFTER, contents(2, seed=3, **ROWS), AFTER):
        splice(path, given)
        assert forbidden(copy, path, given) == []
        page = page_of(path, "企业名册")
        assert (page["AY6"].value, page["AY6"].fill.fgColor.rgb, page["B31"].value) == ("右边", "FF00FF00", "下面")
        assert (page.row_dimensions[6].height, page.row_dimensions[10].height) == (51, 31.5)
        assert "AY9:AZ12" in [str(r) for r in page.merged_cells.ranges]
        assert wrong_cells(path, given) == []


# ── looks ──


def test_a_column_keeps_its_look_and_new_rows_look_like_the_first(path: Path) -> None:
    def paint(book: Any, sheets: dict[str, Any]) -> None:
        look = book.add_format({"bg_color": "#ABCDEF", "num_format": "#,##0", "bold": True})
        for row in range(4, 10):
            sheets["企业名册"].write_number(row, 4, 1, look)

    draw(path, BEFORE, paint)
    splice(path, AFTER)
    page = page_of(path, "企业名册")
    looks = {
        (page.cell(r, 5).fill.fgColor.rgb, page.cell(r, 5).number_format, page.cell(r, 5).font.b) for r in range(5, 14)
    }
    assert looks == {("FFABCDEF", "#,##0", True)}
    assert wrong_cells(path, AFTER) == []


def test_a_row_that_somebody_coloured_keeps_its_colour_wherever_it_goes(path: Path) -> None:
    """Row 8 whole, and one cell of row 5, the first; the rows come back in another order with new ones between."""

    def paint(book: Any, sheets: dict[str, Any]) -> None:
        red, green = (book.add_format({"bg_color": c}) for c in ("#FF0000", "#00FF00"))
        for place in range(47):
            sheets["企业名册"].write_blank(7, place, None, red)
        sheets["企业名册"].write_string(7, 2, "统一社会信用代码3", red)
        sheets["企业名册"].write_string(7, 3, "所属区3", red)
        sheets["企业名册"].write_string(4, 1, "甲", green)

    draw(path, BEFORE, paint)
    wanted = with_table(AFTER, "名册", contents(9, seed=5).tables["名册"].take([8, 3, 1, 0, 5, 7]))
    splice(path, wanted)
    page = page_of(path, "企业名册")
    red = [(r, c) for r in range(5, 11) for c in range(1, 48) if page.cell(r, c).fill.fgColor.rgb == "FFFF0000"]
    assert red == [(6, c) for c in range(1, 48)]
    green = [(r, c) for r in range(5, 11) for c in range(1, 48) if page.cell(r, c).fill.fgColor.rgb == "FF00FF00"]
    assert green == [(5, 2), (8, 2), (10, 2)]  # the new ones look like the first row of the table
    assert wrong_cells(path, wanted) == []


def test_styles_are_appended_where_a_column_has_none_or_a_date_would_show_as_a_number(path: Path) -> None:
    draw(path, BEFORE)
    book = members(path)

    def strip(sheet: bytes) -> bytes:
        import re

        return re.sub(rb'(<c r="(?:E|G|L)5") s="\d+"', rb"\1", sheet)

    edited(path, {"xl/worksheets/sheet1.xml": strip})
    splice(path, AFTER)
    page = page_of(path, "企业名册")
    assert page["E13"].number_format == "General"  # a person's choice
    assert (page["G13"].number_format, page["L13"].number_format) == ("yyyy-mm-dd hh:mm", "yyyy-mm-dd")
    old, new = book["xl/styles.xml"], members(path)["xl/styles.xml"]
    assert old.split(b"<cellXfs")[0] == new.split(b"<cellXfs")[0]
    assert old.split(b"</cellXfs>")[1] == new.split(b"</cellXfs>")[1]
    assert wrong_cells(path, AFTER) == []


# ── validations, conditional formats, print areas ──


def test_references_follow_the_table(path: Path) -> None:
    draw(path, BEFORE)
    for given, last in ((AFTER, 13), (contents(2, seed=3, **ROWS), 6), (contents(0, **ROWS), 5), (AFTER, 13)):
        splice(path, given)
        root = sheet_root(path, "企业名册")
        checks = {v.get("sqref") for v in root.iter(f"{MAIN}dataValidation")}
        assert {f"J5:J{last}", f"N5:N{last}"} <= {c if ":" in c else f"{c}:{c}" for c in checks}
        colours = [c.get("sqref") for c in root.iter(f"{MAIN}conditionalFormatting")]
        assert colours == [f"A5:AU{last}"]
        assert f"企业名册!$A$1:$J${last}".encode() in members(path)["xl/workbook.xml"]


def test_references_of_the_staff_and_room_to_spare_stay(path: Path) -> None:
    def staff(_: Any, sheets: dict[str, Any]) -> None:
        page = sheets["企业名册"]
        page.data_validation("AZ5:AZ10", {"validate": "integer", "criteria": ">", "value": 0})
        page.data_validation("B7:B8", {"validate": "any", "input_title": "看", "input_message": "这两家"})
        page.data_validation("C5:C900", {"validate": "any", "input_title": "码", "input_message": "18 位"})
        page.conditional_format("A7:C7", {"type": "no_blanks", "format": None})

    draw(path, BEFORE, staff)
    splice(path, AFTER)
    root = sheet_root(path, "企业名册")
    assert {"AZ5:AZ10", "B7:B8", "C5:C900"} <= {v.get("sqref") for v in root.iter(f"{MAIN}dataValidation")}
    assert "A7:C7" in {v.get("sqref") for v in root.iter(f"{MAIN}conditionalFormatting")}


# ── what cannot be done is said, and nothing is changed ──


def test_cells_below_a_table_are_in_the_way(path: Path) -> None:
    def below(_: Any, sheets: dict[str, Any]) -> None:
        sheets["汇率"].write_string(11, 1, "小计")
        sheets["汇率"].write_formula(11, 2, "=SUM(C5:C10)")

    draw(path, BEFORE, below)
    left(
        path, AFTER, "工作表“汇率”里，表“汇率表”要从 6 行增加到 9 行", "B12、C12 已有内容", "第 12 行上方插入至少 3 行",
        tables=("汇率表",),
    )  # fmt: skip
    fits = contents(7, seed=2, **ROWS)
    splice(path, fits)
    assert wrong_cells(path, fits) == []
    assert page_of(path, "汇率")["B12"].value == "小计"


def test_many_cells_in_the_way_are_counted_and_every_table_is_named(path: Path) -> None:
    def below(_: Any, sheets: dict[str, Any]) -> None:
        sheets["汇率"].write_column(11, 1, list("甲乙丙丁戊己庚辛"))
        sheets["名单"].write_string(12, 0, "x")

    draw(path, BEFORE, below)
    left(
        path,
        contents(20, seed=2, **ROWS),
        "B12、B13、B14、B15、B16 等 8 个单元格",
        "“汇率表”",
        "表“名单表”",
        "A13 已有内容",
        tables=("汇率表", "名单表"),
    )


def test_blank_cells_with_a_look_are_not_in_the_way(path: Path) -> None:
    draw(path, BEFORE, lambda book, sheets: sheets["汇率"].write_blank(11, 1, None, book.add_format({"border": 1})))
    splice(path, AFTER)
    assert wrong_cells(path, AFTER) == []


def test_one_of_our_tables_does_not_grow_over_another(path: Path) -> None:
    draw(path, BEFORE)
    left(
        path, contents(6, 资金池=30), "工作表“资金”里，表“资金池”要从 6 行增加到 30 行", "A13、B13", tables=("资金池",)
    )


def test_merged_cells_where_the_table_goes_are_named(path: Path) -> None:
    draw(path, BEFORE, lambda _, sheets: sheets["汇率"].merge_range("A12:B12", ""))
    left(path, AFTER, "表“汇率表”占用的地方有合并单元格 A12:B12", "取消合并", tables=("汇率表",))


@pytest.mark.parametrize("names", [("名册",), ("名册", "日志表")], ids=["one table", "two tables"])
def test_a_sheet_that_is_gone_comes_again_from_the_ledger(path: Path, names: tuple[str, ...]) -> None:
    draw(path, BEFORE, leave_out=names)
    done = splice(path, AFTER)
    came = [f"新增工作表“{s}”" for n, s in (("名册", "企业名册"), ("日志表", "日志")) if n in names]
    assert (done.lines[1 : 1 + len(came)], done.left) == (came, {})
    assert wrong_cells(path, AFTER) == []


def test_a_renamed_heading_is_recognised_and_refused(path: Path) -> None:
    draw(path, BEFORE)
    book = openpyxl.load_workbook(path)  # changes the cell only, as a program would
    book["企业名册"]["J4"] = "市级意见"
    book.save(path)
    left(path, AFTER, "表“名册”没有标题为“市级审核意见”的列", "改成了“市级意见”（J4）", tables=("名册",))


def test_a_heading_that_stands_twice_is_refused(path: Path) -> None:
    draw(path, BEFORE, added={"名册": [(99, "另一列", ["x"] * 6)]})
    edited(path, {"xl/sharedStrings.xml": lambda b: b.replace("另一列".encode(), "企业名称 ".encode())})
    left(path, AFTER, "有几列都叫“企业名称”（B4、AV4）", tables=("名册",))


def test_a_deleted_column_comes_again_at_the_right_end(path: Path) -> None:
    draw(path, BEFORE)
    edited(path, {
        "xl/tables/table1.xml": lambda b: b.replace(b'ref="A4:AU10"', b'ref="A4:AT10"').replace(b'count="47"', b'count="46"')
        .replace('<tableColumn id="47" name="备注"/>'.encode(), b""),
        "xl/worksheets/sheet1.xml": lambda b: re.sub(rb'<c r="AU\d+"(?:/>|[^>]*/>|.*?</c>)', b"", b),
    })  # fmt: skip
    done = splice(path, AFTER)
    assert (done.lines[1], done.left) == ("表“名册”右边新增列“备注”", {})
    assert wrong_cells(path, AFTER) == []


def test_cells_right_of_a_table_are_in_the_way_of_its_new_column(path: Path) -> None:
    draw(path, BEFORE)
    edited(path, {
        "xl/tables/table1.xml": lambda b: b.replace(b'ref="A4:AU10"', b'ref="A4:AT10"').replace(b'count="47"', b'count="46"')
        .replace('<tableColumn id="47" name="备注"/>'.encode(), b"")
    })  # fmt: skip
    left(path, AFTER, "表“名册”要在右边增加列“备注”（AU 列起）", "AU4、AU5", "在 AU 列前插入 1 列", tables=("名册",))


def test_a_hidden_heading_row_is_refused(path: Path) -> None:
    draw(path, BEFORE)
    edited(
        path,
        {"xl/tables/table1.xml": lambda b: b.replace(b'totalsRowShown="0"', b'headerRowCount="0" totalsRowShown="0"')},
    )
    left(path, AFTER, "标题行被隐藏了", tables=("名册",))


def test_everything_that_is_wrong_is_said_at_once(path: Path) -> None:
    draw(path, BEFORE, lambda _, sheets: sheets["汇率"].write_string(11, 1, "小计"))
    edited(path, {"xl/sharedStrings.xml": lambda b: b.replace("市级备注".encode(), "市级备忘".encode())})
    left(path, AFTER, "“汇率表”", "“市级备注”", tables=("名册", "汇率表"))


def test_text_that_no_cell_holds_is_refused_with_its_place(path: Path) -> None:
    draw(path, BEFORE)
    rows = AFTER.tables["名单表"]
    long = pa.array([None, "长" * 32_768, *[None] * (rows.num_rows - 2)], pa.string())
    refused(
        path,
        with_table(AFTER, "名单表", rows.set_column(0, rows.schema.field(0), long)),
        "表“名单表”的第 2 行",
        "32768",
    )


def test_a_table_that_would_pass_the_last_row_of_the_sheet_is_refused(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    draw(path, BEFORE)
    monkeypatch.setattr(splice_job, "MOST_ROWS", 40)
    left(path, contents(6, 日志表=37), "表“日志表”要有 37 行，超过了工作表的最后一行", tables=("日志表",))
    splice(path, contents(6, 日志表=36))


def test_our_own_names_show_the_facts(path: Path) -> None:
    draw(path, BEFORE)
    splice(path, AFTER)
    cell = page_of(path, "首页")["B2"]
    assert (cell.value, cell.number_format) == ("已更新", "@")
