"""A catalogue with more in it (临时目录): what an office's workbook lacks when the next release has one more system."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from pathlib import Path
from typing import Any
from unittest import mock

from xltools.catalogue import phases, tables

CACHED = (tables.tables, phases.all_phases, phases.remarks, phases._data)


@contextmanager
def changed(folder: Path, changes: dict[str, Any]) -> Iterator[None]:
    """The catalogue's files as `changes` makes them: by file name a function from the old text to the new."""
    own = folder / "catalogue"
    own.mkdir()
    real = resources.files
    for file in real("xltools.catalogue").iterdir():
        if file.name.endswith(".toml"):
            text = file.read_text("utf-8")
            (own / file.name).write_text(changes.get(file.name, str)(text), "utf-8")

    def files(anchor: Any = None) -> Any:
        return own if anchor == "xltools.catalogue" else real(anchor)

    with mock.patch.object(resources, "files", files):
        _forget()
        try:
            yield
        finally:
            _forget()
    _forget()


def _forget() -> None:
    for function in CACHED:
        function.cache_clear()
