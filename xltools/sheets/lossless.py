"""openpyxl on somebody else's workbook, and only where nothing of it is lost (原样保留).

openpyxl drops what it does not know: pictures, controls, sparklines, extended validations. Such a workbook is
not loaded at all. What it forgets although it could be kept, the values of formulas and 'ignore this green
triangle', is put back after saving: phone previews show no formula without its value, and a file that comes back
unopened must read as it did before.
"""

from __future__ import annotations

import io
import re
import threading
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from zipfile import ZipFile

from openpyxl import Workbook
from openpyxl.reader.excel import ExcelReader

from xltools.sheets.zipout import write_zip

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

_DROPPED = re.compile(rb"<(?:\w+:)?(?:protectedRanges|picture|oleObjects|controls|legacyDrawingHF|AlternateContent)\b")
_SHAPE = re.compile(rb"\bObjectType=[\"'](\w+)")
_ESCAPED = b"_x005F_"  # openpyxl reads it as an underscore and does not write it back
_HARMLESS = "Workbook contains no default style"
_loading = threading.Lock()  # warnings are caught process-wide

_FORMULA = re.compile(rb"<c ([^>]*[^>/])>(<f(?:\s[^>]*)?(?:/>|>[^<]*</f>))<v[^>]*>([^<]*)</v></c>")
_EMPTY = re.compile(rb"<c ([^>]*[^>/])>(<f(?:\s[^>]*)?(?:/>|>[^<]*</f>))<v\s*(?:/>|></v>)</c>")
_CELL = re.compile(rb"\br=[\"']([A-Z]+[0-9]+)")
_TYPE = re.compile(rb"\bt=[\"'](str|b|e|n)\b")
_IGNORED = re.compile(rb"<ignoredErrors\b.*?</ignoredErrors>", re.DOTALL)
_AFTER_IGNORED = re.compile(rb"<(?:legacyDrawing|tableParts)\b|</worksheet>")


@dataclass(frozen=True)
class Loaded:
    """A workbook that openpyxl keeps whole; `parts` names the zip member of each of its sheets."""

    book: Workbook
    original: Path
    parts: dict[str, str]


def load(path: Path) -> Loaded | None:
    """The workbook with its rich text, or None where saving it would lose something or it cannot be read.

    None for anything but a plain .xlsx by its content, whatever its name. The caller has kept the bounds of
    :mod:`xltools.sheets.package`. Raises OSError.
    """
    try:
        with ZipFile(path) as package:
            if any(_losses(package)):
                return None
        with _loading, warnings.catch_warnings(record=True) as said, path.open("rb") as file:
            warnings.simplefilter("always")
            reader = ExcelReader(file, rich_text=True)
            reader.read()
    except OSError:
        raise
    except Exception:  # openpyxl raises nearly anything on a workbook that Excel would still repair
        return None
    if any(not str(w.message).startswith(_HARMLESS) for w in said):
        return None
    return Loaded(reader.wb, path, {sheet.name: rel.target for sheet, rel in reader.parser.find_sheets()})


def save(loaded: Loaded, target: Path) -> None:
    """Save the workbook; formulas that stood in the original keep the values that they had there."""
    loaded.book.calculation.fullCalcOnLoad = True
    buffer = io.BytesIO()
    loaded.book.save(buffer)
    origins = {s.path.lstrip("/"): loaded.parts.get(s.title) for s in loaded.book.worksheets}
    with ZipFile(buffer) as saved, ZipFile(loaded.original) as original, target.open("wb") as file:

        def members() -> Iterator[tuple[str, list[bytes]]]:
            for name in saved.namelist():
                origin = origins.get(name)
                content = saved.read(name)
                yield name, [_restored(content, original.read(origin)) if origin else content]

        write_zip(file, members())


def _losses(package: ZipFile) -> Iterator[str]:
    """Members that openpyxl would drop or spoil."""
    types = package.read("[Content_Types].xml")
    by_ending = dict(_pairs(types, b"Default", b"Extension"))
    by_part = dict(_pairs(types, b"Override", b"PartName"))
    for name in package.namelist():
        if not name.startswith("xl/") or name.endswith("/"):
            continue  # properties, labels, custom XML: nothing that anybody sees in the workbook
        ending = name.rsplit(".", 1)[-1].lower().encode()
        kind = by_part.get(b"/" + name.encode(), by_ending.get(ending, b""))
        if kind not in _KEPT:
            yield name
        elif kind.endswith(b"vmlDrawing"):
            if set(_SHAPE.findall(package.read(name))) - {b"Note"}:
                yield name
        elif kind.endswith((b"worksheet+xml", b"sharedStrings+xml")):
            content = package.read(name)
            if _ESCAPED in content or _DROPPED.search(content):
                yield name


def _pairs(types: bytes, tag: bytes, key: bytes) -> Iterator[tuple[bytes, bytes]]:
    for element in re.findall(rb"<(?:\w+:)?" + tag + rb"\s([^>]*)>", types):
        found = dict(re.findall(rb"(\w+)\s*=\s*[\"']([^\"']*)[\"']", element))
        yield found.get(key, b""), found.get(b"ContentType", b"")


def _restored(content: bytes, before: bytes) -> bytes:
    values: dict[bytes, tuple[bytes, bytes]] = {}
    for attributes, _, value in _FORMULA.findall(before):
        if cell := _CELL.search(attributes):
            kind = _TYPE.search(attributes)
            values[cell[1]] = (kind[1] if kind else b"n", value)

    def filled(match: re.Match[bytes]) -> bytes:
        attributes, formula = match[1], match[2]
        cell = _CELL.search(attributes)
        if cell is None or cell[1] not in values:
            return match[0]
        kind, value = values[cell[1]]
        return b'<c %s t="%s">%s<v>%s</v></c>' % (attributes, kind, formula, value)

    if values:
        content = _EMPTY.sub(filled, content)
    if ignored := _IGNORED.search(before):
        place = max(content.rfind(b"</sheetData>"), 0)
        if after := _AFTER_IGNORED.search(content, place):
            content = content[: after.start()] + ignored[0] + content[after.start() :]
    return content
