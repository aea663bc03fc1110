"""What a button starts, and what it can never load: the macros run by another interpreter of VBA than Excel's, the command
that they make run by a real Python among planted modules."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from bundles import private_python
from vbatext import ROOT

from xltools.office import build, vba
from xltools.office.bundle import install

PLANTED = ("json", "sitecustomize", "usercustomize", "xltools", "polars", "xlwings", "re", "matplotlib")
"""Modules that somebody might leave in the office's folder: of Python's own library, of ours, and some that xlwings asks for."""
MODULES = ROOT / "xltools" / "office" / "modules"
RECORDER = """
Sub RunFrozenPython(Executable, Optional Args)
    Worksheets("told").Range("A1").Value = Executable
    Worksheets("told").Range("A2").Value = Args
End Sub

Function FileExists(FileSpec)
    FileExists = InStr(FileSpec, "gone") = 0
End Function
"""


def started(folder: Path, button: str, verbs: list[object], place: str) -> tuple[list[object], list[str]]:
    """The program and its arguments that a press starts in a workbook that lies in `place`, and the messages shown."""
    import xlsxwriter
    from pyopenvba.apps.excel import ExcelApplication

    macros = (MODULES / "PlatformMacros.bas").read_text("utf-8").replace("Application.Caller", f'"{button}"')
    run = (MODULES / "excel" / "PlatformRun.bas").read_text("utf-8").replace("ThisWorkbook.Path", place)
    run = run.replace("ThisWorkbook.FullName", f'{place} & "\\a.xlsm"').replace("ThisWorkbook.Named(", "CStr(")
    macros = macros.replace('ThisWorkbook.Names("xt_verbs").RefersToRange', 'Worksheets("verbs").Range("A1:A8")')
    drawn, path = folder / "drawn.xlsx", folder / "book.xlsm"
    for target in (drawn, path):
        book = xlsxwriter.Workbook(target)
        book.add_worksheet("told")
        book.add_worksheet("verbs").write_column(0, 0, verbs)
        if target == path:
            sources = {"PlatformMacros": macros, "PlatformRun": run, "Recorder": RECORDER}
            (folder / "project.bin").write_bytes(vba.project(drawn, sources))
            book.add_vba_project(folder / "project.bin")
        book.close()
    excel = ExcelApplication.open(path)
    excel.answer_dialogs(1)
    excel.run("PlatformMacros.Press")
    rows = excel.sheet("told").rows
    cells = [row[0] for row in (rows if isinstance(rows, list) else rows()) if row and row[0] is not None]
    return cells, [text for _, text, _, _ in excel.dialogs]


HOME = r'"C:\office"'
BOOKS = r'"C:\office\" & ChrW(&H5DE5) & ChrW(&H4F5C) & ChrW(&H7C3F)'
PRESSES = {
    "a button of the folder's own workbook": ("xt_2", HOME, "customs"),
    "a button of a workbook in the folder of workbooks": ("xt_1", BOOKS, "collect"),
    "a place without a button in this phase": ("xt_3", HOME, None),
    "something else than a verb": ("xt_4", HOME, None),
    "a verb with a capital": ("xt_5", HOME, None),
    "a text that is too long": ("xt_6", HOME, None),
    "a number": ("xt_7", HOME, None),
    "a control that is none of ours": ("Button 1", HOME, None),
    "a control with a strange number": ("xt_x", HOME, None),
}
VERBS: list[object] = ["collect", "customs", "", "sync & calc", "Sync", "x" * 41, 7, "doctor"]


@pytest.mark.parametrize(("button", "place", "verb"), PRESSES.values(), ids=PRESSES)
def test_a_press_starts_the_python_of_the_folder_with_a_checked_verb_and_nothing_else(
    tmp_path: Path, button: str, place: str, verb: str | None
) -> None:
    wanted = [r"C:\office\python\python.exe", f"-I -B -m xltools.office {verb}"] if verb else []
    assert started(tmp_path, button, VERBS, place) == (wanted, [])


def test_where_the_folder_has_no_python_nothing_is_started_and_the_place_is_said(tmp_path: Path) -> None:
    cells, said = started(tmp_path, "xt_1", VERBS, r'"C:\gone"')
    assert cells == []
    assert [s.splitlines()[-1] for s in said] == [r"C:\gone\python\python.exe"]


def test_a_workbook_on_the_net_starts_nothing(tmp_path: Path) -> None:
    cells, said = started(tmp_path, "xt_1", VERBS, '"https://d.docs.live.net/x"')
    assert (cells, len(said)) == ([], 1)


@pytest.fixture
def office(tmp_path: Path) -> Path:
    """An installed folder: our programs, a Python with the packages, and planted modules that leave a mark when loaded."""
    root = tmp_path / "office"
    root.mkdir()
    for name in install.ROOT.iterdir():
        if name.name in ("xltools", "udfs"):
            (root / name.name).symlink_to(name)
    private_python(root / "python")
    for name in PLANTED:
        (root / f"{name}.py").write_text(f"open({str(tmp_path / 'loaded')!r}, 'a').write('{name} ')\n", "utf-8")
    return root


def test_of_planted_modules_none_is_loaded_and_ours_is(office: Path, tmp_path: Path) -> None:
    (_, arguments), _ = started(tmp_path, "xt_1", VERBS, HOME)
    assert isinstance(arguments, str)
    environment = {
        **os.environ, "PYTHONPATH": str(office), "PYTHONUSERBASE": str(office), "PYTHONSTARTUP": str(office / "json.py"),
    }  # fmt: skip
    python = str(office / "python" / "bin" / "python")
    command = [python, *shlex.split(arguments), "--wb=book.xlsm"]
    done = subprocess.run(command, cwd=office, env=environment, capture_output=True, encoding="utf-8", check=False)
    assert "找不到平台工作簿" in done.stderr  # here is no Excel that called; the work itself was reached
    assert not (tmp_path / "loaded").exists(), (tmp_path / "loaded").read_text("utf-8")
    where = "import xltools, udfs, sys; print(xltools.__file__, udfs.__file__, sys.path)"
    done = subprocess.run([python, "-I", "-c", where], cwd=office, capture_output=True, encoding="utf-8", check=True)
    assert done.stdout.startswith(f"{office}/xltools/__init__.py {office}/udfs/__init__.py")
    assert repr(str(office)) not in done.stdout


def test_without_isolation_the_planted_ones_would_be_loaded(office: Path, tmp_path: Path) -> None:
    """That the test above can fail."""
    python = str(office / "python" / "bin" / "python")
    subprocess.run([python, "-c", "import json, polars"], cwd=office, capture_output=True, check=True)
    assert (tmp_path / "loaded").read_text("utf-8").split()[:1] == ["json"]


@pytest.mark.parametrize("verb", ["", "Collect", "collect;x", "收件", "a" * 41])
def test_what_is_no_verb_is_refused_before_anything_is_loaded(verb: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "xltools.office", verb],
        cwd=build.ROOT,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("用法：")
