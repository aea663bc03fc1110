"""The house (DESIGN §2): imports run downward, rooms are small, data is data, and every test can fail."""

from __future__ import annotations

import ast
import graphlib
import importlib.metadata
import re
import sys
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest

from xltools.catalogue.problems import problems_by_code
from xltools.catalogue.reasons import reasons_by_code
from xltools.desk.verb import buttons
from xltools.scheme import load, shipped
from xltools.sheets.insurer import layout

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "xltools"


def sources(*folders: str) -> list[Path]:
    return sorted(p for f in folders for p in (ROOT / f).rglob("*.py") if "__pycache__" not in p.parts)


MODULES, TESTS = sources("xltools"), sources("tests")

FOUNDATION = "xltools/files.py"
"""Everybody may import it, it imports nothing of ours."""
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
"""Floor -> floors that it may import; neighbours are never among them."""
ONLY = {"xltools/cli/workbooks.py": {"office"}}
"""The build of the macro workbooks is reached by its verb, and by nothing else (DESIGN §2)."""

ROOMS = {
    "sheets": [
        {""}, {"ooxml"}, {"write"}, {"intake"}, {"district"}, {"returned", "insurer", "platform", "budget", "letters", "whatif", "reports"},
        {"platform.draw"}, {"platform.splice"},
    ],
    "desk": [
        {""}, {"rules"}, {"enrol"}, {"bureau"}, {"batch"}, {"reach"}, {"year"}, {"whatif"}, {"budget"}, {"book.contents"}, {"book.pull"}, {"book"},
        {"doctor"}, {"demo"}, {"verbs"}, {"press"},
    ],
}  # fmt: skip
"""Floor -> its rooms from below: each may import those of earlier sets. "" are the modules that lie in no room."""


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def floor(path: Path) -> str:
    parts = path.relative_to(PACKAGE).parts
    return parts[0] if len(parts) > 1 else ""


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


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


def package_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).parts[:-1])


@cache
def imports(path: Path) -> list[tuple[int, str]]:
    return [*imported(tree(path), package_of(path))]


def tops(path: Path) -> set[str]:
    """The first names of all that a module imports."""
    return {module.split(".")[0] for _, module in imports(path)}


def floors_of(path: Path) -> set[tuple[int, str]]:
    found = set()
    for line, module in imports(path):
        parts = module.split(".")
        if parts[0] == "xltools" and len(parts) > 1 and (PACKAGE / parts[1]).is_dir():
            found.add((line, parts[1]))
    return found


def test_imports_run_downward_and_neighbours_never_import_each_other() -> None:
    wrong = {
        (name(path), line, there)
        for path in MODULES
        for line, there in floors_of(path)
        if there not in {floor(path), *BELOW[floor(path)], *ONLY.get(name(path), ())}
    }
    assert wrong == set()


def test_the_foundation_stands_on_nothing_of_ours() -> None:
    ours = [m for _, m in imported(tree(ROOT / FOUNDATION), "xltools") if m.split(".")[0] == "xltools"]
    assert ours == []
    assert {name(p) for p in MODULES if not floor(p)} == {FOUNDATION, "xltools/__init__.py", "xltools/__main__.py"}


def test_worksheet_functions_stand_on_the_same_floor_as_commands() -> None:
    for path in sources("udfs"):
        assert {there for _, there in floors_of(path)} <= BELOW["udfs"]


def test_every_floor_is_on_the_plan() -> None:
    floors = {p.name for p in PACKAGE.iterdir() if p.is_dir() and p.name != "__pycache__"}
    assert floors <= BELOW.keys()
    assert {floor(p) for p in MODULES} == floors | {""}


