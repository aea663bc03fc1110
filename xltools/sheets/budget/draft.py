"""A workbook being laid out: cells first, by key; formulas written last, when every figure has its place."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from xlsxwriter.format import Format
from xlsxwriter.utility import xl_rowcol_to_cell
from xlsxwriter.workbook import Workbook

from xltools.scheme import Scheme
from xltools.sheets.budget.parameters import Parameter, parameters
from xltools.sheets.budget.words import Case, Figures, formula, text
from xltools.sheets.write import formats, style
from xltools.sheets.write.style import Sheet

INPUT = "#FFF8DC"
"""Fill of cells to type in (浅黄); computed ones are style.PALE_GREY."""
LINE = 16.0
"""Points that a line of text takes."""
ROW = 18.0
"""Points of a row of one line."""

FORMATS = {
    "count": formats.UP_TO_CENTS, "usd": formats.AMOUNT, "yuan": formats.AMOUNT, "ratio": formats.PERCENT,
    "rate": "0.000##%", "factor": formats.HUNDREDTH, "fx": formats.FX_SHORT, "firms": formats.TENTH,
    "dollars": formats.COUNT, "wan": formats.AMOUNT, "text": formats.TEXT,
}  # fmt: skip
"""Number formats by what a cell holds."""

_RANGE = re.compile(r"\{([^{}]+)\}:\{([^{}]+)\}")
_CELL = re.compile(r"\{([^{}]+)\}")


@dataclass
class _Pending:
    sheet: Sheet
    row: int
    column: int
    formula: str
    look: Format
    value: float | str
    last_column: int


@dataclass
class Draft:
    """What is laid out so far. `figures` are the values that formulas must give, by key."""

    book: Workbook
    scheme: Scheme
    figures: Figures
    current: str = ""
    """The line that says what is shown: scenario, method, exchange rate."""
    places: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Key → sheet and address (`C7`) of its cell."""
    _pending: list[_Pending] = field(default_factory=list)
    _looks: dict[str, Format] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.parameters: tuple[Parameter, ...] = parameters(self.scheme)

    def look(self, kind: str = "", *, box: bool = True, **properties: Any) -> Format:
        """A format, made once; `kind` is a name of FORMATS."""
        if kind:
            properties["num_format"] = FORMATS[kind]
        elif box:
            properties = {"indent": 0 if properties.get("align") == "center" else 1, **properties}
        key = repr((box, sorted(properties.items())))
        if key not in self._looks:
            self._looks[key] = (style.boxed if box else style.look)(self.book, **properties)
        return self._looks[key]

    def typed(self, kind: str, **properties: Any) -> Format:
        """The format of a cell to type in."""
        return self.look(kind, bg_color=INPUT, **properties)

    def computed(self, kind: str, **properties: Any) -> Format:
        """The format of a computed cell."""
        return self.look(kind, bg_color=style.PALE_GREY, **properties)

    def put(
        self, sheet: Sheet, row: int, column: int, value: Any, look: Format, key: str = "", last_column: int = 0,
        cached: str = "",
    ) -> None:  # fmt: skip
        """Write a cell; text that starts with `=` is a formula, with `{key}` for other cells.

        A formula's value is the figure of its own key, or else the text `cached`. `last_column` merges the cell with
        those to its right.
        """
        if key:
            assert key not in self.places, key
            self.places[key] = (sheet.get_name(), xl_rowcol_to_cell(row, column))
        if isinstance(value, str) and value.startswith("="):
            known = _cached(self.figures.get(key, cached))
            self._pending.append(_Pending(sheet, row, column, value, look, known, last_column))
            return
        plain = float(value) if value is not None and not isinstance(value, str) else value
        if last_column:
            sheet.merge_range(row, column, row, last_column, plain if plain is not None else "", look)
        elif plain is None or plain == "":
            sheet.write_blank(row, column, None, look)
        elif isinstance(plain, str):
            sheet.write_string(row, column, plain, look)
        else:
            sheet.write_number(row, column, plain, look)

    def say(self, sheet: Sheet, row: int, column: int, cases: Sequence[Case], look: Format, key: str = "",
            last_column: int = 0) -> None:  # fmt: skip
        """Write a sentence with live numbers."""
        if key:
            self.places[key] = (sheet.get_name(), xl_rowcol_to_cell(row, column))
        said = text(cases, self.figures) if self.figures else ""
        self._pending.append(_Pending(sheet, row, column, f"={formula(cases)}", look, said, last_column))

    def at(self, key: str, sheet: str = "") -> str:
        """The address of a figure's cell, with its sheet's name unless it stands on `sheet`."""
        there, cell = self.places[key]
        return cell if there == sheet else f"{there}!{cell}"

    def define(self, name: str, first: str, last: str = "") -> None:
        """A defined name for the cell of a key, or for the range from one key to another."""
        sheet, cell = self.places[first]
        area = _fixed(cell) + (f":{_fixed(self.places[last][1])}" if last else "")
        self.book.define_name(name, f"={sheet}!{area}")

    def finish(self) -> None:
        """Write the formulas; every key that they name must have been put somewhere."""
        for p in self._pending:
            here = p.sheet.get_name()

            def area(found: re.Match[str], here: str = here) -> str:
                return f"{self.at(found[1], here)}:{self.places[found[2]][1]}"

            def cell(found: re.Match[str], here: str = here) -> str:
                return self.at(found[1], here)

            written = _CELL.sub(cell, _RANGE.sub(area, p.formula))
            if p.last_column:
                p.sheet.merge_range(p.row, p.column, p.row, p.last_column, "", p.look)
            p.sheet.write_formula(p.row, p.column, written, p.look, p.value)

    # ── parts that every sheet has ──

    def page(self, sheet: Sheet, title: str, remark: str, widths: Sequence[float], *, high: int = 0) -> None:
        """Title, remark, column widths and page set-up (A4 landscape), one page wide and `high` pages high."""
        sheet.set_default_row(ROW)
        for column, width in enumerate(widths):
            sheet.set_column(column, column, width, self.look(box=False))
        sheet.write_string(0, 0, title, self.look(box=False, font_name=style.TITLE_FONT, font_size=16))
        sheet.set_row(0, 28)
        grey = self.look(box=False, font_color=style.GREY, text_wrap=True, valign="top")
        sheet.merge_range(1, 0, 1, len(widths) - 1, remark, grey)
        sheet.set_row(1, height([remark], [sum(widths)]))
        sheet.hide_gridlines(2)
        style.a4(sheet, landscape=True, high=high, left=self.scheme.title, right="制表：　　　复核：　　　负责人：")

    def heading(self, sheet: Sheet, row: int, text: str) -> None:
        """The heading of a block."""
        sheet.write_string(row, 0, text, self.look(box=False, bold=True, font_size=12, font_color=style.NAVY))
        sheet.set_row(row, 22)

    def headings(self, sheet: Sheet, row: int, texts: Sequence[str], column: int = 0) -> None:
        """A row of column headings, two lines high."""
        head = self.look(bold=True, align="center", text_wrap=True, bg_color=style.PALE_BLUE, font_color=style.NAVY)
        for place, words in enumerate(texts, column):
            sheet.write_string(row, place, words, head)
        sheet.set_row(row, 34)


def height(words: Sequence[str], widths: Sequence[float]) -> float:
    """Row height in points for texts in columns of those widths; a Chinese character is two wide."""
    lines = 1
    for said, width in zip(words, widths, strict=True):
        wide = sum(2.1 if ord(c) > 0x2000 else 1.1 for c in said)
        lines = max(lines, -int(-wide // max(width - 1.5, 1)))
    return max(ROW, LINE * lines + 2)


def _cached(value: Fraction | str) -> float | str:
    return float(value) if isinstance(value, Fraction) else value


def _fixed(cell: str) -> str:
    found = re.fullmatch(r"([A-Z]+)(\d+)", cell)
    assert found
    return f"${found[1]}${found[2]}"
