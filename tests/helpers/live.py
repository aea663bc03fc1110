"""A live LibreOffice for tests: started with a profile of its own, pressed as a person presses, killed at the end.

It runs without a screen, yet not `--headless`: there every dialog would be answered silently, here one that blocks is seen.
Buttons are pressed through accessibility, so the macro runs as an event of the window, under the macro security of the
profile. Debian's packages: libreoffice-calc, libreoffice-script-provider-python, python3-uno.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import xlwings as xw
from unobridge import connected, plainly, uno

from xltools.office.libreoffice import engine as libreoffice
from xltools.office.libreoffice.install import LOG, install

ALERT, DIALOG = 1, 12  # com.sun.star.accessibility.AccessibleRole
REGISTRY = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry" xmlns:xs="http://www.w3.org/2001/XMLSchema">
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="MacroSecurityLevel" oor:op="fuse"><value>{level}</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Misc"><prop oor:name="FirstRun" oor:op="fuse"><value>false</value></prop></item>
<item oor:path="/org.openoffice.Setup/Office"><prop oor:name="ooSetupInstCompleted" oor:op="fuse"><value>true</value></prop></item>
</oor:items>"""
ALWAYS, BY_SECURITY = 4, 3
"""MacroExecutionMode: macros run without asking; as the profile's security says."""


class Blocked(AssertionError):
    """A dialog waits for somebody; the text says which."""


