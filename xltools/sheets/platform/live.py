"""Every worksheet formula of the workbook's tables (公式), by the catalogue's names."""

from __future__ import annotations

from xltools.scheme import Scheme
from xltools.sheets.platform import pricing, trial


def formulas(scheme: Scheme) -> dict[str, str]:
    """Formula text without `=`; "" where a column shows values instead."""
    return pricing.formulas(scheme) | trial.formulas(scheme)
