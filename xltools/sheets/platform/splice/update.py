"""Updating a platform workbook that staff already use (更新在用的平台工作簿): only our own tables' parts are written.

What changes: in the sheets that carry our tables, the rows within our tables and the refs of validations, conditional
formats and print areas that follow them; our table parts, written whole; `styles.xml`, by appending; in
`workbook.xml` the print areas and `fullCalcOnLoad`; the named cells of 首页, what its formulas show, and 预算汇率
where another rate was tried. `calcChain` goes. Every other member keeps its very bytes, compressed as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from dataclasses import replace as replace_fields
from pathlib import Path

from xltools.catalogue.tables import tables
from xltools.files import reason, replace
from xltools.sheets.intake.package import examine
from xltools.sheets.ooxml import parts
from xltools.sheets.ooxml.book import Book, Sheet, content, opened, shared_strings, tags
from xltools.sheets.ooxml.refused import Refused
from xltools.sheets.ooxml.styles import Styles, styles_of, styles_written
from xltools.sheets.ooxml.workbookpart import drop_chain
from xltools.sheets.ooxml.worksheets import WORKBOOK
from xltools.sheets.ooxml.xmlbytes import attributes, prefix
from xltools.sheets.ooxml.zipcopy import write_package
from xltools.sheets.platform import trial
from xltools.sheets.platform.contents import Contents
from xltools.sheets.platform.draw.workbook import BASE
from xltools.sheets.platform.live import formulas
from xltools.sheets.platform.splice.block import spliced
from xltools.sheets.platform.splice.facts import facts_written, rate_restored, rate_tried
from xltools.sheets.platform.splice.grow import Growth, columns_added, sheets_added
from xltools.sheets.platform.splice.named import names_added
from xltools.sheets.platform.splice.open import why_not
from xltools.sheets.platform.splice.phases import phases_followed
from xltools.sheets.platform.splice.plan import Job, in_the_way, jobs, look
from xltools.sheets.platform.splice.refs import tail_followed
from xltools.sheets.platform.splice.refused import BookRefused
from xltools.sheets.platform.splice.results import results_written
from xltools.sheets.platform.splice.shared import rescued
from xltools.sheets.platform.splice.table import Column, resized, table_xml
from xltools.sheets.platform.splice.travel import links_followed, notes_followed
from xltools.sheets.platform.splice.view import view_followed
from xltools.sheets.platform.splice.workbook import update_workbook
from xltools.sheets.write.bulkxml import CellError

Kept = Callable[[Contents, frozenset[str]], Contents]
"""What a workbook shows in which some tables stay as they are: 基准 must go on vouching for what they show."""


def without(contents: Contents, names: frozenset[str]) -> Contents:
    """The contents without those tables."""
    return replace_fields(contents, tables={n: t for n, t in contents.tables.items() if n not in names})


@dataclass(frozen=True)
class Spliced:
    """What to tell, in lines; and by name the tables that were left as they are, with the reasons in sentences."""

    lines: list[str]
    left: dict[str, list[str]]


def splice(
    path: Path, contents: Contents, *, below: Mapping[str, int] | None = None, done: str | None = None,
    kept: Kept = without,
) -> Spliced:  # fmt: skip
    """Update our tables in the workbook at `path`, and give it those that it lacks; returns what to tell its people.

    A table that `contents` does not have stays as it is. So does one that cannot be updated, because staff's cells are
    in its way or its headings were changed; `kept` then says what the others show without it.

    `below`: how many rows right below a table count as its own, since they were taken back from there. `done`: the verb of a press without macros, which also shows the sheets of its phase as a button does; None leaves
    hidden what is hidden.

    Rows stand in the order of `contents`. Columns that staff added to a table keep their cells by the table's key
    (without a key: by everything else in the row), and so does what else staff left on a row (`travel`); what has no
    row any more is told. Filters, sorting and hidden rows stay. A column keeps the style of its first row.
    Raises BookRefused (a Refused, its text being sentences); the file is then what it was.
    """
    reasons = why_not(path)
    if reasons:
        raise BookRefused(reasons)
    with _told(path):
        examine(path, parts.OURS)
        with replace(path) as temporary, parts.open_zip(path) as package, temporary.open("wb") as file:
            book = opened(package)
            said = _update(book, contents, path.name, below or {}, done, kept)
            write_package(file, package, book.changed, book.dropped)
    return said


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """Every way to fail as a sentence."""
    try:
        yield
    except BookRefused:
        raise
    except Refused as why:
        raise BookRefused(
            [f"读不了 {path.name}（{why.detail}）。请在 Excel 中打开它，另存一份再试，或用以前的备份。"]
        ) from why
    except ValueError as why:
        raise BookRefused([f"更新不了 {path.name}：{why}"]) from why
    except OSError as why:
        raise BookRefused([f"写不了 {path.name}（{reason(why)}）。请看它是否正被打开，文件夹是否可写。"]) from why


def _update(
    book: Book, contents: Contents, name: str, below: Mapping[str, int], done: str | None, kept: Kept
) -> Spliced:
    strings = shared_strings(book)
    place, styles = styles_of(book)
    growth = Growth(book, contents, styles, strings)
    sheets_added(growth)
    names_added(growth)
    phases_followed(growth)
    todo, left = _planned(growth, below)
    if BASE in left:
        raise BookRefused(left[BASE])
    contents = kept(contents, frozenset(left)) if left else contents
    contents = trial.tried(contents, rate_tried(book, strings))
    for job in todo:
        job.rows = contents.tables[job.spec.name]
    by_sheet: dict[Sheet, list[Job]] = {}
    for job in todo:
        by_sheet.setdefault(job.table.sheet, []).append(job)
    since_1904 = any(
        attributes(t).get("date1904") in ("1", "true") for t in tags(content(book, WORKBOOK), "workbookPr")
    )
    known, said = formulas(contents.scheme), []
    for sheet, own in by_sheet.items():
        said += _sheet(book, sheet, own, styles, known, strings, since_1904)
    facts_written(book, contents.facts)
    said = rate_restored(book, contents.scheme, strings) + said
    if done is not None:
        view_followed(book, contents, done, strings)
    results_written(book, contents, todo, strings)
    styles_written(book, place, styles)
    for job in todo:
        _table_part(book, job, known)
    update_workbook(book, {sheet.index: [job.move for job in own] for sheet, own in by_sheet.items()})
    drop_chain(book)
    rows = sum(job.rows.num_rows for job in todo)
    stay = len(tables(contents.scheme)) - len(todo)
    which = f"{len(todo)} 张表已按台账更新，{stay} 张保持原样" if stay else "各表已按台账更新"
    return Spliced([f"{name}：{which}，共 {rows:,} 行", *growth.lines, *said], left)


def _planned(growth: Growth, below: Mapping[str, int]) -> tuple[list[Job], dict[str, list[str]]]:
    """The jobs that can be done, and why the others cannot."""
    book = growth.book
    todo, left = jobs(book, growth.contents, growth.strings, below)
    left |= growth.left
    for job in todo:
        job.found = look(book, job.table.sheet, job)
        reasons = in_the_way(job, job.found)
        if job.lacks and not reasons:
            reasons = columns_added(growth, job)
            job.found = look(book, job.table.sheet, job)
        if reasons:
            left[job.spec.name] = reasons
    return [job for job in todo if job.spec.name not in left], left


def _sheet(
    book: Book, sheet: Sheet, own: Sequence[Job], styles: Styles, known: Mapping[str, str], strings: Sequence[bytes],
    since_1904: bool,
) -> list[str]:  # fmt: skip
    """All tables of one sheet, one after the other."""
    old, said, routes = content(book, sheet.member), [], []
    for job in own:  # to each of them the others are somebody else's cells
        try:
            found = job.found if job is own[0] and job.found else look(book, sheet, job)
            new, told, route = spliced(job, found, styles, known, strings, since_1904)
        except CellError as why:
            raise BookRefused([f"表“{job.spec.name}”的第 {why.row + 1} 行写不进去：{why}。"]) from why
        book.changed[sheet.member] = [new]
        said += told
        routes.append(route)
    new = content(book, sheet.member)
    cut = new.rindex(b"</%ssheetData" % prefix(new))
    tail = links_followed(tail_followed(new[cut:], [job.move for job in own]), routes)
    book.changed[sheet.member] = [rescued(old, new if tail == new[cut:] else new[:cut] + tail)]
    notes_followed(book, sheet, routes)
    return said + [line for route in routes for line in route.lost]


def _table_part(book: Book, job: Job, known: Mapping[str, str]) -> None:
    """The table's part at its new size, its columns named as the headings read."""
    by_place = {job.places[c.heading]: known.get(c.formula, "") if c.formula else "" for c in job.spec.columns}
    columns = []
    for place, (column, name) in enumerate(zip(job.table.columns, job.names, strict=True), job.table.left):
        named = name.replace("\r", "_x000d_").replace("\n", "_x000a_")
        columns.append(Column(named, column.given, by_place.get(place, column.formula), column.total))
    book.changed[job.table.member] = [
        table_xml(resized(job.table, job.rows.num_rows, tuple(columns), unsorted=job.spec.in_order))
    ]
