"""The careful reader of a worksheet's XML: expat, any legal shape, ten times slower than `scan_fast`."""

from __future__ import annotations

import re
from collections.abc import Iterable

import numpy as np

from xltools.roster.letters import column_number
from xltools.sheets.intake.found import COLUMNS, ROWS, Found
from xltools.sheets.ooxml.expat import feed, parser
from xltools.sheets.ooxml.refused import Refused

_REF = re.compile(r"\$?([A-Za-z]{1,3})\$?([0-9]{1,20})")
_DEPTH = 256


def position(ref: str) -> tuple[int, int]:
    """Row from 1 and column from 0 of `C5`. Raises Refused outside a worksheet's bounds."""
    match = _REF.fullmatch(ref)
    if not match:
        raise Refused("FILE_UNREADABLE", f"cell reference {ref[:40]!r}")
    row, column = int(match[2]), column_number(match[1])
    if row > ROWS:
        raise Refused("FILE_TOO_MANY_ROWS", f"row {row}")
    if not row or column > COLUMNS:
        raise Refused("FILE_UNREADABLE", f"cell reference {ref[:40]!r}")
    return row, column - 1


def read(pieces: Iterable[bytes], found: Found, name: str) -> None:
    """Fills `found` from the sheet's inflated bytes. A row or cell without `r` follows the one before it.

    Raises Refused: FILE_UNREADABLE, FILE_DTD, or by `Found.check`.
    """
    reader = _Reader(found)
    made = parser(name)
    made.StartElementHandler = reader.start
    made.EndElementHandler = reader.end
    made.CharacterDataHandler = reader.text
    feed(made, pieces, name)
    columns = {column: i for i, column in enumerate(found.columns)}
    for column in columns:
        rows = reader.numeric.get(column, [])
        found.numeric_rows.append(np.asarray(rows, np.int32))
        found.numeric_columns.append(np.full(len(rows), column, np.int16))
    found.check()


class _Reader:
    """Where the pass stands: expat's handlers share it."""

    def __init__(self, found: Found) -> None:
        self.found = found
        self.numeric: dict[int, list[int]] = {column: [] for column in found.columns}
        self.depth = 0
        self.inside = False  # of sheetData
        self.row = self.column = 0  # of the current cell; rows from 1
        self.next_column = 0
        self.type = "n"
        self.cell = False
        self.formula = self.inline = False
        self.value: str | None = None
        self.reading = False  # of <v>

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self.depth += 1
        if self.depth > _DEPTH:
            raise Refused("FILE_UNREADABLE", "XML nested too deeply")
        if ":" in name:
            name = name.rpartition(":")[2]
        if name == "mergeCell" and "ref" in attributes:
            self.found.merged.append(attributes["ref"])
        elif name == "hyperlink" and "ref" in attributes:
            self.found.linked.append(attributes["ref"])
        elif not self.inside:
            if name == "sheetData":
                self.inside = True
        elif self.cell:
            if name == "v":
                self.value, self.reading = "", True
            elif name == "f":
                self.formula = True
            elif name == "is":
                self.inline = True
            elif name == "c":
                raise Refused("FILE_UNREADABLE", f"a cell within a cell in row {self.row}")
        elif name == "c":
            if "r" in attributes:
                self.row, self.column = position(attributes["r"])
            else:
                self.column = self.next_column
            self.next_column = self.column + 1
            self.type = attributes.get("t", "n")
            self.cell = True
        elif name == "row":
            self._row(attributes)

    def end(self, name: str) -> None:
        self.depth -= 1
        if not self.inside:
            return
        if ":" in name:
            name = name.rpartition(":")[2]
        if name == "v":
            self.reading = False
        elif name == "c" and self.cell:
            self._cell()
            self.cell = self.formula = self.inline = self.reading = False
            self.value = None
        elif name == "sheetData":
            self.inside = False

    def text(self, text: str) -> None:
        if self.reading and self.value is not None:
            self.value += text

    def _row(self, attributes: dict[str, str]) -> None:
        found = self.found
        try:
            self.row = int(attributes["r"]) if "r" in attributes else self.row + 1
        except ValueError as why:
            raise Refused("FILE_UNREADABLE", f"row number {attributes['r'][:40]!r}") from why
        if self.row < 1:
            raise Refused("FILE_UNREADABLE", f"row number {self.row}")
        self.next_column = 0
        found.rows = max(found.rows, self.row)
        found.row_count += 1
        if attributes.get("hidden") in ("1", "true"):
            found.hidden.append(self.row)
        found.check()

    def _cell(self) -> None:
        found, row, column = self.found, self.row, self.column
        found.rows = max(found.rows, row)
        if self.value is not None or self.formula or self.inline:
            found.value_rows = max(found.value_rows, row)
            found.value_columns = max(found.value_columns, column + 1)
        if self.type == "n" and self.value and column in self.numeric:
            self.numeric[column].append(row)
        if self.formula:
            found.formulas += 1
            if not self.value and not (self.type == "str" and self.value is not None):
                found.valueless.append((row, column))
        if self.type == "e" and (self.value is not None or self.formula):
            found.errors.append((row, column, self.value or ""))
