"""The VBA projects and the committed workbooks: built from text, the same on every build, wired to Python."""

from __future__ import annotations

import inspect
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from functools import cache
from importlib import resources
from pathlib import Path

import pytest
import schemacheck
from openxml_audit import FileFormat
from vbatext import ROOT, body, modules

from xltools.catalogue.phases import remarks
from xltools.desk.verb import buttons
from xltools.office import build, vba, vba_functions
from xltools.office.wrappers import Wrappers, wrappers

EXCEL, LIBREOFFICE = (pair[1] for pair in build.PROJECTS.values())
BOOKS = {"excel": EXCEL, "libreoffice": LIBREOFFICE}
OURS = {"ThisWorkbook", "PlatformMacros", "PlatformRun", "xlwings", "xlwings_udfs"}


@cache
def fresh() -> Wrappers:
    return wrappers()


def member(book: Path, name: str) -> str:
    with zipfile.ZipFile(ROOT / book) as package:
        return package.read(name).decode()


# ── the same on every build ──


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("built")
    build.make(folder)
    return folder


@pytest.mark.parametrize("path", build.FILES, ids=lambda p: p.as_posix())
def test_what_is_committed_is_what_a_build_makes(path: Path, built: Path) -> None:
    """Members' order and uncompressed bytes; the VBA projects to the byte."""
    assert build.difference(built / path, ROOT / path) == ""


def test_a_project_is_the_same_on_every_build(built: Path) -> None:
    drawn = ROOT / build.BUDGET
    modules = {"ThisWorkbook": "Option Explicit\n", "M": "Sub A()\nEnd Sub\n"}
    assert vba.project(drawn, modules) == vba.project(drawn, modules)


def test_the_first_difference_is_named(tmp_path: Path) -> None:
    books = {name: tmp_path / f"{name}.xlsx" for name in ("a", "other", "order", "longer")}
    contents = {"a": "x y", "other": "x z", "order": "y x", "longer": "x y z"}
    for name, members in contents.items():
        with zipfile.ZipFile(books[name], "w") as package:
            for m in members.split():
                package.writestr(m, m)
    with zipfile.ZipFile(tmp_path / "same.xlsx", "w", zipfile.ZIP_DEFLATED) as package:
        for m in "xy":
            package.writestr(m, m)
    assert build.difference(books["a"], tmp_path / "same.xlsx") == ""
    assert build.difference(books["a"], books["other"]) == "成员次序不同，应为 y，现为 z"
    assert build.difference(books["a"], books["order"]) == "成员次序不同，应为 x，现为 y"
    assert build.difference(books["a"], books["longer"]) == "应有 2 个成员，现有 3 个"
    assert build.difference(books["a"], tmp_path / "none.xlsx") == "还没有这个文件"
    with zipfile.ZipFile(tmp_path / "changed.xlsx", "w") as package:
        package.writestr("x", "x")
        package.writestr("y", "changed")
    assert build.difference(books["a"], tmp_path / "changed.xlsx") == "成员 y 的内容不同"


