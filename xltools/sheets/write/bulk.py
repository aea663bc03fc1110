"""Large tables to .xlsx (大表写出): the one module through which every long list leaves.

XlsxWriter makes the workbook with its styles, page set-up and defined names; the rows and the shared strings,
assembled by columns, are spliced into it. Numbers are written as their exact decimal text, text is always text,
and the same input gives the same bytes.
"""

import io
import itertools
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from unicodedata import east_asian_width

import pyarrow as pa
from xlsxwriter.exceptions import XlsxWriterException
from xlsxwriter.utility import xl_col_to_name, xl_rowcol_to_cell
from xlsxwriter.workbook import Workbook

from xltools.files import replace
from xltools.sheets.ooxml.parts import ahead
from xltools.sheets.ooxml.zipout import write_zip
from xltools.sheets.write import formats
from xltools.sheets.write.arrowtext import is_text
from xltools.sheets.write.bulkxml import (
    CHUNK,
    CellError,
    Values,
    repeated_of,
    row_xml,
    share,
    string_xml,
    texts_of,
    values_of,
)
from xltools.sheets.write.style import Book

FONT = "宋体"  # on every Chinese Windows, in WPS and in offices' printed forms
FONT_SIZE = 11
HEADER = {
    "bold": True,
    "bg_color": "#DDEBF7",
    "border": 1,
    "text_wrap": True,
    "align": "center",
    "valign": "vcenter",
}
HEADER_HEIGHT = 33  # points: two lines of a wrapped heading
ROW_HEIGHT = 18
MAX_ROWS = 1_048_575  # below the headings
MAX_COLUMNS = 16_384
USUAL_FORMATS = {pa.int64(): formats.WHOLE, pa.date32(): formats.DATE, pa.timestamp("s"): formats.SECOND}
PINNED = datetime(2000, 1, 1)  # creation time of every workbook: the clock must not change its bytes
STRINGS = "xl/sharedStrings.xml"


@dataclass(frozen=True)
class Column:
    """Looks of one column: width in characters; number format, None for the usual one of its type."""

    width: float = 12
    number_format: str | None = None


@dataclass(frozen=True)
class Sheet:
    """One worksheet: a table under its column names as headings.

    Column types: string and dictionary<string> (large_string too), int64, decimal128 of up to 18 digits, date32,
    timestamp[s], bool, null (blank, for somebody's answer). ``columns`` has one entry a column of the table, or is
    empty for the usual looks. ``freeze_columns`` first columns stay in view beside row 1.
    """

    name: str
    table: pa.Table
    columns: Sequence[Column] = ()
    freeze_columns: int = 0


def fitted(table: pa.Table, most: float = 44) -> list[Column]:
    """Columns as wide as the longest of their heading and first 200 cells, up to `most` characters."""
    out = []
    for name in table.column_names:
        cells = (str(v) for v in table[name].slice(0, 200).to_pylist() if v is not None)
        longest = max(sum(2 if east_asian_width(c) in "WFA" else 1 for c in text) for text in (name, *cells))
        out.append(Column(max(6, min(most, longest + 2))))
    return out


def write_table(path: str | Path, sheets: Sequence[Sheet], extra: Callable[[Workbook], None] | None = None) -> None:
    """Write the sheets as one workbook, whole or not at all; null and "" are empty cells.

    ``extra`` may add further worksheets to the workbook (汇总, 版本) by XlsxWriter; they stand behind the tables.
    Raises ValueError, before anything is written, for what no sheet can hold: over 1,048,575 rows, text of more than
    32,767 characters, a date before 1900-03-01, an impossible or doubled sheet name; TypeError for a column type not
    listed at :class:`Sheet`; OSError as :func:`xltools.files.replace` does.
    """
    for sheet in sheets:
        _check(sheet)
    skeleton = zipfile.ZipFile(_skeleton(sheets, extra))
    opening, own, closing = skeleton.read(STRINGS).decode().partition("</sst>")
    start = opening.count("<si>")
    values, texts, references = _values(sheets, start)
    counts = f' count="{start + references}" uniqueCount="{start + len(texts)}">'
    opening = re.sub(r' count="\d+" uniqueCount="\d+">', counts, opening, count=1)

    def members() -> Iterator[tuple[str, Iterable[bytes | memoryview]]]:
        for name in skeleton.namelist():
            number = re.fullmatch(r"xl/worksheets/sheet(\d+)\.xml", name)
            if number and int(number[1]) <= len(sheets):
                index = int(number[1]) - 1
                yield name, _spliced(skeleton.read(name).decode(), sheets[index].table, values[index])
            elif name == STRINGS:
                yield name, itertools.chain([opening.encode()], string_xml(texts), [(own + closing).encode()])
            else:
                yield name, [skeleton.read(name)]

    with replace(path) as temporary, temporary.open("wb") as file:
        write_zip(file, members())


