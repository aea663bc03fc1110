"""Finding the heading row of a sheet and what each of its columns is."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from itertools import islice

from xltools.catalogue.columns import MONEY, Column, fold, split_unit
from xltools.roster.captions import Caption, below, caption, resolve
from xltools.roster.letters import column_letters
from xltools.roster.problems import FileProblem, FileRefused

SEARCHED_ROWS = 20
OURS = ("错误信息",)
"""Columns that we ourselves add to a returned file."""


@dataclass(frozen=True)
class Headings:
    """Where the columns stand: `row` is the heading's sheet row (1-based), `places` field -> 0-based column."""

    row: int
    places: Mapping[str, int]
    units: Mapping[str, Decimal]
    problems: tuple[FileProblem, ...]
    unknown: Mapping[int, str]
    """Headings that are not read, by their 0-based column."""


def find(rows: Iterable[Sequence[str]], columns: Sequence[Column]) -> Headings:
    """The headings among the first 20 rows of a sheet (the first of `rows` is row 1); one more is asked for.

    The heading row is the first with at least three required headings (all, where there are fewer).
    Raises FileRefused when there is none, a required heading is missing or stands there twice, or the rows beside it
    leave open what an amount is in.
    """
    catalogue = tuple(columns)
    above: list[Caption] = []
    lines = iter(rows)
    for row, cells in enumerate(islice(lines, SEARCHED_ROWS), 1):
        if _is_heading(tuple(cells), catalogue):
            found = _read(tuple(cells), row, catalogue, tuple(above))
            below(next(lines, ()), row + 1, found.places, catalogue)
            return found
        above += _captions(cells, row)
    raise FileRefused(
        [FileProblem("FILE_NO_HEADING", more="、".join(c.heading for c in columns if c.required == "yes"))]
    )


def _captions(cells: Sequence[str], row: int, *, among_headings: bool = False) -> list[Caption]:
    said = (
        caption(text, f"{column_letters(i)}{row}", among_headings=among_headings)
        for i, text in enumerate(cells, 1)
        if text
    )
    return [c for c in said if c]


def place(rows: Iterable[Sequence[str | None]], columns: Sequence[Column]) -> int:
    """The row (from 1) of the headings among the first 20 rows of a sheet; 0 where they are not there."""
    catalogue = tuple(columns)
    found = (i for i, cells in enumerate(islice(rows, SEARCHED_ROWS), 1) if _is_heading(_text(cells), catalogue))
    return next(found, 0)


def _text(cells: Sequence[str | None]) -> tuple[str, ...]:
    return tuple(text or "" for text in cells)


@lru_cache(maxsize=32)
def _known(columns: tuple[Column, ...]) -> dict[str, str]:
    """Folded heading or alias -> field; money with no unit or in its currency. A heading always beats an alias."""
    out: dict[str, str] = {}
    for which in ("stand_ins", "aliases", "heading"):
        for column in columns:
            texts = (column.heading,) if which == "heading" else getattr(column, which)
            for text in texts:
                folded = fold(text)
                if column.kind in MONEY:
                    folded = split_unit(folded)[0]
                    out[f"{folded}({MONEY[column.kind]})"] = column.field
                out[folded] = column.field
    return out


def _match(text: str, known: dict[str, str]) -> str | None:
    """The field under a heading. Yuan in a column of dollars are another figure, not another unit."""
    base, unit = split_unit(fold(text))
    return known.get(f"{base}({'美元' if unit.endswith('美元') else '元'})" if unit else base)


@lru_cache(maxsize=64)  # a city's districts all send the same headings
def _is_heading(cells: tuple[str, ...], catalogue: tuple[Column, ...]) -> bool:
    known = _known(catalogue)
    required = {c.field for c in catalogue if c.required == "yes"}
    return len({_match(text, known) for text in cells if text} & required) >= min(3, len(required))


@lru_cache(maxsize=64)
def _read(cells: tuple[str, ...], row: int, catalogue: tuple[Column, ...], above: tuple[Caption, ...]) -> Headings:
    known = _known(catalogue)
    columns = {c.field: c for c in catalogue}
    required = {c.field for c in catalogue if c.required == "yes"}
    places: dict[str, int] = {}
    own: dict[str, tuple[Column, str]] = {}
    beside = _captions(cells, row, among_headings=True)
    problems: list[FileProblem] = []
    twice: list[str] = []
    stand_ins = {fold(s): c.field for c in catalogue for s in c.stand_ins}
    better = {_match(text, known) for text in cells if split_unit(fold(text))[0] not in stand_ins}
    for i, text in enumerate(cells):
        folded = fold(text)
        where = f"{column_letters(i + 1)}{row}"
        if not folded or folded.startswith("_") or folded in OURS or where in [c.cell for c in beside]:
            continue
        field = _match(text, known)
        if field and field in better and stand_ins.get(split_unit(folded)[0]) == field:
            more = f"；已读取“{columns[field].heading}”"
            problems.append(FileProblem("HEADING_UNKNOWN", value=text.strip(), more=more, cell=where))
        elif field is None:
            near = difflib.get_close_matches(folded, list(known), 1, 0.75)
            more = f"；是否想写“{columns[known[near[0]]].heading}”？" if near else ""
            problems.append(FileProblem("HEADING_UNKNOWN", value=text.strip(), more=more, cell=where))
        elif field in places:
            if field in required:
                twice.append(f"{columns[field].heading}（{column_letters(places[field] + 1)}{row}、{where}）")
            else:
                problems.append(FileProblem("HEADING_REPEATED", value=columns[field].heading, cell=where))
        else:
            places[field] = i
            if columns[field].kind in MONEY:
                own[field] = columns[field], split_unit(folded)[1]
    missing = [c.heading for c in columns.values() if c.field in required - places.keys()]
    refused = []
    if missing:
        near_by = [p.value for p in problems if p.code == "HEADING_UNKNOWN"]
        more = "、".join(missing) + (f"（不认识的列：{'、'.join(near_by)}）" if near_by else "")
        refused.append(FileProblem("HEADING_MISSING", more=more, cell=f"A{row}"))
    if twice:
        refused.append(FileProblem("HEADING_TWICE", more="；".join(twice), cell=f"A{row}"))
    if refused:
        raise FileRefused(refused)
    units, said = resolve(own, [*above, *beside])
    read = set(places.values())
    unknown = {i: text.strip() for i, text in enumerate(cells) if fold(text) and i not in read}
    return Headings(row, places, units, (*problems, *said), unknown)
