"""How the platform workbook looks: colours by owner, number formats by kind, widths in which nothing is cut."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook

from xltools.catalogue.tables import BookColumn, BookTable, Owner
from xltools.scheme import Scheme
from xltools.sheets.write import style
from xltools.sheets.write.formats import FORMATS, GENERAL

_PIECES = re.compile("[!-~]+|.", re.DOTALL)

OWNER_WORD: dict[Owner, str] = {"district": "区填", "bureau": "市局填", "computed": "自动"}
"""Stands above the headings: whose a column is must not be told by colour alone."""
HEADING: dict[Owner, dict[str, str]] = {
    "district": {"bg_color": "#DDEBF7", "font_color": style.NAVY},
    "bureau": {"bg_color": "#FFD966", "font_color": "#7F3F00"},
    "computed": {"bg_color": "#D9D9D9", "font_color": "#404040"},
}
FILL: dict[Owner, str] = {"district": "#FFFFFF", "bureau": "#FFF2CC", "computed": "#F2F2F2"}
"""Pale yellow is to be filled in, grey is computed, white came from the districts."""
BAND: dict[Owner, str] = {"district": "#F3F8FD", "bureau": "#FFF9E6", "computed": "#FAFAFA"}
"""Every other row, a little lighter (the districts': a little darker)."""

LEAST = {"usd": 16.0, "yuan": 15.0, "date": 12.5, "datetime": 18.5, "fx": 11.0, "rate": 10.0}
"""Least widths in characters, so that no number shows as ###."""
LONG = 24.0
"""Width from which a text column of a table that is read through is wrapped."""
CENTRED = {"date", "datetime", "whole"}
SHORT = 13
"""Text columns up to this width hold codes, choices and names, and are centred."""
LINE, ARROW = 16.0, 16.0
"""Points of a line of a heading, and of the filter's arrow below it."""


def number_format(column: BookColumn) -> str:
    if column.formula and column.kind == "text":
        return GENERAL  # in a cell of text a formula would be shown, not calculated
    return column.number or FORMATS[column.kind]


def width(scheme: Scheme, column: BookColumn) -> float:
    """Width in characters of the default font; the names of the scheme's districts are never cut."""
    least = LEAST.get(column.kind, 0.0)
    if column.heading in ("所属区", "区"):
        least = max(wide(a.name) for a in scheme.areas) + 3.0
    return max(column.width, least)


def align(table: BookTable, column: BookColumn) -> dict[str, Any]:
    """How a cell stands in its column."""
    if column.kind in ("usd", "yuan", "fx", "rate"):
        return {"align": "right"}
    if column.kind in CENTRED or column.width <= SHORT or column.choices or column.field in ("uscc", "area"):
        return {"align": "center"}
    return {"align": "left", "indent": 1, **({"text_wrap": True} if is_wrapped(table, column) else {})}


def is_wrapped(table: BookTable, column: BookColumn) -> bool:
    """Whether long text in that column goes on in a second line."""
    return table.wrapped and column.kind == "text" and column.width >= LONG


def wide(text: str) -> int:
    """Characters of the default font that a text takes; a Chinese one takes two."""
    return sum(2 if ord(c) > 0x2000 else 1 for c in text)


@lru_cache(maxsize=1 << 14)
def lines(text: str, room: float) -> int:
    """Lines that a text takes in a column of that width; a code or a number goes whole to the next line."""
    return sum(_wrapped(part, max(room - 1.5, 1)) for part in text.split("\n"))


def _wrapped(part: str, room: float) -> int:
    count, used = 1, 0.0
    for piece in _PIECES.findall(part):
        size = wide(piece)
        if used and used + size > room:
            count, used = count + 1, 0.0
        over = max(math.ceil(size / room) - 1, 0)  # longer than a line: broken after all
        count, used = count + over, used + size - over * room
    return count


def heading_height(headings: Sequence[str], widths: Sequence[float], *, arrows: bool) -> float:
    """Height in points of a row of headings; the arrows of the filter stand below the words, not on them."""
    most = max(lines(h, w) for h, w in zip(headings, widths, strict=True))
    return most * LINE + (ARROW if arrows else 8.0)


class Looks:
    """The cell formats of one workbook, each made once."""

    def __init__(self, book: Workbook) -> None:
        self._book = book
        self._made: dict[tuple[tuple[str, Any], ...], Format] = {}

    def plain(self, **properties: Any) -> Format:
        """Our font, no lines."""
        key = tuple(sorted(properties.items()))
        if key not in self._made:
            self._made[key] = style.look(self._book, **properties)
        return self._made[key]

    def boxed(self, **properties: Any) -> Format:
        """Our font within thin grey lines."""
        return self.plain(**{"border": 1, "border_color": style.LINE} | properties)

    def rule(self, **properties: Any) -> Format:
        """A format of a conditional format: only what it changes."""
        key = (("rule", True), *sorted(properties.items()))
        if key not in self._made:
            self._made[key] = self._book.add_format(properties)
        return self._made[key]

    def link(self, **properties: Any) -> Format:
        return self.plain(font_color="#0563C1", underline=1, **properties)

    def title(self, size: int = 18) -> Format:
        return self.plain(font_name=style.TITLE_FONT, font_size=size, font_color=style.NAVY)

    def heading(self, owner: Owner, *, arrows: bool) -> Format:
        place = {"align": "center", "valign": "top" if arrows else "vcenter"}
        return self.boxed(bold=True, text_wrap=True, **place, **HEADING[owner])

    def cell(self, table: BookTable, column: BookColumn, **properties: Any) -> Format:
        """A filled-in cell of that column."""
        shape = align(table, column) | {"num_format": number_format(column), "bg_color": FILL[column.owner]}
        return self.boxed(**shape | properties)

    def below(self, table: BookTable, column: BookColumn) -> Format:
        """The column below its table: what is typed or pushed there later keeps digits, codes and dates."""
        return self.plain(**align(table, column), num_format=number_format(column))
