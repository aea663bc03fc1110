"""Text with delimiters from other systems (文本表): decoded, its delimiter found by the headings, its guards taken off.

What stands in a cell is what Excel shows of it: `="913…"`, a tab, an apostrophe or U+001F before a code only keep it
from becoming a number, ` -   ` is how its accounting formats write nought, `13800000001.0` how pandas writes a code.
"""

from __future__ import annotations

import csv
import io
import re
from itertools import islice
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from xltools.roster.headings import SEARCHED_ROWS
from xltools.sheets.intake import textkind
from xltools.sheets.intake.grid import Grid, IsHeading, contiguous
from xltools.sheets.ooxml.refused import Refused
from xltools.sheets.write.csvfile import parsed, utf8, whole

_DELIMITERS = ",\t;|"
_SAID = re.compile(rb'"?sep=([,\t;|])"?\r?\n', re.IGNORECASE)
"""The line by which a file tells Excel its delimiter; Excel does not show it."""
_BEGIN = 200_000  # bytes in which the headings are sought
_FOUND = (b'="', b'=""', b"\x1f", b"\t", b"'", b".0", b"-", "\ufeff".encode())
_WRITTEN = (
    (r"^[\s\x{1f}\x{feff}]*=\"(.*)\"\s*$", r"\1"),
    (r"^[\t\x{1f}\x{feff}]+|[\t\x{1f}]+$", ""),
    (r"^'([0-9A-Za-z]{5,})$", r"\1"),
    (r"^([0-9]{4,18})\.0$", r"\1"),
    (r"^\s+(?:US)?[$¥￥€]?\s*-\s\s+$|^\s*(?:US)?[$¥￥€]\s*-\s*$", "0"),
)
"""How a value is written for the sake of other programs -> what it is."""


def grid(path: Path, is_heading: IsHeading) -> Grid:
    """The whole file as one sheet. Raises Refused."""
    try:
        data = whole(path)
        encoding = textkind.encoding(data[:100_000], whole=len(data) <= 100_000)
        if encoding.startswith("utf-16"):
            data = data.decode(encoding, "replace").encode()
        data = utf8(data).rstrip(b"\x1a\0").removeprefix("\ufeff".encode())
        said = _SAID.match(data)
        if said:
            data = data[said.end() :]
        delimiter = said[1].decode() if said else _delimiter(data, is_heading)
        chunked, lines = parsed(data, delimiter)
    except ValueError as why:
        raise Refused("FILE_UNREADABLE", str(why)) from why
    return Grid("CSV", [_plain(contiguous(column)) for column in chunked], lines)


def _delimiter(data: bytes, is_heading: IsHeading) -> str:
    """The delimiter with which the headings are found; "" where it is left to the first line."""
    begin = data[:_BEGIN].decode("utf-8", "ignore")
    for delimiter in _DELIMITERS:
        rows = csv.reader(io.StringIO(begin, newline=""), delimiter=delimiter)
        try:
            if is_heading(list(islice(rows, SEARCHED_ROWS))):
                return delimiter
        except csv.Error:
            continue
    return ""


def _plain(column: pa.StringArray) -> pa.StringArray:
    """The values without what was only written around them."""
    text = pa.concat_arrays([column]).buffers()[2]
    content = text.to_pybytes() if text else b""
    if not any(mark in content for mark in _FOUND):
        return column
    for pattern, instead in _WRITTEN:
        column = pc.replace_substring_regex(column, pattern, instead)
    return column
