"""What is to be done to each table (要改的表), and every reason why it cannot be (不能改的原因)."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import pyarrow as pa

from xltools.catalogue.tables import BookTable, tables
from xltools.roster.letters import column_letters
from xltools.sheets.ooxml.book import Book, Sheet, content, sheets
from xltools.sheets.ooxml.rows import Cell, NoPlace, Region, region
from xltools.sheets.ooxml.xmlbytes import attributes, corners, rewritten
from xltools.sheets.platform.contents import Contents
from xltools.sheets.platform.splice import heights as splice_heights
from xltools.sheets.platform.splice.marks import read_marked
from xltools.sheets.platform.splice.refs import Move
from xltools.sheets.platform.splice.staff_columns import shown
from xltools.sheets.platform.splice.table import Table, tables_of
from xltools.sheets.platform.splice.travel import Block, fixed_cells, noted, read_bound

MOST_ROWS = 1_048_576
A1 = re.compile(r"(?<![\w\[.])\$?[A-Z]{1,3}\$?[0-9]+(?![\w(\]])")
"""A cell's address in a formula."""
_NAMED = 5
"""So many cells in the way are named one by one."""


@dataclass
class Job:
    """One table: as the catalogue has it, as it stands in the book, its new rows. `places` are the columns (1-based)
    of our headings, `theirs` those that staff added, `names` every heading as it is shown, `found` its rows as they
    stood at first; `fixed` other tables' cells and merged ones on its sheet; `lacks` our headings that are not there; `heights` of its new rows where its text is wrapped."""

    spec: BookTable
    table: Table
    rows: pa.Table
    places: dict[str, int] = field(default_factory=dict)
    theirs: list[int] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    lacks: list[str] = field(default_factory=list)
    found: Region | None = None
    fixed: list[Block] = field(default_factory=list)
    heights: splice_heights.Heights | None = None

    @property
    def move(self) -> Move:
        t = self.table
        return Move(t.top, t.left, t.right, t.bottom, t.top + max(self.rows.num_rows, 1), t.totals)

    @property
    def end(self) -> int:
        """The last row that the change touches."""
        return max(self.move.old, self.move.new) + self.table.totals

    @property
    def seen(self) -> set[int] | range:
        """Rows whose cells have to be looked at one by one."""
        first, old, end = self.table.first, self.table.bottom, self.end
        return range(first, end + 1) if self.theirs else {first, *range(old + 1, end + 1)}


def jobs(
    book: Book, contents: Contents, strings: Sequence[bytes], below: Mapping[str, int]
) -> tuple[list[Job], dict[str, list[str]]]:
    """The jobs in the order of the catalogue; and of the tables that cannot be updated, by name, why.

    A table that `contents` does not have stays as it stands. `below`: rows right below a table that are its own.
    """
    found = found_tables(book)
    out: list[Job] = []
    left: dict[str, list[str]] = {}
    for spec in tables(contents.scheme):
        table = found.get(spec.name.lower())
        if table is None or spec.name not in contents.tables:
            continue
        rows = contents.tables[spec.name]
        table = replace(table, bottom=table.bottom + below.get(spec.name, 0))
        job = Job(spec, table, rows, heights=splice_heights.wanted(contents.scheme, spec, rows))
        reasons = _headings(book, job, strings)
        if reasons:
            left[spec.name] = reasons
        else:
            out.append(job)
    return out, left


def found_tables(book: Book) -> dict[str, Table]:
    """Every table of the book by its name in small letters."""
    found: dict[str, Table] = {}
    for sheet in sheets(book):
        for one in tables_of(book, sheet):
            found.setdefault(one.name.lower(), one)
    return found


def look(book: Book, sheet: Sheet, job: Job) -> Region:
    """The rows of a job's sheet. Raises Refused."""
    t, xml = job.table, content(book, sheet.member)
    try:
        found = region(xml, sheet.member, t.first, job.end, t.left, t.right, job.seen)
    except NoPlace:
        book.changed[sheet.member] = [rewritten(xml, sheet.member)]
        return look(book, sheet, job)
    if not job.spec.hidden:
        read_marked(xml, found, t.first, t.bottom, t.left, t.right)
        place = t.first, t.left, t.bottom, t.right
        read_bound(xml, found, place, noted(book, sheet), fitted=job.heights is not None)
        others = [(o.top, o.left, o.bottom + o.totals, o.right) for o in tables_of(book, sheet) if o.name != t.name]
        job.fixed = fixed_cells(xml, others)
    return found


