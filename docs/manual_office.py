"""A headless LibreOffice that opens workbooks and takes pictures of parts of their sheets, as on a screen."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from manual_png import cropped, page, write

PACKAGES, PROGRAM = Path("/usr/lib/python3/dist-packages"), Path("/usr/lib/libreoffice/program")
SECONDS = 180
"""How long LibreOffice may take to start."""
PAPER = 150_000
"""Width and height of the page that a picture is printed on, in hundredths of a millimetre: room for every sheet."""
DOTS = 92


class Office:
    """One LibreOffice of our own."""

    def __init__(self, context: Any, uno: Any, folder: Path) -> None:
        self.context, self.uno, self.folder = context, uno, folder
        self.desktop = context.ServiceManager.createInstanceWithContext("com.sun.star.frame.Desktop", context)

    def open(self, path: Path) -> Any:
        """Open a workbook, no macros, every sheet shown."""
        given = (self._given("Hidden", True), self._given("MacroExecutionMode", 0))
        document = self.desktop.loadComponentFromURL(path.absolute().as_uri(), "_blank", 0, given)
        if document is None:
            raise OSError(f"LibreOffice did not open {path}")
        return document

    def picture(self, document: Any, sheet: str, cells: str, path: Path, dots: int = DOTS) -> int:
        """Write a picture of these cells of a sheet with their buttons and charts; returns its bytes."""
        shown = document.Sheets.getByName(sheet)
        hidden = not shown.IsVisible
        shown.IsVisible = True
        before = [(s, s.getPrintAreas(), s.getPrintTitleRows()) for s in document.Sheets]
        for s, *_ in before:
            s.setPrintAreas(())
        shown.setPrintAreas((shown.getCellRangeByName(cells).getRangeAddress(),))
        shown.setPrintTitleRows(False)
        style = document.StyleFamilies.getByName("PageStyles").getByName(shown.PageStyle)
        kept = {name: getattr(style, name) for name in PAGE}
        pdf = self.folder / "picture.pdf"
        try:
            for name, value in PAGE.items():
                setattr(style, name, value)
            _controls_print(shown)
            document.storeToURL(pdf.as_uri(), (self._given("FilterName", "calc_pdf_Export"),))
        finally:
            for name in (n for n in PAGE if not n.endswith("IsOn")):
                setattr(style, name, kept[name])
            for s, areas, titles in before:
                s.setPrintAreas(areas)
                s.setPrintTitleRows(titles)
            shown.IsVisible = not hidden
        return write(path, cropped(page(pdf, dots)))

    def _given(self, name: str, value: object) -> Any:
        given = self.uno.createUnoStruct("com.sun.star.beans.PropertyValue")
        given.Name, given.Value = name, value
        return given


PAGE: dict[str, Any] = {
    "HeaderIsOn": False, "FooterIsOn": False, "IsLandscape": False, "ScaleToPagesX": 0, "ScaleToPagesY": 0,
    "PageScale": 100, "Width": PAPER, "Height": PAPER, "LeftMargin": 500, "RightMargin": 500, "TopMargin": 500,
    "BottomMargin": 500,
}  # fmt: skip
"""How a page is set up for a picture: nothing is scaled, so that it looks as on a screen."""


def _controls_print(sheet: Any) -> None:
    """Buttons do not print; in a picture they are to be seen."""
    drawn = sheet.getDrawPage()
    for i in range(drawn.getCount()):
        shape = drawn.getByIndex(i)
        if shape.getShapeType() == "com.sun.star.drawing.ControlShape":
            shape.getControl().Printable = True


@contextmanager
def office() -> Iterator[Office]:
    """Start LibreOffice with a profile of its own; it ends with the body."""
    folder = Path(tempfile.mkdtemp(prefix="manual-"))
    pipe = f"manual{uuid.uuid4().hex}"
    process = subprocess.Popen(
        ["soffice", "--headless", "--norestore", "--nologo", f"-env:UserInstallation={(folder / 'profile').as_uri()}",
         f"--accept=pipe,name={pipe};urp;"],
        start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        uno = _uno(folder)
        yield Office(_connected(uno, pipe, process), uno, folder)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)
        shutil.rmtree(folder, ignore_errors=True)


def _uno(folder: Path) -> Any:
    """The system's module `uno`, which no virtual environment has: by links to just its two files."""
    (folder / "uno").mkdir()
    for name in ("uno.py", "unohelper.py"):
        (folder / "uno" / name).symlink_to(PACKAGES / name)
    sys.path[:0] = [str(folder / "uno"), str(PROGRAM)]
    import uno

    return uno


def _connected(uno: Any, pipe: str, process: subprocess.Popen[bytes]) -> Any:
    local = uno.getComponentContext()
    resolver = local.ServiceManager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", local)
    end = time.monotonic() + SECONDS
    while True:
        try:
            return resolver.resolve(f"uno:pipe,name={pipe};urp;StarOffice.ComponentContext")
        except Exception:
            if time.monotonic() > end or process.poll() is not None:
                raise TimeoutError("LibreOffice did not start") from None
            time.sleep(0.2)
