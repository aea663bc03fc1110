"""The phases (阶段) of the office's year as data: which sheets are shown in each, and what each sheet is for."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any

from xltools.catalogue.buttons import Button
from xltools.catalogue.declared import CatalogueError, declarations

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
    """The phases in the order of the year; each shows the sheets of the tables that are declared for it as well.

    Raises CatalogueError where a phase would show more than `MOST`.
    """
    out = []
    for entry in _data()["phase"]:
        own = [d["sheet"] for d in declarations().values() if d.get("sheet") and d.get("phase") == entry["key"]]
        sheets = tuple(dict.fromkeys([*entry["sheets"], *own]))
        if len(sheets) > MOST:
            raise CatalogueError(
                f"phases.toml：阶段“{entry['name']}”有 {len(sheets)} 张工作表，最多 {MOST} 张："
                f"{'、'.join(sheets)}。请把登记表放进别的阶段，或添一个阶段"
            )
        out.append(Phase(**entry | {"sheets": sheets}))
    return tuple(out)


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
    """Sheet -> what it is for, in a sentence; in the order of the workbook: those of declared tables before the last."""
    *first, journal, guide = [(entry["name"], entry["remark"]) for entry in _data()["sheet"]]
    told = {d["sheet"]: d.get("remark") or d.get("about", "") for d in declarations().values() if d.get("sheet")}
    return dict([*first, *((s, r) for s, r in told.items() if s not in dict(first)), journal, guide])


@lru_cache(maxsize=1)
def _data() -> dict[str, Any]:
    return tomllib.loads((resources.files("xltools.catalogue") / "phases.toml").read_text("utf-8"))
