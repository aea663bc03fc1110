"""Tables of a web page (网页表格), which many systems send as `.xls`: a page, or a web archive of Excel's with several.

All tables of a page are one sheet, one below the other: a title, the headings and the rows often are tables of their
own. A table that holds tables only arranges them. Rows and columns count as Excel counts them when it opens the page.
"""

from __future__ import annotations

import email
import email.policy
import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

import numpy as np

from xltools.roster.letters import column_letters
from xltools.roster.problems import FileProblem
from xltools.sheets.intake import textkind
from xltools.sheets.intake.found import COLUMNS, ROWS, SPREAD, check_cells
from xltools.sheets.intake.grid import Grid, IsHeading, of_rows, tables
from xltools.sheets.intake.xmlsheet import CELLS
from xltools.sheets.ooxml.refused import Refused

_LARGEST = 1 << 28  # bytes of a page
_CHARSET = re.compile(rb"(?i)<meta[^>]*?charset\s*=\s*[\"']?\s*([\w-]+)")
_NAMES = {"gb2312": "gb18030", "gbk": "gb18030", "x-gbk": "gb18030", "unicode": "utf-16"}
_FIGURE = re.compile(r"[-+(]?\s*(?:US)?[$¥￥]?\s*[\d,]*\.?\d+(?:[eE][+-]?\d+)?\s*[)%]?")
_SPACE = re.compile(r"[ \t\r\n\f]+")


def grids(path: Path, is_heading: IsHeading) -> list[Grid]:
    """The pages with the headings. Raises Refused."""
    if path.stat().st_size > _LARGEST:
        raise Refused("FILE_BOMB", f"a page of {path.stat().st_size} bytes")
    data = path.read_bytes()
    pages = _pages(data) if re.match(rb"(?i)\s*mime-version:", data) else [_decoded(data)]
    found = [grid for number, page in enumerate(pages, 1) if (grid := _sheet(page, number)).columns]
    if not found:
        raise Refused("FILE_NOT_WORKBOOK", "没有表格的网页")
    out = tables(found, is_heading)
    for grid in out:
        grid.problems = (FileProblem("FILE_DISGUISED", more="网页表格（HTML）"),)
    return out


def _pages(data: bytes) -> list[str]:
    """The web pages within a web archive (RFC 2557)."""
    message = email.message_from_bytes(data, policy=email.policy.default)
    pages = []
    for part in message.walk():
        if part.get_content_type() == "text/html":
            content = part.get_payload(decode=True)
            if isinstance(content, bytes):
                pages.append(_decoded(content, str(part.get_content_charset() or "")))
    return pages


def _decoded(data: bytes, stated: str = "") -> str:
    """The page's text: by its mark, by what it or its archive says of itself if that fits, else by what fits."""
    said = _CHARSET.search(data[:4096])
    for name in (
        textkind.encoding(data) if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "",
        stated,
        said[1].decode() if said else "",
    ):
        if name:
            try:
                return data.decode(_NAMES.get(name.lower(), name))
            except (UnicodeDecodeError, LookupError):
                continue
    return data.decode(textkind.encoding(data) or "gb18030", "replace")


def _sheet(page: str, number: int) -> Grid:
    reader = _Reader()
    reader.feed(page)
    reader.close()
    done = [t for t in reader.tables if not t.arranges]
    rows: list[list[object]] = []
    hidden, merged, numeric = list[int](), list[str](), dict[int, list[int]]()
    for table in done:
        above = len(rows)
        rows += table.rows
        hidden += [above + row for row in table.hidden]
        merged += [
            f"{column_letters(x + 1)}{above + y}:{column_letters(x + across)}{above + y + down - 1}"
            for y, x, down, across in table.merged
        ]
        for x, lines in table.numeric.items():
            numeric.setdefault(x, []).extend(above + row for row in lines)
    if len(rows) > ROWS:
        raise Refused("FILE_TOO_MANY_ROWS", f"row {len(rows)}")
    if len(rows) * max(map(len, rows), default=0) > CELLS:
        raise Refused("FILE_BOMB", f"{len(rows)} rows")
    grid = of_rows(f"网页{number}", rows)
    grid.hidden, grid.merged = np.array(hidden, np.int64), tuple(merged)
    grid.numbers = lambda column: np.array(numeric.get(column, ()), np.int64)
    return grid


