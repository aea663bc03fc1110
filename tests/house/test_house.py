"""The house (DESIGN §2): imports run downward, rooms are small, data is data, and every test can fail."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from xltools.catalogue.problems import problems_by_code
from xltools.catalogue.reasons import reasons_by_code
from xltools.scheme import load, shipped
from xltools.sheets.insurer import layout

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "xltools"
MODULES = sorted(p for p in PACKAGE.rglob("*.py") if "__pycache__" not in p.parts)
TESTS = sorted((ROOT / "tests").rglob("*.py"))

BELOW = {
    "scheme": set(),
    "catalogue": {"scheme"},
    "roster": {"catalogue", "scheme"},
    "engine": {"catalogue", "scheme"},
    "ledger": {"roster", "catalogue", "scheme"},
    "sheets": {"roster", "catalogue", "scheme"},
    "desk": {"ledger", "sheets", "engine", "roster", "catalogue", "scheme"},
    "cli": {"desk", "engine", "roster", "catalogue", "scheme"},
    "office": {"desk", "engine", "roster", "catalogue", "scheme"},
    "udfs": {"desk", "engine", "roster", "catalogue", "scheme"},
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


def test_worksheet_functions_stand_on_the_same_floor_as_commands() -> None:
    for path in (ROOT / "udfs").rglob("*.py"):
        assert {there for _, there in rooms_of(path, "udfs")} <= BELOW["udfs"]


def test_every_room_is_on_the_plan() -> None:
    rooms = {p.name for p in PACKAGE.iterdir() if p.is_dir() and p.name != "__pycache__"}
    assert rooms <= BELOW.keys()
    assert {room(p) for p in MODULES} == rooms | {""}


def test_this_house_test_can_fail() -> None:
    text = (
        "from xltools.sheets.intake import read\nimport xltools.ledger.journal\ndef f():\n    from ..cli import main\n"
    )
    found = {m for _, m in imported(ast.parse(text), "xltools.desk")}
    assert {"xltools.sheets.intake.read", "xltools.ledger.journal", "xltools.cli.main"} <= found


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_no_module_is_a_hall(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) <= 500


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_no_module_imports_pandas_and_every_one_says_what_it_is_for(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"))
    foreign = {"pandas"} if room(path) == "office" else {"pandas", "xlwings"}
    assert [m for _, m in imported(tree, "xltools") if m.split(".")[0] in foreign] == []
    if path.name != "__init__.py" or tree.body:
        assert ast.get_docstring(tree)


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
    assert problems_by_code().keys() & reasons_by_code().keys() == set()
    assert all(re.fullmatch("[A-Z][A-Z_]+[A-Z]", code) for code in (*problems_by_code(), *reasons_by_code()))


def test_every_code_is_used_by_somebody() -> None:
    """A code that no line of ours raises is a promise that nobody keeps."""
    text = "\n".join(p.read_text("utf-8") for p in MODULES)
    assert [c for c in (*problems_by_code(), *reasons_by_code()) if not re.search(rf'"{c}"', text)] == []


def test_every_code_that_a_line_names_is_in_a_catalogue() -> None:
    known = {*problems_by_code(), *reasons_by_code()}
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
    for kind in problems_by_code().values():
        assert re.search("[一-鿿]{2}", kind.message), kind.code
        assert re.search("[一-鿿]{2}", kind.hint), kind.code
        assert kind.severity in ("refuse", "error", "warning")
    for reason in reasons_by_code().values():
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
    assert {"README.md", "Makefile", "pyproject.toml", "xltools/cli/main.py", "tests/house/test_house.py"} <= names
