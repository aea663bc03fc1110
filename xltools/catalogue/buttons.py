"""A button (按钮) of the platform workbook, as it is drawn: its words, its phases, what is looked at afterwards.

The verbs declare them (`desk/verb.py`); here is what the sheets know of one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


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


def of_phase(everything: Sequence[Button], key: str) -> list[Button]:
    """The buttons that the phase of that key shows, in the order of the year."""
    return [b for b in everything if not b.phases or key in b.phases]


def numbered(everything: Sequence[Button], button: Button) -> str:
    """The name of the file that is double-clicked instead of the button: its words behind its number (`1收件`)."""
    return f"{everything.index(button) + 1}{button.caption}"
