"""Names and places in the district template that its readers rely on; nothing is imported here."""

from __future__ import annotations

TEMPLATE_VERSION = "1"
"""Goes up whenever a reader has to treat older templates differently."""

ROSTER_SHEET = "企业投保申请汇总表"
STAMP_SHEET = "汇总盖章页"
GUIDE_SHEET = "填写说明"
VERSION_SHEET = "版本"
LISTS_SHEET = "选项"
"""Hidden; only there when a drop-down is too long for an inline list."""

HEADING_ROW = 4
FIRST_ROW = 5
"""Rows of the roster sheet, counted from 1: the headings, and the first firm."""

VERSION_KEYS = ("模板版本", "方案", "区", "轮次")
"""Sheet 版本: A1 项目, B1 值; below, column A holds these keys in this order and column B their values
(text, scheme id, text, whole number)."""
