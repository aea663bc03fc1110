"""Cells with a fixed set of values (选项): aliases taken, everything else named with the nearest choice."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable

import numpy as np
import pyarrow as pa

from xltools.catalogue.columns import OUTSIDE, Column
from xltools.roster import repeated
from xltools.roster.problems import Mask
from xltools.roster.repeated import Texts
from xltools.roster.text import wording
from xltools.scheme import Scheme


def matcher(column: Column, scheme: Scheme) -> Callable[[str], str | None]:
    """A function from a cell's text to the choice it means, or None."""
    if column.kind == "choices":
        return lambda text: _several(text, column.choices)
    known = {_key(c): c for c in column.choices}
    if column.field == "area":
        known |= {_key(alias): a.name for a in scheme.areas for alias in a.aliases if a.name in column.choices}
    elif column.choices == tuple(i.name for i in scheme.insurers):
        known |= {_key(alias): i.name for i in scheme.insurers for alias in i.aliases}
    elif column.field in ("wish", "plan"):
        known |= {_key(f"{mark}{c}{tail}"): c for c in column.choices for mark, tail in (("方案", ""), ("", "方案"))}
    return lambda text: known.get(_key(text))


def match(raw: Texts, column: Column, scheme: Scheme) -> tuple[Texts, Mask, Mask]:
    """The column with every cell the choice it means (null = blank or wrong), the wrong rows, the cleaned rows."""
    coded = raw.dictionary_encode()
    texts: list[str] = coded.dictionary.to_pylist()
    to = matcher(column, scheme)
    meant = [to(t) for t in texts]
    blank = np.array([not wording(t) for t in texts], dtype=bool)
    bad = np.array([m is None for m in meant], dtype=bool) & ~blank
    changed = np.array([m is not None and m != t for m, t in zip(meant, texts, strict=True)], dtype=bool)
    if isinstance(raw, pa.DictionaryArray):
        values = repeated.coded(repeated.places(coded), pa.array(meant, pa.string()))
    else:
        values = raw if meant == texts else pa.array(meant, pa.string()).take(coded.indices)
    return values, repeated.marked(coded, bad), repeated.marked(coded, changed)


def hint(text: str, column: Column, scheme: Scheme) -> str:
    """What to say after "不在选项之内": the nearest choice, or why a neighbouring area is outside."""
    if column.field == "area":
        for place in scheme.outside:
            if place.name == wording(text):
                return f"（{place.why}，应选“{OUTSIDE}”）"
    near = difflib.get_close_matches(wording(text).upper(), column.choices, 1, 0.5)
    near = near or [c for c in column.choices if c and c in text and len(c) > 1][:1]
    return f"；是否想选“{near[0]}”？" if near else f"（可选：{'、'.join(column.choices)}）"


def _key(text: str) -> str:
    return wording(text).replace(" ", "").upper()


def _several(text: str, choices: tuple[str, ...]) -> str | None:
    """Choices joined by commas however people separate them, ascending, each once.

    >>> _several("3、1，1", ("1", "2", "3"))
    '1,3'
    """
    parts = [p for p in re.split(r"[,、;/\s]+", wording(text)) if p]
    if not parts or any(p not in choices for p in parts):
        return None
    return ",".join(sorted(set(parts), key=choices.index))
