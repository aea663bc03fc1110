"""What is said when the budget rate that staff tried out (预算汇率试算) goes back to the scheme's."""

from __future__ import annotations

from decimal import Decimal

from xltools.scheme import Scheme
from xltools.sheets.platform.draw.pages.fx import NAME
from xltools.sheets.write.formulas import number

_NEAR = Decimal("1e-9")


def restored(scheme: Scheme, found: object) -> str:
    """The line for a cell that held something else than the scheme's rate, "" where it held that.

    `found`: a number, a text (a formula with its `=`), None or "" where the cell was blank.
    """
    rate = scheme.fx.budget.value
    value = Decimal(str(found)) if isinstance(found, int | float | Decimal) and not isinstance(found, bool) else None
    if value is not None and abs(value - rate) <= _NEAR:
        return ""
    was = "原来空着" if found in (None, "") else f"试算用过 {found if value is None else _decimals(value)}"
    return f"{NAME}已恢复为 {_decimals(rate)}（{was}）"


def _decimals(rate: Decimal) -> str:
    """Two at least."""
    text = number(rate)
    return text if len(text.partition(".")[2]) >= 2 else f"{rate:.2f}"
