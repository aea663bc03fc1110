"""The fast reader of a worksheet's XML: numpy over the bytes, for the shape that spreadsheet programs write.

A piece of some rows is cut into tokens at every `<` that opens an element; what follows is compared eight
bytes at a time. Only the plain shape passes: `<row r="7" ...>` and `<c r="C7" s="1" t="s">` with `r` first,
double quotes, no blanks between a cell and its value, no comments, no CDATA, cell and row numbers
that agree. Whatever else occurs raises NotSimple, and `scan_events` reads the sheet from the start.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from xltools.sheets.intake.found import DECIMALS, DIGITS, Found, NotSimple, Rows, cut
from xltools.sheets.intake.values_fast import Kept, Piece

Bools = NDArray[np.bool_]
Bytes = NDArray[np.uint8]
Places = NDArray[np.intp]
Words = NDArray[np.uint64]

_KEPT = 64 << 20  # bytes of one row, of what precedes the rows or of what follows them
_PAD = bytes(64)  # stands behind the rows, so that eight bytes can be read from any token
_ROOT = re.compile(rb"<(?:([A-Za-z_][\w.-]*):)?worksheet[\s/>]")
_BEGIN = re.compile(rb"<sheetData(\s*/)?\s*>")
_HIDDEN = re.compile(rb"<row r=\"(\d+)\"[^>]*?\shidden\s*=\s*[\"'](?:1|true)[\"']")
_DIMENSION = re.compile(rb"<dimension\b(?! ref=\"[A-Z]{1,3}[1-9]\d{0,6}(?::[A-Z]{1,3}[1-9]\d{0,6})?\"\s*/>)")
_DIGIT, _SIGN = np.zeros((2, 256), np.bool_)  # by character: whether a string's number, or a number, begins with it
_DIGIT[list(b"0123456789")] = True
_SIGN[list(b"0123456789-+.")] = True
_RANGED = (b"mergeCell", b"hyperlink")  # elements of a range, each behind the rows
_OPENED = {name: re.compile(rb"<" + name + rb"[\s/>]") for name in _RANGED}
_REF = {name: re.compile(rb"<" + name + rb"\s[^>]*?\bref\s*=\s*[\"']([^\"']*)[\"']") for name in _RANGED}
_VALUE_BEHIND = re.compile(rb"</is>\s*<v")
_TYPE = re.compile(rb"\st\s*=\s*[\"']([^\"']*)[\"']")

_OTHER, _END, _CELL, _ROW, _VALUE, _FORMULA, _INLINE, _TEXT = range(8)
_TOKEN = np.zeros(1 << 16, np.uint8)  # by the two bytes that follow `<`, the first one low
for _pair, _class in [("c ", _CELL), ("ro", _ROW), ("is", _INLINE)] + [
    (letter + after, token) for letter, token in (("v", _VALUE), ("f", _FORMULA), ("t", _TEXT)) for after in " >/"
]:
    _TOKEN[int.from_bytes(_pair.encode(), "little")] = _class
_A, _B = ((np.arange(1 << 16, dtype=np.int32) >> shift & 0xFF) - 0x40 for shift in (0, 8))
_TWO = (_B > 0) & (_B <= 26)
_LETTERS = np.where((_A > 0) & (_A <= 26), 1 + _TWO, 0).astype(np.int8)  # by two characters: how many begin a column
_NUMBER = np.where(_TWO, _A * 26 + _B, _A).astype(np.int16)  # and the number, from 1, of that column
_POWERS = np.array([[10 ** (n - 1 - i) if i < n else 0 for i in range(8)] for n in range(8)], np.int32)


def read(pieces: Iterable[bytes], found: Found, kept: Kept | None = None) -> None:
    """Fills `found` from the sheet's inflated bytes, and `kept` with the cells' values as long as they are plain.

    Raises NotSimple, or Refused by `Found.check`.
    """
    wanted = np.zeros(1 << 15, np.bool_)
    wanted[list(found.columns)] = True
    stage, text = "before", b""
    for piece in _unprefixed(pieces):
        text += piece
        if stage == "before":
            begin = _BEGIN.search(text)
            if begin:
                _plain(text[: begin.start()])
                found.odd |= _DIMENSION.search(text, 0, begin.start()) is not None
                if any(opened.search(text[: begin.start()]) for opened in _OPENED.values()):
                    raise NotSimple
                stage, text = "after" if begin[1] else "rows", text[begin.end() :]
        if stage == "rows":
            cut = text.rfind(b"<row ")
            end = text.find(b"</sheetData>", max(cut, 0))
            cut = max(cut, end)
            if cut > 0:
                _rows(text, cut, found, wanted, kept)
                found.check()
                text = text[cut:]
            if end >= 0:
                stage = "after"
        if len(text) > _KEPT:
            raise NotSimple
    if stage != "after":
        raise NotSimple
    _plain(text)
    for name, refs in ((b"mergeCell", found.merged), (b"hyperlink", found.linked)):
        refs += [ref.decode("utf-8", "replace") for ref in _REF[name].findall(text)]
        if len(refs) != len(_OPENED[name].findall(text)) or any("&" in ref for ref in refs):
            raise NotSimple


def _unprefixed(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The bytes without the root's namespace prefix, which Open XML SDK, ClosedXML and MiniExcel write
    (`<x:c r="A1">`)."""
    kept, root = b"", None
    for piece in pieces:
        kept += piece
        root = root or _ROOT.search(kept)
        if root and not root[1]:
            yield kept
            kept = b""
        elif root:
            cut = kept.rfind(b"<")
            yield _without(root[1], kept[:cut])
            kept = kept[cut:]
        elif len(kept) > _KEPT:
            raise NotSimple
    if not root:
        raise NotSimple
    yield _without(root[1], kept) if root[1] else kept


