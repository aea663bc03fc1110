"""Where notes stand (批注的位置): beside their cells, in the VML that openpyxl writes without any place.

Excel shows a hovered note beside its cell whatever the VML says; LibreOffice, and Excel's 显示所有批注, go by the
anchor: left column, pixels into it, top row, pixels into it, then right column and bottom row (0-based).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from openpyxl.worksheet.worksheet import Worksheet

_SHAPE = re.compile(
    rb"width:(?P<width>\d+)px;\s*height:(?P<height>\d+)px(?P<between>(?:(?!width:).)*?)"
    rb"(?P<rest><(?P<p>\w+):AutoFill>False</(?P=p):AutoFill><(?P=p):Row>(?P<row>\d+)</(?P=p):Row>"
    rb"<(?P=p):Column>(?P<column>\d+)</(?P=p):Column>)",
    re.DOTALL,
)
_HEIGHT = re.compile(rb"<row\b[^>]*\bht=[\"']([\d.]+)[\"']")
_GAP, _ABOVE = 15, 8  # pixels right of the cell, and below the top of the row above it


def anchored(vml: bytes, sheet: Worksheet, withheld: Mapping[int, bytes]) -> bytes:
    """The notes' VML with an anchor for each note; `withheld` are rows by number that `sheet` does not show."""
    widths = _widths(sheet)
    default = sheet.sheet_format.defaultRowHeight or 15.0

    def height(index: int) -> int:
        row = index + 1
        if row in withheld:
            found = _HEIGHT.match(withheld[row])
            points = float(found[1]) if found else default
        else:
            points = sheet.row_dimensions[row].height if row in sheet.row_dimensions else None
            points = default if points is None else points
        return round(points * 4 / 3)

    def anchor(match: re.Match[bytes]) -> bytes:
        left, top = int(match["column"]) + 1, max(int(match["row"]) - 1, 0)
        right, across = _walk(left, _GAP + int(match["width"]), lambda i: widths.get(i, 64))
        bottom, down = _walk(top, _ABOVE + int(match["height"]), height)
        place = f"{left}, {_GAP}, {top}, {_ABOVE}, {right}, {across}, {bottom}, {down}"
        tag = match["p"] + b":Anchor"
        size = b"width:%spx;height:%spx" % (match["width"], match["height"])
        return size + match["between"] + b"<%s>%s</%s>" % (tag, place.encode(), tag) + match["rest"]

    return _SHAPE.sub(anchor, vml)


def _walk(index: int, pixels: int, size: Callable[[int], int]) -> tuple[int, int]:
    """The row or column in which so many pixels from the start of `index` end, and how far into it."""
    while pixels >= size(index):
        pixels -= size(index)
        index += 1
    return index, pixels


def _widths(sheet: Worksheet) -> dict[int, int]:
    """Widths of the sheet's columns in pixels by 0-based column, a hidden one 0; nobody looks beyond 1,000."""
    out = {}
    for own in sheet.column_dimensions.values():
        own.reindex()
        for column in range(own.min, min(own.max, 1_000) + 1):
            out[column - 1] = 0 if own.hidden else round(own.width * 7) + 5
    return out
