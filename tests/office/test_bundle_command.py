"""The command line that a button builds: derived from the VBA in the delivered workbook, then really run.

The macros' own text is evaluated, not retold: the lines of `PlatformRun` and of xlwings' `ExecuteWindows` that build the command are
taken out of the module in the workbook and filled in. What cmd.exe and the C runtime then make of the line is done
by their rules (`^`, `&`, quotes; `\\"`), because there is no cmd.exe here.
"""

from __future__ import annotations

import json
import os
import pickle
import re
import shutil
import subprocess
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import memory_engine
import pytest
from bundles import NAME, laid_out, private_python
from converting import convert
from entries import BOOK, office
from ironcalc import create
from python_calamine import CalamineWorkbook
from vbatext import modules
from workspaces import Bureau, firms

from xltools.catalogue.buttons import Button
from xltools.desk.verb import buttons
from xltools.sheets.platform.draw.pages.hidden import SETTINGS

TESTS = Path(__file__).parents[1]
TEMPLATE = Path("workbooks", "platform_template.xlsm")
FOLDER = rf"D:\办公\{NAME}"

STUB = """
import atexit, json, os, pickle, sys
def caller(cls):
    import memory_engine
    told = dict(a.split("=", 1) for a in sys.argv[1:] if "=" in a)
    with open(os.environ["OPEN_BOOK"], "rb") as f:
        book = memory_engine.opened(pickle.load(f))
    assert book.name == told["--wb"] and told["--from_xl"] == "1", told
    def dump():
        import xltools
        file = book.impl.file
        title, row, column = file.names["状态栏"]
        said = {"status": file.page(title).cell(row, column).value, "xltools": xltools.__file__, "argv": sys.argv}
        with open(os.environ["OPEN_BOOK"] + ".json", "w") as f:
            json.dump(said, f)
    atexit.register(dump)
    return book
import xlwings
xlwings.Book.caller = classmethod(caller)
"""
"""Stands in for Excel: the workbook that called is one in memory."""


# ── the macros' text, evaluated ──


@cache
def lines() -> tuple[str, ...]:
    """xlwings' module of the delivered workbook, one logical line each."""
    text = modules(TEMPLATE)["xlwings"].replace("\r\n", "\n")
    return tuple(line.strip() for line in re.sub(r" _\n\s*", " ", text).split("\n"))


def body(name: str) -> list[str]:
    start = next(i for i, line in enumerate(lines()) if re.match(rf"(Public )?Function {name}\(", line))
    return list(lines()[start : lines().index("End Function", start)])


def the(function: str, pattern: str) -> str:
    """The right side of the one line of a function that looks so."""
    found = [m[1] for line in body(function) if (m := re.fullmatch(pattern, line))]
    assert len(found) == 1, (pattern, found)
    return str(found[0])


TOKEN = re.compile(r'\s*(?:"((?:[^"]|"")*)"|([A-Za-z_][\w.]*\$?)|(\d+)|([&(),\\]))')


def evaluate(text: str, names: Mapping[str, str]) -> str:
    """A VBA expression of texts: literals, `&`, names, Chr, Replace, Left$, GetConfig."""
    tokens, at = [], 0
    while at < len(text.rstrip()):
        match = TOKEN.match(text, at)
        assert match is not None, text[at:]
        tokens.append(match.groups())
        at = match.end()

    def term() -> str:
        literal, name, number, _ = tokens.pop(0)
        if literal is not None:
            return str(literal.replace('""', '"'))
        if number is not None:
            return str(number)
        if tokens and tokens[0][3] == "(":
            tokens.pop(0)
            given = [expression()]
            while tokens[0][3] == ",":
                tokens.pop(0)
                given.append(expression())
            assert tokens.pop(0)[3] == ")"
            return call(name, given)
        return names[name]

    def call(name: str, given: list[str]) -> str:
        if name == "Chr":
            return chr(int(given[0]))
        if name == "Replace":
            return given[0].replace(given[1], given[2])
        if name == "Left$":
            return given[0][: int(given[1])]
        assert name == "GetConfig", name
        return names[f"config {given[0]}"]

    def expression() -> str:
        out = term()
        while tokens and tokens[0][3] == "&":
            tokens.pop(0)
            out += term()
        return out

    out = expression()
    assert tokens == []
    return out


