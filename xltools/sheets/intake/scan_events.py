"""The careful reader of a worksheet's XML: expat, any legal shape, ten times slower than `scan_fast`.

It can write the cells out again as every reader of values understands them: texts in their cells, numbers as numbers,
each cell with its place, an error value that readers do not know as one that they do (its own text is in `Found`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from xml.sax.saxutils import escape

import numpy as np

from xltools.roster.headings import SEARCHED_ROWS
from xltools.roster.letters import column_letters, column_number
from xltools.sheets.intake.found import COLUMNS, FINE, ROWS, Found, cut
from xltools.sheets.ooxml.expat import bounded, fed, parser
from xltools.sheets.ooxml.refused import Refused

_REF = re.compile(r"\$?([A-Za-z]{1,3})\$?([0-9]{1,20})")


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
    for _ in _pass(_Reader(found), pieces, name):
        pass


def rewritten(pieces: Iterable[bytes], name: str, rows: dict[int, int] | None = None) -> Iterator[bytes]:
    """The sheet with nothing but its cells, in the plainest XML. Raises Refused as `read` does.

    With `rows` blank rows behind the first 20, where headings stand, are left out: it is filled with the other rows of
    the sheet and what their numbers are now.
    """
    reader = _Reader(Found(()), out=[], rows=rows)
    yield b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    for _ in _pass(reader, pieces, name):
        yield reader.taken()
    yield (reader.taken() + b"</row>" if reader.written else b"") + b"</sheetData></worksheet>"


def _pass(reader: _Reader, pieces: Iterable[bytes], name: str) -> Iterator[None]:
    made, found = parser(name), reader.found
    made.StartElementHandler = reader.start
    made.EndElementHandler = reader.end
    made.CharacterDataHandler = reader.text
    yield from fed(made, pieces, name)
    columns = {column: i for i, column in enumerate(found.columns)}
    for column in columns:
        rows = reader.numeric.get(column, [])
        found.numeric_rows.append(np.asarray(rows, np.int32))
        found.numeric_columns.append(np.full(len(rows), column, np.int16))
    found.check()


class _Reader:
    """Where the pass stands: expat's handlers share it."""

    def __init__(self, found: Found, out: list[str] | None = None, rows: dict[int, int] | None = None) -> None:
        self.found = found
        self.out = out  # the cells written anew, where they are wanted
        self.rows = rows  # where they are numbered anew
        self.written = 0  # the row that stands open there
        self.style = ""
        self.guide = False  # within the phonetic guide of a text
        self.shown = ""  # of an inline text
        self.numeric: dict[int, list[int]] = {column: [] for column in found.columns}
        self.depth = 0
        self.inside = False  # of sheetData
        self.row = self.column = 0  # of the current cell; rows from 1
        self.next_column = 0
        self.type = "n"
        self.cell = False
        self.formula = self.inline = False
        self.value: str | None = None
        self.reading = ""  # which of <v> and an inline text's <t>

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self.depth += 1
        bounded(self.depth, "worksheet")
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
                self.value, self.reading = "", name
            elif name == "f":
                self.formula = True
            elif name == "is":
                self.inline, self.shown = True, ""
            elif name == "t":
                self.reading = name if self.inline and not self.guide else ""
            elif name == "rPh":
                self.guide = True
            elif name == "c":
                raise Refused("FILE_UNREADABLE", f"a cell within a cell in row {self.row}")
        elif name == "c":
            if "r" in attributes:
                self.row, self.column = position(attributes["r"])
            else:
                self.column = self.next_column
            self.next_column = self.column + 1
            self.type = attributes.get("t", "n")
            self.style = attributes.get("s", "")
            self.cell = True
        elif name == "row":
            self._row(attributes)

    def end(self, name: str) -> None:
        self.depth -= 1
        if not self.inside:
            return
        if ":" in name:
            name = name.rpartition(":")[2]
        if name in ("v", "t"):
            self.reading = ""
        elif name == "rPh":
            self.guide = False
        elif name == "c" and self.cell:
            self._cell()
            self.cell = self.formula = self.inline = self.guide = False
            self.value, self.shown, self.reading = None, "", ""
        elif name == "sheetData":
            self.inside = False

    def text(self, text: str) -> None:
        if self.reading == "v":
            self.value = (self.value or "") + text
        elif self.reading == "t":
            self.shown += text

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
            found.cells += 1
            found.value_rows = max(found.value_rows, row)
            found.value_columns = max(found.value_columns, column + 1)
        if self.type == "n" and self.value and column in self.numeric:
            self.numeric[column].append(row)
            if FINE.match(self.value) and cut(self.value):
                found.fine_rows.append(np.array([row], np.int32))
                found.fine_columns.append(np.array([column], np.int16))
        if self.formula:
            found.formulas += 1
            if not self.value and not (self.type == "str" and self.value is not None):
                found.valueless.append((row, column))
        if self.type == "e" and (self.value is not None or self.formula):
            found.errors.append((row, column, (self.value or "").strip()))
        if self.out is not None:
            self._write(self.out, row, column)

    def _write(self, out: list[str], row: int, column: int) -> None:
        kind, value = _readable(self.type, self.value, self.shown)
        if not value:
            return
        if self.rows is not None and row > SEARCHED_ROWS:
            row = self.rows.setdefault(row, SEARCHED_ROWS + 1 + len(self.rows))
        if row != self.written:
            out.append(f'</row><row r="{row}">' if self.written else f'<row r="{row}">')
            self.written = row
        style = f' s="{self.style}"' if self.style.isascii() and self.style.isdigit() else ""
        out.append(f'<c r="{column_letters(column + 1)}{row}"{style} t="{kind}"><v>{value}</v></c>')

    def taken(self) -> bytes:
        """What was written since it was last asked for."""
        assert self.out is not None
        done = "".join(self.out).encode()
        self.out.clear()
        return done


_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,4})?")
_CODE = re.compile("_x([0-9A-Fa-f]{4})_")  # a character in the notation of ST_Xstring (ECMA-376 part 1, 22.9.2.19)


def _readable(kind: str, value: str | None, inline: str) -> tuple[str, str]:
    """Type and content of a cell that no reader mistakes; no content for a cell without a value.

    A number that is none is a text, and so is what has a type that there is not. Raises Refused for a shared string
    whose number is none.
    """
    plain = (value or "").strip()
    if kind in ("n", "") and (not plain or _NUMBER.fullmatch(plain)):
        return "n", plain
    if kind == "s":
        if plain and not (plain.isascii() and plain.isdigit()):
            raise Refused("FILE_UNREADABLE", f"number of a shared string: {plain[:40]}")
        return "s", plain
    if kind == "b":
        return "b", str(int(plain.lower() in ("1", "true", "on"))) if plain else ""
    if kind == "e":
        return "e", "#N/A" if plain else ""
    if kind == "d":
        return "d", escape(plain)
    text = _CODE.sub(lambda m: chr(int(m[1], 16)), inline or value or "")
    return "str", escape(_LEGAL.sub("", text), {"\r": "&#13;", "\n": "&#10;"})


_LEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")  # what XML cannot say
