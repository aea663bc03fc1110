"""Number formats (数字格式) of every sheet that we write: what a kind of figure looks like is said here alone."""

from __future__ import annotations

TEXT, GENERAL = "@", "General"
WHOLE, COUNT, TENTH = "0", "#,##0", "#,##0.0"
AMOUNT, UP_TO_CENTS, HUNDREDTH = "#,##0.00", "#,##0.##", "0.00"
PERCENT, PERCENT_TENTH, RATE = "0.00%", "0.0%", "0.00##%"
FX, FX_SHORT = "0.0000####", "0.0000"
"""A rate as it counts, to its last decimal; and as a sentence or a what-if names it."""
DATE, DATETIME, SECOND = "yyyy-mm-dd", "yyyy-mm-dd hh:mm", "yyyy-mm-dd hh:mm:ss"

FORMATS = {
    "text": TEXT, "usd": AMOUNT, "yuan": AMOUNT, "rate": RATE, "fx": FX, "whole": WHOLE, "date": DATE,
    "datetime": DATETIME,
}  # fmt: skip
"""By kind of column, as the catalogue of the workbook's tables names them."""