def command_line(verb: str, folder: str, python: str = "") -> str:
    """The line that WScript.Shell.Run gets for a button of that verb in the workbook in `folder`."""
    text = modules(TEMPLATE)["PlatformRun"].replace("\r\n", "\n")
    place, given = re.findall(
        r"^    (?:Python = ProgramFolder\(ThisWorkbook.Path\) & (.*)|RunFrozenPython Python, (.*))$", text, re.M
    )
    program = python or folder + evaluate(place[0], {})
    config = dict(SETTINGS)
    names = {f"config {key}": value for key, value in config.items()}
    names |= {
        "ThisWorkbook.FullName": f"{folder}\\{BOOK}", "ThisWorkbook.Name": BOOK, "PythonCommand": program,
        "Application.Path": r"C:\Program Files\Microsoft Office\root\Office16", "Application.Name": "Microsoft Excel",
        "Application.Hwnd": "123456", "CondaCmd": "", "DriveCommand": "", "FrozenArgs": evaluate(given[1], {"Verb": verb}),
        "LOG_FILE": r"C:\Users\x\AppData\Local\Temp\xlwings-1.log",
        "PythonDir": "",
    }  # fmt: skip
    assert "ExecuteWindows True, Executable, ParentFolder(Executable), , Args" in body("RunFrozenPython")
    run, names["PYTHON_WIN"] = "ExecuteWindows", re.sub(r"[\\/][^\\/]*$", "", program)
    if re.match("[A-Za-z]:", names["PYTHON_WIN"]):
        names["DriveCommand"] = evaluate(the(run, r"DriveCommand = (Left\$.*)"), names)
    names["RunCommand"] = evaluate(the(run, r"RunCommand = (Chr\(34\) & PythonCommand .*)"), names)
    return evaluate(the(run, r"ExitCode = WScript\.Run\((.*), WindowStyle, WaitOnReturn\)"), names)


# ── cmd.exe and the C runtime, by their rules ──


def cmd(line: str) -> list[str]:
    """The commands of `cmd.exe /C line`: split at `&` outside quotes, `^` resolved there; redirection left out."""
    rest, out, quoted = line.removeprefix("cmd.exe /C "), [""], False
    assert rest != line
    i = 0
    while i < len(rest):
        c = rest[i]
        if c == "^" and not quoted:
            i += 1
            out[-1] += rest[i]
        elif c == "&" and not quoted:
            out.append("")
        else:
            quoted ^= c == '"'
            out[-1] += c
        i += 1
    out[-1], there, _ = out[-1].partition(" 2> ")
    assert there
    return [command.strip() for command in out]


