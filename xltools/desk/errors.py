"""What stops an operation: one clear line for people, exit code 2."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from xltools.roster.problems import Placed


class Refusal(Exception):
    """The operation could not be done, nothing was changed; `text` says what and where, `todo` what to do.

    Where both are one sentence it is all in `text`.
    """

    def __init__(self, text: str, todo: str = "") -> None:
        stop = "" if not todo or text.endswith(("。", "？")) else "。"
        super().__init__(f"{text}{stop}{todo}")
        self.text, self.todo = text, todo

    @property
    def data(self) -> dict[str, Any]:
        """What `--json` tells of it beside the sentence."""
        return {}


class LedgerRefusal(Refusal):
    """The ledger cannot be used now: somebody else writes, or it is damaged or gone. Nothing else can be done either."""


class BadInput(Refusal):
    """An input of the bureau's own has cells that must be mended first; `placed` lists them all."""

    def __init__(self, text: str, placed: Sequence[Placed]) -> None:
        super().__init__(text)
        self.placed = tuple(placed)
