"""Our tables in an open workbook (打开着的工作簿): found by name, read whole, and what is wrong with them in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from typing import TYPE_CHECKING, Any

import xlwings as xw
from xlwings.main import Table

from xltools.desk.book.workbook import BookRows
from xltools.desk.errors import Refusal
from xltools.desk.steps import anyhow
from xltools.roster.letters import column_letters

if TYPE_CHECKING:
    from xltools.desk.book.workbook import BookTable

BASE = "基准"
"""What the workbook showed when it was last brought up to date: how a pull knows what was typed."""
_AT_ONCE = 50
GROW = f"存盘并关闭本工作簿，再{anyhow('book')}，会补上"
"""What brings a sheet, a table or a column that an open workbook lacks: drawn whole it is only into a closed one."""
_RESTORE = f"误删的请撤销（Ctrl+Z）；撤销不了的，或是旧版的工作簿，请{GROW}"


@dataclass(frozen=True)
class Found:
    """One of our tables as it stands: `headings` and `rows` in the workbook's own order of columns.

    `size` counts the rows of the table, blank ones at its end included; `rows` are without those, and with those that
    staff typed right below a table that grows, where the office program did not take them in. `computed` are the
    columns in which every cell holds a formula.
    """

    spec: BookTable
    sheet: xw.Sheet
    table: Table
    headings: list[str]
    rows: list[list[object]]
    first_row: int
    first_column: int
    size: int
    formulas: frozenset[tuple[int, int]] = frozenset()
    computed: frozenset[str] = frozenset()

    def range(self, start: int, stop: int, left: int = 0, right: int | None = None) -> xw.Range:
        """The cells of rows `start` to before `stop` (from 0 below the headings) and columns `left` to before `right`."""
        width = len(self.headings) if right is None else right
        y, x = self.first_row, self.first_column
        return self.sheet.range((y + start, x + left), (y + stop - 1, x + width - 1))

    @property
    def taken(self) -> int:
        """Rows below the headings that are the table's."""
        return max(self.size, len(self.rows))

    @property
    def given(self) -> BookRows:
        """The table for a pull."""
        return BookRows(
            self.spec.name, self.sheet.name, self.headings, self.rows, self.first_row, self.first_column, self.formulas
        )


@dataclass(frozen=True)
class Book:
    """All our tables that are there; `broken` says of those that cannot be shown anew what is wrong and what to do.

    `lacks` are the columns that a table of an older workbook does not have; its others are shown.
    """

    tables: Mapping[str, Found]
    broken: Mapping[str, Refusal]
    lacks: Mapping[str, tuple[str, ...]]

    @property
    def lacking(self) -> list[str]:
        """What is said of the columns that are not there."""
        return [
            f"工作表“{self.tables[name].sheet.name}”的表“{name}”还没有列“{'”“'.join(gone)}”，其余各列已更新。请{GROW}"
            for name, gone in self.lacks.items()
        ]


def read(book: xw.Book, specs: tuple[BookTable, ...]) -> Book:
    """Every table of the catalogue, each read in one go. Changes nothing."""
    places = {t.name.lower(): (sheet, t) for sheet in book.sheets for t in sheet.tables}
    sheets = {s.name for s in book.sheets}
    tables: dict[str, Found] = {}
    broken: dict[str, Refusal] = {}
    lacks: dict[str, tuple[str, ...]] = {}
    for spec in specs:
        place = places.get(spec.name.lower())
        if place is None:
            broken[spec.name] = _missing(spec, sheets)
            continue
        row = place[1].header_row_range
        headings = [_plain(v) for v in matrix(row)[0]] if row is not None else []
        gone = tuple(h for h in spec.headings if h not in headings)
        if gone and _older(spec, headings, gone):
            lacks[spec.name], gone = gone, ()
        wrong = _damage(spec, *place, headings, gone)
        if headings:
            tables[spec.name] = _read(spec, *place, headings)
        if wrong:
            broken[spec.name] = wrong
    return Book(tables, broken, lacks)


def runs(flags: list[Any]) -> Iterator[tuple[int, int, Any]]:
    """Neighbouring columns of one kind: (first, one behind the last, kind)."""
    for kind, run in groupby(range(len(flags)), key=lambda i: flags[i]):
        columns = list(run)
        yield columns[0], columns[-1] + 1, kind


def matrix(rng: xw.Range) -> list[list[object]]:
    """The values of a range, always a list of rows; error values as their text, decimals as floats."""
    rows: list[list[object]] = rng.options(ndim=2, err_to_str=True).value
    return [[float(v) if isinstance(v, Decimal) else v for v in row] for row in rows]


def formulas(rng: xw.Range) -> list[list[str]]:
    """What stands in the formula bar for each cell of a range."""
    found: Any = rng.formula
    if isinstance(found, str) or found is None:
        return [[found or ""]]
    rows = list(found)
    if rows and not isinstance(rows[0], list | tuple):
        rows = [rows] if rng.shape[0] == 1 else [[v] for v in rows]
    return [[str(v or "") for v in row] for row in rows]


