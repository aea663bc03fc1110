"""CSV as data: written verbatim by RFC 4180, read as an office's Excel saves it.

UTF-8 or, where that fails, GB18030; every cell is text, so that codes keep their zeros and dates their form.
"""

import csv
import io
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv as arrow_csv

from xltools.files import replace
from xltools.sheets.write.arrowtext import (
    Ints,
    Piece,
    content,
    decimal_pieces,
    integers,
    is_decimal,
    is_text,
    join,
    join_present,
    settled,
    strings,
)

BOM = b"\xef\xbb\xbf"
CHUNK = 8192  # rows assembled at once
BLOCK = 1 << 24  # bytes of the longest record that is read
MAX_BYTES, MAX_ROWS, MAX_COLUMNS = 4 << 30, 1_048_576, 16_384  # what a spreadsheet holds, and 4 GB
END = "\x1e"  # fills a row of its own behind the data: only a quote that never ends can swallow that
UNENDED = "第 {} 行有一个引号没有结束，请补上"


def csv_bytes(table: pa.Table, bom: bool = False) -> bytes:
    """A table as CSV: UTF-8, LF, headings first, quotes where RFC 4180 needs them; a 校验码 is taken of this.

    Money (decimals of scale 2) has two places, other decimals as many as they need (7.0883); dates are
    2019-09-05, date-times 2019-09-05 09:37:12, null is empty. Raises TypeError for any other type, bool among
    them: 是/否 is text.
    """
    return (BOM if bom else b"") + b"".join(_parts(table))


def write_csv(target: str | Path | BinaryIO, table: pa.Table) -> None:
    """Write ``csv_bytes(table, bom=True)`` to a path, whole or not at all, or to an open binary file.

    Raises TypeError as :func:`csv_bytes` does, OSError as :func:`xltools.files.replace` does.
    """
    if isinstance(target, str | Path):
        with replace(target) as temporary, temporary.open("wb") as file:
            write_csv(file, table)
    else:
        target.write(BOM)
        target.writelines(_parts(table))


def read_csv(path: str | Path) -> tuple[list[pa.ChunkedArray], Ints]:
    """All rows of a CSV file, headings included, as string columns, and each row's number.

    Short rows are filled up with "", blank lines are rows of "". The number is the row's place as a spreadsheet
    shows it (int64, from 1). The delimiter is the comma, or the tab or semicolon where the first line has more of
    them. An empty file has no columns. Raises ValueError naming row or line for NUL characters, for bytes that
    are neither UTF-8 nor GB18030, for a quote that never ends, and for more than 4 GB, 1,048,576 rows or 16,384
    columns; OSError where the file cannot be read.
    """
    return parsed(utf8(whole(path)))


def whole(path: str | Path) -> bytes:
    """The content of a file. Raises ValueError where it has more than 4 GB, OSError."""
    if Path(path).stat().st_size > MAX_BYTES:
        raise ValueError("文件超过 4 GB，请分成几个")
    return Path(path).read_bytes()


def parsed(data: bytes, delimiter: str = "") -> tuple[list[pa.ChunkedArray], Ints]:
    """The same of content in UTF-8; the first line decides on the delimiter where none is given."""
    if not data:
        return [], np.empty(0, np.int64)
    found, width = _shape(data, delimiter)
    try:
        table = _parsed(data, found, width)
    except pa.ArrowInvalid:  # ragged
        table = _parsed(*_squared(data, found))
    if table.num_rows > MAX_ROWS:
        raise ValueError(f"文件有 {table.num_rows} 行，一张表最多 {MAX_ROWS} 行，请分成几个文件")
    return table.columns, np.arange(1, table.num_rows + 1)


def _parts(table: pa.Table) -> Iterator[bytes | memoryview]:
    alone = table.num_columns == 1  # then an empty cell would be a blank line, and no row to many readers
    headings = [_quoted(pa.array([name], pa.string()), alone)[0].as_py() for name in table.column_names]
    yield (",".join(headings) + "\n").encode()
    columns = [_texts(field, table.column(index)) for index, field in enumerate(table.schema)]
    for start in range(0, table.num_rows, CHUNK):
        rows = slice(start, min(start + CHUNK, table.num_rows))
        pieces: list[Piece] = []
        for texts in columns:
            pieces += [",", *settled(texts(rows))]
        if alone:
            pieces = [",", _quoted(pc.fill_null(join(pieces[1:]), ""), alone)]
        yield content(join_present([*pieces[1:], "\n"]))


