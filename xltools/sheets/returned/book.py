"""Returned files (退回文件): the district's own file with its bad cells marked, or our template filled in its place.

The district's workbook is edited in place: cells, notes, the 错误信息 column, the 问题 sheet, the round in 版本. Every
other part keeps its very bytes, but for a closed list of what never goes out (`heldback.toml`).
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from xltools import files
from xltools.catalogue.columns import roster_columns
from xltools.catalogue.template import HEADING_ROW, ROSTER_SHEET
from xltools.catalogue.words import exact
from xltools.roster.cells import Roster
from xltools.roster.letters import column_letters
from xltools.roster.problems import Placed
from xltools.scheme import Scheme
from xltools.sheets.district import template
from xltools.sheets.intake import package
from xltools.sheets.ooxml import parts
from xltools.sheets.ooxml.book import Book, opened, shared_strings, sheets
from xltools.sheets.ooxml.refused import Refused
from xltools.sheets.ooxml.sheetrows import cell_in, text_of
from xltools.sheets.ooxml.styles import styles_of, styles_written
from xltools.sheets.ooxml.worksheets import worksheets
from xltools.sheets.ooxml.zipcopy import write_package
from xltools.sheets.returned import errorcolumn, markup, problemsheet
from xltools.sheets.returned.heldback import HeldBack, held_back
from xltools.sheets.returned.page import Page, read_page, write_page
from xltools.sheets.returned.sound import bounded, sound
from xltools.sheets.returned.version import Value, renumber, set_version

Rows = Mapping[int, Mapping[str, object]]
"""Sheet row (1-based) of the original -> field -> value."""

_REBUILT = "原文件不能直接标注（旧格式或已损坏），已把内容填入本年度模板；原文件附在旁边，没有改动。"
_EMPTY = "原文件读不出内容，附上一份空白模板；原文件附在旁边，没有改动。"
_MOVED = "行的位置有变，说明中提到的“第几行”指原文件的行。"
_GAPS = 1_000  # blank rows that a rebuilt file keeps so that its rows stand where they stood
_LARGEST = 256 << 20  # bytes inflated: 200,000 rows of a template; what is larger would not fit a district's computer


@dataclass(frozen=True)
class Returned:
    """What became of a file: marked is the district's own, rebuilt our template; what did not go out with it."""

    how: Literal["marked", "rebuilt"]
    held_back: tuple[HeldBack, ...] = ()


@dataclass(frozen=True)
class _Work:
    """What is to be marked in a workbook, as :func:`write_returned` gets it; `lines` are told beside it."""

    scheme: Scheme
    sheet: str
    heading_row: int
    columns: Mapping[str, int]
    placed: Sequence[Placed]
    district: str
    next_round: int
    lines: Sequence[str] = ()


def write_returned(
    original: Path,
    target: Path,
    *,
    scheme: Scheme,
    sheet: str,
    heading_row: int,
    columns: Mapping[str, int],
    placed: Sequence[Placed],
    district: str,
    next_round: int,
    rows: Callable[[], Rows],
) -> Returned:
    """Write the file that goes back to a district, whole or not at all; `original` is only read.

    That it is on the disk sees to the outbox, in which `target` is staged (`ledger.outbox`).

    marked: a copy of the original with bad cells red or amber and a note each, one 错误信息 column, a 问题 sheet
    and the next round (轮次) in the hidden 版本 sheet; marks of an earlier round are gone, all else is as it was, but
    for what never goes out (`heldback.toml`), which is told.
    rebuilt: where the original is no .xlsx or .xlsm, or damaged, our template with `rows()` (:func:`rows_of`), marked
    the same way. Rows keep their row numbers where the template has room for that.

    `heading_row` is 1-based (0: the sheet has no headings, nothing but cells of problems are marked), `columns`
    field -> 0-based column. A file that is refused has `sheet` "" (the one that a reader would take) and `next_round`
    0: its round stays as it is, so that it can be mended and sent again. Raises OSError.
    """
    work = _Work(scheme, sheet or _main_sheet(original), heading_row, columns, placed, district, next_round)
    with files.replace(target, synced=False) as temporary:
        try:
            if work.sheet:  # else it was refused before it was opened, and it stays unopened
                return Returned("marked", _marked(original, work, temporary))
        except (
            Refused,
            ValueError,
            LookupError,
            AssertionError,
        ):  # too large, or damaged: what may be missing has no end
            temporary.unlink(missing_ok=True)
        with tempfile.TemporaryDirectory() as folder:
            own = Path(folder) / "template.xlsx"
            _marked(own, _refilled(work, rows(), own), temporary)
    return Returned("rebuilt")


def rows_of(roster: Roster) -> dict[int, dict[str, object]]:
    """A roster's rows as a rebuilt file shows them: what could be read as values, the rest as it stood.

    Amounts as Decimal in US dollars whatever the unit of the file's heading, dates as datetime, the rest text.
    """
    columns: dict[str, list[object]] = {}
    for field, raw in roster.cells.columns.items():
        values: list[object] = raw.to_pylist()
        if field in roster.amounts:
            amount = roster.amounts[field]
            for i in amount.known.nonzero()[0].tolist():
                values[i] = exact(amount.cents[i])
        elif field in roster.times:
            for i, time in enumerate(roster.times[field].tolist()):
                values[i] = time or values[i]
        elif field in roster.text:
            values = [new or old for new, old in zip(roster.text[field].to_pylist(), values, strict=True)]
        columns[field] = values
    return {
        int(row): {field: values[i] for field, values in columns.items() if values[i] not in (None, "")}
        for i, row in enumerate(roster.cells.rows)
    }