def _missing(spec: BookTable, sheets: set[str]) -> Refusal:
    if spec.sheet not in sheets:
        return Refusal(f"工作表“{spec.sheet}”不见了（删除或改了名）", _RESTORE)
    return Refusal(f"工作表“{spec.sheet}”里的表“{spec.name}”不见了（删除、改名或转换成了普通区域）", _RESTORE)


def _plain(value: object) -> str:
    return "" if value is None else str(value).replace("\n", "").replace("\r", "").strip()


def _older(spec: BookTable, headings: list[str], gone: tuple[str, ...]) -> bool:
    """Whether the table can be shown without these columns: no heading is one of the staff's, nothing is matched or
    computed by what is not there."""
    return (
        bool(headings) and set(headings) <= set(spec.headings) and not set(gone) & set(spec.key)
        and not any(c.formula for c in spec.columns if c.heading not in gone)
    )  # fmt: skip


def _damage(
    spec: BookTable, sheet: xw.Sheet, table: Table, headings: list[str], gone: tuple[str, ...]
) -> Refusal | None:
    where = f"工作表“{sheet.name}”的表“{spec.name}”"
    if not headings:
        return Refusal(f"{where}没有标题行", "请在“表设计”里勾选“标题行”后再按")
    row = table.header_row_range
    assert row is not None
    more = [(h, f"{column_letters(row.column + i)}{row.row}") for i, h in enumerate(headings) if h not in spec.headings]
    twice = sorted({h for h in headings if headings.count(h) > 1} & set(spec.headings))
    if gone and more and len(gone) == len(more):
        pairs = "；".join(f"{cell} 的“{h}”改回“{g}”" for g, (h, cell) in zip(gone, more, strict=True))
        return Refusal(f"{where}的列标题被改动", f"请把 {pairs}，再按一次")
    if gone:
        return Refusal(f"{where}缺少列“{'”“'.join(gone)}”", _RESTORE)
    if twice:
        return Refusal(f"{where}的列标题“{'”“'.join(twice)}”有两个", "请删掉多出的一列，再按一次")
    body = table.data_body_range
    if body is not None and table.range.shape[0] > 1 + body.shape[0]:
        return Refusal(f"{where}有汇总行，更新会盖住它", "请在“表设计”里取消“汇总行”，再按一次")
    if more:
        cells = "、".join(f"{cell}“{h}”" for h, cell in more)
        todo = "自己的列请移到表外（隔一列）或别的工作表，再按一次"
        return Refusal(f"{where}里多出列 {cells}。更新时各行会换位置", todo)
    return None


def _read(spec: BookTable, sheet: xw.Sheet, table: Table, headings: list[str]) -> Found:
    head, body = table.header_row_range, table.data_body_range
    assert head is not None
    bare = Found(spec, sheet, table, headings, [], head.row + 1, head.column, 0)
    if body is None:
        return bare
    size = int(body.shape[0])
    columns = {c.heading: c for c in spec.columns}
    own = [x for x, h in enumerate(headings) if h not in columns or not columns[h].formula]
    # A blank row has formulas all the same, and they show something.
    blank: list[object] = [None] * len(headings)
    rows = [row if any(row[x] not in ("", None) for x in own) else blank for row in matrix(bare.range(0, size))]
    if spec.grows:
        rows += _below(bare, size)
    while rows and _blank(rows[-1]):
        rows.pop()
    typed, computed = set(), set()
    kinds = [_kind(columns.get(h), bool(spec.input)) for h in headings]
    for left, right, kind in runs(kinds):
        if not kind or not rows:
            continue
        for y, row in enumerate(formulas(bare.range(0, len(rows), left, right))):
            typed |= {(y, left + x) for x, text in enumerate(row) if text.startswith("=")}
        if kind == "formula":
            computed |= {
                headings[x] for x in range(left, right) if all((y, x) in typed for y in range(len(rows)))
            }  # fmt: skip
            typed = {(y, x) for y, x in typed if not left <= x < right}
    return Found(
        spec, sheet, table, headings, rows, head.row + 1, head.column, size, frozenset(typed), frozenset(computed)
    )


def _below(bare: Found, size: int) -> list[list[object]]:
    """Rows typed right below the table, up to the first blank one."""
    out: list[list[object]] = []
    while True:
        block = matrix(bare.range(size + len(out), size + len(out) + _AT_ONCE))
        for row in block:
            if _blank(row):
                return out
            out.append(row)


def _blank(row: list[object]) -> bool:
    return all(v is None or v == "" for v in row)


def _kind(column: Any, pulled: bool) -> str:
    if column is None:
        return ""
    if column.formula:
        return "formula"
    return "typed" if pulled and column.owner == "bureau" else ""
