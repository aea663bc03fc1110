"""Worksheet functions against the bare cost of a call: `python -m benchmarks.udfs` measures, `rows()` tells.

Every function is called through xlwings' own `call_udf` and its converters, with the Windows modules stood in for,
on 20,000 rows; in turns with the same call of a function that has the same converters and returns the same array
without computing anything. The engine's own time is that of the plain function on converted arguments. pandas, which
xltools does not need, is kept from xlwings' converters: they are slower with it, and then everything looks better.
"""

from __future__ import annotations

import gc
import json
import statistics
import subprocess
import sys
import time
import types
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from benchmarks.report import Goal

ROOT = Path(__file__).parents[1]
ROWS, ROUNDS, LIMIT = 20_000, 9, 2.0


def rows() -> list[Goal]:
    """One goal a function: the call over the constant call; the engine's own milliseconds beside it."""
    told = subprocess.run([sys.executable, "-m", "benchmarks.udfs"], cwd=ROOT, stdout=subprocess.PIPE, check=True)
    return [
        Goal(
            f"`{name}` over {ROWS:,} rows ÷ a constant array of the same shape", f["ours"][0] / f["constant"][0], LIMIT,
            f"{f['ours'][0] * 1000:.0f} ms ÷ {f['constant'][0] * 1000:.0f} ms; by CPU {f['ours'][1] / f['constant'][1]:.2f}; "
            f"the function itself {f['engine'][0] * 1000:.0f} ms; {f['cells'][0]:,} cells in, {f['cells'][1]:,} out",
        )
        for name, f in json.loads(told.stdout).items()
    ]  # fmt: skip


class _WithoutPandas:
    """pandas as if it were not installed; the bureau's Python has none."""

    def find_spec(self, name: str, *_: object) -> None:
        if name.partition(".")[0] == "pandas":
            raise ModuleNotFoundError(name)


def measure() -> dict[str, dict[str, tuple[float, float]]]:
    """By function `ours`, `constant`, `engine`: seconds and CPU seconds, medians of calls in turns; `cells` in and out."""
    sys.meta_path.insert(0, _WithoutPandas())  # type: ignore[arg-type]
    from xltools.office.wrappers_windows import CellRange, load

    server = load("udfs")
    module = sys.modules["udfs"]
    server.udf_modules["constants"] = {"module": (constants := types.ModuleType("constants")), "filetime": None}
    out = {}
    for name, arguments in cases().items():
        function = getattr(module, name)
        given = tuple(CellRange(a) if isinstance(a, tuple) else a for a in arguments)
        converted = [_converted(server, function, i, a) for i, a in enumerate(given)]
        answer = function(*converted)
        assert isinstance(answer, list), (name, answer)
        setattr(constants, name, _constant(function, answer))

        def call(where: str, name: str = name, given: tuple[Any, ...] = given) -> None:
            server.call_udf(where, name, given, None, CellRange(0))

        calls: dict[str, Callable[[], Any]] = {
            "ours": lambda call=call: call("udfs"),
            "constant": lambda call=call: call("constants"),
            "engine": lambda function=function, converted=converted: function(*converted),
        }
        cells = sum(len(a) * len(a[0]) for a in arguments if isinstance(a, tuple))
        out[name] = _timed(calls) | {"cells": (cells, len(answer) * len(answer[0]))}
    return out


def _timed(calls: dict[str, Callable[[], Any]]) -> dict[str, tuple[float, float]]:
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in calls}
    gc.collect()
    gc.freeze()  # the arguments of all cases: in Excel's server they are not there to be gone through
    for _ in range(ROUNDS):
        for name, call in calls.items():
            gc.collect()
            wall, cpu = time.perf_counter(), time.process_time()
            call()
            times[name].append((time.perf_counter() - wall, time.process_time() - cpu))
    return {
        name: (statistics.median(t[0] for t in each[1:]), statistics.median(t[1] for t in each[1:]))
        for name, each in times.items()
    }


def _constant(function: Any, answer: Any) -> Any:
    def constant(*arguments: Any) -> Any:
        return answer

    constant.__xlfunc__ = function.__xlfunc__  # type: ignore[attr-defined]
    return constant


def _converted(server: Any, function: Any, place: int, argument: Any) -> Any:
    """The argument as the function gets it."""
    info = function.__xlfunc__["args"][place]
    if isinstance(argument, int) and argument == -2147352572:
        return info["optional"]
    if hasattr(argument, "Value"):
        return server.conversion.read(None, argument.Value, info["options"])
    return server.conversion.read(None, argument, info["options"])


def cases() -> dict[str, tuple[Any, ...]]:
    """Arguments of every function, ranges as tuples of rows, from the synthetic roster."""
    from benchmarks import roster
    from xltools.office.wrappers_windows import MISSING
    from xltools.scheme import load

    scheme = load("nantong-2019")
    table = roster.table(scheme, ROWS)
    cells = {name.rstrip("*"): _cells(table.column(name)) for name in table.column_names}

    def column(name: str) -> tuple[tuple[Any], ...]:
        return tuple((v,) for v in cells[name])

    def each(*values: Any) -> tuple[tuple[Any], ...]:
        return tuple((values[i % len(values)],) for i in range(ROWS))

    exports, key = column("2018年出口额(美元)"), column("对美出口额(美元)")
    plan = tuple((("D" if v <= 500_000 else "A"),) for (v,) in exports)
    fiscal = each(1063.25, 7088.3, 352.11, None)
    whole = (tuple(cells), *zip(*cells.values(), strict=True))
    received = column("材料齐全时间")
    return {
        "XT_USCC_CHECK": (column("统一社会信用代码"), MISSING),
        "XT_ENTITLED": (exports, key, column("政策导向"), MISSING),
        "XT_PLAN": (exports, column("申请方案"), key, column("政策导向"), column("承诺自缴保费"), MISSING),
        "XT_PREMIUM_USD": (exports, plan, MISSING),
        "XT_PREMIUM_RMB": (exports, plan, 7.0883, MISSING),
        "XT_FISCAL": (exports, plan, 7.0883, MISSING),
        "XT_OWN_SHARE": (exports, plan, each(7.0883, 7.0, 7.1), MISSING),
        "XT_QUEUE": (received, each("是", "否"), MISSING, MISSING),
        "XT_POOL": (received, each("是", "否"), column("意向保险人"), fiscal, MISSING, MISSING, MISSING),
        "XT_REASON": (each("BAND_GAP", "AWAITING_DISTRICT", "USCC_CHECK;PHONE", ""), MISSING),
        "XT_COUNTRY_GROUP": (each("埃及", "美国(502)", "RU", "越南", ""), MISSING),
        "XT_WORKDAYS_AFTER": (received, 15.0, MISSING),
        "XT_ASSESS": (whole, 7.0883, datetime(2020, 1, 15), MISSING, MISSING),
    }


def _cells(column: Any) -> list[Any]:
    """A column as Excel hands it over: floats, text, date-times, None."""
    out = []
    for v in column.to_pylist():
        if v is None or v == "" or isinstance(v, str):
            out.append(v or None)
        elif hasattr(v, "year"):
            out.append(datetime(v.year, v.month, v.day, getattr(v, "hour", 0), getattr(v, "minute", 0)))
        else:
            out.append(float(v))
    return out


if __name__ == "__main__":
    print(json.dumps(measure()))
