"""The buttons (按钮) of the platform workbook, as data: what is drawn, shown in which phase, and looked at afterwards."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources


@dataclass(frozen=True)
class Button:
    """One button: the words on it, the verb behind it (ASCII), and what it does in a sentence.

    `phases` are the keys of the phases that show it, none for all of them. `looks` are the sheets that are looked at
    when its work is done, and `phase` the key of the phase to show where the chosen one hides them.
    """

    caption: str
    verb: str
    does: str
    phases: tuple[str, ...] = ()
    looks: tuple[str, ...] = ()
    phase: str = ""


@lru_cache(maxsize=1)
def buttons() -> tuple[Button, ...]:
    """All buttons in the order of the year."""
    text = (resources.files("xltools.catalogue") / "buttons.toml").read_text("utf-8")
    return tuple(_button(**entry) for entry in tomllib.loads(text)["button"])


def _button(phases: Sequence[str] = (), looks: Sequence[str] = (), **words: str) -> Button:
    return Button(**words, phases=tuple(phases), looks=tuple(looks))


def of_phase(everything: Sequence[Button], key: str) -> list[Button]:
    """The buttons that the phase of that key shows, in the order of the year."""
    return [b for b in everything if not b.phases or key in b.phases]


def numbered(everything: Sequence[Button], button: Button) -> str:
    """The name of the file that is double-clicked instead of the button: its words behind its number (`1收件`)."""
    return f"{everything.index(button) + 1}{button.caption}"
