"""The verbs (动作): one module each, found here; in the order of the year."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from xltools.desk.verbs.verb import Ask, Option, Verb, quiet

__all__ = ["Ask", "Option", "Verb", "buttons", "quiet", "registered", "verbs"]


@cache
def verbs() -> dict[str, Verb]:
    """Every verb by its name, in the order of the year; importing them loads nothing heavy.

    A module declares `VERB` and defines `run`, and `journal` where it is journalled; or it has a function `made` that
    gives verbs made from data.
    """
    found: list[Verb] = []
    for module in (import_module(f"{__name__}.{m.name}") for m in iter_modules(__path__) if m.name != "verb"):
        if hasattr(module, "VERB"):
            found.append(replace(module.VERB, run=module.run, journal=getattr(module, "journal", None)))
        if hasattr(module, "made"):
            found += module.made()
    return {v.name: v for v in sorted(found, key=lambda v: v.year)}


def buttons() -> list[Verb]:
    """The verbs that have a button, in the order of the year."""
    return [v for v in verbs().values() if v.button]


@contextmanager
def registered(*more: Verb) -> Iterator[None]:
    """With these verbs besides, for a while."""
    there = verbs()
    before = dict(there)
    there.update({v.name: v for v in more})
    try:
        yield
    finally:
        there.clear()
        there.update(before)
