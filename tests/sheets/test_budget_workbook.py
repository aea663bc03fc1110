"""The budget workbook recalculated by IronCalc and LibreOffice is, to the fen, what `budget` computes."""

from __future__ import annotations

import random
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import budgets
import openpyxl
import pytest
import recalculated
import schemacheck
from live import office

from xltools.desk.budget.figures import figures
from xltools.desk.budget.model import Budget, class_row, compute, draw_budget, model
from xltools.desk.budget.roster import from_file
from xltools.scheme import Scheme, load
from xltools.sheets.budget.draw import Contents, draw
from xltools.sheets.budget.parameters import parameters
from xltools.sheets.budget.scenario import Scenario

HERE = Path(__file__).parents[1]
SCHEMES = ["nantong-2019", *sorted(str(p) for p in (HERE / "schemes").glob("*.toml"))]
ROSTER = HERE.parent / "examples/nantong-2019/收件/开发区-统保企业汇总表（最终版）.xlsx"
EXCEL_2016 = {
    "ABS", "AND", "COUNTIF", "IF", "IFERROR", "INDEX", "ISNA", "ISNUMBER", "MATCH", "MAX", "MIN", "NOT", "OR", "ROUND",
    "SUM", "SUMIFS", "TEXT",
}  # fmt: skip
IN_IRONCALC, IN_LIBREOFFICE = 40, 25
"""Random workbooks of Nantong's scheme, each with four scenarios and the chosen one."""


@pytest.fixture(scope="module")
def nantong() -> Scheme:
    return load("nantong-2019")


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory, nantong: Scheme) -> tuple[Path, budgets.Places]:
    path = tmp_path_factory.mktemp("budget") / "budget_model.xlsx"
    return path, model(path, nantong)


# ── the scheme's own figures ──


@dataclass
class Drawn:
    """A scheme's workbook as it is built, and as LibreOffice has recalculated it."""

    path: Path
    places: budgets.Places
    found: Budget
    cells: recalculated.Cells


@pytest.fixture(scope="module")
def every(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Drawn]:
    folder = tmp_path_factory.mktemp("schemes")
    found = {s: compute(load(s), Scenario()) for s in SCHEMES}
    paths = {s: folder / f"{f.scheme.id}.xlsx" for s, f in found.items()}
    places = {s: model(paths[s], f.scheme) for s, f in found.items()}
    return {s: Drawn(p, places[s], found[s], recalculated.by_libreoffice(p, folder)) for s, p in paths.items()}


@pytest.mark.parametrize("scheme", SCHEMES, ids=lambda s: Path(s).stem)
def test_every_scheme_draws_and_both_engines_compute_the_engines_figures(
    scheme: str, every: dict[str, Drawn], tmp_path: Path
) -> None:
    d = every[scheme]
    computed = [k for k in d.found.figures if k in d.places and not k.startswith(("typed.", "said.", "implied.fx"))]
    assert len(computed) > 200
    in_ironcalc = budgets.IronCalc(d.path, d.places, tmp_path).cells()
    assert budgets.apart(in_ironcalc, d.places, d.found.case, d.found.figures) == []
    assert budgets.apart(d.cells, d.places, d.found.case, d.found.figures) == []


@pytest.mark.parametrize("scheme", SCHEMES, ids=lambda s: Path(s).stem)
def test_the_values_that_it_is_built_with_are_those_that_libreoffice_computes(
    scheme: str, every: dict[str, Drawn]
) -> None:
    built, computed = recalculated.values(every[scheme].path), every[scheme].cells
    assert built.keys() == computed.keys()
    for sheet, cells in built.items():
        assert {a for a in cells if not _same(cells[a], computed[sheet].get(a))} == set(), sheet
        assert cells.keys() == computed[sheet].keys()
        assert [a for a, v in cells.items() if isinstance(v, str) and v.startswith("#")] == []


def _same(a: object, b: object) -> bool:
    return a == b or (isinstance(a, float | int) and isinstance(b, float | int) and abs(a - b) <= 1e-9 * max(1, abs(a)))


# ── random scenarios ──


AT_RANDOM = [(s, 20 if n else IN_IRONCALC) for n, s in enumerate(SCHEMES)]


