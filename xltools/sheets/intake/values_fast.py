"""The values of a plain sheet as text columns, from the same pass that scans it.

`scan_fast` hands over where the cells of a piece stand. Shared strings and numbers are kept; what a number or a date
looks like as text is what the general reader gives. Any other cell (a formula, inline text, TRUE, a format of which it is not
sure that it shows a date) ends the keeping, and the general reader reads the sheet.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from xltools.roster import values
from xltools.roster.repeated import Texts, coded
from xltools.sheets.intake.cellformats import DATE
from xltools.sheets.intake.strings import picked
from xltools.sheets.ooxml.refused import Refused
from xltools.sheets.write.arrowtext import content, offsets

Places = npt.NDArray[np.intp]
Bytes = npt.NDArray[np.uint8]
Words = npt.NDArray[np.uint64]
Bools = npt.NDArray[np.bool_]

WIDTH = 1_000
"""Columns: with more, columns of pieces cost more than they save."""
SPARSE = 8
"""Rows that a piece may span for every row that it has."""
TOGETHER = 1 << 16
"""Cells of a sheet whose columns are made in one go: a kernel call costs nearly the same for a hundred rows and for twenty
thousand."""
REPEATED = 8
"""Cells of a column for every text in it, from which on each text is kept once."""
DAY = 86_400
_LARGEST = (1 << 31) - 1
"""Bytes of the texts of a column."""
_DATES = (61, 2_958_466)
"""Serials of 1900-03-01, behind the 29 February that never was, and of the day after 9999-12-31."""
_NEAR = 1e-4
"""Seconds: the general reader knows milliseconds, so nearer to a whole second there are none."""
_END, _FORMAT, _TYPED = (int.from_bytes(text, "little") for text in (b"</v></c>", b' s="', b' t="n">'))
_FOUR, _SEVEN = (np.uint64((1 << 8 * n) - 1) for n in (4, 7))
_SIGN = np.zeros(256, np.bool_)  # what a number begins with
_SIGN[list(b"0123456789-+.")] = True
_POINT, _ZERO, _QUOTE = 0x2E, 0x30, 0x22
_NUMBER = re.compile(r"[-+]?\d+(?:\.\d*)?(?:[eE][-+]?\d{1,3})?")
_SHIFT = np.array([64, *(8 * (8 - n) for n in range(1, 9))], np.uint64)
_ZEROS = np.array(
    [0x3030303030303030, *(0x3030303030303030 & ((1 << 8 * (8 - n)) - 1) for n in range(1, 9))], np.uint64
)


class Unkept(Exception):
    """A cell of another kind."""


@dataclass(frozen=True)
class Piece:
    """The cells with a value of some whole rows: `places` where the value begins (`<v>`), `kind` the letter of its type.

    `behind` is where the element begins that follows, `last` where that is no cell; `style` stands behind the cell's
    reference, and `end` is the tag's `>`.
    """

    data: bytes
    byte: Bytes
    word: Words
    row: npt.NDArray[np.int32]
    column: npt.NDArray[np.int16]
    kind: Bytes
    places: Places
    behind: Places
    last: Bools
    style: Places
    end: Places


@dataclass
class Numbers:
    """Numbers of a piece, column by column."""

    columns: npt.NDArray[np.int16]
    rows: npt.NDArray[np.int32]
    dates: Bools
    texts: pa.StringArray


@dataclass
class Kept:
    """Gathers in pieces; `columns` puts them together. `whole` is False from the first cell of another kind on; `any`
    tells whether a piece has been kept."""

    formats: npt.NDArray[np.uint8]
    whole: bool = True
    any: bool = False
    row: int = 0
    strings: list[tuple[int, npt.NDArray[np.int32]]] = field(default_factory=list)
    numbers: list[Numbers] = field(default_factory=list)

    def add(self, piece: Piece) -> None:
        if self.whole:
            try:
                self._add(piece)
                self.any = True
            except Unkept:
                self.whole = False
                self.strings, self.numbers = [], []

    def _add(self, piece: Piece) -> None:
        row, column, kind = piece.row, piece.column, piece.kind
        _need(int(row[0]) > self.row and int(column.max()) < WIDTH)
        step = np.diff(row)
        _need((step > 0) | ((step == 0) & (np.diff(column) > 0)))
        self.row = int(row[-1])
        close = piece.behind - np.where(piece.last, 14, 8)
        begin = piece.places + 3
        _need((piece.word[close] == _END) & (close > begin))
        is_string, is_number = kind == ord("s"), kind == ord("n")
        _need(is_string | is_number | (kind == ord("e")))
        string, number = np.flatnonzero(is_string), np.flatnonzero(is_number)  # places are faster than masks
        first, span = int(row[0]), int(row[-1]) - int(row[0]) + 1
        _need(span <= SPARSE * (1 + int(np.count_nonzero(step))))
        index = np.full((int(column.max()) + 1, span), -1, np.int32)
        place = column[string].astype(np.intp) * span + (row[string] - first)
        index.ravel()[place] = _integers(piece.word, begin[string], close[string])
        self.strings.append((first, index))
        if len(number):
            self.numbers.append(self._numbers(piece, number, begin, close))

    def _numbers(self, piece: Piece, which: Places, begin: Places, close: Places) -> Numbers:
        style = _styles(piece, which)
        _need(style < len(self.formats))
        shown = self.formats.take(style)
        _need(shown <= DATE)
        _need(_SIGN.take(piece.byte[begin[which]]))
        column = piece.column[which]
        order = np.argsort(column, kind="stable")
        texts = picked(piece.data, begin[which], close[which], order)
        return Numbers(column[order], piece.row[which][order], shown[order] == DATE, texts)

    def columns(self, rows: int, width: int, shared: pa.StringArray) -> list[Texts] | None:
        """Text columns, shape `(rows,)` each; None where a value is not what it should be.

        Raises Refused (FILE_BOMB) where one long text, shared by many cells, is more than a column can hold.
        """
        if not self.whole or width > WIDTH:
            return None
        size = np.diff(offsets(shared))
        longest = int(size.max(initial=0))
        try:
            if rows * width <= TOGETHER and rows * width * longest <= _LARGEST:
                return self._together(rows, width, shared)
            return [self._column(x, rows, shared, size, longest) for x in range(width)]
        except Unkept:
            return None

    def _together(self, rows: int, width: int, shared: pa.StringArray) -> list[Texts]:
        """All columns as stretches of one array of their cells."""
        cells = np.full(width * rows, -1, np.int32)
        place = cells.reshape(width, rows)
        for first, there in self.strings:
            place[: len(there), first - 1 : first - 1 + there.shape[1]] = there
        _need(int(cells.max(initial=-1)) < len(shared))
        texts = shared
        if self.numbers:
            at = np.concatenate([n.columns.astype(np.intp) * rows + (n.rows - 1) for n in self.numbers])
            dates = np.concatenate([n.dates for n in self.numbers])
            order, shown = _shown(pa.concat_arrays([n.texts for n in self.numbers]), dates)
            cells[at[order]] = len(shared) + np.arange(len(at), dtype=np.int32)
            texts = pa.concat_arrays([shared, *shown])
        every = texts.take(pa.array(cells, mask=cells < 0))
        return [every.slice(x * rows, rows) for x in range(width)]

    def _column(self, x: int, rows: int, shared: pa.StringArray, size: npt.NDArray[np.int32], longest: int) -> Texts:
        index = np.full(rows, -1, np.int32)
        for first, there in self.strings:
            if x < len(there):
                index[first - 1 : first - 1 + there.shape[1]] = there[x]
        _need(int(index.max(initial=-1)) < len(shared))
        if rows * longest > _LARGEST and int(size[index[index >= 0]].sum()) > _LARGEST:
            raise Refused("FILE_BOMB", "texts of more than 2 GB in a column")
        found = [(n, *np.searchsorted(n.columns, (x, x + 1)).tolist()) for n in self.numbers]
        slices = [(n, slice(i, j)) for n, i, j in found if j > i]
        if not slices:
            return _texts(index, shared)
        at = np.concatenate([n.rows[of] for n, of in slices]) - 1
        dates = np.concatenate([n.dates[of] for n, of in slices])
        order, shown = _shown(pa.concat_arrays([n.texts[of] for n, of in slices]), dates)
        words = np.flatnonzero(index >= 0)
        return _at_rows(
            pa.concat_arrays([shared.take(pa.array(index[words])), *shown]), np.concatenate([words, at[order]]), rows
        )


def _shown(texts: pa.StringArray, dates: Bools) -> tuple[Places | slice, list[pa.StringArray]]:
    """Numbers, then days, as they are shown, and the places in `texts` at which they stand."""
    if not dates.any():
        return slice(None), [_numbers(texts)]
    if dates.all():
        return slice(None), [_as_dates(texts)]
    number, date = np.flatnonzero(~dates), np.flatnonzero(dates)
    shown = [_numbers(texts.take(pa.array(number))), _as_dates(texts.take(pa.array(date)))]
    return np.concatenate([number, date]), shown


def _at_rows(texts: pa.StringArray, at: Places, rows: int) -> pa.StringArray:
    """A column of so many rows with these texts at their places, null elsewhere."""
    if (np.diff(at) < 0).any():
        order = np.argsort(at)
        texts, at = texts.take(pa.array(order)), at[order]
    there = np.zeros(rows, np.bool_)
    there[at] = True
    place = np.zeros(rows + 1, np.int32)
    place[at + 1] = np.diff(offsets(texts))
    ends = np.cumsum(place, dtype=np.int32)
    blank = None if len(at) == rows else pa.array(there).buffers()[1]
    return pa.StringArray.from_buffers(rows, pa.py_buffer(ends), pa.py_buffer(content(texts)), blank)


def _texts(index: npt.NDArray[np.int32], shared: pa.StringArray) -> Texts:
    """The cells' texts, each once where few of them stand in many cells."""
    used = np.zeros(len(shared) + 1, np.bool_)  # one more than there are: no text at all
    used[index] = True
    own = np.flatnonzero(used[:-1])
    if len(own) * REPEATED > len(index):
        return shared.take(pa.array(index, mask=index < 0))
    place = np.full(len(used), len(own), np.int32)
    place[own] = np.arange(len(own), dtype=np.int32)
    return coded(place.take(index), pa.concat_arrays([shared.take(pa.array(own)), pa.array([""])]))


