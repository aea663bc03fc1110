"""Arrow tables as the XML of worksheet rows and of shared strings, a few thousand rows at a time.

ECMA-376 Part 1, 18.3.1.73 (row), 18.3.1.4 (c), 18.4.9 (sst), 22.9.2.19 (ST_Xstring).
"""

import itertools
import re
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from xltools.sheets.write.arrowtext import (
    DAY,
    EXCEL_EPOCH,
    Ints,
    Piece,
    content,
    decimal_pieces,
    flat,
    integers,
    is_decimal,
    join,
    join_present,
    offsets,
    serial_pieces,
    settled,
    strings,
)

Values = Callable[[slice], list[Piece]]  # the text of a column's <v> in these rows; null: no cell

CHUNK = 8192  # rows assembled at once: large enough for vector speed, small enough for the processor's cache
FIRST_SERIAL = -25_508  # 1900-03-01 in days since 1970; before it Excel counts a 29 February that never was
LAST_SERIAL = 2_932_896  # 9999-12-31
MAX_TEXT = 32_767  # UTF-16 units in one cell

_ESCAPES = {ord("&"): "&amp;", ord("<"): "&lt;", ord(">"): "&gt;", ord("\r"): "&#13;"}
_ESCAPES |= {code: f"_x{code:04X}_" for code in (*range(32), 0xFFFE, 0xFFFF) if chr(code) not in "\t\n\r"}
_LOOKS_ESCAPED = re.compile("_(?=x[0-9A-Fa-f]{4}_)")
_SUSPECT = np.zeros(256, bool)
_SUSPECT[[code for code in _ESCAPES if code < 128] + [ord("_")]] = True


class CellError(ValueError):
    """A value that no cell can hold; ``row`` counts the table's rows from 0."""

    def __init__(self, row: int, message: str) -> None:
        super().__init__(message)
        self.row = row


