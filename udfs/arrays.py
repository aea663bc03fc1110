"""Ranges in and out (区域): every function takes a cell, a column or a block, and answers in the same shape."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from itertools import chain
from typing import Any

from xltools.scheme import SchemeError

ERROR = "错误："


class Wrong(Exception):
    """What is said instead of a result; the text says what to do."""


class Ranges:
    """Arguments brought to one length `n`, row by row; `shape` is (rows, columns) of the largest of them.

    A single cell (or nothing) stands for as many cells as the others have. Raises Wrong where sizes differ.
    """

    def __init__(self, **given: Any) -> None:
        flat = {name: _flat(value) for name, value in given.items()}
        shapes = {shape for _, shape in flat.values() if shape != (1, 1)}
        if len(shapes) > 1:
            sizes = "、".join(f"{rows} 行 {columns} 列" for rows, columns in sorted(shapes))
            raise Wrong(f"几个区域大小不一样（{sizes}），请选同样大小的区域，或者只选一个单元格")
        self.shape = shapes.pop() if shapes else (1, 1)
        self.n = self.shape[0] * self.shape[1]
        self.cells = {name: values if len(values) == self.n else values * self.n for name, (values, _) in flat.items()}
        self._given = {name: values for name, (values, _) in flat.items()}

    def different(self, name: str) -> list[Any]:
        """The different cells of an argument, in the order in which they come."""
        return list(dict.fromkeys(self._given[name]))

    def answer(self, values: Sequence[Any], wrong: Mapping[int, str] | None = None, width: int = 1) -> Any:
        """The answers in the ranges' shape (None = blank); `width` values side by side for each row of a column.

        `wrong` replaces the answers of some cells by what is wrong there.
        """
        out = values if isinstance(values, list) else list(values)
        columns = self.shape[1]
        if width > 1:
            if columns > 1:
                raise Wrong("请选一列，不要选多列的区域")
            for i, said in (wrong or {}).items():
                out[i] = (f"{ERROR}{said}", *[None] * (width - 1))
            return out
        for i, said in (wrong or {}).items():
            out[i] = f"{ERROR}{said}"
        if self.n == 1:
            return out[0]
        if columns == 1:
            return list(zip(out, strict=True))
        return [tuple(out[i : i + columns]) for i in range(0, self.n, columns)]


def _flat(value: Any) -> tuple[list[Any], tuple[int, int]]:
    if not isinstance(value, list | tuple):
        return [value], (1, 1)
    if value and isinstance(value[0], list | tuple):
        return list(chain.from_iterable(value)), (len(value), len(value[0]))
    return list(value), (len(value), 1)


def blank(value: Any) -> bool:
    """Whether a cell is empty, or only looks filled."""
    return value is None or (isinstance(value, str) and not value.strip())


def alone(value: Any, what: str) -> Any:
    """The one value of an argument that is a single cell. Raises Wrong."""
    cells, shape = _flat(value)
    if shape != (1, 1):
        raise Wrong(f"“{what}”只能是一个单元格")
    return None if blank(cells[0]) else cells[0]


def says_errors(function: Callable[..., Any]) -> Callable[..., Any]:
    """Errors become text in the cell, never an exception: Excel would show its own words for that."""

    @functools.wraps(function)
    def answered(*args: Any, **kwargs: Any) -> Any:
        try:
            return function(*args, **kwargs)
        except (Wrong, SchemeError) as e:
            return f"{ERROR}{e}"
        except Exception as e:
            return f"{ERROR}没有算出来（{type(e).__name__}：{e}），请把这一格的公式和内容发给技术人员"

    return answered
