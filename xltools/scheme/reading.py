"""A scheme from the data of its file; what is wrong with it is said in Chinese with file, key and allowed keys."""

from __future__ import annotations

import tomllib
import types
import typing
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from xltools.files import reason
from xltools.scheme.misdeclared import misdeclared
from xltools.scheme.model import Scheme

M = TypeVar("M", bound=BaseModel)
Place = Callable[[tuple[int | str, ...]], str]
"""Where a finding is, in words, from its path in the data."""


class SchemeError(Exception):
    """A scheme file that is missing or wrong; the text says which file, where, and what to do."""


def read(path: Path) -> str:
    """The text of a file. Raises SchemeError."""
    try:
        return path.read_text("utf-8")
    except UnicodeDecodeError as e:
        raise SchemeError(f"{path}：不是 UTF-8 文本，请另存为 UTF-8") from e
    except OSError as e:
        raise SchemeError(f"{path}：读不了这个方案文件（{reason(e)}）") from e


def data_of(text: str, name: str) -> dict[str, Any]:
    """The TOML of a file's text, its decimals exact. Raises SchemeError."""
    try:
        return tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as e:
        raise SchemeError(f"{name}：不是合法的 TOML（{reason(e)}）") from e


@lru_cache(maxsize=16)
def parse(text: str, name: str) -> Scheme:
    """A scheme from the text of its file; `name` is the file's name for messages. Raises SchemeError."""
    return checked(data_of(text, name), name)


def checked(data: Mapping[str, Any], name: str, place: Place | None = None) -> Scheme:
    """A scheme from data; `place` words the path of a finding (its place in the file). Raises SchemeError."""
    return valid(Scheme, data, name, place or path_of)


def valid(model: type[M], data: Mapping[str, Any], name: str, place: Place) -> M:
    """Data as a model. Raises SchemeError, a line for each finding."""
    try:
        return model.model_validate(data)
    except ValidationError as e:
        raise SchemeError("\n".join(f"{name}：{line}" for line in _lines(model, e, place))) from e


def _lines(model: type[BaseModel], error: ValidationError, place: Place) -> Iterator[str]:
    for item in error.errors():
        loc = item["loc"]
        where = place(loc) or "整个文件"
        yield misdeclared(item, where, allowed(model, loc[:-1]) if item["type"] == "extra_forbidden" else ())


def path_of(loc: tuple[int | str, ...]) -> str:
    """`plans[2].rate.value` (places count from 1)."""
    out = ""
    for part in loc:
        if isinstance(part, int):
            out += f"[{part + 1}]"
        else:
            out += f".{part}" if out else part
    return out


def allowed(model: Any, loc: tuple[int | str, ...]) -> list[str]:
    """Keys that the model at `loc` below `model` knows."""
    for part in loc:
        if isinstance(part, str) and isinstance(model, type) and issubclass(model, BaseModel):
            model = model_in(model.model_fields[part].annotation)
    if isinstance(model, type) and issubclass(model, BaseModel):
        return sorted(model.model_fields)
    return []


def model_in(annotation: Any) -> Any:
    """The model inside `tuple[Plan, ...]`, `Figure[...] | None` and the like; None where there is none."""
    if isinstance(annotation, type) and not isinstance(annotation, types.GenericAlias):
        return annotation
    for arg in typing.get_args(annotation):
        found = model_in(arg)
        if isinstance(found, type) and issubclass(found, BaseModel):
            return found
    return None
