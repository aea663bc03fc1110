"""A file we may not or cannot open (拒收): the code of the catalogue and what was seen."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Code = Literal[
    "FILE_NOT_WORKBOOK",
    "FILE_ENCRYPTED",
    "FILE_EMPTY",
    "FILE_BOMB",
    "FILE_EXTENT",
    "FILE_DTD",
    "FILE_TOO_MANY_ROWS",
    "FILE_PATH",
    "FILE_UNREADABLE",
]


def chinese(detail: str) -> str:
    """The detail if it is for people; what libraries say in English is not."""
    return detail if re.search("[\u4e00-\u9fff]", detail) else ""


@dataclass(eq=False)
class Refused(Exception):
    """Raised for a whole file. `code` stands in the catalogue of problems, which has the Chinese
    sentence; `detail` is what was seen: a member's name, a size, a reason.

    Not a frozen dataclass: Python assigns `__traceback__` to an exception that passes through a
    `contextlib.contextmanager`, and a frozen one turns that into FrozenInstanceError.
    """

    code: Code
    detail: str

    def __post_init__(self) -> None:
        self.args = (self.code, self.detail)  # so that it pickles, however it was built

    def __str__(self) -> str:
        return f"{self.code}: {self.detail}"
