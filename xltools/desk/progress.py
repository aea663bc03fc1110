"""How far something has come (进度): what takes long tells it to whoever asked, and knows no terminal."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Called with what is being done, and how many of how many are done where that is known."""

    def __call__(self, text: str, done: int = 0, total: int = 0) -> None: ...


def silent(text: str, done: int = 0, total: int = 0) -> None:
    """Tells nobody."""