def _texts(field: pa.Field, column: pa.ChunkedArray) -> Callable[[slice], list[Piece]]:
    kind = field.type
    if is_text(kind):
        texts = _quoted(strings(column), False)
        return lambda rows: [texts[rows]]
    if kind in (pa.date32(), pa.timestamp("s")):
        return lambda rows: [strings(column[rows])]
    if not (kind == pa.int64() or is_decimal(kind)):
        raise TypeError(f"列“{field.name}”：不支持类型 {kind}")
    numbers, nulls = integers(column)
    scale = kind.scale if is_decimal(kind) else 0

    def exact(rows: slice) -> list[Piece]:
        return decimal_pieces(numbers[rows], None if nulls is None else nulls[rows], scale)

    def shortest(rows: slice) -> list[Piece]:
        return [pc.ascii_rtrim(pc.ascii_rtrim(join(exact(rows)), "0"), ".")]

    return exact if scale in (0, 2) else shortest


def _quoted(texts: pa.StringArray, alone: bool) -> pa.StringArray:
    special = pc.match_substring_regex(texts, '[,"\r\n]' + ("|^$" if alone else ""))
    if not pc.any(special).as_py():
        return texts
    return pc.if_else(special, join(['"', pc.replace_substring(texts, '"', '""'), '"']), texts)


def utf8(data: bytes) -> bytes:
    """The content as UTF-8 without a byte order mark. Raises ValueError where it is neither UTF-8 nor GB18030."""
    at = data.find(b"\0")
    if at >= 0:
        raise ValueError(
            f"第 {_line(data, at)} 行有 NUL 字符，不是 CSV 文本；若是 Excel 的“Unicode 文本”，请另存为“CSV UTF-8”"
        )
    marked = data.startswith(BOM)
    data = data.removeprefix(BOM)
    try:
        _check_utf8(data)
        return data
    except pa.ArrowInvalid:
        pass
    try:
        if marked:
            data.decode()
        return data.decode("gb18030").encode()
    except UnicodeDecodeError as error:
        line = _line(data, error.start)
        raise ValueError(f"第 {line} 行的文字既不是 UTF-8 也不是 GB18030 编码，请用 Excel 另存为“CSV UTF-8”") from None


def _check_utf8(data: bytes) -> None:
    ends = pa.py_buffer(np.array([0, len(data)], np.int64))
    pa.LargeStringArray.from_buffers(1, ends, pa.py_buffer(data)).validate(full=True)


def _line(data: bytes, at: int) -> int:
    return data.count(b"\n", 0, at) + 1


def _shape(data: bytes, delimiter: str = "") -> tuple[str, int]:
    """Delimiter and number of columns by the first line that is not blank."""
    first = re.sub(rb'"[^"]*"', b"", data[:1_000_000]).lstrip(b"\r\n").splitlines()[:1] or [b""]
    found = delimiter.encode() or max(b",", b"\t", b";", key=first[0].count)  # the first of equals
    return found.decode(), first[0].count(found) + 1


def _parsed(data: bytes, delimiter: str, width: int) -> pa.Table:
    if width > MAX_COLUMNS:
        raise ValueError(f"一行有 {width} 列，一张表最多 {MAX_COLUMNS} 列，请检查分隔符")
    quotes = b'"' in data
    if quotes:
        data = _ended(data, delimiter.join([END] * width))
    names = [str(index) for index in range(width)]
    table = arrow_csv.read_csv(
        pa.BufferReader(data),
        read_options=arrow_csv.ReadOptions(column_names=names, block_size=BLOCK),
        parse_options=arrow_csv.ParseOptions(delimiter=delimiter, newlines_in_values=quotes, ignore_empty_lines=False),
        convert_options=arrow_csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False, check_utf8=False
        ),
    )
    if not quotes:
        return table
    last = table.num_rows - 1
    if any(column[last].as_py() != END for column in table.columns):
        raise ValueError(UNENDED.format(table.num_rows))
    return table.slice(0, last)


def _squared(data: bytes, delimiter: str) -> tuple[bytes, str, int]:
    """A ragged file with its short rows filled up: content, delimiter and number of columns."""
    width = max(len(row) for row in _records(data, delimiter))
    file = io.BytesIO()
    with io.TextIOWrapper(file, "utf-8", newline="", write_through=True) as text:
        writer = csv.writer(text, lineterminator="\r\n")  # with "\n" alone it leaves a lone CR unquoted
        for row in _records(data, delimiter):
            writer.writerow(row + [""] * (width - len(row)))
        return file.getvalue(), ",", width


def _records(data: bytes, delimiter: str) -> Iterator[list[str]]:
    lines = io.TextIOWrapper(io.BytesIO(_ended(data, END)), "utf-8", newline="")
    number = 0
    held: list[str] = []
    try:
        for number, row in enumerate(csv.reader(lines, delimiter=delimiter)):
            if number:
                yield held
            held = row
    except csv.Error:
        raise ValueError(f"第 {number + 2} 行有一格过长：多半有一个引号没有结束，请补上") from None
    if held != [END]:
        raise ValueError(UNENDED.format(number + 1))


def _ended(data: bytes, end: str) -> bytes:
    return b"".join([data, b"" if data.endswith((b"\n", b"\r")) else b"\n", end.encode(), b"\n"])
