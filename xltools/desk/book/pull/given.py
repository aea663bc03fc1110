"""A table of the workbook as the bureau's inputs are read: columns found by heading, cells cleaned and checked alike.

Columns may have been moved and others put between them; rows may have been sorted, and blank ones put in.
"""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

import numpy as np
import pyarrow as pa

from xltools.catalogue.bureau_tables import bureau_tables, columns_of
from xltools.catalogue.columns import MONEY, fold
from xltools.catalogue.tables import BookColumn, BookTable
from xltools.desk.book.contents.cells import book_texts, money, text_of, texts
from xltools.desk.book.pull.pulled import Problem
from xltools.desk.errors import BadInput
from xltools.roster import inputs
from xltools.roster.cells import Cells, Roster
from xltools.roster.letters import column_letters
from xltools.roster.problems import Mask
from xltools.roster.values import is_number
from xltools.scheme import Scheme
from xltools.sheets.platform.closed import BookRows

FILE = "平台工作簿"
"""What the workbook is called in the journal and in messages."""


@dataclass(frozen=True)
class Given:
    """One table as it stands: `places` heading -> column of `book.rows`, `lines` the rows that are not blank."""

    of: BookTable
    book: BookRows
    places: dict[str, int]
    lines: list[int]

    def __len__(self) -> int:
        return len(self.lines)

    def values(self, heading: str) -> list[object]:
        """The cells of a column as they were read, along `lines`; blank where the table has no such column."""
        if heading not in self.places:
            return [None] * len(self)
        x = self.places[heading]
        return [self.book.rows[y][x] for y in self.lines]

    def texts(self, column: BookColumn) -> list[str]:
        """The same as canonical text."""
        return book_texts(self.values(column.heading), column.kind)

    def cell(self, i: int, heading: str = "") -> str:
        """The address of a cell (`K7`) of row `i` along `lines`; of its first cell where the column is not there."""
        x = self.places.get(heading, 0)
        return f"{column_letters(self.book.first_column + x)}{self.book.first_row + self.lines[i]}"

    def keys(self) -> list[str]:
        """The key of each row as 基准 writes it."""
        kinds = {c.heading: c for c in self.of.columns}
        return ["|".join(row) for row in zip(*(self.texts(kinds[h]) for h in self.of.key), strict=True)]

    def take(self, rows: Sequence[int]) -> Given:
        """Only some of the rows."""
        return replace(self, lines=[self.lines[i] for i in rows])


def given(book: BookRows, of: BookTable, shown: Collection[str] | None = None) -> tuple[Given, list[Problem]]:
    """The table under its headings, and what is wrong with the headings that a pull needs.

    `shown`: the bureau's headings under which the workbook showed anything (None: nobody knows). Another one that is
    not there, nor anything like it, is a column that the workbook never had.
    """
    there = [fold(str(h or "")) for h in book.headings]
    twice = {h for h, n in Counter(there).items() if n > 1 and h}
    places = {c.heading: there.index(fold(c.heading)) for c in of.columns if fold(c.heading) in there}
    needed = [c.heading for c in of.columns if c.owner == "bureau" or c.heading in of.key]
    problems = []
    spare = [h for h in book.headings if h and fold(str(h)) not in {fold(c.heading) for c in of.columns}]
    for heading in needed:
        if heading not in places:
            near = difflib.get_close_matches(heading, [str(h) for h in spare], 1, 0.4)
            if shown is not None and heading not in shown and heading not in of.key and not near:
                continue
            problems.append(Problem(of.name, book.sheet, "", *_gone(of, heading, spare)))
        elif fold(heading) in twice:
            text = f"表“{of.name}”里有两列“{heading}”，分不清取哪一列"
            problems.append(Problem(of.name, book.sheet, "", text, "请删掉或改名其中一列"))
    filled = [y for y, row in enumerate(book.rows) if any(v is not None and str(v).strip() for v in row)]
    return Given(of, book, places, filled), problems


def _gone(of: BookTable, heading: str, spare: list[str]) -> tuple[str, str]:
    """What is so, and what to do about it."""
    near = difflib.get_close_matches(heading, spare, 1, 0.4)
    hint = f"（是不是改成了“{near[0]}”？）" if near else ""
    todo = f"请把表头改回“{heading}”后再刷新；这张表的改动没有取回，也没有丢"
    return f"表“{of.name}”里找不到表头“{heading}”{hint}", todo


