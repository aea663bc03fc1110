"""Enterprise size (企业规模) from sector, staff, revenue and assets: 工信部联企业〔2011〕300号, 四.

A class is reached where every figure that the sector goes by reaches its threshold; who fails one limb of a class drops
to the next. A figure that is blank leaves the size open only where it could still change it.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Ints = npt.NDArray[np.int64]
MEASURES = ("staff", "revenue", "assets")
"""Persons; 10,000 yuan; 10,000 yuan."""
UNIT = {"staff": 1, "revenue": 1_000_000, "assets": 1_000_000}
"""What one of a measure's units is in the ledger's: persons, fen."""
MORE = np.iinfo(np.int64).max


@dataclass(frozen=True)
class Sector:
    """One sector (行业): for each measure that it goes by the least of a large, a medium and a small firm."""

    name: str
    clause: str
    least: dict[str, tuple[int, ...]]


@lru_cache(maxsize=1)
def standard() -> tuple[tuple[str, ...], dict[str, Sector]]:
    """The names of the classes, largest first, and the sectors by name."""
    told = tomllib.loads((resources.files("xltools.scheme") / "sizes.toml").read_text("utf-8"))
    sectors = [Sector(s["name"], s["clause"], {m: tuple(s[m]) for m in MEASURES if m in s}) for s in told["sector"]]
    return tuple(told["classes"]), {s.name: s for s in sectors}


def size(sector: pa.Array, staff: pa.Array, revenue: pa.Array, assets: pa.Array) -> pa.Array:
    """The size of each firm, string of shape `(n,)`: `sector` string, `staff` int64 persons, `revenue` and `assets` int64
    fen; null where the figures that are there leave it open, or the sector is none of the standard's."""
    names, sectors = standard()
    figures = dict(zip(MEASURES, (staff, revenue, assets), strict=True))
    out = np.full(len(sector), -1, dtype=np.int64)
    index = {n: k for k, n in enumerate(sectors)}
    which = np.array([index.get(s, -1) for s in sector.to_pylist()], dtype=np.int64)
    for k in np.unique(which[which >= 0]).tolist():
        rows = np.flatnonzero(which == k)
        of = sectors[list(sectors)[k]]
        low, high = (_classes(of, figures, rows, blank) for blank in (0, MORE))
        out[rows] = np.where(low == high, low, -1)
    return pa.array([names[k] if k >= 0 else None for k in out.tolist()], pa.string())


def _classes(of: Sector, figures: dict[str, pa.Array], rows: Ints, blank: int) -> Ints:
    """Index of each row's class with blank figures taken as `blank`."""
    out = np.zeros(len(rows), dtype=np.int64)
    for measure, least in of.least.items():
        value = np.asarray(figures[measure].fill_null(blank), dtype=np.int64)[rows]
        reached = value[:, None] >= np.array(least, dtype=np.int64) * UNIT[measure]
        out = np.maximum(out, (~reached).sum(axis=1))
    return out
