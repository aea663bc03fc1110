"""The xlwings engine over LibreOffice, on open documents; buttons really pressed, functions really recalculated."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
import xlwings as xw
from live import BY_SECURITY, Blocked, Document, Office, office
from pyopenvba import ExcelFile

from xltools.office.libreoffice import bridge as libreoffice_bridge
from xltools.office.libreoffice.formulas import CannotTranslate, shifted, to_excel, to_libreoffice
from xltools.office.libreoffice.install import NotInstalled, install, main, trust
from xltools.office.libreoffice.saving import mend
from xltools.office.libreoffice.text import WouldConvert, converts

ROOM = resources.files("xltools.office") / "modules" / "libreoffice"
SHIM = (ROOM / "xlwings.bas").read_text("utf-8")
EARLIER = """
Public Function RunPython(PythonCommand As String)
    Dim Said As Variant
    On Error GoTo Failed
    Said = CallBridge("run", Array(ThisComponent, PythonCommand))
    If Said <> "" Then TellStatus CStr(Said)
    Exit Function
Failed:
    TellStatus NotInstalled()
End Function
"""
"""How the macros of version 0.2.0 reach Python, to the letter: their workbooks are used on."""
MACROS = """Attribute VB_Name = "PlatformMacros"
Sub Btn_Count()
    RunPython "import acts; acts.count()"
End Sub
Sub Btn_Same()
    RunPython "import acts; acts.same()"
End Sub
Sub Btn_Fail()
    RunPython "import acts; acts.fail()"
End Sub
Sub Btn_Missing()
    RunPython "import nobody_wrote_this"
End Sub
Sub Btn_Box()
    MsgBox "press me"
End Sub
Function XT_DOUBLE(cells, Optional factor)
    XT_DOUBLE = CallPyUdf("my_udfs", "XT_DOUBLE", Array(cells, factor))
End Function
Function XT_KINDS(cells)
    XT_KINDS = CallPyUdf("my_udfs", "XT_KINDS", Array(cells))
End Function
Function XT_BROKEN(cells)
    XT_BROKEN = CallPyUdf("my_udfs", "XT_BROKEN", Array(cells))
End Function
"""
ACTS = """
import xlwings as xw

def count():
    book = xw.Book.caller()
    book.app.status_bar = "counting"
    cell = book.sheets["首页"]["A1"]
    cell.value = (cell.value or 0) + 1
    book.names["状态栏"].refers_to_range.value = f"第 {cell.value:.0f} 次"

def same():
    book = xw.Book.caller()
    table = book.sheets["首页"].tables["企业"]
    table.data_body_range.value = [["甲", 1.5], ["乙", 2.5]]

def fail():
    xw.Book.caller().app.screen_updating = False
    raise LookupError("台账不见了")
"""
UDFS = """
def XT_DOUBLE(cells, factor=2):
    rows = cells if isinstance(cells, list) else [[cells]]
    return [[v * factor if isinstance(v, float) else v for v in row] for row in rows]

def XT_KINDS(cells):
    return [[v if v is None else type(v).__name__ for v in row] for row in cells]

def XT_BROKEN(cells):
    raise ZeroDivisionError("除以零")
