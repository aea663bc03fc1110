"""A workbook whose macros are of an earlier version: named, with what to do; used on as it is."""

from __future__ import annotations

from pathlib import Path
from zipfile import ZipFile

import pytest
from entries import enrolled
from workspaces import Bureau, prepared

from xltools.desk.book import workbook as desk
from xltools.desk.book.macros import earlier
from xltools.desk.doctor.check import NOTE
from xltools.desk.doctor.workbook import workbook as checks
from xltools.office import vba
from xltools.sheets.platform.draw.workbook import draw

OF_0_2_0 = {
    "ThisWorkbook": "Option Explicit\n",
    "PlatformMacros": """Attribute VB_Name = "PlatformMacros"
' Generated from the list of buttons by xltools workbooks.
Option Explicit

Sub Btn_Collect()
    RunPython "from xltools.office import entry; entry.run('collect')"
End Sub
""",
    "xlwings": 'Attribute VB_Name = "xlwings"\n\'Version: 0.37.8\nPublic Function RunPython(PythonCommand As String)\nEnd Function\n',
}


@pytest.fixture
def office(tmp_path: Path) -> Bureau:
    """A bureau that still has the workbook of an earlier version: a macro a button."""
    bureau = prepared(tmp_path, enrolled)
    shown = desk.contents(bureau.workspace, now=bureau.now, today=bureau.today)
    drawn = tmp_path / "drawn.xlsx"
    draw(drawn, shown)
    draw(bureau.root / "平台工作簿.xlsm", shown, vba=vba.project(drawn, OF_0_2_0))
    return bureau


def test_book_updates_it_says_whose_its_buttons_are_and_leaves_the_macros(office: Bureau) -> None:
    path = office.root / "平台工作簿.xlsm"
    with ZipFile(path) as package:
        before = package.read("xl/vbaProject.bin")
    done = office.cli("book")
    said = "".join(done.out.split())
    assert done.code == 0
    assert "按钮还是以前版本的（每个按钮一个宏）：照样能用" in said
    assert "改名收好，再运行xltoolsbook" in said
    with ZipFile(path) as package:
        assert package.read("xl/vbaProject.bin") == before


def test_the_self_check_names_it_with_what_to_do(office: Bureau) -> None:
    (found,) = [c for c in checks(office.root) if c.name == "按钮"]
    assert (found.result, "以前版本的" in found.text, "改名收好" in found.todo) == (NOTE, True, True)


@pytest.mark.parametrize("variant", ["excel", "libreoffice"])
def test_todays_macros_are_not_named(office: Bureau, variant: str) -> None:
    path = office.root / "平台工作簿.xlsm"
    assert earlier(path)
    shown = desk.contents(office.workspace, now=office.now, today=office.today)
    draw(path, shown, vba=desk.macros(variant))
    assert not earlier(path)
    assert [c for c in checks(office.root) if c.name == "按钮"] == []
    assert "以前版本" not in office.cli("book").out


def test_what_cannot_be_read_is_of_no_version(tmp_path: Path) -> None:
    (tmp_path / "a.xlsm").write_bytes(b"PK\3\4")
    assert not earlier(tmp_path / "a.xlsm")
