"""Texts of schemes (方案文本) as they were released, known by their hash: a batch is proved by the text of its day."""

from __future__ import annotations

import hashlib
import tomllib
from decimal import Decimal
from functools import lru_cache
from importlib import resources

from xltools.scheme.keyed import differing
from xltools.scheme.load import shipped, source

RELEASED = resources.files("xltools.scheme") / "released"
"""Texts of earlier releases, `ID_VERSION.toml`; a release whose text changes leaves its own here."""


def digest(text: str) -> str:
    """The SHA-256 of a scheme's text (UTF-8, line ends as `\\n`), in hex."""
    return hashlib.sha256(text.encode()).hexdigest()


@lru_cache(maxsize=1)
def _known() -> dict[str, str]:
    texts = [f.read_text("utf-8") for f in RELEASED.iterdir() if f.name.endswith(".toml")]
    return {digest(t): t for t in [*texts, *map(source, shipped())]}


def released(sha256: str) -> str | None:
    """The text with that hash, of this release or an earlier one; None where there is none."""
    return _known().get(sha256)


def changed_keys(old: str, new: str) -> list[str]:
    """The keys (`plans.A.rate.value`) whose values differ between two texts, sorted."""
    was, now = (tomllib.loads(t, parse_float=Decimal) for t in (old, new))
    return differing(was, now)


def documents_between(old: str, new: str) -> list[str]:
    """The documents (文号) of the amendments that `new` contains and `old` does not."""
    was, now = ([(a["since"], a["document"]) for a in tomllib.loads(t).get("amended", ())] for t in (old, new))
    return [document for since, document in now if (since, document) not in was]