"""


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    modules = tmp_path_factory.mktemp("modules")
    (modules / "acts.py").write_text(ACTS, "utf-8")
    (modules / "my_udfs.py").write_text(UDFS, "utf-8")
    with office(modules=modules) as started:
        yield started


@pytest.fixture
def sheet(running: Office) -> Iterator[xw.Sheet]:
    document = running.new()
    yield document.book.sheets[0]
    document.close()


@pytest.fixture
def pressed(running: Office, tmp_path: Path) -> Iterator[Document]:
    document = running.open(workbook(tmp_path / "按钮 & 册.xlsm"))
    yield document
    document.close()


def project(folder: Path) -> bytes:
    """A VBA project with the shim and the macros above."""
    with ExcelFile.create_new(folder / "seed.xlsm") as book:
        for name, text in (("xlwings", SHIM + EARLIER), ("PlatformMacros", MACROS)):
            book.vba_project().add_module(name, text.replace("\n", "\r\n"))
        book.save()
    with zipfile.ZipFile(folder / "seed.xlsm") as members:
        return members.read("xl/vbaProject.bin")


def workbook(path: Path, status: bool = True) -> Path:
    """A workbook with a table, a status cell, five buttons and three functions."""
    (path.parent / "vba.bin").write_bytes(project(path.parent))
    with xlsxwriter.Workbook(path) as book:
        book.add_vba_project(str(path.parent / "vba.bin"))
        book.set_vba_name("ThisWorkbook")
        page = book.add_worksheet("首页")
        for i, name in enumerate(("Count", "Same", "Fail", "Missing", "Box")):
            page.insert_button(3 * i, 8, {"macro": f"Btn_{name}", "caption": name, "width": 90, "height": 30})
        if status:
            book.define_name("状态栏", "=首页!$B$2")
        page.add_table("D1:E3", {"name": "企业", "columns": [{"header": "名称"}, {"header": "金额"}]})
        page.write_row("A20", [1, 2])
        page.write_row("A21", ["甲", None])
        page.write_datetime("A22", datetime(2019, 9, 5, 9, 30), book.add_format({"num_format": "yyyy-mm-dd hh:mm"}))
        page.write_boolean("B22", True)
        page.write_formula("C22", "=1/0", None, "#DIV/0!")
        page.write_formula("D20", "=XT_DOUBLE(A20)")
        page.write_formula("D21", "=XT_DOUBLE(A20,10)")
        page.write_formula("D22", "=XT_BROKEN(A20)")
        page.write_array_formula("F20:G21", "{=XT_DOUBLE(A20:B21)}")
        page.write_array_formula("F24:H26", "{=XT_KINDS(A20:C22)}")
    return path


# ── values ──

WHEN, DAY = datetime(2019, 9, 5, 9, 30, 15), datetime(2019, 9, 6)


@pytest.mark.parametrize(
    ("given", "read", "code"),
    [
        pytest.param(5, 5.0, "General", id="whole numbers come back as floats, as by COM"),
        pytest.param(Decimal("1063.25"), 1063.25, "General", id="decimals are numbers"),
        pytest.param("统保 平台", "统保 平台", "General", id="text stays text"),
        pytest.param("两行\n文字", "两行\n文字", "General", id="a text keeps its line break"),
        pytest.param("", None, "General", id="an empty text is an empty cell"),
        pytest.param(None, None, "General", id="nothing is an empty cell"),
        pytest.param(float("nan"), None, "General", id="not a number is an empty cell"),
        pytest.param(True, True, "BOOLEAN", id="yes and no stay so"),
        pytest.param(WHEN, WHEN, "yyyy-mm-dd hh:mm", id="a date-time gets a format and comes back to the second"),
        pytest.param(date(2019, 9, 6), DAY, "yyyy-mm-dd", id="a date comes back as date-time, as by COM"),
        pytest.param("=1+1", 2.0, "General", id="a text that begins with = is a formula, as in Excel"),
    ],
)
def test_a_value_comes_back_as_excel_gives_it(sheet: xw.Sheet, given: object, read: object, code: str) -> None:
    sheet["B2"].value = given
    assert sheet["B2"].value == read
    assert type(sheet["B2"].value) is type(read)
    assert sheet["B2"].number_format == code


def test_a_block_is_written_and_read_in_one_go_with_every_kind_in_its_place(sheet: xw.Sheet) -> None:
    rows = [[f"企业{i}", i * 1.5, DAY if i % 3 else None, i % 2 == 0, "=A1" if i == 7 else None] for i in range(50)]
    sheet["A1"].value = rows
    back = sheet["A1:E50"].value
    assert back == [[*row[:4], "企业0" if i == 7 else None] for i, row in enumerate(rows)]
    assert sheet["E8"].formula == "=A1"
    assert sheet.used_range.address == "$A$1:$E$50"


def test_numbers_put_into_text_cells_become_text_as_in_excel(sheet: xw.Sheet) -> None:
    sheet["A1:A3"].number_format = "@"
    sheet["A1:A3"].value = [["001"], [5], [0.1]]
    assert sheet["A1:A3"].value == ["001", "5", "0.1"]
    assert [row[0] for row in sheet["A1:A3"].formula] == ["001", "5", "0.1"]


@pytest.mark.parametrize(
    ("code", "given", "said"),
    [
        ("General", "001", "“001”"),
        ("0.00", "2019-10-08 09:30", "2019-10-08 09:30"),
        ("General", "-见附件", "-见附件"),
        ("@", WHEN, "会变成文字"),
    ],
    ids=[
        "a code with leading zeros would lose them",
        "a day would become a number",
        "a dash would start a formula",
        "a date in a text cell would become text",
    ],
)
def test_what_excel_would_change_is_refused_with_the_cell(sheet: xw.Sheet, code: str, given: object, said: str) -> None:
    sheet["A1:B2"].value = [["旧", 1], ["旧", 2]]
    sheet["B2"].number_format = code
    with pytest.raises(WouldConvert, match=said) as refused:
        sheet["A1:B2"].value = [["新", 8], ["新", given]]
    assert "!B2：" in str(refused.value)
    assert sheet["A1:B2"].value == [["旧", 1.0], ["旧", 2.0]]


def test_a_formula_for_a_text_cell_is_refused_because_excel_would_show_it(sheet: xw.Sheet) -> None:
    sheet["A1"].number_format = "@"
    with pytest.raises(WouldConvert, match="会把公式 =1 当成文字"):
        sheet["A1"].formula = "=1"


@pytest.mark.parametrize(
    "text",
    ["001", "1,234.50", "-5", "5%", "1e3", "1/2", "1-2", "2019/9/5", "2019年9月", "9月5日", "9:30", "上午9时", "TRUE",
     "#N/A", "3-Mar", "Sep 5", "'x", "=x", "+1", "@x", "¥5", " 7 "],
)  # fmt: skip
def test_excel_would_convert(text: str) -> None:
    assert converts(text)


@pytest.mark.parametrize(
    "text",
    ["", "-", "NT2019-0137", "3 家企业", "5 月以前", "一号", "√ 2019-10-08 09:30 收件：办好了", "91320600MA1", "1.2.3.4.5", "a1",
     "报送_第01批", "12 号文", "Marketing", "true story"],
)  # fmt: skip
def test_excel_would_keep(text: str) -> None:
    assert not converts(text)


def test_error_values_are_none_or_their_text(sheet: xw.Sheet) -> None:
    sheet["A1:A4"].formula = [["=1/0"], ["=NA()"], ["=NOSUCH(1)"], ['="a"*1']]
    assert sheet["A1:A4"].value == [None] * 4
    assert sheet["A1:A4"].options(err_to_str=True).value == ["#DIV/0!", "#N/A", "#NAME?", "#VALUE!"]


# ── formulas ──


@pytest.mark.parametrize(
    ("excel", "libreoffice"),
    [
        ("=SUM(表[[#This Row],[列]],参数!$B$2)", "=SUM(表[[#This Row];[列]];$参数.$B$2)"),
        ('=IF(表[[#This Row],[金额(元), 含税]]="a,b;c",TRUE,FALSE)', '=IF(表[[#This Row];[金额(元), 含税]]="a,b;c";TRUE();FALSE())'),
        ("='我的 表'!A1:B2", "=$'我的 表'.A1:B2"),
        ("=SUM({1,2;3,4})", "=SUM({1;2|3;4})"),
        ("=SUM(A:A,$1:$3)", "=SUM(A:A;$1:$3)"),
        ("=LOG10(A1)-1.5E3+5%", "=LOG10(A1)-1.5E3+5%"),
        ("=名册[[#Headers],[列]]", "=名册[[#Headers];[列]]"),
    ],
    ids=["structured references", "commas in headings and texts", "quoted sheets", "inline arrays", "whole columns and rows",
         "functions that look like cells", "headings"],
)  # fmt: skip
def test_a_formula_is_translated_both_ways(excel: str, libreoffice: str) -> None:
    assert to_libreoffice(excel) == libreoffice
    assert to_excel(libreoffice) == excel


@pytest.mark.parametrize(
    ("libreoffice", "excel"),
    [
        ("=COM.SUN.STAR.SHEET.ADDIN.ANALYSIS.GETEDATE(1;2)", "=EDATE(1,2)"),
        ("=$企业名册.A1:.B2", "=企业名册!A1:B2"),
        ("{=SUM(A1:A2)}", "=SUM(A1:A2)"),
    ],
)
def test_what_only_libreoffice_says_is_read_in_excels_words(libreoffice: str, excel: str) -> None:
    assert to_excel(libreoffice) == excel


@pytest.mark.parametrize(
    "formula", ["=[@列]", "=SUM((A1,B1))", "=A1#", "=@A1", "=A1!", "=表[列"],
    ids=["a reference without its table", "a union", "a spill", "an implicit intersection", "half a sheet", "half a bracket"],
)  # fmt: skip
def test_what_libreoffice_has_no_words_for_is_refused(formula: str) -> None:
    with pytest.raises(CannotTranslate):
        to_libreoffice(formula)


def test_relative_references_move_and_nothing_else() -> None:
    moved = shifted('=A1*$B$2+SUM(C:C)+页!D4&"A1"+$5:6+LOG10(2)+表[A1]', 2, 1)
    assert moved == '=B3*$B$2+SUM(D:D)+页!E6&"A1"+$5:8+LOG10(2)+表[A1]'


@pytest.mark.parametrize("rows", [3, 200], ids=["a few cells", "a column that is copied down"])
def test_a_formula_fills_a_range_as_excel_fills_it(sheet: xw.Sheet, rows: int) -> None:
    sheet["A1"].value = [[i] for i in range(1, rows + 1)]
    sheet[f"B1:B{rows}"].number_format = "0.00"
    sheet["B2"].color = (255, 255, 0)
    sheet[f"B1:B{rows}"].formula = '=IF(A1>0,A1*$A$1*2,"")'
    assert sheet[f"B{rows}"].formula == f'=IF(A{rows}>0,A{rows}*$A$1*2,"")'
    assert sheet[f"B1:B{rows}"].value == [i * 2.0 for i in range(1, rows + 1)]
    assert [sheet[c].color for c in ("B1", "B2", "B3")] == [None, (255, 255, 0), None]
    assert sheet[f"B1:B{rows}"].number_format == "0.00"


def test_formulas_and_constants_stand_side_by_side(sheet: xw.Sheet) -> None:
    sheet["A1:B2"].formula = [["=1+1", "常数"], [7, "=A1*A2"]]
    assert sheet["A1:B2"].formula == (("=1+1", "常数"), ("7", "=A1*A2"))
    assert sheet["A1:B2"].value == [[2.0, "常数"], [7.0, 14.0]]


# ── tables, names, sheets ──


@pytest.fixture
def table(sheet: xw.Sheet) -> xw.main.Table:
    sheet["B2"].value = [["名称", "金额"], ["甲", 1], ["乙", 2]]
    return sheet.tables.add(source=sheet["B2:C4"], name="企业表")


def test_a_table_grows_and_shrinks_and_its_formulas_follow(sheet: xw.Sheet, table: xw.main.Table) -> None:
    sheet["F1"].formula = "=SUM(企业表[金额])"
    sheet["B5"].value = ["丙", 10]
    table.resize(sheet["B2:C5"])
    sheet["D3:D5"].formula = "=企业表[[#This Row],[金额]]*2"
    assert (table.range.address, table.header_row_range.value) == ("$B$2:$C$5", ["名称", "金额"])
    assert (sheet["F1"].value, sheet["D3:D5"].value) == (13.0, [2.0, 4.0, 20.0])
    table.resize(sheet["B2:C3"])
    assert (table.data_body_range.address, sheet["F1"].value) == ("$B$3:$C$3", 1.0)
    assert sheet["B4:B5"].value == ["乙", "丙"]


def test_cells_under_a_table_can_be_seen_before_it_grows(sheet: xw.Sheet, table: xw.main.Table) -> None:
    sheet["C6"].formula = "=1/0"
    sheet["B7"].value = "别人的备注"
    assert sheet["B5:C7"].formula == (("", ""), ("", "=1/0"), ("别人的备注", ""))


@pytest.mark.parametrize("area", ["B3:C6", "B2:C2", "B2:F6"], ids=["other headings", "no row", "over another table"])
def test_a_table_is_not_resized_where_excel_would_refuse(sheet: xw.Sheet, table: xw.main.Table, area: str) -> None:
    sheet["E5"].value = [["别的"], ["丁"]]
    sheet.tables.add(source=sheet["E5:E6"], name="别表")
    with pytest.raises(ValueError, match="企业表"):
        table.resize(sheet[area])
    assert table.range.address == "$B$2:$C$4"


def test_tables_are_found_by_name_only_on_their_sheet(sheet: xw.Sheet, table: xw.main.Table) -> None:
    other = sheet.book.sheets.add("别页")
    assert ([t.name for t in sheet.tables], [t.name for t in other.tables]) == (["企业表"], [])
    assert "企业表" in sheet.tables
    assert sheet["C4"].table.name == "企业表"
    assert sheet["A1"].table is None


def test_a_filter_that_hides_rows_is_taken_off(sheet: xw.Sheet, table: xw.main.Table) -> None:
    table.show_autofilter = True
    sheet["B3"].impl.row_hidden = True
    table.show_autofilter = False
    assert (sheet["B3"].impl.row_hidden, table.show_autofilter) == (False, False)


def test_names_are_found_in_any_case_and_point_to_cells(sheet: xw.Sheet) -> None:
    sheet.book.names.add("Status_栏", f"={sheet.name}!$C$5")
    assert sheet.book.names.contains("STATUS_栏")
    sheet.book.names["status_栏"].refers_to_range.value = "好"
    assert (sheet["C5"].value, sheet["Status_栏"].address) == ("好", "$C$5")
    assert sheet["C5"].name.name == "Status_栏"
    assert not sheet.book.names.contains("无")
    with pytest.raises(KeyError):
        sheet.book.names["无"]


def test_sheets_are_hidden_and_shown_but_never_the_last(sheet: xw.Sheet) -> None:
    other = sheet.book.sheets.add("基准", after=sheet)
    other.visible = False
    assert [s.name for s in sheet.book.sheets if s.visible] == [sheet.name]
    with pytest.raises(ValueError, match="最后一张"):
        sheet.visible = False
    other.visible = True
    other.activate()
    assert sheet.book.sheets.active.name == "基准"
    with pytest.raises(KeyError):
        sheet.book.sheets["无"]


def test_looks_are_set_and_read(sheet: xw.Sheet) -> None:
    cell = sheet["A1"]
    cell.color, cell.column_width, cell.row_height, cell.font.bold = "#ffffcc", 20, 30, True
    cell.font.color, cell.wrap_text = (255, 0, 0), True
    assert (cell.color, cell.column_width, cell.row_height) == ((255, 255, 204), 20.0, 30.0)
    assert (cell.font.bold, cell.font.color, cell.wrap_text) == (True, (255, 0, 0), True)
    cell.color = None
    assert cell.color is None
    cell.number_format = '#,##0.00 "元"'
    assert cell.number_format == '#,##0.00 "元"'
    assert sheet["A1:B1"].number_format is None


def test_contents_are_cleared_and_looks_stay(sheet: xw.Sheet) -> None:
    sheet["A1:B2"].value = [[1, "x"], [DAY, "=1"]]
    sheet["A1"].color = (1, 2, 3)
    sheet["A1:B2"].clear_contents()
    assert sheet["A1:B2"].value == [[None, None], [None, None]]
    assert sheet["A1"].color == (1, 2, 3)
    assert sheet["A2"].number_format == "yyyy-mm-dd"


def test_the_application_is_quiet_while_it_is_told_to_be(sheet: xw.Sheet) -> None:
    app = sheet.book.app
    sheet["A1"].value, sheet["A2"].formula = 1, "=A1*2"
    app.screen_updating, app.calculation, app.status_bar = False, "manual", "测算 1/2"
    sheet["A1"].value = 5
    assert (app.screen_updating, app.calculation, sheet["A2"].value) == (False, "manual", 2.0)
    app.calculate()
    assert sheet["A2"].value == 10.0
    app.screen_updating, app.calculation, app.status_bar = True, "automatic", False
    assert (app.screen_updating, app.calculation, app.status_bar) == (True, "automatic", False)


@pytest.mark.parametrize(
    ("start", "direction", "address"),
    [("A1", "down", "$A$3"), ("A3", "down", "$A$6"), ("A6", "down", "$A$1048576"), ("A6", "up", "$A$3"),
     ("A1", "right", "$C$1"), ("C1", "left", "$A$1"), ("B2", "left", "$A$2")],
)  # fmt: skip
def test_ctrl_and_an_arrow_lead_where_they_lead_in_excel(
    sheet: xw.Sheet, start: str, direction: str, address: str
) -> None:
    sheet["A1"].value = [[1, 2, 3], [1, None, None], [1, None, None], [None] * 3, [None] * 3, [1, None, None]]
    assert sheet[start].end(direction).address == address
    assert sheet["A1"].expand().address == "$A$1:$C$3"


@pytest.mark.parametrize(
    "use",
    [
        lambda s: s["A1"].api and s["A1"].impl.hyperlink,
        lambda s: s["A1"].impl.conditional_formats,
        lambda s: s.pictures.add("x.png"),
        lambda s: s.book.save(password="x"),
        lambda s: setattr(s.book.app, "calculation", "semiautomatic"),
    ],
    ids=["links", "conditional formats", "pictures", "passwords", "half automatic calculation"],
)
def test_what_the_engine_does_not_know_it_does_not_pretend_to_do(sheet: xw.Sheet, use: Any) -> None:
    with pytest.raises(NotImplementedError):
        use(sheet)


def test_no_paid_part_of_xlwings_is_switched_on(sheet: xw.Sheet) -> None:
    assert xw.__pro__ is False
    assert sheet.book.app.engine.name == "libreoffice"


def test_a_workbook_is_saved_where_it_lies_and_opened_again_by_path(running: Office, tmp_path: Path) -> None:
    path = tmp_path / "平台 工作簿.xlsx"
    document = running.new()
    document.book.sheets[0]["A1"].value = "存下"
    document.book.save(str(path))
    assert (document.book.fullname, document.book.name) == (str(path), path.name)
    document.close()
    again = xw.apps.active.books.open(path)
    assert again.sheets[0]["A1"].value == "存下"
    again.close()


# ── buttons ──


def test_a_pressed_button_runs_python_and_changes_a_cell(pressed: Document) -> None:
    assert set(pressed.buttons()) == {"Count", "Same", "Fail", "Missing", "Box"}
    pressed.press("Count")
    assert (pressed.text("首页", "A1"), pressed.status()) == ("1", "第 1 次")
    pressed.press("Count")
    assert (pressed.text("首页", "A1"), pressed.status()) == ("2", "第 2 次")


def test_a_second_press_of_an_idempotent_macro_changes_nothing(pressed: Document) -> None:
    pressed.press("Same")
    first = pressed.book.sheets["首页"].used_range.formula
    assert pressed.book.sheets["首页"].tables["企业"].data_body_range.value == [["甲", 1.5], ["乙", 2.5]]
    pressed.press("Same")
    assert pressed.book.sheets["首页"].used_range.formula == first


@pytest.mark.parametrize(
    ("caption", "said"),
    [("Fail", "LookupError：台账不见了"), ("Missing", "No module named 'nobody_wrote_this'")],
    ids=["a macro that fails", "a module that is not there"],
)
def test_a_failure_is_a_sentence_in_the_status_cell_and_no_dialog(pressed: Document, caption: str, said: str) -> None:
    pressed.press(caption)
    assert pressed.status().startswith("错误：没有办成")
    assert said in pressed.status()
    assert pressed.office.dialogs() == []
    assert not pressed.api.hasControllersLocked()
    assert "Traceback" in pressed.office.log.read_text("utf-8")
    pressed.press("Count")
    assert pressed.status() == "第 1 次"


def test_a_saved_workbook_keeps_its_macros_and_buttons_again_and_again(
    running: Office, pressed: Document, tmp_path: Path
) -> None:
    path, places = Path(pressed.book.fullname), pressed.buttons()
    for times in (1, 2):
        pressed.press("Count")
        pressed.save()
        assert pressed.status() == f"第 {times} 次"
    copy = tmp_path / "again.xlsm"
    copy.write_bytes(path.read_bytes())
    again = running.open(copy)
    assert again.buttons() == places
    again.type("首页", "A1", "7")  # saved without a press: Auto_Open alone looks after the file
    again.save()
    again.close()
    third = running.open(copy)
    assert third.buttons() == places
    third.press("Count")
    assert third.status() == "第 8 次"
    third.close()


def test_mending_touches_only_what_is_broken_and_keeps_the_time(tmp_path: Path) -> None:
    path = tmp_path / "saved.xlsm"
    shape = (
        '<v:shape id="shape_0" x="1"><v:textbox><div>收件</div></v:textbox><x:FmlaMacro>M.Btn</x:FmlaMacro></v:shape>'
    )
    parts = {
        "xl/workbook.xml": '<workbook><workbookPr date1904="false"/></workbook>',
        "xl/worksheets/sheet1.xml": '<v:shape id="shape_0"/><control shapeId="1002" r:id="rId4" name="xt_7">',
        "xl/drawings/vmlDrawing1.vml": shape * 2,
    }
    with zipfile.ZipFile(path, "w") as out:
        for name, text in parts.items():
            out.writestr(name, text)
        out.writestr("xl/worksheets/_rels/sheet1.xml.rels", '<Relationship Target="../drawings/vmlDrawing1.vml"/>')
    time = path.stat().st_mtime_ns
    assert mend(path)
    with zipfile.ZipFile(path) as members:
        book, sheet, drawing = (members.read(name).decode() for name in parts)
    assert book == '<workbook><workbookPr codeName="ThisWorkbook" date1904="false"/></workbook>'
    assert sheet == parts["xl/worksheets/sheet1.xml"]
    assert re.findall(r'id="(\w+)"', drawing) == ["_x0000_s1001", "xt_7", "_x0000_s1002"]
    assert '<v:shape id="xt_7" o:spid="_x0000_s1002"' in drawing
    assert drawing.count(">收件</font>") == drawing.count(">[0]!M.Btn<") == 2
    assert path.stat().st_mtime_ns == time
    assert not mend(path)
    assert [p.name for p in tmp_path.iterdir()] == ["saved.xlsm"]


def test_the_harness_sees_a_dialog_that_blocks(tmp_path: Path) -> None:
    with office(seconds=60) as started:
        document = started.open(workbook(tmp_path / "b.xlsm"))
        with pytest.raises(Blocked, match="press me"):
            document.press("Box")


def test_without_the_bridge_the_status_cell_says_what_to_install(tmp_path: Path) -> None:
    with office(bridge=False) as started:
        document = started.open(workbook(tmp_path / "b.xlsm"))
        document.press("Count", wait=lambda: document.status() != "")
        assert document.status() == (
            "错误：LibreOffice 里还没有统保平台工具箱。请双击“安装”；没有这个文件的，在装有 xltools 的环境里运行 python -m xltools.office.libreoffice.install --trust 文件夹（本工作簿所在的），再重新打开 LibreOffice"
        )


def test_a_profile_as_installed_runs_macros_only_in_a_trusted_folder(tmp_path: Path) -> None:
    here, there = tmp_path / "可信", tmp_path / "别处"
    for folder in (here, there, tmp_path / "profile"):
        folder.mkdir()
    profile = tmp_path / "office"
    profile.mkdir()
    trust(profile / "profile", here)
    modules = tmp_path / "modules"
    modules.mkdir()
    (modules / "acts.py").write_text(ACTS, "utf-8")
    started = Office(profile, level=2, modules=modules)
    try:
        document = started.open(workbook(here / "b.xlsm"), BY_SECURITY)
        document.press("Count")
        assert document.status() == "第 1 次"
        with pytest.raises(Blocked, match="macros"):
            started.open(workbook(there / "c.xlsm"), BY_SECURITY)
    finally:
        started.kill()


# ── worksheet functions ──


def recalculated(document: Document) -> xw.Sheet:
    document.api.calculateAll()
    return document.book.sheets["首页"]


def test_a_function_recalculates_after_an_edit(pressed: Document) -> None:
    page = recalculated(pressed)
    assert (page["D20"].value, page["D21"].value) == (2.0, 10.0)
    assert page["F20:G21"].value == [[2.0, 4.0], ["甲", None]]
    pressed.type("首页", "A20", "7")
    assert (page["D20"].value, page["D21"].value) == (14.0, 70.0)
    assert page["F20:G21"].value == [[14.0, 4.0], ["甲", None]]


def test_a_function_gets_values_as_under_excel(pressed: Document) -> None:
    assert recalculated(pressed)["F24:H26"].value == [
        ["float", "float", None],
        ["str", None, None],
        ["datetime", "bool", "str"],
    ]


def test_a_function_that_fails_says_so_in_its_cell(pressed: Document) -> None:
    text = recalculated(pressed)["D22"].value
    assert text.startswith("错误：")
    assert "除以零" in text
    assert pressed.office.dialogs() == []


# ── the bridge and its installation ──


def test_the_bridge_says_in_words_what_failed_and_notes_it(tmp_path: Path) -> None:
    said = libreoffice_bridge.run(object(), "raise RuntimeError('x')", str(tmp_path / "log"))
    assert said.startswith("错误：没有办成")
    assert (tmp_path / "log").read_text("utf-8").count("Traceback") >= 1


def test_installing_writes_the_script_with_this_installation_in_it(tmp_path: Path, capsys: Any) -> None:
    assert main([str(tmp_path)]) == 0
    script = tmp_path / "user" / "Scripts" / "python" / "xltools_bridge.py"
    text = script.read_text("utf-8")
    assert str(Path(__file__).parents[2]) in text
    assert f"LOG = '{tmp_path / 'user' / 'xltools.log'}'" in text
    assert "已装好" in capsys.readouterr().out
    assert install(tmp_path / "user") == script
    assert script.read_text("utf-8") == text


def test_what_is_in_the_way_of_installing_is_said(tmp_path: Path, capsys: Any) -> None:
    (tmp_path / "user").write_text("a file where a folder belongs")
    assert main([str(tmp_path)]) == 2
    assert "写不进去" in capsys.readouterr().err


def test_a_folder_is_trusted_once_and_settings_stay(tmp_path: Path) -> None:
    registry = tmp_path / "user" / "registrymodifications.xcu"
    registry.parent.mkdir()
    before = (
        '<oor:items xmlns:oor="http://openoffice.org/2001/registry" xmlns:xs="http://www.w3.org/2001/XMLSchema">'
        '<item oor:path="/x"><prop oor:name="y" oor:op="fuse" oor:type="xs:string"><value>1</value></prop></item>'
    )
    registry.write_text(f"{before}</oor:items>")
    trust(tmp_path, tmp_path / "别处")
    trust(tmp_path, tmp_path / "工作区")
    once = registry.read_text("utf-8")
    trust(tmp_path, tmp_path / "工作区")
    assert registry.read_text("utf-8") == once
    assert once.startswith(before)  # what LibreOffice needs to read its own settings, such as xmlns:xs, included
    last = once.rpartition("<item ")[2]
    assert [last.count((tmp_path / name).as_uri()) for name in ("别处", "工作区")] == [1, 1]
    (tmp_path / ".lock").touch()
    with pytest.raises(NotInstalled, match="LibreOffice 正开着"):
        trust(tmp_path, tmp_path)


def test_the_shim_is_ascii_and_without_what_libreoffice_cannot_compile() -> None:
    assert SHIM.isascii()
    code = [line for line in SHIM.splitlines() if not line.lstrip().startswith("'")]
    assert not any("#If" in line or "Declare " in line for line in code)
