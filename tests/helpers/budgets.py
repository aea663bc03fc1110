"""Budget workbooks for the tests: other inputs put in, recalculated by others, cell by cell beside the engine's figures."""

from __future__ import annotations

import random
import re
import zipfile
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import ironcalc
import recalculated
from live import Document
from openpyxl.utils.cell import coordinate_to_tuple
from recalculated import Cells

from xltools.desk.budget.figures import Case, Figures
from xltools.engine.budget import classes as budget_classes
from xltools.engine.budget.classes import Class
from xltools.scheme import Scheme
from xltools.sheets.budget.checks import checks
from xltools.sheets.budget.lines import AVERAGE, DISTRIBUTION, SCENARIOS
from xltools.sheets.budget.parameters import Parameter, bands, by_role, parameters, plans_of
from xltools.sheets.budget.words import text

Places = Mapping[str, tuple[str, str]]
Inputs = dict[str, Decimal | int | str | None]
"""Key of a cell to type in → its value; None empties it."""


# ── inputs ──


def random_case(rng: random.Random, scheme: Scheme) -> Case:
    """Base values, low, high and pasted scenarios, a distribution of firms, a choice of all of them: at random."""
    there = parameters(scheme)
    typed = {p.name: _value(rng, p) for p in there} | _shares(rng, scheme)
    differing = {}
    for key in ("low", "high", "own"):
        some = {p.name: _value(rng, p) for p in there if rng.random() < 0.4 and p.role[0] not in ("mix", "portion")}
        differing[key] = some | (_shares(rng, scheme) if rng.random() < 0.7 else {})
    classes = [_class(rng, c) for c in budget_classes.empty(scheme)]
    return Case(scheme, typed, differing, classes, rng.choice(list(SCENARIOS)), rng.random() < 0.5)


def _value(rng: random.Random, p: Parameter) -> Decimal:
    match p.kind:
        case "count":
            return Decimal(rng.randrange(1, 3000))
        case "usd" if p.role[0] == "minimum":
            return Decimal(rng.choice(["0", "50", "100", "120.5", "333.33"]))
        case "usd":
            return Decimal(rng.randrange(10**9, 4 * 10**11)) / 100
        case "yuan":
            return Decimal(rng.randrange(10**7, 10**9)) / 100
        case "factor":
            return Decimal(rng.randrange(0, 200)) / 100
        case "fx":
            return Decimal(rng.randrange(60_000, 75_000)) / 10_000
        case "rate":
            return Decimal(rng.randrange(5, 200)) / 100_000
    return Decimal(rng.randrange(0, 21)) / 20


def _shares(rng: random.Random, scheme: Scheme) -> dict[str, Decimal]:
    """Plans' and insurers' shares of four places that add up to 1."""
    of = by_role(scheme)
    groups = [[("mix", p.id) for p in plans_of(scheme, b)] for b in bands(scheme)]
    groups.append([("portion", i.id) for i in scheme.insurers])
    out: dict[str, Decimal] = {}
    for roles in groups:
        names = [of[role].name for role in roles if role in of]
        cuts = sorted(rng.randrange(10_001) for _ in names[1:])
        ends = [0, *cuts, 10_000]
        out |= {n: Decimal(b - a) / 10_000 for n, a, b in zip(names, ends, ends[1:], strict=False)}
    return out


def _class(rng: random.Random, c: Class) -> Class:
    firms = rng.randrange(0, 40)
    high = c.high or c.low * 3
    return Class(
        c.plan, c.insurer, c.reduction, c.low, c.high, firms, sum(rng.randint(c.low, high) for _ in range(firms))
    )


def inputs(case: Case) -> Inputs:
    """What to type into the scheme's own workbook to make it this case."""
    out: Inputs = {"情景": SCENARIOS[case.chosen], "计算方式": DISTRIBUTION if case.distribution else AVERAGE}
    for p in parameters(case.scheme):
        out[f"typed.{p.name}"] = case.typed[p.name]
        for key in ("low", "high"):
            out[f"typed.{key}.{p.name}"] = case.differing[key].get(p.name)
    for k, (name, value) in enumerate(case.differing["own"].items()):
        out |= {f"paste.name.{k}": name, f"paste.value.{k}": value}
    for k, c in enumerate(case.classes):
        out |= {f"class.{k}.firms": c.firms, f"class.{k}.exports": Decimal(c.exports).scaleb(-2)}
    return out


# ── other people's engines ──


