"""The house (DESIGN §2): imports run downward, rooms are small, data is data, and every test can fail."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from xltools.engine.reasons import catalogue as reasons
from xltools.roster.problems import catalogue as problems
from xltools.scheme import load, shipped
from xltools.sheets import layout

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "xltools"
MODULES = sorted(p for p in PACKAGE.rglob("*.py") if "__pycache__" not in p.parts)
TESTS = sorted((ROOT / "tests").glob("*.py"))

FOUNDATION = "xltools/files.py"
"""Everybody may import it, it imports nothing of ours."""
BELOW = {
    "scheme": set(),
    "roster": {"scheme"},
    "engine": {"scheme"},
    "ledger": {"roster", "scheme"},
    "sheets": {"roster", "scheme"},
    "desk": {"ledger", "sheets", "engine", "roster", "scheme"},
    "cli": {"desk", "engine", "roster", "scheme"},
    "office": {"desk", "engine", "roster", "scheme"},
    "udfs": {"desk", "engine", "roster", "scheme"},
    "": {"cli"},
}
"""Room -> rooms that it may import; neighbours on a floor are never among them."""
ONLY = {"xltools/cli/workbooks.py": {"office"}}
"""The build of the macro workbooks is reached by its verb, and by nothing else (DESIGN §2)."""


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def room(path: Path) -> str:
    parts = path.relative_to(PACKAGE).parts
    return parts[0] if len(parts) > 1 else ""


def imported(tree: ast.AST, package: str) -> Iterator[tuple[int, str]]:
    """(line, module) of every import, those within functions and under TYPE_CHECKING included."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, a.name) for a in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package.split(".")[: -node.level + 1 or None]) + "." if node.level else ""
            module = f"{base}{node.module or ''}".strip(".")
            yield node.lineno, module
            yield from ((node.lineno, f"{module}.{a.name}") for a in node.names)


def rooms_of(path: Path, package: str) -> set[tuple[int, str]]:
    found = set()
    for line, module in imported(ast.parse(path.read_text("utf-8")), package):
        parts = module.split(".")
        if parts[0] == "xltools" and len(parts) > 1 and (PACKAGE / parts[1]).is_dir():
            found.add((line, parts[1]))
    return found


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_imports_run_downward_and_neighbours_never_import_each_other(path: Path) -> None:
    here = room(path)
    package = ".".join(("xltools", *path.relative_to(PACKAGE).parts[:-1]))
    wrong = {
        (line, there)
        for line, there in rooms_of(path, package)
        if there not in {here, *BELOW[here], *ONLY.get(name(path), ())}
    }
    assert wrong == set()


def test_the_foundation_stands_on_nothing_of_ours() -> None:
    tree = ast.parse((ROOT / FOUNDATION).read_text("utf-8"))
    assert [m for _, m in imported(tree, "xltools") if m.split(".")[0] == "xltools"] == []
    assert {name(p) for p in MODULES if not room(p)} == {FOUNDATION, "xltools/__init__.py", "xltools/__main__.py"}


def test_worksheet_functions_stand_on_the_same_floor_as_commands() -> None:
    for path in (ROOT / "udfs").rglob("*.py"):
        assert {there for _, there in rooms_of(path, "udfs")} <= BELOW["udfs"]


def test_every_room_is_on_the_plan() -> None:
    rooms = {p.name for p in PACKAGE.iterdir() if p.is_dir() and p.name != "__pycache__"}
    assert rooms <= BELOW.keys()
    assert {room(p) for p in MODULES} == rooms | {""}


