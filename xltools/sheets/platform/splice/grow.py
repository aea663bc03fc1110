"""What a workbook in use lacks (补齐): sheets, tables, columns and named cells that it had not when it was drawn.

Each is taken from the workbook as it is drawn today and put where nothing stands. What cannot be put is said, table by
table, and everything else goes on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from xltools.catalogue.tables import BookTable, tables
from xltools.roster.letters import column_letters
from xltools.sheets.ooxml.book import Book, Sheet, content, sheets, tags
from xltools.sheets.ooxml.rows import region
from xltools.sheets.ooxml.styles import Styles
from xltools.sheets.ooxml.workbookpart import BROKEN, names
from xltools.sheets.ooxml.worksheets import WORKBOOK
from xltools.sheets.ooxml.xmlbytes import attributes
from xltools.sheets.platform.contents import Contents
from xltools.sheets.platform.draw.home.grid import NAMES
from xltools.sheets.platform.draw.pages.fx import NAME as RATE
from xltools.sheets.platform.draw.workbook import BASE
from xltools.sheets.platform.splice import beside
from xltools.sheets.platform.splice.beside import Spot
from xltools.sheets.platform.splice.fresh import Fresh, fresh, macros_of
from xltools.sheets.platform.splice.graft import graft, unused
from xltools.sheets.platform.splice.plan import Job, found_tables
from xltools.sheets.platform.splice.staff_columns import shown
from xltools.sheets.platform.splice.table import Column, Table
from xltools.sheets.platform.trial import NAME as TRIAL

PAGES: dict[str, tuple[str, ...]] = {
    "首页": NAMES,
    "参数": (RATE,),
    "资金": (TRIAL,),
    "一企一页": ("查询", "第几家"),
    "说明": (),
    "xlwings.conf": (),
}
"""Our sheets with more on them than tables, and the names of their cells."""
BACK = "← 首页"
FIRST_TABLE = 4
"""Row of the headings of a sheet's first table; only one further down has a caption above."""


@dataclass
class Growth:
    """What is done to the book: `lines` say what came, `left` why a table could not have what it lacks."""

    book: Book
    contents: Contents
    styles: Styles
    strings: Sequence[bytes]
    lines: list[str] = field(default_factory=list)
    left: dict[str, list[str]] = field(default_factory=dict)

    @cached_property
    def source(self) -> Fresh:
        """The workbook as it is drawn today; made only where something is missing."""
        return fresh(self.contents, macros_of(self.book))


def sheets_added(growth: Growth) -> None:
    """Sheets and tables that the book lacks. A sheet of the staff's own with the name of ours stays theirs."""
    book, found = growth.book, found_tables(growth.book)
    specs = [t for t in tables(growth.contents.scheme) if t.name in growth.contents.tables]
    missing = [t for t in specs if t.name.lower() not in found]
    homes: dict[str, Sheet] = {}
    for spec in specs:
        if spec.name.lower() in found:
            homes.setdefault(spec.sheet, found[spec.name.lower()].sheet)
    known = _known(growth, found.get(BASE.lower())) if missing else set[str]()
    by_name = {s.name.lower(): s for s in sheets(book)}
    for sheet in dict.fromkeys(t.sheet for t in missing):
        mine = [t for t in missing if t.sheet == sheet]
        home = homes.get(sheet)
        there = by_name.get(sheet.lower())
        if home is None and there and (known & {t.name for t in mine} or _is_ours(growth, there)):
            home = there
        taken = _names_taken(book) & {t.name.lower() for t in mine}
        if taken:
            for t in mine:
                growth.left[t.name] = [
                    f"表“{t.name}”没有加上：工作簿里已有同名的名称。请在“公式→名称管理器”里改名，存盘后再做一次。"
                ]
        elif home is not None:
            for t in mine:
                _table(growth, t, home, anywhere=t.name not in known)
        elif _locked(book):
            for t in mine:
                growth.left[t.name] = [
                    f"工作表“{sheet}”没有加上：工作簿的结构有保护。请在“审阅”里取消“保护工作簿”，存盘后再做一次。"
                ]
        else:
            _sheet(growth, sheet, by_name)
    for sheet in _pages(growth):
        if not _locked(book):
            _sheet(growth, sheet, by_name)


def _sheet(growth: Growth, sheet: str, by_name: Mapping[str, Sheet]) -> None:
    shown_as = unused(growth.book, sheet) if sheet.lower() in by_name else sheet
    graft(growth.book, growth.source, sheet, shown_as, growth.styles)
    if shown_as == sheet:
        growth.lines.append(f"新增工作表“{sheet}”")
    else:
        growth.lines.append(f"新增工作表“{shown_as}”：已有一张自己的“{sheet}”，它没有改动")


def _pages(growth: Growth) -> list[str]:
    """Sheets without tables that the book lacks: none of that name, and no name that stands for its cells."""
    there = {attributes(t).get("name", "").lower() for t in tags(content(growth.book, WORKBOOK), "sheet")}
    named = {
        attributes(m["open"]).get("name") for m in names(content(growth.book, WORKBOOK)) if BROKEN not in m["text"]
    }
    carry = {t.sheet for t in tables(growth.contents.scheme)}  # those come with their tables
    return [name for name in PAGES if name not in carry and name.lower() not in there and not set(PAGES[name]) & named]


