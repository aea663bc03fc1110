"""What a button calls (按钮入口): `RunPython "from xltools.office import entry; entry.run('collect')"`.

What was typed is taken into the ledger, the desk does what the command of that name does, and every table of ours
shows the ledger again. The workbook is not saved: the ledger is the truth, and whether this copy of it is kept is for
the person at the screen to say. Whatever goes wrong is a sentence in 状态栏; a missing package too, so the work itself
is imported only when a button is pressed.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import Any

import xlwings as xw

from xltools.desk.failures import logged
from xltools.office import entry_place, entry_words

STATUS, NOTES = "状态栏", "提示"
_OFTEN = 0.2  # seconds between two words in the status bar


def run(verb: str) -> None:
    """Press the button of that verb for the calling workbook: 状态栏 says what happened.

    Raises nothing but SystemExit where there is no workbook to say it in: VBA then shows what stands in standard error.
    """
    try:
        book = xw.Book.caller()
        app = book.app
    except Exception as e:
        sys.exit(f"找不到平台工作簿。请打开平台工作簿，在里面按按钮（详细情况记在 {logged(e)}）")
    now = datetime.now()
    with _quiet(app, entry_words.caption(verb), looks_only=verb == "doctor") as step:
        code, lines, hints = _pressed(book, verb, now, step)
        words = entry_words.words(verb, now, code, lines)
        shown = _put(book, STATUS, words.status)
        if words.notes or hints is not None:
            _put(book, NOTES, entry_words.notes(words.notes, hints or ""))
    if not shown:
        with suppress(Exception):
            app.status_bar = words.status


def _pressed(book: xw.Book, verb: str, now: datetime, step: Callable[..., None]) -> tuple[int, list[str], str | None]:
    try:
        if verb == "doctor":
            from xltools.office.doctor_book import examine

            return *examine(book, now), None
        from xltools.office.entry_work import press

        told = press(book, verb, now, step)
        return told.code, told.lines, told.hints
    except Exception as e:
        return 2, [entry_words.of(e)], None


def _put(book: xw.Book, name: str, text: str) -> bool:
    with suppress(Exception):
        return entry_place.put(book, name, text)
    return False


@contextmanager
def _quiet(app: xw.App, caption: str, *, looks_only: bool) -> Iterator[Callable[..., None]]:
    """Nothing flickers or recalculates while the tables are written; yields `step(text, done, total)`."""
    before: dict[str, Any] = {}
    for name, value in () if looks_only else (("screen_updating", False), ("calculation", "manual")):
        with suppress(Exception):
            before[name] = getattr(app, name)
            setattr(app, name, value)
    last = 0.0

    def step(text: str, done: int = 0, total: int = 0) -> None:
        nonlocal last
        if last and time.monotonic() - last < _OFTEN:
            return
        last = time.monotonic()
        with suppress(Exception):
            app.status_bar = f"{caption}：{text}" + (f" {done}/{total}" if total else "") + " …"

    try:
        yield step
    finally:
        for name, value in before.items():
            with suppress(Exception):
                setattr(app, name, value)
        with suppress(Exception):
            if before.get("calculation") == "manual":
                app.calculate()
        with suppress(Exception):
            app.status_bar = False
