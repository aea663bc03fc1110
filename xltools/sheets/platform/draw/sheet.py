"""A worksheet for tables of any length: formulas looked through once, and a table that reaches below what is written."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from xlsxwriter.worksheet import Worksheet

from xltools.sheets.write.style import Sheet


class TableSheet(Sheet):
    """As our Sheet; XlsxWriter looks through each formula for functions of later Excels, here once for a column."""

    tables: list[dict[str, Any]]

    def _prepare_formula(self, formula: str, expand_future_functions: bool = False) -> str:
        return _prepared(formula, expand_future_functions)

    def stretch(self, last: int, formulas: Mapping[int, str]) -> None:
        """Let the table that was added last end in row `last` (0-based), and compute columns by these formulas.

        XlsxWriter would keep a note for every cell of the table and write each formula twice. `formulas`: by the
        column's place in the table, from 0.
        """
        table = self.tables[-1]
        for key in {"range", "a_range", "autofilter"} & table.keys():
            if table[key]:
                table[key] = re.sub(r"\d+$", str(last + 1), table[key])
        for place, formula in formulas.items():
            table["columns"][place]["formula"] = self._prepare_formula(formula, True)


@lru_cache(maxsize=4096)
def _prepared(formula: str, expand: bool) -> str:
    prepared: str = Worksheet()._prepare_formula(formula, expand)
    return prepared
