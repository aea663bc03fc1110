"""What is wrong in a declaration (a scheme, a bureau table), in Chinese: pydantic's findings as sentences for staff."""

from __future__ import annotations

import difflib
from collections.abc import Collection
from typing import Any


def misdeclared(found: Any, where: str, allowed: Collection[str]) -> str:
    """The sentence for one finding at `where`, a place in the declaration.

    `found`: an item of pydantic's `ValidationError.errors()`; `allowed`: the keys known there, a near one is offered.
    """
    if found["type"] == "extra_forbidden":
        return unknown_key(str(found["loc"][-1]), where, allowed)
    if found["type"] == "missing":
        return f"{where}：缺少这一项"
    if found["type"] == "value_error":
        return f"{where}：{found['ctx']['error']}"
    if found["type"] == "literal_error":
        return f"{where}：没有 {found['input']!r}；可用的：{found['ctx']['expected']}"
    return f"{where}：值 {found['input']!r} 不合要求（{found['msg']}）"


def unknown_key(key: str, where: str, allowed: Collection[str]) -> str:
    """The sentence for a key that is not known at `where`; a near one is offered."""
    near = difflib.get_close_matches(key, allowed, 1, 0.5)
    hint = f"；是否想写 {near[0]}？" if near else ""
    return f"{where}：不认识的键{hint} 可用的键：{'、'.join(allowed)}"
