"""One process of the corpus runner: for every line `{"file": …, "steps": […]}` of its input, lines of JSON on its output.

A step is a reading verb, or the comparison with another reader. What is measured is the step's own: seconds of CPU, and
the peak of memory since it began. A line says which step begins, so that a step that takes the process down is known.
"""

from __future__ import annotations

import contextlib
import gc
import io
import json
import os
import shutil
import sys
import tempfile
import time
import traceback
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from compare import differences

from xltools.cli.main import cli
from xltools.desk import failures
from xltools.desk.verb import Option, Verb, verbs

SCHEME, TODAY = "nantong-2019", "2020-01-15"
MEMORY = 1_500
"""Megabytes that a step may take."""
COMPARE = "compare"
WRITTEN = {"-o", "--out", "--export", "--template"}
"""Options whose file is written."""


@dataclass(frozen=True)
class Reading:
    """A verb that is given a file, as its argument or by one of its options."""

    verb: Verb
    option: Option

    @property
    def name(self) -> str:
        return " ".join([self.verb.name, *self.option.flags[:1]])

    def command(self, file: Path, workspace: Path) -> list[str]:
        asked = [*self.option.flags[:1], str(file), "--today", TODAY]
        if any("--scheme" in o.flags for o in self.verb.options):
            asked += ["--scheme", SCHEME]
        return [self.verb.name, *asked, *(["-C", str(workspace)] if self.verb.where else [])]


def readings() -> dict[str, Reading]:
    """Every verb that reads a file, from the verbs' own declarations."""
    found = []
    for verb in verbs().values():
        asked = [
            o
            for o in verb.options
            if o.kind == "file" and "文件" in o.metavar.replace("文件夹", "") and not WRITTEN & set(o.flags)
        ]
        arguments = [o for o in asked if not o.flags]
        found += [Reading(verb, o) for o in arguments or asked]
    return {r.name: r for r in found}


class Desk:
    """A fresh workspace for every step, copied from one that is made once; and what goes wrong with ours."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.fresh = folder, folder / "fresh"
        self.readings = readings()
        self.faults: list[str] = []
        failures.logged = self._logged  # type: ignore[assignment]
        with contextlib.redirect_stdout(io.StringIO()):
            cli.main(["init", str(self.fresh), "--scheme", SCHEME], standalone_mode=False)

    def _logged(self, error: Exception) -> str:
        self.faults.append(where(error))
        return "a log"

    def work(self, name: str, file: Path) -> dict[str, Any]:
        """What came of a step: `crash` or `mute` where it did not end as a verb must."""
        if name == COMPARE:
            return differences(file)
        reading, room = self.readings[name], self.folder / "room"
        shutil.copytree(self.fresh, room)
        self.faults.clear()
        said = io.StringIO()
        try:
            with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
                code = cli.main(reading.command(file, room), prog_name="xltools", standalone_mode=False)
        except BaseException as e:  # a panic of a reader's is no Exception
            return {"crash": where(e)}
        finally:
            shutil.rmtree(room)
        if self.faults:
            return {"crash": self.faults[0]}
        if not said.getvalue().strip():
            return {"mute": f"exit {code}"}
        return {"code": code, "said": said.getvalue().strip().splitlines()[0][:300] if code == 2 else ""}


def where(error: BaseException) -> str:
    """The error and the last place in our code that it came through."""
    ours = [f for f in traceback.extract_tb(error.__traceback__) if "xltools" in Path(f.filename).parts]
    place = f"{Path(ours[-1].filename).name}:{ours[-1].lineno} " if ours else ""
    return f"{place}{type(error).__name__}: {str(error)[:200]}"


def measured(desk: Desk, name: str, file: Path) -> dict[str, Any]:
    gc.collect()
    Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew
    begun = time.process_time()
    came = desk.work(name, file)
    return {"step": name, "cpu": time.process_time() - begun, "peak": peak(), **came}


def peak() -> int:
    """Megabytes."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) >> 10


def tell(out: TextIO, line: dict[str, Any]) -> None:
    print(json.dumps(line, ensure_ascii=True), file=out, flush=True)


def main() -> None:
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what libraries print is no line of ours
    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory() as folder:
        desk = Desk(Path(folder))
        import resource  # Windows has none

        held = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        most = held + (2 * MEMORY << 20)  # twice: what readers reserve and never touch is not taken
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
        for line in sys.stdin:
            asked = json.loads(line)
            for name in asked["steps"]:
                tell(out, {"begins": name})
                tell(out, measured(desk, name, Path(asked["file"])))
            tell(out, {"done": True})


if __name__ == "__main__":
    main()
