"""Exports of the policy year and of the twelve months before (两个时段): the platform's firms, and firms of their kind (七（二）)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Connection

from xltools.desk.reach.prospects import NOWHERE, area_of
from xltools.desk.rules.left_out import left_out as rows_left_out
from xltools.desk.rules.register import Register
from xltools.desk.year.members import among, coded, sums
from xltools.engine import samekind
from xltools.engine.evaluation import Split, Window
from xltools.engine.periods import months, year_before
from xltools.ledger import bureau
from xltools.scheme import Scheme
from xltools.scheme.evaluation import Growth

TABLE = "monthly"
LEFT = ("customs", TABLE)
"""Tables of which rows that could not be used make a firm's exports incomplete."""


@dataclass(frozen=True)
class Exports:
    """Both windows of the platform's firms and of the control group, in US cents.

    `firms` names every firm of the extract that is not on the platform: uscc, name, area, exports (base year), now,
    before, why ("" for those of the group). `missing` are the months that are not loaded, `incomplete` the platform's firms of
    which a row could not be used; `uncoded` areas whose firms no code tells.
    """

    ours: Window
    theirs: Window
    now: Split
    before: Split
    firms: pa.Table
    missing: list[str]
    incomplete: list[str]
    uncoded: list[str]

    @property
    def known(self) -> bool:
        return not self.missing and not self.incomplete

    @property
    def group(self) -> pa.Table:
        """The control group."""
        return self.firms.filter(pc.equal(self.firms["why"], ""))


def exports(
    conn: Connection, scheme: Scheme, register: Register, ours: pa.Table, rule: Growth, emerging: Collection[str],
    seq: int | None = None,
) -> Exports:  # fmt: skip
    """Of the ledger's monthly customs figures; `ours` are the platform's firms (`members`)."""
    first, last = scheme.cover.start.value, scheme.cover.end.value
    window = months(first, last)
    earlier = months(year_before(first), year_before(last))
    rows = _known(conn, scheme, register, seq)
    there = set(rows["month"].to_pylist())
    now, before = (rows.filter(among(rows["month"], w)) for w in (window, earlier))
    mine = ours["uscc"].combine_chunks()
    lately, earlier_on = (_split(part, mine, emerging) for part in (now, before))
    firms = _others(scheme, register, ours, rows, rule, now, before)
    group = firms.filter(pc.equal(firms["why"], ""))
    theirs = Window(_sum(group["now"]), _sum(group["before"]))
    left = rows_left_out(
        register.decisions.left.table, mine.to_pylist(), [None] * len(mine), ours["name"].to_pylist(), ()
    )
    spoilt = _spoilt(left.table, left.of, len(mine))
    return Exports(
        Window(lately.total, earlier_on.total), theirs, lately, earlier_on, firms,
        [m for m in (*earlier, *window) if m not in there],
        [n or "" for n, bad in zip(ours["name"].to_pylist(), spoilt, strict=True) if bad],
        [a.name for a in scheme.areas_on(first) if not a.code],
    )  # fmt: skip


def _known(conn: Connection, scheme: Scheme, register: Register, seq: int | None) -> pa.Table:
    """Monthly rows; one without a unified social credit code gets that of the firm with its customs code, where one has it."""
    rows = coded(conn, scheme, bureau.rows(conn, TABLE, seq))
    bare = np.asarray(rows["uscc"].is_null())
    if not bare.any():
        return rows
    pairs = {
        (c, u)
        for u, c in zip(register.claims.uscc, register.claims.text["customs_code"].to_pylist(), strict=True)
        if c and u
    }
    if register.decisions.customs:
        extract = register.decisions.customs.extract
        both = extract.group_by(["customs_code", "uscc"], use_threads=False).aggregate([])
        pairs |= {
            (c, u) for c, u in zip(both["customs_code"].to_pylist(), both["uscc"].to_pylist(), strict=True) if c and u
        }
    of: dict[str, set[str]] = {}
    for c, u in pairs:
        of.setdefault(c, set()).add(u)
    one = {c: next(iter(us)) for c, us in of.items() if len(us) == 1}
    codes = pa.array(list(one), pa.string())
    found = pa.array(list(one.values()), pa.string()).take(
        pc.index_in(rows["customs_code"], value_set=codes).combine_chunks()
    )
    return rows.set_column(rows.column_names.index("uscc"), "uscc", pc.coalesce(rows["uscc"].combine_chunks(), found))