@dataclass
class _Table:
    """Rows from 1, columns from 0, merged cells as top, left, rows, columns."""

    rows: list[list[object]] = field(default_factory=list)
    hidden: list[int] = field(default_factory=list)
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    numeric: dict[int, list[int]] = field(default_factory=dict)
    taken: dict[int, int] = field(default_factory=dict)  # column -> last row that a cell from above reaches into
    arranges: bool = False
    open_row: bool = False
    cell: list[str] | None = None
    place: int = 0  # its column
    number: str | None = None


class _Reader(HTMLParser):
    """Gathers the tables of a page in the order in which they begin; end tags may be missing, as HTML allows."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tables: list[_Table] = []
        self.open: list[_Table] = []
        self.silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {key: value or "" for key, value in attrs}
        table = self.open[-1] if self.open else None
        if tag in ("script", "style", "xml", "title"):
            self.silent += 1
        elif tag == "table":
            if table:
                table.arranges |= table.cell is not None
            self.open.append(_Table())
            self.tables.append(self.open[-1])
        elif table and tag == "tr":
            self._row(table, "none" in given.get("style", "").replace(" ", "").lower().partition("display:")[2][:4])
        elif table and tag in ("td", "th"):
            self._end_cell(table)
            if not table.open_row:
                self._row(table, False)
            self._cell(table, given)
        elif table and table.cell is not None and tag in ("br", "p", "div") and "".join(table.cell).strip():
            table.cell.append("\v")

    def handle_endtag(self, tag: str) -> None:
        table = self.open[-1] if self.open else None
        if tag in ("script", "style", "xml", "title"):
            self.silent = max(0, self.silent - 1)
        elif table and tag in ("td", "th", "tr", "table"):
            self._end_cell(table)
            if tag in ("tr", "table"):
                table.open_row = False
            if tag == "table":
                self.open.pop()

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1].cell is not None and not self.silent:
            self.open[-1].cell.append(data)

    def close(self) -> None:
        super().close()
        for table in self.open:
            self._end_cell(table)

    def _row(self, table: _Table, hidden: bool) -> None:
        self._end_cell(table)
        table.rows.append([])
        table.open_row = True
        if hidden:
            table.hidden.append(len(table.rows))

    def _cell(self, table: _Table, given: dict[str, str]) -> None:
        row, y = table.rows[-1], len(table.rows)
        while table.taken.get(len(row), 0) >= y:
            row.append("")
        x = len(row)
        across, down = (_span(given.get(name, "")) for name in ("colspan", "rowspan"))
        if x + across > COLUMNS:
            raise Refused("FILE_UNREADABLE", f"column {x + across}")
        if across * down > 1:
            check_cells("合并单元格", across * min(down, SPREAD))
            table.merged.append((y, x, down, across))
            table.taken |= {x + i: y + down - 1 for i in range(across)}
        row.append("")
        row.extend("" for _ in range(across - 1))
        table.cell, table.number = [], given.get("x:num")
        table.place = x

    def _end_cell(self, table: _Table) -> None:
        if table.cell is None:
            return
        shown = "\n".join(_SPACE.sub(" ", line).strip(" ") for line in "".join(table.cell).split("\v")).strip("\n")
        value = table.number if table.number and _FIGURE.fullmatch(shown.strip()) else shown
        table.rows[-1][table.place] = value
        if table.number is not None and value:
            table.numeric.setdefault(table.place, []).append(len(table.rows))
        table.cell = None


def _span(said: str) -> int:
    said = said.strip()
    return max(1, min(int(said[:9]), ROWS)) if said.isascii() and said.isdigit() else 1
