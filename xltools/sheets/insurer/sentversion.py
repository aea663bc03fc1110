"""Which batch a file is (批次), by its hidden 版本 sheet alone: bounded, and fast enough for a folder full of files.

Nothing else of the file is read but the list of its sheets and, where another program saved it, its shared strings;
neither is kept, so a file of any size costs a few MB.
"""

from __future__ import annotations

import re
import stat
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from zipfile import ZipFile, ZipInfo

from xltools.catalogue.template import VERSION_SHEET
from xltools.roster.letters import column_number
from xltools.sheets.ooxml import expat, parts
from xltools.sheets.ooxml.refused import Refused
from xltools.sheets.ooxml.relationships import relationships_of
from xltools.sheets.ooxml.worksheets import WORKBOOK, find, worksheets

_LARGEST = 1 << 20  # bytes inflated of the list of sheets and of a 版本 sheet: 100 times what ours have
_LONGEST = 200  # characters of a value
_PLACE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class BatchName:
    """What the 版本 sheet of a batch says; `rows` is how many firms were sent, 0 where that is not to be read."""

    scheme: str
    insurer: str
    number: str
    day: str
    rows: int
    sha256: str

    @property
    def title(self) -> str:
        return f"{self.insurer}第{self.number.zfill(2)}批"


def batch_name(path: Path) -> BatchName | None:
    """The batch that the file holds, whatever its name and whoever saved it since; None for any other file.

    Never raises for the file: one that cannot be read, or is no workbook, holds none.
    """
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            return None  # a pipe would be waited for
        with open(path, "rb") as file:
            if file.read(4) != b"PK\x03\x04":
                return None
        with parts.open_zip(path) as package:
            said = _said(package)
    except (Refused, OSError):
        return None
    sha256 = said.get("SHA-256", "").lower()
    if not _SHA256.fullmatch(sha256) or not all(said.get(item) for item in ("方案", "保险人", "批次")):
        return None
    rows = said.get("行数", "")
    number = int(rows) if rows.isascii() and rows.isdigit() else 0
    return BatchName(said["方案"], said["保险人"], said["批次"], said.get("日期", ""), number, sha256)


def _said(package: ZipFile) -> dict[str, str]:
    """The items of the 版本 sheet, whole numbers without a point; empty where there is none. Raises Refused."""
    members = package.infolist()
    if len(members) > parts.MEMBERS:
        return {}
    parts.check(members)
    for name in (WORKBOOK, relationships_of(WORKBOOK)):
        book = find(package, name)
        if book is None or book.file_size > _LARGEST:
            return {}
    page = next((s.part for s in worksheets(package) if s.name == VERSION_SHEET), None)
    if page is None or page.file_size > _LARGEST:
        return {}
    cells = _cells(package, page)
    wanted = {int(text) for kind, text in cells.values() if kind == "s" and text.isascii() and text.isdigit()}
    shared = _strings(package, wanted)

    def plain(place: tuple[int, int]) -> str:
        kind, text = cells.get(place, ("", ""))
        if kind == "s":
            return shared.get(int(text), "").strip() if text.isascii() and text.isdigit() else ""
        return re.sub(r"\.0+$", "", text.strip()) if kind == "n" else text.strip()

    return {plain((row, 1)): plain((row, 2)) for row, column in cells if column == 1}


def _cells(package: ZipFile, part: ZipInfo) -> dict[tuple[int, int], tuple[str, str]]:
    """Type and text of the cells in the columns A and B."""
    out: dict[tuple[int, int], tuple[str, str]] = {}
    at: list[tuple[int, int]] = []
    kind = ""
    reading: list[str] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal kind
        name = name.rpartition(":")[2]
        if name == "c":
            found = _PLACE.fullmatch(attributes.get("r", ""))
            at[:] = [(int(found[2]), column_number(found[1]))] if found else []
            kind = attributes.get("t", "n")
        reading[:] = [name] if name in ("v", "t") else []

    def text(said: str) -> None:
        if at and reading and at[0][1] <= 2:
            before = out.get(at[0], ("", ""))[1]
            out[at[0]] = kind, (before + said)[:_LONGEST]

    def end(name: str) -> None:
        reading.clear()

    parser = expat.parser(part.filename)
    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, text
    expat.feed(parser, parts.inflate(package, part), part.filename)
    return out


def _strings(package: ZipFile, wanted: Iterable[int]) -> dict[int, str]:
    """The shared strings of these numbers, in one pass that keeps no other."""
    left = set(wanted)
    part = find(package, "xl/sharedStrings.xml")
    if not left or part is None:
        return {}
    out: dict[int, str] = {}
    number, here, reading = -1, False, False

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal number, here, reading
        name = name.rpartition(":")[2]
        if name == "si":
            number += 1
            here = number in left
        reading = here and name == "t"

    def end(name: str) -> None:
        nonlocal reading
        reading = False

    def text(said: str) -> None:
        if reading:
            out[number] = (out.get(number, "") + said)[:_LONGEST]

    parser = expat.parser(part.filename)
    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, text
    expat.feed(parser, parts.inflate(package, part), part.filename)
    return out