def _check(sheet: Sheet) -> None:
    rows, columns = sheet.table.num_rows, sheet.table.num_columns
    if rows > MAX_ROWS:
        raise ValueError(f"工作表“{sheet.name}”有 {rows} 行数据，一张表最多容纳 {MAX_ROWS} 行，请分成几张")
    if not 0 < columns <= MAX_COLUMNS:
        raise ValueError(f"工作表“{sheet.name}”有 {columns} 列，应为 1 至 {MAX_COLUMNS} 列")
    if len(sheet.columns) not in (0, columns):
        raise ValueError(f"工作表“{sheet.name}”有 {columns} 列，却给了 {len(sheet.columns)} 列的格式")


def _skeleton(sheets: Sequence[Sheet], extra: Callable[[Workbook], None] | None) -> io.BytesIO:
    """A workbook with everything but the rows; row 2 of each sheet shows the styles of its columns."""
    file = io.BytesIO()
    font = {"font_name": FONT, "font_size": FONT_SIZE}
    book = Book(file, {"default_format_properties": font})
    book.set_properties({"created": PINNED})
    header = book.add_format(font | HEADER)
    for sheet in sheets:
        try:
            page = book.add_worksheet(sheet.name)
        except XlsxWriterException as error:
            raise ValueError(f"工作表名“{sheet.name}”不能用：{error}") from None
        rows, schema = sheet.table.num_rows, sheet.table.schema
        last = len(schema) - 1
        page.set_default_row(ROW_HEIGHT)
        page.set_row(0, HEADER_HEIGHT)
        for index, (field, column) in enumerate(zip(schema, sheet.columns or [Column()] * len(schema), strict=True)):
            style = book.add_format(
                font | {"valign": "vcenter", "num_format": column.number_format or _usual_format(field.type)}
            )
            page.set_column(index, index, column.width, style)  # so that empty cells take the format as well
            page.write_string(0, index, field.name, header)
            page.write_blank(1, index, None, style)
        page.freeze_panes(1, sheet.freeze_columns)
        page.autofilter(0, 0, rows, last)
        page.ignore_errors({"number_stored_as_text": f"A1:{xl_col_to_name(last)}{rows + 1}"})
        page.set_landscape()
        page.set_paper(9)  # A4
        page.set_margins(left=0.4, right=0.4, top=0.6, bottom=0.6)
        page.fit_to_pages(1, 0)
        page.repeat_rows(0)
        page.hide_gridlines(0)  # print them: they are the only lines between the rows
        page.set_header("&C&A")
        page.set_footer("&C第 &P 页，共 &N 页")
    if extra:
        extra(book)
    book.close()
    return file


def _usual_format(kind: pa.DataType) -> str:
    if is_text(kind):
        return formats.TEXT  # also what is typed over it stays text: codes, and names that begin with =
    if pa.types.is_decimal(kind) and kind.scale == 2:
        return formats.AMOUNT
    return USUAL_FORMATS.get(kind, formats.GENERAL)


def _values(sheets: Sequence[Sheet], start: int) -> tuple[list[list[Values]], pa.StringArray, int]:
    """The values of every sheet's columns, the shared strings from ``start`` on, and how often they are used."""
    prepared = [[_prepared(sheet, index) for index in range(sheet.table.num_columns)] for sheet in sheets]
    text = [column for own in prepared for column in own if isinstance(column, pa.Array)]
    shared, distinct = share(text, start)
    following = iter(shared)
    values = [[next(following) if isinstance(column, pa.Array) else column for column in own] for own in prepared]
    return values, distinct, sum(len(column) - column.null_count for column in text)


def _prepared(sheet: Sheet, index: int) -> pa.StringArray | pa.DictionaryArray | Values:
    name, column = sheet.table.column_names[index], sheet.table.column(index)
    if pa.types.is_dictionary(column.type) and is_text(column.type):
        with suppress(CellError):  # the place of a text that is too long is told below
            return repeated_of(column)
    try:
        return texts_of(column) if is_text(column.type) else values_of(column)
    except CellError as error:
        cell = xl_rowcol_to_cell(error.row + 1, index)
        raise ValueError(f"工作表“{sheet.name}”单元格 {cell}（{name}）：{error}") from None
    except TypeError as error:
        raise TypeError(f"工作表“{sheet.name}”列“{name}”：不支持类型 {error}") from None


def _spliced(xml: str, table: pa.Table, values: Sequence[Values]) -> Iterator[bytes | memoryview]:
    """The skeleton's sheet XML with the table's rows in place of its row 2.

    Of a large table a piece is made while the one before it is compressed.
    """
    head, tail = xml[: xml.index('<row r="2"')], xml[xml.index("</sheetData>") :]
    corner = xl_rowcol_to_cell(table.num_rows, table.num_columns - 1)
    yield re.sub(r'<dimension ref="[^"]*"', f'<dimension ref="A1:{corner}"', head, count=1).encode()
    cells = re.findall(r'<c r="([A-Z]+)2"([^>/]*)', xml)  # letter, style
    columns = [
        (letter, style + _cell_type(kind), own)
        for (letter, style), kind, own in zip(cells, table.schema.types, values, strict=True)
    ]
    rows = row_xml(columns, table.num_rows)
    yield from ahead(rows) if table.num_rows > CHUNK else rows
    yield tail.encode()


def _cell_type(kind: pa.DataType) -> str:
    if is_text(kind):
        return ' t="s"'
    return ' t="b"' if pa.types.is_boolean(kind) else ""
