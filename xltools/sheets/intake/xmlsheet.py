"""A workbook of Excel 2003 in XML (SpreadsheetML 2003), as other systems write it under the name of .xls.

Its elements and attributes: Microsoft, XML Spreadsheet Reference (2002). Rows and cells count on from those before them
unless ss:Index says where they stand; what a cell's type says is taken, not guessed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import numpy as np

from xltools.catalogue.template import VERSION_SHEET
from xltools.roster.letters import column_letters
from xltools.roster.problems import FileProblem
from xltools.sheets.intake import textkind
from xltools.sheets.intake.found import COLUMNS, ROWS
from xltools.sheets.intake.grid import Grid, IsHeading, of_rows, tables, version_of
from xltools.sheets.ooxml import expat
from xltools.sheets.ooxml.refused import Refused

CELLS = 1 << 24  # up to the last cell of a sheet
_DECLARED = re.compile(r"\s*<\?xml[^>]*?encoding\s*=\s*[\"']([\w.-]+)[\"'][^>]*\?>|\s*<\?xml[^>]*\?>")
_ILLEGAL = re.compile(
    r"&#(?:x0*(?:[0-8bcef]|1[0-9a-f])|0*(?:[0-8]|1[124-9]|2\d|3[01]));|[\x00-\x08\x0b\x0c\x0e-\x1f]", re.IGNORECASE
)
"""Control characters, which Excel writes though XML does not have them."""
_KIND = "XML 表格（Excel 2003）"


def grids(path: Path, wanted: str | None, is_heading: IsHeading) -> list[Grid]:
    """The visible sheets with the headings, `wanted` first. Raises Refused."""
    reader = _Reader()
    made = expat.parser(path.name)
    made.StartElementHandler = reader.start
    made.EndElementHandler = reader.end
    made.CharacterDataHandler = reader.text
    expat.feed(made, _pieces(path), path.name)
    version = next((version_of(s.rows) for s in reader.sheets if s.name == VERSION_SHEET), None)
    visible = [s for s in reader.sheets if s.visible and s.name != VERSION_SHEET]
    if not visible:
        raise Refused("FILE_EMPTY", "没有可见的工作表")
    found = sorted((s.grid(reader.date1904) for s in visible), key=lambda grid: grid.sheet != wanted)
    out = tables(found, is_heading)
    for grid in out:
        grid.version, grid.problems = version, (FileProblem("FILE_DISGUISED", more=_KIND),)
    return out


def _pieces(path: Path) -> Iterator[bytes]:
    """The content in UTF-8, without the line that says in which encoding it was."""
    data = path.read_bytes()
    found = textkind.encoding(data)
    declared = _DECLARED.match(data[:200].decode("latin-1"))
    if not found and declared and declared[1]:
        found = declared[1]
    try:
        text = data.decode(found or "gb18030", "replace")
    except LookupError as why:
        raise Refused("FILE_UNREADABLE", f"encoding {found}") from why
    text = text[declared.end() :] if (declared := _DECLARED.match(text.removeprefix("\ufeff"))) else text
    yield _ILLEGAL.sub("", text.removeprefix("\ufeff").lstrip()).encode()


@dataclass
class _Sheet:
    name: str
    visible: bool = True
    rows: list[list[object]] = field(default_factory=list)
    errors: list[tuple[int, int, str]] = field(default_factory=list)
    no_value: list[tuple[int, int]] = field(default_factory=list)
    hidden: list[int] = field(default_factory=list)
    merged: list[str] = field(default_factory=list)
    numeric: dict[int, list[int]] = field(default_factory=dict)

    def grid(self, date1904: bool) -> Grid:
        grid = of_rows(self.name, self.rows)
        grid.errors, grid.no_value, grid.merged = self.errors, self.no_value, tuple(self.merged)
        grid.hidden = np.array(self.hidden, np.int64)
        grid.numbers = lambda column: np.array(self.numeric.get(column, ()), np.int64)
        grid.date1904 = date1904
        return grid


class _Reader:
    """Where the pass stands: expat's handlers share it."""

    def __init__(self) -> None:
        self.sheets: list[_Sheet] = []
        self.date1904 = False
        self.path: list[str] = []
        self.row = self.column = 0  # of the current cell: from 1, and from 0
        self.next_column = 0
        self.across = 0
        self.width = 0
        self.type = ""
        self.formula = self.valued = False
        self.words: list[str] = []

    def start(self, name: str, given: dict[str, str]) -> None:
        local = name.rpartition(":")[2]
        attributes = {key.rpartition(":")[2]: value for key, value in given.items()}
        self.path.append(local)
        expat.bounded(len(self.path), "Workbook")
        if local == "Worksheet":
            self.sheets.append(_Sheet(attributes.get("Name", f"Sheet{len(self.sheets) + 1}")))
            self.row = self.width = 0
        elif local == "Row" and self.sheets:
            self.row = _index(attributes, self.row + 1, ROWS)
            self.next_column = 0
            if attributes.get("Hidden") == "1":
                self.sheets[-1].hidden.append(self.row)
        elif local == "Cell" and self.row:
            self.column = _index(attributes, self.next_column + 1, COLUMNS) - 1
            self.across = _index({"Index": attributes.get("MergeAcross", "0")}, 0, COLUMNS)
            down = _index({"Index": attributes.get("MergeDown", "0")}, 0, ROWS)
            if self.across or down:
                last = f"{column_letters(self.column + self.across + 1)}{self.row + down}"
                self.sheets[-1].merged.append(f"{column_letters(self.column + 1)}{self.row}:{last}")
            self.next_column = self.column + self.across + 1
            self.formula, self.valued = "Formula" in attributes, False
        elif local == "Data" and self.path[-2:-1] == ["Cell"]:
            self.type, self.words = attributes.get("Type", "String"), []
        elif local == "Date1904":
            self.date1904 = True

    def end(self, _: str) -> None:
        local = self.path.pop()
        if local == "Data" and self.path[-1:] == ["Cell"] and self.row:
            self._put("".join(self.words))
        elif local == "Cell" and self.formula and not self.valued and self.sheets:
            self.sheets[-1].no_value.append((self.row, self.column))
        elif local == "Visible" and self.sheets and "WorksheetOptions" in self.path:
            self.sheets[-1].visible = "".join(self.words).strip() in ("", "SheetVisible")

    def text(self, text: str) -> None:
        if "Data" in self.path or self.path[-1:] == ["Visible"]:
            self.words.append(text)

    def _put(self, text: str) -> None:
        sheet = self.sheets[-1]
        self.valued = bool(text) or self.type == "String"
        if self.type == "Error":
            sheet.errors.append((self.row, self.column, text.strip()))
            return
        value = _value(self.type, text)
        if value == "":
            return
        self.width = max(self.width, self.column + 1)
        if self.row * self.width > CELLS:
            raise Refused("FILE_BOMB", f"{self.row} rows x {self.width} columns")
        sheet.rows.extend([] for _ in range(self.row - len(sheet.rows)))
        row = sheet.rows[self.row - 1]
        row.extend("" for _ in range(self.column + 1 - len(row)))
        row[self.column] = value
        if isinstance(value, float):
            sheet.numeric.setdefault(self.column, []).append(self.row)


def _index(attributes: dict[str, str], otherwise: int, most: int) -> int:
    """ss:Index, or the place that follows from the one before. Raises Refused outside a sheet's bounds."""
    said = attributes.get("Index", "").strip()
    if said and not (said.isascii() and said.isdigit()):
        raise Refused("FILE_UNREADABLE", f"ss:Index {said[:40]!r}")
    found = int(said[:12]) if said else otherwise
    if found > most:
        raise Refused("FILE_TOO_MANY_ROWS" if most == ROWS else "FILE_UNREADABLE", f"row or column {found}")
    return found


def _value(kind: str, text: str) -> object:
    plain = text.strip()
    if kind == "Number" and plain:
        try:
            return float(plain)
        except ValueError:
            return text
    if kind == "DateTime" and plain:
        try:
            return datetime.fromisoformat(plain)
        except ValueError:
            return text
    if kind == "Boolean" and plain in ("0", "1"):
        return plain == "1"
    return text
