"""A platform workbook as a pull sees it, without any file: drawn from the ledger, typed in, pulled back."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
from workspaces import Bureau

from xltools.catalogue.tables import tables
from xltools.desk.book import workbook as book
from xltools.desk.book.pull import pull as edits
from xltools.desk.book.pull.pulled import Pulled
from xltools.desk.press.closed import brought_up_to_date
from xltools.desk.workspace import Workspace
from xltools.sheets.platform.closed import BookRows

FIRST_ROW = 5
"""Our tables' headings stand in row 4."""


def cell(value: object) -> object:
    """A value as xlwings and calamine give it back."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, int):
        return float(value)
    if isinstance(value, date) and not isinstance(value, datetime):
        return datetime.combine(value, time())
    return value


@dataclass(frozen=True)
class Booked:
    """What became of the closed workbook: where it is, what was said, what was taken back (None: there was none)."""

    path: Path
    lines: list[str]
    pulled: Pulled | None
    left: list[str]


def booked(office: Bureau, *, now: datetime | None = None, **options: Any) -> Booked:
    """Do what `xltools book` does. Raises Refusal."""
    return booked_in(office.workspace, now or office.now, office.today, **options)


def booked_in(workspace: Workspace, now: datetime, today: date, **options: Any) -> Booked:
    """The same for a workspace at that moment."""
    told = brought_up_to_date(workspace, now=now, today=today, **options)
    found = {k: told.data[k] for k in ("applied", "conflicts", "ignored", "problems")}
    new = bool(told.files) or any(n.text.startswith("将生成") for n in told.notes)
    pulled = None if new else Pulled(**found, refused=frozenset(told.data["refused"]))
    return Booked(Path(told.data["book"]), told.data["lines"], pulled, told.data.get("left", []))


@dataclass
class Book:
    """The tables of one workbook; `office` is the bureau whose ledger it shows."""

    office: Bureau
    tables: dict[str, BookRows] = field(default_factory=dict)

    def update(self) -> Book:
        """Show the ledger as it stands now."""
        shown = book.contents(self.office.workspace, now=self.office.now, today=self.office.today)
        for of in tables(self.office.workspace.scheme):
            found = shown.tables[of.name]
            assert found.schema == of.schema
            rows = [[cell(v) for v in row.values()] for row in found.to_pylist()]
            self.tables[of.name] = BookRows(of.name, of.sheet, list(of.headings), rows, FIRST_ROW, 1)
        return self

    def pull(self, *, dry_run: bool = False) -> Pulled:
        return edits.pull(
            self.office.workspace, self.tables, now=self.office.now, today=self.office.today, dry_run=dry_run
        )

    # ── what staff do ──

    def row(self, table: str, wanted: str) -> int:
        """The place of the row that has this text in one of its cells."""
        return next(i for i, row in enumerate(self.tables[table].rows) if wanted in row)

    def type(self, table: str, wanted: str | int, /, **cells: Any) -> None:
        """Type into a row, found by a text in it or by its place."""
        rows = self.tables[table]
        i = wanted if isinstance(wanted, int) else self.row(table, wanted)
        for heading, value in cells.items():
            rows.rows[i][rows.headings.index(heading)] = value

    def add(self, table: str, **cells: Any) -> None:
        """A new row at the end."""
        rows = self.tables[table]
        rows.rows.append([cells.get(h) for h in rows.headings])

    def delete(self, table: str, wanted: str) -> None:
        del self.tables[table].rows[self.row(table, wanted)]

    def rename(self, table: str, old: str, new: str) -> None:
        headings = self.tables[table].headings
        headings[headings.index(old)] = new

    def insert_column(self, table: str, place: int, heading: str) -> None:
        rows = self.tables[table]
        rows.headings.insert(place, heading)
        for row in rows.rows:
            row.insert(place, "自己的备注")

    def move_column(self, table: str, heading: str, place: int) -> None:
        rows = self.tables[table]
        old = rows.headings.index(heading)
        for line in (rows.headings, *rows.rows):
            line.insert(place, line.pop(old))  # type: ignore[attr-defined]

    def sort(self, table: str, key: Callable[[list[object]], Any]) -> None:
        self.tables[table].rows.sort(key=key)

    def formula(self, table: str, wanted: str, heading: str) -> None:
        """What is in that cell is a formula's value."""
        rows = self.tables[table]
        place = (self.row(table, wanted), rows.headings.index(heading))
        self.tables[table] = replace(rows, formulas={*rows.formulas, place})

    def cells(self, table: str, wanted: str) -> dict[str, object]:
        rows = self.tables[table]
        return dict(zip(rows.headings, rows.rows[self.row(table, wanted)], strict=True))


def opened(office: Bureau) -> Book:
    """A workbook as it is when somebody opens it, freshly updated."""
    return Book(office).update()


def drawn(office: Bureau, path: Path, typed: Callable[[dict[str, list[dict[str, Any]]]], None]) -> Path:
    """A closed workbook in which somebody typed: `typed` changes rows of tables; 基准 is as it was before."""
    from xltools.sheets.platform.draw.workbook import draw

    shown = book.contents(office.workspace, now=office.now, today=office.today)
    rows = {n: t.to_pylist() for n, t in shown.tables.items()}
    typed(rows)
    tables_ = {n: pa.Table.from_pylist(rows[n], schema=t.schema) for n, t in shown.tables.items()}
    draw(path, replace(shown, tables=tables_), vba=book.macros())
    return path


def patched(path: Path, sheet: str, cell: str, xml: str) -> None:
    """Put another cell in the place of one, as a person's program would write it; every other member stays."""
    with zipfile.ZipFile(path) as old:
        place = re.search(
            rf'<sheet name="{sheet}" sheetId="\d+"[^>]*r:id="(rId\d+)"', old.read("xl/workbook.xml").decode()
        )
        assert place
        rels = old.read("xl/_rels/workbook.xml.rels").decode()
        target = re.search(rf'Id="{place[1]}"[^>]*Target="([^"]+)"', rels)
        assert target
        member = f"xl/{target[1]}"
        members = {i: old.read(i) for i in old.namelist()}
    text = members[member].decode()
    new, n = re.subn(rf'<c r="{cell}"([^>]*?)(?: t="\w+")?(?:/>|>.*?</c>)', rf'<c r="{cell}"{xml}', text, count=1)
    assert n == 1
    members[member] = new.encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in members.items():
            file.writestr(name, data)
