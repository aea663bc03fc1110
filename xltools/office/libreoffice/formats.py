"""Number formats (数字格式) of LibreOffice cells: Excel's codes, and which cells of a range are text, dates or booleans."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from importlib import import_module
from typing import Any

TEXT, DATE, LOGICAL, GENERAL, OTHER = "text", "date", "logical", "general", "other"
_DATE_BIT, _TEXT_BIT, _LOGICAL_BIT = 2, 256, 1024  # com.sun.star.util.NumberFormat
_QUOTED = re.compile(r'("[^"]*"|\\.|\[[^\]]*\])')
Run = tuple[int, int, str]
"""Rows of one kind within a range: first and last (from 0), kind."""


def struct(name: str, **values: object) -> Any:
    """A UNO struct `com.sun.star.<name>` with these members."""
    made = import_module("uno").createUnoStruct(f"com.sun.star.{name}")
    for key, value in values.items():
        setattr(made, key, value)
    return made


def enum(kind: str, value: str) -> Any:
    """A value of the UNO enumeration `com.sun.star.<kind>`."""
    return import_module("uno").Enum(f"com.sun.star.{kind}", value)


@lru_cache(maxsize=1)
def english() -> Any:
    """The locale in which Excel's format codes are written."""
    return struct("lang.Locale", Language="en", Country="US", Variant="")


def rgb(number: int) -> tuple[int, int, int] | None:
    """The parts of a UNO colour; None for -1, no colour.

    >>> rgb(0xFF8000)
    (255, 128, 0)
    """
    return None if number < 0 else (number >> 16 & 255, number >> 8 & 255, number & 255)


def colour(given: tuple[int, int, int] | str | int | None) -> int:
    """The UNO colour of red, green and blue, of `#rrggbb`, of Excel's number, or of None for no colour."""
    if given is None:
        return -1
    if isinstance(given, str):
        return int(given.removeprefix("#"), 16)
    red, green, blue = (given & 255, given >> 8 & 255, given >> 16 & 255) if isinstance(given, int) else given
    return red << 16 | green << 8 | blue


def key(document: Any, code: str) -> int:
    """The document's key of an Excel number format, added where it is new. Raises ValueError."""
    formats = document.getNumberFormats()
    found = int(formats.queryKey(code, english(), False))
    if found != -1:
        return found
    try:
        return int(formats.addNew(code, english()))
    except Exception as e:
        raise ValueError(f"LibreOffice 不认识数字格式 {code}") from e


def code(document: Any, number: int) -> str:
    """The Excel code of a key: `General`, `@`, `yyyy-mm-dd` in small letters as Excel writes it."""
    formats = document.getNumberFormats()
    found = formats.getByKey(number)
    text = str(formats.getByKey(formats.getFormatForLocale(number, english())).FormatString)
    if not found.Type & _DATE_BIT:
        return text
    return "".join(part if i % 2 else part.lower() for i, part in enumerate(_QUOTED.split(text)))


def kind(document: Any, number: int) -> str:
    """What cells with this format are: text, date, logical, general or other."""
    found = document.getNumberFormats().getByKey(number)
    if found.Type & _TEXT_BIT:
        return TEXT
    if found.Type & _LOGICAL_BIT:
        return LOGICAL
    if found.Type & _DATE_BIT:
        return DATE
    return GENERAL if str(found.FormatString) in ("General", "Standard") else OTHER


def uniform(cells: Any) -> int | None:
    """The number format of all these cells; None where they differ."""
    if str(cells.getPropertyState("NumberFormat").value) == "AMBIGUOUS_VALUE":
        return None
    number = cells.NumberFormat
    return None if number is None else int(number)


def runs(document: Any, cells: Any) -> list[list[Run]]:
    """For each column of a range its rows by kind, in order; rows of kind `other` are left out."""
    where = cells.getRangeAddress()
    columns: list[list[Run]] = [[] for _ in range(where.EndColumn - where.StartColumn + 1)]
    one = uniform(cells)
    if one is not None:
        what = kind(document, one)
        return columns if what == OTHER else [[(0, where.EndRow - where.StartRow, what)] for _ in columns]
    kinds: dict[int, str] = {}
    for group, number in _groups(cells):
        if number not in kinds:
            kinds[number] = kind(document, number)
        if kinds[number] == OTHER:
            continue
        for area in group.getRangeAddresses():
            run = (area.StartRow - where.StartRow, area.EndRow - where.StartRow, kinds[number])
            for column in range(area.StartColumn, area.EndColumn + 1):
                columns[column - where.StartColumn].append(run)
    return [sorted(column) for column in columns]


def _groups(cells: Any) -> Iterator[tuple[Any, int]]:
    found = cells.getUniqueCellFormatRanges()
    for i in range(found.getCount()):
        group = found.getByIndex(i)
        yield group, int(group.NumberFormat)
