"""Which tables of the bureau are declared (登记表), as plain data: enough to list commands and sheets, quick to import.

Nothing is checked here: see `bureau_tables`.
"""

from __future__ import annotations

import tomllib
from functools import lru_cache
from importlib import resources
from typing import Any

FOLDER = resources.files("xltools.catalogue") / "bureau"


class CatalogueError(Exception):
    """A declaration that is wrong; the text names file, key and what is allowed."""


@lru_cache(maxsize=1)
def texts() -> dict[str, str]:
    """The text of every declaration by its file's name, sorted."""
    files = sorted((f for f in FOLDER.iterdir() if f.name.endswith(".toml")), key=lambda f: f.name)
    return {f.name: f.read_text("utf-8") for f in files}


@lru_cache(maxsize=1)
def declarations() -> dict[str, dict[str, Any]]:
    """What each declaration says, by the table's name. Raises CatalogueError where one is no TOML."""
    out = {}
    for file, text in texts().items():
        try:
            out[file.removesuffix(".toml")] = tomllib.loads(text)
        except tomllib.TOMLDecodeError as e:
            raise CatalogueError(f"{file}：不是合法的 TOML（{e}）") from e
    return out
