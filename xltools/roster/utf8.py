"""Columns of text by their bytes (UTF-8): what can be seen of many cells at once, without looking at each of them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, reduce

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from xltools.roster.problems import Mask

Bytes = npt.NDArray[np.uint8]

DIGITS = b"0123456789"
UPPER = DIGITS + b"ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_MASK = np.array([(1 << 8 * size) - 1 for size in range(9)], dtype=np.uint64)
_ODD = np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F], dtype=np.uint64)
_BLOCK = 1 << 16
"""Bytes looked at together: what is found out of them stays in the processor's cache."""


def cells(raw: pa.StringArray) -> tuple[Bytes, npt.NDArray[np.int32]]:
    """All cells of a column, one behind the other, and where each begins and the last one ends, shape `(n + 1,)`."""
    _, places, data = raw.buffers()
    if not data or not len(raw):
        return np.zeros(0, dtype=np.uint8), np.zeros(len(raw) + 1, dtype=np.int32)
    starts = np.frombuffer(places, np.int32)[raw.offset : raw.offset + len(raw) + 1]
    return np.frombuffer(data, np.uint8)[starts[0] : starts[-1]], starts - starts[0]


def holds(raw: pa.StringArray, signs: bytes) -> bool:
    """Whether one of these bytes stands in any cell."""
    blocks = (block.tobytes() for _, block in _blocks(cells(raw)[0]))
    return any(sign in block for block in blocks for sign in signs)


def sizes(raw: pa.StringArray) -> npt.NDArray[np.int32]:
    """How many bytes each cell has; shape `(n,)`."""
    return np.diff(cells(raw)[1])


def others(raw: pa.StringArray, than: bytes) -> Mask:
    """The cells in which another byte than these stands."""
    data, starts = cells(raw)
    out = np.zeros(len(raw), dtype=bool)
    if places := [*_others(data, _runs(than))]:
        out[np.searchsorted(starts, np.concatenate(places).astype(np.int32), side="right") - 1] = True
    return out


def begins(raw: pa.StringArray) -> npt.NDArray[np.uint16]:
    """The first two bytes of each cell as one number, 0 behind its end; shape `(n,)`. See `beginnings`."""
    data, starts = cells(raw)
    if not len(data):
        return np.zeros(len(raw), dtype=np.uint16)
    size, at = np.diff(starts), starts[:-1].astype(np.intp)
    first, second = (data.take(at + i, mode="clip") * (size > i) for i in (0, 1))
    return first * np.uint16(256) + second


def beginnings(*texts: str) -> Mask:
    """A table by such a number: whether one of these texts begins so, as far as two bytes tell."""
    out = np.zeros(1 << 16, dtype=bool)
    out[[int.from_bytes(text.encode().ljust(2, b"\0")[:2]) for text in texts]] = True
    return out


def again(raw: pa.StringArray) -> Mask:
    """The cells that may stand in the column twice, null not among them: all that do, and hardly any other.

    Told by length and by the first and last eight bytes.
    """
    data, starts = cells(raw)
    rows = np.flatnonzero(np.asarray(raw.is_valid()))
    begin, end = starts[rows], starts[rows + 1]
    padded = np.append(data, np.zeros(8, dtype=np.uint8))
    word = np.ndarray((len(padded) - 7,), "<u8", padded, strides=(1,))
    own = _MASK[np.minimum(end - begin, 8)]
    front, back = word[begin] & own, word[np.maximum(end - 8, begin)] & own
    told = front * _ODD[0] + back * _ODD[1] + (end - begin).astype(np.uint64)
    ranked = np.sort(told)
    out = np.zeros(len(raw), dtype=bool)
    out[rows[np.isin(told, ranked[1:][ranked[1:] == ranked[:-1]])]] = True
    return out


def stands(raw: pa.StringArray, word: str, place: int) -> Mask:
    """The cells in which that word stands at that place (a byte's, from 0)."""
    data, starts = cells(raw)
    at = starts[:-1] + np.int32(place)
    out: Mask = at + len(word.encode()) <= starts[1:]
    if not out.any():
        return out
    for i, byte in enumerate(word.encode()):
        out &= data[np.minimum(at + np.int32(i), len(data) - 1)] == byte
    return out


def _others(data: Bytes, runs: list[tuple[np.uint8, np.uint8]]) -> Iterator[npt.NDArray[np.intp]]:
    """Where the bytes of these runs stand."""
    for start, block in _blocks(data):
        found = reduce(np.logical_or, (_within(block, *run) for run in runs))
        if found.any():
            yield np.flatnonzero(found) + start


def _within(block: Bytes, first: np.uint8, more: np.uint8) -> Mask:
    """The bytes of a run, in as few steps as it takes."""
    return block == first if not more else block <= more if not first else block - first <= more


def _blocks(data: Bytes) -> Iterator[tuple[int, Bytes]]:
    return ((start, data[start : start + _BLOCK]) for start in range(0, len(data), _BLOCK))


@cache
def _runs(than: bytes) -> list[tuple[np.uint8, np.uint8]]:
    """The bytes that are none of these in runs: the first one of each, and how many follow it."""
    out: list[tuple[np.uint8, np.uint8]] = []
    first = 0
    for byte in range(257):
        if byte == 256 or byte in than:
            if byte > first:
                out.append((np.uint8(first), np.uint8(byte - 1 - first)))
            first = byte + 1
    return out
