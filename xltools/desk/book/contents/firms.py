"""The workbook's tables by firm (企业名册 · 测算 · 排队)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from xltools.catalogue.tables import TYPES, table
from xltools.desk.book.contents.cells import money, shaped
from xltools.desk.book.contents.inputs import review_cells
from xltools.desk.rules.register import Register
from xltools.desk.rules.review_sheet import to_decide, warnings_of
from xltools.desk.rules.sent import json_cells
from xltools.desk.rules.standing import Standing, standing_table
from xltools.sheets.platform.pricing import units

Ints = npt.NDArray[np.int64]
UNITS = "保费整数"
"""The premium as a whole number: what the worksheet formulas reckon with."""


@dataclass(frozen=True)
class Firms:
    """The register with its outcomes, as every table about firms needs it."""

    standing: Standing
    outcomes: pa.Table
    numbers: pa.StringArray
    uscc: pa.StringArray

    @property
    def register(self) -> Register:
        return self.standing.register


def firms(standing: Standing) -> Firms:
    """Computed once for all tables; `outcomes` is what `assess -o` writes."""
    r = standing.register
    numbers = pa.array([r.number(i) for i in range(len(r))], pa.string())
    return Firms(standing, standing_table(standing), numbers, pa.array(r.claims.uscc, pa.string()))


def roster(f: Firms, reviewed: pa.Table) -> pa.Table:
    """名册: one row a claim (a firm as one district reported it), by 受理编号 and district."""
    r = f.register
    of = table(r.scheme, "名册")
    columns = {"受理编号": f.numbers, **review_cells(reviewed, f.uscc)}
    for c in of.columns:
        if c.owner == "district":
            columns[c.heading] = _district(r, c.field).cast(TYPES[c.kind])
    columns["待办"] = _sparse(to_decide(f.standing), len(r))
    columns["提示"] = _sparse(warnings_of(r), len(r))
    return shaped(of, columns)


def _district(r: Register, field: str) -> pa.Array:
    if field in r.claims.amounts:
        return money(r.claims.amounts[field].cents, r.claims.amounts[field].known)
    if field in r.claims.times:
        return pa.array(r.claims.times[field], pa.timestamp("s"))
    return r.claims.text[field]


def _sparse(said: dict[int, str], n: int) -> pa.StringArray:
    return pa.array([said.get(i) for i in range(n)], pa.string())


def assessed(f: Firms) -> pa.Table:
    """测算: every claim with its outcome. Rows that are out show what was sent, and their rate in 锁定汇率."""
    r, a = f.register, f.standing.applications
    of = table(r.scheme, "测算")
    columns = {h: f.outcomes[h] for h in of.headings if h in f.outcomes.column_names}
    exports, known = a.exports.copy(), a.exports_known.copy()
    locked: list[Decimal | None] = [None] * len(r)
    rates = columns["费率"].to_pylist() if r.sent.rows else []
    for i, code in enumerate(r.claims.uscc):
        if code in r.sent.rows:
            cells = json_cells(r.sent.rows[code])
            exports[i], known[i], rates[i] = cells["exports_cents"], True, Decimal(cells["rate"])
            locked[i] = Decimal(r.sent.rows[code]["fx"]).quantize(Decimal("1e-8"))
    if r.sent.rows:
        columns["费率"] = pa.array(rates, TYPES["rate"])
    shown = shaped(of, columns | {"出口额(美元)": money(exports, known), "锁定汇率": pa.array(locked, TYPES["fx"])})
    return shown.set_column(of.headings.index(UNITS), UNITS, units(r.scheme, shown))


def queue(f: Firms, assessed: pa.Table) -> pa.Table:
    """排队: who has a place, by 排队号; 池内累计 is the fiscal money of the pool up to and with the row.

    试算基数 is the premium as a whole number of `assessed`, of rows whose money still moves with the rate.
    """
    r = f.register
    out = f.outcomes
    numbers = out["排队号"].fill_null(0).to_numpy()
    place = np.flatnonzero(numbers > 0)
    place = place[np.argsort(numbers[place], kind="stable")]
    place = place[np.unique(numbers[place], return_index=True)[1]]  # another district's claim to a firm that is out
    some = out.take(pa.array(place))
    fen = pc.cast(pc.multiply(some["财政扶持(元)"], 100), pa.int64()).to_numpy()
    running = np.zeros(len(place), dtype=np.int64)
    pools = np.asarray(some["保险人"].to_pylist(), dtype=object)
    for insurer in {*pools.tolist()}:
        mine = pools == insurer
        running[mine] = np.cumsum(fen[mine])
    of = table(r.scheme, "排队")
    columns = {h: some[h] for h in of.headings if h in out.column_names}
    received = pa.array(r.claims.times["received"][place], pa.timestamp("s"))
    shown = assessed.take(pa.array(place))
    moves = pc.is_in(some["资金安排"], value_set=pa.array(["已报送", "已安排"]))
    base = pc.if_else(moves, shown[UNITS], pa.scalar(None, pa.int64()))
    more = {
        "材料齐全时间": received,
        "池内累计(元)": money(running),
        "出口额(美元)": shown["出口额(美元)"],
        "试算基数": base,
    }
    return shaped(of, columns | more)
