"""Goals with their figures as a table, for the terminal and for docs/benchmarks.md."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

LIBRARIES = ("fastexcel", "python-calamine", "pyarrow", "numpy", "XlsxWriter", "isal", "openpyxl", "pandas", "pydantic")


@dataclass(frozen=True)
class Goal:
    """One figure and its limit (None: told, not judged). `detail` says what it was made of."""

    name: str
    figure: float
    limit: float | None
    detail: str
    at_least: bool = False

    @property
    def met(self) -> bool | None:
        if self.limit is None:
            return None
        return self.figure >= self.limit if self.at_least else self.figure <= self.limit

    def row(self) -> tuple[str, str, str, str, str]:
        """Goal, figure, limit, met or not, detail."""
        limit = "" if self.limit is None else f"{'≥' if self.at_least else '≤'} {self.limit:g}"
        verdict = {None: "", True: "yes", False: "**NO**"}[self.met]
        figure = f"{self.figure:,.0f}" if self.limit == 0 else f"{self.figure:.3g}"
        return self.name, figure, limit, verdict, self.detail


ABOUT = """# Benchmarks

`make bench` measures what this page shows. Ratios are taken in one run on one machine: every timing in a fresh process,
imports not counted, the two sides in turns, medians. The roster is synthetic, from a fixed seed, with every column of
the template. Seconds do not carry over to another machine; ratios do.
"""
HEADINGS = ("goal", "figure", "limit", "met", "detail")


def show(goals: Sequence[Goal]) -> str:
    """The table as text, with the goals that were missed once more below it."""
    rows = [HEADINGS, *(g.row() for g in goals)]
    widths = [max(len(row[i]) for row in rows) for i in range(4)]
    lines = ["  ".join(text.ljust(width) for text, width in zip(row, [*widths, 0], strict=True)) for row in rows]
    missed = [g.name for g in goals if g.met is False]
    lines.append("All goals are met." if not missed else "!! MISSED: " + "; ".join(missed))
    return "\n".join(lines)


def markdown(goals: Sequence[Goal], about: str) -> str:
    """The page docs/benchmarks.md."""
    rows = [HEADINGS, ("---", "--:", "--:", "---", "---"), *(g.row() for g in goals)]
    table = "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows)
    return f"{ABOUT}\n{about}\n\n{table}\n"


def machine() -> str:
    """Cores, processor, memory, Python, libraries."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / (1 << 30)
    libraries = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    return (
        f"Measured on {os.cpu_count()} cores of {_processor()}, {memory:.0f} GB RAM, {platform.system()}, "
        f"{platform.python_implementation()} {platform.python_version()}; {libraries}."
    )


def _processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()
