"""Data files beside the schemes (数据文件): what offices may put in place of ours, one subject a file.

A workspace names its own in xltools.toml by the same name. Whoever needs one parses it, with :func:`parsed` for what is
wrong in it.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from decimal import Decimal
from importlib import resources
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from xltools.scheme.load import SchemeError
from xltools.scheme.misdeclared import misdeclared

ROOM = resources.files("xltools.scheme")
OWN = {
    "country_groups": "国别组",
    "workdays": "节假日调整",
    "clocks": "期限",
    "rebate_rules": "退税规则",
    "services": "服务",
    "market_groups": "市场组",
    "evaluation": "评估标准",
}
"""What may be replaced, and what people call it."""

Model = TypeVar("Model", bound=BaseModel)


def text(name: str, path: Path | None = None) -> str:
    """The text of the file of that name, or of the office's own. Raises SchemeError."""
    if path is None:
        return (ROOM / f"{name}.toml").read_text("utf-8")
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as e:
        raise SchemeError(
            f"{path}：读不了{OWN[name]}文件（{e.strerror if isinstance(e, OSError) else '不是 UTF-8'}）"
        ) from e


def parsed(model: type[Model], name: str, path: Path | None = None) -> Model:
    """The file as `model` has it; numbers with a point are Decimal. Raises SchemeError: file, key, what is allowed."""
    called = path.name if path else f"{name}.toml"
    try:
        return model.model_validate(tomllib.loads(text(name, path), parse_float=Decimal))
    except tomllib.TOMLDecodeError as e:
        raise SchemeError(f"{called}：不是合法的 TOML（{e}）") from e
    except ValidationError as e:
        raise SchemeError("\n".join(f"{called}：{line}" for line in _lines(e, model))) from e


def _lines(error: ValidationError, model: type[BaseModel]) -> Iterator[str]:
    for item in error.errors():
        where = "".join(f"[{p + 1}]" if isinstance(p, int) else f".{p}" for p in item["loc"]).lstrip(".") or "整个文件"
        yield misdeclared(item, where, _allowed(model, item["loc"][:-1]))


def _allowed(model: Any, way: tuple[int | str, ...]) -> list[str]:
    """The keys of the model that a place lies in."""
    for step in way:
        if isinstance(step, str) and hasattr(model, "model_fields") and step in model.model_fields:
            model = model.model_fields[step].annotation
        model = next((a for a in (*getattr(model, "__args__", ()), model) if hasattr(a, "model_fields")), model)
    return list(getattr(model, "model_fields", ()))
