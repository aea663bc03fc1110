"""Reading and checking many files at once: while one is loaded, the next is looked at; rows are checked together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from datetime import date
from functools import partial
from pathlib import Path
from typing import ParamSpec, TypeVar

from xltools.files import reason
from xltools.roster.cells import Cells, Roster
from xltools.roster.checks import check_many
from xltools.roster.problems import FileProblem, FileRefused
from xltools.scheme import Scheme
from xltools.sheets.intake.read import begin_roster

T = TypeVar("T")
P = ParamSpec("P")
LOADERS = 2
"""Threads that load values, which holds no interpreter lock; whole files in threads would fight over it."""
AT_ONCE = 10
"""Files handed to a thread in one go: for small files, handing over one by one costs a sixth of the time."""
TOGETHER = 30_000
"""Rows that are checked in one go: enough for vector speed, few enough to stay small."""


class Loaders(Executor):
    """Threads that take their calls in batches; `flush` hands over those that do not fill one."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(LOADERS)
        self._waiting: list[Callable[[], None]] = []

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        future: Future[T] = Future()
        self._waiting.append(lambda: _settle(future, partial(fn, *args, **kwargs)))
        if len(self._waiting) >= AT_ONCE:
            self.flush()
        return future

    def flush(self) -> None:
        batch, self._waiting = self._waiting, []
        self._threads.submit(lambda: [call() for call in batch])

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        self._threads.shutdown(wait, cancel_futures=cancel_futures)


def _settle(future: Future[T], call: Callable[[], T]) -> None:
    try:
        future.set_result(call())
    except BaseException as e:  # raised where the result is asked for
        future.set_exception(e)


def read_and_check(
    paths: Sequence[Path], scheme: Scheme, today: date, *, done: Callable[[], None] = lambda: None
) -> list[Roster | FileRefused]:
    """For each file its checked roster, or why it is refused, in the order given."""
    out: list[Roster | FileRefused] = []
    waiting: list[Cells | FileRefused] = []
    rows = 0
    with Loaders() as loaders:
        files = [_or_refusal(partial(begin_roster, path, scheme, pool=loaders)) for path in paths]
        loaders.flush()
        for begun in files:
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
        return FileRefused([FileProblem("FILE_UNREADABLE", more=reason(e))])
    except Exception:  # whatever one file does to a reader, the others come in all the same
        return FileRefused([FileProblem("FILE_UNREADABLE")])