def dotted(path: Path) -> str:
    """The module's name: xltools.desk.workspace; a package's is its folder's."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def links() -> dict[str, set[str]]:
    """Module -> modules of ours that it imports."""
    ours = {dotted(p) for p in MODULES}
    out = {}
    for path in MODULES:
        there = [m for _, m in imports(path)]
        packages = {m for m in there if any(t.startswith(f"{m}.") and t in ours for t in there)}  # passed on the way
        out[dotted(path)] = {m for m in there if m in ours and m not in packages} - {dotted(path)}
    return out


def circle(graph: Mapping[str, Iterable[str]]) -> list[str]:
    """One circle, if there is any."""
    try:
        graphlib.TopologicalSorter(graph).prepare()
    except graphlib.CycleError as found:
        return list(found.args[1])
    return []


@cache
def room(module: str) -> tuple[str, str]:
    """Floor and room of a module of `sheets` or `desk`: the longest name on the plan that it begins with."""
    _, on, *rest = module.split(".")
    inside = [".".join(rest[:n]) for n in range(len(rest), -1, -1)]
    planned = set().union(*ROOMS[on])
    return on, next((r for r in inside if r in planned), next((r for r in inside if r in folders(on)), ""))


@cache
def folders(on: str) -> set[str]:
    """Every folder of a floor, by its dotted name."""
    return {".".join(p.relative_to(PACKAGE / on).parts) for p in (PACKAGE / on).rglob("*") if p.is_dir()}


def test_no_circle_among_modules() -> None:
    assert circle(links()) == []


@pytest.mark.parametrize("on", ROOMS)
def test_rooms_import_only_rooms_below_them(on: str) -> None:
    order = {r: n for n, rooms in enumerate(ROOMS[on]) for r in rooms}
    wrong = set()
    for module, theres in links().items():
        for there in theres:
            if module.startswith(f"xltools.{on}.") and there.startswith(f"xltools.{on}."):
                (_, here), (_, below) = room(module), room(there)
                if here != below and order.get(here, -1) <= order.get(below, 99):
                    wrong.add((module, there))
    assert wrong == set()


@pytest.mark.parametrize("on", ROOMS)
def test_every_room_is_on_the_plan(on: str) -> None:
    found = {room(dotted(p))[1] for p in MODULES if floor(p) == on and dotted(p) != f"xltools.{on}"}
    assert found - set().union(*ROOMS[on]) == set()


def test_this_house_test_can_fail() -> None:
    text = (
        "from xltools.sheets.intake import read\nimport xltools.ledger.journal\ndef f():\n    from ..cli import main\n"
    )
    found = {m for _, m in imported(ast.parse(text), "xltools.desk")}
    assert {"xltools.sheets.intake.read", "xltools.ledger.journal", "xltools.cli.main"} <= found
    assert circle({"a": {"b"}, "b": {"c"}, "c": {"a"}}) != []
    assert circle({"a": {"b", "c"}, "b": {"c"}}) == []
    assert room("xltools.desk.book.pull.given") == ("desk", "book.pull")
    assert room("xltools.desk.workspace") == ("desk", "")
    assert "xltools.desk.workspace" in links()["xltools.desk.transaction"]


def test_no_module_is_a_hall() -> None:
    assert [name(p) for p in MODULES if len(p.read_text("utf-8").splitlines()) > 500] == []


def test_one_module_knows_pandas_one_knows_docx_and_only_open_workbooks_know_xlwings() -> None:
    assert [name(p) for p in MODULES if "pandas" in tops(p)] == ["xltools/desk/grouping.py"]
    assert [name(p) for p in MODULES if "docx" in tops(p)] == ["xltools/sheets/reports/briefdoc.py"]
    assert {floor(p) for p in MODULES if "xlwings" in tops(p)} == {"office"}


def test_every_module_says_what_it_is_for() -> None:
    assert [
        name(p) for p in MODULES if (p.name != "__init__.py" or tree(p).body) and not ast.get_docstring(tree(p))
    ] == []


WITH_LIBREOFFICE = {"uno", "unohelper", "com"}
"""Modules that come with LibreOffice, and with nothing else."""
ON_WINDOWS = {"pythoncom", "win32com", "win32con", "win32file"}
"""Modules of pywin32, which comes with xlwings there."""


def declared(*extras: str) -> set[str]:
    """The distributions that pyproject names, in lower case."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    lines = [*project["dependencies"], *(line for e in extras for line in project["optional-dependencies"][e])]
    return {re.match(r"[\w.-]+", line)[0].lower().replace("_", "-") for line in lines}  # type: ignore[index]


@pytest.mark.parametrize(
    ("folders", "extras"),
    [(("xltools", "udfs"), ("build",)), (("tests", "benchmarks", "examples", "docs"), ("build", "test"))],
    ids=["the program", "tests and tools"],
)
def test_every_import_of_others_is_declared(folders: tuple[str, ...], extras: tuple[str, ...]) -> None:
    there, known = importlib.metadata.packages_distributions(), declared(*extras)
    paths = sources(*folders)
    ours = {"xltools", "udfs", "benchmarks"} | {p.stem for p in paths} | {p.parent.name for p in paths}
    wrong = {}
    for path in paths:
        for top in tops(path) - sys.stdlib_module_names - ours - WITH_LIBREOFFICE - ON_WINDOWS:
            if not {d.lower().replace("_", "-") for d in there.get(top, [])} & known:
                wrong[top] = name(path)
    assert wrong == {}


def calls(path: Path) -> list[tuple[ast.Call, str]]:
    """Every call of a module, with the last name of what is called."""
    found = [n for n in ast.walk(tree(path)) if isinstance(n, ast.Call)]
    return [(c, c.func.attr if isinstance(c.func, ast.Attribute) else getattr(c.func, "id", "")) for c in found]


