"""A sent sheet read back (核验): every cell of ours that is no longer what was sent, by its address."""

from __future__ import annotations

import errno
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import python_calamine
from openpyxl.utils import get_column_letter

from xltools.catalogue.template import VERSION_SHEET
from xltools.files import reason
from xltools.roster.problems import FileProblem
from xltools.sheets.insurer import batchsummary
from xltools.sheets.insurer.batch import Batch, data, proof
from xltools.sheets.insurer.layout import KEY
from xltools.sheets.insurer.sentvalues import SAME, plain, told
from xltools.sheets.intake import package
from xltools.sheets.intake.rewrap import wrapped
from xltools.sheets.intake.scan import scan
from xltools.sheets.ooxml import parts
from xltools.sheets.ooxml.refused import Refused
from xltools.sheets.ooxml.worksheets import contents, readable

LIST_SHEET = "投保企业清单"

_Grid = Sequence[Sequence[object]]


@dataclass(frozen=True)
class Difference:
    """One change in a sent workbook: where it is, what was sent and what stands there now, as text.

    `cell` is "" where there is no cell to name: a sheet or a row that is gone, a file that does not open.
    """

    sheet: str
    cell: str
    heading: str
    expected: str
    found: str


@dataclass(frozen=True)
class SentBatch:
    """A batch's workbook as it stands: the sheets' cells from A1 on, None for a sheet that is missing.

    `version` holds the items of the hidden 版本 sheet as text.
    """

    rows: _Grid | None
    summary: _Grid | None
    version: dict[str, str] | None


def read_batch(path: Path, listed: str = LIST_SHEET) -> SentBatch:
    """Read a batch's workbook, its list from the sheet of that name. Raises Refused for a file that is none or must not be opened, OSError."""
    if not path.exists():
        raise FileNotFoundError(errno.ENOENT, "文件不存在", str(path))
    if package.kind(path) not in ("xlsx", "xlsm"):
        raise Refused("FILE_NOT_WORKBOOK", path.name)
    names = (listed, batchsummary.SUMMARY_SHEET, VERSION_SHEET)
    with parts.open_zip(path) as opened:
        found = contents(opened)
        there = {s.name: s for s in found.sheets if s.part}
        wanted = [n for n in names if n in there]
        odd = [n for n in wanted if scan(path, n).odd]  # the reader allocates whatever extent a sheet claims
        seen = wrapped(opened, found, [there[n] for n in wanted], odd)
    with readable():
        book = python_calamine.CalamineWorkbook.from_filelike(BytesIO(seen))
        grids: dict[str, _Grid] = {n: book.get_sheet_by_name(n).to_python(skip_empty_area=False) for n in wanted}
    version = grids.get(VERSION_SHEET)
    items = None if version is None else {plain(r[0]): plain(r[1]) for r in version[1:] if len(r) > 1}
    return SentBatch(grids.get(listed), grids.get(batchsummary.SUMMARY_SHEET), items)


def firms_in(path: Path, headings: Sequence[str]) -> list[str]:
    """What stands under the first of these headings that the list of a batch has, blank cells left out.

    Empty where none stands there, or the file cannot be read any more.
    """
    try:
        grid = read_batch(path).rows or []
    except (Refused, OSError):
        return []
    there = [plain(v) for v in grid[0]] if grid else []
    place = next((there.index(h) for h in headings if h in there), None)
    if place is None:
        return []
    return [name for line in grid[1:] if (name := plain(_at(line, place)).strip())]


