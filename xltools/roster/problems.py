"""What is wrong with a row or a file (问题): what the checks found.

A finding is columnar: one code, one field, many rows. Nothing is ever capped silently.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from xltools.catalogue.problems import LEVELS, Kind, problems_by_code, sentence

Mask = npt.NDArray[np.bool_]
Rows = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Finding:
    """What one check found: `rows` are places in the frame (0-based), `values` the cells as they were read.

    `field` is the column that the problem is placed on; "" places it on every cell of the row.
    `more` completes the message row by row where the catalogue's text asks for it.
    """

    code: str
    field: str
    rows: Rows
    values: Sequence[str] = ()
    more: Sequence[str] = ()

    @property
    def kind(self) -> Kind:
        return problems_by_code()[self.code]

    def take(self, kept: Rows, rows: Rows) -> Finding:
        """Some of what was found, by its place along `rows`, now on other rows of the frame."""
        values = [self.values[i] for i in kept.tolist()] if self.values else ()
        more = [self.more[i] for i in kept.tolist()] if self.more else ()
        return Finding(self.code, self.field, rows, values, more)


class Said(NamedTuple):
    """One finding at one row (0-based in the frame), in words."""

    row: int
    finding: Finding
    heading: str
    value: str
    more: str

    @property
    def kind(self) -> Kind:
        return self.finding.kind

    @property
    def message(self) -> str:
        return self.kind.said(value=self.value, more=self.more, heading=self.heading)

    @property
    def sentence(self) -> str:
        """What is wrong and what to do."""
        return sentence(self.message, self.kind.hint)


@dataclass(frozen=True)
class FileProblem:
    """A problem of the file itself; `cell` is its place where it has one (`C4`)."""

    code: str
    value: str = ""
    more: str = ""
    heading: str = ""
    cell: str = ""
    sheet: str = ""
    """The sheet, where the file's rows stand on several."""

    @property
    def kind(self) -> Kind:
        return problems_by_code()[self.code]

    @property
    def message(self) -> str:
        return self.kind.said(value=self.value, more=self.more, heading=self.heading)


@dataclass(frozen=True)
class Placed:
    """One problem at one place, ready to be shown: what the returned file, `--json` and the terminal list."""

    file: str
    sheet: str
    cell: str
    row: int
    field: str
    code: str
    severity: str
    value: str
    message: str
    hint: str

    @property
    def where(self) -> str:
        """File, sheet and cell, as far as they are known."""
        return " ".join(x for x in (self.file, self.sheet, self.cell) if x)

    @property
    def level(self) -> str:
        return LEVELS[self.severity]

    @property
    def sentence(self) -> str:
        """What is wrong and what to do."""
        return sentence(self.message, self.hint)


class FileRefused(Exception):
    """The file cannot be taken at all; carries every reason found."""

    def __init__(self, problems: Sequence[FileProblem]) -> None:
        super().__init__("；".join(sentence(p.message, p.kind.hint) for p in problems))
        self.problems = tuple(problems)

    @property
    def own(self) -> str:
        """All of it for a file of the bureau's own."""
        return "；".join(sentence(p.message, p.kind.todo(own=True)) for p in self.problems)


@dataclass
class Findings:
    """All that the checks found in one frame of `n` rows."""

    n: int
    items: list[Finding] = field(default_factory=list)
    file: list[FileProblem] = field(default_factory=list)
    headings: dict[str, str] = field(default_factory=dict)
    """Heading by field, for messages."""

    def add(self, code: str, field: str, where: Mask, values: Sequence[str] = (), more: Sequence[str] = ()) -> None:
        """Record `code` on the rows of the mask; `values` and `more` run along the rows that it marks."""
        rows = np.flatnonzero(where)
        if rows.size:
            self.items.append(Finding(code, field, rows, values, more))

    def mask(self, *, severity: str = "error", fields: Iterable[str] | None = None) -> Mask:
        """Rows (bool, shape `(n,)`) with a problem of that severity, anywhere or on one of `fields`.

        A problem placed on the whole row counts for every field.
        """
        wanted = None if fields is None else {*fields, ""}
        out = np.zeros(self.n, dtype=bool)
        for item in self.items:
            if item.kind.severity == severity and (wanted is None or item.field in wanted):
                out[item.rows] = True
        return out

    def take(self, rows: Rows) -> Findings:
        """The findings on some rows, renumbered in their order."""
        place = np.full(self.n, -1, dtype=np.int64)
        place[rows] = np.arange(len(rows))
        out = Findings(len(rows), file=self.file, headings=self.headings)
        for item in self.items:
            new = place[item.rows]
            kept = np.flatnonzero(new >= 0)
            if kept.size:
                out.items.append(item.take(kept, new[kept]))
        return out

    def said(self, *, hide: Collection[str] = ()) -> Iterator[Said]:
        """Every finding at every row, in words, check by check; the values of the columns `hide` are only dots."""
        for item in self.items:
            heading, hidden = self.headings.get(item.field, ""), item.field in hide
            for k, row in enumerate(item.rows.tolist()):
                value = "…" if hidden else item.values[k] if item.values else ""
                yield Said(row, item, heading, value, item.more[k] if item.more else "")

    def by_row(self) -> dict[int, tuple[str, str]]:
        """By row that is not clean its codes in catalogue order, each once, `;`-joined, and all messages in that order,
        `；`-joined."""
        order = {code: i for i, code in enumerate(problems_by_code())}
        out: dict[int, tuple[str, str]] = {}
        for item in sorted(self.items, key=lambda item: order[item.code]):
            kind, heading, rows = item.kind, self.headings.get(item.field, ""), item.rows.tolist()
            blank = [""] * len(rows)
            known: dict[tuple[str, str], tuple[str, str]] = {}
            for row, value, more in zip(rows, item.values or blank, item.more or blank, strict=True):
                said = known.get((value, more))
                if said is None:
                    said = known[value, more] = kind.code, kind.said(value=value, more=more, heading=heading)
                out[row] = _both(out[row], said) if row in out else said
        return out

    def codes(self) -> list[str]:
        """Per row its codes as in `by_row`; "" where the row is clean."""
        found = self.by_row()
        return [found[row][0] if row in found else "" for row in range(self.n)]


def _both(before: tuple[str, str], said: tuple[str, str]) -> tuple[str, str]:
    """Codes and messages so far, and one more."""
    (codes, messages), (code, message) = before, said
    return codes if f";{codes}".endswith(f";{code}") else f"{codes};{code}", f"{messages}；{message}"