@pytest.mark.parametrize(
    ("scheme", "count"),
    [*AT_RANDOM, pytest.param(SCHEMES[0], 1000, marks=pytest.mark.soak)],
    ids=[*(Path(s).stem for s in SCHEMES), "a thousand"],
)
def test_random_scenarios_in_ironcalc(scheme: str, count: int, tmp_path: Path) -> None:
    """40 of Nantong's, 20 of every other scheme's: whatever is typed in, both compute the same."""
    loaded = load(scheme)
    path = tmp_path / "预算.xlsx"
    places = model(path, loaded)
    book = budgets.IronCalc(path, places, tmp_path)
    rng = random.Random(f"ironcalc {loaded.id}")
    for number in range(count):
        case = budgets.random_case(rng, loaded)
        book.type(budgets.inputs(case))
        assert (number, budgets.apart(book.cells(), places, case, figures(case))) == (number, [])


def test_random_scenarios_in_libreoffice(drawn: tuple[Path, budgets.Places], nantong: Scheme) -> None:
    """What-ifs typed one after the other: each with four scenarios, and the chosen one in full."""
    path, places = drawn
    rng = random.Random("libreoffice")
    with office() as running:
        document = running.open(path)
        book = budgets.LibreOffice(document, places)
        for number in range(IN_LIBREOFFICE):
            case = budgets.random_case(rng, nantong)
            book.type(budgets.inputs(case))
            assert (number, budgets.apart(book.cells(), places, case, figures(case))) == (number, [])
        document.close()


def test_this_comparison_can_fail(drawn: tuple[Path, budgets.Places], nantong: Scheme, tmp_path: Path) -> None:
    path, places = drawn
    book = budgets.IronCalc(path, places, tmp_path)
    found = compute(nantong, Scenario())
    book.type({"typed.汇率": Decimal("7.01")})
    keys = {key for key, *_ in budgets.apart(book.cells(), places, found.case, found.figures)}
    assert {"now.gross.A.sinosure", "now.free.at", "base.fiscal", "fx.0.0", "check.rate.D"} - keys == {"fx.0.0"}


# ── a real roster ──


def test_a_roster_fills_the_classes_and_the_distribution_counts(nantong: Scheme, tmp_path: Path) -> None:
    known = from_file(ROSTER, nantong, today=date(2019, 10, 8))
    found = compute(nantong, Scenario({"汇率": Decimal("7.0883")}), known, chosen="own")
    path = tmp_path / "预算.xlsx"
    places = draw_budget(path, found)
    cells = budgets.IronCalc(path, places, tmp_path).cells()
    assert budgets.apart(cells, places, found.case, found.figures) == []
    assert found.amount("now.firms") == len(known.firms.exports) == 88
    assert Fraction(int(known.firms.exports.sum()), 100) == found.amount("now.exports")
    sheet, address = places["roster.each"]
    assert found.each is not None
    assert cells[sheet][address] == found.each[1] / 100
    assert abs(found.amount("now.fiscal") - Fraction(found.each[1], 100)) < 1  # only the firms' own rounding


# ── what the file is ──


def test_two_builds_give_the_same_bytes(drawn: tuple[Path, budgets.Places], nantong: Scheme, tmp_path: Path) -> None:
    again = tmp_path / "again.xlsx"
    model(again, nantong)
    assert again.read_bytes() == drawn[0].read_bytes()


@pytest.mark.parametrize("scheme", SCHEMES, ids=lambda s: Path(s).stem)
def test_the_schema_check_finds_nothing(scheme: str, every: dict[str, Drawn]) -> None:
    assert schemacheck.errors(every[scheme].path) == []


def formulas(path: Path) -> Iterator[str]:
    with zipfile.ZipFile(path) as package:
        for name in package.namelist():
            if name.startswith("xl/worksheets/sheet"):
                for found in re.findall(r"<f>(.*?)</f>", package.read(name).decode()):
                    yield found.replace("&quot;", '"')


