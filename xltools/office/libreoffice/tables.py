"""Tables (表) of a LibreOffice sheet: its database ranges. Imported Excel tables keep their names."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import xlwings as xw
from xlwings import base_classes

_NAMELESS = "__Anonymous"
"""How LibreOffice calls the range behind an AutoFilter that is no table."""


@dataclass(frozen=True)
class Looked:
    """What a look at a document's list of tables found: all names of tables and sheets, and the tables of each sheet
    (from 0) that has not been asked for since."""

    names: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())
    by_sheet: dict[int, list[str]] = field(default_factory=dict)


class Tables(base_classes.Tables, base_classes.Collection):
    """The tables of one sheet."""

    def __init__(self, sheet: base_classes.Sheet) -> None:
        self.sheet = sheet

    @property
    def api(self) -> Any:
        return self.sheet.book.document.DatabaseRanges

    @property
    def parent(self) -> base_classes.Sheet:
        return self.sheet

    def _names(self) -> list[str]:
        """A document keeps its tables in one list: one look at all of it serves a walk over the sheets, each sheet once."""
        book, index = self.sheet.book, self.sheet.api.getRangeAddress().Sheet
        now = (self.api.getElementNames(), book.document.Sheets.getElementNames())
        if book.looked.names != now or index not in book.looked.by_sheet:
            book.looked = Looked(now, self._by_sheet(*now))
        names: list[str] = book.looked.by_sheet.pop(index)
        return names

    def _by_sheet(self, tables: tuple[str, ...], sheets: tuple[str, ...]) -> dict[int, list[str]]:
        found: dict[int, list[str]] = {i: [] for i in range(len(sheets))}
        for name in tables:
            if not name.startswith(_NAMELESS):
                found[self.api.getByName(name).getDataArea().Sheet].append(name)
        return found

    def __len__(self) -> int:
        return len(self._names())

    def __iter__(self) -> Iterator[Table]:
        return iter([Table(self.sheet, name) for name in self._names()])

    def __contains__(self, key: int | str) -> bool:
        names = self._names()
        return 1 <= key <= len(names) if isinstance(key, int) else key.lower() in {n.lower() for n in names}

    def __call__(self, key: int | str) -> Table:
        names = self._names()
        if isinstance(key, int):
            return Table(self.sheet, names[key - 1])
        for name in names:
            if name.lower() == key.lower():
                return Table(self.sheet, name)
        raise KeyError(key)

    def add(
        self,
        source_type: Any = None,
        source: xw.Range | None = None,
        link_source: Any = None,
        has_headers: bool | None = True,
        destination: Any = None,
        table_style_name: str | None = None,
        name: str | None = None,
    ) -> Table:
        """A new table over `source`; LibreOffice 7.4 has no table styles, so `table_style_name` does nothing."""
        if source is None or not has_headers:
            raise NotImplementedError("a table without headings")
        taken = set(self.api.getElementNames())
        name = name or next(n for n in (f"表{i}" for i in range(1, 10_000)) if n not in taken)
        self.api.addNewByName(name, source.impl.address_struct)
        self.api.getByName(name).ContainsHeader = True
        return Table(self.sheet, name)


class Table(base_classes.Table):
    """One table, found by its name at every call: staff may move it meanwhile."""

    def __init__(self, sheet: base_classes.Sheet, name: str) -> None:
        self.sheet, self._name = sheet, name

    @property
    def api(self) -> Any:
        return self.sheet.book.document.DatabaseRanges.getByName(self._name)

    @property
    def parent(self) -> base_classes.Sheet:
        return self.sheet

    @property  # type: ignore[misc]  # read only here
    def name(self) -> str:
        return self._name

    @property  # type: ignore[misc]  # read only here
    def display_name(self) -> str:
        return self._name

    @property  # type: ignore[misc]  # read only here
    def show_headers(self) -> bool:
        return bool(self.api.ContainsHeader)

    @property  # type: ignore[misc]  # read only here
    def show_totals(self) -> bool:
        return bool(self.api.TotalsRow)

    @property
    def range(self) -> Any:
        """Our own range, which knows its parts."""
        return self.sheet.book.range_at(self.api.getDataArea())

    @property
    def header_row_range(self) -> Any:
        whole = self.range
        return whole.part(0, 1) if self.show_headers else None

    @property
    def data_body_range(self) -> Any:
        """The rows between headings and totals; None where there are none."""
        whole = self.range
        first, behind = int(self.show_headers), whole.shape[0] - int(self.show_totals)
        return whole.part(first, behind) if behind > first else None

    @property
    def totals_row_range(self) -> Any:
        whole = self.range
        return whole.part(whole.shape[0] - 1, whole.shape[0]) if self.show_totals else None

    @property
    def show_autofilter(self) -> bool:
        return bool(self.api.AutoFilter)

    @show_autofilter.setter
    def show_autofilter(self, value: bool) -> None:
        """Without its AutoFilter a table shows all its rows."""
        if not value:
            body = self.data_body_range
            if body is not None:
                body.api.getRows().IsVisible = True
            self.api.getFilterDescriptor().setFilterFields(())
        self.api.AutoFilter = value

    def resize(self, range: xw.Range) -> None:
        """Take these cells instead; what stands in them stays. The headings stay where they are.

        Raises ValueError as Excel does: another sheet, another row of headings, no row of data, cells of another table.
        """
        old, new = self.api.getDataArea(), range.impl.address_struct
        if new.Sheet != old.Sheet or new.StartRow != old.StartRow or not _overlap(old, new):
            raise ValueError(f"表“{self._name}”的标题行不能移动")
        if new.EndRow - new.StartRow < int(self.show_headers):
            raise ValueError(f"表“{self._name}”至少要有一行数据")
        for other in self.sheet.tables:
            if other.name != self._name and _overlap(other.api.getDataArea(), new):
                raise ValueError(f"表“{self._name}”和表“{other.name}”会重叠")
        self.api.setDataArea(new)


def _overlap(a: Any, b: Any) -> bool:
    return bool(
        a.StartRow <= b.EndRow and b.StartRow <= a.EndRow
        and a.StartColumn <= b.EndColumn and b.StartColumn <= a.EndColumn
    )  # fmt: skip


def table_of(cells: Any) -> Table | None:
    """The table that holds the first of these cells."""
    where = cells.part(0, 1).address_struct
    where.EndColumn = where.StartColumn
    return next((t for t in cells.sheet.tables if _overlap(t.api.getDataArea(), where)), None)