def test_this_house_test_can_fail() -> None:
    text = "from xltools.sheets import read\nimport xltools.ledger.journal\ndef f():\n    from ..cli import main\n"
    found = {m for _, m in imported(ast.parse(text), "xltools.desk")}
    assert {"xltools.sheets.read", "xltools.ledger.journal", "xltools.cli.main"} <= found


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_no_module_is_a_hall(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) <= 300


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_no_module_imports_pandas_and_every_one_says_what_it_is_for(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"))
    foreign = {"pandas"} if room(path) == "office" else {"pandas", "xlwings"}
    assert [m for _, m in imported(tree, "xltools") if m.split(".")[0] in foreign] == []
    if path.name != "__init__.py" or tree.body:
        assert ast.get_docstring(tree)


def text_written(call: ast.Call) -> bool:
    """Whether the call opens a text file for writing."""
    function = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    if function == "write_text":
        return True
    given = [*call.args[:2], *(k.value for k in call.keywords if k.arg == "mode")]
    modes = [a.value for a in given if isinstance(a, ast.Constant) and isinstance(a.value, str)]
    return function in ("open", "fdopen") and any(re.fullmatch("[wax]t?\\+?|r\\+", m) for m in modes)


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_every_text_is_written_with_its_own_line_ends(path: Path) -> None:
    """Windows would otherwise end lines by two characters, and the same build have other bytes there."""
    calls = [n for n in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(n, ast.Call) and text_written(n)]
    assert [n.lineno for n in calls if "newline" not in {k.arg for k in n.keywords}] == []


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_no_module_makes_temporaries_in_a_folder_that_people_choose(path: Path) -> None:
    """`tempfile` tries a folder that refuses it on Windows 2^31 times; the system's own folder it has tried already."""
    wrong = []
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call):
            function = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if function in ("NamedTemporaryFile", "mkstemp", "mkdtemp", "TemporaryFile", "SpooledTemporaryFile"):
                wrong.append(node.lineno)
            if function == "TemporaryDirectory" and "dir" in {k.arg for k in node.keywords}:
                wrong.append(node.lineno)
    assert wrong == []


def test_workbooks_are_drawn_by_one_class() -> None:
    """The class whose files have the same bytes on every system."""
    makers = {
        name(p)
        for p in MODULES
        for n in ast.walk(ast.parse(p.read_text("utf-8")))
        if isinstance(n, ast.Call) and ast.unparse(n.func) in ("Workbook", "xlsxwriter.Workbook")
    }
    assert makers == set()


def test_only_the_marking_of_files_uses_openpyxl() -> None:
    """Reading in bulk and writing are others' work; openpyxl marks up copies of districts' files."""
    users = {
        name(p)
        for p in MODULES
        if any(m.split(".")[0] == "openpyxl" for _, m in imported(ast.parse(p.read_text("utf-8")), "xltools"))
    }
    assert {u.split("/")[1] for u in users} == {"sheets"}


# ── codes and data ──


def test_problems_and_reasons_share_no_code() -> None:
    assert problems().keys() & reasons().keys() == set()
    assert all(re.fullmatch("[A-Z][A-Z_]+[A-Z]", code) for code in (*problems(), *reasons()))


def test_every_code_is_used_by_somebody() -> None:
    """A code that no line of ours raises is a promise that nobody keeps."""
    text = "\n".join(p.read_text("utf-8") for p in MODULES)
    assert [c for c in (*problems(), *reasons()) if not re.search(rf'"{c}"', text)] == []


def test_every_code_that_a_line_names_is_in_a_catalogue() -> None:
    known = {*problems(), *reasons()}
    called = {"found", "FileProblem", "add", "Refused", "bit"}
    unknown = set()
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
                function = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                code = node.args[0].value
                if function in called and isinstance(code, str) and re.fullmatch("[A-Z]+(_[A-Z]+)*", code):
                    unknown |= {code} - known
    assert unknown == set()


def test_messages_are_chinese_and_say_what_to_do() -> None:
    for kind in problems().values():
        assert re.search("[一-鿿]{2}", kind.message), kind.code
        assert re.search("[一-鿿]{2}", kind.hint), kind.code
        assert kind.severity in ("refuse", "error", "warning")
    for reason in reasons().values():
        assert re.search("[一-鿿]{2}", reason.sentence), reason.code
        assert reason.clause, reason.code


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.toml")), ids=name)
def test_every_shipped_toml_parses(path: Path) -> None:
    assert tomllib.loads(path.read_text("utf-8"))


