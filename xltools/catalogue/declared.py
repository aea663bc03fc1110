"""Which tables of the bureau are declared (登记表), as plain text: enough to list commands, and quick to import."""

from __future__ import annotations

import tomllib
from functools import lru_cache
from importlib import resources

from xltools.catalogue.phases import all_phases

FOLDER = resources.files("xltools.catalogue") / "bureau"


@lru_cache(maxsize=1)
def texts() -> dict[str, str]:
    """The text of every declaration by its file's name, sorted."""
    files = sorted((f for f in FOLDER.iterdir() if f.name.endswith(".toml")), key=lambda f: f.name)
    return {f.name: f.read_text("utf-8") for f in files}


def does() -> dict[str, str]:
    """What the command of each table does, by the table's name, in the order of the year; nothing is checked."""
    year = [p.key for p in all_phases()]
    found = {file.removesuffix(".toml"): tomllib.loads(text) for file, text in texts().items()}
    order = sorted(found, key=lambda n: (year.index(found[n]["phase"]) if found[n].get("phase") in year else 99, n))
    return {n: found[n].get("does", n) for n in order}
