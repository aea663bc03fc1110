"""Which cell formats of a workbook show a number as a date (xl/styles.xml).

ECMA-376 part 1, 18.8.10 (cellXfs), 18.8.30 (numFmt: the built-in formats have no code). Judged are the formats about
which no two readers disagree; the others are `UNSURE`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from zipfile import ZipFile, ZipInfo

import numpy as np
import numpy.typing as npt

from xltools.sheets.ooxml import expat, parts

NUMBER, DATE, UNSURE = range(3)
_NUMBERS = {*range(5), *range(9, 14), *range(37, 45), 48, 49}
_DATES = {14, 15, 16, 17, 22}
_SMALL = 1 << 16
"""Bytes of a part that is worth remembering."""
_BUILT_IN = 164
"""Numbers below it have a meaning of their own."""
_NUMBER = re.compile(r'(?:General|\[Red\]|[-0#?,.%_ ()*;E+@/¥￥$"])+')
_DATE = re.compile(r'[ymd](?:[ymdhs\-/:. ;@年月日时分秒"]|\\[-/: ])*')


def formats(package: ZipFile, part: ZipInfo | None) -> npt.NDArray[np.uint8]:
    """By the number of a cell's format (its `s`): NUMBER, DATE or UNSURE, as the part says. Raises Refused."""
    if part is None:
        return np.array([NUMBER], np.uint8)
    pieces = parts.inflate(package, part)
    return _known(b"".join(pieces), part.filename) if part.file_size < _SMALL else _read(pieces, part.filename)


def _read(pieces: Iterable[bytes], name: str) -> npt.NDArray[np.uint8]:
    codes: dict[int, str] = {}
    used: list[int] = []
    inside: list[str] = []

    def start(name: str, given: dict[str, str]) -> None:
        name = name.rpartition(":")[2]
        if name == "numFmt" and given.get("numFmtId", "").isdecimal():
            codes[int(given["numFmtId"])] = given.get("formatCode", "")
        elif name == "xf" and inside[-1:] == ["cellXfs"]:
            number = given.get("numFmtId", "0")
            used.append(int(number) if number.isdecimal() else -1)
        inside.append(name)

    def end(name: str) -> None:
        inside.pop()

    parser = expat.parser(name)
    parser.StartElementHandler, parser.EndElementHandler = start, end
    expat.feed(parser, pieces, name)
    return np.array([_judged(number, codes.get(number)) for number in used] or [NUMBER], np.uint8)


@lru_cache(maxsize=64)
def _known(xml: bytes, name: str) -> npt.NDArray[np.uint8]:
    """Files that were made from one template have the same formats."""
    found = _read([xml], name)
    found.flags.writeable = False
    return found


def _judged(number: int, code: str | None) -> int:
    if code is None:
        return NUMBER if number in _NUMBERS else DATE if number in _DATES else UNSURE
    said = NUMBER if _NUMBER.fullmatch(code) else DATE if _DATE.fullmatch(code) else UNSURE
    if number < _BUILT_IN and said != _judged(number, None):
        return UNSURE
    return said