def test_every_shipped_scheme_and_layout_loads() -> None:
    assert "nantong-2019" in shipped()
    for scheme in map(load, shipped()):
        for insurer in scheme.insurers:
            assert layout.load(insurer.layout).own


# ── tests ──


@cache
def functions() -> dict[str, list[ast.FunctionDef]]:
    """Every function of the tests by name."""
    out: dict[str, list[ast.FunctionDef]] = {}
    for path in TESTS:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef):
                out.setdefault(node.name, []).append(node)
    return out


def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


def asserts(node: ast.FunctionDef, known: dict[str, list[ast.FunctionDef]], seen: frozenset[str]) -> bool:
    """Whether the function asserts something itself, or calls one of the tests' own that does."""
    for inner in ast.walk(node):
        if isinstance(inner, ast.Assert):
            return True
        if isinstance(inner, ast.Call):
            called = inner.func.attr if isinstance(inner.func, ast.Attribute) else getattr(inner.func, "id", "")
            if called == "raises":
                return True
            if called not in seen and any(asserts(f, known, seen | {called}) for f in known.get(called, [])):
                return True
    return False


@pytest.mark.parametrize("path", [p for p in TESTS if p.name.startswith("test_")], ids=name)
def test_no_test_without_an_assertion(path: Path) -> None:
    known = functions()
    own = [n for n in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(n, ast.FunctionDef)]
    tests = [n for n in own if n.name.startswith("test_")]
    assert tests
    assert [n.name for n in tests if not asserts(n, known, frozenset())] == []


@pytest.mark.parametrize("path", TESTS, ids=name)
def test_no_test_is_skipped_or_expected_to_fail(path: Path) -> None:
    found = re.findall(r"\b(?:mark\.(?:skip|xfail)|pytest\.(?:skip|xfail|importorskip))", path.read_text("utf-8"))
    assert found == [] or path.name == "test_house.py"


def test_what_tests_need_is_said_of_tests_and_fixtures_that_are_there() -> None:
    needs = tomllib.loads((ROOT / "tests" / "needs.toml").read_text("utf-8"))
    assert needs.keys() == {m.split(":")[0] for m in project()["tool"]["pytest"]["ini_options"]["markers"]}
    for files in needs.values():
        for file, names in files.items():
            tree = ast.parse((ROOT / "tests" / f"{file}.py").read_text("utf-8"))
            known = {n.name for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)} | functions().keys()
            known |= {a.arg for n in ast.walk(tree) if isinstance(n, ast.FunctionDef) for a in n.args.args}
            assert (file, set(names) - known - {"*", "postgresql"}) == (file, set())


# ── what must not stand in the tree ──

TEXTS = {".py", ".toml", ".md", ".sh", ".txt", ".cfg", ".yml", ".json", ""}
LEFT_OUT = {
    ".git",
    ".venv",
    "__pycache__",
    ".mypy_cache",
    ".ruff_cache",
    ".pytest_cache",
    ".hypothesis",
    "demo",
    "build",
    "dist",
}


def texts() -> list[Path]:
    found = []
    for path in ROOT.rglob("*"):
        parts = path.relative_to(ROOT).parts
        if path.is_file() and path.suffix in TEXTS and not (set(parts) & LEFT_OUT) and "egg-info" not in str(path):
            found.append(path)
    return sorted(found)


def test_no_path_of_a_machine_stands_in_the_tree() -> None:
    for path in texts():
        text = path.read_text("utf-8")
        inside = path.relative_to(ROOT).parts[0] == "tests"
        wrong = [] if inside else re.findall(r"/(?:tmp|home|root|Users)/\w*", text)
        assert (name(path), wrong) == (name(path), [])


def test_the_tree_was_looked_at() -> None:
    names = {name(p) for p in texts()}
    assert {"README.md", "Makefile", "pyproject.toml", "xltools/cli/main.py", "tests/test_house.py"} <= names
