"""Whose outcome waits for a row that could not be used (没有读入的行): by its code, its customs code or its name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from xltools.catalogue.bureau_tables import bureau_tables
from xltools.catalogue.words import usd
from xltools.desk.apart import amount_of
from xltools.engine.applications import CUSTOMS, INFORCE, LISTS, Ints
from xltools.ledger.left_out import JOIN
from xltools.roster import names

INCOMPLETE = {"customs": CUSTOMS, "inforce": INFORCE, "lists": LISTS}
"""The bit of each table of which rows may be left out."""


@dataclass(frozen=True)
class LeftOut:
    """Rows that were left out (as `ledger.left_out.rows`) and, by the rows of a register or roster, which of them may
    belong to that firm. `bits` are those of INCOMPLETE that follow, along the same rows."""

    table: pa.Table
    of: Mapping[int, list[int]] = field(default_factory=dict)
    bits: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))


def left_out(
    table: pa.Table, uscc: Sequence[str | None], customs_code: Sequence[str | None], name: Sequence[str | None],
    years: Iterable[int], former: Mapping[str, Iterable[str]] | None = None,
) -> LeftOut:  # fmt: skip
    """For each firm what may be its own; of customs only what may fall into these `years`.

    `former` are earlier names by code. A firm that two districts claim is found in both rows.
    """
    n = len(uscc)
    bits = np.zeros(n, dtype=np.int64)
    if not table.num_rows or not n:
        return LeftOut(table, {}, bits)
    by_code, by_customs, by_name = _places(uscc), _places(customs_code), _places(map(_key, name))
    for code, earlier in (former or {}).items():
        for one in earlier:
            known = by_name.setdefault(_key(one) or "", [])
            known += [i for i in by_code.get(code, ()) if i not in known]
    wanted = {str(y) for y in years}
    found: dict[int, list[int]] = {}
    columns = (table[c].to_pylist() for c in ("bureau", "part", "uscc", "customs_code", "name", "counted"))
    for j, (bureau, part, code, customs, called, counted) in enumerate(zip(*columns, strict=True)):
        if bureau == "customs" and not wanted & set(part.split(JOIN)):
            continue
        key = _key(called)
        mine = {*by_code.get(code or "", ()), *by_customs.get(customs or "", ()), *by_name.get(key or "", ())}
        for i in mine:
            found.setdefault(i, []).append(j)
            if not counted:
                bits[i] |= INCOMPLETE.get(bureau, 0)
    return LeftOut(table, found, bits)


def summary(table: pa.Table, bureau: str) -> tuple[int, int, int]:
    """Of one of the bureau's tables how many rows are left out, how many count without their country, and the cents
    that the former carry."""
    table = table.filter(pc.equal(table["bureau"], bureau))
    counted = table["counted"]
    out = table.filter(pc.invert(counted))
    return out.num_rows, int(pc.sum(counted).as_py() or 0), int(pc.sum(out["cents"]).as_py() or 0)


def told(table: pa.Table) -> list[tuple[str, str]]:
    """A sentence for every table of which rows are left out: its name and the sentence."""
    out = []
    for name in dict.fromkeys(table["bureau"].to_pylist()):
        rows, unknown, cents = summary(table, name)
        carried = f"（带{amount_of(bureau_tables()[name])} {usd(cents)}）" if cents else ""
        said = [f"没有读入 {rows:,} 行{carried}" if rows else "", f"国别不明 {unknown:,} 行" if unknown else ""]
        out.append((name, f"{bureau_tables()[name].title}{'，'.join(filter(None, said))}：{consequence(name)}"))
    return out


def consequence(bureau: str) -> str:
    """What follows from rows of that table that were left out."""
    return "可能涉及的企业待核实" if bureau in INCOMPLETE else "改正以前不算数"


def _places(values: Iterable[str | None]) -> dict[str, list[int]]:
    out: dict[str, list[int]] = {}
    for i, value in enumerate(values):
        if value:
            out.setdefault(value, []).append(i)
    return out


def _key(name: str | None) -> str | None:
    return names.key(name) if name else None
