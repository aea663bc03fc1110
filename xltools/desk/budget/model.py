"""`budget` (预算): what the scheme will cost before it opens; the same figures for the terminal and the workbook."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

from xltools import files
from xltools.catalogue.words import exact
from xltools.desk.budget.figures import Case, Figures, figures
from xltools.desk.budget.roster import Known
from xltools.desk.errors import BadInput, Refusal
from xltools.desk.inputs import implausible
from xltools.engine.budget import classes as budget_classes
from xltools.engine.budget.classes import Class
from xltools.engine.money import Terms
from xltools.engine.terms import minor
from xltools.files import reason
from xltools.roster.problems import FileRefused
from xltools.scheme import Scheme
from xltools.sheets.budget import scenario as tables
from xltools.sheets.budget.draw import Contents, draw
from xltools.sheets.budget.lines import AVERAGE, DISTRIBUTION, SCENARIOS
from xltools.sheets.budget.page_roster import ClassRow
from xltools.sheets.budget.parameters import parameters
from xltools.sheets.budget.scenario import Scenario
from xltools.sheets.budget.words import shown
from xltools.sheets.write.outfile import OutputError


@dataclass(frozen=True)
class Budget:
    """What was computed. `each` is the money of a roster firm by firm: gross and fiscal, fen."""

    case: Case
    figures: Figures
    scenario: Scenario
    known: Known | None = None
    each: tuple[int, int] | None = None
    notes: list[str] = field(default_factory=list)

    @property
    def scheme(self) -> Scheme:
        return self.case.scheme

    def amount(self, key: str) -> Fraction:
        """A figure that is a number."""
        value = self.figures[key]
        assert isinstance(value, Fraction), key
        return value

    @property
    def method(self) -> str:
        return DISTRIBUTION if self.case.distribution else AVERAGE

    @property
    def current(self) -> str:
        """The line that says which scenario and method count, as the workbook has it."""
        fx = next(p.name for p in parameters(self.scheme) if p.role[0] == "fx")
        rate = shown(self.amount(f"now.{fx}"), "fx")
        return f"当前情景：{SCENARIOS[self.case.chosen]}　　计算方式：{self.method}　　汇率：{rate}"


def budget(
    scheme: Scheme, *, scenario: Path | None = None, known: Known | None = None, out: Path | None = None
) -> Budget:
    """Compute the budget: the base, or the scenario of a table; from averages, or from the firms of a roster.

    Writes the workbook to `out` if given. Raises Refusal, BadInput for mistakes in the scenario.
    """
    read = _read(scenario, scheme) if scenario else Scenario()
    found = compute(scheme, read, known, chosen="own" if scenario else "base")
    if out:
        _write(out, found)
    return found


def compute(scheme: Scheme, scenario: Scenario, known: Known | None = None, *, chosen: str = "base") -> Budget:
    """The budget of a scenario that is already read; nothing is written."""
    typed = {p.name: p.base for p in parameters(scheme)}
    low, high = ({p.name: x for p in parameters(scheme) if (x := getattr(p, s)) is not None} for s in ("low", "high"))
    classes = budget_classes.classes(scheme, known.firms) if known else budget_classes.empty(scheme)
    differing = {"low": low, "high": high, "own": scenario.values}
    case = Case(scheme, typed, differing, classes, chosen, distribution=known is not None)
    notes = []
    each = None
    fx = case.values(chosen)["fx", ""]
    rate = Decimal(fx.numerator) / Decimal(fx.denominator)
    if said := implausible(scheme, rate):
        notes.append(said)
    if known:
        notes.append(known.note)
        each = budget_classes.fiscal_fen(scheme, known.firms, _terms(case), rate)
    return Budget(case, figures(case), scenario, known, each, notes)


def model(path: Path, scheme: Scheme) -> dict[str, tuple[str, str]]:
    """Write the workbook of a scheme with its own figures (workbooks/budget_model.xlsx): the same bytes every time.

    Returns sheet and address of every figure by its key. Raises OSError.
    """
    return draw_budget(path, compute(scheme, Scenario()))


def draw_budget(path: Path, found: Budget) -> dict[str, tuple[str, str]]:
    """Write the workbook of a budget. Raises OSError."""
    fiscal = exact(found.each[1]) if found.each else None
    contents = Contents(
        classes=[class_row(found.scheme, c) for c in found.case.classes],
        chosen=SCENARIOS[found.case.chosen], method=found.method, pasted=found.scenario.values, told=_told(found),
        source=found.known.note if found.known else "", fiscal=fiscal, current=found.current, figures=found.figures,
    )  # fmt: skip
    return draw(path, found.scheme, contents)


def write_template(path: Path, scheme: Scheme, values: Mapping[str, Decimal] | None = None) -> str:
    """Write the table of a scenario with all parameters; returns a sentence about a file that stood there before.

    Raises Refusal.
    """
    mine = {p.name: p.base for p in parameters(scheme)} | dict(values or {})
    aside = files.set_aside(path) if path.suffix.lower() in (".xlsx", ".csv") else None
    try:
        tables.write(path, scheme, mine, {})
    except OutputError as e:
        raise Refusal(str(e)) from e
    return f"原来的 {path.name} 没有覆盖，已改名为 {aside.name}" if aside else ""


def _read(path: Path, scheme: Scheme) -> Scenario:
    if not path.is_file():
        raise Refusal(f"找不到情景表：{path}")
    try:
        found = tables.read(path, scheme)
    except FileRefused as e:
        if any(p.code == "FILE_EMPTY" for p in e.problems):
            raise Refusal(f"{path.name}：情景表是空的；请写上参数和值，参数的名字见 --template 写出的表") from e
        raise Refusal(f"{path.name}：{e.own}") from e
    except OSError as e:
        raise Refusal(f"{path.name}：读不了（{reason(e)}）；文件是否正在 Excel 中打开？") from e
    if found.wrong:
        first = found.wrong[0]
        said = f"第一处 {first.sheet}!{first.cell}：{first.sentence}"
        raise BadInput(f"{path.name}：情景表有 {len(found.wrong)} 处须改正，没有测算。{said}", found.wrong)
    return found


def _write(out: Path, found: Budget) -> None:
    if out.suffix.lower() != ".xlsx":
        raise Refusal(f"{out.name}：测算表只能写成 .xlsx")
    try:
        aside = files.renew(out, lambda to: draw_budget(to, found))
    except OSError as e:
        raise Refusal(f"写不了 {out}（{reason(e)}）；文件夹是否存在、文件是否正在 Excel 中打开？") from e
    if aside:
        found.notes.append(f"原来的 {out.name} 没有覆盖，已改名为 {aside.name}")


def _terms(case: Case) -> dict[tuple[str, int], Terms]:
    """The adopted terms of every plan and reduction, as policies are priced."""
    scheme = case.scheme
    mine = {**case.typed, **case.differing.get(case.chosen, {})}
    v = {p.role: mine[p.name] for p in parameters(scheme)}
    out = {}
    for plan in scheme.plans:
        charged = v["rate", plan.id] * (1 - v.get(("discount", plan.id), Decimal(0)))
        for r in range(-1, len(scheme.reductions)):
            off = scheme.reductions[r].off.value if r >= 0 else Decimal(0)
            least = v.get(("minimum", plan.id), Decimal(0)).quantize(Decimal("0.01"))
            cap = v.get(("cap", plan.id))
            out[plan.id, r] = Terms(charged * (1 - off), v["share", plan.id], minor(least), cap_of_exports=cap)
    return out


def class_row(scheme: Scheme, c: Class) -> ClassRow:
    """A class as the workbook has it: dollars in place of cents."""
    off = scheme.reductions[c.reduction].off.value if c.reduction >= 0 else Decimal(0)
    high = None if c.high is None else exact(c.high)
    exports = exact(c.exports)
    return ClassRow(c.plan, c.insurer, off, exact(c.low), high, c.firms, exports)


def _told(found: Budget) -> Mapping[str, str]:
    there = {p.name: tables.remark(p) for p in parameters(found.scheme)}
    return {name: found.scenario.told.get(name) or there[name] for name in found.scenario.values}
