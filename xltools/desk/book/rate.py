"""The budget rate that staff try out (预算汇率试算), for those who bring an open workbook up to date."""

from __future__ import annotations

from xltools.sheets.platform.draw.pages.fx import NAME
from xltools.sheets.platform.splice.rate import restored

__all__ = ["NAME", "restored"]
