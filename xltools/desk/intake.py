"""Reading and checking many files at once: while one is loaded, the next is looked at; rows are checked together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from functools import partial
from pathlib import Path
from typing import TypeVar

from xltools.roster.cells import Cells, Roster
from xltools.roster.checks import check_many
from xltools.roster.problems import FileProblem, FileRefused
from xltools.scheme import Scheme
from xltools.sheets.read import begin_roster

T = TypeVar("T")
LOADERS = 2
"""Threads that load values, which holds no interpreter lock; whole files in threads would fight over it."""
TOGETHER = 30_000
"""Rows that are checked in one go: enough for vector speed, few enough to stay small."""


def read_and_check(
    paths: Sequence[Path], scheme: Scheme, today: date, *, done: Callable[[], None] = lambda: None
) -> list[Roster | FileRefused]:
    """For each file its checked roster, or why it is refused, in the order given."""
    out: list[Roster | FileRefused] = []
    waiting: list[Cells | FileRefused] = []
    rows = 0
    with ThreadPoolExecutor(LOADERS) as pool:
        for begun in [_or_refusal(partial(begin_roster, path, scheme, pool=pool)) for path in paths]:
            cells = begun if isinstance(begun, FileRefused) else _or_refusal(begun)
            waiting.append(cells)
            rows += len(cells) if isinstance(cells, Cells) else 0
            if rows >= TOGETHER:
                out += _checked(waiting, scheme, today)
                waiting, rows = [], 0
            done()
    return out + _checked(waiting, scheme, today)


def _checked(files: Sequence[Cells | FileRefused], scheme: Scheme, today: date) -> list[Roster | FileRefused]:
    rosters = iter(check_many([f for f in files if isinstance(f, Cells)], scheme, today))
    return [next(rosters) if isinstance(f, Cells) else f for f in files]


def _or_refusal(step: Callable[[], T]) -> T | FileRefused:
    try:
        return step()
    except FileRefused as e:
        return e
    except OSError as e:
        return FileRefused([FileProblem("FILE_UNREADABLE", more=e.strerror or str(e))])