def test_only_plain_functions_of_excel_2016_and_no_macros(drawn: tuple[Path, budgets.Places]) -> None:
    path, _ = drawn
    there = list(formulas(path))
    assert len(there) > 1_000
    bare = [re.sub(r'"[^"]*"', "", f) for f in there]
    assert {name for f in bare for name in re.findall(r"([A-Z][A-Z0-9.]+)\(", f)} <= EXCEL_2016
    assert [f for f in bare if "{" in f or "#" in f or "[" in f] == []  # arrays, errors, other files
    with zipfile.ZipFile(path) as package:
        assert [n for n in package.namelist() if "vba" in n.lower() or "external" in n.lower()] == []


def test_every_parameter_is_a_named_cell_and_formulas_say_its_name(
    drawn: tuple[Path, budgets.Places], nantong: Scheme
) -> None:
    path, places = drawn
    with zipfile.ZipFile(path) as package:
        book = package.read("xl/workbook.xml").decode()
    named = dict(re.findall(r'<definedName name="([^"]+)">([^<]+)<', book))
    for p in parameters(nantong):
        sheet, cell = places[f"now.{p.name}"]
        assert named[p.name].replace("$", "") == f"{sheet}!{cell}"
    there = set(formulas(path))
    assert any("费率_A" in f and "ROUND" in f for f in there)
    line = next(f for f in there if "最低保费_D" in f and "SUMIFS(分档_保费," in f)
    assert "MAX(" in line


def test_what_is_typed_is_yellow_and_what_is_computed_is_grey(drawn: tuple[Path, budgets.Places]) -> None:
    path, places = drawn
    book = openpyxl.load_workbook(path)
    fills = {key: book[s][a].fill.fgColor.rgb for key, (s, a) in places.items()}
    assert {fills[k] for k in fills if k.startswith(("typed.", "paste.name", "paste.value"))} == {"FFFFF8DC"}
    assert {fills[k] for k in fills if k.startswith(("now.gross", "check.", "fx.1.", "low.gross"))} == {"FFF2F2F2"}
    for key in ("情景", "计算方式"):
        assert fills[key] == "FFFFF8DC"
        sheet, address = places[key]
        rules = [v for v in book[sheet].data_validations.dataValidation if address in v.cells]
        assert [v.type for v in rules] == ["list"]


def test_every_sheet_prints_on_a4_landscape_one_page_wide(drawn: tuple[Path, budgets.Places]) -> None:
    book = openpyxl.load_workbook(drawn[0])
    assert book.sheetnames == ["假设", "测算", "情景", "粘贴情景", "敏感性", "图表", "分布", "核对", "情景测算"]
    for sheet in book:
        assert (sheet.page_setup.paperSize, sheet.page_setup.orientation) == (9, "landscape"), sheet.title
        assert sheet.page_setup.fitToWidth in (None, 1)
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert sheet.print_area, sheet.title
        assert "复核" in sheet.oddFooter.right.text
        assert sheet.protection.sheet is False


def test_charts_stand_on_one_sheet_and_do_not_overlap(drawn: tuple[Path, budgets.Places]) -> None:
    with zipfile.ZipFile(drawn[0]) as package:
        drawing = package.read("xl/drawings/drawing1.xml").decode()
        assert len([n for n in package.namelist() if re.fullmatch(r"xl/charts/chart\d+\.xml", n)]) == 4
        assert len([n for n in package.namelist() if n.startswith("xl/drawings/drawing")]) == 1
    corners = re.findall(r"<xdr:col>(\d+)</xdr:col><xdr:colOff>\d+</xdr:colOff><xdr:row>(\d+)</xdr:row>", drawing)
    boxes = [tuple(map(int, corners[i] + corners[i + 1])) for i in range(0, len(corners), 2)]
    for i, (left, top, right, bottom) in enumerate(boxes):
        for left2, top2, right2, bottom2 in boxes[i + 1 :]:
            assert right < left2 or right2 < left or bottom < top2 or bottom2 < top


def test_without_figures_the_formulas_are_the_same(nantong: Scheme, tmp_path: Path) -> None:
    """`draw` alone knows no engine: its formulas have no values until a spreadsheet computes them."""
    found = compute(nantong, Scenario())
    whole, bare = tmp_path / "1.xlsx", tmp_path / "2.xlsx"
    draw_budget(whole, found)
    draw(bare, nantong, Contents([class_row(nantong, c) for c in found.case.classes]))
    assert list(formulas(whole)) == list(formulas(bare))
