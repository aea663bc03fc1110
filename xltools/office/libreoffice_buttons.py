"""Buttons (按钮) that LibreOffice 7.4 loses: it saves every form button under one and the same shape name, and then finds
none of them when it opens the file again. They are all in the file, so opening the workbook puts them back.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit
from xml.etree import ElementTree as ET

from xltools.office import libreoffice_formats as formats

_VML, _EXCEL = "{urn:schemas-microsoft-com:vml}", "{urn:schemas-microsoft-com:office:excel}"
_RELATION = "{http://schemas.openxmlformats.org/package/2006/relationships}"
_SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}sheet"
_ID = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_PIXEL = 2540 / 96  # hundredths of a millimetre
_CONTROL = "com.sun.star.drawing.ControlShape"


@dataclass(frozen=True)
class Button:
    """A form button as the file has it: caption, macro, and its corners as (column, pixels, row, pixels) from 0."""

    caption: str
    macro: str
    start: tuple[int, int, int, int]
    end: tuple[int, int, int, int]


def restore(document: Any) -> int:
    """Put back the buttons of every sheet that has none left although its file has; how many that were."""
    url = str(document.getURL())
    if not url.startswith("file:"):
        return 0
    kept, put = document.isModified(), 0
    for name, buttons in saved(Path(unquote(urlsplit(url).path))).items():
        if document.Sheets.hasByName(name):
            sheet = document.Sheets.getByName(name)
            page = sheet.getDrawPage()
            if not any(page.getByIndex(i).getShapeType() == _CONTROL for i in range(page.getCount())):
                for button in buttons:
                    _put(document, sheet, button)
                put += len(buttons)
    document.setModified(kept)
    return put


def saved(path: Path) -> dict[str, list[Button]]:
    """The form buttons in a workbook's file, by sheet; none where it is not such a file."""
    if not zipfile.is_zipfile(path):
        return {}
    with zipfile.ZipFile(path) as members:
        if "xl/workbook.xml" not in members.namelist():
            return {}
        targets = _relations(members, "xl/workbook.xml")
        found = {}
        for sheet in ET.fromstring(members.read("xl/workbook.xml")).iter(_SHEET):
            part = targets.get(sheet.get(_ID, ""), "")
            drawings = [t for t in _relations(members, part).values() if t.endswith(".vml")]
            buttons = [b for drawing in drawings for b in _buttons(members.read(drawing))]
            if buttons:
                found[sheet.get("name", "")] = buttons
        return found


def _relations(members: zipfile.ZipFile, part: str) -> dict[str, str]:
    """The members that a member refers to, by id."""
    place = PurePosixPath(part)
    name = str(place.parent / "_rels" / f"{place.name}.rels")
    if name not in members.namelist():
        return {}
    found = {}
    for relation in ET.fromstring(members.read(name)).iter(f"{_RELATION}Relationship"):
        parts: list[str] = []
        for step in (place.parent / relation.get("Target", "")).parts:
            parts = parts[:-1] if step == ".." else [*parts, step]
        found[relation.get("Id", "")] = "/".join(parts).removeprefix("//")
    return found


def _buttons(vml: bytes) -> Iterator[Button]:
    for shape in ET.fromstring(re.sub(rb"<br>", b"<br/>", vml)).iter(f"{_VML}shape"):
        data = shape.find(f"{_EXCEL}ClientData[@ObjectType='Button']")
        macro = data.findtext(f"{_EXCEL}FmlaMacro") if data is not None else None
        anchor = data.findtext(f"{_EXCEL}Anchor") if data is not None else None
        if not macro or not anchor:
            continue
        text = shape.find(f"{_VML}textbox")
        caption = "".join(text.itertext()).strip() if text is not None else ""
        at = [int(n) for n in anchor.split(",")]
        yield Button(caption, macro.rpartition("!")[2], (at[0], at[1], at[2], at[3]), (at[4], at[5], at[6], at[7]))


def _put(document: Any, sheet: Any, button: Button) -> None:
    left, top = _corner(sheet, button.start)
    right, bottom = _corner(sheet, button.end)
    control = document.createInstance("com.sun.star.form.component.CommandButton")
    control.Label = button.caption
    shape = document.createInstance(_CONTROL)
    shape.setControl(control)
    page = sheet.getDrawPage()
    page.add(shape)
    shape.setPosition(formats.struct("awt.Point", X=left, Y=top))
    shape.setSize(formats.struct("awt.Size", Width=right - left, Height=bottom - top))
    form = control.getParent()
    place = next(i for i in range(form.getCount()) if form.getByIndex(i) == control)
    code = f"vnd.sun.star.script:VBAProject.{button.macro}?language=Basic&location=document"
    form.registerScriptEvent(
        place,
        formats.struct(
            "script.ScriptEventDescriptor",
            ListenerType="XActionListener", EventMethod="actionPerformed", ScriptType="Script", ScriptCode=code,
        ),
    )  # fmt: skip


def _corner(sheet: Any, at: tuple[int, int, int, int]) -> tuple[int, int]:
    """Hundredths of a millimetre from the sheet's corner."""
    column, across, row, down = at
    where = sheet.getCellByPosition(column, row).Position
    return where.X + round(across * _PIXEL), where.Y + round(down * _PIXEL)
