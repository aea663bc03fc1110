"""Findings of one of the bureau's tables that are made row by row (逐行标记)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable

import numpy as np

from xltools.roster.cells import Roster
from xltools.roster.problems import Mask


class Marks:
    """Findings row by row, recorded at the end."""

    def __init__(self, roster: Roster) -> None:
        self.roster = roster
        self.found: dict[tuple[str, str], dict[int, str]] = defaultdict(dict)

    def add(self, i: int, code: str, field: str, more: str = "") -> None:
        self.found[code, field][i] = more

    def on(self, where: Mask, code: str, field: str, more: Callable[[int], str] = lambda _: "") -> None:
        """The same finding on all rows of a mask."""
        for i in np.flatnonzero(where).tolist():
            self.add(i, code, field, more(i))

    def record(self) -> None:
        for (code, field), rows in self.found.items():
            where = np.zeros(len(self.roster), dtype=bool)
            where[list(rows)] = True
            self.roster.found(code, field, where, [rows[i] for i in sorted(rows)])
