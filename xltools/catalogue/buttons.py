"""The buttons (按钮) of the platform workbook, as data: sheets draw them, macros carry them, `office` answers."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources


@dataclass(frozen=True)
class Button:
    """One button: the words on it, its macro (ASCII), the verb behind it, and what it does in a sentence."""

    caption: str
    macro: str
    verb: str
    does: str


@lru_cache(maxsize=1)
def buttons() -> tuple[Button, ...]:
    """All buttons in the order of the year."""
    text = (resources.files("xltools.catalogue") / "buttons.toml").read_text("utf-8")
    return tuple(Button(**entry) for entry in tomllib.loads(text)["button"])
