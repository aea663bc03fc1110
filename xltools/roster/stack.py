"""Many files' cells as one: a kernel call costs nearly the same for a hundred rows and for twenty thousand."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa

from xltools.roster.cells import Amounts, Cells, Roster
from xltools.roster.problems import Finding, Findings, Mask
from xltools.roster.repeated import spread


def alike(files: Sequence[Cells]) -> list[list[int]]:
    """Places of the files that can be stacked on each other: the same columns, in the same units."""
    groups: dict[object, list[int]] = {}
    for i, cells in enumerate(files):
        groups.setdefault((frozenset(cells.columns), frozenset(cells.units.items())), []).append(i)
    return list(groups.values())


def stack(files: Sequence[Cells]) -> Cells:
    """The rows of several files under each other. What belongs to a file as a whole (its problems) is left out."""
    first = files[0]
    starts = np.cumsum([0, *(len(f) for f in files)]).tolist()
    if len(files) == 1:
        return replace(first, problems=(), merged=())
    return replace(
        first,
        columns={name: pa.concat_arrays([spread(f.columns[name]) for f in files]) for name in first.columns},
        rows=np.concatenate([f.rows for f in files]),
        no_value=_moved([f.no_value for f in files], starts),
        errors=_moved([f.errors for f in files], starts),
        hidden=np.concatenate([np.zeros(len(f), dtype=bool) if f.hidden is None else f.hidden for f in files]),
        merged=(),
        problems=(),
        is_number=_is_number(files),
    )


def joined(sheets: Sequence[Cells]) -> Cells:
    """The rows of several sheets of one file under each other; a column that a sheet lacks is blank there.

    Their units must be the same: see `alike`.
    """
    if len(sheets) == 1:
        return sheets[0]
    starts = np.cumsum([0, *(len(s) for s in sheets)]).tolist()
    problems = [replace(p, sheet=s.sheet if p.cell else "") for s in sheets for p in s.problems]
    return replace(
        sheets[0],
        columns=_under_each_other([s.columns for s in sheets], starts),
        places={f: x for s in reversed(sheets) for f, x in s.places.items()},
        units={f: u for s in sheets for f, u in s.units.items()},
        rows=np.concatenate([s.rows for s in sheets]),
        no_value=_moved([s.no_value for s in sheets], starts),
        errors=_moved([s.errors for s in sheets], starts),
        hidden=np.concatenate([np.zeros(len(s), dtype=bool) if s.hidden is None else s.hidden for s in sheets]),
        merged=(),
        problems=tuple(dict.fromkeys(problems)),
        is_number=_is_number(sheets),
        unread=_under_each_other([s.unread for s in sheets], starts),
        parts=tuple(sheets),
    )


def _under_each_other(
    columns: Sequence[Mapping[str, pa.StringArray]], starts: Sequence[int]
) -> dict[str, pa.StringArray]:
    names = dict.fromkeys(n for of in columns for n in of)
    return {
        n: pa.concat_arrays(
            [of[n] if n in of else pa.nulls(starts[i + 1] - starts[i], pa.string()) for i, of in enumerate(columns)]
        )
        for n in names
    }


def split(roster: Roster, files: Sequence[Cells]) -> list[Roster]:
    """A roster of stacked files as one roster for each of them."""
    bounds = np.cumsum([0, *(len(f) for f in files)])
    found = [(item, np.searchsorted(item.rows, bounds).tolist()) for item in roster.findings.items]
    cleaned = {name: (rows, np.searchsorted(rows, bounds).tolist()) for name, rows in roster.cleaned.items()}
    out = []
    for i, (start, end, cells) in enumerate(zip(bounds[:-1].tolist(), bounds[1:].tolist(), files, strict=True)):
        rows = slice(start, end)
        findings = Findings(len(cells), file=list(cells.problems), headings=roster.findings.headings)
        for item, at in found:
            if at[i] < at[i + 1]:
                some = slice(at[i], at[i + 1])
                values, more = item.values[some], item.more[some]
                findings.items.append(Finding(item.code, item.field, item.rows[some] - start, values, more))
        out.append(
            Roster(
                roster.scheme,
                roster.columns,
                cells,
                {name: text.slice(start, len(cells)) for name, text in roster.text.items()},
                {name: Amounts(a.cents[rows], a.known[rows]) for name, a in roster.amounts.items()},
                {name: times[rows] for name, times in roster.times.items()},
                findings,
                {n: all_[at[i] : at[i + 1]] - start for n, (all_, at) in cleaned.items() if at[i] < at[i + 1]},
                {n: [row - start for row in all_ if start <= row < end] for n, all_ in roster.errors.items()},
            )
        )
    return out


def _moved(places: Sequence[dict[str, list[int]]], starts: Sequence[int]) -> dict[str, list[int]]:
    out: dict[str, list[int]] = {}
    for by_field, start in zip(places, starts, strict=False):
        for name, rows in by_field.items():
            out.setdefault(name, []).extend(row + start for row in rows)
    return out


def _is_number(files: Sequence[Cells]) -> Callable[[str], Mask]:
    def ask(name: str) -> Mask:
        return np.concatenate([f.is_number(name) if f.is_number else np.zeros(len(f), dtype=bool) for f in files])

    return ask
