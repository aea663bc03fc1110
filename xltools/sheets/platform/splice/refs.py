"""References that follow a table (随表伸缩的引用): validations, conditional formats, print areas.

A reference follows when it covers the rows of data from the first one (or from the headings, or from above the table)
to the last one, within the table's columns; what covers less, or stands elsewhere, is somebody else's.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from xltools.roster.letters import column_letters
from xltools.sheets.ooxml.xmlbytes import INSIDE, attributes, corners, prefix, with_attribute

_AREA = re.compile(r"(?<![\w.])\$?([A-Z]{1,3})\$?([0-9]{1,7}):\$?([A-Z]{1,3})\$?([0-9]{1,7})(?![\w(.])")


@dataclass(frozen=True)
class Move:
    """A table whose data was in rows `first`..`old` and is in `first`..`new`, columns `left`..`right`, with `totals`
    rows (0 or 1) below; its headings stand in `top`. All 1-based."""

    top: int
    left: int
    right: int
    old: int
    new: int
    totals: int = 0

    @property
    def first(self) -> int:
        return self.top + 1


def followed(sqref: str, moves: Sequence[Move]) -> str:
    """A list of ranges (`J5:J404 L5:L404`) after the tables changed; sorting and pasting may have torn one apart."""
    try:
        ranges = [corners(ref) for ref in sqref.split()]
    except ValueError:  # whole columns (`A:A`) cover everything anyway
        return sqref
    for move in moves:
        if move.old == move.new:
            continue
        for left, right in {(r[1], r[3]) for r in ranges}:
            if left < move.left or right > move.right:
                continue
            own = [r for r in ranges if (r[1], r[3]) == (left, right) and r[0] >= move.top and r[0] <= move.old]
            if own and min(r[0] for r in own) <= move.first and (max(r[2] for r in own)) >= move.old:
                ranges = _stretched(ranges, own, move)
    found = " ".join(_text(r) for r in ranges)
    return sqref if [corners(ref) for ref in sqref.split()] == ranges else found


def area(ref: str, moves: Sequence[Move]) -> str:
    """A print area or another name's ranges of one sheet (`企业名册!$A$1:$J$404`), which may begin above the table."""

    def follow(match: re.Match[str]) -> str:
        top, left, bottom, right = corners(match[0])
        for move in moves:
            inside = left <= move.right and right >= move.left
            if inside and top <= move.first and bottom in (move.old, move.old + move.totals):
                bottom += move.new - move.old
                break
            if inside and top <= move.first and move.old < bottom < move.new:
                bottom = move.new
                break
        return f"${column_letters(left)}${top}:${column_letters(right)}${bottom}"

    return _AREA.sub(follow, ref)


def tail_followed(xml: bytes, moves: Sequence[Move]) -> bytes:
    """What stands behind a sheet's rows, with the refs of validations and conditional formats after the change."""
    p = prefix_of_tail(xml)
    tag = re.compile(rb"<%s(?:dataValidation|conditionalFormatting)(?=\s)%s>" % (p, INSIDE))

    def follow(match: re.Match[bytes]) -> bytes:
        given = attributes(match[0]).get("sqref", "")
        new = followed(given, moves)
        return match[0] if new == given else with_attribute(match[0], b"sqref", new.encode())

    return _extended(tag.sub(follow, xml), moves)


def prefix_of_tail(xml: bytes) -> bytes:
    """The prefix that the closing `</sheetData>` shows."""
    found = re.match(rb"</([\w.-]+:)?sheetData", xml)
    return (found[1] or b"") if found else prefix(xml)


def _extended(xml: bytes, moves: Sequence[Move]) -> bytes:
    """The same for those that Excel 2010 writes as an extension (x14), their ranges being elements."""
    block = re.compile(
        rb"<(\w+:)(dataValidation|conditionalFormatting)(?=[\s>])%s>.*?</\1\2>" % INSIDE, re.DOTALL
    )  # fmt: skip
    ranges = re.compile(rb"(<\w+:sqref>)([^<]*)(</\w+:sqref>)")

    def follow(match: re.Match[bytes]) -> bytes:
        return match[1] + followed(match[2].decode(), moves).encode() + match[3]

    return block.sub(lambda m: ranges.sub(follow, m[0]), xml)


def _stretched(
    ranges: list[tuple[int, int, int, int]], own: list[tuple[int, int, int, int]], move: Move
) -> list[tuple[int, int, int, int]]:
    """The ranges with those of one column at the table's new length. Room to spare below the table stays."""
    last = max(own, key=lambda r: r[2])
    out = []
    for r in ranges:
        if r not in own:
            out.append(r)
            continue
        top, left, bottom, right = r
        if r == last:
            bottom = move.new if bottom == move.old else max(bottom, move.new)
        if move.new < top:
            continue
        out.append((top, left, bottom if r == last else min(bottom, move.new) if bottom <= move.old else bottom, right))
    kept = [r for r in out if r[0] <= r[2]]
    return kept or ranges


def _text(r: tuple[int, int, int, int]) -> str:
    top, left, bottom, right = r
    corner = f"{column_letters(left)}{top}"
    return corner if (top, left) == (bottom, right) else f"{corner}:{column_letters(right)}{bottom}"
