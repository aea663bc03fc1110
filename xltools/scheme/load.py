"""Finding and loading scheme files; what is wrong with one is said in Chinese with file, key and allowed keys."""

from __future__ import annotations

import difflib
import tomllib
import types
import typing
from collections.abc import Iterator
from decimal import Decimal
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from xltools.files import reason
from xltools.scheme.misdeclared import misdeclared
from xltools.scheme.model import Scheme

SHIPPED = resources.files("xltools.scheme") / "schemes"


class SchemeError(Exception):
    """A scheme file that is missing or wrong; the text says which file, where, and what to do."""


def shipped() -> list[str]:
    """Ids of the schemes that come with xltools, sorted."""
    return sorted(f.name.removesuffix(".toml") for f in SHIPPED.iterdir() if f.name.endswith(".toml"))


def source(scheme_id: str) -> str:
    """Text of a scheme file, by id (shipped) or by path (ends in .toml).

    Raises SchemeError when there is none; it names the file that is missing and the ids there are.
    """
    if scheme_id.endswith(".toml"):
        return _read(Path(scheme_id))
    there = shipped()
    if scheme_id not in there:
        near = difflib.get_close_matches(scheme_id, there, 1)
        hint = f"；是否想用 {near[0]}？" if near else ""
        raise SchemeError(
            f"没有方案文件 {scheme_id}.toml（每个平台年度各有一个文件，只在其保险期内有效）{hint or '；'}"
            f"现有方案：{'、'.join(there)}；也可以用 --scheme 指定一个 .toml 文件"
        )
    return (SHIPPED / f"{scheme_id}.toml").read_text("utf-8")


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except UnicodeDecodeError as e:
        raise SchemeError(f"{path}：不是 UTF-8 文本，请另存为 UTF-8") from e
    except OSError as e:
        raise SchemeError(f"{path}：读不了这个方案文件（{reason(e)}）") from e


def load(scheme_id: str) -> Scheme:
    """The scheme of that id, or in that .toml file. Raises SchemeError."""
    name = scheme_id if scheme_id.endswith(".toml") else f"{scheme_id}.toml"
    return parse(source(scheme_id), name)


@lru_cache(maxsize=16)
def parse(text: str, name: str) -> Scheme:
    """A scheme from the text of its file; `name` is the file's name for messages. Raises SchemeError."""
    try:
        data = tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as e:
        raise SchemeError(f"{name}：不是合法的 TOML（{reason(e)}）") from e
    try:
        return Scheme.model_validate(data)
    except ValidationError as e:
        raise SchemeError("\n".join(f"{name}：{line}" for line in _lines(e))) from e


def _lines(error: ValidationError) -> Iterator[str]:
    for item in error.errors():
        loc = item["loc"]
        where = _path(loc) or "整个文件"
        yield misdeclared(item, where, _allowed(loc[:-1]) if item["type"] == "extra_forbidden" else ())


def _path(loc: tuple[int | str, ...]) -> str:
    """`plans[2].rate.value` (places count from 1)."""
    out = ""
    for part in loc:
        if isinstance(part, int):
            out += f"[{part + 1}]"
        else:
            out += f".{part}" if out else part
    return out


def _allowed(loc: tuple[int | str, ...]) -> list[str]:
    """Keys that the model at `loc` knows."""
    model: Any = Scheme
    for part in loc:
        if isinstance(part, str) and isinstance(model, type) and issubclass(model, BaseModel):
            model = _model_in(model.model_fields[part].annotation)
    if isinstance(model, type) and issubclass(model, BaseModel):
        return sorted(model.model_fields)
    return []


def _model_in(annotation: Any) -> Any:
    """The model inside `tuple[Plan, ...]`, `Figure[...] | None` and the like."""
    if isinstance(annotation, type) and not isinstance(annotation, types.GenericAlias):
        return annotation
    for arg in typing.get_args(annotation):
        found = _model_in(arg)
        if isinstance(found, type) and issubclass(found, BaseModel):
            return found
    return None