def _table(growth: Growth, spec: BookTable, home: Sheet, *, anywhere: bool) -> None:
    """A table on a sheet of ours: where it is drawn, or right of everything there; not where its old cells stand."""
    source = growth.source
    drawn = source.tables[spec.name]
    high = max(growth.contents.tables[spec.name].num_rows, 1)
    above = 2 if drawn.top > FIRST_TABLE else 1
    why, places = "", [(drawn.top, drawn.left)]
    if anywhere:
        ours = [t for t in found_tables(growth.book).values() if t.sheet.member == home.member]
        wide = [t.left + len(source.tables[t.name].columns) - 1 for t in ours if t.name in source.tables]
        places.append((FIRST_TABLE, max(beside.used(growth.book, home), *wide, 0) + 2))  # they may still get columns
    for top, left in places:
        right = left + len(drawn.columns) - 1
        columns = {drawn.left + i: left + i for i in range(len(drawn.columns))}
        spot = Spot(home, top, left, right, top + high, columns)
        look = replace(spot, top=top - (above if top == drawn.top else 1))
        said = beside.in_the_way(growth.book, look)
        grows = [t for t in found_tables(growth.book).values() if t.sheet.member == home.member and t.top < top]
        growing = {t.name for t in tables(growth.contents.scheme) if t.grows}
        if not said and any(t.name in growing and t.left <= right and t.right >= left for t in grows):
            said = "上面的表还会加行"
        why = why or said
        if said:
            continue
        beside.put(growth.book, source, drawn, spot, growth.styles, above if top == drawn.top else 1)
        beside.table_added(growth.book, drawn, spot)
        growth.lines.append(f"工作表“{home.name}”新增表“{spec.name}”（{column_letters(left)}{top} 起）")
        return
    growth.left[spec.name] = [
        f"工作表“{home.name}”里没有表“{spec.name}”，也没有地方放：{why}。删除或转换成普通区域的请撤销；"
        f"撤销不了的，把工作表“{home.name}”改名，再做一次，会新画一张。"
    ]


def columns_added(growth: Growth, job: Job) -> list[str]:
    """Columns that one of our tables lacks, at its right end; why they cannot come, nothing where they have."""
    source, table = growth.source, job.table
    drawn = source.tables[job.spec.name]
    at = {c.name: drawn.left + i for i, c in enumerate(drawn.columns)}
    places = {heading: table.right + 1 + i for i, heading in enumerate(job.lacks)}
    columns = {at[h]: c for h, c in job.places.items() if h in at} | {at[h]: c for h, c in places.items()}
    spot = Spot(table.sheet, table.top, table.right + 1, table.right + len(places), job.end, columns)
    said = beside.in_the_way(growth.book, spot, table.name)
    if said:
        added = "”“".join(job.lacks)
        first = column_letters(spot.left)
        return [
            f"工作表“{table.sheet.name}”里，表“{job.spec.name}”要在右边增加列“{added}”（{first} 列起），但{said}。"
            f"请把这些内容移开，或在 {first} 列前插入 {len(places)} 列，存盘后再做一次。"
        ]
    only = {at[h]: c for h, c in places.items()}
    above = 1 if not beside.in_the_way(growth.book, replace(spot, top=table.top - 1, bottom=table.top - 1)) else 0
    beside.put(growth.book, source, drawn, spot, growth.styles, above, only)
    number = max((int(c.given.get("id", 0)) for c in table.columns), default=0)
    new = tuple(Column(heading, {"id": str(number + i)}) for i, heading in enumerate(job.lacks, 1))
    job.table = replace(table, columns=(*table.columns, *new))
    job.names += job.lacks
    job.places |= places
    growth.lines.append(f"表“{job.spec.name}”右边新增列“{'”“'.join(job.lacks)}”")
    job.lacks = []
    return []


def _is_ours(growth: Growth, sheet: Sheet) -> bool:
    """Whether a sheet without any of our tables was drawn by us: the way back to 首页 stands in A2."""
    row = beside.rows_of(growth.book, sheet, (2, 1, 2, 1)).get(2)
    return row is not None and shown(row.own.get(1), growth.strings) == BACK


def _known(growth: Growth, base: Table | None) -> set[str]:
    """The tables that the workbook has shown, by 基准: one that is not there any more was deleted."""
    if base is None:
        return set()
    xml, left = content(growth.book, base.sheet.member), base.left
    found = region(xml, base.sheet.member, base.first, base.bottom, left, left, range(base.first, base.bottom + 1))
    return {shown(row.own.get(left), growth.strings) for row in found.rows.values()}


def _names_taken(book: Book) -> set[str]:
    return {attributes(m["open"]).get("name", "").lower() for m in names(content(book, WORKBOOK))}


def _locked(book: Book) -> bool:
    found = tags(content(book, WORKBOOK), "workbookProtection")
    return any(attributes(t).get("lockStructure") in ("1", "true") for t in found)
