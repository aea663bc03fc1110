"""One LibreOffice a process that opens, recalculates and saves the workbooks of all tests; started when first needed.

It has a profile of its own, opens every file anew and closes it again, exactly as `soffice --convert-to` does
(hidden, silent, no dialog answered); it is started again where it has died. A start takes some seconds of work.
"""

from __future__ import annotations

import atexit
import os
import shutil
import signal
import subprocess
import tempfile
import threading
import uuid
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

from unobridge import connected, plainly, uno

FILTERS = {
    "xlsx": "Calc MS Excel 2007 XML",
    "xlsm": "Calc MS Excel 2007 VBA XML",
    "xls": "MS Excel 97",
    "ods": "calc8",
    "pdf": "calc_pdf_Export",
}
"""How LibreOffice calls the formats that it saves in, by the ending of the file."""
SECONDS = 300
"""How long a workbook may take."""
RECALCULATE, AS_INSTALLED = 0, 1
"""Whether formulas are calculated anew when an .xlsx is opened: always; as an office has it (never, but its own are)."""


class Converter:
    """A running soffice."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="converting-"))
        pipe = f"converting{uuid.uuid4().hex}"
        profile = f"-env:UserInstallation={(self.folder / 'profile').as_uri()}"
        self.process = subprocess.Popen(
            ["soffice", profile, "--headless", "--norestore", "--nologo", f"--accept=pipe,name={pipe};urp;"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        try:
            self.context = connected(pipe, self.process, 120)
        except BaseException:
            self.kill()
            raise
        self.desktop = self.service("com.sun.star.frame.Desktop")
        provider = self.service("com.sun.star.configuration.ConfigurationProvider")
        node = _given(nodepath="/org.openoffice.Office.Calc/Formula/Load")
        update = "com.sun.star.configuration.ConfigurationUpdateAccess"
        self.loading = provider.createInstanceWithArguments(update, node)
        assert self.loading.OOXMLRecalcMode == AS_INSTALLED, "another default than the one that we know"

    def service(self, name: str) -> Any:
        return self.context.ServiceManager.createInstanceWithContext(name, self.context)

    def convert(self, path: Path, out: Path, kind: str, options: str, *, anew: bool) -> None:
        """Open `path`, save it as `out`, close it. Raises RuntimeError where LibreOffice does not."""
        self.loading.OOXMLRecalcMode = RECALCULATE if anew else AS_INSTALLED
        self.loading.commitChanges()
        opening = _given(Hidden=True, ReadOnly=True, OpenNewView=True, Silent=True)
        document = self.desktop.loadComponentFromURL(path.absolute().as_uri(), "_blank", 0, opening)
        if document is None:
            raise RuntimeError(f"LibreOffice did not open {path}")
        try:
            saving = _given(FilterName=kind, Overwrite=True, **({"FilterOptions": options} if options else {}))
            document.storeToURL(out.absolute().as_uri(), saving)
        finally:
            document.close(True)

    def quit(self) -> None:
        """End it as a person does."""
        with suppress(Exception):
            self.desktop.terminate()
            self.process.wait(20)
        self.kill()

    def kill(self) -> None:
        """End it and everything that it started, whatever it does."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(10)
        shutil.rmtree(self.folder, ignore_errors=True)


def convert(path: Path, folder: Path, kind: str, *, anew: bool = True) -> Path:
    """The workbook as LibreOffice writes it in another format, in `folder/out`.

    `kind` is an ending, where need be with the name of the filter and its options: `csv:Text - txt - csv (StarCalc):44`.
    `anew`: every formula is calculated; else as an office opens it. Raises RuntimeError, TimeoutError.
    """
    ending, _, rest = kind.partition(":")
    name, _, options = rest.partition(":")
    out = folder / "out" / f"{path.stem}.{ending}"
    out.parent.mkdir(parents=True, exist_ok=True)
    out.unlink(missing_ok=True)
    assert path.is_file(), path
    office = running()
    with Timed(office, path):
        office.convert(path, out, name or FILTERS[ending], options, anew=anew)
    assert out.is_file(), out
    return out


def running() -> Converter:
    """The process's LibreOffice; another one where it has died."""
    if _office().process.poll() is not None:
        _office().kill()
        _office.cache_clear()
    return _office()


@cache
def _office() -> Converter:
    office = Converter()
    atexit.register(office.quit)
    return office


class Timed:
    """Ends the office when the body takes too long: a call over UNO would wait for ever."""

    def __init__(self, office: Converter, path: Path) -> None:
        self.path, self.late, self.office = path, False, office
        self.timer = threading.Timer(SECONDS, self.end)

    def end(self) -> None:
        self.late = True
        self.office.kill()

    def __enter__(self) -> None:
        self.timer.start()

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        self.timer.cancel()
        if self.late:
            raise TimeoutError(f"{self.path}: nothing within {SECONDS} s") from None
        plainly(str(self.path), error)


def _given(**values: Any) -> tuple[Any, ...]:
    out = []
    for name, value in values.items():
        out.append(uno().createUnoStruct("com.sun.star.beans.PropertyValue"))
        out[-1].Name, out[-1].Value = name, value
    return tuple(out)
