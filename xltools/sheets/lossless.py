"""openpyxl on somebody else's workbook, and only where nothing of it is lost (原样保留).

openpyxl drops what it does not know: pictures, controls, sparklines, extended validations. Such a workbook is
not loaded at all. What it only forgets, :mod:`xltools.sheets.restored` puts back.
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

from xltools.sheets.restored import Kept, restored, without_formulas
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


@dataclass(frozen=True)
class Loaded:
    """A workbook that openpyxl keeps whole. A cell with a formula reads True; a new value replaces the formula."""

    book: Workbook
    kept: dict[str, Kept]
    """By title of the sheet."""


def load(path: Path) -> Loaded | None:
    """The workbook with its rich text, or None where saving it would lose something or it cannot be read.

    None for anything but a plain .xlsx by its content, whatever its name. The caller has kept the bounds of
    :mod:`xltools.sheets.package`. Raises OSError.
    """
    kept: dict[str, Kept] = {}
    file = io.BytesIO()
    try:
        with ZipFile(path) as package, ZipFile(file, "w") as plain:
            if any(_losses(package)):
                return None
            for name in package.namelist():
                content = package.read(name)
                if name.startswith("xl/worksheets/") and name.endswith(".xml"):
                    content, kept[name] = without_formulas(content)
                plain.writestr(name, content)
        with _loading, warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            reader = ExcelReader(file, rich_text=True)
            reader.read()
        parts = {sheet.name: rel.target for sheet, rel in reader.parser.find_sheets()}
    except OSError:
        raise
    except Exception:  # openpyxl raises nearly anything on a workbook that Excel would still repair
        return None
    if any(not str(w.message).startswith(_HARMLESS) for w in said):
        return None
    return Loaded(reader.wb, {title: kept[part] for title, part in parts.items() if part in kept})


def save(loaded: Loaded, target: Path) -> None:
    """Save the workbook; formulas are what they were, with the values that they had."""
    loaded.book.calculation.fullCalcOnLoad = True
    buffer = io.BytesIO()
    loaded.book.save(buffer)
    kept = {s.path.lstrip("/"): loaded.kept[s.title] for s in loaded.book.worksheets if s.title in loaded.kept}
    with ZipFile(buffer) as saved:
        parts = restored({name: saved.read(name) for name in saved.namelist()}, kept)
    with target.open("wb") as file:
        write_zip(file, ((name, [content]) for name, content in parts.items()))


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
