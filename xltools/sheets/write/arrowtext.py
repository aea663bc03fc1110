"""Columns of numbers as columns of their exact text, for workbooks and CSV alike.

A column becomes a list of *pieces*: constants and string arrays that, joined row by row, are the text of its
values. Nothing passes through a float, and the last piece that is an array carries the column's nulls.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Piece: TypeAlias = str | pa.StringArray
Ints = npt.NDArray[np.int64]

DAY = 86_400  # seconds
EXCEL_EPOCH = 25_569  # the serial of 1970-01-01 in the 1900 date system
DAY_FRACTION_DIGITS = 12  # of a date-time's serial: 1e-12 day is far below a second, and a double holds it


def join(pieces: Sequence[Piece], separator: str = "") -> pa.StringArray:
    """The pieces of one text, joined row by row; null where any piece is null."""
    return pc.binary_join_element_wise(*(_datum(piece) for piece in pieces), separator)


def join_present(pieces: Sequence[Piece], separator: str = "") -> pa.StringArray:
    """Like :func:`join`, but a null piece counts as empty text."""
    return pc.binary_join_element_wise(
        *(_datum(piece) for piece in pieces), separator, null_handling="replace", null_replacement=""
    )


def is_text(kind: pa.DataType) -> bool:
    """Whether a column holds text: string or large_string, plain or in a dictionary; or nothing at all (null)."""
    kind = kind.value_type if pa.types.is_dictionary(kind) else kind
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_null(kind))


def is_decimal(kind: pa.DataType) -> bool:
    """Whether a column holds decimals that fit 64 bits: decimal128 of up to 18 digits."""
    return bool(pa.types.is_decimal128(kind) and kind.precision <= 18 and 0 <= kind.scale <= 18)


def flat(column: pa.ChunkedArray) -> Any:
    """A column's chunks as one array."""
    if column.num_chunks == 1:
        return column.chunk(0)
    return pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], column.type)


def strings(column: pa.ChunkedArray) -> pa.StringArray:
    """A text column as one plain string array."""
    return flat(column.cast(pa.string()))


def integers(column: pa.ChunkedArray) -> tuple[Ints, npt.NDArray[np.bool_] | None]:
    """The int64 behind a column, and which rows are null (None when none is).

    int64 as it is; decimal128 of up to 18 digits in units of its last one; date32 in days, timestamp[s] in
    seconds since 1970. What stands in a null row is arbitrary.
    """
    array = flat(column)
    width = np.int32 if pa.types.is_date32(array.type) else np.int64
    words = np.frombuffer(array.buffers()[1] or b"", width)
    if pa.types.is_decimal128(array.type):
        words = words[::2]  # up to 18 digits the low word alone is the number; the high word repeats its sign
    values = words[array.offset : array.offset + len(array)].astype(np.int64, copy=False)
    nulls = array.is_null().to_numpy(zero_copy_only=False) if array.null_count else None
    return values, nulls


def settled(pieces: Sequence[Piece]) -> Sequence[Piece]:
    """The same text, such that :func:`join_present` takes a null in one piece for an empty text as a whole."""
    full = all(isinstance(piece, str) or not piece.null_count for piece in pieces)
    return pieces if full else [join(pieces)]


def content(texts: pa.StringArray) -> memoryview:
    """All texts of an array, one behind the other, without copying."""
    place = offsets(texts)
    return memoryview(texts.buffers()[2] or b"")[place[0] : place[-1]]


def offsets(texts: pa.StringArray) -> Ints:
    """Where each text begins in the array's data, and where the last one ends."""
    places = np.frombuffer(texts.buffers()[1] or bytes(4), np.int32)
    return places[texts.offset : texts.offset + len(texts) + 1].astype(np.int64)


def decimal_pieces(units: Ints, nulls: npt.NDArray[np.bool_] | None, scale: int) -> list[Piece]:
    """units / 10**scale with all its decimals: ``[-]whole[.fraction]``."""
    if scale == 0:
        return [pa.array(units, mask=nulls).cast(pa.string())]
    pieces: list[Piece] = []
    negative = units < 0
    if negative.any():
        pieces.append(_take(("", "-"), negative.astype(np.int64)))
        units = np.abs(units)
    whole, rest = np.divmod(units, 10**scale)
    pieces.append(pa.array(whole, mask=nulls).cast(pa.string()))
    point = "."
    while scale > 0:  # four digits at a time, so that the tables stay small
        digits = min(scale, 4)
        scale -= digits
        group, rest = np.divmod(rest, 10**scale)
        pieces.append(_digits(point, digits).take(pa.array(group)))
        point = ""
    return pieces


def serial_pieces(seconds: Ints, nulls: npt.NDArray[np.bool_] | None) -> list[Piece]:
    """Seconds since 1970 as Excel's date-time serials: days, with a fraction rounded to 1e-12 of a day."""
    day, second = np.divmod(seconds, DAY)
    one = 10**DAY_FRACTION_DIGITS
    fraction = (second * one + DAY // 2) // DAY
    return decimal_pieces((day + EXCEL_EPOCH) * one + fraction, nulls, DAY_FRACTION_DIGITS)


def _take(choices: tuple[str, ...], index: Ints) -> pa.StringArray:
    return pa.array(choices).take(pa.array(index))


@cache
def _digits(point: str, digits: int) -> pa.StringArray:
    return pa.array([f"{point}{number:0{digits}d}" for number in range(10**digits)])


def _datum(piece: Piece) -> Any:
    return pa.scalar(piece) if isinstance(piece, str) else piece