def _need(condition: Bools | bool) -> None:
    if not np.all(condition):
        raise Unkept


def _integers(word: Words, begin: Places, close: Places) -> npt.NDArray[np.int32]:
    """The whole numbers of at most eight digits between the places."""
    size = close - begin
    _need(size <= 8)
    text = (word[begin] << _SHIFT[size]) | _ZEROS[size]
    digit = text ^ np.uint64(0x3030303030303030)
    _need((((digit + np.uint64(0x7676767676767676)) | digit) & np.uint64(0x8080808080808080)) == 0)
    pairs = digit * np.uint64(10) + (digit >> np.uint64(8))  # two digits in every other byte
    low, high = pairs & np.uint64(0xFF000000FF), (pairs >> np.uint64(16)) & np.uint64(0xFF000000FF)
    whole = low * np.uint64(0x000F424000000064) + high * np.uint64(0x0000271000000001)
    out: npt.NDArray[np.int32] = (whole >> np.uint64(32)).astype(np.int32)
    return out


def _styles(piece: Piece, which: Places) -> npt.NDArray[np.integer]:
    """The formats of cells whose tag says nothing but its format, or nothing at all, and perhaps that it is a number."""
    at, end = piece.style[which], piece.end[which]
    if (end - at == len(' s="0"')).all():
        digit = piece.byte[at + 4] - np.uint8(_ZERO)
        _need(((piece.word[at] & _FOUR) == _FORMAT) & (digit <= 9) & (piece.byte[end - 1] == _QUOTE))
        return digit
    end = end - len(' t="n"') * ((piece.word[end - 6] & _SEVEN) == _TYPED)
    styled = end > at
    _need(~styled | (((piece.word[at] & _FOUR) == _FORMAT) & (piece.byte[end - 1] == _QUOTE)))
    return _integers(piece.word, np.where(styled, at + 4, end), np.where(styled, end - 1, end))


