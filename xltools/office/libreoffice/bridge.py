"""Buttons and worksheet functions inside LibreOffice (LibreOffice 里的按钮和自定义函数): what the bridge script calls.

`run` is what xlwings' own RunPython does under Excel: the same command, with the document as `xw.Book.caller()`.
"""

from __future__ import annotations

import inspect
import sys
import time
import traceback
from collections.abc import Sequence
from contextlib import suppress
from datetime import date, datetime, timedelta
from decimal import Decimal
from importlib import import_module
from pathlib import Path
from typing import Any

import xlwings as xw

from xltools.office.__main__ import VERB
from xltools.office.libreoffice import engine as libreoffice
from xltools.office.libreoffice import formats, saving, values
from xltools.office.libreoffice.app import Engine

ERROR = "错误："
_running = False


def run(document: Any, command: str, log: str = "") -> str:
    """Run a button's command; the sentence to show where it failed, else "". Never raises.

    A second press while the first still works does nothing. `log`: a file that gets one line a press, and the
    traceback of what went wrong.
    """
    global _running
    if _running:
        return ""
    _running, started, failed = True, time.monotonic(), ""
    try:
        _as_a_program()
        with suppress(Exception):
            opened(document)
        libreoffice.activate()
        book = libreoffice.book(document)
        book.set_mock_caller()
        exec(command, {"__name__": "__xltools__"})
    except BaseException as e:
        failed = traceback.format_exc()
        return f"{ERROR}没有办成（{type(e).__name__}：{e}）。请按“自检”，或把 {log or '这句话'} 交给维护人员"
    finally:
        _running = False
        with suppress(AttributeError):
            del xw.Book._mock_caller  # type: ignore[attr-defined]
        with suppress(Exception):
            book.app.screen_updating, book.app.status_bar = True, False
        _note(log, f"{datetime.now():%Y-%m-%d %H:%M:%S}\t{time.monotonic() - started:.2f}\t{command}\n{failed}")
    return ""


def press(document: Any, verb: str, log: str = "") -> str:
    """Press the button of that verb, as `run` does with a command."""
    if not VERB.fullmatch(verb):
        return f"{ERROR}没有叫 {verb} 的按钮"
    return run(document, f"from xltools.office import entry; entry.run({verb!r})", log)


def opened(document: Any) -> None:
    """From now on mend what LibreOffice breaks when it saves the document."""
    saving.watch(document)


def call(document: Any, module: str, name: str, args: Sequence[Any]) -> object:
    """The result of the function `name` of `module` over these arguments: a value, or rows for Basic.

    Ranges are handed over as lists of rows, error values as their text; what the formula leaves out has its default.
    Never raises: a text that begins with 错误：.
    """
    try:
        return _called(document, getattr(import_module(module), name), args)
    except Exception as e:
        return f"{ERROR}没有算出来（{type(e).__name__}：{e}），请把这一格的公式和内容发给技术人员"


def _called(document: Any, function: Any, args: Sequence[Any]) -> object:
    parameters = list(inspect.signature(function).parameters.values())
    given = []
    for i, value in enumerate(args):
        default = parameters[i].default if i < len(parameters) else None
        missing = value is None and default is not inspect.Parameter.empty
        given.append(default if missing else _given(document, value))
    result = function(*given)
    start = values.null_date(document)
    if not isinstance(result, list | tuple):
        return _answer(result, start)
    rows = result if result and isinstance(result[0], list | tuple) else [result]
    return _matrix(tuple(tuple(_answer(v, start) for v in row) for row in rows))


def _matrix(rows: tuple[tuple[object, ...], ...]) -> Any:
    """Rows as Basic takes them for one array of two dimensions; plain rows would be an array of arrays."""
    wrapped = formats.struct("script.ArrayWrapper", IsZeroIndex=True)
    uno = import_module("uno")
    uno.invoke(wrapped, "__setattr__", ("Array", uno.Any("[][]any", rows)))
    return wrapped


def _as_a_program() -> None:
    """Embedded Python has no command line; Book.caller() looks for one."""
    if not hasattr(sys, "argv"):
        sys.argv = [""]


def _given(document: Any, value: Any) -> Any:
    """An argument as it comes from Basic: a range, an array, a date, or a plain value."""
    if hasattr(value, "CellRange"):
        rows = values.read(document, value.CellRange)
        return Engine.clean_value_data(rows, datetime, None, None, True)
    if isinstance(value, tuple):
        return [_given(document, v) for v in value]
    if type(value).__name__.endswith("oleautomation.Date"):
        return values.moment(values.null_date(document), value.Value)
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _answer(value: Any, start: datetime) -> object:
    """A result as Basic takes it."""
    if hasattr(value, "item"):
        value = value.item()
    if value is None:
        return ""
    if isinstance(value, date):
        value = value if isinstance(value, datetime) else datetime(value.year, value.month, value.day)
        return (value - start) / timedelta(days=1)
    return float(value) if isinstance(value, int | Decimal) and not isinstance(value, bool) else value


def _note(log: str, text: str) -> None:
    if log:
        with suppress(OSError), Path(log).open("a", encoding="utf-8", newline="\n") as out:
            out.write(text)
