"""A scheme as text that depends on its contents alone (方案的规范文本): the hash of an amended text is that of this."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from xltools.scheme.model import Scheme


def canonical(scheme: Scheme) -> str:
    """TOML with what the scheme's file says and no more: keys in the model's order, decimals with the digits they have.

    Reading it gives an equal scheme.
    """
    data = scheme.model_dump(exclude_unset=True, exclude_none=True)
    lists = {k: v for k, v in data.items() if isinstance(v, tuple) and v and isinstance(v[0], dict)}
    sections = {k: v for k, v in data.items() if isinstance(v, dict) and "value" not in v}
    lines = [f"{k} = {_said(v)}" for k, v in data.items() if k not in lists and k not in sections]
    for name, section in sections.items():
        lines += ["", f"[{name}]", *_pairs(section)]
    for name, entries in lists.items():
        for entry in entries:
            lines += ["", f"[[{name}]]", *_pairs(entry)]
    return "\n".join(lines) + "\n"


def _pairs(table: Mapping[str, Any]) -> list[str]:
    return [f"{k} = {_said(v)}" for k, v in table.items()]


def _said(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):  # TOML's basic strings are JSON's, but for DEL
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return "{ " + ", ".join(_pairs(value)) + " }" if value else "{}"
    return "[" + ", ".join(_said(v) for v in value) + "]"