def with_latin_names(path: Path, out: Path) -> Path:
    """A copy whose defined names start with `_`: IronCalc's reader takes no name that starts with a Chinese character.

    Nothing else changes; text constants in formulas stay as they are.
    """
    with zipfile.ZipFile(path) as package, zipfile.ZipFile(out, "w") as copy:
        book = package.read("xl/workbook.xml").decode()
        names = [n for n in re.findall(r'<definedName name="([^"]+)"', book) if not n.startswith("_xlnm")]
        names.sort(key=len, reverse=True)
        wanted = re.compile(r'("[^"]*")|(?<![\w.!])(' + "|".join(map(re.escape, names)) + r")(?![\w.!])")
        for member in package.namelist():
            data = package.read(member)
            if member == "xl/workbook.xml":
                data = re.sub(r'<definedName name="(?!_xlnm)', '<definedName name="_', book).encode()
            elif member.startswith("xl/worksheets/sheet"):
                data = re.sub(r"<f>(.*?)</f>", lambda f: f"<f>{_renamed(f[1], wanted)}</f>", data.decode()).encode()
            copy.writestr(member, data)
    return out


def _renamed(formula: str, wanted: re.Pattern[str]) -> str:
    return wanted.sub(lambda f: f[1] or f"_{f[2]}", formula.replace("&quot;", '"'))


class IronCalc:
    """The workbook open in IronCalc."""

    def __init__(self, path: Path, places: Places, folder: Path) -> None:
        copy = with_latin_names(path, folder / f"{path.stem}-latin.xlsx")
        self.model, self.places = ironcalc.load_from_xlsx(str(copy), "en", "UTC", "en"), places
        names = [sheet["name"] for sheet in self.model.get_worksheets_properties()]
        self.index = {name: i for i, name in enumerate(names)}

    def type(self, given: Inputs) -> None:
        """Type into cells; an earlier scenario's pasted table goes first."""
        for key in self.places:
            if key.startswith(("paste.name.", "paste.value.")) and key not in given:
                self.model.clear_cell_contents(*self._at(key))
        for key, value in given.items():
            if value is None:
                self.model.clear_cell_contents(*self._at(key))
            elif isinstance(value, str):
                self.model.update_cell_with_text(*self._at(key), value)
            else:
                self.model.update_cell_with_number(*self._at(key), float(value))

    def cells(self) -> Cells:
        return recalculated.evaluated(self.model)

    def _at(self, key: str) -> tuple[int, int, int]:
        sheet, address = self.places[key]
        row, column = coordinate_to_tuple(address)
        return self.index[sheet], row, column


class LibreOffice:
    """The workbook open in LibreOffice."""

    def __init__(self, document: Document, places: Places) -> None:
        self.document, self.places = document, places
        self.typed: Inputs = {}

    def type(self, given: Inputs) -> None:
        """Type into cells what they do not hold already; an earlier scenario's pasted table goes first."""
        pasted = {key: None for key in self.typed if key.startswith(("paste.name.", "paste.value."))}
        for key, value in {**pasted, **given}.items():
            if key not in self.typed or self.typed[key] != value:
                cell = self._cell(key)
                if value is None or isinstance(value, str):
                    cell.setString(value or "")
                else:
                    cell.setValue(float(value))
                self.typed[key] = value

    @cache  # noqa: B019  # it lives as long as a test
    def _cell(self, key: str) -> Any:
        sheet, address = self.places[key]
        return self.document.api.Sheets.getByName(sheet).getCellRangeByName(address)

    def cells(self) -> Cells:
        out: Cells = {}
        for sheet in self.document.api.Sheets:
            cursor = sheet.createCursor()
            cursor.gotoEndOfUsedArea(False)
            last = cursor.getRangeAddress()
            rows = sheet.getCellRangeByPosition(0, 0, last.EndColumn, last.EndRow).getDataArray()
            out[sheet.getName()] = {
                f"{ironcalc.column_name_from_number(x)}{y}": value
                for y, row in enumerate(rows, 1)
                for x, value in enumerate(row, 1)
                if value != ""
            }
        return out


# ── comparing ──


def apart(cells: Cells, places: Places, case: Case, figures: Figures) -> list[tuple[str, Any, Any]]:
    """Figures and sentences that the workbook does not show: key, the workbook's value, the engine's."""
    wrong: list[tuple[str, Any, Any]] = []
    expected = {**figures, **{f"told.{c.id}": text(c.words, figures) for c in checks(case.scheme)}}
    for key, value in expected.items():
        if key not in places:
            continue
        sheet, address = places[key]
        shown = cells[sheet].get(address, "")
        if isinstance(value, str) or isinstance(shown, str | bool):
            if shown != value:
                wrong.append((key, shown, value))
        elif abs(Fraction(shown) - value) > tolerance(value):
            wrong.append((key, shown, float(value)))
    return wrong


def tolerance(value: Fraction) -> Fraction:
    """A hundredth of a fen for money, and what the 15 digits of a spreadsheet leave undecided of large sums."""
    return Fraction(1, 10_000) + abs(value) / 10**14 if abs(value) >= 1 else Fraction(1, 10**10)