class Office:
    """One soffice of our own. `seconds` is how long it may take to start, or a press to end.

    `level` is the profile's macro security (0 low, 2 high as installed); `modules` a folder with modules for its Python,
    `program` the folder of another copy of ours.
    """

    def __init__(
        self,
        folder: Path,
        *,
        level: int = 0,
        bridge: bool = True,
        modules: Path | None = None,
        program: Path | None = None,
        seconds: float = 90,
    ) -> None:
        self.profile, self.seconds, self.log = folder / "profile", seconds, folder / "profile" / "user" / LOG
        user = self.profile / "user"
        user.mkdir(parents=True, exist_ok=True)
        if not (user / "registrymodifications.xcu").exists():
            (user / "registrymodifications.xcu").write_text(REGISTRY.format(level=level), "utf-8")
        if bridge:
            script = install(self.profile)
            more = f"PATHS: list[str] = [{str(modules)!r}, " if modules else "PATHS: list[str] = ["
            text = script.read_text("utf-8").replace("PATHS: list[str] = [", more)
            if program:
                text = re.sub(r"(?m)^PROGRAM = .*$", f"PROGRAM = {str(program)!r}", text)
            script.write_text(text, "utf-8")
        pipe = f"xltools{uuid.uuid4().hex}"
        self.process = subprocess.Popen(
            ["soffice", f"-env:UserInstallation={self.profile.as_uri()}", "--norestore", "--nologo",
             f"--accept=pipe,name={pipe};urp;"],
            env=_environment(),
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        try:
            self.context = connected(pipe, self.process, seconds)
        except BaseException:
            self.kill()
            raise
        self.desktop = self.service("com.sun.star.frame.Desktop")
        self.toolkit = self.service("com.sun.star.awt.Toolkit")
        libreoffice.activate(self.context)

    def service(self, name: str) -> Any:
        return self.context.ServiceManager.createInstanceWithContext(name, self.context)

    def open(self, path: Path, mode: int = ALWAYS) -> Document:
        """Open a workbook as a person does: its Workbook_Open runs. Raises Blocked where a dialog waits."""
        assert path.is_file(), path
        given = uno().createUnoStruct("com.sun.star.beans.PropertyValue")
        given.Name, given.Value = "MacroExecutionMode", mode
        opened: list[Any] = []
        load = self.desktop.loadComponentFromURL
        url = path.absolute().as_uri()

        def loading() -> None:
            with suppress(Exception):  # the office was ended while a dialog waited
                opened.append(load(url, "_blank", 0, (given,)))

        with self.watched(f"opening {path}"):
            threading.Thread(target=loading, daemon=True).start()
            self.until(lambda: bool(opened or self.dialogs()))
            if not opened:
                raise Blocked("; ".join(self.dialogs()))
        assert opened[0] is not None, f"LibreOffice did not open {path}"
        return Document(self, opened[0])

    def new(self) -> Document:
        with self.watched("a new document"):
            return Document(self, self.desktop.loadComponentFromURL("private:factory/scalc", "_blank", 0, ()))

    def dialogs(self) -> list[str]:
        """The titles and texts of dialogs that wait for an answer."""
        found = []
        for i in range(self.toolkit.getTopWindowCount()):
            window = self.toolkit.getTopWindow(i)
            if window is None or not window.isVisible():
                continue
            here = window.getAccessibleContext()
            if here is not None and here.getAccessibleRole() in (ALERT, DIALOG):
                found.append(" | ".join(_texts(here)))
        return found

    def presses(self) -> int:
        """How many presses the bridge has finished."""
        lines = self.log.read_text("utf-8").splitlines() if self.log.exists() else []
        return sum(line[:2] == "20" and line.count("\t") == 2 for line in lines)

    def until(self, done: Callable[[], bool]) -> None:
        """Wait for it."""
        end = time.monotonic() + self.seconds
        while not done():
            if time.monotonic() > end:
                raise TimeoutError(f"nothing within {self.seconds} s")
            time.sleep(0.05)

    def watched(self, what: str) -> Watch:
        """Kills the office when the body takes too long: a call over UNO would wait for ever."""
        return Watch(self, what)

    def kill(self) -> None:
        """End it and everything that it started."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(10)


class Watch:
    """See `Office.watched`. UNO's exceptions leave as RuntimeError: they cannot be raised again as they are."""

    def __init__(self, running: Office, what: str) -> None:
        self.running, self.what, self.late = running, what, False
        self.timer = threading.Timer(running.seconds, self.end)

    def end(self) -> None:
        self.late = True
        self.running.kill()

    def __enter__(self) -> None:
        self.timer.start()

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        self.timer.cancel()
        if self.late:
            raise TimeoutError(f"{self.what}: nothing within {self.running.seconds} s") from None
        plainly(self.what, error)


class Document:
    """An open workbook: `api` the UNO document, `book` the same through our engine."""

    def __init__(self, office: Office, api: Any) -> None:
        self.office, self.api = office, api
        self.book: xw.Book = libreoffice.book(api)

    def buttons(self) -> dict[str, tuple[str, int]]:
        """Caption of each form button -> its sheet and its place among the sheet's shapes.

        A button of 首页 has its words beside it: the verb of `xt_3` stands third in `xt_verbs`, its words in that row.
        """
        found = {}
        for sheet in self.api.Sheets:
            page = sheet.getDrawPage()
            for i in range(page.getCount()):
                shape = page.getByIndex(i)
                control = shape.getShapeType() == "com.sun.star.drawing.ControlShape" and shape.getControl()
                if control and hasattr(control, "Label") and (words := self._words(control)):
                    found[words] = (sheet.getName(), i)
        return found

    def _words(self, control: Any) -> str:
        if not control.Name.startswith("xt_"):
            return str(control.Label)
        verbs = self.api.NamedRanges.getByName("xt_verbs").getReferredCells().getRangeAddress()
        row = verbs.StartRow + int(control.Name[3:]) - 1
        return str(self.api.Sheets.getByIndex(verbs.Sheet).getCellByPosition(1, row).getString())

    def press(self, caption: str, *, wait: Callable[[], bool] | None = None) -> None:
        """Press the button with that caption and wait until its work is done.

        Done is when the bridge has noted it, or `wait` says so. Raises Blocked where a dialog waits, TimeoutError.
        """
        before = self.office.presses()
        with self.office.watched(f"pressing {caption}"):
            self.click(caption)
            self.settle(wait or (lambda: self.office.presses() > before))

    def click(self, caption: str) -> None:
        """Press the button with that caption; what it does comes later."""
        sheet, place = self.buttons()[caption]
        controller = self.api.getCurrentController()
        if controller.getActiveSheet().getName() != sheet:
            controller.setActiveSheet(self.api.Sheets.getByName(sheet))
        control = self.api.Sheets.getByName(sheet).getDrawPage().getByIndex(place).getControl()
        assert controller.getControl(control).getAccessibleContext().doAccessibleAction(0)

    def settle(self, done: Callable[[], bool]) -> None:
        """Wait until `done`, looking out for dialogs."""
        self.office.until(lambda: done() or bool(self.office.dialogs()))
        self.office.toolkit.processEventsToIdle()
        if waiting := self.office.dialogs():
            raise Blocked("; ".join(waiting))

    def type(self, sheet: str, address: str, text: str) -> None:
        """Put `text` into a cell as a person types it: LibreOffice decides whether it is a number, a date or text."""
        self.api.Sheets.getByName(sheet).getCellRangeByName(address).setFormula(text)

    def text(self, sheet: str, address: str) -> str:
        """What the cell shows."""
        return str(self.api.Sheets.getByName(sheet).getCellRangeByName(address).getString())

    def status(self) -> str:
        """What the named cell 状态栏 says."""
        return str(self.api.NamedRanges.getByName("状态栏").getReferredCells().getCellByPosition(0, 0).getString())

    def save(self) -> None:
        with self.office.watched("saving"):
            self.api.store()

    def close(self) -> None:
        with self.office.watched("closing"):
            self.api.setModified(False)
            self.api.close(True)


def _environment() -> dict[str, str]:
    """As on a desktop. LibreOffice's own Python takes its library from the first `python3` on the path, so that one of an
    active environment that is not of its very version keeps it from running scripts at all."""
    kept = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV")}
    active = {str(Path(prefix, "bin")) for prefix in (sys.prefix, os.environ.get("VIRTUAL_ENV", sys.prefix))}
    kept["PATH"] = os.pathsep.join(p for p in kept["PATH"].split(os.pathsep) if p not in active)
    return kept | {"SAL_USE_VCLPLUGIN": "svp"}


class office:
    """`with office() as running`: an office in a folder of its own, which goes away with it."""

    def __init__(self, **options: Any) -> None:
        self.options = options

    def __enter__(self) -> Office:
        self.folder = Path(tempfile.mkdtemp(prefix="live-"))
        self.running = Office(self.folder, **self.options)
        return self.running

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        self.running.kill()
        shutil.rmtree(self.folder, ignore_errors=True)
        plainly("the office", error)


def _texts(here: Any, depth: int = 4) -> list[str]:
    """The names of an accessible thing and of what it holds."""
    found = [here.getAccessibleName()]
    for i in range(min(here.getAccessibleChildCount(), 50) if depth else 0):
        with suppress(Exception):
            found += _texts(here.getAccessibleChild(i).getAccessibleContext(), depth - 1)
    return [text for text in found if text]
