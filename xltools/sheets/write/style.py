"""How our rich sheets look: fonts, colours, page set-up; and workbooks that are the same on every build."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO
from unicodedata import east_asian_width
from zipfile import ZipFile

from xlsxwriter.format import Format
from xlsxwriter.utility import xl_rowcol_to_cell
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from xltools.sheets.ooxml.zipout import write_zip

FONT, TITLE_FONT = "宋体", "黑体"
"""On every Chinese Windows, in WPS, and in offices' printed forms."""
SIZE = 11

NAVY, PALE_BLUE, GREY, PALE_GREY, LINE = "#1F4E79", "#DDEBF7", "#595959", "#F2F2F2", "#BFBFBF"
BAD = {"bg_color": "#FFC7CE", "font_color": "#9C0006"}
GOOD = {"bg_color": "#C6EFCE", "font_color": "#006100"}
NOTE = {"bg_color": "#FFEB9C", "font_color": "#7F6000"}
MISSING = {"bg_color": "#FFF2CC"}
"""Fills of conditional formats; the words ✔ ✘ ⓘ beside them say the same in print."""

A4 = 9
CREATED = datetime(2000, 1, 1)
"""Stands in every workbook in place of the clock, so that a rebuild gives the same bytes."""


class Sheet(Worksheet):  # type: ignore[misc]  # XlsxWriter is not typed
    """XlsxWriter's worksheet, and formulas that a whole column shares (共享公式), as Excel itself saves them.

    A formula of 6,000 characters in 4,000 rows is 36 MB of XML written out and 200 kB when it is shared.
    """

    dim_colmax: int | None
    _shared: dict[str, tuple[int, str]]

    def share_formula(self, first: int, last: int, column: int, formula: str, look: Format) -> None:
        """Write `formula`, as it stands in row `first`, in all rows to `last` (0-based, like all of XlsxWriter).

        Its relative references move with the row. It may not refer to other sheets.
        """
        self._shared = getattr(self, "_shared", {})
        number = len({index for index, _ in self._shared.values()})
        area = f"{xl_rowcol_to_cell(first, column)}:{xl_rowcol_to_cell(last, column)}"
        for row in range(first, last + 1):
            self.write_formula(row, column, formula if row == first else "=0", look, "")
            self._shared[xl_rowcol_to_cell(row, column)] = (number, area if row == first else "")

    def format_rest(self, first: int, look: Format) -> None:
        """Give every column from `first` on that format, without counting them as used."""
        used = self.dim_colmax
        self.set_column(first, self.xls_colmax - 1, None, look)
        self.dim_colmax = used

    def _xml_formula_element(self, formula: str, result: Any, attributes: Any = ()) -> None:
        # XlsxWriter's one place that writes a formula; a test fails should it ever move.
        found = getattr(self, "_shared", {}).get(dict(attributes)["r"])
        if found is None:
            super()._xml_formula_element(formula, result, attributes)
            return
        cell = "".join(f' {key}="{value}"' for key, value in attributes)
        number, area = found
        body = f' ref="{area}" si="{number}">{self._escape_data(formula)}</f>' if area else f' si="{number}"/>'
        self.fh.write(f'<c{cell}><f t="shared"{body}<v></v></c>')


class Book(Workbook):  # type: ignore[misc]
    """A workbook whose file has the same bytes on every system.

    Its parts pass through no text file, where Windows ends lines by two characters, and no zip header names the system.
    """

    def __init__(self, target: Path | BinaryIO, options: Mapping[str, Any] | None = None) -> None:
        self._target = target
        super().__init__(BytesIO(), {"in_memory": True, **(options or {})})

    def _store_workbook(self) -> None:
        super()._store_workbook()
        with ZipFile(self.filename) as drawn:
            members = ((name, [drawn.read(name)]) for name in drawn.namelist())
            if isinstance(self._target, Path):
                with self._target.open("wb") as file:
                    write_zip(file, members)
            else:
                write_zip(self._target, members)


def new_book(path: Path, title: str) -> Workbook:
    """An empty workbook to be written to `path`: no clock, and text never turns into formulas, numbers or links."""
    quiet = {"strings_to_formulas": False, "strings_to_numbers": False, "strings_to_urls": False}
    book = Book(path, quiet)
    book.set_properties({"title": title, "created": CREATED})
    book.worksheet_class = Sheet
    return book


def look(book: Workbook, **properties: Any) -> Format:
    """A cell format in our font; `properties` are XlsxWriter's own."""
    return book.add_format({"font_name": FONT, "font_size": SIZE, "valign": "vcenter", **properties})


def boxed(book: Workbook, **properties: Any) -> Format:
    """The same with a thin grey line around the cell."""
    return look(book, border=1, border_color=LINE, **properties)


def a4(sheet: Worksheet, *, landscape: bool, high: int = 0, left: str = "", right: str = "") -> None:
    """Page set-up: A4, one page wide and `high` pages high (0: as many as it takes), page numbers in the footer."""
    sheet.set_paper(A4)
    if landscape:
        sheet.set_landscape()
    sheet.fit_to_pages(1, high)
    sheet.center_horizontally()
    sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.65)
    ends = [part.replace("&", "&&") for part in (left, right)]
    sheet.set_footer(f"&L&9{ends[0]}&C&9第 &P 页，共 &N 页&R&9{ends[1]}")


POINTS = 15.0
"""Points that a line of text of the usual size takes."""


def lines(text: str, width: float) -> int:
    """How many lines a text takes in a column of that width (in narrow characters)."""
    fits = max(2, int(width - 1.5))
    return sum(max(1, -(-_wide(part) // fits)) for part in text.split("\n"))


def _wide(text: str) -> int:
    return sum(2 if east_asian_width(c) in "WFA" else 1 for c in text)
