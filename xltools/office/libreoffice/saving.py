"""What LibreOffice 7.4 breaks when it saves a workbook with macros (保存后补好): mended in the file right after saving.

It gives every form button the same shape id instead of its name and leaves out the workbook's code name, so that neither it
nor Excel finds the buttons again or knows which one was pressed, and no macro runs at opening. Nothing else in the file is touched.
"""

from __future__ import annotations

import os
import re
import zipfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from xltools.files import replace

CODE_NAME = b"ThisWorkbook"
_SAVED = ("OnSaveDone", "OnSaveAsDone")
_SAME = re.compile(rb'<v:shape id="shape_0"')
_SHEET = re.compile(r"xl/worksheets/[^/]+\.xml")
_CONTROL = re.compile(rb'<control shapeId="(\d+)"[^>]* name="(xt_\d+)"')
_DRAWING = re.compile(rb'Target="[^"]*/(vmlDrawing\d+\.vml)"')
_PLAIN = re.compile(rb"<v:textbox><div>([^<]*)</div></v:textbox>")
_MACRO = re.compile(rb"<x:FmlaMacro>(?!\[0\]!)")
_BOOK = re.compile(rb"<workbookPr (?![^>]*codeName=)")
_FIRST = 1001  # the shape ids that LibreOffice refers to count from here, sheet by sheet
_listening: list[Any] = []


def watch(document: Any) -> None:
    """Mend the document's file whenever it is saved; only inside LibreOffice."""
    if any(document == known for known, _ in _listening):
        return
    listener = _listener(document)
    document.addDocumentEventListener(listener)
    _listening.append((document, listener))


def mend(path: Path) -> bool:
    """Mend a workbook saved by LibreOffice, whole or not at all; whether there was anything to do.

    The file keeps its time: LibreOffice would otherwise think that somebody else has changed it.
    """
    if path.suffix.lower() != ".xlsm" or not zipfile.is_zipfile(path):
        return False
    with zipfile.ZipFile(path) as old:
        members = [(info, old.read(info)) for info in old.infolist()]
    names = _names({info.filename: data for info, data in members})
    fresh = [(info, _mended(info.filename, data, names.get(info.filename, {}))) for info, data in members]
    if fresh == members:
        return False
    before = path.stat()
    with replace(path) as temporary:
        with zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as new:
            for info, data in fresh:
                new.writestr(info, data)
        os.utime(temporary, ns=(before.st_atime_ns, before.st_mtime_ns))
    return True


def _names(members: Mapping[str, bytes]) -> dict[str, dict[int, bytes]]:
    """The names of our buttons: by the drawing that holds their shapes, and by the shape's number."""
    out = {}
    for name, data in members.items():
        found = {int(number): button for number, button in _CONTROL.findall(data)} if _SHEET.fullmatch(name) else {}
        folder, _, part = name.rpartition("/")
        for drawing in _DRAWING.findall(members.get(f"{folder}/_rels/{part}.rels", b"")) if found else ():
            out[f"xl/drawings/{drawing.decode()}"] = found
    return out


def _mended(name: str, data: bytes, names: Mapping[int, bytes]) -> bytes:
    if name.endswith(".vml") and _SAME.search(data):
        count = iter(range(_FIRST, 1_000_000))

        def numbered(found: re.Match[bytes]) -> bytes:
            number = next(count)
            own = b'"%s" o:spid=' % names[number] if number in names else b""
            return b'<v:shape id=%s"_x0000_s%d"' % (own, number)

        data = _SAME.sub(numbered, data)
        data = _PLAIN.sub(
            rb'<v:textbox><div style="text-align:center"><font face="Calibri" size="220" color="#000000">\1</font></div></v:textbox>',
            data,
        )
        return _MACRO.sub(b"<x:FmlaMacro>[0]!", data)
    if name == "xl/workbook.xml":
        return _BOOK.sub(b'<workbookPr codeName="%s" ' % CODE_NAME, data)
    return data


def _listener(document: Any) -> Any:
    import unohelper
    from com.sun.star.document import XDocumentEventListener

    class Saved(unohelper.Base, XDocumentEventListener):  # type: ignore[misc]
        """Called by LibreOffice after everything that happens to the document."""

        def documentEventOccured(self, event: Any) -> None:
            if event.EventName in _SAVED:
                with suppress(Exception):
                    mend(Path(unquote(urlsplit(document.getURL()).path)))

        def disposing(self, source: Any) -> None:
            _listening[:] = [pair for pair in _listening if pair[1] is not self]

    return Saved()
