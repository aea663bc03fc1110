"""Columns in which few texts stand in many cells (重复的文字): each text is kept, looked at and cleaned once.

Such a column is a dictionary of Arrow's, in which no text stands twice; some of them may stand in no cell.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from xltools.roster.problems import Mask

Texts: TypeAlias = pa.StringArray | pa.DictionaryArray
"""A column of cells as text."""


def coded(index: npt.NDArray[np.int32], texts: pa.StringArray) -> pa.DictionaryArray:
    """The column whose cells are those of `texts` at the places `index`, shape `(n,)`; a negative place is null.

    Of equal texts the first one stands for all, and null among them is null in every cell.
    """
    own = texts.dictionary_encode()
    if own.null_count or len(own.dictionary) < len(texts):
        index = np.append(places(own), np.int32(-1)).take(index, mode="wrap")
    blank = index < 0
    return pa.DictionaryArray.from_arrays(
        pa.array(index, mask=blank if blank.any() else None), own.dictionary, safe=False
    )


def places(column: pa.DictionaryArray) -> npt.NDArray[np.int32]:
    """Where each cell's text stands among the column's texts, shape `(n,)`; -1 for null."""
    index = column.indices
    found: npt.NDArray[np.int32] = (index.fill_null(-1) if index.null_count else index).to_numpy()
    return found


def each(column: Texts, judge: Callable[[pa.StringArray], Mask]) -> Mask:
    """What `judge` says of every cell; null is False."""
    return marked(column, judge(column.dictionary)) if isinstance(column, pa.DictionaryArray) else judge(column)


def marked(column: pa.DictionaryArray, texts: Mask) -> Mask:
    """The cells with one of the marked texts; `texts` runs along the dictionary."""
    if not texts.any():
        return np.zeros(len(column), dtype=bool)
    out: Mask = np.append(texts, False).take(places(column), mode="wrap")
    return out


def spread(column: Texts) -> pa.StringArray:
    """Every cell with its own text."""
    return column.dictionary_decode() if isinstance(column, pa.DictionaryArray) else column