def values_of(column: pa.ChunkedArray) -> Values:
    """The <v> text of a column of int64, decimal128, date32, timestamp[s] or bool.

    Raises CellError for a date outside 1900-03-01..9999-12-31, TypeError for any other type.
    """
    kind = column.type
    if pa.types.is_boolean(kind):
        return _numbered(flat(column).cast(pa.int32()), 0)
    if not (kind in (pa.int64(), pa.date32(), pa.timestamp("s")) or is_decimal(kind)):
        raise TypeError(str(kind))
    numbers, nulls = integers(column)

    def mask(rows: slice) -> npt.NDArray[np.bool_] | None:
        return None if nulls is None else nulls[rows]

    if pa.types.is_date32(kind):
        _check_days(numbers, nulls)
        return lambda rows: decimal_pieces(numbers[rows] + EXCEL_EPOCH, mask(rows), 0)
    if pa.types.is_timestamp(kind):
        _check_days(numbers // DAY, nulls)
        return lambda rows: serial_pieces(numbers[rows], mask(rows))
    scale = kind.scale if is_decimal(kind) else 0
    return lambda rows: decimal_pieces(numbers[rows], mask(rows), scale)


def texts_of(column: pa.ChunkedArray) -> pa.StringArray:
    """A text column as one plain array, with "" as null: both are an empty cell.

    Raises CellError for text longer than 32,767 UTF-16 units.
    """
    texts = strings(column)
    sizes = pc.binary_length(texts)
    for row in pc.indices_nonzero(pc.greater(sizes, MAX_TEXT)).to_pylist():
        units = len(texts[row].as_py().encode("utf-16-le")) // 2
        if units > MAX_TEXT:
            raise CellError(row, f"文本有 {units} 个字符，单元格最多容纳 {MAX_TEXT} 个，请缩短")
    empty = pc.equal(sizes, 0)
    return pc.if_else(empty, pa.scalar(None, pa.string()), texts) if pc.any(empty).as_py() else texts


def repeated_of(column: pa.ChunkedArray) -> pa.DictionaryArray:
    """The same of a column in a dictionary: of that only the texts in use, in the order in which they first appear.

    Raises CellError for a text in the dictionary that is too long, be it in use or not; its ``row`` means nothing.
    """
    whole = flat(column)
    texts = texts_of(pa.chunked_array([whole.dictionary]))
    index = whole.indices.cast(pa.int32()).fill_null(len(texts)).to_numpy()
    first = np.full(len(texts) + 1, len(index))
    first[index[::-1]] = np.arange(len(index))[::-1]  # of several rows the last one written stays: the first
    first[np.append(np.asarray(texts.is_null()), True)] = len(index)
    order = np.argsort(first)[: np.count_nonzero(first < len(index))]
    place = np.full(len(texts) + 1, -1, np.int32)
    place[order] = np.arange(len(order), dtype=np.int32)
    own = place.take(index)
    return pa.DictionaryArray.from_arrays(pa.array(own, mask=own < 0), texts.take(pa.array(order)), safe=False)


def share(columns: Sequence[pa.StringArray | pa.DictionaryArray], start: int) -> tuple[list[Values], pa.StringArray]:
    """Shared strings: the values of each text column's cells, and the distinct texts of them all.

    The texts are numbered from ``start`` in the order in which they first appear, column by column.
    """
    own = [column.dictionary if isinstance(column, pa.DictionaryArray) else column for column in columns]
    encoded = pa.chunked_array(own, pa.string()).dictionary_encode().chunks  # without the empty ones
    texts = encoded[0].dictionary if encoded else pa.array([], pa.string())
    indices = pa.chunked_array([chunk.indices for chunk in encoded], pa.int32())
    ends = itertools.accumulate(map(len, own), initial=0)
    numbers = [flat(indices[at:end]) for at, end in itertools.pairwise(ends)]
    places = [
        n.take(c.indices) if isinstance(c, pa.DictionaryArray) else n for n, c in zip(numbers, columns, strict=True)
    ]
    return [_numbered(place, start) for place in places], texts


def string_xml(texts: pa.StringArray) -> Iterator[memoryview]:
    """The <si> elements. Space is always preserved: cheaper than finding out who needs it."""
    for start in range(0, len(texts), CHUNK):
        yield content(join(['<si><t xml:space="preserve">', escaped(texts[start : start + CHUNK]), "</t></si>"]))


def row_xml(columns: Sequence[tuple[str, str, Values]], count: int) -> Iterator[memoryview]:
    """The <row> elements of ``count`` rows from row 2 on; columns are (letter, attributes of <c>, values)."""
    for start in range(0, count, CHUNK):
        rows = slice(start, min(start + CHUNK, count))
        number = pa.array(np.arange(rows.start + 2, rows.stop + 2)).cast(pa.string())
        pieces: list[Piece] = ['<row r="', number, '">']
        for letter, attributes, values in columns:
            cell = [f'<c r="{letter}', number, f'"{attributes}><v>', *values(rows), "</v></c>"]
            pieces += settled(cell)
        yield content(join_present(_merged([*pieces, "</row>"])))


def escaped(texts: pa.StringArray) -> pa.StringArray:
    """Texts as XML content of an ST_Xstring, such that every reader gets back what was given.

    & < > as entities; CR as ``&#13;`` (a bare one would become LF); characters that XML forbids as
    ``_x000B_``, which Excel and LibreOffice turn back; text that only looks like such an escape gets its
    underscore escaped (``_x005F_x0041_``).
    """
    raw = content(texts)
    data = np.frombuffer(raw, np.uint8)
    marks = np.flatnonzero(_SUSPECT[data])
    marks = marks[(data[marks] != ord("_")) | (data[np.minimum(marks + 1, len(data) - 1)] == ord("x"))]
    forbidden = re.finditer(b"\xef\xbf[\xbe\xbf]", raw)
    places = np.append(marks, np.array([match.start() for match in forbidden], np.int64))
    if not len(places):
        return texts
    starts = offsets(texts)
    touched = np.zeros(len(texts), bool)
    touched[np.searchsorted(starts - starts[0], places, "right") - 1] = True
    affected = pa.array(touched)
    fixed = [_LOOKS_ESCAPED.sub("_x005F_", text).translate(_ESCAPES) for text in texts.filter(affected).to_pylist()]
    return pc.replace_with_mask(texts, affected, pa.array(fixed, pa.string()))


def _numbered(indices: pa.Int32Array, start: int) -> Values:
    return lambda rows: [pc.add(indices[rows], start).cast(pa.string())]


def _merged(pieces: Sequence[Piece]) -> list[Piece]:
    merged: list[Piece] = []
    for piece in pieces:
        if merged and isinstance(piece, str) and isinstance(merged[-1], str):
            merged[-1] += piece
        else:
            merged.append(piece)
    return merged


def _check_days(days: Ints, nulls: npt.NDArray[np.bool_] | None) -> None:
    wrong = (days < FIRST_SERIAL) | (days > LAST_SERIAL)
    if nulls is not None:
        wrong &= ~nulls
    if wrong.any():
        raise CellError(int(wrong.argmax()), "日期须在 1900-03-01 至 9999-12-31 之间")
