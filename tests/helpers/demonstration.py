"""The demonstration's workspace: run once a process, looked at by every test, changed by none (copy it to go on with it)."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from xltools.desk.demo.run import Demo, demo
from xltools.desk.workspace import Workspace, open_workspace

EXAMPLES = Path(__file__).resolve().parents[2] / "examples" / "nantong-2019"


@dataclass(frozen=True)
class Ran:
    """What the demonstration did, and the steps that `progress` was told."""

    demo: Demo
    told: list[tuple[str, int, int]]


@cache
def ran() -> Ran:
    folder = Path(tempfile.mkdtemp(prefix="xltools-demo-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    told: list[tuple[str, int, int]] = []
    done = demo(
        folder / "统保演示", EXAMPLES, year=False, progress=lambda text, n, total: told.append((text, n, total))
    )
    return Ran(done, told)


def workspace() -> Workspace:
    """To be looked at."""
    return open_workspace(ran().demo.root, "演示")