def _without(prefix: bytes, text: bytes) -> bytes:
    return text.replace(b"<" + prefix + b":", b"<").replace(b"</" + prefix + b":", b"</")


def _plain(text: bytes) -> None:
    if b"<!" in text:
        raise NotSimple


def _need(condition: Bools) -> None:
    if not condition.all():
        raise NotSimple


def _word(text: bytes) -> int:
    return int.from_bytes(text, "little")


def _rows(data: bytes, size: int, found: Found, wanted: Bools, kept: Kept | None) -> None:
    """Whole rows: the first `size` bytes of `data`."""
    if len(data) < size + len(_PAD):
        data += _PAD
    byte = np.frombuffer(data, np.uint8)
    word: Words = np.ndarray((len(data) - 7,), "<u8", data, strides=(1,))  # the eight bytes from any place
    tag = byte[:size] == 0x3C
    at = np.flatnonzero(tag & (byte[1 : size + 1] != 0x2F))
    closings = int(np.count_nonzero(tag)) - len(at)
    if not len(at):
        return
    token = _TOKEN.take(np.ndarray((size,), "<u2", data, offset=1, strides=(1,))[at])  # by the two bytes behind `<`
    _need(token != _OTHER)
    at = np.append(at, [size, size])  # two tokens of no kind: every cell has successors
    token = np.append(token, np.array([_END, _END], np.uint8))

    row_token = np.flatnonzero(token == _ROW)
    cell_token = np.flatnonzero(token == _CELL)
    if not len(row_token) or (len(cell_token) and cell_token[0] < row_token[0]):
        raise NotSimple
    _need(word[at[row_token]] == _word(b'<row r="'))
    ref = word[at[row_token] + 8]
    digits, number = _digits(ref)
    found.rows = max(found.rows, int(number.max()))
    found.row_count += len(row_token)
    begin, end = at[row_token], at[row_token + 1]
    more = end - begin > digits + len('<row r="">')
    if more.any():
        tags = b"".join([data[i:j] for i, j in zip(begin[more].tolist(), end[more].tolist(), strict=True)])
        if b"hidden" in tags:
            found.hidden += [int(row) for row in _HIDDEN.findall(tags)]
    if not len(cell_token):
        if kept:
            kept.whole = False
        return

    # Per cell: letters, then the digits of its row, then a quote.
    start = at[cell_token]
    head = word[start]
    _need((head & np.uint64(0xFFFFFFFFFFFF)) == _word(b'<c r="'))
    column, letters = _columns((head >> np.uint64(48)).astype(np.uint16), byte[start + 8])
    row_of = np.repeat(
        np.arange(len(row_token)), np.diff(np.searchsorted(cell_token, np.append(row_token, len(token))))
    )
    mask = (np.uint64(1) << (np.uint64(8) * (digits + 1).astype(np.uint64))) - np.uint64(1)
    after = start + 6 + letters
    _need(((word[after] ^ ref[row_of]) & mask[row_of]) == 0)
    after += digits[row_of] + 1  # behind the quote

    # A cell's value and formula are the tokens that follow it.
    following = token[cell_token + 1]
    formula = following == _FORMULA
    value_token = cell_token + 1 + formula
    valued = token[value_token] == _VALUE
    live = valued | formula
    inline = following == _INLINE
    some = live | inline
    if inline.any():  # readers take a value behind an inline text for more of it
        found.odd |= _VALUE_BEHIND.search(data, 0, size) is not None
    if some.any():
        found.cells += int(np.count_nonzero(some))
        found.value_rows = max(found.value_rows, int(number[row_of[some]].max()))
        found.value_columns = max(found.value_columns, int(column[some].max()) + 1)
    if kept and kept.whole:
        ends = np.append(row_token[1:], len(token) - 2)
        kept.whole = not (formula | inline).any() and _closed(
            byte, word, at, token, ends, value_token[valued], closings
        )
    if not live.any():
        return

    pick = np.flatnonzero(live)
    row, column = number[row_of[pick]], column[pick]
    formula, valued = formula[pick], valued[pick]
    end = at[cell_token[pick] + 1] - 1
    kind = _kinds(data, byte, word, start[pick], after[pick], end)
    value_at = at[value_token[pick]]
    third = byte[value_at + 2]
    filled = valued & (third == 0x3E) & (byte[value_at + 3] != 0x3C)
    spaced = valued & (third == 0x20)  # <v xml:space="preserve">: only strings have it
    if (spaced & (kind != ord("S"))).any():
        raise NotSimple

    if kept and kept.whole:
        behind = value_token[pick] + 1
        kept.add(
            Piece(data, byte, word, row, column, kind, value_at, at[behind], token[behind] != _CELL, after[pick], end)
        )

    if not (kept and kept.whole):  # what is kept has been looked at
        first = byte[value_at + 3]
        strange = (kind == ord("s")) & ~_DIGIT[first] | (kind == ord("n")) & ~_SIGN[first] | (kind == ord("x"))
        found.odd |= bool((filled & strange).any())

    number_cell = filled & (kind == ord("n")) & wanted[column]
    found.numeric_rows.append(row[number_cell])
    found.numeric_columns.append(column[number_cell].astype(np.int16))
    if not (kept and kept.whole):
        fine = np.flatnonzero(number_cell)
        fine = fine[_fine(byte, value_at[fine] + 3)]
        begins = (value_at[fine] + 3).tolist()
        fine = fine[np.array([cut(data[i : data.index(b"<", i)]) for i in begins], np.bool_)]
        found.fine_rows.append(row[fine])
        found.fine_columns.append(column[fine].astype(np.int16))
    found.formulas += int(formula.sum())
    empty = formula & ~filled & ~(valued & (kind == ord("S")))
    found.valueless += list(zip(row[empty].tolist(), column[empty].tolist(), strict=True))
    for i in np.flatnonzero(kind == ord("e")).tolist():
        shown = data[value_at[i] + 3 : data.index(b"<", value_at[i] + 3)] if filled[i] else b""
        if b"&" in shown:
            raise NotSimple
        found.errors.append((int(row[i]), int(column[i]), shown.decode("utf-8", "replace").strip()))