def test_check_says_what_is_not_as_built_and_build_mends_it(
    built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from xltools.cli.main import main

    root = tmp_path / "tree"
    shutil.copytree(built, root)
    (root / "udfs").mkdir()
    (root / "pyproject.toml").touch()
    (root / build.PROJECTS["excel"][0]).write_bytes(b"something else")
    monkeypatch.setattr(build, "ROOT", root)
    monkeypatch.setattr(build, "make", lambda folder: shutil.copytree(built, folder, dirs_exist_ok=True))

    def run(*arguments: str) -> tuple[object, str]:
        monkeypatch.setattr(sys, "argv", ["xltools", "workbooks", *arguments])
        with pytest.raises(SystemExit) as left:
            main()
        return left.value.code, capsys.readouterr().out

    assert run("--check") == (1, "✘ xltools/sheets/platform/vbaProject.bin：内容不同\n")
    assert run() == (0, "已更新 xltools/sheets/platform/vbaProject.bin：内容不同\n")
    assert run("--check") == (0, "✔ 与源文本一致\n")
    assert run() == (0, "没有变化\n")
    shutil.rmtree(root / "udfs")
    assert run()[0] == 2


# ── the modules ──


@pytest.mark.parametrize("book", BOOKS.values(), ids=BOOKS)
def test_exactly_our_modules_are_there_and_one_for_each_sheet(book: Path) -> None:
    """Excel wants a document module for the workbook and every sheet, under the code names in the sheets."""
    sheets = re.findall(r'<sheet name="[^"]+"', member(book, "xl/workbook.xml"))
    names = [
        re.search(r'<sheetPr codeName="([^"]+)"', member(book, f"xl/worksheets/sheet{i}.xml"))[1]  # type: ignore[index]
        for i in range(1, len(sheets) + 1)
    ]
    assert modules(book).keys() == (OURS if book == EXCEL else OURS - {"PlatformRun"}) | set(names)
    assert len(set(names)) == len(sheets) == len(remarks()) + 4
    assert 'codeName="ThisWorkbook"' in member(book, "xl/workbook.xml")
    assert {n: body(modules(book)[n]) for n in names} == {n: [] for n in names}


@pytest.mark.parametrize("book", BOOKS.values(), ids=BOOKS)
def test_all_macros_are_ascii(book: Path) -> None:
    assert [n for n, code in modules(book).items() if not (n + code).isascii()] == []


@pytest.mark.parametrize("book", BOOKS.values(), ids=BOOKS)
def test_an_analysis_finds_no_error(book: Path) -> None:
    command = [Path(sys.executable).parent / "pyvbaanalysis", "--fail-level", "error", ROOT / book]
    done = subprocess.run(command, capture_output=True, encoding="utf-8")
    assert (done.returncode, [line for line in done.stdout.splitlines() if " error " in line]) == (0, [])
    assert "xlwings_udfs" in done.stdout


@pytest.mark.parametrize("book", [EXCEL, LIBREOFFICE, build.BUDGET], ids=lambda p: p.as_posix())
def test_the_schema_check_finds_nothing(book: Path) -> None:
    assert schemacheck.errors(ROOT / book, FileFormat.MICROSOFT_365) == []


def test_characters_that_vba_would_lose_are_refused() -> None:
    with pytest.raises(vba.NotAscii, match="module M: '测' is not ASCII"):
        vba.project(ROOT / build.BUDGET, {"M": 'Sub A()\n    MsgBox "测算"\nEnd Sub\n'})


# ── buttons ──


@pytest.mark.parametrize("book", BOOKS.values(), ids=BOOKS)
def test_all_buttons_call_the_one_macro_and_no_verb_stands_in_any(book: Path) -> None:
    pressed = re.findall(r"<x:FmlaMacro>\[0\]!(\w+)</x:FmlaMacro>", member(book, "xl/drawings/vmlDrawing1.vml"))
    written = re.findall(r"^Sub (\w+)\(\)", modules(book)["PlatformMacros"], re.MULTILINE)
    assert (set(pressed), written) == ({"Press"}, ["Press"])
    own = "".join(
        modules(book)[name] for name in OURS - {"xlwings_udfs"} if name in modules(book) and name != "xlwings"
    )
    assert [b.verb for b in buttons() if f'"{b.verb}"' in own] == []


def test_the_macro_is_the_same_for_both_programs_and_knows_how_to_run_a_verb_in_each() -> None:
    assert body(modules(EXCEL)["PlatformMacros"]) == body(modules(LIBREOFFICE)["PlatformMacros"])
    runs = {EXCEL: "PlatformRun", LIBREOFFICE: "xlwings"}
    assert [re.findall(r"^Public Sub (\w+)", modules(b)[m], re.MULTILINE) for b, m in runs.items()] == [["RunVerb"]] * 2


# ── xlwings ──


def test_the_module_xlwings_is_the_installed_one_to_the_letter() -> None:
    import xlwings

    text = modules(EXCEL)["xlwings"]
    assert body(text) == body((resources.files("xlwings") / "xlwings.bas").read_text("utf-8"))
    assert f'XLWINGS_VERSION As String = "{xlwings.__version__}"' in text
    assert "Redistributions of source code must retain the above copyright notice" in text


def test_libreoffice_gets_nothing_that_it_does_not_compile() -> None:
    for name, code in modules(LIBREOFFICE).items():
        assert [line for line in body(code) if re.match(r"\s*(#|(Private |Public )?Declare)", line)] == [], name
    assert body(modules(LIBREOFFICE)["ThisWorkbook"]) == []
    shim = modules(LIBREOFFICE)["xlwings"]
    assert re.findall(r"^Public Function (\w+)", shim, re.MULTILINE) == ["CallPyUdf"]


# ── worksheet functions ──


def exported() -> dict[str, list[str]]:
    """Every worksheet function in `udfs` and its arguments, optional ones in brackets."""
    import udfs

    return {
        name: [
            p.name if p.default is p.empty else f"[{p.name}]" for p in inspect.signature(function).parameters.values()
        ]
        for name, function in vars(udfs).items()
        if name.startswith("XT_")
    }


@pytest.mark.parametrize("book", BOOKS.values(), ids=BOOKS)
def test_the_wrappers_are_those_of_the_functions(book: Path) -> None:
    found = {}
    for name, arguments in re.findall(r"^Function (\w+)\(([^)]*)\)", modules(book)["xlwings_udfs"], re.MULTILINE):
        found[name] = [re.sub(r"^Optional (\w+)$", r"[\1]", a) for a in arguments.split(", ")]
    assert found == exported()
    assert len(found) == 13


def test_the_wrappers_are_what_xlwings_generates_now() -> None:
    assert body(modules(EXCEL)["xlwings_udfs"]) == body(fresh().excel)
    assert body(modules(LIBREOFFICE)["xlwings_udfs"]) == body(fresh().libreoffice)


def test_every_function_and_argument_is_described_in_chinese_and_excel_shows_all_of_it() -> None:
    for f in fresh().functions:
        for text in (f.about, *(a.about for a in f.arguments)):
            assert re.search("[一-鿿]{2}", text), f.name
            assert len(text) < 255, f.name


def test_the_descriptions_are_data_for_the_hidden_sheet() -> None:
    told = tomllib.loads((ROOT / vba_functions.PATH).read_text("utf-8"))
    assert {f["name"]: len(f["arguments"]) for f in told["function"]} == {n: len(a) for n, a in exported().items()}
    assert told["category"] == "统保平台"
    assert "网盘" in told["online"]


# ── opening the workbook, run by another interpreter of VBA than Excel's ──

RECORDER = """Sub Told(a, b, c, d)
    Dim n As Long
    n = Worksheets("told").Range("A1").Value + 1
    Worksheets("told").Range("A1").Value = n
    Worksheets("told").Cells(n + 1, 1).Value = "macro " & a
    Worksheets("told").Cells(n + 1, 2).Value = b
    Worksheets("told").Cells(n + 1, 3).Value = c
    Worksheets("told").Cells(n + 1, 4).Value = d
End Sub
"""
OPTIONS = r"Application\.MacroOptions macro:=macro, Description:=(.*?), category:=category"


def opened(folder: Path, texts: list[list[str]], full_name: str) -> tuple[list[list[object]], list[str]]:
    """What Application.MacroOptions would be told on opening, and the messages shown.

    The interpreter knows no MacroOptions; a sub that writes its arguments down stands in for it.
    """
    import xlsxwriter
    from pyopenvba.apps.excel import ExcelApplication

    source = (build.ROOT / "xltools/office/modules/excel/ThisWorkbook.bas").read_text("utf-8")
    source = re.sub(
        OPTIONS + r", _\n\s+ArgumentDescriptions:=about", r'Told macro, \1, category, Join(about, "|")', source
    )
    source = re.sub(OPTIONS, r'Told macro, \1, category, ""', source).replace("Me.FullName", f'"{full_name}"')
    drawn, path = folder / "drawn.xlsx", folder / "a'b.xlsm"
    for target in (drawn, path):
        book = xlsxwriter.Workbook(target)
        book.add_worksheet("told").write(0, 0, 0)
        if texts:
            sheet = book.add_worksheet("xlwings.conf")
            for row, words in enumerate(texts):
                sheet.write_row(row, 3, words)
        if target == path:
            (folder / "project.bin").write_bytes(vba.project(drawn, {"ThisWorkbook": source, "Recorder": RECORDER}))
            book.add_vba_project(folder / "project.bin")
        book.close()
    excel = ExcelApplication.open(path)
    excel.answer_dialogs(1)
    excel.run("ThisWorkbook.Workbook_Open")
    rows = excel.sheet("told").rows
    return (rows if isinstance(rows, list) else rows())[1:], [text for _, text, _, _ in excel.dialogs]


TEXTS = [["category", "统保平台"], ["online", "请复制到本机"], ["XT_A", "说明一", "甲", "乙"], ["XT_B", "说明二"]]


def test_opening_describes_the_functions_and_says_nothing_from_a_folder(tmp_path: Path) -> None:
    told, said = opened(tmp_path, TEXTS, r"C:\统保平台\平台工作簿.xlsm".encode("ascii", "ignore").decode())
    assert told == [
        ["macro 'a''b.xlsm'!XT_A", "说明一", "统保平台", "甲|乙"],
        ["macro 'a''b.xlsm'!XT_B", "说明二", "统保平台", None],
    ]
    assert said == []


def test_opening_from_the_network_warns(tmp_path: Path) -> None:
    assert opened(tmp_path, TEXTS, "https://d.docs.live.net/x/book.xlsm")[1] == ["请复制到本机"]


def test_opening_is_harmless_where_the_texts_are_gone(tmp_path: Path) -> None:
    assert opened(tmp_path, [], "https://d.docs.live.net/x/book.xlsm") == ([], [])
