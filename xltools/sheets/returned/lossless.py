"""openpyxl on somebody else's workbook, and only where nothing of it is lost (原样保留).

openpyxl drops what it does not know: pictures, controls, sparklines, extended validations. Such a workbook is
not loaded at all. Of any other it sees only the rows that are to be marked (:mod:`xltools.sheets.returned.withheld`).
"""

from __future__ import annotations

import io
import re
import threading
import warnings
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias
from xml.parsers import expat
from zipfile import ZipFile

from openpyxl import Workbook
from openpyxl.reader.excel import ExcelReader

from xltools.sheets.ooxml.worksheets import worksheets
from xltools.sheets.ooxml.zipout import write_zip
from xltools.sheets.returned import spread
from xltools.sheets.returned.fontorder import in_order
from xltools.sheets.returned.notes import anchored
from xltools.sheets.returned.withheld import Kept, NotPlain, put_back, share, withhold

_SHEET_TYPE = b"application/vnd.openxmlformats-officedocument.spreadsheetml."
_KEPT = {
    *(_SHEET_TYPE + kind + b"+xml" for kind in (b"sheet.main", b"worksheet", b"styles", b"sharedStrings")),
    *(_SHEET_TYPE + kind + b"+xml" for kind in (b"comments", b"table", b"externalLink")),
    _SHEET_TYPE + b"calcChain+xml",  # only the order of calculation: Excel makes it anew
    _SHEET_TYPE + b"printerSettings",  # one printer's settings, of no use on another computer
    b"application/vnd.openxmlformats-officedocument.theme+xml",
    b"application/vnd.openxmlformats-officedocument.vmlDrawing",
    b"application/vnd.openxmlformats-package.relationships+xml",
}
"""Content types below xl/ that survive, or whose loss nobody can see. Every other one is a reason not to touch."""

_DRAWING = b"application/vnd.openxmlformats-officedocument.drawing+xml"
_DROPPED = re.compile(rb"<(?:\w+:)?(?:protectedRanges|picture|oleObjects|controls|legacyDrawingHF|AlternateContent)\b")
_SHAPE = re.compile(rb"\bObjectType=[\"'](\w+)")
_HARMLESS = "Workbook contains no default style"
_LARGEST = 256 << 20  # bytes inflated: 200,000 rows of a template; what is larger would not fit a district's computer
_loading = threading.Lock()  # warnings are caught process-wide

_TYPES, _RELS = "[Content_Types].xml", "xl/_rels/workbook.xml.rels"
_BOOK = "xl/workbook.xml"
_STRINGS, _STYLES = "xl/sharedStrings.xml", "xl/styles.xml"
_SST = re.compile(rb"<sst\b[^>]*>(.*)</sst>|<sst\b[^>]*/>", re.DOTALL)
_SI = re.compile(rb"<si>(.*?)</si>|<si\s*/>", re.DOTALL)
_MAIN = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_STRINGS_REL = b"http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings"

Also: TypeAlias = Callable[[Mapping[str, bytes], bytes], Collection[int]]


@dataclass(frozen=True)
class Loaded:
    """A workbook with the rows that may be changed. A cell with a formula reads True; a new value replaces it.

    `kept` is by title of the sheet; it is empty where everything had to be loaded. `strings` are the insides of
    the shared strings.
    """

    book: Workbook
    kept: dict[str, Kept]
    strings: tuple[bytes, ...]

    def extent(self, title: str) -> tuple[int, int]:
        """Last row and last column of a sheet with anything in them."""
        if title in self.kept:
            return self.kept[title].last_row, self.kept[title].last_column
        filled = [place for place, cell in self.book[title]._cells.items() if cell.value is not None]
        return max((r for r, _ in filled), default=0), max((c for _, c in filled), default=0)


def load(path: Path, seen: Mapping[str, Collection[int] | None], also: Also = lambda _, __: ()) -> Loaded | None:
    """The workbook, or None where saving it would lose something or it cannot be read.

    `seen` names the rows of each sheet that may be changed (None: all), and `also(parts, sheet)` further rows of
    such a sheet by its raw XML; of other sheets no row is. None for anything but a plain .xlsx by its content,
    whatever its name. The caller has kept the bounds of :mod:`xltools.sheets.intake.package`. Raises OSError.
    """
    if path.stat().st_size > _LARGEST:
        return None
    content = io.BytesIO(path.read_bytes())
    try:
        with ZipFile(content) as package:
            if sum(info.file_size for info in package.infolist()) > _LARGEST or any(_losses(package)):
                return None
            worksheets(package)  # raises where two sheets lie in one part
            parts = {name: package.read(name) for name in package.namelist()}
        try:
            return _loaded(parts, seen, also)
        except NotPlain:
            return Loaded(_open(parts), {}, ())
    except Exception:  # zipfile and openpyxl raise nearly anything on a workbook that Excel would still repair
        return None