def _main_sheet(path: Path) -> str:
    """The sheet that a reader would take; "" where the file is no workbook that can be edited."""
    try:
        if package.kind(path) not in ("xlsx", "xlsm"):
            return ""
        with parts.open_zip(path) as zipped:
            there = [s for s in worksheets(zipped) if s.part is not None]
    except (Refused, OSError, ValueError):
        return ""
    names = [s.name for s in there]
    return ROSTER_SHEET if ROSTER_SHEET in names else next((s.name for s in there if s.visible), "")


def _marked(path: Path, work: _Work, target: Path) -> tuple[HeldBack, ...]:
    """Mark a copy of a workbook; what was held back. Raises Refused or ValueError where it cannot be edited."""
    with package.opened(path) as file:
        zipped = file.zipped
        if zipped is None or file.package.kind not in ("xlsx", "xlsm"):
            raise Refused("FILE_NOT_WORKBOOK", f"{file.package.kind} cannot be edited in place")
        if sum(info.file_size for info in zipped.infolist()) > _LARGEST:
            raise Refused("FILE_BOMB", f"more than {_LARGEST} bytes inflated")
        worksheets(zipped)  # raises where two sheets lie in one part
        book = opened(zipped)
        bounded(book)
        gone = tuple(held_back(book, work.sheet))
        _mark(book, work, gone)
        sound(book)
        with target.open("wb") as out:
            write_package(out, zipped, book.changed, book.dropped)
    return gone


def _refilled(work: _Work, rows: Rows, path: Path) -> _Work:
    """Write our template with the rows to `path`; returns the work as it is there."""
    places = _places(rows)
    last = max(places.values(), default=HEADING_ROW)
    filled: list[Mapping[str, object]] = [{"no": ""}] * (last - HEADING_ROW)
    for old, new in places.items():
        filled[new - HEADING_ROW - 1] = rows[old]
    template.write_template(path, work.scheme, district=work.district, round=work.next_round or 1, rows=filled)
    columns = {c.field: i for i, c in enumerate(roster_columns(work.scheme))}
    lines = [_REBUILT if rows else _EMPTY, *([_MOVED] if any(old != new for old, new in places.items()) else [])]
    return replace(
        work,
        sheet=ROSTER_SHEET,
        heading_row=HEADING_ROW,
        columns=columns,
        placed=[_moved(p, places, columns) for p in work.placed],
        lines=lines,
    )


def _mark(book: Book, work: _Work, gone: Sequence[HeldBack]) -> None:
    own = next((s for s in sheets(book) if s.name == work.sheet), None)
    if own is None:
        raise Refused("FILE_UNREADABLE", f"no sheet {work.sheet}")
    strings = shared_strings(book)
    place, styles = styles_of(book)
    page = read_page(book, own, styles, strings)
    placed, headings = work.placed, _headings(work, page)
    here = [p for p in placed if p.sheet == work.sheet]
    markup.mark(page, here, heading_row=work.heading_row, columns=work.columns)
    if work.next_round:
        values: dict[str, Value] = {"方案": work.scheme.id, "区": work.district, "轮次": work.next_round}
        before = set_version(book, strings, values)
        if before:
            renumber(page, work.heading_row, f"第 {before} 轮", f"第 {work.next_round} 轮")
    elif work.lines:  # a blank template for nobody knows which round: it must never count as an old one
        set_version(book, strings, {"轮次": None})
        renumber(page, work.heading_row, "第 1 轮", "")
    write_page(page)
    problemsheet.write(book, styles, strings, work.sheet, placed, headings, _told(work, gone))
    styles_written(book, place, styles)


def _headings(work: _Work, page: Page) -> dict[str, str]:
    """A field's heading as the file shows it."""
    out = {c.field: c.heading for c in roster_columns(work.scheme)}
    if work.heading_row > 0:
        cells = {f: cell_in(page.rows, work.heading_row, i + 1) for f, i in work.columns.items()}
        there = {f: text_of(cell, page.strings) for f, cell in cells.items()}
        out |= {f: v.rstrip("* ").strip() for f, v in there.items() if v}
    return out


def _told(work: _Work, gone: Sequence[HeldBack]) -> tuple[str, str]:
    """The title of the 问题 sheet, and the sentence below it."""
    errors = sum(p.severity != "warning" for p in work.placed)
    what = f"必须改 {errors} 处（红色），提示 {len(work.placed) - errors} 处（黄色，请核对）。"
    how = f"改好后保存，把本文件整个报送回来（第 {work.next_round} 轮）；“{errorcolumn.ERRORS}”列也逐行写明，可以筛选。"
    if not work.next_round:
        how = "本文件没有收下；请按“怎么办”处理后重新报送。"
    title = f"退回问题清单（{work.district}）" if work.district else "退回问题清单"
    out = f"本文件去掉了{'、'.join(f'{g.what} {g.count} 处' for g in gone)}，其余没有改动。" if gone else ""
    return title, what + how + out + "".join(work.lines)


def _places(rows: Rows) -> dict[int, int]:
    """Where the rows of the original stand in a rebuilt file: where they stood, or one below the other."""
    first, old = HEADING_ROW + 1, sorted(rows)
    if old and old[0] >= first and old[-1] - first < 2 * len(old) + _GAPS:
        return {row: row for row in old}
    return {row: first + i for i, row in enumerate(old)}


def _moved(problem: Placed, places: Mapping[int, int], columns: Mapping[str, int]) -> Placed:
    row = places.get(problem.row, 0)
    cell = f"{column_letters(columns.get(problem.field, 0) + 1)}{row}" if row else ""
    return replace(problem, sheet=ROSTER_SHEET, cell=cell, row=row)