def in_the_way(job: Job, found: Region) -> list[str]:
    """Why the table cannot have its new rows: what staff put below it, merged cells, the end of the sheet."""
    t, move = job.table, job.move
    where = f"工作表“{t.sheet.name}”里，表“{job.spec.name}”"
    if move.new + t.totals > MOST_ROWS:
        return [f"{where}要有 {job.rows.num_rows} 行，超过了工作表的最后一行。请把表移到靠上的位置。"]
    out = []
    if move.new > move.old:
        rows = (found.rows[n] for n in range(move.old + t.totals + 1, job.end + 1) if n in found.rows)
        cells = [(row.number, c.column) for row in rows for c in row.own.values() if c.filled]
        if cells:
            named = "、".join(f"{column_letters(c)}{r}" for r, c in cells[:_NAMED])
            more = f" 等 {len(cells)} 个单元格" if len(cells) > _NAMED else ""
            out.append(
                f"{where}要从 {move.old - t.top} 行增加到 {move.new - t.top} 行，但表的下面 {named}{more} 已有内容。"
                f"请在第 {cells[0][0]} 行上方插入至少 {move.new - move.old} 行，或把这些内容移到别处，存盘后再做一次。"
            )
    tags = re.findall(rb"<(?:\w+:)?mergeCell\s[^>]*>", found.after)
    for ref in [attributes(tag).get("ref", "A1") for tag in tags]:
        top, left, bottom, right = corners(ref)
        if top <= job.end and bottom >= t.first and left <= t.right and right >= t.left:
            out.append(f"{where}占用的地方有合并单元格 {ref}。请取消合并，存盘后再做一次。")
    totals = [c.total for c in t.columns if c.total]
    if t.totals and any(A1.search(f) for f in totals):
        out.append(f"{where}的汇总行里有按单元格地址写的公式。请在“表设计”中关闭汇总行，存盘后再做一次。")
    return out


def strings_of(cells: Mapping[int, Cell], strings: Sequence[bytes]) -> dict[int, str]:
    """What cells show, by column."""
    return {column: shown(cell, strings) for column, cell in cells.items()}


def _headings(book: Book, job: Job, strings: Sequence[bytes]) -> list[str]:
    """Fill in where our headings stand; the sentence where one is missing or stands twice."""
    t = job.table
    where = f"工作表“{t.sheet.name}”里，表“{job.spec.name}”"
    if not t.headings:
        return [f"{where}的标题行被隐藏了。请在“表设计”中勾选“标题行”，存盘后再做一次。"]
    sheet = content(book, t.sheet.member)
    try:
        row = region(sheet, t.sheet.member, t.top, t.top, t.left, t.right, range(t.top, t.top + 1)).rows.get(t.top)
    except NoPlace:
        book.changed[t.sheet.member] = [rewritten(sheet, t.sheet.member)]
        return _headings(book, job, strings)
    said = strings_of(row.own, strings) if row else {}
    job.names = [said.get(t.left + i) or _name(c.name) for i, c in enumerate(t.columns)]
    at: dict[str, list[int]] = {}
    for i, heading in enumerate(job.names):
        at.setdefault(heading.strip(), []).append(t.left + i)
    out = []
    strange = [n for n in at if n and n not in job.spec.headings]
    for heading in job.spec.headings:
        places = at.get(heading, [])
        if len(places) == 1:
            job.places[heading] = places[0]
        elif places:
            cells = "、".join(f"{column_letters(c)}{t.top}" for c in places)
            out.append(f"{where}有几列都叫“{heading}”（{cells}）。请只留一列用这个标题，存盘后再做一次。")
        else:
            job.lacks.append(heading)
    if len(job.lacks) * 2 > len(job.spec.columns):
        return [f"{where}的列不是本软件的，只是同名。请把它改成别的名字，存盘后再做一次。"]
    for heading in job.lacks:
        close = difflib.get_close_matches(heading, strange, 1, 0.4)
        if close:
            hint = f"是不是把它改成了“{close[0]}”（{column_letters(at[close[0]][0])}{t.top}）？"
            out.append(f"{where}没有标题为“{heading}”的列。{hint}请改回原来的标题，存盘后再做一次。")
    job.theirs = [t.left + i for i in range(len(t.columns)) if t.left + i not in job.places.values()]
    return out


def _name(name: str) -> str:
    """A column's name in its table part: line breaks are written `_x000a_`."""
    return re.sub(r"_x([0-9A-Fa-f]{4})_", lambda m: chr(int(m[1], 16)), name)