def _fine(byte: Bytes, at: Places) -> Bools:
    """Of the numbers that begin there: whether they have more decimals than readers of texts keep, and such decimals
    count among the 15 significant digits (see `decimals`)."""
    text = byte[at[:, None] + np.arange(DIGITS + DECIMALS + 3)]
    point, end = (text == ord(".")).argmax(axis=1), (text == ord("<")).argmax(axis=1)
    fine: Bools = (point > 0) & (point <= DIGITS + 1) & ((end == 0) | (end - point > DECIMALS + 1))
    return fine


def _closed(
    byte: Bytes, word: Words, at: Places, token: Bytes, row_ends: Places, valued: Places, closings: int
) -> bool:
    """Whether every element is closed as it must be, if cells with a value end in `</v></c>`: nothing else is there.

    `row_ends` are the tokens that follow the rows. A cell without a value is `<c …/>`, a row has cells or is `<row …/>`.
    """
    empty = token == _CELL
    empty[valued - 1] = False
    behind = np.flatnonzero(empty) + 1
    tail = at[behind] - np.where(token[behind] == _CELL, 2, 8)
    alone = token[row_ends - 1] == _ROW
    tails = np.append(tail, at[row_ends[alone]] - 2)
    if not ((byte[tails] == 0x2F) & (byte[tails + 1] == 0x3E)).all():
        return False
    full = row_ends[~alone]
    if not ((word[at[full] - 6] & np.uint64(0xFFFFFFFFFFFF)) == _word(b"</row>")).all():
        return False
    return closings == 2 * len(valued) + len(full)


