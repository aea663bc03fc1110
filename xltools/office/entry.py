"""What a button calls (按钮入口): `RunPython "from xltools.office import entry; entry.run('collect')"`.

What was typed is taken into the ledger, the desk does what the command of that name does, and every table of ours
shows the ledger again. The workbook is not saved: the ledger is the truth, and whether this copy of it is kept is for
the person at the screen to say. Whatever goes wrong is a sentence in 状态栏; a missing package too, so the work itself
is imported only when a button is pressed.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import xlwings as xw

from xltools.desk.errors import BadInput, Refusal
from xltools.desk.failures import logged, sentence
from xltools.desk.steps import ENDINGS, MARKS, by_button, caption
from xltools.desk.told import named
from xltools.office import place

if TYPE_CHECKING:
    from xltools.desk.told import Told

STATUS, NOTES = "状态栏", "提示"
ROOM = 150
"""Characters that 状态栏 shows; everything that was said stands in 提示."""
MOST = 10
"""Lines of one press that 提示 shows."""
CELLS = 5
"""Cells of a bureau's table that the sentence of a refusal names."""
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
    with _quiet(app, caption(verb), looks_only=verb == "doctor") as step:
        words = _pressed(book, verb, now, step)
        shown = _put(book, STATUS, words.status)
        if words.notes or words.hints is not None:
            _put(book, NOTES, notes(words.notes, words.hints or ""))
    if not shown:
        with suppress(Exception):
            app.status_bar = words.status


@dataclass(frozen=True)
class Words:
    """The text of 状态栏, and what did not fit there: the lines that stand at the top of 提示.

    `hints` is what 提示 says besides, None where that stays as it is.
    """

    status: str
    notes: list[str]
    hints: str | None = None


def words(name: str, now: datetime, code: int, lines: Sequence[str], hints: str | None = None) -> Words:
    """What a press says: mark, time, button, outcome, then as many of its lines as fit."""
    said = list(dict.fromkeys(line.rstrip() for line in lines if line.strip()))
    head = f"{MARKS[code]} {now:%Y-%m-%d %H:%M} {name}：{ENDINGS[code]}"
    if sum(map(len, said)) + len(said) <= ROOM:
        return Words("。".join([head, *(line.strip().rstrip("。") for line in said)]) + "。", [], hints)
    first = said[0].rstrip("。")
    first = first if len(first) <= ROOM else first[: ROOM - 1] + "…"
    return Words(f"{head}。{first}。共 {len(said)} 条，详见下面“提示”。", said, hints)


def notes(said: Sequence[str], hints: str) -> str:
    """The text of 提示: what was said this time, then what the ledger has to say."""
    shown = list(said)
    if len(shown) > MOST:
        shown[MOST - 1 :] = [f"……还有 {len(shown) - MOST + 1} 条，见“问题”和“日志”"]
    shown += [line for line in hints.split("\n") if line and line not in shown]
    return "\n".join(shown) or "没有要提示的。"


def failure(error: Exception) -> str:
    """A failure in one Chinese sentence."""
    if type(error).__name__ == "com_error":
        return (
            "Excel 没有接受这一步（工作表可能有保护、正在编辑单元格，或开着对话框）。"
            f"请取消保护、关闭对话框后{{sync}}（详细情况记在 {logged(error)}）"
        )
    if isinstance(error, BadInput):
        places = [" ".join(x for x in (p.file, p.sheet, p.cell) if x) + f"：{p.message}" for p in error.placed[:CELLS]]
        return "；".join([str(error), *places])
    return sentence(error, "请{doctor}，把自检报告交给信息部门")


def _pressed(book: xw.Book, verb: str, now: datetime, step: Callable[..., None]) -> Words:
    name = caption(verb)
    try:
        told = _told(book, verb, now, step)
        lines = [told.outcome, *told.lines, *(n.line for n in told.problems)]
        return words(name, now, told.code, [named(x, by_button) for x in lines], told.data.get("hints"))
    except Exception as e:
        return words(name, now, 2, [named(failure(e), by_button)])


def _told(book: xw.Book, verb: str, now: datetime, step: Callable[..., None]) -> Told:
    if verb == "doctor":
        from xltools.office.doctor_book import examine

        return examine(book, now)
    from xltools.desk.press.press import press
    from xltools.desk.verb import Ask, with_buttons
    from xltools.desk.workspace import open_workspace
    from xltools.office.opened import Opened

    pressed = next((v for v in with_buttons() if v.name == verb), None)
    if pressed is None:
        raise Refusal(f"没有叫 {verb} 的按钮；请用 xltools book 更新平台工作簿")
    where = open_workspace(place.workspace(book))
    ask = Ask(now, now.date(), where.who, where.root, step, options=pressed.asked({}))
    return press(Opened(book, failure), where, pressed, ask)


def _put(book: xw.Book, name: str, text: str) -> bool:
    with suppress(Exception):
        return place.put(book, name, text)
    return False


@contextmanager
def _quiet(app: xw.App, name: str, *, looks_only: bool) -> Iterator[Callable[..., None]]:
    """Nothing flickers or recalculates while the tables are written; yields `step(text, done, total)`."""
    before: dict[str, Any] = {}
    for setting, value in () if looks_only else (("screen_updating", False), ("calculation", "manual")):
        with suppress(Exception):
            before[setting] = getattr(app, setting)
            setattr(app, setting, value)
    last = 0.0

    def step(text: str, done: int = 0, total: int = 0) -> None:
        nonlocal last
        if last and time.monotonic() - last < _OFTEN:
            return
        last = time.monotonic()
        with suppress(Exception):
            app.status_bar = f"{name}：{text}" + (f" {done}/{total}" if total else "") + " …"

    try:
        yield step
    finally:
        for setting, value in before.items():
            with suppress(Exception):
                setattr(app, setting, value)
        with suppress(Exception):
            if before.get("calculation") == "manual":
                app.calculate()
        with suppress(Exception):
            app.status_bar = False
