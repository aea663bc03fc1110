"""Reading and checking many files at once: reading releases the interpreter lock, so threads help."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

from xltools.roster.cells import Cells, Roster
from xltools.roster.checks import check
from xltools.roster.problems import FileProblem, FileRefused
from xltools.scheme import Scheme
from xltools.sheets.read import read_roster

WORKERS = 4


def read_and_check(
    paths: Sequence[Path], scheme: Scheme, today: date, *, done: Callable[[], None] = lambda: None
) -> list[Roster | FileRefused]:
    """For each file its checked roster, or why it is refused, in the order given."""
    with ThreadPoolExecutor(WORKERS) as pool:
        out: list[Roster | FileRefused] = []
        for cells in pool.map(lambda p: _read(p, scheme), paths):
            out.append(cells if isinstance(cells, FileRefused) else check(cells, scheme, today))
            done()
        return out


def _read(path: Path, scheme: Scheme) -> Cells | FileRefused:
    try:
        return read_roster(path, scheme)
    except FileRefused as e:
        return e
    except OSError as e:
        return FileRefused([FileProblem("FILE_UNREADABLE", more=e.strerror or str(e))])
