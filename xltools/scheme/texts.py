"""Texts of schemes (方案文本) as they were released, known by their hash: a batch is proved by the text of its day."""

from __future__ import annotations

import hashlib
import tomllib
from decimal import Decimal
from functools import lru_cache
from importlib import resources
from typing import Any

from xltools.scheme.load import SHIPPED

RELEASED = resources.files("xltools.scheme") / "released"
"""Texts of earlier releases, `ID_VERSION.toml`; a release whose text changes leaves its own here."""


def digest(text: str) -> str:
    """The SHA-256 of a scheme's text (UTF-8, line ends as `\\n`), in hex."""
    return hashlib.sha256(text.encode()).hexdigest()


@lru_cache(maxsize=1)
def _known() -> dict[str, str]:
    files = [f for folder in (RELEASED, SHIPPED) for f in folder.iterdir() if f.name.endswith(".toml")]
    texts = [f.read_text("utf-8") for f in files]
    return {digest(t): t for t in texts}


def released(sha256: str) -> str | None:
    """The text with that hash, of this release or an earlier one; None where there is none."""
    return _known().get(sha256)


def changed_keys(old: str, new: str) -> list[str]:
    """The keys (`plans[1].rate.value`, places from 1) whose values differ between two texts, sorted."""
    was, now = (_flat(tomllib.loads(t, parse_float=Decimal), "") for t in (old, new))
    return sorted(k for k in was.keys() | now.keys() if was.get(k) != now.get(k))


def _flat(value: Any, path: str) -> dict[str, Any]:
    if isinstance(value, dict):
        return {k: v for name, one in value.items() for k, v in _flat(one, f"{path}.{name}".lstrip(".")).items()}
    if isinstance(value, list):
        return {k: v for n, one in enumerate(value, 1) for k, v in _flat(one, f"{path}[{n}]").items()}
    return {path: value}