def compare(path: Path, batch: Batch) -> list[Difference]:
    """Everything in the workbook at `path` that is not what `batch` says was sent; empty when nothing is.

    A re-save by Excel, LibreOffice or WPS is no difference, nor are moved rows or columns, the insurer's answers
    and what is filled in below the summary. Never raises for the file: one that is missing or does not open is a
    difference itself. Raises ValueError where the batch's own rows do not fit its layout.
    """
    try:
        found = read_batch(path)
    except (Refused, OSError) as why:
        return [Difference("", "", "", "报送时的工作簿", _reason(why))]
    table = data(batch)
    evidence = proof(batch, table)
    expected = {c.field: table[c.heading].to_pylist() for c in batch.layout.own}
    out: list[Difference] = []
    if found.rows is None:
        out.append(Difference(LIST_SHEET, "", "", "工作表在", "没有这张表"))
    else:
        out += _rows(found.rows, batch, expected)
    if found.summary is None:
        out.append(Difference(batchsummary.SUMMARY_SHEET, "", "", "工作表在", "没有这张表"))
    else:
        out += _summary(found.summary, batchsummary.summary(batch, evidence))
    if found.version is None:
        out.append(Difference(VERSION_SHEET, "", "", "工作表在", "没有这张表"))
    else:
        for row, (item, sent) in enumerate(batchsummary.version(batch, evidence), 2):
            if found.version.get(item, "") != str(sent):
                out.append(Difference(VERSION_SHEET, f"B{row}", item, str(sent), found.version.get(item, "")))
    return out


def _reason(why: Refused | OSError) -> str:
    if isinstance(why, OSError):
        return reason(why)
    return f"打不开：{FileProblem(why.code, more=why.detail).message}"


def _rows(grid: _Grid, batch: Batch, expected: dict[str, list[Any]]) -> Iterator[Difference]:
    headings = [plain(v) for v in grid[0]] if grid else []
    places: dict[str, int] = {}
    for place, column in enumerate(batch.layout.columns):
        if column.heading in headings:
            places[column.field] = headings.index(column.heading)
        else:
            now = headings[place] if place < len(headings) else ""
            yield Difference(LIST_SHEET, f"{get_column_letter(place + 1)}1", column.heading, column.heading, now)
    own = [c for c in batch.layout.own if c.field in places]
    used = [places[c.field] for c in own]
    lines = {i: line for i, line in enumerate(grid[1:]) if any(_at(line, p) != "" for p in used)}
    keys = expected[KEY]
    heading = next(c.heading for c in batch.layout.own if c.field == KEY)
    pairs = _paired(keys, lines, places.get(KEY))
    for i, key in enumerate(keys):
        if i not in pairs:
            yield Difference(LIST_SHEET, "", heading, key, "没有这一行")
            continue
        row = lines[pairs[i]]
        for column in own:
            value, there = expected[column.field][i], _at(row, places[column.field])
            if not SAME[column.kind](value, there):
                cell = f"{get_column_letter(places[column.field] + 1)}{pairs[i] + 2}"
                yield Difference(LIST_SHEET, cell, column.heading, told(value, column), plain(there))
    for i in sorted(lines.keys() - set(pairs.values())):
        place = places.get(KEY, 0)
        cell = f"{get_column_letter(place + 1)}{i + 2}"
        yield Difference(LIST_SHEET, cell, heading, "", f"多出一行：{plain(_at(lines[i], place))}")


def _paired(keys: list[str], lines: dict[int, Sequence[object]], at: int | None) -> dict[int, int]:
    """Row sent -> row found: by the row key, else in the same place (a row whose key was changed)."""
    by_key: dict[str, int] = {}
    if at is not None:
        for i, line in lines.items():
            by_key.setdefault(plain(_at(line, at)), i)
    pairs = {i: by_key[key] for i, key in enumerate(keys) if key in by_key}
    taken = set(pairs.values())
    known = set(keys)
    for i in range(len(keys)):
        changed = i in lines and i not in taken and (at is None or plain(_at(lines[i], at)) not in known)
        if i not in pairs and changed:
            pairs[i] = i
    return pairs


def _summary(grid: _Grid, cells: Sequence[batchsummary.Cell]) -> Iterator[Difference]:
    for cell in cells:
        now = _at(grid[cell.row], cell.column) if cell.row < len(grid) else ""
        if cell.look == "sign" and isinstance(cell.value, str) and plain(now).startswith(cell.value):
            continue  # signed in the file itself
        same = SAME["text"] if isinstance(cell.value, str) else SAME["rmb"]
        if cell.look != "date" and not same(cell.value, now):
            place = f"{get_column_letter(cell.column + 1)}{cell.row + 1}"
            yield Difference(batchsummary.SUMMARY_SHEET, place, "", str(cell.value), plain(now))


def _at(line: Sequence[object], place: int) -> object:
    return line[place] if place < len(line) else ""
