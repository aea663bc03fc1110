"""Lines for an 80-column terminal where a Chinese character is two columns wide (终端文字)."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

COLUMNS = 80
_OPENING, _CLOSING = "“（《", "，。；：、”）》！？%"
"""Never at the end of a line; never at the beginning of one."""


def width(text: str) -> int:
    """Columns that a text takes. Characters of ambiguous width, such as “ and …, count as two."""
    return sum(2 if unicodedata.east_asian_width(c) in "WFA" else 1 for c in text)


def left(text: str, columns: int) -> str:
    """The text, filled with spaces on its right.

    >>> left("区", 4) + "|"
    '区  |'
    """
    return text + " " * (columns - width(text))


def right(text: str, columns: int) -> str:
    """The text, filled with spaces on its left."""
    return " " * (columns - width(text)) + text


def table(rows: Sequence[Sequence[str]], *, first: int = 1) -> list[str]:
    """Rows of cells in aligned columns: the `first` ones flush left, the rest flush right; two spaces between."""
    widths = [max(width(r[i]) for r in rows) for i in range(len(rows[0]))]
    return ["  ".join((left if i < first else right)(c, widths[i]) for i, c in enumerate(r)).rstrip() for r in rows]


def wrapped(text: str, *, indent: str = "", columns: int = COLUMNS) -> list[str]:
    """The text in lines of at most that many columns, all but the first indented; words and numbers stay whole."""
    lines, line = [], ""
    for piece in _pieces(text):
        if width(line) + width(piece) > columns and line.strip():
            lines.append(line.rstrip())
            line = indent + piece.lstrip()
        else:
            line += piece
    return [*lines, line.rstrip()]


def _pieces(text: str) -> list[str]:
    """Characters of a text; runs of narrow ones (words, numbers) together, brackets and stops with their neighbours."""
    out: list[str] = []
    for c in text:
        together = out and (c in _CLOSING or out[-1][-1] in _OPENING)
        word = out and " " not in (c, out[-1][-1]) and width(c) == width(out[-1][-1]) == 1
        if together or word:
            out[-1] += c
        else:
            out.append(c)
    return out
