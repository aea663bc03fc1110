"""The phases (阶段) of the office's year as data: which sheets are shown in each, and what each sheet is for."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any

from xltools.catalogue.buttons import Button

MOST = 8
"""Sheets shown at a time, 首页 among them; and buttons shown at a time."""


@dataclass(frozen=True)
class Phase:
    """A phase: its name in the drop-down of 首页, its key in programs, what the office does, the sheets shown."""

    name: str
    key: str
    does: str
    sheets: tuple[str, ...]


@lru_cache(maxsize=1)
def all_phases() -> tuple[Phase, ...]:
    """The phases in the order of the year."""
    return tuple(Phase(**entry | {"sheets": tuple(entry["sheets"])}) for entry in _data()["phase"])


def phase_of(phases: Sequence[Phase], said: str | None) -> Phase:
    """The phase of that name or key; the first where it is neither."""
    return next((p for p in phases if said in (p.name, p.key)), phases[0])


def after(phases: Sequence[Phase], buttons: Sequence[Button], verb: str, said: str) -> Phase:
    """The phase to show when that verb's work is done: the one that was chosen, while it shows what is looked at next."""
    chosen = phase_of(phases, said)
    done = next((b for b in buttons if b.verb == verb), None)
    return phase_of(phases, done.phase) if done and not set(done.looks) <= set(chosen.sheets) else chosen


@lru_cache(maxsize=1)
def remarks() -> dict[str, str]:
    """Sheet -> what it is for, in a sentence; in the order of the workbook."""
    return {entry["name"]: entry["remark"] for entry in _data()["sheet"]}


@lru_cache(maxsize=1)
def _data() -> dict[str, Any]:
    return tomllib.loads((resources.files("xltools.catalogue") / "phases.toml").read_text("utf-8"))
