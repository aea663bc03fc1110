"""Values (单元格的值) of LibreOffice cells as Excel hands them over by COM, whole ranges at a time, both ways.

Numbers are floats, empty cells None, dates `datetime`, booleans bool, error values COM's whole numbers. What Excel does
on the way in is done here too: numbers put into text cells become text, dates give their cells a date format. What
Excel would do to a text (`001` becomes 1) is refused: see `libreoffice_text`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from xltools.office.libreoffice import formats
from xltools.office.libreoffice.formats import DATE, GENERAL, LOGICAL, TEXT
from xltools.office.libreoffice.formulas import CannotTranslate, shifted, to_excel, to_libreoffice
from xltools.office.libreoffice.text import WouldConvert, converts
from xltools.roster.letters import column_letters

ERRORS = {
    -2146826281: "#DIV/0!",
    -2146826246: "#N/A",
    -2146826259: "#NAME?",
    -2146826288: "#NULL!",
    -2146826252: "#NUM!",
    -2146826265: "#REF!",
    -2146826273: "#VALUE!",
}
"""Error values as COM hands them over, and their texts."""
_COPIED = 20  # rows of equal looks from which on a formula is copied down
_CODES = {text: code for code, text in ERRORS.items()}
_BY_NUMBER = {503: "#NUM!", 508: "#NAME?", 521: "#NULL!", 524: "#REF!", 525: "#NAME?", 532: "#DIV/0!", 32767: "#N/A"}
Place = tuple[int, int]


def read(document: Any, cells: Any) -> list[list[object]]:
    """All values of a UNO cell range."""
    rows: list[list[object]] = [list(row) for row in cells.getDataArray()]
    start = null_date(document)
    for x, column in enumerate(formats.runs(document, cells)):
        for first, last, what in column:
            if what not in (LOGICAL, DATE):
                continue
            for row in rows[first : last + 1]:
                value = row[x]
                if isinstance(value, float):
                    row[x] = moment(start, value) if what == DATE else bool(value)
    for y, row in enumerate(rows):
        if None in row:  # only error values come so
            for x, value in enumerate(row):
                if value is None:
                    row[x] = _CODES[_BY_NUMBER.get(cells.getCellByPosition(x, y).getError(), "#VALUE!")]
    return [[None if v == "" else v for v in row] for row in rows]


def read_formulas(document: Any, cells: Any) -> list[list[str]]:
    """What Excel's formula bar would show of each cell: formulas in Excel's grammar, constants as text."""
    data, texts = cells.getDataArray(), cells.getFormulaArray()
    return [[_shown(t, v) for t, v in zip(*pair, strict=True)] for pair in zip(texts, data, strict=True)]


def write(document: Any, cells: Any, rows: Sequence[Sequence[object]]) -> None:
    """Write values; texts that begin with `=` are formulas, as in Excel. Raises WouldConvert before anything is written."""
    _write(document, cells, rows, formulas=False)


def write_formulas(document: Any, cells: Any, rows: Sequence[Sequence[object]]) -> None:
    """Write formulas, and constants where an element is none. Raises WouldConvert, CannotTranslate before writing."""
    _write(document, cells, rows, formulas=True)


def null_date(document: Any) -> datetime:
    """The day 0 of the document."""
    day = document.NullDate
    return datetime(day.Year, day.Month, day.Day)


def moment(start: datetime, serial: float) -> datetime:
    """The date-time of a serial number, to the millisecond."""
    return start + timedelta(milliseconds=round(serial * 86_400_000))


def number_text(value: float) -> str:
    """A number as the formula bar shows it: 15 significant digits."""
    return f"{value:.15g}".upper()


def _write(document: Any, cells: Any, rows: Sequence[Sequence[object]], *, formulas: bool) -> None:
    """Rows keep their heights: to measure every text takes twenty times the writing, and form buttons that a growing
    row pushes to a broken pixel make LibreOffice 7.4 repaint them for ever.
    """
    before = document.IsAdjustHeightEnabled
    document.IsAdjustHeightEnabled = False
    try:
        Writing(document, cells).put(rows, formulas=formulas)
    finally:
        document.IsAdjustHeightEnabled = before


def _shown(text: str, value: object) -> str:
    if text.startswith(("=", "{=")):
        try:
            return to_excel(text)
        except CannotTranslate:
            return text
    return number_text(value) if isinstance(value, float) else str(value or "")


class Writing:
    """One block of cells to write: what Excel would do to each value, worked out before anything is touched."""

    def __init__(self, document: Any, cells: Any) -> None:
        self.document, self.cells = document, cells
        where = cells.getRangeAddress()
        self.top, self.left = where.StartRow, where.StartColumn
        self.height = where.EndRow - where.StartRow + 1
        self.kinds = formats.runs(document, cells)
        self.start = null_date(document)
        self.formulas: dict[int, dict[int, str]] = {}  # in Excel's grammar, by column, then row
        self.dates: list[tuple[int, int, bool]] = []  # column, row, whether it has a time
        self.logical: list[Place] = []

    def put(self, rows: Sequence[Sequence[object]], *, formulas: bool) -> None:
        """Put them in; notes of the cells stay, which LibreOffice would take for contents."""
        notes = _notes(self.cells)
        columns = [self._column(x, [row[x] for row in rows], formulas) for x in range(len(self.kinds))]
        if sum(map(len, self.formulas.values())) < len(columns) * self.height:
            self.cells.setDataArray(tuple(zip(*columns, strict=True)))
        for x, found in self.formulas.items():
            for first, last in _stretches(sorted(found)):
                self._fill(self._part(x, first, last), [found[y] for y in range(first, last + 1)])
        self._dress()
        _put_back(self.cells, notes)

    def _fill(self, part: Any, given: list[str]) -> None:
        """Formulas in neighbouring cells of a column: one formula copied down where they are that, else one by one.

        One by one takes LibreOffice longer with every cell (20,000: a minute; copied: a blink). A copy brings the looks of
        its source along, so each stretch of equal looks is copied for itself.
        """
        looks = part.getCellFormatRanges()
        stretches = looks.getCount()
        if len(given) < _COPIED * stretches or any(f != shifted(given[0], y, 0) for y, f in enumerate(given)):
            part.setFormulaArray(tuple((to_libreoffice(f),) for f in given))
            return
        top = part.getRangeAddress().StartRow
        for i in range(stretches):
            one = looks.getByIndex(i)
            first = one.getRangeAddress().StartRow - top
            one.getCellByPosition(0, 0).setFormula(to_libreoffice(given[first]))
            one.fillAuto(formats.enum("sheet.FillDirection", "TO_BOTTOM"), 1)

    def _column(self, x: int, values: list[object], formulas: bool) -> list[str | float]:
        """The values of one column as LibreOffice takes them."""
        runs = self.kinds[x]
        whole = runs[0][2] if len(runs) == 1 and runs[0][:2] == (0, self.height - 1) else None
        if whole is None and not runs:
            whole = "other"
        out: list[str | float] = []
        as_it_is = whole not in (None, TEXT)
        for y, value in enumerate(values):
            if value is None:
                out.append("")
            elif (as_it_is and type(value) is float) or (isinstance(value, str) and not converts(value)):
                out.append(value)
            else:
                out.append(self._element(x, y, value, whole or _at(runs, y), formulas))
        return out

    def _element(self, x: int, y: int, value: object, what: str, formulas: bool) -> str | float:
        if isinstance(value, str):
            if what == TEXT and not (formulas and value.startswith("=")):
                return value
            if what == TEXT:
                raise WouldConvert(
                    f"{self._place(x, y)}：在文本格式的单元格里，Excel 会把公式 {value} 当成文字；请先改数字格式"
                )
            if value.startswith("="):
                to_libreoffice(value)  # raises now rather than when half is written
                self.formulas.setdefault(x, {})[y] = value
                return ""
            raise WouldConvert(
                f"{self._place(x, y)}：Excel 会改动文字“{value}”（当成数字、日期或公式）；请先把单元格设为文本格式 @"
            )
        if isinstance(value, datetime):
            if what == TEXT:
                raise WouldConvert(
                    f"{self._place(x, y)}：单元格是文本格式，日期 {value} 放进去会变成文字；请先设成日期格式"
                )
            serial = (value.replace(tzinfo=None) - self.start) / timedelta(days=1)
            if what == GENERAL:
                self.dates.append((x, y, serial % 1 != 0))
            return serial
        if isinstance(value, bool):
            if what == TEXT:
                return str(value).upper()
            if what != LOGICAL:
                self.logical.append((x, y))
            return float(value)
        if isinstance(value, int | float):
            return number_text(float(value)) if what == TEXT else float(value)
        raise TypeError(f"{self._place(x, y)}: {type(value).__name__} cannot stand in a cell")

    def _dress(self) -> None:
        """Give dates and booleans the formats that Excel would give them."""
        for x in {x for x, _, _ in self.dates}:
            timed = {y: t for c, y, t in self.dates if c == x}
            for first, last in _stretches(sorted(timed)):
                code = "yyyy-mm-dd hh:mm" if any(timed[y] for y in range(first, last + 1)) else "yyyy-mm-dd"
                self._part(x, first, last).NumberFormat = formats.key(self.document, code)
        if self.logical:
            number = self.document.getNumberFormats().getStandardFormat(1024, formats.english())
            for x, y in self.logical:
                self._part(x, y, y).NumberFormat = number

    def _part(self, x: int, first: int, last: int) -> Any:
        return self.cells.getCellRangeByPosition(x, first, x, last)

    def _place(self, x: int, y: int) -> str:
        return f"{self.cells.getSpreadsheet().getName()}!{column_letters(self.left + x + 1)}{self.top + y + 1}"


def _at(runs: list[formats.Run], row: int) -> str:
    return next((what for first, last, what in runs if first <= row <= last), "other")


def _stretches(rows: list[int]) -> Iterator[tuple[int, int]]:
    """First and last of each run of neighbouring rows.

    >>> list(_stretches([1, 2, 3, 7]))
    [(1, 3), (7, 7)]
    """
    cuts = [i for i, (a, b) in enumerate(pairwise(rows), 1) if b != a + 1]
    for first, behind in pairwise([0, *cuts, len(rows)]):
        if behind > first:
            yield rows[first], rows[behind - 1]


def _notes(cells: Any) -> list[tuple[Any, str, bool]]:
    """Place, text and whether it is shown, of every note of the cells."""
    area, all_notes = cells.getRangeAddress(), cells.getSpreadsheet().getAnnotations()
    found = []
    for i in range(all_notes.getCount()):
        note = all_notes.getByIndex(i)
        at = note.getPosition()
        if area.StartRow <= at.Row <= area.EndRow and area.StartColumn <= at.Column <= area.EndColumn:
            found.append((at, note.getString(), bool(note.getIsVisible())))
    return found


def _put_back(cells: Any, notes: list[tuple[Any, str, bool]]) -> None:
    if not notes:
        return
    every = cells.getSpreadsheet().getAnnotations()
    there = {(at.Row, at.Column) for at, _, _ in _notes(cells)}
    for at, text, shown in notes:
        if (at.Row, at.Column) not in there:
            every.insertNew(at, text)
            if shown:
                every.getByIndex(every.getCount() - 1).setIsVisible(True)