def save(loaded: Loaded, target: Path) -> None:
    """Save the workbook; what openpyxl did not see is what it was.

    Raises ExpatError where that was not well-formed XML, and anything that openpyxl raises; OSError.
    """
    loaded.book.calculation.fullCalcOnLoad = True
    buffer = io.BytesIO()
    loaded.book.save(buffer)
    texts = list(loaded.strings)
    numbers = {text: i for i, text in reversed(list(enumerate(texts)))}

    def number_of(text: bytes) -> int:
        if text not in numbers:
            numbers[text] = len(texts)
            texts.append(text)
        return numbers[text]

    with ZipFile(buffer) as saved:
        parts = {name: saved.read(name) for name in saved.namelist()}
    for sheet in loaded.book.worksheets:
        name = sheet.path.lstrip("/")
        own = loaded.kept.get(sheet.title)
        parts[name] = put_back(parts[name], own, number_of) if own else share(parts[name], number_of)
        if sheet.legacy_drawing in parts:
            shapes = parts[sheet.legacy_drawing]
            parts[sheet.legacy_drawing] = anchored(shapes, sheet, own.rows if own else {})
    items = b"".join(b"<si>%s</si>" % text for text in texts)
    parts[_STRINGS] = b'<sst xmlns="%s" uniqueCount="%d">%s</sst>' % (_MAIN, len(texts), items)
    parts[_STYLES] = in_order(parts[_STYLES])
    declared = b'<Override PartName="/%s" ContentType="%ssharedStrings+xml"/>' % (_STRINGS.encode(), _SHEET_TYPE)
    parts[_TYPES] = parts[_TYPES].replace(b"</Types>", declared + b"</Types>")
    related = b'<Relationship Id="rIdStrings" Type="%s" Target="sharedStrings.xml"/>' % _STRINGS_REL
    parts[_RELS] = parts[_RELS].replace(b"</Relationships>", related + b"</Relationships>")
    for content in parts.values():
        expat.ParserCreate(namespace_separator=" ").Parse(
            content, True
        )  # rows and themes pass unread: what goes back has to open
    with target.open("wb") as file:
        write_zip(file, ((name, [content]) for name, content in parts.items()))


class _WouldLose(Exception):
    """openpyxl said that it drops something."""


def _loaded(parts: dict[str, bytes], seen: Mapping[str, Collection[int] | None], also: Also) -> Loaded:
    strings = _strings(parts.get(_STRINGS, b"<sst/>"))
    shown, kept = dict(parts), {}
    for title, part in _titles(parts).items():
        rows = None if b"<tableParts" in parts[part] else seen.get(title, ())  # tables want to see their headings
        if rows:
            rows = {*rows, *also(parts, parts[part])}
        shown[part], kept[title] = withhold(parts[part], rows, strings)
    if _STRINGS in parts:
        shown[_STRINGS] = b'<sst xmlns="%s"/>' % _MAIN
    return Loaded(_open(shown), kept, strings)


def _reader(parts: Mapping[str, bytes]) -> Any:
    file = io.BytesIO()
    with ZipFile(file, "w") as package:
        for name, content in parts.items():
            package.writestr(name, content)
    return ExcelReader(file, rich_text=True)


def _titles(parts: Mapping[str, bytes]) -> dict[str, str]:
    """The zip member of each worksheet by its title."""
    spread.check({name: content for name, content in parts.items() if name in (_TYPES, _RELS, _BOOK)})
    with _loading, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        reader = _reader(parts)
        reader.read_manifest()
        reader.read_workbook()
        return {sheet.name: rel.target for sheet, rel in reader.parser.find_sheets()}


def _open(parts: Mapping[str, bytes]) -> Workbook:
    spread.check(parts)
    with _loading, warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        reader = _reader(parts)
        reader.read()
    if any(not str(w.message).startswith(_HARMLESS) for w in said):
        raise _WouldLose
    return reader.wb


def _strings(content: bytes) -> tuple[bytes, ...]:
    """The inside of each shared string. Raises NotPlain."""
    table = _SST.search(content)
    if table is None:
        raise NotPlain
    found = tuple(match[1] or b"" for match in _SI.finditer(table[1] or b""))
    if len(found) != (table[1] or b"").count(b"<si"):
        raise NotPlain
    return found


def _losses(package: ZipFile) -> Iterator[str]:
    """Members that openpyxl would drop or spoil."""
    types = package.read(_TYPES)
    by_ending = dict(_pairs(types, b"Default", b"Extension"))
    by_part = dict(_pairs(types, b"Override", b"PartName"))
    for name in package.namelist():
        if not name.startswith("xl/") or name.endswith("/"):
            continue  # properties, labels, custom XML: nothing that anybody sees in the workbook
        ending = name.rsplit(".", 1)[-1].lower().encode()
        kind = by_part.get(b"/" + name.encode(), by_ending.get(ending, b""))
        if kind == _DRAWING:
            if b"Anchor" in package.read(name):  # LibreOffice writes an empty one beside every set of notes
                yield name
        elif kind not in _KEPT:
            yield name
        elif kind.endswith(b"vmlDrawing"):
            if set(_SHAPE.findall(package.read(name))) - {b"Note"}:
                yield name
        elif kind.endswith(b"worksheet+xml") and _DROPPED.search(package.read(name)):
            yield name


def _pairs(types: bytes, tag: bytes, key: bytes) -> Iterator[tuple[bytes, bytes]]:
    for element in re.findall(rb"<(?:\w+:)?" + tag + rb"\s([^>]*)>", types):
        found = dict(re.findall(rb"(\w+)\s*=\s*[\"']([^\"']*)[\"']", element))
        yield found.get(key, b""), found.get(b"ContentType", b"")
