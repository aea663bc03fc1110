"""Figures of each firm from the customs extract (海关数据): totals, key countries, emerging markets."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class CustomsFigures:
    """Arrays along the firms asked for, US cents. `years` are the years that are loaded at all.

    `present` marks firms with base-year rows; `before_present` those with rows for the year before.
    """

    years: frozenset[int]
    present: Mask
    exports: Ints
    key: Ints
    emerging: Ints
    before_present: Mask
    before: Ints
    unknown_country: Ints
    """Base-year exports of rows whose country nobody could make out: they count in `exports`."""


def figures(
    extract: pa.Table,
    uscc: pa.StringArray,
    customs_code: pa.StringArray,
    base_year: int,
    key_countries: Collection[str],
    emerging: Collection[str],
) -> CustomsFigures:
    """Sum the extract (columns uscc, customs_code, year, country, cents) for each firm.

    A row of the extract belongs to the firm with its unified social credit code; where the extract gives none, to
    the firm with its customs code. `emerging` is the union of the scheme's country groups, so no country counts twice.
    """
    years = frozenset(pc.unique(extract["year"]).to_pylist())
    n = len(uscc)
    firm = _firm_of(extract, uscc, customs_code)
    year = extract["year"].to_numpy()
    cents = extract["cents"].to_numpy()
    country = extract["country"].combine_chunks() if extract.num_rows else pa.array([], pa.string())
    known = firm >= 0
    base = known & (year == base_year)
    ago = known & (year == base_year - 1)
    is_key = _among(country, key_countries)
    is_emerging = _among(country, emerging)
    nowhere = np.asarray(country.is_null())
    return CustomsFigures(
        years,
        _any(firm[base], n),
        _sum(firm[base], cents[base], n),
        _sum(firm[base & is_key], cents[base & is_key], n),
        _sum(firm[base & is_emerging], cents[base & is_emerging], n),
        _any(firm[ago], n),
        _sum(firm[ago], cents[ago], n),
        _sum(firm[base & nowhere], cents[base & nowhere], n),
    )


def _firm_of(extract: pa.Table, uscc: pa.StringArray, customs_code: pa.StringArray) -> Ints:
    """For each row of the extract the firm it belongs to, -1 for none or where several firms give that customs code."""
    by_uscc = pc.index_in(extract["uscc"], value_set=uscc, skip_nulls=True).fill_null(-1).to_numpy()
    code = _alone(customs_code)
    by_code = pc.index_in(extract["customs_code"], value_set=code, skip_nulls=True).fill_null(-1).to_numpy()
    blank = np.asarray(extract["uscc"].is_null())
    firm: Ints = np.where(blank, by_code, by_uscc).astype(np.int64)
    return firm


def _alone(codes: pa.StringArray) -> pa.StringArray:
    """The codes that one firm gives, null elsewhere: the order of the file must not say whose exports they are."""
    coded = codes.dictionary_encode()
    index = coded.indices.fill_null(len(coded.dictionary)).to_numpy()
    several = np.bincount(index, minlength=len(coded.dictionary) + 1)[index] > 1
    return pc.if_else(pa.array(several), None, codes)


def _among(country: pa.StringArray, members: Collection[str]) -> Mask:
    return np.asarray(pc.is_in(country, value_set=pa.array(sorted(members), pa.string())))


def _any(firm: Ints, n: int) -> Mask:
    out = np.zeros(n, dtype=bool)
    out[firm] = True
    return out


def _sum(firm: Ints, cents: Ints, n: int) -> Ints:
    out = np.zeros(n, dtype=np.int64)
    np.add.at(out, firm, cents)
    return out
