"""The budget model as a workbook (budget_model.xlsx): live formulas, named cells, no macros.

Only functions of Excel 2016 that WPS and LibreOffice have too; the same arguments give the same bytes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from xltools import files
from xltools.scheme import Scheme
from xltools.sheets.budget import (
    page_assumptions,
    page_charts,
    page_checks,
    page_estimate,
    page_lines,
    page_paste,
    page_roster,
    page_scenarios,
    page_sensitivity,
)
from xltools.sheets.budget.draft import Draft
from xltools.sheets.budget.lines import AVERAGE, SCENARIOS
from xltools.sheets.budget.page_roster import ClassRow, Roster
from xltools.sheets.budget.words import Figures
from xltools.sheets.write import style

PAGES = (
    page_assumptions,
    page_estimate,
    page_scenarios,
    page_paste,
    page_sensitivity,
    page_charts,
    page_roster,
    page_checks,
    page_lines,
)
"""The sheets in their order."""


@dataclass(frozen=True)
class Contents:
    """What a budget workbook holds beside the scheme's own figures.

    `classes` are all classes of exports, with the firms of a roster where there is one; `figures` the values that the
    formulas must give, by key: without them the cells stay empty until a spreadsheet computes them.
    """

    classes: Sequence[ClassRow]
    chosen: str = SCENARIOS["base"]
    method: str = AVERAGE
    pasted: Mapping[str, Decimal] = field(default_factory=dict)
    told: Mapping[str, str] = field(default_factory=dict)
    source: str = ""
    fiscal: Decimal | None = None
    current: str = ""
    figures: Figures = field(default_factory=dict)


def draw(path: Path, scheme: Scheme, contents: Contents) -> dict[str, tuple[str, str]]:
    """Write the workbook, whole or not at all; returns sheet and address of every figure by its key.

    Raises OSError where the file cannot be written.
    """
    with files.replace(path) as temporary:
        book = style.new_book(temporary, f"{scheme.title}预算测算表")
        d = Draft(book, scheme, contents.figures, contents.current)
        sheets = {page: book.add_worksheet(page.NAME) for page in PAGES}
        page_assumptions.write(d, sheets[page_assumptions])
        page_estimate.write(d, sheets[page_estimate])
        page_scenarios.write(d, sheets[page_scenarios], chosen=contents.chosen, method=contents.method)
        page_paste.write(d, sheets[page_paste], contents.pasted, contents.told)
        page_sensitivity.write(d, sheets[page_sensitivity])
        page_charts.write(d, sheets[page_charts])
        page_roster.write(d, sheets[page_roster], Roster(contents.classes, contents.source, contents.fiscal))
        page_checks.write(d, sheets[page_checks])
        page_lines.write(d, sheets[page_lines])
        d.finish()
        book.close()
    return d.places


__all__ = ["ClassRow", "Contents", "draw"]
