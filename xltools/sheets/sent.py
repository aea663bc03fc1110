"""A sent sheet read back (核验): every cell of ours that is no longer what was sent, by its address."""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import python_calamine
from openpyxl.utils import get_column_letter

from xltools.roster.problems import FileProblem
from xltools.sheets import batchsummary, package, parts
from xltools.sheets.batch import Batch, data, proof
from xltools.sheets.layout import KEY, Column
from xltools.sheets.names import VERSION_SHEET
from xltools.sheets.refused import Refused
from xltools.sheets.scan import scan
from xltools.sheets.worksheets import readable, worksheets

LIST_SHEET = "投保企业清单"

_DUST = Decimal("1e-6")
"""How far a number may be off what was sent, in hundredths of its unit: binary fractions after a re-save."""
_NEXT_TO_NOTHING = Decimal("1e-12")
_EPOCH = datetime(1899, 12, 30)
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


def read_batch(path: Path) -> SentBatch:
    """Read a batch's workbook. Raises Refused for a file that is none or must not be opened, OSError."""
    if not path.exists():
        raise FileNotFoundError(errno.ENOENT, "文件不存在", str(path))
    if package.kind(path) not in ("xlsx", "xlsm"):
        raise Refused("FILE_NOT_WORKBOOK", path.name)
    with parts.open_zip(path) as opened:
        there = {sheet.name for sheet in worksheets(opened)}
    wanted = [n for n in (LIST_SHEET, batchsummary.SUMMARY_SHEET, VERSION_SHEET) if n in there]
    for name in wanted:
        scan(path, name)  # the reader allocates whatever extent a sheet claims
    with readable():
        book = python_calamine.CalamineWorkbook.from_path(str(path))
        grids: dict[str, _Grid] = {n: book.get_sheet_by_name(n).to_python(skip_empty_area=False) for n in wanted}
    version = grids.get(VERSION_SHEET)
    items = None if version is None else {_plain(r[0]): _plain(r[1]) for r in version[1:] if len(r) > 1}
    return SentBatch(grids.get(LIST_SHEET), grids.get(batchsummary.SUMMARY_SHEET), items)


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
        return why.strerror or str(why)
    return FileProblem(why.code, more=why.detail).message


def _rows(grid: _Grid, batch: Batch, expected: dict[str, list[Any]]) -> Iterator[Difference]:
    headings = [_plain(v) for v in grid[0]] if grid else []
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
            if not _SAME[column.kind](value, there):
                cell = f"{get_column_letter(places[column.field] + 1)}{pairs[i] + 2}"
                yield Difference(LIST_SHEET, cell, column.heading, _told(value, column), _plain(there))
    for i in sorted(lines.keys() - set(pairs.values())):
        place = places.get(KEY, 0)
        cell = f"{get_column_letter(place + 1)}{i + 2}"
        yield Difference(LIST_SHEET, cell, heading, "", f"多出一行：{_plain(_at(lines[i], place))}")


def _paired(keys: list[str], lines: dict[int, Sequence[object]], at: int | None) -> dict[int, int]:
    """Row sent -> row found: by the row key, else in the same place (a row whose key was changed)."""
    by_key: dict[str, int] = {}
    if at is not None:
        for i, line in lines.items():
            by_key.setdefault(_plain(_at(line, at)), i)
    pairs = {i: by_key[key] for i, key in enumerate(keys) if key in by_key}
    taken = set(pairs.values())
    known = set(keys)
    for i in range(len(keys)):
        changed = i in lines and i not in taken and (at is None or _plain(_at(lines[i], at)) not in known)
        if i not in pairs and changed:
            pairs[i] = i
    return pairs


def _summary(grid: _Grid, cells: Sequence[batchsummary.Cell]) -> Iterator[Difference]:
    for cell in cells:
        now = _at(grid[cell.row], cell.column) if cell.row < len(grid) else ""
        if cell.look == "sign" and isinstance(cell.value, str) and _plain(now).startswith(cell.value):
            continue  # signed in the file itself
        same = _same_text if isinstance(cell.value, str) else _same_number
        if cell.look != "date" and not same(cell.value, now):
            place = f"{get_column_letter(cell.column + 1)}{cell.row + 1}"
            yield Difference(batchsummary.SUMMARY_SHEET, place, "", str(cell.value), _plain(now))


def _at(line: Sequence[object], place: int) -> object:
    return line[place] if place < len(line) else ""


def _plain(value: object) -> str:
    """A cell as text: whole numbers without a point, dates ISO."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else f"{value:.15g}"
    if isinstance(value, datetime):
        return _second(value).isoformat(" ")
    return "" if value is None else str(value)


def _told(value: object, column: Column) -> str:
    if isinstance(value, Decimal):
        return f"{value:f}" if column.kind in ("usd", "rmb") else f"{value.normalize():f}"
    return _plain(value)


def _number(found: object) -> Decimal | None:
    """A cell's number as Excel shows it, by its 15 significant digits; text that holds one counts."""
    if isinstance(found, bool) or not isinstance(found, int | float | str):
        return None
    try:
        value = Decimal(f"{found:.15g}") if isinstance(found, float) else Decimal(str(found).replace(",", ""))
    except InvalidOperation:
        return None
    return value if value.is_finite() else None


def _moment(found: object) -> datetime | None:
    if isinstance(found, datetime):
        return _second(found)
    if isinstance(found, date):
        return datetime.combine(found, time())
    if isinstance(found, float | int) and not isinstance(found, bool) and 0 < found < 2_958_466:
        return _second(_EPOCH + timedelta(days=found))  # a date that lost its number format
    try:
        return _second(datetime.fromisoformat(str(found).strip()))
    except ValueError:
        return None


def _second(value: datetime) -> datetime:
    return (value + timedelta(microseconds=500_000)).replace(microsecond=0, tzinfo=None)


def _same_text(sent: object, found: object) -> bool:
    return _plain(sent).replace("\r\n", "\n") == _plain(found).replace("\r\n", "\n")


def _same_number(sent: Any, found: object) -> bool:
    if sent is None:
        return found in ("", None)
    now = _number(found)
    return now is not None and abs(now - sent) * 100 <= _DUST


def _same_ratio(sent: Any, found: object) -> bool:
    now = _number(found)
    return (sent is None and found in ("", None)) or (
        now is not None and sent is not None and abs(now - sent) < _NEXT_TO_NOTHING
    )


def _same_time(sent: Any, found: object) -> bool:
    if sent is None:
        return found in ("", None)
    return _moment(found) == (sent if isinstance(sent, datetime) else datetime.combine(sent, time()))


_SAME: dict[str, Callable[[Any, object], bool]] = {
    "number": _same_number, "text": _same_text, "usd": _same_number, "rmb": _same_number, "percent": _same_ratio,
    "fx": _same_ratio, "flag": _same_text, "date": _same_time, "datetime": _same_time,
}  # fmt: skip