def text_written(call: ast.Call, function: str) -> bool:
    """Whether the call opens a text file for writing."""
    if function == "write_text":
        return True
    given = [*call.args[:2], *(k.value for k in call.keywords if k.arg == "mode")]
    modes = [a.value for a in given if isinstance(a, ast.Constant) and isinstance(a.value, str)]
    return function in ("open", "fdopen") and any(re.fullmatch("[wax]t?\\+?|r\\+", m) for m in modes)


def test_every_text_is_written_with_its_own_line_ends() -> None:
    """Windows would otherwise end lines by two characters, and the same build have other bytes there."""
    wrong = [
        (name(p), c.lineno)
        for p in MODULES
        for c, function in calls(p)
        if text_written(c, function) and "newline" not in {k.arg for k in c.keywords}
    ]
    assert wrong == []


def test_no_module_makes_temporaries_in_a_folder_that_people_choose() -> None:
    """`tempfile` tries a folder that refuses it on Windows 2^31 times; the system's own folder it has tried already."""
    makers = ("NamedTemporaryFile", "mkstemp", "mkdtemp", "TemporaryFile", "SpooledTemporaryFile")
    wrong = [
        (name(p), c.lineno)
        for p in MODULES
        for c, function in calls(p)
        if function in makers or (function == "TemporaryDirectory" and "dir" in {k.arg for k in c.keywords})
    ]
    assert wrong == []


def test_workbooks_are_drawn_by_one_class() -> None:
    """The class whose files have the same bytes on every system."""
    made = [name(p) for p in MODULES for c, _ in calls(p) if ast.unparse(c.func) in ("Workbook", "xlsxwriter.Workbook")]
    assert made == []


def test_openpyxl_saves_no_workbook() -> None:
    """What it does not know it drops: it may read somebody's workbook, and never writes one."""
    theirs = [p for p in MODULES if "openpyxl" in tops(p)]
    assert {floor(p) for p in theirs} == {"sheets"}
    called = {(name(p), function) for p in theirs for _, function in calls(p)}
    assert {found for found in called if found[1] in ("save", "save_workbook", "Workbook", "ExcelWriter")} == set()


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
        for node in ast.walk(tree(path)):
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


def test_the_number_of_a_file_to_double_click_is_never_typed() -> None:
    captions = "|".join(b.caption for b in buttons())
    texts = {p: p.read_text("utf-8") for p in [*MODULES, *PACKAGE.rglob("*.toml")]}
    assert [str(p) for p, text in texts.items() if re.search(rf"(?<!`)\d({captions})", text)] == []


def test_every_shipped_toml_parses() -> None:
    assert all(tomllib.loads(path.read_text("utf-8")) for path in PACKAGE.rglob("*.toml"))


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
        for node in ast.walk(tree(path)):
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


def test_no_test_without_an_assertion() -> None:
    known, idle = functions(), []
    for path in TESTS:
        own = [n for n in ast.walk(tree(path)) if isinstance(n, ast.FunctionDef) and n.name.startswith("test_")]
        assert bool(own) == path.name.startswith("test_"), name(path)
        idle += [f"{name(path)}: {n.name}" for n in own if not asserts(n, known, frozenset())]
    assert idle == []


def test_no_test_is_skipped_or_expected_to_fail() -> None:
    barred = r"\b(?:mark\.(?:skip|xfail)|pytest\.(?:skip|xfail|importorskip))"
    found = {name(p) for p in TESTS if re.search(barred, p.read_text("utf-8"))}
    assert found == set()


def test_what_tests_need_is_said_of_tests_and_fixtures_that_are_there() -> None:
    needs = tomllib.loads((ROOT / "tests" / "needs.toml").read_text("utf-8"))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    markers = {m.split(":")[0] for m in project["tool"]["pytest"]["ini_options"]["markers"]}
    assert needs.keys() == markers - {"soak"}
    there = {p.stem: p for p in TESTS}
    for files in needs.values():
        for file, names in files.items():
            own = [n for n in ast.walk(tree(there[file])) if isinstance(n, ast.FunctionDef)]
            known = {n.name for n in own} | functions().keys() | {a.arg for n in own for a in n.args.args}
            assert (file, set(names) - known - {"*", "postgresql"}) == (file, set())


def test_no_test_imports_a_test() -> None:
    """What several tests need lies in tests/helpers."""
    tests = {p.stem for p in TESTS if p.name.startswith("test_")}
    assert {name(p): sorted(tops(p) & tests) for p in TESTS if tops(p) & tests} == {}


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