def repeated(g: Given, keys: list[str], allowed: dict[str, int]) -> list[Problem]:
    """Rows whose key stands more often than the ledger has it: nobody can tell which of them is meant."""
    counts = Counter(k for k in keys if k.replace("|", ""))
    problems = []
    for i, key in enumerate(keys):
        if counts[key] > max(1, allowed.get(key, 1)):
            rows = "、".join(str(g.book.first_row + g.lines[j]) for j, k in enumerate(keys) if k == key)
            text = f"第 {rows} 行是同一行（{key.replace('|', ' ')}）"
            problems.append(Problem(g.of.name, g.book.sheet, g.cell(i, g.of.key[0]), text, "请只留一行，再刷新"))
    return problems


def formulas(g: Given, columns: Sequence[BookColumn]) -> list[Problem]:
    """Formulas in cells that the bureau fills in: a value belongs there."""
    places = {g.places[c.heading]: c.heading for c in columns if c.heading in g.places}
    line = {y: i for i, y in enumerate(g.lines)}
    return [
        Problem(
            g.of.name, g.book.sheet, g.cell(line[y], places[x]),
            f"“{places[x]}”里是公式", "请改成值：复制这一格，再“选择性粘贴—数值”",
        )
        for y, x in sorted(g.book.formulas)
        if x in places and y in line
    ]  # fmt: skip


def check(g: Given, scheme: Scheme, today: date) -> Roster:
    """The rows cleaned and checked as a file of that input is; cells keep their addresses in the workbook."""
    columns = {c.field: c.heading for c in g.of.columns if c.owner == "bureau"}
    declared = bureau_tables()[g.of.input]
    columns |= {k: declared.at(k).heading for k in declared.key if not g.of.grows}
    kinds = {c.field: c.kind for c in columns_of(scheme, g.of.input)}
    raw = {f: g.values(h) for f, h in columns.items()}
    shown = {f: [text_of(v, "") for v in values] for f, values in raw.items()}
    numbers = {f: np.array([is_number(v) for v in values], dtype=bool) for f, values in raw.items()}  # fmt: skip

    def stored_as_number(field: str) -> Mask:
        return numbers.get(field, np.zeros(len(g), dtype=bool))

    cells = Cells(
        FILE, g.book.sheet, {f: pa.array(v, pa.string()) for f, v in shown.items()},
        {f: g.book.first_column - 1 + g.places[h] for f, h in columns.items() if h in g.places},
        {f: Decimal(1) for f in columns if kinds.get(f) in MONEY},
        np.array([g.book.first_row + y for y in g.lines], dtype=np.int64), g.book.first_row - 1,
        is_number=stored_as_number,
    )  # fmt: skip
    return inputs.check(cells, scheme, g.of.input, today)


def canonical(roster: Roster, g: Given, column: BookColumn) -> list[str]:
    """A bureau's column as canonical text, as its input is understood; what is wrong stays as it was typed."""
    field = column.field
    if field in roster.amounts:
        found = texts(money(roster.amounts[field].cents, roster.amounts[field].known), column.kind)
    elif field in roster.times:
        moments = pa.array(roster.times[field], pa.timestamp("s"))
        found = texts(moments.cast(pa.date32()) if column.kind == "date" else moments, column.kind)
    elif column.kind in ("rate", "fx"):
        given_ = [Decimal(v).quantize(Decimal("1e-8")) if v else None for v in roster.text[field].to_pylist()]
        found = texts(pa.array(given_, pa.decimal128(18, 8)), column.kind)
    else:
        found = texts(roster.text[field], column.kind if column.kind == "text" else "")
    out: list[str] = found.to_pylist()
    wrong = roster.findings.mask(fields=(field,))
    if wrong.any():
        as_typed = g.texts(column)
        for i in np.flatnonzero(wrong).tolist():
            out[i] = out[i] or as_typed[i]
    return out


def errors(g: Given, roster: Roster) -> list[Problem]:
    """What must be mended, cell by cell."""
    return [
        Problem(g.of.name, g.book.sheet, p.cell, p.message, p.hint) for p in roster.placed() if p.severity == "error"
    ]


def problems_of(g: Given, e: BadInput) -> list[Problem]:
    """The cells that an operation names, as problems of the table."""
    return [Problem(g.of.name, g.book.sheet, p.cell, p.message, p.hint) for p in e.placed]