def _sum(column: pa.ChunkedArray) -> int:
    return int(pc.sum(column).as_py() or 0)


def _split(rows: pa.Table, firms: pa.Array, emerging: Collection[str]) -> Split:
    mine = rows.filter(pc.is_in(rows["uscc"], value_set=firms, skip_nulls=True))
    total, new, unknown = (
        _sum(part["cents"])
        for part in (mine, mine.filter(among(mine["country"], emerging)), mine.filter(pc.is_null(mine["country"])))
    )
    return Split(total, new, unknown)


def _others(
    scheme: Scheme, register: Register, ours: pa.Table, rows: pa.Table, rule: Growth, now: pa.Table, before: pa.Table
) -> pa.Table:
    """Every firm of the extracts that is not on the platform, by code, with why it is left out of the group."""
    base = _base(register, scheme)
    names = pa.concat_tables(
        [base.select(["uscc", "customs_code", "name"]), rows.select(["uscc", "customs_code", "name"])]
    )
    key = pc.coalesce(names["uscc"], names["customs_code"], names["name"])
    table = pa.table({"key": key, "uscc": names["uscc"], "name": names["name"]})
    one = table.group_by("key", use_threads=False).aggregate([("uscc", "first"), ("name", "first")])
    one = one.filter(pc.invert(pc.is_in(one["key"], value_set=ours["uscc"].combine_chunks()))).sort_by("key")
    codes = one["uscc_first"].combine_chunks()
    named = np.asarray(codes.is_valid())
    keys = one["key"].combine_chunks()
    total = sums(pc.coalesce(base["uscc"], base["customs_code"], base["name"]), base["cents"], keys)
    based = np.asarray(
        pc.is_in(keys, value_set=pc.coalesce(base["uscc"], base["customs_code"], base["name"]).combine_chunks())
    )
    areas = [a.name for a in scheme.areas_on(scheme.cover.start.value)]
    area = [area_of(scheme, u) if u else NOWHERE for u in codes.to_pylist()]
    place = np.array([areas.index(a) if a in areas else -1 for a in area], dtype=np.int64)
    left = rows_left_out(
        register.decisions.left.table, codes.to_pylist(), [None] * len(codes), one["name_first"].to_pylist(),
        (scheme.base_year.value,),
    )  # fmt: skip
    why = samekind.left_out(
        samekind.bands(scheme, total), place, named, ~_spoilt(left.table, left.of, len(codes)), based,
        sorted(set(samekind.bands(scheme, ours["exports"].to_numpy()).tolist())),
        sorted({areas.index(a) for a in ours["area"].to_pylist() if a in areas}),
        same_band=rule.same_band.value, same_area=rule.same_area.value,
    )  # fmt: skip
    windows = [sums(pc.coalesce(w["uscc"], w["customs_code"], w["name"]), w["cents"], keys) for w in (now, before)]
    return pa.table(
        {
            "uscc": codes, "name": one["name_first"], "area": area, "exports": total, "now": windows[0],
            "before": windows[1], "why": [samekind.WHY[k] for k in why.tolist()],
        }
    )  # fmt: skip


def _base(register: Register, scheme: Scheme) -> pa.Table:
    """The base year's rows of the customs extract."""
    if register.decisions.customs is None:
        text = pa.array([], pa.string())
        return pa.table({"uscc": text, "customs_code": text, "name": text, "cents": pa.array([], pa.int64())})
    extract = register.decisions.customs.extract
    return extract.filter(pc.equal(extract["year"], scheme.base_year.value))


def _spoilt(table: pa.Table, of: object, n: int) -> np.ndarray:
    """Firms to which a row may belong that could not be used, and so does not count."""
    out = np.zeros(n, dtype=bool)
    if not table.num_rows:
        return out
    bureaus, counted = table["bureau"].to_pylist(), table["counted"].to_pylist()
    assert isinstance(of, dict)
    for i, rows in of.items():
        out[i] = any(bureaus[j] in LEFT and not counted[j] for j in rows)
    return out
