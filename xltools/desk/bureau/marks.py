"""Findings of one of the bureau's tables that are made row by row (逐行标记)."""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from xltools.roster.cells import Roster


class Marks:
    """Findings row by row, recorded at the end."""

    def __init__(self, roster: Roster) -> None:
        self.roster = roster
        self.found: dict[tuple[str, str], dict[int, str]] = defaultdict(dict)

    def add(self, i: int, code: str, field: str, more: str = "") -> None:
        self.found[code, field][i] = more

    def record(self) -> None:
        for (code, field), rows in self.found.items():
            where = np.zeros(len(self.roster), dtype=bool)
            where[list(rows)] = True
            self.roster.found(code, field, where, [rows[i] for i in sorted(rows)])