def _numbers(texts: pa.StringArray) -> pa.StringArray:
    """Numbers as the shortest text of their double; mostly they stand so in the file, or with zeros behind the point."""
    place = offsets(texts)
    data, place = np.frombuffer(content(texts), np.uint8), place - place[0]
    begin, size = place[:-1], np.diff(place)
    first, second, last = data[begin], data[np.minimum(begin + 1, len(data) - 1)], data[place[1:] - 1]
    dot = data == _POINT
    points = np.add.reduceat(dot, begin, dtype=np.int16)
    short = (points <= 1) & (size - points <= 15) & (first != _POINT)
    short &= (first != _ZERO) | (size == 1) | (second == _POINT)
    other = np.flatnonzero(~dot & (data - np.uint8(_ZERO) > 9))
    short[np.searchsorted(begin, other, side="right") - 1] = False
    zeros = short & (points == 1) & ((last == _ZERO) | (last == _POINT))
    if zeros.any():
        end, more = place[1:].copy(), np.flatnonzero(zeros)
        while len(more := more[data[end[more] - 1] == _ZERO]):
            end[more] -= 1
        end -= zeros & (data[end - 1] == _POINT)
        texts = picked(content(texts), begin, end)
    if short.all():
        return texts
    long = pa.array(~short)
    written = texts.filter(long)
    _need(all(map(_NUMBER.fullmatch, written.to_pylist())))
    doubles = pc.cast(written, pa.float64()).to_numpy()
    _need(np.isfinite(doubles))
    return pc.replace_with_mask(texts, long, values.texts(doubles.tolist())[0])


def _as_dates(texts: pa.StringArray) -> pa.StringArray:
    """Serials as moments, `2019-09-05 14:05:00`."""
    try:
        serial = pc.cast(texts, pa.float64()).to_numpy()
    except pa.ArrowInvalid:
        raise Unkept from None
    _need((serial >= _DATES[0]) & (serial < _DATES[1]))
    exact = (serial - 25_569) * DAY
    second = np.rint(exact)
    _need(np.abs(exact - second) < _NEAR)
    return pc.cast(pa.array(second.astype(np.int64).astype("datetime64[s]")), pa.string())