def arguments(command: str) -> list[str]:
    r"""argv as Microsoft's C runtime parses it: `\"` is a quote, backslashes count only before one."""
    out, quoted, begun, i = [""], False, False, 0
    while i < len(command):
        slashes = len(command[i:]) - len(command[i:].lstrip("\\"))
        i += slashes
        c = command[i] if i < len(command) else ""
        if c == '"':
            out[-1] += "\\" * (slashes // 2)
            if slashes % 2:
                out[-1] += '"'
            else:
                quoted = not quoted
            begun = True
        else:
            out[-1] += "\\" * slashes
            begun |= bool(slashes)
            if c == " " and not quoted:
                if begun:
                    out.append("")
                    begun = False
            else:
                out[-1] += c
                begun |= bool(c)
        i += 1
    return out if begun else out[:-1]


# ── tests ──


@pytest.mark.parametrize("button", buttons(), ids=lambda b: b.caption)
def test_the_exact_line_that_a_button_runs(button: Button) -> None:
    assert command_line(button.verb, FOLDER) == (
        rf'cmd.exe /C D: & cd "" & "{FOLDER}\python\python.exe" -I -B -m xltools.office {button.verb} '
        rf' --wb="{BOOK}" --from_xl=1 --app="C:\Program Files\Microsoft Office\root\Office16\Microsoft Excel" '
        rf'--hwnd="123456" 2> "C:\Users\x\AppData\Local\Temp\xlwings-1.log" '
    )


@pytest.mark.parametrize("name", ["部署 目录 & 测试", "a (b)", "好!", "it's", "a & b & c"])
def test_what_cmd_makes_of_it_is_three_commands_whatever_the_folder_is_called(name: str) -> None:
    folder = rf"D:\{name}"
    drive, there, call = cmd(command_line("collect", folder))
    assert (drive, there) == ("D:", 'cd ""')
    python, *given = arguments(call)
    assert python == rf"{folder}\python\python.exe"
    assert given[:7] == ["-I", "-B", "-m", "xltools.office", "collect", f"--wb={BOOK}", "--from_xl=1"]


def test_the_line_is_far_below_what_cmd_takes() -> None:
    longest = "D:\\" + "很长的文件夹" * 40
    assert len(longest) < 260
    assert len(command_line("a" * 40, longest)) < 8191


@pytest.fixture
def deployed(tmp_path: Path) -> Path:
    """A folder of that name with a workspace of three firms in it, the workbook open."""
    bundle = laid_out(tmp_path)
    packages = private_python(bundle / ".venv")
    made = office(tmp_path / "office")
    shutil.copytree(made.bureau.root, bundle, dirs_exist_ok=True)
    (tmp_path / "open.pickle").write_bytes(pickle.dumps(memory_engine.copied(made.file, bundle / BOOK)))
    (packages / "excel_that_calls.py").write_text(STUB, "utf-8")
    (packages / "zz_excel_that_calls.pth").write_text(f"{TESTS / 'helpers'}\nimport excel_that_calls\n", "utf-8")
    return bundle


def pressed(bundle: Path, verb: str) -> tuple[subprocess.CompletedProcess[str], dict[str, object]]:
    """The button's line, run with this computer's Python in place of python.exe."""
    line = command_line(verb, str(bundle), python=f"{bundle}/.venv/bin/python")
    *_, call = cmd(line)
    path = bundle.parent / "open.pickle"
    environment = {**os.environ, "OPEN_BOOK": str(path)}
    done = subprocess.run(
        arguments(call),
        cwd=bundle / "python",
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    return done, json.loads(Path(f"{path}.json").read_text("utf-8"))


def test_the_line_runs_from_that_folder_and_its_work_is_done(deployed: Path) -> None:
    Bureau(deployed).drop(firms(4, 5), "补报.xlsx", round=2)
    done, told = pressed(deployed, "collect")
    assert (done.returncode, done.stderr) == (0, "")
    assert Path(str(told["xltools"])) == deployed / "xltools" / "__init__.py"
    assert "收件：完成。收件 1 个文件：合格 2 行，必须改 0 处" in str(told["status"])
    assert len(Bureau(deployed).tables()["claims"]) == 5


def test_a_failure_is_a_sentence_in_the_workbook_and_no_error_of_the_process(deployed: Path) -> None:
    (deployed / "台账.db").write_bytes(b"torn")
    done, told = pressed(deployed, "assess")
    assert (done.returncode, done.stderr) == (0, "")
    assert "✘" in str(told["status"])
    assert "没办成" in str(told["status"])
    assert "Traceback" not in str(told["status"])


# ── the configuration sheet ──


def conf() -> dict[str, str]:
    return dict(SETTINGS)


def test_every_setting_that_the_macros_ask_for_stands_on_the_sheet() -> None:
    asked = {m for line in lines() for m in re.findall(r'GetConfig\("([^"]+)"', line)}
    assert asked - conf().keys() == set()
    assert conf()["LICENSE_KEY"] == ""
    assert not any(sheet.endswith(".py") for sheet in conf())


PLACES = [
    ("a drive", r"D:\统保平台", r"D:\统保平台\python\python.exe"),
    ("that folder", FOLDER, rf"{FOLDER}\python\python.exe"),
    ("a network drive", r"\\server\share\统保", r"\\server\share\统保\python\python.exe"),
    ("the folder of workbooks", r"D:\统保平台\工作簿", r"D:\统保平台\python\python.exe"),
    ("a folder that is called nearly so", r"D:\我的工作簿", r"D:\我的工作簿\python\python.exe"),
    ("the root of a drive", "D:", r"D:\python\python.exe"),
]


@pytest.mark.parametrize(("folder", "wanted"), [p[1:] for p in PLACES], ids=[p[0] for p in PLACES])
def test_the_interpreter_follows_the_folder(folder: str, wanted: str) -> None:
    """The formula of the sheet with what Excel gives for CELL("filename"), calculated by IronCalc."""
    said = f'"{folder}\\[{BOOK}]xlwings.conf"'
    model = create("conf", "en", "UTC", "en")
    model.set_user_input(0, 1, 1, dict(SETTINGS)["INTERPRETER_WIN"].replace('CELL("filename",A1)', said))
    model.evaluate()
    assert model.get_cell_value(0, 1, 1) == wanted


def test_where_there_is_no_such_folder_the_interpreter_is_a_word_and_never_an_error(tmp_path: Path) -> None:
    """LibreOffice gives another text for CELL("filename"); the delivered workbook, recalculated there."""
    copy = tmp_path / f"{NAME}.xlsm"
    shutil.copyfile(TESTS.parent / TEMPLATE, copy)
    out = CalamineWorkbook.from_path(convert(copy, tmp_path, "xlsx"))
    rows = {str(r[0]): r[1] for r in out.get_sheet_by_name("xlwings.conf").to_python()}
    assert rows["INTERPRETER_WIN"] == rows["INTERPRETER"] == rows["PYTHONPATH"] == "none"
    assert rows["UDF MODULES"] == "udfs"
    assert list(rows) == [key for key, _ in SETTINGS]