def _digits(ref: Words) -> tuple[Places, Rows]:
    """How many digits stand before the quote, and the number (int32)."""
    byte = ref.astype("<u8").view(np.uint8).reshape(-1, 8)
    digit = byte - np.uint8(48)
    count = (digit < 10).argmin(axis=1)  # 0 also where all eight are digits
    _need((count > 0) & (digit[:, 0] > 0) & (byte[np.arange(len(ref)), count] == 0x22))
    return count, (digit * _POWERS[count]).sum(axis=1, dtype=np.int32)


def _columns(two: NDArray[np.uint16], third: Bytes) -> tuple[NDArray[np.int16], NDArray[np.int8]]:
    """Column numbers from 0 and the number of letters, from the first two and the third character."""
    column, letters = _NUMBER.take(two), _LETTERS.take(two)  # faster than by brackets
    _need(letters > 0)
    three = (letters == 2) & (third > 0x40)
    if three.any():
        _need(~three | (third <= 0x5A))
        column = np.where(three, column * 26 + third - 0x40, column)
        letters = letters + three
    return column - 1, letters


def _kinds(data: bytes, byte: Bytes, word: Words, start: Places, after: Places, end: Places) -> Bytes:
    """Per cell the type letter of its tag, "n" where none stands, "S" for `str`. `after` is behind the
    reference, `end` the tag's `>`."""
    tail = word[end - 7]
    _need((tail >> np.uint64(56)) == 0x3E)
    last = (tail & np.uint64(0xFFFF00FFFFFFFF00)) == _word(b'\0 t="\0">')
    kind: Bytes = byte[end - 2] * last
    kind[tail == _word(b't="str">')] = ord("S")
    size = end - after
    kind[size == 0] = ord("n")
    open_ = np.flatnonzero(kind == 0)
    if len(open_):
        rest, size = word[after[open_]], size[open_]
        quoted = byte[end[open_] - 1] == 0x22
        styled = (rest & np.uint64(0xFFFFFFFF)) == _word(b' s="')
        styled &= quoted & (size >= 6) & (size <= 10)
        swapped = (rest & np.uint64(0xFFFFFF00FFFFFFFF)) == _word(b' t="\0" s')  # as Apache POI may write
        swapped &= quoted & (size >= 12) & (size <= 16)
        found = np.where(swapped, (rest >> np.uint64(32)).astype(np.uint8), np.uint8(0))
        found[styled] = ord("n")
        for i in np.flatnonzero(found == 0).tolist():
            found[i] = _kind(data[int(start[open_[i]]) : int(end[open_[i]]) + 1])
        kind[open_] = found
    return kind


def _kind(tag: bytes) -> int:
    if tag[-2:] == b"/>" or tag.count(b">") > 1:
        raise NotSimple
    stated = _TYPE.search(tag)
    if not stated:
        return ord("n")
    return ord("S") if stated[1] == b"str" else ord("x") if len(stated[1]) != 1 else stated[1][0]
