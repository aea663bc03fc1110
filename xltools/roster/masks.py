"""Masks over a roster that several checks ask for."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from xltools.roster.cells import Roster
from xltools.roster.problems import Mask


def mask(array: pa.Array) -> Mask:
    """An Arrow boolean array as a numpy mask, null as False."""
    return np.asarray(pc.fill_null(array, False))


def has(r: Roster, field: str, code: str) -> Mask:
    out = np.zeros(len(r), dtype=bool)
    for item in r.findings.items:
        if item.code == code and item.field == field:
            out[item.rows] = True
    return out


def understood(r: Roster, field: str) -> Mask:
    """Rows whose cell of a typed column has a value; the others are blank or wrong."""
    if field in r.amounts:
        return r.amounts[field].known
    return ~np.isnat(r.times[field]) if field in r.times else ~r.blank(field)
